"""Recurrences: which texts are accepted, and that their dates are those of python-dateutil's plain rule."""

from __future__ import annotations

import datetime as dt
import re
from datetime import date, datetime, timedelta
from itertools import takewhile
from unittest import mock

import pytest
from dateutil import rrule
from hypothesis import assume, given
from hypothesis import strategies as st

from workplaces_core import recurrence
from workplaces_core.policy import Interval
from workplaces_core.recurrence import DAY_CODES, dates_in_year, parse
from workplaces_core.rules.intervals import start_dates
from workplaces_core.testing.pools import NEVER
from workplaces_core.testing.strategies import recurrences

YEARS = 6
STARTS = (
    *(date(2026, 11, 7), date(2023, 12, 31), date(2024, 1, 1), date(2024, 2, 29), date(2020, 12, 28)),
    *(date(2026, 5, 31), date(1970, 1, 1), date(2096, 2, 29), date(2019, 6, 15)),
)


def plain(text: str, start: date) -> list[date]:
    """Ask dateutil itself. Its calendar ends after some years, or rules that never occur would be sought to 9999."""
    with mock.patch.object(dt, "MAXYEAR", start.year + YEARS):
        rule = rrule.rrulestr(text, dtstart=datetime.combine(start, datetime.min.time()))
        last = datetime(start.year + YEARS, 12, 31)
        return [found.date() for found in takewhile(lambda found: found <= last, rule)]


def ours(text: str, start: date) -> list[date]:
    years = range(start.year - 1, start.year + YEARS + 1)
    return [day for year in years for day in dates_in_year(text, start, year)]


def numbers(most: int) -> st.SearchStrategy[str]:
    signed = st.integers(1, most) | st.integers(-most, -1)
    return st.lists(signed, min_size=1, max_size=4).map(lambda found: ",".join(map(str, found)))


def weekdays(most: int) -> st.SearchStrategy[str]:
    number = st.just("") | st.integers(1, most).map(str) | st.integers(-most, -1).map(str)
    day = st.tuples(number, st.sampled_from(DAY_CODES)).map("".join)
    return st.lists(day, min_size=1, max_size=4).map(",".join)


@st.composite
def accepted_rules(draw):
    """Draw any rule that parses, parts in any order."""
    freq = draw(st.sampled_from(recurrence.FREQUENCIES))
    optional = {
        "INTERVAL": st.integers(1, 40).map(str),
        "COUNT": st.integers(1, 40).map(str),
        "UNTIL": st.dates(date(1970, 1, 1), date(2105, 1, 1)).map(lambda day: f"{day:%Y%m%d}"),
        "BYDAY": weekdays(53 if freq == "YEARLY" else 5),
        "BYMONTHDAY": numbers(31),
        "BYYEARDAY": numbers(366),
        "BYWEEKNO": numbers(53),
        "BYMONTH": st.lists(st.integers(1, 12).map(str), min_size=1, max_size=4).map(",".join),
        "BYSETPOS": numbers(6),
        "WKST": st.sampled_from(DAY_CODES),
    }
    names = draw(st.lists(st.sampled_from(sorted(optional)), max_size=4, unique=True))
    parts = [f"FREQ={freq}", *(f"{name}={draw(optional[name])}" for name in names)]
    text = ";".join(draw(st.permutations(parts)))
    try:
        parse(text)
    except ValueError:
        assume(False)
    return text


def countable(text: str) -> bool:
    """Tell whether dateutil can be asked: on a sixth weekday of a month it fails instead of finding nothing."""
    rule = parse(text)
    in_months = rule.freq == "MONTHLY" or rule.by_month
    return not in_months or all(abs(number) <= 5 for number, _ in rule.by_day)


@given(accepted_rules(), st.sampled_from(STARTS) | st.dates(date(1970, 1, 1), date(2190, 1, 1)))
def test_dates_are_those_of_plain_dateutil(text, start):
    assume(countable(text))

    assert ours(text, start) == plain(text, start)


