"""The past of one account, read from its history: what came from outside, and what people did with it.

A simulation repeats what came from outside and leaves out what people did: taking and finishing, and the states of a
task that their work made (completed, or put off). Those are kept per spell of work, to be used when somebody is done.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from workplaces_core.changes import Change, Remove, Set, apply
from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.history.events import FINISHED, TAKEN, Event
from workplaces_core.model import Account, Snapshot, Task
from workplaces_core.wire import load_changes

if TYPE_CHECKING:
    from workplaces_core.history.reading import BadRows

_AT_ONCE = 4096
_PEOPLES_OWN = ("lease", "skip")
"""Records of what people did at a desk: a simulation has its own."""


@frozen(eq=False)
class Spell:
    """Somebody's work on a task, as recorded. `task` is its state when it was taken; `finished` None: nobody knows."""

    task: Task
    user: str
    opened: datetime
    taken: datetime
    finished: datetime | None


@frozen(eq=False)
class Step:
    """What came from outside at one instant. `reopens` are tasks that were completed and are open again."""

    at: datetime
    changes: tuple[Change, ...]
    reopens: frozenset[str] = frozenset()


@frozen(eq=False)
class Past:
    """What a simulation needs of a history. `endings` tells per task the states in which spells of work left it."""

    account: str
    before: Snapshot
    steps: tuple[Step, ...]
    spells: tuple[Spell, ...]
    waiting: tuple[tuple[Task, datetime], ...]
    """What was open and in nobody's hands at the end, with the instant since when."""
    endings: dict[str, tuple[Task | None, ...]]
    start: datetime
    end: datetime

    @property
    def timezone(self) -> str:
        """The account's zone."""
        return self.before.account.timezone


def read_past(history: Any, account: str | None = None) -> Past:
    """Read the past of one account from a file, an Arrow table or events in time order.

    `account` may be left out when the history has only one. Raises InvalidInput, ChangesError.
    """
    events = [event for event in events_in(history) if account is None or event.account == account]
    found = sorted({event.account for event in events})
    if len(found) != 1:
        message = "must name one of " + ", ".join(found) if found else "is not in the history, or the history is empty"
        raise InvalidInput([Problem("account", account, message)])
    reader = _Reader()
    for at, instant in _instants(_pairs(events)):
        reader.read(at, instant)
    return reader.past(found[0], events[0].at, events[-1].at)


def events_in(history: Any, bad: BadRows | None = None) -> Iterator[Event]:
    """Give the events of a file, of an Arrow table, or the events themselves; bad rows of a file go to `bad`."""
    if isinstance(history, str | os.PathLike):
        from workplaces_core.history.reading import BadRows, read_file  # noqa: PLC0415 - needs the extra

        yield from (BadRows() if bad is None else bad).passed(read_file(history))
    elif hasattr(history, "column_names"):
        from workplaces_core.history.arrow_form import conform, events_of  # noqa: PLC0415 - needs the extra

        yield from events_of(conform(history))
    else:
        yield from history


Pair = tuple[Event, Change | None]


def _pairs(events: list[Event]) -> Iterator[Pair]:
    """Give every event with the change that it is, many read at once."""
    for first in range(0, len(events), _AT_ONCE):
        some = events[first : first + _AT_ONCE]
        forms = [_form(event) for event in some]
        changes = iter(load_changes([form for form in forms if form is not None]))
        yield from ((event, None if form is None else next(changes)) for event, form in zip(some, forms, strict=True))


def _form(event: Event) -> dict[str, Any] | None:
    if event.kind in (TAKEN, FINISHED) or event.kind in _PEOPLES_OWN:
        return None
    content = {"id": event.id} if event.op == "remove" else {"value": event.value}
    return {"op": event.op, "kind": event.kind, **content}


def _instants(pairs: Iterable[Pair]) -> Iterator[tuple[datetime, list[Pair]]]:
    group: list[Pair] = []
    for pair in pairs:
        if group and pair[0].at != group[0][0].at:
            yield group[0][0].at, group
            group = []
        group.append(pair)
    if group:
        yield group[0][0].at, group


@frozen(eq=False)
class _Life:
    """What is known of a task while its history is read: (task, since when it is open), who has it, since when."""

    state: dict[str, tuple[Task, datetime]] = field(factory=dict)
    taken: dict[str, tuple[str, datetime, Task, datetime]] = field(factory=dict)
    done_at: dict[str, datetime] = field(factory=dict)


