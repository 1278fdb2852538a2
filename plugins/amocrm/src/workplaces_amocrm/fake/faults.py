"""Faults on order: this request, or the ones that match, is answered wrongly, late, in part, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

from attrs import Factory, define, frozen

from workplaces_amocrm.fake.answers import TITLES, Reply, gateway, problem

Kind = Literal[
    "status",  # this status instead of an answer; `applied` tells whether the request takes effect
    "reset_before",  # the connection is reset, nothing happened
    "reset_after",  # it took effect, then the connection is reset
    "lost_answer",  # it took effect, then the connection is closed without an answer
    "truncated",  # it took effect, half of the body arrives
    "emptied",  # it took effect, the answer comes without a body
    "timeout_before",  # no answer until the caller gives up, nothing happened
    "timeout_after",  # likewise, but it took effect
    "slow",  # it took effect, the answer comes after `delay` seconds of the machine's clock
]

_APPLIED = {"reset_after", "lost_answer", "truncated", "emptied", "timeout_after", "slow"}


@frozen(kw_only=True)
class Asked:
    """What a predicate of a fault sees of a request."""

    n: int
    method: str
    path: str


@define(kw_only=True)
class Fault:
    """One fault, and how often it is still to happen."""

    kind: Kind
    index: int | None
    when: Callable[[Asked], bool] | None
    status: int
    body: Literal["html", "json"] | None
    applied: bool
    times: int | None
    delay: float

    def hits(self, asked: Asked) -> bool:
        """Whether it is this request's turn."""
        if self.times == 0 or (self.index is not None and self.index != asked.n):
            return False
        return self.when is None or self.when(asked)

    def reply(self) -> Reply:
        """What is answered instead, for a fault of kind `status`."""
        html = self.body == "html" or (self.body is None and self.status in {403, 429, 502, 503, 504})
        return gateway(self.status) if html else problem(self.status)


@define
class Faults:
    """The script of what goes wrong. Indexes count requests from 0; `"now"` counts from the call of `add`.

    >>> faults = Faults(lambda: 10)
    >>> faults.add("reset_after", index=3)
    >>> faults.pick(Asked(n=13, method="GET", path="/api/v4/tasks")).kind
    'reset_after'
    """

    _count: Callable[[], int]
    _script: list[Fault] = Factory(list)

    def add(  # noqa: PLR0913  every knob of a fault, by name
        self,
        kind: str | int = "status",
        *,
        index: int | None = None,
        counted: Literal["now", "all"] = "now",
        when: Callable[[Asked], bool] | None = None,
        status: int = 500,
        body: Literal["html", "json"] | None = None,
        applied: bool | None = None,
        times: int | None = 1,
        delay: float = 0.0,
    ) -> None:
        """Plan a fault: for the request of this index, for the next ones that match `when`, or for the very next.

        `kind` may be a status as well: `faults.add(429, index=3)`. `times=None` never ends. Without `body` the answer
        is a page where amoCRM's gateway sends one (403, 429, 502, 503, 504) and a problem in JSON elsewhere.
        """
        kind, status = _kind(kind, status)
        if index is not None and counted == "now":
            index += self._count()
        applied = kind in _APPLIED if applied is None else applied
        about = {"kind": kind, "index": index, "when": when, "status": status, "body": body}
        self._script.append(Fault(**about, applied=applied, times=times, delay=delay))  # type: ignore[arg-type]

    def clear(self) -> None:
        """Let everything go well from now on."""
        self._script.clear()

    def pick(self, asked: Asked) -> Fault | None:
        """The first fault that is due for this request, which counts as having happened."""
        fault = next((fault for fault in self._script if fault.hits(asked)), None)
        if fault and fault.times is not None:
            fault.times -= 1
        return fault


def _kind(kind: str | int, status: int) -> tuple[Kind, int]:
    if str(kind).isdecimal():
        kind, status = "status", int(kind)
    kind = "timeout_before" if kind == "timeout" else kind
    if kind not in get_args(Kind):
        raise ValueError(f"no such fault: `{kind}`; there are {', '.join(get_args(Kind))}, and statuses")
    if kind == "status" and status not in TITLES:
        raise ValueError(f"no such status: `{status}`; there are {', '.join(map(str, TITLES))}")
    found: Kind = next(known for known in get_args(Kind) if known == kind)
    return found, status
