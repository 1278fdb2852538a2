"""The history of an account as versions of its tasks, and the steps in which they open, close and change hands.

A task gets a new version (a row of facts) when something changes that the policies read of it; the steps say which
version is the present one, who took it, and what else a decision depends on.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from workplaces_core.changes import Change, Remove, Set, about
from workplaces_core.errors import ChangesError, Problem
from workplaces_core.history.account import PastAccount
from workplaces_core.history.events import FINISHED, TAKEN
from workplaces_core.history.facts import Facts, paths_of, paths_of_plugins
from workplaces_core.history.gathering import Rows
from workplaces_core.model import Account, Skip, Subject, Task, User
from workplaces_core.rules.ordering import microseconds
from workplaces_core.wire import forms, load_changes

if TYPE_CHECKING:
    from workplaces_core.model import Lease
    from workplaces_core.policy import Policy

ROW, LEASE, TAKE, SKIP, PEOPLE, ACCOUNT = range(6)
"""What a step does: its operands are (task, row), (task, end in microseconds), (task, user), or a number in a list."""
GONE = -1
FAR, NOT_LEASED = 2**62, -(2**62)
"""The end of a lease that lasts until somebody is done, and of none."""

Incoming = tuple[int, int, str, str, str, str | None]
"""An event: its number, its moment in microseconds, op, kind, id, and the JSON text of its value."""


class Directory:
    """The users of a moment."""

    def __init__(self, users: dict[str, User]) -> None:
        """Keep them."""
        self.users = users


class Steps:
    """Steps in time order, as columns."""

    def __init__(self) -> None:
        """Start with none."""
        self.at, self.number = array("q"), array("q")
        self.op, self.first, self.second = array("b"), array("q"), array("q")

    def add(self, event: Incoming, op: int, first: int, second: int = 0) -> None:
        """Add a step of an event."""
        self.number.append(event[0])
        self.at.append(event[1])
        self.op.append(op)
        self.first.append(first)
        self.second.append(second)

    def __iter__(self) -> Iterator[tuple[int, int, int, int, int]]:
        """Give moment, op, both operands and number of every step."""
        return zip(self.at, self.op, self.first, self.second, self.number, strict=True)

    def __len__(self) -> int:
        """Count the steps."""
        return len(self.at)


class Versions:
    """One account's history, read event by event; afterwards `facts` encodes the versions."""

    def __init__(self, *policies: Policy) -> None:
        """Read what the policies read of tasks, beside types, dues and responsibles."""
        self.rows, self.steps = Rows(paths_of(*policies), paths_of_plugins(*policies)), Steps()
        self.tasks: dict[str, int] = {}
        self.users: dict[str, int] = {}
        self.task_of_row: list[int] = []
        self.directories: list[Directory] = []
        self.accounts: list[Account] = []
        self.skips: list[Skip | str] = []
        self._past = PastAccount()
        self._reads_links = any(not path.startswith("task.") for path in self.rows.paths)
        self._versions: dict[int, tuple[Any, int]] = {}
        self._present: dict[int, int] = {}
        self._people: dict[str, tuple[bool, tuple[str, ...]]] = {}
        self._met: Incoming | None = None

    def facts(self) -> Facts:
        """Encode all versions."""
        return self.rows.facts()

    def read(self, event: Incoming) -> None:
        """Read one event. Raises ChangesError when its value cannot be meant."""
        kind = event[3]
        if self._met is not None and (kind != "user" or event[1] != self._met[1]):
            self._introduce()
        match kind:
            case "task":
                self._touch(event, self._past.change(_change(event)))
            case "deal" | "contact" | "company" if self._reads_links:
                self._touch(event, self._past.change(_change(event)))
            case "user":
                self._change_user(event)
            case _ if kind in _OTHERS:
                _OTHERS[kind](self, event)

    def finish(self) -> None:
        """Read no further."""
        if self._met is not None:
            self._introduce()

    def task(self, task_id: str) -> int:
        """Give the code of a task, known or not."""
        return self.tasks.setdefault(task_id, len(self.tasks))

    def _touch(self, event: Incoming, concerned: Iterable[str]) -> None:
        for task_id in concerned:
            code, task = self.task(task_id), self._past.tasks.get(task_id)
            row = GONE if task is None or task.completed else self._version(code, task)
            if row != self._present.get(code, GONE):
                self._present[code] = row
                self.steps.add(event, ROW, code, row)

    def _version(self, code: int, task: Task) -> int:
        values = self.rows.read(task, self._past.links(task)) if self.rows.paths else ()
        # As texts of values: 1, 1.0 and True are not the same value of a field.
        facts = (task.type, task.responsible, task.created, repr(task.due), tuple(map(repr, values)))
        known = self._versions.get(code)
        if known is not None and known[0] == facts:
            return known[1]
        row = self.rows.add(task, values)
        self.task_of_row.append(code)
        self._versions[code] = facts, row
        return row

    def _change_user(self, event: Incoming) -> None:
        change = _change(event)
        self._past.change(change)
        user = self._past.users.get(about(change))
        known = None if user is None else (user.active, user.groups)
        if known != self._people.get(about(change)):
            if known is None:
                del self._people[about(change)]
            else:
                self._people[about(change)] = known
            self._met = event

    def _introduce(self) -> None:
        assert self._met is not None
        self.steps.add(self._met, PEOPLE, len(self.directories))
        self.directories.append(Directory(dict(self._past.users)))
        self._met = None

    def _change_account(self, event: Incoming) -> None:
        account: Account = _change(event).value  # type: ignore[union-attr, assignment]
        if not self.accounts or self.accounts[-1] != account:
            self.steps.add(event, ACCOUNT, len(self.accounts))
            self.accounts.append(account)

    def _change_lease(self, event: Incoming) -> None:
        change = _change(event)
        ends = NOT_LEASED
        if isinstance(change, Set):
            lease: Lease = change.value  # type: ignore[assignment]
            ends = microseconds(lease.expires)
        self.steps.add(event, LEASE, self.task(about(change)), ends)

    def _change_skip(self, event: Incoming) -> None:
        change = _change(event)
        self.steps.add(event, SKIP, len(self.skips))
        self.skips.append(change.id if isinstance(change, Remove) else change.value)  # type: ignore[arg-type]

    def _take(self, event: Incoming) -> None:
        user = json.loads(event[5] or "{}").get("user")
        if not isinstance(user, str):
            raise ChangesError([Problem(f"event {event[0]}: value.user", user, "must be a text")])
        self.steps.add(event, TAKE, self.task(event[4]), self.users.setdefault(user, len(self.users)))

    def _done(self, event: Incoming) -> None:
        self.steps.add(event, LEASE, self.task(event[4]), NOT_LEASED)


