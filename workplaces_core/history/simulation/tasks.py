"""The tasks of a course in whole numbers: which are open, in which state, since when, and what is new to everybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from workplaces_core.history.simulation.encoding import GOES
from workplaces_core.history.simulation.handing_out import FAR
from workplaces_core.rules.ordering import microseconds

if TYPE_CHECKING:
    from workplaces_core.history.simulation.encoding import Bunch
    from workplaces_core.history.simulation.handing_out import HandingOut

MINUTE = 60_000_000
NEW, HELD = -1, -2
"""In the place of a row: a task that is not open and never was in anybody's hands, and one that was."""


class Tasks:
    """The tasks of one run, by code. `fresh` are those that opened, or show, since everybody was asked.

    `shows` are the moments at which exact times come near, with their tasks.
    """

    def __init__(self, handing: HandingOut, leads: Sequence[int]) -> None:
        """Open what is open at the beginning."""
        self._handing, self._encoding, self._is_open = handing, handing.prepared.encoding, handing.is_open
        self._task_of, count = self._encoding.task_of, len(self._encoding.names)
        self._shown, self._opened, self._spells = [NEW] * count, [0] * count, [0] * count
        self._finished: set[int] = set()
        self._leads = [lead * MINUTE for lead in leads]
        self.fresh: set[int] = set()
        self.shows: list[tuple[int, int]] = [(FAR, NEW)]
        start = microseconds(handing.prepared.past.start)
        for row in self._encoding.before:
            task = self._task_of[row]
            self._shown[task] = row
            self._opened[task] = start
            self.fresh.add(task)
        if self._leads:
            self._watch_all(start)

    def take(self, row: int) -> tuple[int, int, int]:
        """Put an open row into somebody's hands; tell the task, how often it was before, and since when it waited."""
        task = self._task_of[row]
        self._is_open[row] = 0
        self._shown[task] = HELD
        self.fresh.discard(task)
        spell = self._spells[task]
        self._spells[task] = spell + 1
        return task, spell, self._opened[task]

    def end(self, task: int, now: int) -> None:
        """End work with whose end something begins: the task is open again, or can be opened again."""
        left = self._encoding.left.get((task, self._spells[task] - 1))
        if left is None:
            self._finished.add(task)
        else:
            self._shown[task] = NEW
            self.open(left, task, now)

    def show_timed(self, now: int) -> None:
        """Take notice of exact times that come near at a moment."""
        while self.shows[0][0] == now:
            _, task = heappop(self.shows)
            if task >= 0 and self._shown[task] >= 0:
                self.fresh.add(task)

    def waiting(self) -> tuple[list[int], list[int]]:
        """Give the rows of what is open, by id, and since when each is."""
        names, shown = self._encoding.names, self._shown
        open_now = sorted((names[task], row, self._opened[task]) for task, row in enumerate(shown) if row >= 0)
        return [row for _, row, _ in open_now], [opened for _, _, opened in open_now]

    def open(self, row: int, task: int, now: int) -> None:
        """Open a task that is new or changed, if it did not go another way here."""
        shown, handing = self._shown[task], self._handing
        if shown >= 0:
            self._is_open[shown] = 0
        elif shown == HELD:
            return
        else:
            self._opened[task] = now
        self._shown[task] = row
        self._is_open[row] = 1
        for waiting in handing.concerned[handing.interest[row]]:
            waiting.add(row, now)
        self.fresh.add(task)
        if self._leads and not self._encoding.facts.all_day[row]:
            self._watch(int(self._encoding.facts.due[row]), task, now)

    def _watch_all(self, start: int) -> None:
        codes = {name: task for task, name in enumerate(self._encoding.names)}
        for task in self._handing.prepared.past.before.tasks.values():
            if isinstance(task.due, datetime):
                self._watch(microseconds(task.due), codes.get(task.id, NEW), start)

    def _watch(self, due: int, task: int, now: int) -> None:
        """Note when an exact-time task shows."""
        for lead in self._leads:
            if due - lead > now:
                heappush(self.shows, (due - lead, task))

    def _close(self, task: int) -> None:
        if self._shown[task] >= 0:
            self._is_open[self._shown[task]] = 0
        self._shown[task] = HELD if self._spells[task] else NEW
        self.fresh.discard(task)

    def happen(self, bunch: Bunch, now: int) -> None:
        """Make several changes, but for those of tasks that went another way here."""
        again = {task for task, _, reopens in bunch.tasks if reopens and task in self._finished}
        self._finished -= again
        applied = [
            (task, fate) for task, fate, _ in bunch.tasks if self._shown[task] != HELD or fate == GOES or task in again
        ]
        for task, row in bunch.rows:
            if self._shown[task] >= 0:
                self._exchange(row, task, now)
        for task, fate in applied:
            if fate >= 0:
                self._shown[task] = max(self._shown[task], NEW)
                self.open(fate, task, now)
            else:
                self._close(task)

    def _exchange(self, row: int, task: int, now: int) -> None:
        """Let another row stand for an open task: what is read of it changed."""
        handing = self._handing
        self._is_open[self._shown[task]] = 0
        self._shown[task] = row
        self._is_open[row] = 1
        for waiting in handing.concerned[handing.interest[row]]:
            waiting.add(row, now)
