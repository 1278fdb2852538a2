"""One simulated course of events over an encoded past, in whole numbers: the same as `course`, many times faster.

Whoever begins a piece of work will be done, and back, at moments that are known at once, so that most pieces are one
event. Moments are microseconds; tasks, rows and people are numbers. What is drawn is drawn in the order of `course`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from random import Random
from typing import TYPE_CHECKING

from workplaces_core.history.simulation.handing_out import FAR, HandingOut
from workplaces_core.history.simulation.standing import NOBODY, ROW_SHIFT
from workplaces_core.history.simulation.tasks import Tasks
from workplaces_core.history.simulation.work import Work
from workplaces_core.rules.ordering import microseconds

if TYPE_CHECKING:
    from workplaces_core.history.simulation.handing_out import Prepared, Waiting
    from workplaces_core.history.simulation.workers import Workers

Progress = Callable[[float], None]
Asked = tuple[list[tuple[int, Sequence[int], Sequence[int], "Waiting"]], int]
"""Whom somebody asks: his active roles, and until when they stay so."""

MINUTE = 60_000_000


class Counted:
    """A course as it goes on."""

    def __init__(self, prepared: Prepared, workers: Workers, leads: Sequence[int], seed: int) -> None:
        """Begin: everybody's presence is planned, and what is open at the beginning is new to everybody."""
        self._prepared, self._encoding, self._workers, self._seed = prepared, prepared.encoding, workers, seed
        self._start, self._end = microseconds(prepared.past.start), microseconds(prepared.past.end)
        self._handing = HandingOut(prepared, self._start)
        self._tasks = Tasks(self._handing, leads)
        self._open, self._fresh, self._shows = self._tasks.open, self._tasks.fresh, self._tasks.shows
        self._times, self._pauses, people = workers.times, workers.pauses, len(workers.names)
        self._in_hand = [0] * people
        # Two events a person: done, which comes first at one instant, and back.
        self._bits = max(people * 2 - 1, 1).bit_length()
        # Moments that never come keep it filled, so that its first entries can always be looked at.
        self._agenda: list[int] = [FAR << self._bits] * 3
        self._free, self._wakes = [self._start] * people, [-FAR] * people
        self._until, self._next, self._span = [FAR] * people, [FAR] * people, [-1] * people
        self._idle: dict[int, tuple[float, int]] = {}
        self._woken: list[int] = []
        self._any_change = True
        self._chance = [Random(f"{seed} {name}").random for name in workers.names]  # noqa: S311 - a simulation
        self._person = [prepared.people.get(name, NOBODY) for name in workers.names]
        self._asked: list[Asked | None] = [None] * people
        self._pieces: list[int] = []
        self._decisions = 0
        self._begin()

    def _begin(self) -> None:
        spans = self._workers.spans
        for user in range(len(self._workers.names)):
            if spans is None:
                self._come(user)
                continue
            self._next[user], self._until[user] = spans[user][0][0] if spans[user] else FAR, -FAR
            heappush(self._agenda, self._next[user] << self._bits | user << 1 | 1)

    def go(self, progress: Progress | None = None) -> Work:
        """Go through the time of the past: instants at which one thing happens quickly, all others with care."""
        number, at, shows, handing = 0, [*self._encoding.at, FAR], self._shows, self._handing
        while True:
            coming, timed = at[number], shows[0][0]
            now = min(self._agenda[0] >> self._bits, coming, timed)
            if now > self._end:
                return self._work()
            if now >= handing.until:
                handing.advance(now)
                self._asked[:] = [None] * len(self._asked)
            self._finish_and_wake(now)
            if timed == now:
                self._tasks.show_timed(now)
            if coming == now:
                self._bring(number, now)
                number += 1
            if self._fresh or self._any_change:
                self._ask_all(now)
            elif self._woken:
                self._ask_woken(now)
            self._woken.clear()
            number = self._go_quickly(number, at)
            if progress is not None:
                progress(number / len(at))

    def _go_quickly(self, number: int, at: Sequence[int]) -> int:  # noqa: C901, PLR0912 - calls would cost a third
        """Go on as long as steps from outside and people who come back stand alone; give the number of the next step.

        It stops before instants at which more happens, somebody is done with whose end something begins, an exact time
        comes near, or the hours of a role change.
        """
        agenda, bits, mask, idle, free = self._agenda, self._bits, (1 << self._bits) - 1, self._idle, self._free
        shows, begins, until, chance, asked = self._shows, self._next, self._until, self._chance, self._asked
        alone, wide, task_of, open_ = self._encoding.alone, self._encoding.wide, self._encoding.task_of, self._open
        edge, person = min(self._handing.until, self._end + 1), self._person
        while True:
            top, coming = agenda[0], at[number]
            now = top >> bits
            if coming < now:
                if coming >= edge or shows[0][0] <= coming:
                    return number
                row = alone[number]
                if row >= 0 and not wide[number]:
                    open_(row, task_of[row], coming)
                elif self._bring(number, coming):
                    edge = min(self._handing.until, self._end + 1)
                number += 1
                if idle:
                    self._ask_all(coming)
                else:
                    self._fresh.clear()
                    self._any_change = False
                continue
            if now >= edge or coming == now or shows[0][0] <= now:
                return number
            if not top & 1 or agenda[1] <= top | mask or agenda[2] <= top | mask:
                return number
            heappop(agenda)
            user = (top & mask) >> 1
            if now >= begins[user]:
                self._go_to_span(user, now)
            if user in idle:
                self._woken.append(user)
                self._ask(user, now)
                self._woken.clear()
            elif free[user] <= now <= until[user]:
                rank = chance[user]()
                self._decisions += 1
                roles, lasts = asked[user] or self._asks(user)
                for role, one, other, waiting in roles:
                    if one or other:
                        found = waiting.first(person[user], now)
                        if found >= 0:
                            self._take(found, role, user, now)
                            break
                else:
                    idle[user] = rank, user
                    self._wait(user, lasts, now)

    # -- what happens

    def _bring(self, number: int, now: int) -> bool:
        """Take a step, and tell whether it changed people."""
        row = self._encoding.alone[number]
        if self._encoding.wide[number]:
            self._any_change = True
        if row >= 0:
            self._open(row, self._encoding.task_of[row], now)
            return False
        bunch = self._encoding.bunches[number]
        self._tasks.happen(bunch, now)
        if not bunch.users:
            return False
        self._handing.change_users(bunch.users, now)
        self._handing.advance(now)
        self._asked[:] = [None] * len(self._asked)
        return True

    def _finish_and_wake(self, now: int) -> None:
        agenda, bits, idle, edge = self._agenda, self._bits, self._idle, (now + 1) << self._bits
        mask = (1 << bits) - 1
        while agenda[0] < edge:
            code = heappop(agenda) & mask
            user = code >> 1
            if now >= self._next[user]:
                self._go_to_span(user, now)
            if not code & 1:
                self._tasks.end(self._in_hand[user], now)
            elif user in idle:
                if user not in self._woken:
                    self._woken.append(user)
            elif self._free[user] <= now <= self._until[user]:
                self._come(user)

    def _come(self, user: int) -> None:
        """Have somebody wait for work."""
        self._idle[user] = self._chance[user](), user
        self._woken.append(user)

    def _go_to_span(self, user: int, now: int) -> None:
        """Find the last span of presence that has begun; people are woken when the next one does."""
        assert self._workers.spans is not None
        spans, number = self._workers.spans[user], self._span[user]
        while number + 1 < len(spans) and spans[number + 1][0] <= now:
            number += 1
        self._span[user], self._until[user] = number, spans[number][1]
        self._next[user] = spans[number + 1][0] if number + 1 < len(spans) else FAR
        heappush(self._agenda, self._next[user] << self._bits | user << 1 | 1)

    # -- who asks

    def _asks(self, user: int) -> Asked:
        name = self._workers.names[user]
        asked = self._asked[user] = self._handing.roles_of(name), self._handing.until_of(name)
        return asked

    def _ask_woken(self, now: int) -> None:
        """Let those ask whose moment came."""
        for _, user in sorted([self._idle[user] for user in self._woken]):
            self._ask(user, now)

    def _ask_all(self, now: int) -> None:
        """Let people ask whose answer can have changed: all, until what is new is taken; those whose moment came."""
        fresh, everybody, woken = self._fresh, self._any_change, self._woken
        for _, user in sorted(self._idle.values()):
            if everybody or fresh or user in woken:
                self._ask(user, now)
        fresh.clear()
        self._any_change = False

    def _ask(self, user: int, now: int) -> None:
        if now > self._until[user]:
            del self._idle[user]
            return
        self._decisions += 1
        roles, until = self._asked[user] or self._asks(user)
        for role, one, other, waiting in roles:
            if one or other:
                found = waiting.first(self._person[user], now)
                if found >= 0:
                    del self._idle[user]
                    self._take(found, role, user, now)
                    return
        if self._any_change or user in self._woken or self._wakes[user] <= now:
            self._wait(user, until, now)

    def _wait(self, user: int, until: int, now: int) -> None:
        """Plan when somebody asks again whom nobody wakes before."""
        # On days whose midnight a clock passes twice nobody knows further ahead: ask at whole minutes.
        moment = (now // MINUTE + 1) * MINUTE if until <= now + 1 else until
        if self._wakes[user] != moment:  # else it is planned
            self._wakes[user] = moment
            heappush(self._agenda, moment << self._bits | user << 1 | 1)

    def _take(self, found: int, role: int, user: int, now: int) -> None:
        row = found >> ROW_SHIFT
        task, spell, opened = self._tasks.take(row)
        time = self._times[task]
        if spell or time < 0:
            time = self._workers.draw(self._encoding, row, spell, user, self._seed)
        done = back = now + time
        pauses = self._pauses[user]
        if pauses:
            back += pauses[int(self._chance[user]() * len(pauses))]
        self._free[user] = back
        if task in self._encoding.kept:
            self._in_hand[user] = task
            heappush(self._agenda, done << self._bits | user << 1)
        heappush(self._agenda, back << self._bits | user << 1 | 1)
        self._pieces.extend((found, user, role, opened, now, done))

    def _work(self) -> Work:
        policy, waiting = self._prepared.policy, self._tasks.waiting()
        return Work(policy, self._encoding, self._workers.names, self._pieces, waiting, self._decisions)
