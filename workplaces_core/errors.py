"""Every error of the core: one base class, and messages that name the path, the value and what is allowed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = 60


class WorkplacesError(Exception):
    """Base of all errors the core raises on purpose."""


@frozen
class Problem:
    """One thing wrong with an input: where it stands, what stands there, what would be right.

    >>> str(Problem("tasks[0].due", "tomorrow", "must be a date or an instant"))
    'tasks[0].due: `"tomorrow"` must be a date or an instant'
    """

    path: str
    value: Any
    message: str

    def __str__(self) -> str:
        """Give the problem as one line."""
        where = f"{self.path}: " if self.path else ""
        return f"{where}`{shown(self.value)}` {self.message}" if self.value is not None else where + self.message


def shown(value: object) -> str:
    """Give a value as short, one-line, printable text for a message.

    >>> shown({"a": 1}), shown("x" * 100)[-5:]
    ('{"a": 1}', 'xxxx…')
    """
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


class InvalidInput(WorkplacesError, ValueError):
    """An input that was refused; `problems` lists everything wrong with it, not only the first thing."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems, in the order in which they stand in the input."""
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class PolicyError(InvalidInput):
    """A policy that cannot be used."""


class SnapshotError(InvalidInput):
    """A snapshot that cannot be used."""


class ChangesError(InvalidInput):
    """Changes that cannot be used; none of them was applied."""


class UnknownTask(WorkplacesError, LookupError):
    """A question about a task that the snapshot does not have."""


class PluginError(WorkplacesError):
    """A plugin that cannot be loaded; the message names it and the reason."""


class WorkError(WorkplacesError):
    """Base of what can go wrong while work is handed out."""


class CrmUnavailable(WorkError):
    """The CRM did not answer, or answered that it cannot now; trying again later may help.

    `retry_after` is how many seconds the CRM asked to wait, None when it did not say.
    """

    def __init__(self, *message: object, retry_after: float | None = None) -> None:
        super().__init__(*message)
        self.retry_after = retry_after


class CursorLost(WorkError):
    """A cursor from which the CRM cannot be read on; everything open has to be read again."""


class NotAllowed(WorkError):
    """An action that the CRM or the settings do not permit; trying again changes nothing, a person has to act."""


class Unsupported(NotAllowed):
    """An action that the CRM cannot do, as its adapter declares; the message gives the reason."""


class StoreUnavailable(WorkError):
    """The store did not answer, or could not write; nothing was done, trying again later may help."""


class StaleFence(WorkError):
    """A call under a lease that has ended meanwhile; `lease_ended` says how, None when it is not known."""

    def __init__(self, *message: object, lease_ended: str | None = None) -> None:
        super().__init__(*message)
        self.lease_ended = lease_ended


class NotYours(WorkError):
    """A call under a lease that somebody else holds."""


class KeyReused(WorkError):
    """An idempotency key that was given for another command before; nothing was done."""
