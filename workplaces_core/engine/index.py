"""The index of one policy over a live account: where every open task stands, for every role that may hand it out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import attrs

from workplaces_core.answers import Failure
from workplaces_core.engine.classify import Classifier
from workplaces_core.engine.compiled import CompiledPolicy
from workplaces_core.engine.counting import Joint
from workplaces_core.engine.failing import LeafErrors
from workplaces_core.engine.filling import Filling
from workplaces_core.engine.heads import Head, Left, Shown
from workplaces_core.engine.leases import LeaseClock
from workplaces_core.engine.midnight import Midnights
from workplaces_core.engine.people import People
from workplaces_core.engine.role_index import RoleIndex
from workplaces_core.model import Task
from workplaces_core.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workplaces_core.engine.account import LiveAccount
    from workplaces_core.engine.compiled import Match

SharedPlaces = tuple[list[tuple[RoleIndex, str | None, int]], list[tuple[Joint, int]]]

_KEPT_PLACES = 65_536


class Index:
    """Where the tasks of an account stand under one policy.

    INVARIANT: `placed[row]` is the task as it was placed, with the match in `matches[row]`; what a row was placed by
    is read from there when it is taken out again. A held row, one under a live lease, is not placed.
    """

    def __init__(self, policy: Policy, account: LiveAccount) -> None:
        """Place every open task."""
        self.policy, self.account = policy, account
        # Disabled roles hand out nothing; they only count for conditions that err.
        enabled = attrs.evolve(policy, roles=tuple(role for role in policy.roles if role.enabled))
        self.compiled = CompiledPolicy(enabled)
        self.errors = LeafErrors(CompiledPolicy(policy))
        self.placed: list[Task | None] = [None] * len(account.tasks)
        self.matches: list[Match] = [0] * len(account.tasks)
        self.roles = [
            RoleIndex(role, offset, policy, account, self.placed)
            for role, offset in zip(enabled.roles, self.compiled.offsets, strict=True)
        ]
        self.heads: dict[str, Head] = {}
        self.shown: dict[str, Shown] = {}
        self.lefts: dict[str, Left] = {}
        self._classifiers: dict[tuple[int, int, bool], Classifier] = {}
        self._ordered = sum(1 << role.offset + number for role in self.roles for number in role.ordered)
        self._simple = self.compiled.reads_only_deals() and self.errors.reads_only_deals()
        self._same: dict[Match, Match] = {}
        self._places: dict[Match, SharedPlaces] = {}
        self.people = People(enabled.roles, self.compiled.slots, account)
        self._joint_own: dict[str, Joint] = {}
        self._joint_shared: dict[tuple[int, ...], Joint] = {}
        self.leases = LeaseClock(account.leases.values())
        self.midnights = Midnights(self.compiled.days_leaves(), [role.where for role in self.roles])
        # Any date would do; the last day on which something happened is likely near the first question.
        latest = max((task.created for task in account.tasks if task is not None), default=_EARLY)
        self._todays = [latest.date()] * len(self.roles)
        self._fill()

    def _fill(self) -> None:
        self._moments = [(today, role.where) for today, role in zip(self._todays, self.roles, strict=True)]
        for roles in {self.members(user) for user in self.account.users}:
            if len(roles) > 1:
                self._joint_shared[roles] = Joint(self._rank)
        self._fill_in_order()

    def _fill_in_order(self) -> None:
        """Place all tasks at once: sorted by (created, id) first, so that sorting by due leaves ties in order."""
        tasks = self.account.tasks
        filling = Filling()
        for row, task in enumerate(tasks):
            match = self._matched(row, task)
            if match is not None:
                self.placed[row], self.matches[row] = task, self._same.setdefault(match, match)
        rows = [row for row, task in enumerate(self.placed) if task is not None]
        rows.sort(key=self._rank)
        for place, row in enumerate(rows):
            task = tasks[row]
            assert task is not None
            for role, owner, mask in self._segments(task, self.matches[row]):
                filling.add(role.segment(owner, mask), role.due_key(task.due), place)
            for joint, bits in self._joints(task, self.matches[row]):
                filling.add(*joint.of(bits).of(task.due), place)
        filling.finish(rows)

    def _rank(self, row: int) -> tuple[datetime, str]:
        task = self.placed[row]
        assert task is not None
        return task.created, task.id

    # -- who

    def members(self, user: str) -> tuple[int, ...]:
        """Give the numbers of the enabled roles of a user, in policy order."""
        return self.people.who(user)[0]

    def pool(self, responsible: str) -> Match:
        """Give the bits of all common-queue priorities that take a responsible's tasks."""
        return self.people.who(responsible)[1]

    def change_users(self, users: Iterable[str]) -> None:
        """Take notice that users were changed: their roles, and what pools their tasks belong to."""
        changed = set(users)
        rows = [row for row, task in enumerate(self.placed) if task is not None and task.responsible in changed]
        for row in rows:
            self._take_out(row)
        for user in changed:
            self.people.forget(user)
            self._joint_own.pop(user, None)
            self._joint_of(self.members(user))
        self.refresh(rows)
        self.forget_answers()

    def _joint_of(self, roles: tuple[int, ...]) -> Joint | None:
        """Give the joint classes of what several roles share; filled on their first use."""
        if len(roles) < 2:  # noqa: PLR2004 - one role needs no joint classes
            return None
        joint = self._joint_shared.get(roles)
        if joint is None:
            joint = self._joint_shared[roles] = Joint(self._rank)
            self._places.clear()
            for row, task in enumerate(self.placed):
                if task is not None:
                    bits = self._shared_bits(roles, self.matches[row] & self.pool(task.responsible))
                    if bits:
                        joint.add(bits, task.due, row)
        return joint

    def joint_shared(self, user: str) -> Joint | None:
        """Give the classes of pool tasks that at least two roles of the user match."""
        return self._joint_of(self.members(user))

    def joint_own(self, user: str) -> Joint:
        """Give the classes of the user's own tasks over all his roles."""
        return self._joint_own.setdefault(user, Joint(self._rank))

    def bits_of(self, roles: tuple[int, ...], match: Match) -> Match:
        """Keep the bits of some roles."""
        return sum(match & self.roles[number].full << self.roles[number].offset for number in roles)

    def _shared_bits(self, roles: tuple[int, ...], match: Match) -> Match:
        """Keep the bits of some roles when at least two of them have any, else none."""
        bits = [match & self.roles[number].full << self.roles[number].offset for number in roles]
        return sum(bits) if len([each for each in bits if each]) > 1 else 0

    # -- time

    def go_to(self, now: int, moment: datetime, roles: Iterable[int]) -> None:
        """Bring leases, and what counts days in some roles, to a moment."""
        rows = (self.account.rows.get(task) for task in self.leases.go_to(now))
        self.refresh([row for row in rows if row is not None])
        for number in roles:
            if number in self.midnights.roles:
                self._go_to_day(number, self.roles[number].day(now, moment).today)

    def _go_to_day(self, number: int, today: date) -> None:
        before = self._todays[number]
        if before != today:
            self._todays[number] = today
            self._moments[number] = (today, self.roles[number].where)
            self.refresh(self.midnights.between(number, before, today))

    # -- tasks

    def change(self, rows: Iterable[int], leased: Iterable[str]) -> None:
        """Take notice that tasks were changed, and the leases of some.

        Stamps tell of what moves at the moment where the index stands. A lease, or a condition that counts days, may
        change what is remembered of other moments and move nothing now, so these are stamped in any case.
        """
        if self.midnights.roles:
            self._stamp_dated(rows)
            self.refresh(rows)
            self._stamp_dated(rows)
        else:
            self.refresh(rows)
        for task_id in leased:
            self._stamp_leased(self.account.task(task_id))

    def _stamp_dated(self, rows: Iterable[int]) -> None:
        for row in rows:
            if self.midnights.counts(row):
                tasks = (self.account.tasks[row], self.placed[row] if row < len(self.placed) else None)
                for owner in (None, *(task.responsible for task in tasks if task is not None)):
                    for number in self.midnights.roles:
                        self.roles[number].stamp(owner)

    def _stamp_leased(self, task: Task | None) -> None:
        if task is not None and not task.completed:
            match = self.compiled.match(task, self.account.links(task), self._moments)
            for role, owner, _ in self._segments(task, match):
                role.stamp(owner)

    def refresh(self, rows: Iterable[int]) -> None:
        """Put rows where they belong now."""
        grown = len(self.account.tasks) - len(self.placed)
        if grown:
            self.placed += [None] * grown
            self.matches += [0] * grown
        for row in rows:
            self._refresh(row)

    def _refresh(self, row: int) -> None:
        task, old = self.account.tasks[row], self.placed[row]
        match = self._matched(row, task)
        if match is None or task is None:
            self._take_out(row)
        elif old is None or match != self.matches[row] or match & self._ordered or not _same_sets(old, task):
            self._take_out(row)
            self._put_in(row, task, self._same.setdefault(match, match))
        elif old.due != task.due:
            self._move(row, old, task, match)
        else:
            self.placed[row] = task

    def _matched(self, row: int, task: Task | None) -> Match | None:
        """Give what a task matches; None when it must not be placed. Notes errors and flips on the way."""
        if task is None or task.completed:
            self.errors.forget(row)
            self.midnights.forget(row)
            return None
        if self._simple:
            return self._matched_by_deal(row, task)
        links = self.account.links(task)
        if links.deal is not None and links.deal.id not in self.compiled.of_deals.kept:
            self.errors.look_at(links.deal)
        self.errors.note(row, task, links)
        if self.midnights.roles:
            self.midnights.note(row, task, links)
        match = self.compiled.match(task, links, self._moments)
        return None if self._is_held(task) else match

    def _matched_by_deal(self, row: int, task: Task) -> Match | None:
        """Do the same, shorter, where a policy reads of a task nothing but its type and its deal."""
        subject = task.subject
        if subject is None:
            deal = None
        elif subject.kind == "deal":
            deal = self.account.deals.get(subject.id)
        else:
            deal = self.account.links(task).deal
        if deal is not None and deal.id not in self.compiled.of_deals.kept:
            self.errors.look_at(deal)
        self.errors.note_deal(row, task, deal)
        match = self.compiled.match_of_deal(task.type, deal)
        return None if self.account.leases and self._is_held(task) else match

    def _is_held(self, task: Task) -> bool:
        return self.leases.holds(self.account.leases.get(task.id))

    def _put_in(self, row: int, task: Task, match: Match) -> None:
        self.placed[row], self.matches[row] = task, match
        for role, owner, mask in self._segments(task, match):
            role.add(owner, mask, role.due_key(task.due), row)
        for joint, bits in self._joints(task, match):
            joint.add(bits, task.due, row)

    def _take_out(self, row: int) -> None:
        task = self.placed[row]
        if task is None:
            return
        match = self.matches[row]
        for role, owner, mask in self._segments(task, match):
            role.remove(owner, mask, role.due_key(task.due), row)
        for joint, bits in self._joints(task, match):
            joint.remove(bits, task.due, row)
        self.placed[row] = None

    def _move(self, row: int, old: Task, task: Task, match: Match) -> None:
        """Give a task another due within the sets it is in."""
        segments, joints = self._segments(task, match), self._joints(task, match)
        for role, owner, mask in segments:
            role.remove(owner, mask, role.due_key(old.due), row, keep=True)
        for joint, bits in joints:
            joint.remove(bits, old.due, row)
        self.placed[row] = task
        for role, owner, mask in segments:
            role.add(owner, mask, role.due_key(task.due), row)
        for joint, bits in joints:
            joint.add(bits, task.due, row)

    def _segments(self, task: Task, match: Match) -> list[tuple[RoleIndex, str | None, int]]:
        """List the segments a task belongs in: its owner's in his roles, and those of pools."""
        members, pool = self.people.who(task.responsible)
        found: list[tuple[RoleIndex, str | None, int]] = []
        for number in members:
            role = self.roles[number]
            mask = role.own_mask(match, task.due)
            if mask is not None:
                found.append((role, task.responsible, mask))
        shared = match & pool
        return [*found, *self._shared_places(shared)[0]] if shared else found

    def _joints(self, task: Task, match: Match) -> list[tuple[Joint, Match]]:
        """List the joint classes a task belongs in."""
        members, pool = self.people.who(task.responsible)
        shared = match & pool
        found = self._shared_places(shared)[1] if shared else []
        if len(members) < 2:  # noqa: PLR2004 - one role needs no joint classes
            return found
        bits = self.bits_of(members, match)
        if bits or isinstance(task.due, datetime):  # an exact time may be handed out without a match
            return [(self.joint_own(task.responsible), bits), *found]
        return found

    def _shared_places(self, shared: Match) -> SharedPlaces:
        """Give where tasks with this match of common queues belong; the same for all of them."""
        found = self._places.get(shared)
        if found is None:
            if len(self._places) > _KEPT_PLACES:
                self._places.clear()
            masks = [(role, shared >> role.offset & role.full) for role in self.roles]
            joints = [(joint, self._shared_bits(roles, shared)) for roles, joint in self._joint_shared.items()]
            found = self._places[shared] = (
                [(role, None, mask) for role, mask in masks if mask],
                [(joint, bits) for joint, bits in joints if bits],
            )
        return found

    def forget_answers(self) -> None:
        """Remember nothing of any user."""
        for answers in (self.heads, self.shown, self.lefts):
            answers.clear()

    def forget_deal(self, deal_id: str) -> None:
        """Judge a deal anew when a task asks for it next."""
        self.compiled.of_deals.forget(deal_id)
        for classifier in self._classifiers.values():
            classifier.kept.pop(deal_id, None)

    # -- single tasks

    def classify(
        self, number: int, tasks: Iterable[Task], user: str, now: int, moment: datetime, *, reasons: bool
    ) -> list[Any]:
        """Tell which priority of a role takes each task for a user now."""
        role = self.roles[number]
        day = role.day(now, moment)
        key = number, role.active_at(now, moment), reasons
        classifier = self._classifiers.get(key)
        if classifier is None:
            classifier = Classifier(role.role, role.offset, key[1], reasons, self.pool, self.account)
            classifier.generate()
            self._classifiers[key] = classifier
        return classifier.run(tasks, user, (day.today, role.where))

    def failures(self) -> tuple[Failure, ...]:
        """List the conditions that err, as `check` does."""
        tasks = self.account.tasks
        return self.errors.failures(lambda row: tasks[row].id)  # type: ignore[union-attr]


_EARLY = datetime(1970, 1, 1, tzinfo=UTC)


def _same_sets(one: Task, other: Task) -> bool:
    """Tell whether two states of a task, with one match, belong in the same sets."""
    return one is other or (
        one.id == other.id
        and type(one.due) is type(other.due)
        and one.responsible == other.responsible
        and one.created == other.created
    )