@given(recurrences(), st.sampled_from(STARTS))
def test_dates_of_the_kits_rules_are_those_of_plain_dateutil(text, start):
    assume(countable(text))

    assert ours(text, start) == plain(text, start)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY",
        "FREQ=YEARLY",
        "FREQ=YEARLY;BYMONTH=2",
        "FREQ=YEARLY;BYMONTH=2,3;BYMONTHDAY=29,-1",
        "FREQ=DAILY;INTERVAL=3;BYMONTH=1,12;BYDAY=MO,WE",
        "FREQ=DAILY;BYMONTHDAY=13;BYDAY=FR",
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO,TU;BYSETPOS=1",
        "FREQ=WEEKLY;BYDAY=MO,FR,SU;BYSETPOS=-1",
        "FREQ=WEEKLY;BYDAY=MO,FR,SU;BYSETPOS=2,-1;WKST=SU",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=MO",
        "FREQ=WEEKLY;BYMONTH=1,12;BYDAY=TU,SA;BYSETPOS=1",
        "FREQ=MONTHLY;BYDAY=1MO,-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=-1,15;BYSETPOS=2",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=9",
        "FREQ=YEARLY;BYDAY=20MO,-1SU",
        "FREQ=YEARLY;BYYEARDAY=1,60,366,-1,-366",
        "FREQ=YEARLY;BYWEEKNO=1,53,-1;BYDAY=MO,SU",
        "FREQ=YEARLY;BYWEEKNO=52,53;BYDAY=SU;WKST=SU",
        "FREQ=YEARLY;INTERVAL=3;BYMONTH=6;BYDAY=2TU,-2TH;BYSETPOS=-1",
        "FREQ=YEARLY;COUNT=3",
        "FREQ=WEEKLY;COUNT=100",
        "FREQ=DAILY;UNTIL=20271231",
        "FREQ=MONTHLY;BYMONTHDAY=29,30;UNTIL=20300130",
    ],
)
def test_dates_of_hand_picked_rules_are_those_of_plain_dateutil(text, start):
    assert ours(text, start) == plain(text, start)


def test_from_is_an_occurrence_only_if_it_matches():
    thursday = date(2026, 11, 5)

    assert dates_in_year("FREQ=WEEKLY;BYDAY=SA;COUNT=2", thursday, 2026) == (date(2026, 11, 7), date(2026, 11, 14))
    assert dates_in_year("FREQ=WEEKLY;COUNT=2", thursday, 2026) == (thursday, date(2026, 11, 12))


def test_until_is_the_last_date_that_may_occur():
    start = date(2026, 12, 30)

    assert dates_in_year("FREQ=DAILY;UNTIL=20261231", start, 2026) == (start, date(2026, 12, 31))
    assert dates_in_year("FREQ=DAILY;UNTIL=20261230", start, 2026) == (start,)
    assert dates_in_year("FREQ=DAILY;UNTIL=20261229", start, 2026) == ()
    assert dates_in_year("FREQ=DAILY;UNTIL=20261231", start, 2027) == ()
    assert dates_in_year("FREQ=DAILY;UNTIL=20270101", start, 2027) == (date(2027, 1, 1),)


def test_count_goes_on_over_the_years():
    start = date(2026, 12, 31)

    assert dates_in_year("FREQ=DAILY;COUNT=1", start, 2026) == (start,)
    assert dates_in_year("FREQ=DAILY;COUNT=1", start, 2027) == ()
    assert dates_in_year("FREQ=DAILY;COUNT=3", start, 2027) == (date(2027, 1, 1), date(2027, 1, 2))
    assert dates_in_year("FREQ=DAILY;COUNT=367", start, 2028) == (date(2028, 1, 1),)
    assert dates_in_year("FREQ=DAILY;COUNT=366", start, 2028) == ()


