"""The index of one policy over a live account: where every open task stands, for every role that may hand it out."""

from __future__ import annotations

from array import array
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
from workplaces_core.engine.places import Places, ranking
from workplaces_core.engine.role_index import RoleIndex
from workplaces_core.model import Deal, Links, Task
from workplaces_core.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workplaces_core.engine.account import LiveAccount
    from workplaces_core.engine.compiled import Match

_SHORT = 65_535


class Index:
    """Where the tasks of an account stand under one policy.

    INVARIANT: a row stands where its task, as it was before the batch of changes in hand, belongs with the match
    numbered in `numbers[row]`; with 0 it stands nowhere, as when completed or held under a live lease. `judged[row]`
    numbers what the task's deal alone decides; with 0 that is to be found out.
    """

    def __init__(self, policy: Policy, account: LiveAccount) -> None:
        """Place every open task."""
        self.policy, self.account = policy, account
        # Disabled roles hand out nothing; they only count for conditions that err.
        enabled = attrs.evolve(policy, roles=tuple(role for role in policy.roles if role.enabled))
        self.compiled = CompiledPolicy(enabled)
        self.errors = LeafErrors(CompiledPolicy(policy))
        self.rank = ranking(account)
        self.roles = [
            RoleIndex(role, offset, policy, account, self.rank)
            for role, offset in zip(enabled.roles, self.compiled.offsets, strict=True)
        ]
        self.heads: dict[str, Head] = {}
        self.shown: dict[str, Shown] = {}
        self.lefts: dict[str, Left] = {}
        self.numbers = array("H", bytes(2 * len(account.tasks)))
        self.judged = array("H", bytes(2 * len(account.tasks)))
        self._matches: list[Match] = [0]
        self._number_of: dict[Match, int] = {}
        self._classifiers: dict[tuple[int, int, bool], Classifier] = {}
        self._ordered = sum(1 << role.offset + number for role in self.roles for number in role.ordered)
        self._simple = self.compiled.reads_only_deals() and self.errors.reads_only_deals()
        self._of_types = self.compiled.bits_of_types()
        self.people = People(enabled.roles, self.compiled.slots, account)
        self.places = Places(self.roles, self.people)
        self.leases = LeaseClock(account.leases.values())
        self.midnights = Midnights(self.compiled.days_leaves(), [role.where for role in self.roles])
        # Any date would do; the last day on which something happened is likely near the first question.
        latest = max((task.created for task in account.tasks if task is not None), default=_EARLY)
        self._todays = [latest.date()] * len(self.roles)
        self._moments = [(today, role.where) for today, role in zip(self._todays, self.roles, strict=True)]
        for roles in {self.members(user) for user in account.users}:
            if len(roles) > 1:
                self.places.joint_shared(roles, tuple)  # nothing stands anywhere yet
        self._fill()

    def _fill(self) -> None:
        """Place all tasks at once: sorted by (created, id) first, so that sorting by due leaves ties in order."""
        tasks, who_is = self.account.tasks, self.people.who
        filling, rows = Filling(), array("I")
        for row, task in enumerate(tasks):
            match = self._matched(row, task)
            if match is None or task is None:
                continue
            match &= who_is(task.responsible).either
            number = self._number(match)
            self.numbers[row] = number  # not before: the number may ask for a wider array
            if match or isinstance(task.due, datetime):
                rows.append(row)
        for row in self._by_rank(rows):
            task = tasks[row]
            assert task is not None
            self.places.gather(filling, task, self._matches[self.numbers[row]], row)
        filling.finish()

    def _by_rank(self, rows: Iterable[int]) -> array[int]:
        """Order rows by rank in two steps, each by what exists: a million pairs would leave their memory in pieces."""
        tasks: list[Any] = self.account.tasks
        by_id = sorted(rows, key=lambda row: tasks[row].id)
        by_id.sort(key=lambda row: tasks[row].created)
        return array("I", by_id)

    # -- who

    def members(self, user: str) -> tuple[int, ...]:
        """Give the numbers of the enabled roles of a user, in policy order."""
        return self.people.who(user).roles

    def pool(self, responsible: str) -> Match:
        """Give the bits of all common-queue priorities that take a responsible's tasks."""
        return self.people.who(responsible).pool

    def change_users(self, users: Iterable[str]) -> None:
        """Take notice that users were changed: their roles, and what pools their tasks belong to."""
        changed = set(users)
        rows = [
            row for row, number in enumerate(self.numbers) if number and self._as_placed(row).responsible in changed
        ]
        for row in rows:
            self._take_out(row)
        for user in changed:
            self.people.forget(user)
            self.places.forget_own(user)
            self._joint_of(self.members(user))
        self.refresh(rows)
        self.forget_answers()

    def _as_placed(self, row: int) -> Task:
        """Give the task of a row that stands somewhere as it was placed."""
        task = self.account.before.get(row) or self.account.tasks[row]
        assert task is not None
        return task

    def _standing(self) -> Iterator[tuple[Task, Match]]:
        """List the tasks that stand somewhere, with what they match."""
        return ((self._as_placed(row), self._matches[number]) for row, number in enumerate(self.numbers) if number)

    def _joint_of(self, roles: tuple[int, ...]) -> Joint | None:
        if len(roles) < 2:  # noqa: PLR2004 - one role needs no joint classes
            return None
        return self.places.joint_shared(roles, self._standing)

    def joint_shared(self, user: str) -> Joint | None:
        """Give the classes of pool tasks that at least two roles of the user match."""
        return self._joint_of(self.members(user))

    def joint_own(self, user: str) -> Joint:
        """Give the classes of the user's own tasks over all his roles."""
        return self.places.joint_own(user)

    # -- time

    def go_to(self, now: int, moment: datetime, roles: Iterable[int]) -> None:
        """Bring leases, and what counts days in some roles, to a moment."""
        ended = self.leases.go_to(now)
        if ended:
            rows = (self.account.row(task) for task in ended)
            self.refresh([row for row in rows if row is not None])
        if self.midnights.roles:
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

    def relink(self) -> None:
        """Take notice that the deals of some rows may be others, before anything else of a batch is."""
        self._grow()
        for row in self.account.relinked:
            self.judged[row] = 0

    def change(self, rows: Iterable[int], leased: Iterable[str] = ()) -> None:
        """Take notice that tasks were changed, and the leases of some.

        Stamps tell of what moves at the moment where the index stands. A lease, or a condition that counts days, may
        change what is remembered of other moments and move nothing now, so these are stamped in any case.
        """
        if self.midnights.roles:
            self._stamp_dated(rows)
        self.refresh(rows)
        if self.midnights.roles:
            self._stamp_dated(rows)
        for task_id in leased:
            self._stamp_leased(self.account.task(task_id))

    def change_one(self, row: int) -> None:
        """Take notice that one task was changed."""
        if self.midnights.roles:
            self.change((row,))
        else:
            self._refresh(row)

    def _stamp_dated(self, rows: Iterable[int]) -> None:
        for row in rows:
            if self.midnights.counts(row):
                task = self.account.tasks[row]
                tasks = (task, self.account.before.get(row, task))
                for owner in (None, *(each.responsible for each in tasks if each is not None)):
                    for number in self.midnights.roles:
                        self.roles[number].stamp(owner)

    def _stamp_leased(self, task: Task | None) -> None:
        if task is not None and not task.completed:
            match = self.compiled.match(task, self.account.links(task), self._moments)
            self.places.stamp(task, match)

    def _grow(self) -> None:
        grown = len(self.account.tasks) - len(self.numbers)
        if grown:
            self.numbers.extend([0] * grown)
            self.judged.extend([0] * grown)

    def refresh(self, rows: Iterable[int]) -> None:
        """Put rows where they belong now."""
        for row in rows:
            self._refresh(row)

    def _refresh(self, row: int) -> None:
        task, number, before = self.account.tasks[row], self.numbers[row], self.account.before
        match = self._matched(row, task)
        if match is None or task is None:
            if number:
                self._take_out(row)
            before.pop(row, None)
            return
        match &= (self.people.known.get(task.responsible) or self.people.who(task.responsible)).either
        if number and match == self._matches[number] and not match & self._ordered:
            old = before.get(row) or task
            if old is task or _same_sets(old, task):
                if old.due != task.due:
                    self.places.move(old, task, match, row)
                before.pop(row, None)
                return
        if number:
            self._take_out(row)
        before.pop(row, None)
        self.numbers[row] = self._number(match)
        self.places.add(task, match, row)

    def _take_out(self, row: int) -> None:
        self.places.remove(self._as_placed(row), self._matches[self.numbers[row]], row)
        self.numbers[row] = 0

    def _matched(self, row: int, task: Task | None) -> Match | None:
        """Give what a task matches; None when it must not be placed. Notes errors and flips on the way."""
        if task is None or task.completed:
            self.errors.forget(row)
            self.midnights.forget(row)
            return None
        account = self.account
        if self._simple:  # a policy that reads of a task nothing but its type and its deal
            number = self.judged[row] or self._judge(row, self._deal(task))
            if self.errors.noted or self.errors.of_deals:
                self.errors.note(row, task, Links(self._deal(task)))
            types = self._of_types.get(task.type)
            match = self.compiled.of_deals.matches[number] & (self._of_types[None] if types is None else types)
        else:
            links = account.links(task)
            number = self.judged[row] or self._judge(row, links.deal)
            self.errors.note(row, task, links)
            if self.midnights.roles:
                self.midnights.note(row, task, links)
            match = self.compiled.match(task, links, self._moments, self.compiled.of_deals.matches[number])
        return None if account.leases and self.leases.holds(account.leases.get(task.id)) else match

    def _deal(self, task: Task) -> Deal | None:
        subject = task.subject
        if subject is None:
            return None
        return self.account.deals.get(subject.id) if subject.kind == "deal" else self.account.links(task).deal

    def _judge(self, row: int, deal: Deal | None) -> int:
        """Find out what a row's deal decides, for all tasks that hang on it."""
        judged = self.judged
        if deal is None:
            number = judged[row] = self.compiled.of_deals.nothing
            return number
        rows = [*self.account.hanging_on(deal.id)]
        known = [judged[each] for each in rows if judged[each]]
        if known:
            number = known[0]
        else:
            self.errors.look_at(deal)
            number = self.compiled.of_deals.number(deal)
            judged = self.judged = wide_enough(judged, number)
        for each in (row, *rows):
            judged[each] = number
        return number

    def match_of(self, row: int) -> Match | None:
        """Give what the task of a row matches of its responsible's roles and pools; None when it stands nowhere."""
        number = self.numbers[row]
        return self._matches[number] if number else None

    def _number(self, match: Match) -> int:
        number = self._number_of.get(match)
        if number is None:
            number = self._number_of[match] = len(self._matches)
            self._matches.append(match)
            self.numbers = wide_enough(self.numbers, number)
        return number

    def forget_answers(self) -> None:
        """Remember nothing of any user."""
        for answers in (self.heads, self.shown, self.lefts):
            answers.clear()

    def forget_deal(self, deal_id: str) -> None:
        """Let classifying judge a deal anew when it is asked for next."""
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
            classifier = Classifier(role.role, role.offset, key[1], reasons, self.people.pool, self.account)
            classifier.generate()
            self._classifiers[key] = classifier
        return classifier.run(tasks, user, (day.today, role.where))

    def failures(self) -> tuple[Failure, ...]:
        """List the conditions that err, as `check` does."""
        tasks = self.account.tasks
        return self.errors.failures(lambda row: tasks[row].id)  # type: ignore[union-attr]


_EARLY = datetime(1970, 1, 1, tzinfo=UTC)


def wide_enough(numbers: array[int], number: int) -> array[int]:
    """Give an array that can hold a number: two bytes an entry are nearly always enough.

    >>> wide_enough(array("H", [1, 2]), 65_536)
    array('I', [1, 2])
    """
    return array("I", numbers) if number > _SHORT and numbers.typecode == "H" else numbers


def _same_sets(one: Task, other: Task) -> bool:
    """Tell whether two states of a task, with one match, belong in the same sets."""
    return (
        one.responsible == other.responsible
        and isinstance(one.due, datetime) is isinstance(other.due, datetime)
        and one.created == other.created
    )
