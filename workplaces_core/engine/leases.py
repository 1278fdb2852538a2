"""When leases end: all of an account by their end, so that moving the clock touches only those it passes."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from workplaces_core.rules.ordering import microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workplaces_core.model import Lease


class LeaseClock:
    """Leases in the order of their ends, and the moment up to which they are seen as ended."""

    def __init__(self, leases: Iterable[Lease]) -> None:
        """Start before any of them ends."""
        self._ends = sorted((microseconds(lease.expires), lease.task) for lease in leases)
        self._now = 0

    def holds(self, lease: Lease | None) -> bool:
        """Tell whether a lease has not ended."""
        return lease is not None and microseconds(lease.expires) > self._now

    def go_to(self, now: int) -> list[str]:
        """Move to a moment; give the tasks of the leases whose end was passed, either way."""
        low, high = sorted((self._now, now))
        self._now = now
        return [task for _, task in self._ends[self._first_after(low) : self._first_after(high)]]

    def next_end(self, now: int) -> int | None:
        """Give the first end after a moment."""
        at = self._first_after(now)
        return self._ends[at][0] if at < len(self._ends) else None

    def change(self, task: str, before: Lease | None, after: Lease | None) -> None:
        """Take notice that a task's lease is another one, or none."""
        if before is not None:
            del self._ends[bisect_left(self._ends, (microseconds(before.expires), task))]
        if after is not None:
            insort(self._ends, (microseconds(after.expires), task))

    def _first_after(self, now: int) -> int:
        return bisect_left(self._ends, (now + 1,))