_OTHERS = {
    "account": Versions._change_account,  # noqa: SLF001 - its own methods
    "lease": Versions._change_lease,  # noqa: SLF001
    "skip": Versions._change_skip,  # noqa: SLF001
    TAKEN: Versions._take,  # noqa: SLF001
    FINISHED: Versions._done,  # noqa: SLF001
}


@lru_cache(maxsize=65536)
def _instant(text: str) -> datetime:
    return forms.read_instant(text)


@lru_cache(maxsize=65536)
def _due(text: str) -> date:
    return forms.read_due(text)


def _change(event: Incoming) -> Change:
    """Read the change of an event whose row was found valid."""
    number, _, op, kind, id_, text = event
    if op == "remove":
        return Remove(kind, id_)  # type: ignore[arg-type]
    try:
        value = json.loads(text or "null")
        if kind == "task":
            return Set("task", _task(value))
    except (ValueError, TypeError, KeyError, AttributeError):
        pass  # the slow reader says what is wrong
    try:
        (change,) = load_changes(f'[{{"op":"set","kind":{json.dumps(kind)},"value":{text or "null"}}}]')
    except ChangesError as error:
        problems = [Problem(f"event {number}: {each.path}", each.value, each.message) for each in error.problems]
        raise ChangesError(problems) from None
    return change


def _task(value: dict[str, Any]) -> Task:
    subject = value.get("subject")
    return Task(
        value["id"],
        value["type"],
        value["text"],
        value["responsible"],
        _instant(value["created"]),
        _due(value["due"]),
        None if subject is None else Subject(subject["kind"], subject["id"]),
        value.get("completed", False),
    )