def test_nothing_occurs_before_the_start():
    assert dates_in_year("FREQ=DAILY", date(2026, 11, 7), 2025) == ()
    assert dates_in_year("FREQ=DAILY", date(2026, 11, 7), 2026)[0] == date(2026, 11, 7)


def test_the_last_year_of_the_calendar_has_its_dates():
    assert len(dates_in_year("FREQ=DAILY", date(2199, 1, 1), 2199)) == 365
    assert dates_in_year("FREQ=WEEKLY;BYDAY=MO,SU;BYSETPOS=-1", date(2199, 12, 30), 2199) == ()
    assert dates_in_year("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=-1", date(2199, 12, 30), 2199) == (date(2199, 12, 31),)


def test_the_dates_of_a_span_are_cut_out_of_its_years():
    each = Interval("i", 0, 60, rrule="FREQ=MONTHLY;BYMONTHDAY=1,-1", starts_on=date(2025, 1, 1))
    found = list(start_dates(each, date(2025, 12, 1), date(2026, 1, 30)))

    assert found == [date(2025, 12, 1), date(2025, 12, 31), date(2026, 1, 1)]
    assert list(start_dates(each, date(2026, 1, 31), date(2026, 1, 31))) == [date(2026, 1, 31)]
    assert list(start_dates(each, date(2026, 1, 2), date(2026, 1, 30))) == []


# -- rules that never occur ----------------------------------------------------------------------------------

SILENT = [
    *NEVER,
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=-30",
    "FREQ=MONTHLY;BYDAY=6MO",
    "FREQ=MONTHLY;BYDAY=-6MO",
    "FREQ=YEARLY;BYMONTH=1;BYDAY=6MO",
    "FREQ=YEARLY;BYMONTH=1,2;BYDAY=SU,53MO",
    "FREQ=YEARLY;BYMONTH=2;BYYEARDAY=1",
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;BYMONTH=1",
    "FREQ=MONTHLY;INTERVAL=12;BYMONTH=1",
]


@pytest.mark.parametrize("text", SILENT)
def test_a_rule_that_never_occurs_is_accepted_and_costs_a_period_a_month(text):
    dates_in_year.cache_clear()
    recurrence._uncounted.cache_clear()
    rebuild, periods = rrule._iterinfo.rebuild, []

    def counting(self, year, month):
        periods.append((year, month))
        return rebuild(self, year, month)

    with mock.patch.object(rrule._iterinfo, "rebuild", counting):
        found = [day for year in range(2026, 2036) for day in dates_in_year(text, date(2026, 11, 7), year)]

    assert found == []
    assert len(periods) <= 10 * 12


def test_a_sixth_weekday_beside_others_changes_nothing():
    for text in ("FREQ=MONTHLY;BYDAY=1MO,6TU", "FREQ=MONTHLY;BYDAY=1MO,-6TU", "FREQ=MONTHLY;BYDAY=1MO,53TU"):
        assert ours(text, date(2026, 11, 7)) == plain("FREQ=MONTHLY;BYDAY=1MO", date(2026, 11, 7))


def test_a_fifth_weekday_is_found_where_a_month_has_one():
    found = ours("FREQ=MONTHLY;BYDAY=5MO", date(2026, 1, 1))

    assert found[:3] == [date(2026, 3, 30), date(2026, 6, 29), date(2026, 8, 31)]


