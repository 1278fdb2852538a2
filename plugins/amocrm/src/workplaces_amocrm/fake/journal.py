"""What the local server remembers of its callers: each request, and each rule that one of them broke."""

from __future__ import annotations

from typing import Any

from attrs import Factory, define, frozen

from workplaces_amocrm.fake.query import Pairs


@frozen(kw_only=True)
class Record:
    """One request and what became of it."""

    n: int
    method: str
    path: str
    params: Pairs
    body: Any
    status: int
    client: str | None
    user: int | None
    at: float
    applied: bool
    """Whether it reached the account and changed or read it; a fault may have hidden that from the caller."""
    fault: str | None = None


@frozen
class Violation:
    """A rule that a request broke: `rule` is a fixed word, `detail` says what it was about."""

    n: int
    rule: str
    detail: str

    def __str__(self) -> str:
        return f"request {self.n}: {self.rule}: {self.detail}"


@define
class Journal:
    """Records and violations, oldest first."""

    requests: list[Record] = Factory(list)
    violations: list[Violation] = Factory(list)

    @property
    def current(self) -> int:
        """The number of the request that is being answered."""
        return len(self.requests)

    def blame(self, rule: str, detail: str) -> None:
        """Log that the request being answered broke a rule."""
        self.violations.append(Violation(self.current, rule, detail))
