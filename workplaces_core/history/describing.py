"""What a history holds, in figures: span, people, volumes by kind and month, gaps; one pass, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import heappushpop
from typing import Any

from workplaces_core.history.events import FINISHED, TAKEN, Event
from workplaces_core.wire.forms import moment_text

FORMAT = "workplaces/history-description/1"
GAP = timedelta(days=3)
"""A longer time without any event is a gap: a weekend is none."""
MOST_GAPS = 20


class Described:
    """One account of a history."""

    def __init__(self, account: str, first: datetime) -> None:
        """Begin with the first event."""
        self.account, self.first, self.last = account, first, first
        self.events = 0
        self.kinds: Counter[str] = Counter()
        self.months: dict[str, Counter[str]] = {}
        self.users: set[str] = set()
        self.takers: set[str] = set()
        self.gaps: list[tuple[timedelta, datetime]] = []

    def add(self, event: Event, gap: timedelta) -> None:
        """Count an event."""
        if event.at - self.last > gap:
            self._note_gap(event.at - self.last)
        self.last = event.at
        self.events += 1
        name = event.kind if event.op == "set" else f"{event.kind} removed"
        self.kinds[name] += 1
        self.months.setdefault(f"{event.at:%Y-%m}", Counter())[name] += 1
        if event.kind == "user":
            self.users.add(event.id)
        elif event.kind in (TAKEN, FINISHED):
            self.takers.add(str((event.value or {}).get("user")))

    def _note_gap(self, length: timedelta) -> None:
        found = (length, self.last)
        if len(self.gaps) < MOST_GAPS:
            self.gaps = sorted([*self.gaps, found])
        else:
            heappushpop(self.gaps, found)

    def form(self) -> dict[str, Any]:
        """Write it in plain JSON values."""
        return {
            "account": self.account,
            "from": moment_text(self.first),
            "until": moment_text(self.last),
            "events": self.events,
            "kinds": dict(sorted(self.kinds.items())),
            "months": {month: dict(sorted(kinds.items())) for month, kinds in sorted(self.months.items())},
            "users": len(self.users),
            "people_who_took": len(self.takers),
            "taken_not_finished": max(0, self.kinds[TAKEN] - self.kinds[FINISHED]),
            "gaps": [
                {"from": moment_text(since), "until": moment_text(since + length), "hours": length / timedelta(hours=1)}
                for length, since in sorted(self.gaps, key=lambda gap: gap[1])
            ],
        }


def describe(events: Iterable[Event], gap: timedelta = GAP) -> dict[str, Any]:
    """Sum a history up, account by account; of the gaps, the MOST_GAPS longest.

    >>> from datetime import UTC
    >>> moments = [datetime(2026, 11, day, tzinfo=UTC) for day in (2, 3, 10)]
    >>> told = describe(Event(at, "acme", "remove", "task", "t1", None) for at in moments)
    >>> told["accounts"][0]["events"], [gap["hours"] for gap in told["accounts"][0]["gaps"]]
    (3, [168.0])
    """
    found: dict[str, Described] = {}
    for event in events:
        if event.account not in found:
            found[event.account] = Described(event.account, event.at)
        found[event.account].add(event, gap)
    return {"format": FORMAT, "accounts": [found[account].form() for account in sorted(found)]}
