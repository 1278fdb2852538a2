"""What a CRM adapter is: what it declares it can do, how it is read, what it is asked to do, and how it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, ClassVar, Literal, Protocol, Self

import attrs
from attrs import frozen

from workplaces_core.changes import Change, Kind, Set
from workplaces_core.errors import Problem, Unsupported

Level = Literal["native", "emulated", "unsupported"]
OwnedKind = Literal["task", "deal", "contact", "company"]
"""The kinds that have a responsible."""

DIRECTORY: tuple[Kind, ...] = ("account", "user", "group", "task_type", "field")
"""The kinds that `directory` reads."""

WORK: tuple[Kind, ...] = ("deal", "contact", "company", "task")
"""The kinds that `read_open` reads. Leases and skips are ours, no CRM knows them."""


@frozen
class Support:
    """How well an adapter does one thing.

    `native`: the CRM itself does it. `emulated`: the adapter makes it from other calls, `note` says how, and what that
    costs. `unsupported`: it cannot be done, and `note` says why; a reason is required.

    >>> Support("unsupported")
    Traceback (most recent call last):
    ValueError: `unsupported` needs a note that gives the reason
    """

    level: Level
    note: str = ""

    def __attrs_post_init__(self) -> None:
        if self.level == "unsupported" and not self.note.strip():
            raise ValueError("`unsupported` needs a note that gives the reason")

    @property
    def is_there(self) -> bool:
        """Whether it can be done at all."""
        return self.level != "unsupported"


NATIVE = Support("native")


def emulated(how: str) -> Support:
    """Declare that the adapter makes something from other calls, and how."""
    return Support("emulated", how)


def unsupported(reason: str) -> Support:
    """Declare that something cannot be done, and why."""
    return Support("unsupported", reason)


@frozen(kw_only=True)
class Capabilities:
    """What an adapter can do. Everything is declared, nothing has a default: a gap is a decision, not an oversight.

    `conditional` is the promise of `set_responsible` to write only if the responsible is still the one that was seen.
    When it is emulated, a change between the last look and the write goes unnoticed.

    >>> Capabilities(directory=NATIVE)
    Traceback (most recent call last):
    TypeError: Capabilities.__init__() missing 10 required keyword-only arguments: 'read_open', 'read_changes', ...
    """

    directory: Support
    read_open: Support
    read_changes: Support
    watch: Support
    complete: Support
    postpone: Support
    set_responsible_task: Support
    set_responsible_deal: Support
    set_responsible_contact: Support
    set_responsible_company: Support
    conditional: Support

    def require(self, name: str) -> None:
        """Raise Unsupported, with the declared reason, when `name` is declared unsupported.

        >>> files = attrs.evolve(EVERYTHING, watch=unsupported("files do not tell when they change"))
        >>> files.require("complete")
        >>> files.require("watch")
        Traceback (most recent call last):
        workplaces_core.errors.Unsupported: `watch` is unsupported: files do not tell when they change
        """
        support: Support = getattr(self, name)
        if not support.is_there:
            raise Unsupported(f"`{name}` is unsupported: {support.note}")


CAPABILITIES = tuple(attribute.name for attribute in attrs.fields(Capabilities))
EVERYTHING = Capabilities(**dict.fromkeys(CAPABILITIES, NATIVE))
"""All capabilities, native; others are said in terms of it: `attrs.evolve(EVERYTHING, watch=...)`."""


@frozen
class Done:
    """The CRM is as asked: it was written now, or it was so already."""


@frozen
class LostRace:
    """Somebody else is responsible meanwhile, and stays so; None is nobody. Nothing was written."""

    responsible: str | None


@frozen
class Gone:
    """There is nothing left to act on: it was deleted (or never there), or the task is completed."""

    reason: Literal["deleted", "completed"]


@frozen
class Forbidden:
    """The CRM does not let us do this to this entity, and will not later: no rights on it, or an unknown user."""

    reason: str


Outcome = Done | LostRace | Gone | Forbidden


@frozen
class ChangesSince:
    """What changed since a cursor, in an order in which it can be applied, and the cursor to go on from.

    `more` says that there is more to read at once; without it the rest comes with the next round.
    """

    changes: tuple[Change, ...]
    cursor: str
    more: bool = False


class CrmAdapter(Protocol):
    """One CRM account, read and written. Methods may be called from several threads at once.

    Every method may raise CrmUnavailable (temporary; `retry_after` says when), NotAllowed (the account as a whole
    refuses us: token revoked, not paid, blocked; a person has to act) and, for what is declared so, Unsupported. What
    concerns one entity alone is no error but an outcome.

    Reading is about state, not about events: a change carries the whole new state of one entity, the same change may
    come twice, and only the last state counts. Leases and skips are ours, an adapter never gives them.

    An entity that cannot be translated is set aside and counts as absent; the rest goes on.
    """

    capabilities: ClassVar[Capabilities]

    @classmethod
    def open(cls, *args: Any, **settings: Any) -> Self:
        """Make an adapter from settings; each class names its own. Raises ValueError when they are wrong."""
        ...

    def close(self) -> None:
        """Give back what `open` took; doing it twice changes nothing."""
        ...

    def directory(self) -> Iterator[Set]:
        """Read the account (once), and all users, groups, task types and field declarations.

        It is complete: what it no longer gives is gone. Dismissed users are given with `active` false as long as the
        CRM has them.
        """
        ...

    def read_open(self) -> Iterator[Sequence[Set]]:
        """Read every open task with all it hangs on, in batches of the adapter's size.

        It hangs on its subject, the deals that link to a subject that is a contact or company, and the contacts and the
        company of each of these deals. More may be given, but no completed task. It is complete: an open task that it
        does not give is gone. A batch may refer to what only a later one brings.
        """
        ...

    def cursor(self) -> str:
        """Give a cursor for now, an opaque text that survives a restart. Take it before reading everything."""
        ...

    def read_changes(self, cursor: str) -> ChangesSince:
        """Read what changed since a cursor: tasks, what open ones hang on, and what is known of the directory.

        A task that is completed comes as completed or as removed, a deleted entity as removed, and an open task with
        all it hangs on that may not have been given before. Raises CursorLost when the cursor is of no use any more.
        """
        ...

    def set_aside(self) -> Sequence[Problem]:
        """List what the last reading could not translate: where it stands in the CRM, its value, what is wrong."""
        ...

    def watch(self, notify: Callable[[], None]) -> Callable[[], None]:
        """Call `notify`, from any thread, soon after something changed; it says no more than that `read_changes` pays.

        Returns at once. What it returns ends the watch. A watch may miss changes, so reading at intervals goes on.
        """
        ...

    def complete(self, task: str, *, result: str, key: str) -> Outcome:
        """Complete a task with a result, which may be empty.

        A task that is completed already is Done, and keeps the result it has. The same `key` again means the same
        wish, of which the answer was lost: it has no second effect.
        """
        ...

    def postpone(self, task: str, *, due: date, key: str) -> Outcome:
        """Give an open task another due: a date makes it an all-day task, an instant an exact-time one."""
        ...

    def set_responsible(self, kind: OwnedKind, entity_id: str, user: str, *, only_if: str | None, key: str) -> Outcome:
        """Make a user responsible, if the responsible is still `only_if` (None is nobody), and change nothing else.

        The first of these that applies is the answer: Gone, Done when the user is responsible already, LostRace,
        Forbidden, Done.
        """
        ...


def _methods(protocol: type) -> tuple[str, ...]:
    return tuple(name for name, member in vars(protocol).items() if not name.startswith("_") and callable(member))


METHODS = ("open", *_methods(CrmAdapter))
"""What an adapter has to have; whoever cannot do a thing declares it, and raises Unsupported when asked."""


def missing_from(adapter: object) -> tuple[str, ...]:
    """Name what a class lacks to be an adapter, as the registry asks before it takes one.

    >>> missing_from(int)[:3]
    ('capabilities', 'open', 'close')
    """
    declared = isinstance(getattr(adapter, "capabilities", None), Capabilities)
    missing = [name for name in METHODS if not callable(getattr(adapter, name, None))]
    return tuple(missing if declared else ["capabilities", *missing])
