"""The replay of one partition: what two policies would have given at every hand-out; an Arrow table in, tables out.

A partition is the history of one account, or of some days of it with what was there before as its first rows. The
same partition always gives the same tables, on whatever machine and beside however many others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.history.arrow_form import conform, incoming
from workplaces_core.history.differences import Differences
from workplaces_core.history.extra import pa
from workplaces_core.history.facts import Facts
from workplaces_core.history.outcome import DECISIONS, Asked, decisions_table, packed
from workplaces_core.history.queues import Queues
from workplaces_core.history.task_fates import TASKS, Fates
from workplaces_core.history.versions import (
    ACCOUNT,
    FAR,
    GONE,
    LEASE,
    NOT_LEASED,
    PEOPLE,
    ROW,
    SKIP,
    TAKE,
    Directory,
    Versions,
)
from workplaces_core.model import Skip
from workplaces_core.rules.ordering import microseconds

if TYPE_CHECKING:
    from datetime import datetime

    from workplaces_core.model import Account
    from workplaces_core.policy import Policy

_EVER = (-(2**62), 2**62)


@frozen(eq=False)
class Outcome:
    """What a replay found: a table of DECISIONS, and one of TASKS."""

    decisions: pa.Table
    tasks: pa.Table


def decide_partition(
    table: pa.Table,
    policy_a: Policy,
    policy_b: Policy | None = None,
    *,
    moments: Sequence[datetime] = (),
    start: datetime | None = None,
    end: datetime | None = None,
) -> pa.Table:
    """Give the decisions of one partition; see `replay_partition`."""
    return replay_partition(table, policy_a, policy_b, moments=moments, start=start, end=end).decisions


def replay_partition(
    table: pa.Table,
    policy_a: Policy,
    policy_b: Policy | None = None,
    *,
    moments: Sequence[datetime] = (),
    start: datetime | None = None,
    end: datetime | None = None,
) -> Outcome:
    """Replay one partition under one policy, or two.

    `table` has the columns of a history (`arrow_form.SCHEMA`), of one account, in time order, found valid; events
    before `start` only make the account what it then is. Decisions are made at every `taken` event from `start` until
    before `end`, as things were just before it, and at `moments` for every active user, as they were just after it.
    Raises InvalidInput, or ChangesError for a value that cannot be meant.
    """
    table = conform(table)
    if not table.num_rows:
        return Outcome(DECISIONS.empty_table(), TASKS.empty_table())
    policies = [policy_a] if policy_b is None else [policy_a, policy_b]
    versions = Versions(*policies)
    for event in incoming(table):
        versions.read(event)
    versions.finish()
    span = (_EVER[0] if start is None else microseconds(start), _EVER[1] if end is None else microseconds(end))
    run = _Run(versions, policies, span)
    run.go(sorted({microseconds(moment) for moment in moments if span[0] <= microseconds(moment) < span[1]}))
    account = str(table.column("account")[0])
    names = list(versions.tasks)
    return Outcome(
        decisions_table(run.asked, account, run.facts, names, policies),
        run.fates.table(account, names),
    )


class _Run:
    """A replay as it goes on."""

    def __init__(self, versions: Versions, policies: Sequence[Policy], span: tuple[int, int]) -> None:
        self._versions, self._policies, self._span = versions, policies, span
        self.facts: Facts = versions.facts()
        self.asked = Asked()
        self.fates = Fates(len(versions.tasks), len(policies), self.facts, versions.task_of_row)
        self._is_open = bytearray(len(self.facts))
        self._row = [GONE] * len(versions.tasks)
        self._shown = [GONE] * len(versions.tasks)
        self._leased = [NOT_LEASED] * len(versions.tasks)
        self._ends: list[tuple[int, int]] = []
        self._skips: dict[str, dict[str, int]] = {}
        self._queues: list[Queues] = []
        self._differences: Differences | None = None
        self._directory = Directory({})
        self._users = list(versions.users)
        self._is_noting = span[0] == _EVER[0]

    def go(self, moments: list[int]) -> None:
        """Take all steps, and stop at the moments of the grid between them."""
        acts: dict[int, Callable[[int, int, int, int], None]] = {
            ROW: self._change_row, LEASE: self._change_lease, TAKE: self._take, SKIP: self._skip, PEOPLE: self._meet,
            ACCOUNT: self._change_account,
        }  # fmt: skip
        waiting = list(reversed(moments))
        for at, op, first, second, number in self._versions.steps:
            if not self._is_noting and at >= self._span[0]:
                self._begin(self._span[0])
            while waiting and waiting[-1] < at:
                self._ask_everybody(waiting.pop())
            if self._ends:
                self._expire(at)
            acts[op](at, first, second, number)
        while waiting:
            self._ask_everybody(waiting.pop())
        if self._span[1] != _EVER[1]:
            self._expire(self._span[1] - 1)

    def _begin(self, start: int) -> None:
        """Note what is open at the start; in which steps it came to be so was for others to note."""
        self._expire(start)
        self._is_noting = True
        for task, row in enumerate(self._shown):
            if row != GONE:
                self.fates.opens(task, row, start)

    # -- steps

    def _change_row(self, at: int, task: int, row: int, _: int) -> None:
        self._row[task] = row
        self._settle(task, at)

    def _change_lease(self, at: int, task: int, ends: int, _: int) -> None:
        self._leased[task] = ends
        if at < ends < FAR:
            heappush(self._ends, (ends, task))
        self._settle(task, at)

    def _expire(self, at: int) -> None:
        while self._ends and self._ends[0][0] <= at:
            ended, task = heappop(self._ends)
            if self._leased[task] == ended:  # else it was renewed, or ended before
                self._settle(task, at, ended)

    def _settle(self, task: int, at: int, since: int | None = None) -> None:
        """Open or close a task as its version and its lease say by now."""
        row = self._row[task] if self._leased[task] <= at else GONE
        shown = self._shown[task]
        if row == shown:
            return
        if shown != GONE:
            self._is_open[shown] = 0
        if row != GONE:
            self._is_open[row] = 1
            for queues in self._queues:
                queues.opened(row, at)
            if self._is_noting:
                self.fates.opens(task, row, at if since is None else since)
        self._shown[task] = row

    def _take(self, at: int, task: int, user: int, number: int) -> None:
        if self._span[0] <= at < self._span[1]:
            self._ask(self._users[user], at, number, task)
            self.fates.takes(task, self._row[task], at)
        self._change_lease(at, task, FAR, number)

    def _skip(self, _: int, number: int, __: int, ___: int) -> None:
        skip = self._versions.skips[number]
        if isinstance(skip, Skip):
            self._skips.setdefault(skip.user, {})[skip.task] = microseconds(skip.until)
            return
        for user, skipped in self._skips.items():
            for task in [task for task in skipped if f"{task}/{user}" == skip]:
                del skipped[task]

    def _meet(self, at: int, number: int, _: int, __: int) -> None:
        self._directory = self._versions.directories[number]
        for side, queues in enumerate(self._queues):
            queues.meet(self._directory, at)
            self.fates.covers(side, queues, self._directory, self._is_open, is_noted=self._is_noting)

    def _change_account(self, at: int, number: int, _: int, __: int) -> None:
        account: Account = self._versions.accounts[number]
        self._queues = [Queues(self.facts, policy, account, self._is_open) for policy in self._policies]
        self._differences = Differences(*self._queues) if len(self._queues) > 1 else None
        for side, queues in enumerate(self._queues):
            queues.meet(self._directory, at)
            self.fates.covers(side, queues, self._directory, self._is_open, is_noted=self._is_noting)

    # -- decisions

    def _ask_everybody(self, moment: int) -> None:
        if not self._queues:
            return
        self._expire(moment)
        for user in sorted(self._directory.users):
            if self._directory.users[user].active:
                self._ask(user, moment, GONE, GONE)

    def _ask(self, user: str, now: int, number: int, task: int) -> None:
        if not self._queues:
            raise InvalidInput([Problem(f"event {number}", None, "comes before the account is known")])
        skipped = self._skipped(user, now)
        asked, answers = self.asked, []
        for side, queues in enumerate(self._queues):
            given = queues.given(user, now, skipped)
            answers.append(given)
            asked.given[side].append(packed(given, queues, now))
            if given.place is not None:
                row = given.place.row
                self.fates.gives(side, self._versions.task_of_row[row], row, now)
        asked.number.append(number)
        asked.at.append(now)
        asked.user.append(user)
        asked.taken.append(task)
        if self._differences is not None:
            asked.reasons.append(self._differences.reason(answers[0], answers[1], user, now))

    def _skipped(self, user: str, now: int) -> frozenset[str]:
        skips = self._skips.get(user)
        return frozenset(task for task, until in skips.items() if until > now) if skips else _NOTHING


_NOTHING: frozenset[str] = frozenset()
