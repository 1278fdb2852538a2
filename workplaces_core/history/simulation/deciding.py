"""Who is given what, for a simulation: by the live engine, or, several times faster, over tasks encoded beforehand.

Both give what `decide` gives; tests hold them to the same courses. Tasks are encoded where that is exact: the account
itself does not change, and what work left of a task is not read through deals, contacts or companies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

import attrs
from attrs import frozen

from workplaces_core.changes import Change, Set, about
from workplaces_core.engine.engine import Engine
from workplaces_core.history.account import PastAccount
from workplaces_core.history.facts import Facts, instant, paths_of, paths_of_plugins
from workplaces_core.history.gathering import Rows
from workplaces_core.history.queues import Queues
from workplaces_core.history.versions import Directory
from workplaces_core.rules.ordering import microseconds

if TYPE_CHECKING:
    from workplaces_core.history.simulation.past import Past
    from workplaces_core.model import Task, User
    from workplaces_core.policy import Policy

_NEVER = datetime(2199, 12, 31, tzinfo=UTC)
_READ = ("task", "deal", "contact", "company")


class Handed(NamedTuple):
    """What somebody is given, and by which role, priority and lane."""

    task: str
    role: str
    priority: str | None
    lane: str


class Desk(Protocol):
    """What a simulation asks and tells."""

    def happen(self, step: int, changes: Sequence[Change], now: datetime) -> None:
        """Make the changes that came from outside in a step (by number) of the past."""

    def leave(self, task: Task, spell: int, now: datetime) -> None:
        """Open a task again, as a spell of work left it."""

    def take(self, task: Task) -> None:
        """Put a task into somebody's hands."""

    def given(self, user: str, now: datetime) -> Handed | None:
        """Decide what somebody is given."""

    def next_moment(self, user: str, now: datetime) -> datetime:
        """Tell until when time alone brings nothing to somebody who was just given nothing."""


class LiveDesk:
    """The live engine. What is in hand is marked completed: like a leased task, it is nobody's candidate."""

    def __init__(self, past: Past, policy: Policy) -> None:
        """Index what there is at the beginning."""
        self._engine = Engine(policy, past.before)

    def happen(self, _: int, changes: Sequence[Change], __: datetime) -> None:
        """Make changes."""
        self._engine.apply(changes)

    def leave(self, task: Task, _: int, __: datetime) -> None:
        """Open a task again."""
        self._engine.apply([Set("task", task)])

    def take(self, task: Task) -> None:
        """Put a task into somebody's hands."""
        self._engine.apply([Set("task", attrs.evolve(task, completed=True))])

    def given(self, user: str, now: datetime) -> Handed | None:
        """Decide what somebody is given."""
        for found in self._engine.hand_outs(user, now=now, limit=1):
            priority = None if found.priority is None else found.priority.id
            return Handed(found.task.id, found.role.id, priority, found.entry.lane)
        return None

    def next_moment(self, user: str, now: datetime) -> datetime:
        """Tell until when nothing comes by time alone."""
        return self._engine.next_moment(user, now=now)


@frozen(eq=False)
class Encoding:
    """A past as rows of facts for one policy.

    `versions` names, per step, the tasks with a new row; the first is of the beginning. `left` has the rows of tasks as
    work left them, by task and spell.
    """

    facts: Facts
    versions: tuple[tuple[tuple[str, int], ...], ...]
    left: dict[tuple[str, int], int]


def encoded(past: Past, policy: Policy) -> Encoding | None:
    """Encode a past for a policy; None where that would not be exact."""
    changes_account = any(change.kind == "account" for step in past.steps for change in step.changes)
    reads_links = any(not path.startswith("task.") for path in paths_of(policy))
    if changes_account or (past.endings and reads_links):
        return None
    account, rows = PastAccount(), Rows(paths_of(policy), paths_of_plugins(policy))
    before = past.before
    beginning: list[Change] = [
        *(Set("contact", each) for each in before.contacts.values()),
        *(Set("company", each) for each in before.companies.values()),
        *(Set("deal", each) for each in before.deals.values()),
        *(Set("task", each) for each in before.tasks.values()),
    ]
    versions = [tuple(_new_rows(beginning, account, rows))]
    versions += [tuple(_new_rows(step.changes, account, rows)) for step in past.steps]
    left = {
        (task, spell): rows.add(state, rows.read(state, account.links(state)))
        for task, states in past.endings.items()
        for spell, state in enumerate(states)
        if state is not None
    }
    return Encoding(rows.facts(), tuple(versions), left)


