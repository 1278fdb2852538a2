"""The live engine: `decide` answered from an index that changes keep up to date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from threading import RLock
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from workplaces_core.answers import Current, Desk, DeskRole, Failure, Next, NextRole, QueueEntry, Remaining
from workplaces_core.changes import Change, refuse_impossible
from workplaces_core.decision import decide, moment_of_decision, title
from workplaces_core.engine.account import LiveAccount
from workplaces_core.engine.counting import is_left, left_in_class, left_in_role
from workplaces_core.engine.hours import HORIZON_US, instant_of
from workplaces_core.engine.index import Index
from workplaces_core.errors import PolicyError, Problem
from workplaces_core.rules.ordering import bucket_of, microseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from workplaces_core.engine.counting import RoleNow
    from workplaces_core.engine.hours import RoleDay
    from workplaces_core.engine.role_index import RoleIndex
    from workplaces_core.model import Snapshot, Task
    from workplaces_core.policy import Policy

_TICK = timedelta(microseconds=1)
_FAR = microseconds(datetime(2200, 1, 1, tzinfo=UTC))

Line = tuple[int, bool, int | None]
"""A place in a queue: row, whether in the exact lane, index of the priority."""


class Engine:
    """The same desks as `decide` gives, at any size of account, after any changes, at any moment.

    Many threads may ask while one applies changes. Nothing here reads a clock.

    >>> from datetime import UTC, date
    >>> from workplaces_core.changes import Set
    >>> from workplaces_core.model import Account, Snapshot, Task, User
    >>> from workplaces_core.policy import Interval, Members, Policy, Priority, Role
    >>> week = Interval("week", start=9 * 60, end=18 * 60, days=(0, 1, 2, 3, 4))
    >>> role = Role("r1", "Sales", members=Members(["u1"]), intervals=(week,), priorities=(Priority("all", "All"),))
    >>> engine = Engine(Policy(1, (role,)), Snapshot(Account("acme", "Europe/Moscow"), users=[User("u1", "Anna")]))
    >>> now = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
    >>> engine.next_task("u1", now=now) is None
    True
    >>> engine.apply([Set("task", Task("t1", "1", "Call back", "u1", now, date(2026, 11, 24)))])
    >>> engine.next_task("u1", now=now)
    't1'
    """

    def __init__(self, policy: Policy, snapshot: Snapshot) -> None:
        """Index a snapshot under a policy."""
        self._lock = RLock()
        self._account = LiveAccount(snapshot)
        self._index = Index(policy, self._account)

    @property
    def policy(self) -> Policy:
        """The policy in use."""
        return self._index.policy

    def snapshot(self) -> Snapshot:
        """Give the account as it is now."""
        with self._lock:
            return self._account.snapshot()

    def apply(self, changes: Iterable[Change]) -> None:
        """Make changes, all of them or, on ChangesError, none."""
        changes = list(changes)
        refuse_impossible(changes)
        with self._lock:
            self._apply(changes)

    def _apply(self, changes: list[Change]) -> None:
        account, index = self._account, self._index
        touched: set[int] = set()
        users: set[str] = set()
        zone = account.account.timezone
        expiries = {}
        for change in changes:
            if change.kind == "user":
                users.add(change.id if hasattr(change, "id") else change.value.id)
            if change.kind == "lease":
                task = change.id if hasattr(change, "id") else change.value.task
                lease = account.leases.get(task)
                expiries.setdefault(task, None if lease is None else microseconds(lease.expires))
            if change.kind == "deal":
                index.forget_deal(change.id if hasattr(change, "id") else change.value.id)
            account.change(change, touched)
        if account.account.timezone != zone:
            account.settle()
            self._index = Index(index.policy, account)
            return
        for task, before in expiries.items():
            lease = account.leases.get(task)
            index.change_lease(task, before, None if lease is None else microseconds(lease.expires))
        for change in changes:
            if change.kind == "skip":
                index.heads.clear()
        if users:
            index.change_users(users)
        index.refresh(touched)
        account.settle()

    def publish(self, policy: Policy) -> None:
        """Use another policy from now on; PolicyError unless its version is greater."""
        if policy.version <= self.policy.version:
            message = f"must be greater than {self.policy.version}, the version in use"
            raise PolicyError([Problem("version", policy.version, message)])
        with self._lock:
            self._index = Index(policy, self._account)

    def failures(self) -> tuple[Failure, ...]:
        """List the conditions that err: per role, priority and leaf, how many open tasks, and the first three."""
        with self._lock:
            return self._index.failures()

    def next_task(self, user: str, *, now: datetime) -> str | None:
        """Give the task at the head of a user's queue; the shortest question, remembered while nothing can change it."""
        if now.tzinfo is not UTC:
            now = moment_of_decision(now)
        with self._lock:
            head = self._index.heads.get(user)
            if head is not None and head.since <= now < head.until:
                for role, own, pool in head.stamps:
                    if role.stamps.get(user) != own or role.stamps.get(None) != pool:
                        break
                else:
                    return head.task
            return self._find_head(user, moment_of_decision(now))

    def _find_head(self, user: str, now: datetime) -> str | None:
        view = self._view(user, now)
        if view is None:
            desk = self._decided(user, now)
            return None if desk.next is None else desk.next.task
        _, lines = view.chosen()
        first = next(lines, None)
        task = None if first is None else view.task(first).id
        stamps = tuple((role, role.stamps.get(user), role.stamps.get(None)) for role, _ in view.roles)
        self._index.heads[user] = Head(now, instant_of(view.next_moment()), task, stamps)
        return task

    def next_moment(self, user: str, *, now: datetime) -> datetime:
        """Give the next moment at which the user's desk could change by time alone.

        Until then, and without changes, it stays as it is but for `at`; it may stay so for longer.
        """
        now = moment_of_decision(now)
        with self._lock:
            view = self._view(user, now)
            return now + _TICK if view is None else instant_of(view.next_moment())

    def classify(
        self, tasks: Iterable[Task], *, role: str, user: str, now: datetime, reasons: bool = False
    ) -> list[Any]:
        """Tell which priority of an enabled role takes each task for a user now, by its id, or None.

        With `reasons`, each answer is a tuple: the id, and for every priority before it why it does not take the task:
        `interval_not_active`, `wrong_type`, `not_responsible`, `outside_pool`, or the path of the first part of its
        condition that is not true (`where.all[1]`). The tasks need not be in the account. Raises LookupError for a
        role that the policy does not have, or has disabled.
        """
        now = moment_of_decision(now)
        with self._lock:
            numbers = [number for number, each in enumerate(self._index.roles) if each.role.id == role]
            if not numbers:
                raise LookupError(f"role `{role}` is not an enabled role of the policy")
            return self._index.classify(numbers[0], tasks, user, microseconds(now), now, reasons=reasons)

    def source(self) -> str:
        """Give the generated code, for reading: one function a task type that was met so far."""
        with self._lock:
            return "\n\n".join(self._index.compiled.sources.values())

    def desk(self, user: str, *, now: datetime, queue: int | None = 20) -> Desk:
        """Give a user's desk, with at most `queue` entries of his queue, all of them when None."""
        now = moment_of_decision(now)
        with self._lock:
            view = self._view(user, now)
            if view is None:
                desk = self._decided(user, now)
                return desk if queue is None else evolve(desk, queue=desk.queue[:queue])
            return view.desk(queue)

    def _decided(self, user: str, now: datetime) -> Desk:
        """Ask the readable decision, at the rare moments when a clock goes back over midnight or a date is skipped."""
        return decide(self._account.snapshot(), self.policy, user=user, now=now)

    def _view(self, user: str, now: datetime) -> View | None:
        index, moment = self._index, microseconds(now)
        numbers = index.members(user)
        roles = [(index.roles[number], index.roles[number].day(moment, now)) for number in numbers]
        if not all(day.is_regular for _, day in roles):
            return None
        index.go_to(moment, now, numbers)
        return View(index, user, now, moment, roles)


