"""What amoCRM can never hold has an outcome with a reason, and is neither sent nor an error."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from workplaces_amocrm.writing import Writer

from plugins.amocrm.tests.amo_in_memory import AmoInMemory
from plugins.amocrm.tests.test_writing_laws import SETTINGS, take, writer
from workplaces_core.adapters.protocols import Done, Forbidden, Gone

UNFIT = [
    datetime(2026, 3, 2, 12, 0),
    *(date(1, 1, 1), date(1969, 12, 30), date(2200, 1, 1), date(9999, 12, 31)),
    *(datetime(1, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    *(datetime(2200, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
]


@pytest.fixture
def amo() -> AmoInMemory:
    amo = AmoInMemory()
    for name in ("tasks", "leads"):
        for id_ in range(1, 8):
            amo.add(name, id_)
    return amo


@pytest.mark.parametrize("zone", ["Europe/Moscow", "America/New_York", "UTC", "Pacific/Kiritimati"])
@pytest.mark.parametrize("due", UNFIT, ids=str)
def test_a_due_that_amocrm_cannot_hold_is_forbidden_and_not_sent(amo, due, zone):
    amo.rows["tasks"][6]["is_completed"] = True
    there = Writer(amo, SETTINGS, zone=ZoneInfo(zone), pause=lambda _: None)

    refused = there.postpone("7", due=due, key="k")

    assert isinstance(refused, Forbidden)
    assert str(due) in refused.reason
    assert amo.writes == []
    assert there.postpone("6", due=due, key="k") == Gone("completed")
    assert there.postpone("404", due=due, key="k") == Gone("deleted")


def test_a_day_at_the_edge_of_the_years_is_forbidden_where_it_ends_outside_them(amo):
    assert isinstance(writer(amo).postpone("7", due=date(1969, 12, 31), key="k"), Forbidden)
    due = date(2199, 12, 31)

    assert writer(amo).postpone("7", due=due, key="k") == Done()
    west = Writer(amo, SETTINGS, zone=ZoneInfo("America/New_York"), pause=lambda _: None)
    assert isinstance(west.postpone("6", due=due, key="k"), Forbidden)


@pytest.mark.parametrize("zone", ["America/Nuuk", "America/Scoresbysund"])
def test_a_day_whose_end_the_clocks_skip_is_forbidden_and_not_an_exact_time(amo, zone):
    there = Writer(amo, SETTINGS, zone=ZoneInfo(zone), pause=lambda _: None)
    refused = there.postpone("7", due=date(2027, 3, 27), key="k")

    assert isinstance(refused, Forbidden)
    assert "the clocks skip it" in refused.reason
    assert amo.writes == []
    assert there.postpone("7", due=date(2027, 3, 28), key="k") == Done()


def test_a_result_that_cannot_be_sent_is_forbidden(amo):
    amo.rows["tasks"][6]["is_completed"] = True
    refused = writer(amo).complete("7", result="Продано \ud83d", key="k")

    assert isinstance(refused, Forbidden)
    assert refused.reason.encode()
    assert amo.writes == []
    assert writer(amo).complete("6", result="\ud83d", key="k") == Done()


@pytest.mark.parametrize("text", ["\ud83d", "x" * 500, "\x00"])
def test_a_user_and_an_entity_of_any_text_have_an_outcome_that_can_be_written_down(amo, text):
    refused = take(amo, user=text)

    assert isinstance(refused, Forbidden)
    assert refused.reason.encode()
    assert take(amo, id_=text) == Gone("deleted")
