"""What one user sees at one moment, read from an index that has gone to the moment."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING

from workplaces_core.answers import Current, Desk, DeskRole, Next, NextRole, QueueEntry, Remaining
from workplaces_core.decision import title
from workplaces_core.engine.counting import is_left, left_in_class, left_in_role
from workplaces_core.engine.heads import Left, Line, Shown, stamps_of, unchanged
from workplaces_core.engine.hours import HORIZON_US, instant_of
from workplaces_core.rules.ordering import bucket_of, microseconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workplaces_core.engine.counting import RoleNow
    from workplaces_core.engine.hours import RoleDay
    from workplaces_core.engine.index import Index
    from workplaces_core.engine.role_index import RoleIndex
    from workplaces_core.model import Task

_FAR = microseconds(datetime(2200, 1, 1, tzinfo=UTC))


class View:
    """What one user sees at one moment; lives for one question, under the engine's lock."""

    def __init__(self, index: Index, user: str, now: datetime, moment: int, roles: list[RoleNow]) -> None:
        """Look at an index that has gone to the moment."""
        self.index, self.account = index, index.account
        self.user, self.now, self.moment, self.roles = user, now, moment, roles
        skips = self.account.skips_of.get(user)
        self.skipped = {task for task, skip in skips.items() if skip.until > now} if skips else frozenset()
        self.current = self._current()

    def task(self, line: Line) -> Task:
        """Give the task of a place in a queue."""
        task = self.account.tasks[line[0]]
        assert task is not None
        return task

    def _passed(self, row: int) -> bool:
        return self.account.tasks[row].id in self.skipped  # type: ignore[union-attr]

    def lines(self, role_now: RoleNow) -> Iterator[Line]:
        """List the queue of one of the user's roles."""
        role, day = role_now
        return role.queue(self.user, self.moment, day, self._passed if self.skipped else _none)

    def chosen(self) -> tuple[RoleNow | None, Iterator[Line]]:
        """Choose the first active role that has something to do, else the first active one, with its queue."""
        active = [each for each in self.roles if each[1].at(self.moment).is_open]
        for each in active:
            lines = self.lines(each)
            head = next(lines, None)
            if head is not None:
                return each, chain((head,), lines)
        return (active[0] if active else None), iter(())

    def desk(self, limit: int | None) -> Desk:
        """Show all."""
        shown = self._shown(limit)
        chosen = None if shown.chosen is None else self.roles[shown.chosen]
        return Desk(
            user=self.user,
            at=self.now,
            policy_version=self.index.policy.version,
            role=None if chosen is None else self._role(*chosen),
            current=self.current,
            next=self._next(shown.head),
            remaining=self.remaining(),
            next_role=self._next_role() if chosen is None else None,
            queue=shown.queue,
        )

    def _shown(self, limit: int | None) -> Shown:
        """Give what is shown of the queue; remembered while nothing can have changed it."""
        kept = self.index.shown.get(self.user)
        if kept is None or kept.limit != limit or not self._holds(kept):
            kept = self._show(limit)
            if limit is not None:
                self.index.shown[self.user] = kept
        return kept

    def _show(self, limit: int | None) -> Shown:
        chosen, lines = self.chosen()
        listed = list(lines if limit is None else islice(lines, max(limit, 1)))
        return Shown(
            since=self.now,
            until=self.now if limit is None else instant_of(self.next_moment()),
            limit=limit,
            chosen=None if chosen is None else self.roles.index(chosen),
            head=listed[0][0] if listed else None,
            queue=tuple(self._entry(line, chosen) for line in listed[:limit]) if chosen is not None else (),
            stamps=stamps_of(self.user, [role for role, _ in self.roles]),
        )

    def _holds(self, kept: Shown) -> bool:
        return kept.since <= self.now < kept.until and unchanged(kept.stamps)

    def _role(self, role: RoleIndex, day: RoleDay) -> DeskRole:
        stretch = day.at(self.moment)
        cap = self.moment + HORIZON_US
        until = instant_of(stretch.until) if stretch.until <= cap else None
        edge = stretch.interval_until
        return DeskRole(
            role.role.id, role.role.name, until, instant_of(edge) if edge is not None and edge <= cap else None
        )

    def _next_role(self) -> NextRole | None:
        starts = [
            (start, role.role.id) for role, day in self.roles if (start := day.next_start(self.moment)) is not None
        ]
        if not starts:
            return None
        start, role = min(starts, key=lambda found: found[0])
        return NextRole(role, instant_of(start))

    def _current(self) -> Current | None:
        leases = [self.account.leases[task] for task in self.account.leases_of.get(self.user, ())]
        live = [lease for lease in leases if lease.expires > self.now and self._is_open(lease.task)]
        if not live:
            return None
        lease = min(live, key=lambda lease: (lease.since, lease.task))
        task = self.account.task(lease.task)
        assert task is not None
        return Current(task.id, lease.since, *title(task, self.account.links(task)))

    def _is_open(self, task_id: str) -> bool:
        task = self.account.task(task_id)
        return task is not None and not task.completed

    def _next(self, row: int | None) -> Next | None:
        task = None if row is None else self.account.tasks[row]
        return None if task is None else Next(task.id, *title(task, self.account.links(task)))

    def _entry(self, line: Line, chosen: RoleNow) -> QueueEntry:
        _, is_exact, index = line
        role, day = chosen
        task = self.task(line)
        return QueueEntry(
            task.id,
            "exact" if is_exact else "priority",
            None if index is None else role.role.priorities[index].id,
            bucket_of(task.due, self.now, day.today),
            task.responsible != self.user,
        )

    def next_moment(self) -> int:
        """Give the next moment at which time alone may change something here."""
        times = [role.next_move(self.user, self.moment, day) for role, day in self.roles]
        skips = self.account.skips_of.get(self.user, {}).values()
        times += [microseconds(skip.until) for skip in skips if skip.until > self.now]
        expiry = self.index.leases.next_end(self.moment)
        return min([*times, _FAR if expiry is None else expiry])

    # -- what is left

    def remaining(self) -> Remaining:
        """Count what is left today, each task once, however many roles could hand it out."""
        if not self.roles or self.skipped:
            return self._count_left()
        stretches = tuple(day.at(self.moment) for _, day in self.roles)
        kept = self.index.lefts.get(self.user)
        if kept is None or kept.stretches != stretches or not unchanged(kept.stamps):
            stamps = stamps_of(self.user, [role for role, _ in self.roles])
            kept = self.index.lefts[self.user] = Left(stretches, self._count_left(), stamps)
        return kept.left

    def _count_left(self) -> Remaining:
        if not self.roles:
            return Remaining(0, 0)
        own = self._left_own()
        shared = self._left_shared() - self._own_in_pools()
        for task_id in self.skipped:
            row = self.account.row(task_id)
            task = None if row is None else self.account.tasks[row]
            match = None if row is None else self.index.match_of(row)
            if task is None or match is None:
                continue
            if task.responsible == self.user:
                own -= is_left(task.due, match, self.roles, self.moment, own=True)
            else:
                match &= self.index.pool(task.responsible)
                shared -= is_left(task.due, match, self.roles, self.moment, own=False)
        return Remaining(own, shared)

    def _left_own(self) -> int:
        if len(self.roles) == 1:
            return left_in_role(*self.roles[0], self.moment, self.user)
        classes = self.index.joint_own(self.user).classes
        return sum(left_in_class(held, match, self.roles, self.moment, own=True) for match, held in classes.items())

    def _left_shared(self) -> int:
        """Count the tasks of all pools, the user's own too: the sum over his roles, less what was counted twice."""
        total = sum(left_in_role(role, day, self.moment, None) for role, day in self.roles)
        joint = self.index.joint_shared(self.user)
        if joint is not None:
            for match, held in joint.classes.items():
                single = sum(left_in_class(held, match, [each], self.moment, own=False) for each in self.roles)
                total += left_in_class(held, match, self.roles, self.moment, own=False) - single
        return total

    def _own_in_pools(self) -> int:
        """Count the user's own tasks that stand in pools of his roles as well."""
        pool = self.index.pool(self.user)
        if not pool:
            return 0
        if len(self.roles) > 1:
            classes = self.index.joint_own(self.user).classes
            return sum(
                left_in_class(held, match & pool, self.roles, self.moment, own=False) for match, held in classes.items()
            )
        role, day = self.roles[0]
        total = 0
        for mask, segment in role.own.get(self.user, {}).items():
            shared = mask & pool >> role.offset
            for low, high in role.left_ranges(shared, self.moment, day, own=False) if shared else ():
                total += segment.count_below(high) - segment.count_below(low)
        return total


def _none(_: int) -> bool:
    return False