# -- what is accepted and what is refused --------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTHDAY=31,-31,+1,05",
        "FREQ=YEARLY;BYYEARDAY=366,-366,001",
        "FREQ=YEARLY;BYWEEKNO=53,-53,01;BYDAY=MO",
        "FREQ=YEARLY;BYMONTH=1,12,02",
        "FREQ=YEARLY;BYMONTH=1;BYSETPOS=366,-366",
        "FREQ=YEARLY;BYDAY=53MO,-53TU,+1WE,01TH,FR",
        "FREQ=MONTHLY;BYDAY=53MO",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTHDAY=31",
        "FREQ=WEEKLY;BYDAY=MO,MO",
        "FREQ=DAILY;INTERVAL=1;COUNT=1",
        "FREQ=DAILY;INTERVAL=999999999999999999;COUNT=999999999999999999",
        "FREQ=DAILY;UNTIL=19700101",
        "FREQ=DAILY;UNTIL=21991231",
        "FREQ=DAILY;UNTIL=20240229",
        "WKST=SU;BYDAY=SA;INTERVAL=2;FREQ=WEEKLY",
        "FREQ=WEEKLY;BYMONTH=1;BYSETPOS=1",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=1",
        "FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=1",
        "FREQ=YEARLY;BYYEARDAY=1;BYSETPOS=1",
        "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO;BYSETPOS=1",
    ],
)
def test_accepted(text):
    parse(text)


OFTEN = ("DAILY", "WEEKLY", "MONTHLY")
REFUSED = [
    ("", "must be one of FREQ"),
    ("INTERVAL=2", "FREQ is required, one of DAILY WEEKLY MONTHLY YEARLY"),
    ("FREQ=", "`` must be one of DAILY WEEKLY MONTHLY YEARLY"),
    ("FREQ", "`` must be one of DAILY"),
    ("FREQ=HOURLY", "`HOURLY` must be one of"),
    ("FREQ=SECONDLY", "`SECONDLY` must be one of"),
    ("FREQ=daily", "`daily` must be one of"),
    ("freq=DAILY", "`freq=DAILY` must be one of FREQ INTERVAL COUNT UNTIL"),
    ("RRULE:FREQ=DAILY", "`RRULE:FREQ=DAILY` must be one of"),
    ("FREQ=DAILY;", "`` must be one of FREQ"),
    (";FREQ=DAILY", "`` must be one of FREQ"),
    ("FREQ=DAILY; INTERVAL=2", "` INTERVAL=2` must be one of"),
    ("FREQ=DAILY\n", "must be one of DAILY"),
    ("FREQ=DAILY=DAILY", "`DAILY=DAILY` must be one of"),
    ("FREQ=DAILY;FREQ=DAILY", "FREQ is given twice"),
    ("FREQ=DAILY;COUNT=1;COUNT=1", "COUNT is given twice"),
    ("FREQ=DAILY;BYHOUR=9", "`BYHOUR=9` must be one of"),
    ("FREQ=DAILY;BYMINUTE=9", "`BYMINUTE=9` must be one of"),
    ("FREQ=DAILY;BYSECOND=9", "`BYSECOND=9` must be one of"),
    ("FREQ=DAILY;BYEASTER=0", "`BYEASTER=0` must be one of"),
    ("FREQ=DAILY;X-FOO=1", "`X-FOO=1` must be one of"),
    ("FREQ=DAILY;DTSTART=20261107", "`DTSTART=20261107` must be one of"),
    *(
        (f"FREQ=DAILY;INTERVAL={bad}", f"`{bad}` must be a whole number at least 1")
        for bad in ("0", "-1", "+1", "1.5", "")
    ),
    *((f"FREQ=DAILY;INTERVAL={bad}", "must be a whole number") for bad in ("２", "1" * 19, " 1", "1,2", "1_0")),
    *((f"FREQ=DAILY;COUNT={bad}", f"`{bad}` must be a whole number at least 1") for bad in ("0", "-3", "x", "1e3")),
    *(
        (f"FREQ=DAILY;UNTIL={bad}", f"`{bad}` must be a date YYYYMMDD, years 1970 to 2199")
        for bad in ("20261301", "20260230", "20250229", "20261107T000000Z", "2026-11-07", "19691231", "22000101", "")
    ),
    *(
        (f"FREQ=MONTHLY;BYMONTHDAY={bad}", "must be a whole number from -31 to 31, not 0")
        for bad in ("0", "32", "-32", "1,0", "1,,2", "1,", "", "001", "1 ", "--1")
    ),
    *(
        (f"FREQ=YEARLY;BYYEARDAY={bad}", "must be a whole number from -366 to 366, not 0")
        for bad in ("0", "367", "-367", "0001")
    ),
    *(
        (f"FREQ=YEARLY;BYDAY=MO;BYWEEKNO={bad}", "must be a whole number from -53 to 53, not 0")
        for bad in ("0", "54", "-54", "001")
    ),
    *(
        (f"FREQ=YEARLY;BYMONTH={bad}", "must be a whole number from 1 to 12, not 0")
        for bad in ("0", "13", "-1", "+1", "001", "JAN")
    ),
    *(
        (f"FREQ=YEARLY;BYMONTH=1;BYSETPOS={bad}", "must be a whole number from -366 to 366, not 0")
        for bad in ("0", "367", "-367", "0001")
    ),
    *(
        (f"FREQ=MONTHLY;BYDAY={bad}", "must be one of MO TU WE TH FR SA SU, with a number before it or none")
        for bad in ("", "XX", "mo", "MO,", "MO, TU", "1", "M", "MOO", "001MO", "MO1", "1 MO", "--1MO")
    ),
    *(
        (f"FREQ=MONTHLY;BYDAY={bad}", "must be a whole number from -53 to 53, not 0")
        for bad in ("0MO", "54MO", "-54MO", "+0TU")
    ),
    *((f"FREQ=WEEKLY;WKST={bad}", "must be one of MO TU WE") for bad in ("", "mo", "1MO", "MO,TU", "0")),
    ("FREQ=DAILY;COUNT=1;UNTIL=20261107", "COUNT does not go with UNTIL"),
    *(
        (f"FREQ={freq};BYWEEKNO=1;BYDAY=MO", f"BYWEEKNO does not go with FREQ={freq}")
        for freq in recurrence.FREQUENCIES[:3]
    ),
    ("FREQ=YEARLY;BYWEEKNO=1", "BYWEEKNO needs BYDAY"),
    *((f"FREQ={freq};BYYEARDAY=1", f"BYYEARDAY does not go with FREQ={freq}") for freq in OFTEN),
    ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY does not go with FREQ=WEEKLY"),
    *((f"FREQ={freq};BYSETPOS=1", "BYSETPOS needs another BY part") for freq in recurrence.FREQUENCIES),
    *(
        (f"FREQ={freq};BYDAY={days}", f"a numbered weekday does not go with FREQ={freq}")
        for freq in ("DAILY", "WEEKLY")
        for days in ("1MO", "MO,-1FR")
    ),
    ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "a numbered weekday does not go with BYWEEKNO"),
    ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=TU,1MO", "a numbered weekday does not go with BYWEEKNO"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_refused(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse(text)


