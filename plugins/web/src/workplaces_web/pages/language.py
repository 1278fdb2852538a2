"""Which language a page speaks, and how it writes times, counts and lateness in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from attrs import frozen

from workplaces_core.rules.zones import local_date
from workplaces_core.sentences import LANGUAGES
from workplaces_core.wire.forms import read_due
from workplaces_web.live.cards import TaskCard
from workplaces_web.pages.words import TONGUES, Tongue, say

COOKIE = "workplaces-language"


def tongue_of(query: Mapping[str, str], cookies: Mapping[str, str], accepted: str, default: str) -> Tongue:
    """Choose a language: what the address asks for, what was chosen before, what the browser prefers, the service's.

    >>> tongue_of({}, {}, "de, ru;q=0.8, en;q=0.5", "en"), tongue_of({"lang": "en"}, {COOKIE: "ru"}, "", "ru")
    ('ru', 'en')
    """
    for wished in (query.get("lang"), cookies.get(COOKIE), *preferred(accepted), default):
        for tongue in TONGUES:
            if wished == tongue:
                return tongue
    return "ru"


def preferred(accepted: str) -> list[str]:
    """Read an Accept-Language header: plain languages, the most wanted first.

    >>> preferred("en;q=0.5, ru-RU, *;q=0.1")
    ['ru', 'en', '*']
    """
    found = []
    for place, part in enumerate(accepted.split(",")):
        name, _, weight = part.strip().partition(";q=")
        try:
            found.append((-float(weight or 1), place, name.partition("-")[0].lower()))
        except ValueError:
            continue
    return [name for _, _, name in sorted(found) if name]


@frozen
class Speech:
    """One language at one moment, seen from one zone."""

    tongue: Tongue
    now: datetime
    where: ZoneInfo

    def say(self, key: str, /, **words: object) -> str:
        """Give the words of a key."""
        return say(self.tongue, key, **words)

    def count(self, number: int, unit: str) -> str:
        """Count days, hours, minutes, tasks."""
        return LANGUAGES[self.tongue].count(number, unit)

    def number(self, value: float) -> str:
        """Write a number."""
        return LANGUAGES[self.tongue].number(value)

    def clock(self, moment: datetime) -> str:
        """Write the time of day, with its date when it is another day than today.

        >>> from datetime import UTC
        >>> speech = Speech("en", datetime(2026, 11, 24, 7, tzinfo=UTC), ZoneInfo("Europe/Moscow"))
        >>> speech.clock(datetime(2026, 11, 24, 15, tzinfo=UTC)), speech.clock(datetime(2026, 11, 25, 6, tzinfo=UTC))
        ('18:00', 'Wed 25 Nov, 09:00')
        """
        local, today = moment.astimezone(self.where), local_date(self.now, self.where)
        if local.date() == today:
            return f"{local:%H:%M}"
        if local.date() - today == timedelta(days=1) and not (local.hour or local.minute):
            return "24:00"
        return f"{self.short_day(local.date())}, {local:%H:%M}"

    def short_day(self, day: date) -> str:
        """Write a date with its weekday; the year only when it is another one."""
        language = LANGUAGES[self.tongue]
        text = f"{language.weekday(day)} {day.day} {language.months[day.month - 1]}"
        return text if day.year == local_date(self.now, self.where).year else f"{text} {day.year}"

    def moment(self, moment: datetime) -> str:
        """Write date and time in full."""
        local = moment.astimezone(self.where)
        return f"{LANGUAGES[self.tongue].day(local.date())}, {local:%H:%M}"

    def is_today(self, moment: datetime) -> bool:
        """Tell whether a moment lies in the local today."""
        return local_date(moment, self.where) == local_date(self.now, self.where)

    def lasting(self, span: timedelta) -> str:
        """Tell how long, in the largest unit that fits."""
        return LANGUAGES[self.tongue].duration(span.total_seconds())

    def due(self, card: TaskCard) -> str:
        """Say when a task is due, or for how long it is overdue."""
        due = read_due(card.due)
        if card.overdue and card.overdue_days:
            return self.say("desk.overdue", time=self.count(card.overdue_days, "day"))
        if isinstance(due, datetime):
            if card.overdue:
                return self.say("desk.overdue", time=self.lasting(self.now - due))
            return self.say("desk.due_at", time=self.clock(due))
        if due == local_date(self.now, self.where):
            return self.say("desk.due_today")
        return self.say("desk.due_on", date=self.short_day(due))