@frozen
class Head:
    """The head of a user's queue, good from `since` until `until` while the stamps of his roles stay the same."""

    since: datetime
    until: datetime
    task: str | None
    stamps: tuple[tuple[RoleIndex, int | None, int | None], ...]


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
        task = self.index.placed[line[0]]
        assert task is not None
        return task

    def _passed(self, row: int) -> bool:
        return self.index.placed[row].id in self.skipped  # type: ignore[union-attr]

    def chosen(self) -> tuple[RoleNow | None, Iterator[Line]]:
        """Choose the first active role that has something to do, else the first active one, with its queue."""
        active = [each for each in self.roles if each[1].at(self.moment).is_open]
        for each in active:
            role, day = each
            lines = role.queue(self.user, self.moment, day, self._passed if self.skipped else _none)
            head = next(lines, None)
            if head is not None:
                return each, chain((head,), lines)
        return (active[0] if active else None), iter(())

    def desk(self, limit: int | None) -> Desk:
        """Show all."""
        chosen, lines = self.chosen()
        listed = list(lines if limit is None else islice(lines, max(limit, 1)))
        return Desk(
            user=self.user,
            at=self.now,
            policy_version=self.index.policy.version,
            role=None if chosen is None else self._role(*chosen),
            current=self.current,
            next=self._next(listed),
            remaining=self.remaining(),
            next_role=self._next_role() if chosen is None else None,
            queue=tuple(self._entry(line, chosen) for line in listed[:limit]) if chosen is not None else (),
        )

    def _role(self, role: RoleIndex, day: RoleDay) -> DeskRole:
        stretch = day.at(self.moment)
        cap = self.moment + HORIZON_US
        until = instant_of(stretch.until) if stretch.until <= cap else None
        edge = stretch.interval_until
        return DeskRole(role.role.id, role.role.name, until, instant_of(edge) if edge is not None and edge <= cap else None)

    def _next_role(self) -> NextRole | None:
        starts = [(start, role.role.id) for role, day in self.roles if (start := day.next_start(self.moment)) is not None]
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

    def _next(self, listed: Sequence[Line]) -> Next | None:
        if not listed:
            return None
        task = self.task(listed[0])
        return Next(task.id, *title(task, self.account.links(task)))

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
        expiry = self.index.next_expiry(self.moment)
        return min([*times, _FAR if expiry is None else expiry])

    # -- what is left

    def remaining(self) -> Remaining:
        """Count what is left today, each task once, however many roles could hand it out."""
        if not self.roles:
            return Remaining(0, 0)
        own = self._left_own()
        shared = self._left_shared() - self._own_in_pools()
        for task_id in self.skipped:
            row = self.account.rows.get(task_id)
            task = None if row is None else self.index.placed[row]
            if row is None or task is None:
                continue
            if task.responsible == self.user:
                own -= is_left(task.due, self.index.matches[row], self.roles, self.moment, own=True)
            else:
                match = self.index.matches[row] & self.index.pool(task.responsible)
                shared -= is_left(task.due, match, self.roles, self.moment, own=False)
        return Remaining(own, shared)

    def _left_own(self) -> int:
        if len(self.roles) == 1:
            return left_in_role(*self.roles[0], self.moment, self.user)
        classes = self.index.joint_own(self.user).classes
        return sum(left_in_class(held, match, self.roles, self.moment, own=True) for match, held in classes.items())

    def _left_shared(self) -> int:
        """Count the tasks of all pools, the user's own among them: the sum over his roles, less what was counted twice."""
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