def test_the_text_is_read_into_its_parts():
    rule = parse("FREQ=MONTHLY;INTERVAL=2;COUNT=7;BYDAY=-1MO,2TU;BYMONTHDAY=1,-2;BYMONTH=3;BYSETPOS=-1;WKST=SU")

    assert rule == recurrence.Recurrence(
        "MONTHLY",
        interval=2,
        count=7,
        by_day=((-1, 0), (2, 1)),
        by_month_day=(1, -2),
        by_month=(3,),
        by_set_pos=(-1,),
        week_start=6,
    )
    assert parse("FREQ=YEARLY;BYYEARDAY=5;UNTIL=20270131").until == date(2027, 1, 31)
    assert parse("FREQ=YEARLY;BYWEEKNO=5;BYDAY=MO").by_week_no == (5,)
    assert parse("FREQ=DAILY") == recurrence.Recurrence("DAILY", interval=1, week_start=0)


def test_weeks_are_counted_from_the_week_of_the_start():
    start = date(2026, 11, 7)
    for week_start, first in ((0, date(2026, 11, 2)), (5, start), (6, date(2026, 11, 1))):
        week_of = recurrence._weeks_since(start, week_start)
        assert [week_of(first + timedelta(days=n)) for n in (-1, 0, 6, 7)] == [-1, 0, 0, 1]