class _Reader:
    """Tells apart what came from outside and what people did."""

    def __init__(self) -> None:
        self._life = _Life()
        self._steps: list[Step] = []
        self._spells: list[Spell] = []
        self._endings: dict[str, list[Task | None]] = {}

    def read(self, at: datetime, pairs: list[Pair]) -> None:
        """Read all that happened at one instant."""
        outside: list[Change] = []
        reopens: set[str] = set()
        for event, change in pairs:
            if event.kind == TAKEN:
                self._take(event)
            elif event.kind == FINISHED:
                self._finish(event)
            elif change is not None and change.kind != "task":
                outside.append(change)
            elif change is not None and not self._is_peoples(event.id, at, change):
                if self._change(event.id, at, change):
                    reopens.add(event.id)
                outside.append(change)
        if outside:
            self._steps.append(Step(at, tuple(outside), frozenset(reopens)))

    def _take(self, event: Event) -> None:
        self._end_spell(event.id, None)
        state = self._life.state.get(event.id)
        if state is not None:
            user = str((event.value or {}).get("user"))
            self._life.taken[event.id] = (user, event.at, *state)
            self._endings.setdefault(event.id, []).append(None)
            self._life.done_at.pop(event.id, None)

    def _finish(self, event: Event) -> None:
        if event.id in self._life.taken:
            self._end_spell(event.id, event.at)
            self._life.done_at[event.id] = event.at
            task, _ = self._life.state[event.id]
            self._life.state[event.id] = task, event.at

    def _end_spell(self, task_id: str, finished: datetime | None) -> None:
        held = self._life.taken.pop(task_id, None)
        if held is not None:
            user, taken, task, opened = held
            self._spells.append(Spell(task, user, opened, taken, finished))

    def _is_peoples(self, task_id: str, at: datetime, change: Change) -> bool:
        """Take notice of a state that work made of a task: while it is in hand, at its end, or completed after it."""
        task: Task | None = change.value if isinstance(change, Set) else None  # type: ignore[assignment]
        in_hand, done_at = task_id in self._life.taken, self._life.done_at.get(task_id)
        completed = task is None or task.completed
        if not in_hand and (done_at is None or (done_at != at and not completed)):
            return False
        if in_hand and completed:
            self._end_spell(task_id, at)
            self._life.done_at[task_id] = at
        self._endings[task_id][-1] = None if completed else task
        if task is None:
            self._life.state.pop(task_id, None)
        else:
            self._life.state[task_id] = task, at
        return True

    def _change(self, task_id: str, at: datetime, change: Change) -> bool:
        """Keep a state that came from outside, and tell whether it opens again what was completed."""
        known = self._life.state.get(task_id)
        if isinstance(change, Remove):
            self._life.state.pop(task_id, None)
            return False
        task: Task = change.value  # type: ignore[assignment]
        was_done = self._is_done(task_id)
        opens = known is None or was_done
        self._life.state[task_id] = task, at if opens or known is None else known[1]
        self._life.done_at.pop(task_id, None)
        return was_done and not task.completed

    def _is_done(self, task_id: str) -> bool:
        """Tell whether a task is done by now, as far as is known; what work put off is not."""
        if task_id in self._life.done_at:
            return self._endings[task_id][-1] is None
        known = self._life.state.get(task_id)
        return known is not None and known[0].completed

    def past(self, account: str, start: datetime, end: datetime) -> Past:
        """Give what was read."""
        for task_id in list(self._life.taken):
            self._end_spell(task_id, None)
            self._life.done_at[task_id] = end
        first = next((step for step in self._steps if any(each.kind == "account" for each in step.changes)), None)
        if first is None or first is not self._steps[0]:
            raise InvalidInput([Problem("account", account, "must be known from the first event on")])
        open_now = [(id_, each) for id_, each in self._life.state.items() if not self._is_done(id_)]
        return Past(
            account=account,
            before=apply(Snapshot(Account(account, "UTC")), first.changes),
            steps=tuple(self._steps[1:]),
            spells=tuple(sorted(self._spells, key=lambda spell: (spell.taken, spell.task.id))),
            waiting=tuple(each for _, each in sorted(open_now, key=lambda found: found[0])),
            endings={task: tuple(states) for task, states in self._endings.items() if any(states)},
            start=start,
            end=end,
        )
