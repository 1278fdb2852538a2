"""What a language is made of: its sentences as templates, and how it writes numbers, dates and counts."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

_UNGROUPED = 10_000
"""Numbers below it are written without spaces: 9999, but 10 000."""

_LONGEST = 80
_SECONDS = (("day", 86_400), ("hour", 3_600), ("minute", 60))

Comparison = tuple[str, str, str]
"""How a comparison reads when it holds, when it fails, and what it asks for."""


@frozen
class Language:
    """The words of one language. Every dict has the same keys in every language (a test compares them).

    `codes` are the reasons of explanations, `answers` what the explanation comes to, `places` how the place in a queue
    was decided, `comparisons` those of conditions (`ordered` ones of dates and instants read differently), `kinds` of
    values, `fields` the attributes that are no declared fields; `phrases` are all the rest.
    """

    name: str
    codes: dict[str, str]
    answers: dict[str, str]
    places: dict[str, str]
    comparisons: dict[str, Comparison]
    times: dict[str, Comparison]
    kinds: dict[str, str]
    fields: dict[str, str]
    phrases: dict[str, str]
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    units: dict[str, tuple[str, ...]]
    plural: Callable[[int], int]
    quotes: tuple[str, str]
    decimal_point: str

    def quoted(self, text: str) -> str:
        r"""Put a text of the account between quotation marks, on one line and not endless.

        >>> from workplaces_core.sentences.en import ENGLISH
        >>> ENGLISH.quoted("Acme,\n20 pcs")
        '“Acme, 20 pcs”'
        """
        return plain(text).join(self.quotes)

    def number(self, value: float) -> str:
        """Write a number, thousands apart from five digits on.

        >>> from workplaces_core.sentences.ru import RUSSIAN
        >>> RUSSIAN.number(120_000), RUSSIAN.number(9999), RUSSIAN.number(-0.5)
        ('120 000', '9999', '-0,5')
        """
        whole, point, rest = str(value).partition(".")
        if whole.lstrip("-").isdecimal() and abs(int(whole)) >= _UNGROUPED:
            whole = f"{int(whole):,}".replace(",", " ")
        return whole if rest == "0" else whole + (self.decimal_point if point else "") + rest

    def count(self, number: int, unit: str) -> str:
        """Count days, hours, minutes, tasks in the right form.

        >>> from workplaces_core.sentences.ru import RUSSIAN
        >>> [RUSSIAN.count(days, "day") for days in (1, 2, 5, 11, 21, 112)]
        ['1 день', '2 дня', '5 дней', '11 дней', '21 день', '112 дней']
        """
        return f"{self.number(number)} {self.units[unit][self.plural(abs(number))]}"

    def duration(self, seconds: float) -> str:
        """Tell how long in the largest unit that fits, rounded down; at least a minute.

        >>> from workplaces_core.sentences.en import ENGLISH
        >>> [ENGLISH.duration(seconds) for seconds in (20, 3_599, 7_300)]
        ['1 minute', '59 minutes', '2 hours']
        """
        unit, size = next((each for each in _SECONDS if seconds >= each[1]), _SECONDS[-1])
        return self.count(max(int(seconds // size), 1), unit)

    def day(self, day: date) -> str:
        """Write a date: 24 Nov 2026."""
        return f"{day.day} {self.months[day.month - 1]} {day.year}"

    def clock(self, local: datetime) -> str:
        """Write the time of day, with seconds when there are some."""
        return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"

    def weekday(self, day: date) -> str:
        """Name the day of the week, short."""
        return self.weekdays[day.weekday()]

    def listed(self, texts: list[str]) -> str:
        """Join the parts of an enumeration."""
        return ", ".join(texts)


def plain(text: str, longest: int | None = _LONGEST) -> str:
    r"""Make a text of the account safe to print: one line, no control characters, cut when very long.

    >>> plain("Acme\x1b[31m\tInc"), len(plain("x" * 100))
    ('Acme [31m Inc', 80)
    """
    clean = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return clean if longest is None or len(clean) <= longest else clean[: longest - 1] + "…"
