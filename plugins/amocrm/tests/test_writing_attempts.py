"""What a repeat does when an earlier attempt with the same key may have taken effect, and somebody came after it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from workplaces_amocrm.errors import NotPaid, NotSent, RateLimited, Refused, Unreachable
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.writing import Writer
from workplaces_amocrm.writing.attempts import Attempts
from workplaces_amocrm.writing.looking import Seen

from plugins.amocrm.tests.amo_in_memory import ANNA, BORIS, CAROL, AmoInMemory, Fault
from workplaces_core.adapters.cells import Cell, MemoryCells
from workplaces_core.adapters.protocols import Done, Forbidden, LostRace, Outcome
from workplaces_core.errors import CrmUnavailable, StoreUnavailable

SETTINGS = Settings(base_url="https://acme.amocrm.ru", verify_attempts=2)
MOSCOW = ZoneInfo("Europe/Moscow")
BEFORE = {"is_completed": False, "complete_till": 1_588_885_140, "responsible_user_id": ANNA}
ELSEWHEN = int(datetime(2026, 5, 5, 9, tzinfo=UTC).timestamp())

Ask = Callable[[Writer, str], Outcome]
CALLS: dict[str, Ask] = {
    "complete": lambda writer, key: writer.complete("7", result="Продано", key=key),
    "postpone": lambda writer, key: writer.postpone("7", due=date(2026, 3, 2), key=key),
    "take": lambda writer, key: writer.set_responsible("task", "7", str(BORIS), only_if=str(ANNA), key=key),
}

each = pytest.mark.parametrize("name", CALLS)


@pytest.fixture
def amo() -> AmoInMemory:
    amo = AmoInMemory()
    amo.add("tasks", 7, updated_at=100)
    amo.add("tasks", 6, updated_at=100)
    return amo


@pytest.fixture
def cells() -> MemoryCells:
    return MemoryCells()


def process(amo: AmoInMemory, cells: Any) -> Writer:
    """A process of its own: it shares the cells with the others and nothing else."""
    return Writer(amo, SETTINGS, zone=MOSCOW, pause=lambda _: None, cells=cells)


def lose_the_answer(amo: AmoInMemory, cells: Any, name: str, *, applied: bool) -> None:
    """Send a change whose answer is lost, and whose outcome cannot be looked up either."""
    amo.faults = {1: Fault(Unreachable("timed out"), applied=applied), 2: Fault(Unreachable("500"))}
    with pytest.raises(Unreachable, match="timed out"):
        CALLS[name](process(amo, cells), "k")
    amo.faults = {}
    if applied:
        amo.rows["tasks"][7]["updated_at"] = 101


def writes(amo: AmoInMemory) -> int:
    return sum(method == "PATCH" for method, _ in amo.calls)


@each
@pytest.mark.parametrize("applied", [True, False])
def test_a_lost_answer_is_made_good_by_a_repeat_when_nobody_came_between(amo, cells, name, applied):
    lose_the_answer(amo, cells, name, applied=applied)

    assert CALLS[name](process(amo, cells), "k") == Done()
    assert writes(amo) == (1 if applied else 2)


@each
def test_what_a_colleague_changed_back_after_a_lost_answer_stays(amo, cells, name):
    lose_the_answer(amo, cells, name, applied=True)
    amo.rows["tasks"][7].update(BEFORE, updated_at=105)

    ended = CALLS[name](process(amo, cells), "k")

    assert ended == LostRace(str(ANNA)) if name == "take" else isinstance(ended, Forbidden)
    assert writes(amo) == 1
    assert {key: amo.rows["tasks"][7][key] for key in BEFORE} == BEFORE


def test_another_due_that_a_colleague_gave_after_a_lost_answer_stays(amo, cells):
    lose_the_answer(amo, cells, "postpone", applied=True)
    amo.rows["tasks"][7].update(complete_till=ELSEWHEN, updated_at=105)

    assert CALLS["postpone"](process(amo, cells), "k") == Done()
    assert (writes(amo), amo.rows["tasks"][7]["complete_till"]) == (1, ELSEWHEN)


def test_another_responsible_after_a_lost_answer_stays(amo, cells):
    lose_the_answer(amo, cells, "take", applied=True)
    amo.rows["tasks"][7].update(responsible_user_id=CAROL, updated_at=105)

    assert CALLS["take"](process(amo, cells), "k") == LostRace(str(CAROL))
    assert writes(amo) == 1


@each
def test_another_key_is_another_wish(amo, cells, name):
    lose_the_answer(amo, cells, name, applied=True)
    amo.rows["tasks"][7].update(BEFORE, updated_at=105)

    assert CALLS[name](process(amo, cells), "another") == Done()
    assert writes(amo) == 2


def test_the_same_key_for_another_entity_is_another_wish(amo, cells):
    lose_the_answer(amo, cells, "complete", applied=True)

    assert process(amo, cells).complete("6", result="x", key="k") == Done()


@each
def test_a_process_that_dies_before_the_answer_leaves_a_note(amo, cells, name):
    amo.faults = {1: Fault(KeyboardInterrupt(), applied=True)}  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        CALLS[name](process(amo, cells), "k")
    amo.faults = {}
    amo.rows["tasks"][7].update(BEFORE, updated_at=105)

    assert CALLS[name](process(amo, cells), "k") != Done()
    assert writes(amo) == 1


@each
def test_an_answer_that_is_lost_is_looked_up_and_a_colleague_who_was_quick_stays(amo, cells, name):
    amo.faults = {1: Fault(Unreachable("timed out"), applied=True)}
    amo.between[2] = lambda: amo.rows["tasks"][7].update(BEFORE, updated_at=105)

    assert CALLS[name](process(amo, cells), "k") != Done()
    assert writes(amo) == 1


@each
@pytest.mark.parametrize("error", [NotSent("no connection"), RateLimited("429"), NotPaid("402"), Refused("400")])
def test_a_write_that_had_no_effect_leaves_no_note(amo, cells, name, error):
    amo.faults = {1: Fault(error)}
    with suppress(CrmUnavailable, NotPaid):
        assert isinstance(CALLS[name](process(amo, cells), "k"), Forbidden)
    amo.faults = {}
    amo.rows["tasks"][7].update(text="Перезвонить завтра", updated_at=105)

    assert CALLS[name](process(amo, cells), "k") == Done()


@each
def test_a_write_that_is_seen_to_have_had_no_effect_leaves_no_note(amo, cells, name):
    amo.faults = {1: Fault(Unreachable("502"))}
    with pytest.raises(Unreachable, match="502"):
        CALLS[name](process(amo, cells), "k")
    amo.rows["tasks"][7].update(text="Перезвонить завтра", updated_at=105)

    assert CALLS[name](process(amo, cells), "k") == Done()


@each
def test_what_ended_leaves_no_note(amo, cells, name):
    CALLS[name](process(amo, cells), "k")

    found = cells.read("amocrm/acme.amocrm.ru/writes")
    assert found is not None
    assert found.value == "{}"


def test_the_oldest_notes_make_room():
    attempts = Attempts(MemoryCells(), "acme")
    seen = Seen("7", "11", complete_till=5, updated_at=100)
    for number in range(501):
        attempts.begin(f"k{number}", seen)

    assert attempts.earlier("k0") is None
    assert attempts.earlier("k1") == attempts.earlier("k500") == seen


class AwayCells(MemoryCells):
    """Cells of a store that is away from a certain call on."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.left = calls

    def read(self, name: str) -> Cell | None:
        self._count()
        return super().read(name)

    def swap(self, name: str, value: str, *, version: int) -> bool:
        self._count()
        return super().swap(name, value, version=version)

    def _count(self) -> None:
        if not self.left:
            raise StoreUnavailable("away")
        self.left -= 1


@each
@pytest.mark.parametrize("calls", range(6))
def test_a_store_that_is_away_stops_a_write_and_hides_no_outcome(amo, name, calls):
    try:
        ended = CALLS[name](process(amo, AwayCells(calls)), "k")
    except Unreachable:
        assert writes(amo) == 0
    else:
        assert (ended, writes(amo)) == (Done(), 1)
