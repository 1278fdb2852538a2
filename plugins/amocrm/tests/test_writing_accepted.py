"""What amoCRM accepted is done: the look afterwards finds out who came after it, and never has it sent again."""

from __future__ import annotations

from typing import Any

import pytest
from workplaces_amocrm.errors import (
    AccountBlocked,
    ConsentNeeded,
    NoRights,
    NotPaid,
    NotSent,
    RateLimited,
    Refused,
    Unreachable,
)

from plugins.amocrm.tests.amo_in_memory import ANNA, BORIS, AmoInMemory, Fault
from plugins.amocrm.tests.test_writing_laws import CALLS, patches, take, writer
from workplaces_core.adapters.protocols import Done, Forbidden, LostRace

ACCOUNT = [ConsentNeeded("401"), NotPaid("402"), AccountBlocked("403"), RateLimited("429")]
AFTERWARDS = [*ACCOUNT, Unreachable("500"), NotSent("no connection"), NoRights("must not"), Refused("400")]


@pytest.fixture
def amo() -> AmoInMemory:
    amo = AmoInMemory()
    for name in ("tasks", "leads"):
        for id_ in range(1, 8):
            amo.add(name, id_)
    return amo


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("error", AFTERWARDS)
def test_an_accepted_change_is_done_whatever_becomes_of_the_look_afterwards(amo, name, error):
    sent = next(number for number in range(9) if _is_sent(CALLS[name], number))
    amo.faults = {number: Fault(error) for number in range(sent + 1, 99)}

    ended = CALLS[name](writer(amo))

    assert set(ended if isinstance(ended, tuple) else [ended]) == {Done()}
    assert len(amo.calls) <= sent + 2 + len(amo.writes), "a look that cannot be had is not repeated"


def _is_sent(call: Any, number: int) -> bool:
    """Whether the call of this number is the one that writes."""
    fresh = AmoInMemory()
    for id_ in range(1, 8):
        fresh.add("tasks", id_)
    call(writer(fresh))
    return fresh.calls[number][0] == "PATCH"


@pytest.mark.parametrize("name", CALLS)
def test_an_accepted_change_that_does_not_show_yet_is_done_and_not_sent_again(amo, name):
    amo.ignores = True
    ended = CALLS[name](writer(amo))

    assert set(ended if isinstance(ended, tuple) else [ended]) == {Done()}
    assert patches(amo) == 1


def test_an_accepted_change_is_done_when_its_user_cannot_be_looked_up(amo):
    amo.ignores = True
    amo.faults = {number: Fault(Unreachable("500")) for number in range(4, 9)}

    assert take(amo) == Done()
    assert amo.calls[4] == ("GET", f"/api/v4/users/{BORIS}")


def test_a_colleague_who_takes_back_what_was_accepted_keeps_it(amo):
    row = amo.rows["leads"][7]
    row["updated_at"] = 0
    amo.between[2] = lambda: row.update(responsible_user_id=ANNA, updated_at=2)

    assert take(amo) == LostRace(str(ANNA))
    assert patches(amo) == 1


def test_a_colleague_who_reopens_a_task_at_once_keeps_it_open_and_the_employee_is_told(amo):
    row = amo.rows["tasks"][7]
    row["updated_at"] = 0
    amo.between[2] = lambda: row.update(is_completed=False, updated_at=2)

    assert isinstance(writer(amo).complete("7", result="x", key="k"), Forbidden)
    assert patches(amo) == 1


@pytest.mark.parametrize("answer", [None, {}, [], {"id": 8}, "ok"])
def test_an_answer_that_does_not_name_the_entity_confirms_nothing(answer):
    class Terse(AmoInMemory):
        def patch(self, path: str, body: Any, **how: Any) -> Any:
            super().patch(path, body, **how)
            return answer

    terse = Terse(ignores=True)
    terse.add("leads", 7)
    with pytest.raises(Unreachable, match="does not confirm"):
        take(terse)

    terse.ignores = False
    assert take(terse) == Done()
