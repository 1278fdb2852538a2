"""The clock of a SQLite file: one for all processes that have it open, whatever each takes the time to be.

A file has no server whose time could decide. What its processes do share is how long the machine has been running, so
the file keeps which moment that was counted from. Setting the clock of the machine, or a process with a wrong one,
moves nobody's leases. The file's clock follows slowly, a second a minute; only when the two are minutes apart is it
set anew at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from attrs import define

from workplaces_sql.sqlite import SqliteSession

APART = 5 * 60 * 1_000_000
"""How many microseconds the file's clock and a process's own may be apart before the file's is set by the latter."""

_ALIKE = 1_000_000
_SLOWLY = 60
_LATELY = 60_000_000
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def machine_micros() -> int:
    """Give the time of this process in microseconds."""
    return time.time_ns() // 1000


def running_micros() -> int:
    """Give how long the machine has been running, in microseconds, its sleep included."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000


def boot() -> int | None:
    """Give a number that stands for this run of the machine; None where a system has none."""
    try:
        return int(_BOOT.read_text().replace("-", "")[:15], 16)
    except (OSError, ValueError):
        return None


@define
class FileClock:
    """The time of a file. Where a system does not number its runs, or with a clock that was given, it is the process's.

    >>> clock = FileClock(lambda: 1_000_000, boot=None)
    >>> clock.now()
    1000000
    """

    machine: Callable[[], int] = machine_micros
    running: Callable[[], int] = running_micros
    boot: int | None = None
    _start: int | None = None

    def now(self) -> int:
        """Give the time as it was last agreed on."""
        return self.machine() if self._start is None else self._start + self.running()

    def agree(self, session: SqliteSession) -> int:
        """Give the time by what the file says in a transaction, and say it there if it does not yet."""
        if self.boot is None:
            return self.machine()
        own, running = self.machine(), self.running()
        start = session.counter("clock") if session.counter("boot") == self.boot else None
        if start is None or abs(own - running - start) > APART:
            start = own - running
            session.set_counter("boot", self.boot)
            session.set_counter("clock", start)
        elif abs(own - running - start) > _ALIKE:
            start = self._followed(session, start, own, running)
        self._start = start
        return start + running

    def _followed(self, session: SqliteSession, start: int, own: int, running: int) -> int:
        """Move the file's clock a little towards a process's own: less than the time that went by, so never back."""
        before = session.counter("followed")
        passed = 0 if before is None else running - before
        most = passed // _SLOWLY if 0 <= passed <= _LATELY else 0
        start += max(-most, min(most, own - running - start))
        session.set_counter("clock", start)
        session.set_counter("followed", running)
        return start
