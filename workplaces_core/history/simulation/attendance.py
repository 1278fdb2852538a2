"""When people were there, and how long they rested between two tasks, as far as their deeds tell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.rules.zones import local_date, zone

if TYPE_CHECKING:
    from workplaces_core.history.simulation.past import Past, Spell

Span = tuple[datetime, datetime]
ENOUGH = 5
"""So many pauses a person must have before they are drawn from; else everybody's are."""


@frozen(eq=False)
class Attendance:
    """Per person the spans of presence, one a local date, both ends included; and his pauses, in order of length."""

    spans: dict[str, tuple[Span, ...]]
    pauses: dict[str, tuple[timedelta, ...]]
    all_pauses: tuple[timedelta, ...]

    def is_there(self, user: str, now: datetime) -> bool:
        """Tell whether a person is there."""
        spans = self.spans.get(user, ())
        at = bisect_right(spans, now, key=_start) - 1
        return at >= 0 and now <= spans[at][1]

    def pauses_of(self, user: str) -> Sequence[timedelta]:
        """Give the pauses to draw from."""
        return self.pauses.get(user) or self.all_pauses


def _start(span: Span) -> datetime:
    return span[0]


def attendance(past: Past) -> Attendance:
    """Read off the spells of work when people were there: each local date from the first to the last deed."""
    where = zone(past.timezone)
    days: dict[str, dict[int, list[Spell]]] = {}
    for spell in past.spells:
        days.setdefault(spell.user, {}).setdefault(local_date(spell.taken, where).toordinal(), []).append(spell)
    spans: dict[str, tuple[Span, ...]] = {}
    pauses: dict[str, tuple[timedelta, ...]] = {}
    for user, own in days.items():
        found: list[timedelta] = []
        spans[user] = tuple(_span(spells, day, where, found) for day, spells in sorted(own.items()))
        pauses[user] = tuple(sorted(found))
    every = tuple(sorted(pause for own in pauses.values() for pause in own))
    return Attendance(spans, {user: own for user, own in pauses.items() if len(own) >= ENOUGH}, every)


def _span(spells: list[Spell], day: int, where: object, pauses: list[timedelta]) -> Span:
    """Give the span of a person's day, and note the pauses in it."""
    end = first = spells[0].taken
    for spell in spells:
        if spell.taken > end:
            pauses.append(spell.taken - end)
            end = spell.taken
        if spell.finished is not None and local_date(spell.finished, where).toordinal() == day:  # type: ignore[arg-type]
            end = max(end, spell.finished)
    return first, end