def _new_rows(changes: Iterable[Change], account: PastAccount, rows: Rows) -> Iterable[tuple[str, int]]:
    concerned: dict[str, None] = {}
    for change in changes:
        if change.kind in _READ:
            concerned |= account.change(change)
    for task_id in concerned:
        task = account.tasks.get(task_id)
        if task is not None and not task.completed:
            yield task_id, rows.add(task, rows.read(task, account.links(task)))


class EncodedDesk:
    """Queues over encoded tasks: the same as a replay uses."""

    def __init__(self, past: Past, policy: Policy, encoding: Encoding) -> None:
        """Make the queues of what there is at the beginning."""
        self._policy, self._encoding = policy, encoding
        self._ids = encoding.facts.ids
        self._is_open = bytearray(len(encoding.facts))
        self._queues = Queues(encoding.facts, policy, past.before.account, self._is_open)
        self._row: dict[str, int] = dict(encoding.versions[0])
        self._shown: dict[str, int] = {}
        self._users: dict[str, User] = dict(past.before.users)
        for task in past.before.tasks.values():
            if not task.completed:
                self._is_open[self._row[task.id]] = 1
                self._shown[task.id] = self._row[task.id]
        self._queues.meet(Directory(dict(self._users)), microseconds(past.start))

    def happen(self, step: int, changes: Sequence[Change], now: datetime) -> None:
        """Make changes."""
        at = microseconds(now)
        for task_id, row in self._encoding.versions[step + 1]:
            self._row[task_id] = row
            if task_id in self._shown:
                self._show(task_id, at)
        users = [change for change in changes if change.kind == "user"]
        for change in changes:
            if change.kind == "task":
                if isinstance(change, Set) and not change.value.completed:  # type: ignore[union-attr]
                    self._show(about(change), at)
                else:
                    self._hide(about(change))
        if users:
            self._meet(users, at)

    def _meet(self, changes: Iterable[Change], at: int) -> None:
        for change in changes:
            if isinstance(change, Set):
                self._users[about(change)] = change.value  # type: ignore[assignment]
            else:
                self._users.pop(change.id, None)
        self._queues.meet(Directory(dict(self._users)), at)

    def _show(self, task_id: str, at: int) -> None:
        self._hide(task_id)
        row = self._row.get(task_id)
        if row is None:
            return  # it goes again at the same instant: it never had a row
        self._shown[task_id] = row
        self._is_open[row] = 1
        self._queues.opened(row, at)

    def _hide(self, task_id: str) -> None:
        row = self._shown.pop(task_id, None)
        if row is not None:
            self._is_open[row] = 0

    def leave(self, task: Task, spell: int, now: datetime) -> None:
        """Open a task again."""
        self._row[task.id] = self._encoding.left[task.id, spell]
        self._show(task.id, microseconds(now))

    def take(self, task: Task) -> None:
        """Put a task into somebody's hands."""
        self._hide(task.id)

    def given(self, user: str, now: datetime) -> Handed | None:
        """Decide what somebody is given."""
        found = self._queues.given(user, microseconds(now))
        if found.place is None:
            return None
        role, place = self._policy.roles[found.role], found.place
        priority = None if place.priority < 0 else role.priorities[place.priority].id
        return Handed(self._ids[place.row], role.id, priority, "exact" if place.is_exact else "priority")

    def next_moment(self, user: str, now: datetime) -> datetime:
        """Tell until when the hours of his roles stay as they are; exact times that come near are the caller's."""
        untils = [role.until for _, role in self._queues.roles_of(user)]
        return max(instant(min(untils)), now + _TICK) if untils else _NEVER


_TICK = instant(1) - instant(0)


def leads(policy: Policy) -> tuple[int, ...]:
    """List how many minutes before their time roles show exact-time tasks."""
    return tuple(sorted({role.exact_time.lead_minutes for role in policy.roles if role.enabled and role.exact_time}))
