"""The live engine: `decide` answered from an index that changes keep up to date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import TYPE_CHECKING, Any

from attrs import evolve

from workplaces_core.changes import Change, Set, about, refuse_impossible
from workplaces_core.decision import decide, moment_of_decision
from workplaces_core.engine.account import LiveAccount
from workplaces_core.engine.explaining import explain_live
from workplaces_core.engine.hand_outs import HandOut, hand_outs, hand_outs_decided
from workplaces_core.engine.heads import Head, stamps_of, unchanged
from workplaces_core.engine.hours import instant_of
from workplaces_core.engine.index import Index
from workplaces_core.engine.openings import opening, opening_decided
from workplaces_core.engine.view import View
from workplaces_core.errors import PolicyError, Problem, UnknownTask
from workplaces_core.explanation import explain
from workplaces_core.model import Snapshot, Task
from workplaces_core.rules.ordering import microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workplaces_core.answers import Desk, Explanation, Failure
    from workplaces_core.model import Lease, Links
    from workplaces_core.policy import Policy

_TICK = timedelta(microseconds=1)


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
        self._writing = RLock()  # held by the one writer; taken before the other
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

    def task(self, task_id: str) -> Task | None:
        """Give a task of the account, None when it is not there."""
        with self._lock:
            return self._account.task(task_id)

    def links(self, task: Task) -> Links:
        """Give the deal, contact and company of a task, as conditions and titles see them."""
        with self._lock:
            return self._account.links(task)

    def directory(self) -> Snapshot:
        """Give the account with its users, groups, task types and fields, without any work."""
        with self._lock:
            held = self._account
            return Snapshot(
                held.account, users=held.users, groups=held.groups, task_types=held.task_types, fields=held.fields
            )

    def apply(self, changes: Iterable[Change]) -> None:
        """Make changes, all of them or, on ChangesError, none."""
        changes = list(changes)
        if len(changes) == 1:
            one = changes[0]
            if type(one) is Set and one.kind == "task" and type(one.value) is Task:
                with self._writing, self._lock:
                    self._set_task(one.value)
                return
        refuse_impossible(changes)
        with self._writing, self._lock:
            self._apply(changes)

    def _set_task(self, task: Task) -> None:
        """Make the change that is by far the most frequent, without what only others need."""
        account, index = self._account, self._index
        row = account.set_task(task)
        if account.relinked:
            index.relink()
        index.change_one(row)
        if account.relinked:
            account.settle()

    def _apply(self, changes: list[Change]) -> None:
        account, index = self._account, self._index
        touched: set[int] = set()
        users: set[str] = set()
        zone = account.account.timezone
        leases: dict[str, Lease | None] = {}
        for change in changes:
            if change.kind == "user":
                users.add(about(change))
            elif change.kind == "lease":
                leases.setdefault(about(change), account.leases.get(about(change)))
            elif change.kind == "deal":
                index.forget_deal(about(change))
            account.change(change, touched)
        if account.account.timezone != zone:
            account.settle()
            self._index = Index(index.policy, account)
            return
        index.relink()
        for task, before in leases.items():
            index.leases.change(task, before, account.leases.get(task))
        if any(change.kind == "skip" for change in changes):
            index.forget_answers()
        if users:
            index.change_users(users)
        index.change(touched, leases)
        account.settle()

    def publish(self, policy: Policy) -> None:
        """Use another policy from now on; PolicyError unless its version is greater.

        While the new index is made, desks are answered by the old one and name its version.
        """
        with self._writing:
            if policy.version <= self.policy.version:
                message = f"must be greater than {self.policy.version}, the version in use"
                raise PolicyError([Problem("version", policy.version, message)])
            index, replaced = Index(policy, self._account), self._index
            with self._lock:
                self._index = index
            del replaced  # nobody has to wait while it is let go

    def failures(self) -> tuple[Failure, ...]:
        """List the conditions that err: per role, priority and leaf, how many open tasks, and the first three."""
        with self._lock:
            return self._index.failures()

    def next_task(self, user: str, *, now: datetime) -> str | None:
        """Give the task at the head of a user's queue; remembered while nothing can change it."""
        if now.tzinfo is not UTC:
            now = moment_of_decision(now)
        with self._lock:
            head = self._index.heads.get(user)
            if head is not None and head.since <= now < head.until and unchanged(head.stamps):
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
        stamps = stamps_of(user, [role for role, _ in view.roles])
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

    def hand_outs(self, user: str, *, now: datetime, limit: int = 8) -> tuple[HandOut, ...]:
        """List the first tasks that a user may be given, each with the decision in full."""
        now = moment_of_decision(now)
        with self._lock:
            view = self._view(user, now)
            if view is None:
                return hand_outs_decided(self._account.snapshot(), self.policy, user, now, limit)
            return hand_outs(view, limit)

    def next_opening(self, user: str, *, now: datetime) -> datetime | None:
        """Give the moment at which time is expected to bring a user something to do; None is beyond the horizons.

        It is the earliest of the opening of a hidden task, the end of what holds of his role's intervals, the beginning
        of his next role when none is active, and the end of a skip. A colleague's lease that expires is not looked for.
        """
        now = moment_of_decision(now)
        with self._lock:
            view = self._view(user, now)
            if view is None:
                return opening_decided(self._account.snapshot(), self.policy, user, now)
            return opening(view)

    def explain(self, user: str, task: str, *, now: datetime) -> Explanation:
        """Say why a task is in a user's queue, or why not, as `explain` does. Raises UnknownTask."""
        now = moment_of_decision(now)
        with self._lock:
            found = self._account.task(task)
            if found is None:
                raise UnknownTask(f"task `{task}` is not in the account")
            view = self._view(user, now)
            if view is None:
                return explain(self._account.snapshot(), self.policy, user=user, task=task, now=now)
            return explain_live(view, found)

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
