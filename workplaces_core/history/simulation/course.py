"""One simulated course of events: people ask for work, are given what the policy says, and finish it.

Every decision is that of `decide`, asked of the live engine. This is the way for any past and any policy, and what the
quick way, `counted`, is held to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import TYPE_CHECKING

import attrs
from attrs import frozen

from workplaces_core.changes import Change, Remove, Set, about
from workplaces_core.history.simulation.attendance import attendance
from workplaces_core.history.simulation.deciding import LiveDesk, leads
from workplaces_core.history.simulation.done import Course, Done
from workplaces_core.history.simulation.service_times import service_times
from workplaces_core.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from workplaces_core.history.simulation.assumptions import Assumptions
    from workplaces_core.history.simulation.attendance import Attendance
    from workplaces_core.history.simulation.deciding import Handed
    from workplaces_core.history.simulation.past import Past, Step
    from workplaces_core.history.simulation.service_times import ServiceTimes
    from workplaces_core.model import Task

Progress = Callable[[float], None]
"""Called with the share of the time that is done, from 0 to 1."""

_DONE, _BACK, _SHOWS = range(3)
"""What the clock brings, in this order at one instant: somebody is done; may ask (again); an exact time comes near."""
_TOLD_EVERY = 2048
_TICK, _MINUTE = timedelta(microseconds=1), timedelta(minutes=1)


@frozen(eq=False)
class People:
    """What a past tells of its people: how long work takes them, when they were there."""

    times: ServiceTimes
    attendance: Attendance

    @classmethod
    def of(cls, past: Past) -> People:
        """Read it off a past."""
        return cls(service_times(past), attendance(past))


def run(
    past: Past,
    people: People,
    policy: Policy,
    assumptions: Assumptions,
    *,
    seed: int,
    progress: Progress | None = None,
) -> Course:
    """Let people work through a past under a policy; the same arguments always give the same course."""
    return _Run(past, people, policy, assumptions, seed).go(progress)


@attrs.define(eq=False)
class _Idle:
    """Somebody who waits for work: when several do, they ask in the order of `rank`."""

    rank: float
    user: str


class _Run:
    """A course as it goes on."""

    def __init__(self, past: Past, people: People, policy: Policy, assumptions: Assumptions, seed: int) -> None:
        self._past, self._people, self._assumptions, self._seed = past, people, assumptions, seed
        self._desk, self._leads = LiveDesk(past, policy), [timedelta(minutes=minutes) for minutes in leads(policy)]
        self._open: dict[str, datetime] = dict.fromkeys(
            (task.id for task in past.before.tasks.values() if not task.completed), past.start
        )
        self._tasks: dict[str, Task] = dict(past.before.tasks)
        self._in_hand: dict[str, str] = {}
        self._spells: dict[str, int] = {}
        self._finished: set[str] = set()
        self._agenda: list[tuple[datetime, int, int, str]] = []
        self._count = 0
        self._idle: dict[str, _Idle] = {}
        self._woken: set[str] = set()
        self._fresh: set[str] = set(self._open)
        self._any_change = True
        self._wakes: dict[str, datetime] = {}
        self._rests: dict[str, datetime] = {}
        self._chance: dict[str, Random] = {}
        self._done: list[Done] = []
        self._decisions = 0

    def go(self, progress: Progress | None) -> Course:
        """Go through the time of the past."""
        self._come_to_work()
        for task in self._past.before.tasks.values():
            self._watch(task, self._past.start)
        steps, end, number = self._past.steps, self._past.end, 0
        while True:
            now = self._next_instant(steps, number)
            if now is None or now > end:
                break
            self._finish_and_wake(now)
            if number < len(steps) and steps[number].at == now:
                self._happen(steps[number])
                number += 1
                if progress is not None and number % _TOLD_EVERY == 0:
                    progress(number / len(steps))
            self._ask_round(now)
        waiting = tuple((self._tasks[task], since) for task, since in sorted(self._open.items()))
        return Course(tuple(self._done), waiting, self._decisions)

    def _come_to_work(self) -> None:
        start = self._past.start
        if self._assumptions.presence == "intervals":
            for user in sorted(self._past.before.users):
                self._come(user, start)
            return
        for user, spans in sorted(self._people.attendance.spans.items()):
            for since, _ in spans:
                self._plan(max(since, start), _BACK, user)

    def _next_instant(self, steps: Sequence[Step], number: int) -> datetime | None:
        outside = steps[number].at if number < len(steps) else None
        if not self._agenda:
            return outside
        planned = self._agenda[0][0]
        return planned if outside is None or planned < outside else outside

    def _plan(self, at: datetime, what: int, whom: str) -> None:
        self._count += 1
        heappush(self._agenda, (at, what, self._count, whom))

    # -- what happens

    def _finish_and_wake(self, now: datetime) -> None:
        while self._agenda and self._agenda[0][0] == now:
            _, what, _, whom = heappop(self._agenda)
            if what == _DONE:
                self._finish(whom, now)
            elif what == _SHOWS:
                if whom in self._open:
                    self._fresh.add(whom)
            elif whom in self._idle:
                self._woken.add(whom)
            elif whom not in self._in_hand and self._rests.get(whom, now) <= now:
                self._come(whom, now)

    def _finish(self, user: str, now: datetime) -> None:
        task_id = self._in_hand.pop(user)
        spell = self._spells[task_id] - 1
        left = self._left(task_id, spell)
        if left is None:
            self._finished.add(task_id)
        else:
            self._desk.leave(left)
            self._opens(left, now)
        pause = self._pause(user)
        if pause:
            self._rests[user] = now + pause
            self._plan(now + pause, _BACK, user)
        else:
            self._come(user, now)

    def _left(self, task_id: str, spell: int) -> Task | None:
        endings = self._past.endings.get(task_id, ())
        return endings[spell] if spell < len(endings) else None

    def _pause(self, user: str) -> timedelta:
        factor = self._assumptions.pauses or 0.0
        pauses = self._people.attendance.pauses_of(user) if factor else ()
        return pauses[int(self._random(user) * len(pauses))] * factor if pauses else timedelta(0)

    def _random(self, user: str) -> float:
        """Draw from a person's own chance: what others do under a policy does not change his."""
        if user not in self._chance:
            self._chance[user] = Random(f"{self._seed} {user}")  # noqa: S311 - a simulation
        return self._chance[user].random()

    def _come(self, user: str, now: datetime) -> None:
        """Have somebody wait for work, if he is there."""
        if self._assumptions.presence == "recorded" and not self._people.attendance.is_there(user, now):
            return
        self._idle[user] = _Idle(self._random(user), user)
        self._woken.add(user)

    def _happen(self, step: Step) -> None:
        """Make the changes that came from outside, but for those of tasks that went another way here."""
        again = self._finished & step.reopens
        self._finished -= again
        changes = [change for change in step.changes if self._applies(change, again)]
        self._desk.happen(changes)
        for change in changes:
            if change.kind != "task":
                self._any_change = True
            elif isinstance(change, Set) and not change.value.completed:  # type: ignore[union-attr]
                self._opens(change.value, step.at)  # type: ignore[arg-type]
            else:
                self._closes(about(change))

    def _applies(self, change: Change, again: AbstractSet[str]) -> bool:
        if change.kind != "task":
            return True
        task_id = about(change)
        if task_id in again:
            return True
        held = task_id in self._spells and task_id not in self._open
        return not held or isinstance(change, Remove)

    def _opens(self, task: Task, now: datetime) -> None:
        self._open.setdefault(task.id, now)
        self._tasks[task.id] = task
        self._fresh.add(task.id)
        self._watch(task, now)

    def _watch(self, task: Task, now: datetime) -> None:
        """Note when an exact-time task shows."""
        if isinstance(task.due, datetime):
            for lead in self._leads:
                if task.due - lead > now:
                    self._plan(task.due - lead, _SHOWS, task.id)

    def _closes(self, task_id: str) -> None:
        self._open.pop(task_id, None)
        self._fresh.discard(task_id)

    # -- who asks

    def _ask_round(self, now: datetime) -> None:
        """Let people ask whose answer can have changed: all, until what is new is taken; those whose moment came."""
        if self._any_change or self._fresh:
            asking = sorted(self._idle.values(), key=_rank)
        else:
            asking = sorted((self._idle[user] for user in self._woken if user in self._idle), key=_rank)
        everybody = self._any_change
        for each in asking:
            if everybody or self._fresh or each.user in self._woken:
                self._ask(each.user, now)
        self._fresh.clear()
        self._woken.clear()
        self._any_change = False

    def _ask(self, user: str, now: datetime) -> None:
        if self._assumptions.presence == "recorded" and not self._people.attendance.is_there(user, now):
            del self._idle[user]
            return
        self._decisions += 1
        given = self._desk.given(user, now)
        if given is not None:
            self._take(given, user, now)
        elif user in self._woken or self._any_change or self._wakes.get(user, now) <= now:
            moment = self._wakes[user] = _no_sooner_than_a_minute(self._desk.next_moment(user, now), now)
            self._plan(moment, _BACK, user)

    def _take(self, given: Handed, user: str, now: datetime) -> None:
        task = self._tasks[given.task]
        self._desk.take(task)
        opened = self._open.pop(task.id)
        self._fresh.discard(task.id)
        del self._idle[user]
        self._in_hand[user] = task.id
        spell = self._spells.get(task.id, 0)
        self._spells[task.id] = spell + 1
        by_task = self._assumptions.service == "task"
        time = self._people.times.time(task.id, spell, task.type, user, self._seed, by_task=by_task)
        self._plan(now + time, _DONE, user)
        left = self._left(task.id, spell)
        done = Done(task, user, opened, now, now + time, given.role, given.priority, given.lane, left)
        self._done.append(done)


def _no_sooner_than_a_minute(moment: datetime, now: datetime) -> datetime:
    """Ask at whole minutes on the rare days whose midnight a clock passes twice: there nobody knows further ahead."""
    return now.replace(second=0, microsecond=0) + _MINUTE if moment <= now + _TICK else moment


def _rank(idle: _Idle) -> tuple[float, str]:
    return idle.rank, idle.user
