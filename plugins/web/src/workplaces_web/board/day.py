"""The day so far, counted from the log: each entry is read once, by each process."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from attrs import define, field

from workplaces_core.adapters.stores import Record, Store
from workplaces_core.rules.zones import at_wall, local_date
from workplaces_core.wire.forms import read_due

QUARTER = timedelta(minutes=15)


@define
class Tally:
    """What one day amounts to."""

    day: date
    begins: datetime
    last: int = 0
    taken: Counter[int] = field(factory=Counter)
    finished: Counter[int] = field(factory=Counter)
    done: Counter[str] = field(factory=Counter)
    passed_over: Counter[tuple[str, str]] = field(factory=Counter)
    met: set[str] = field(factory=set)
    late: set[str] = field(factory=set)

    def add(self, record: Record) -> None:
        """Count one entry of the log."""
        self.last = max(self.last, record.number)
        quarter = (record.at - self.begins) // QUARTER
        if record.event == "taken":
            self.taken[quarter] += 1
            self._add_taking(record)
        elif record.event == "finished":
            self.finished[quarter] += 1
            self.done[record.user or ""] += 1

    def _add_taking(self, record: Record) -> None:
        details = record.details
        place = str(details.get("role")), str(details.get("priority"))
        self.passed_over[place] += len(details.get("passed_over", ()))
        if details.get("lane") != "exact" or record.task is None or record.task in self.met | self.late:
            return
        due = next((read_due(part["value"]) for part in details.get("key", ()) if part["part"] == "due"), None)
        if isinstance(due, datetime):
            (self.met if record.at <= due else self.late).add(record.task)


class DayLog:
    """Counts the log of the day of now; safe for many threads."""

    def __init__(self, store: Store) -> None:
        """Count what a store logs."""
        self._store = store
        self._lock = Lock()
        self._tally: Tally | None = None

    def tally(self, now: datetime, where: ZoneInfo) -> Tally:
        """Give the counts up to now, of the day that it is in a zone."""
        today = local_date(now, where)
        with self._lock:
            if self._tally is None or self._tally.day != today:
                self._tally = Tally(today, at_wall(today, 0, where))
            tally = self._tally
            for record in self._store.log(since=tally.begins, after=tally.last, events=("taken", "finished")):
                tally.add(record)
            return tally
