"""The laws of writing to amoCRM: the changed key alone, looked at before and after, and safe to repeat."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from workplaces_amocrm.errors import (
    AccountBlocked,
    BatchTooLarge,
    ConsentNeeded,
    NoRights,
    NoSuchThing,
    NotPaid,
    NotSent,
    RateLimited,
    Refused,
    Unreachable,
)
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.writing import Handover, Writer

from plugins.amocrm.tests.amo_in_memory import ANNA, BORIS, CAROL, AmoInMemory, Fault
from workplaces_core.adapters.protocols import Done, Forbidden, Gone, LostRace, Outcome
from workplaces_core.errors import CrmUnavailable

MOSCOW = ZoneInfo("Europe/Moscow")
SETTINGS = Settings(base_url="https://acme.amocrm.ru", verify_attempts=2)
ENTITIES = [("task", "tasks"), ("deal", "leads"), ("contact", "contacts"), ("company", "companies")]
LOST = [
    (Unreachable("timed out"), False),
    (Unreachable("timed out"), True),
    (BatchTooLarge("504"), False),
    (BatchTooLarge("504"), True),
    (NotSent("no connection"), False),
    (RateLimited("429"), False),
]

each_kind = pytest.mark.parametrize(("kind", "name"), ENTITIES)


@pytest.fixture
def amo() -> AmoInMemory:
    amo = AmoInMemory()
    for _, name in ENTITIES:
        for id_ in range(1, 8):
            amo.add(name, id_)
    return amo


def writer(amo: AmoInMemory, **changed: Any) -> Writer:
    return Writer(amo, evolve(SETTINGS, **changed), zone=MOSCOW, pause=lambda _: None)


def take(amo: AmoInMemory, kind: Any = "deal", id_: str = "7", *, user: int | str = BORIS, **changed: Any) -> Outcome:
    return writer(amo, **changed).set_responsible(kind, id_, str(user), only_if=str(ANNA), key="k")


# -- one entity ------------------------------------------------------------------------------------------------


@each_kind
def test_only_the_responsible_is_sent(amo, kind, name):
    assert take(amo, kind) == Done()
    assert amo.writes == [{"id": 7, "responsible_user_id": BORIS}]
    assert [method for method, _ in amo.calls] == ["GET", "PATCH", "GET"]


@each_kind
def test_what_is_so_already_is_not_written(amo, kind, name):
    amo.rows[name][7]["responsible_user_id"] = BORIS

    assert take(amo, kind) == Done()
    assert amo.writes == []


def test_the_first_answer_that_applies_is_given(amo):
    rows = amo.rows["tasks"]
    rows[1].update(is_completed=True, responsible_user_id=BORIS)
    rows[2]["responsible_user_id"] = BORIS
    rows[3]["responsible_user_id"] = CAROL

    assert take(amo, "task", "1") == Gone("completed")
    assert take(amo, "task", "2") == Done()
    assert take(amo, "task", "3", user="a stranger") == LostRace(str(CAROL))
    assert isinstance(take(amo, "task", "4", user="a stranger"), Forbidden)
    assert amo.writes == []


@pytest.mark.parametrize("id_", ["", "404", "never there", "007", "٧", "-7", "7 ", "9" * 40, "7/../8", "7?x"])
def test_an_id_that_stands_for_nothing_is_gone(amo, id_):
    assert take(amo, "task", id_) == Gone("deleted")
    assert writer(amo).complete(id_, result="", key="k") == Gone("deleted")
    assert writer(amo).postpone(id_, due=date(2026, 3, 2), key="k") == Gone("deleted")


@pytest.mark.parametrize("user", ["", "0", "99", "bob", "٧", "1.5", "9" * 40])
def test_a_user_whom_amocrm_does_not_know_gets_nothing(amo, user):
    assert isinstance(take(amo, user=user), Forbidden)
    assert amo.rows["leads"][7]["responsible_user_id"] == ANNA


def test_a_deal_in_the_bin_is_gone(amo):
    amo.rows["leads"][7]["is_deleted"] = True

    assert take(amo) == Gone("deleted")


def test_nobody_is_a_responsible_that_may_be_expected(amo):
    amo.rows["leads"][7]["responsible_user_id"] = None

    assert take(amo) == LostRace(None)
    assert writer(amo).set_responsible("deal", "7", str(BORIS), only_if=None, key="k") == Done()


def test_what_the_user_of_the_token_must_not_do_is_forbidden(amo):
    amo.faults[1] = Fault(NoRights("must not"))

    assert isinstance(take(amo), Forbidden)

    amo.forbidden.add(7)
    assert isinstance(take(amo), Forbidden)


@pytest.mark.parametrize("error", [ConsentNeeded("401"), NotPaid("402"), AccountBlocked("403"), RateLimited("429")])
@pytest.mark.parametrize("call", [0, 1])
def test_what_concerns_the_account_is_raised(amo, error, call):
    amo.faults[call] = Fault(error)

    with pytest.raises(type(error)):
        take(amo)


def test_a_task_deleted_under_our_hands_is_gone(amo):
    amo.between[1] = lambda: amo.rows["tasks"].pop(7)

    assert take(amo, "task") == Gone("deleted")


def test_an_entity_out_of_sight_after_an_accepted_handover_is_done(amo):
    amo.between[2] = lambda: amo.forbidden.add(7)

    assert take(amo) == Done()


def test_an_entity_that_is_not_shown_after_an_accepted_handover_is_done(amo):
    amo.between[2] = lambda: amo.rows["leads"].pop(7)

    assert take(amo) == Done()


def test_a_refusal_because_of_what_happened_meanwhile_is_told_as_that(amo):
    amo.faults[1] = Fault(Refused("400"))
    amo.between[1] = lambda: amo.rows["tasks"][7].update(is_completed=True)
    assert take(amo, "task") == Gone("completed")

    amo.calls.clear()
    amo.between[1] = lambda: amo.rows["leads"].pop(7)
    assert take(amo, "deal") == Gone("deleted")


def test_a_broken_entity_is_not_acted_upon(amo):
    del amo.rows["leads"][7]["responsible_user_id"]

    with pytest.raises(Unreachable, match="must be a whole deal"):
        take(amo)
    assert amo.writes == []


# -- colleagues ------------------------------------------------------------------------------------------------


def test_a_colleague_who_comes_between_our_write_and_our_look_stays(amo):
    amo.between[2] = lambda: amo.rows["leads"][7].update(responsible_user_id=CAROL)

    assert take(amo) == LostRace(str(CAROL))
    assert amo.rows["leads"][7]["responsible_user_id"] == CAROL


def test_a_colleague_who_comes_after_a_lost_answer_stays(amo):
    amo.faults[1] = Fault(Unreachable("timed out"), applied=True)
    amo.between[2] = lambda: amo.rows["leads"][7].update(responsible_user_id=CAROL)

    assert take(amo) == LostRace(str(CAROL))
    assert take(amo) == LostRace(str(CAROL))
    assert amo.rows["leads"][7]["responsible_user_id"] == CAROL


def test_the_gap_of_an_emulated_condition_is_one_round_trip(amo):
    """What amoCRM gives no means against, so that nobody takes it for a promise: see `Writer`."""
    amo.between[1] = lambda: amo.rows["leads"][7].update(responsible_user_id=CAROL)

    assert take(amo) == Done()
    assert amo.rows["leads"][7]["responsible_user_id"] == BORIS


# -- what is not known to have happened ------------------------------------------------------------------------

CALLS = {
    "complete": lambda writer: writer.complete("7", result="Продано", key="k"),
    "postpone": lambda writer: writer.postpone("7", due=date(2026, 3, 2), key="k"),
    "set_responsible": lambda writer: writer.set_responsible("task", "7", str(BORIS), only_if=str(ANNA), key="k"),
    "set_responsible_many": lambda writer: writer.set_responsible_many(
        "task", [Handover(str(one), str(BORIS), str(ANNA)) for one in range(1, 8)]
    ),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("error", "applied"), LOST, ids=[f"{type(error).__name__} {applied}" for error, applied in LOST]
)
@pytest.mark.parametrize("verify", [True, False])
def test_a_fault_at_any_call_leaves_nothing_undone_and_nothing_doubled(amo, name, error, applied, verify):
    for number in range(40):
        fresh = AmoInMemory(faults={number: Fault(error, applied=applied)})
        for id_ in range(1, 8):
            fresh.add("tasks", id_)
        _until_done(fresh, CALLS[name], verify_writes=verify)

        assert sorted(write["id"] for write in fresh.writes) == sorted({write["id"] for write in fresh.writes})
        if number >= len(fresh.calls):
            return
    raise AssertionError("a call of the API too many")


def _until_done(amo: AmoInMemory, call: Any, **changed: Any) -> None:
    """Ask, and ask again once after an error, as the service does."""
    try:
        ended = call(writer(amo, **changed))
    except CrmUnavailable:
        ended = call(writer(amo, **changed))
    assert set(ended if isinstance(ended, tuple) else [ended]) == {Done()}
    assert amo.writes


def test_a_lost_answer_is_looked_up_at_once(amo):
    amo.faults[1] = Fault(Unreachable("timed out"), applied=True)

    assert take(amo) == Done()
    assert len(amo.writes) == 1


@pytest.mark.parametrize("error", [NotSent("no connection"), RateLimited("429")])
def test_what_never_came_through_is_not_looked_for(amo, error):
    amo.faults[1] = Fault(error)

    with pytest.raises(type(error)):
        take(amo)
    assert len(amo.calls) == 2


@pytest.mark.parametrize("user", [None, {"id": CAROL, "rights": {"is_active": False}}])
def test_a_user_who_is_silently_ignored_is_found_out(amo, user):
    amo.ignores = True
    amo.users[CAROL] = user

    assert isinstance(take(amo, user=CAROL), Forbidden)


def test_a_change_that_shows_late_is_waited_for(amo):
    shown, waits = dict(amo.rows["leads"][7]), []
    amo.between[1] = lambda: None
    late = {2: lambda: amo.rows["leads"].update({7: shown}), 3: lambda: shown.update(responsible_user_id=BORIS)}
    amo.between.update(late)
    patient = Writer(amo, SETTINGS, zone=MOSCOW, pause=waits.append)

    assert patient.set_responsible("deal", "7", str(BORIS), only_if=str(ANNA), key="k") == Done()
    assert waits == [SETTINGS.verify_wait_seconds]


def test_without_verifying_there_is_no_look_afterwards(amo):
    assert take(amo, verify_writes=False) == Done()
    assert [method for method, _ in amo.calls] == ["GET", "PATCH"]


# -- completing, postponing ------------------------------------------------------------------------------------


def test_completing_sends_the_result_and_nothing_else(amo):
    assert writer(amo).complete("7", result="Продано 😀", key="k") == Done()
    assert amo.writes == [{"id": 7, "is_completed": True, "result": {"text": "Продано 😀"}}]


def test_a_task_completed_by_somebody_else_keeps_his_result(amo):
    amo.rows["tasks"][7].update(is_completed=True, result={"text": "его"})

    assert writer(amo).complete("7", result="мой", key="k") == Done()
    assert amo.writes == []


def test_an_empty_result_becomes_the_one_of_the_settings(amo):
    writer(amo, result_when_empty="Готово").complete("7", result="", key="k")

    assert amo.writes[0]["result"] == {"text": "Готово"}


DUES = st.one_of(
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.datetimes(timezones=st.just(UTC), min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),
)


@given(due=DUES)
def test_postponing_sends_the_due_once(due):
    amo = AmoInMemory()
    amo.add("tasks", 7)

    assert writer(amo).postpone("7", due=due, key="k") == Done()
    assert writer(amo).postpone("7", due=due, key="k") == Done()
    assert [set(write) for write in amo.writes] in ([], [{"id", "complete_till"}])


def test_a_due_that_means_the_same_already_is_not_written(amo):
    amo.rows["tasks"][7]["complete_till"] = 1_588_885_199  # 23:59:59 in Moscow

    assert writer(amo).postpone("7", due=date(2020, 5, 7), key="k") == Done()
    assert amo.writes == []


def test_the_time_that_means_all_day_is_the_one_of_the_settings(amo):
    assert writer(amo, all_day_time="20:00").postpone("7", due=date(2020, 5, 7), key="k") == Done()
    assert amo.writes == [{"id": 7, "complete_till": 1_588_870_800}]


def test_a_colleague_who_postpones_after_us_has_the_last_word(amo):
    amo.between[2] = lambda: amo.rows["tasks"][7].update(complete_till=1_999_999_999)

    assert writer(amo).postpone("7", due=date(2026, 3, 2), key="k") == Done()
    assert amo.rows["tasks"][7]["complete_till"] == 1_999_999_999


def test_a_completed_task_is_not_postponed(amo):
    amo.rows["tasks"][7]["is_completed"] = True

    assert writer(amo).postpone("7", due=date(2026, 3, 2), key="k") == Gone("completed")


def test_the_responsible_is_repeated_where_leaving_him_out_may_reset_him(amo):
    writer(amo, repeat_responsible=True).complete("7", result="x", key="k")

    assert amo.writes[0]["responsible_user_id"] == ANNA


@pytest.mark.parametrize(("known", "absent"), [("204", "404"), ("404", "204")])
def test_an_answer_that_is_known_not_to_mean_gone_is_a_fault(amo, known, absent):
    with_that = writer(amo, unknown_task=known)
    if absent == "404":
        amo.faults[0] = Fault(NoSuchThing("404"))

    with pytest.raises(Unreachable, match="unknown_task"):
        with_that.complete("99", result="x", key="k")


# -- in whose name ---------------------------------------------------------------------------------------------


def test_changes_are_in_the_name_of_the_token_unless_told_otherwise(amo):
    take(amo)

    assert amo.names == [None]


def test_changes_can_be_in_the_name_of_the_employee(amo):
    take(amo, act_as_employee=True)
    writer(amo, act_as_employee=True).complete("6", result="x", key="k")

    assert amo.names == [str(BORIS), str(ANNA)]


def test_where_the_employee_may_not_the_token_does_it(amo):
    amo.refuses_names = True

    assert take(amo, act_as_employee=True) == Done()
    assert amo.names == [str(BORIS), None]


# -- several at once -------------------------------------------------------------------------------------------


def many(amo: AmoInMemory, ids: range, kind: Any = "contact", **changed: Any) -> tuple[Outcome, ...]:
    return writer(amo, **changed).set_responsible_many(kind, [Handover(str(one), str(BORIS), str(ANNA)) for one in ids])


def patches(amo: AmoInMemory) -> int:
    return sum(method == "PATCH" for method, _ in amo.calls)


@each_kind
@pytest.mark.parametrize("filters", [True, None])
def test_several_are_written_in_one_call(amo, kind, name, filters):
    assert many(amo, range(1, 8), kind, lead_filters=filters) == (Done(),) * 7
    assert patches(amo) == 1
    if filters or kind == "task":
        assert len(amo.calls) == 3


def test_each_has_an_outcome_of_its_own_in_the_order_asked(amo):
    rows = amo.rows["contacts"]
    rows[2]["responsible_user_id"] = CAROL
    rows[3]["responsible_user_id"] = BORIS
    del rows[4]

    assert many(amo, range(5, 0, -1)) == (Done(), Gone("deleted"), Done(), LostRace(str(CAROL)), Done())
    assert [write["id"] for write in amo.writes] == [5, 1]


def test_one_bad_entity_does_not_spoil_the_others(amo):
    amo.between[7] = lambda: amo.rows["contacts"].pop(4)

    assert many(amo, range(1, 8)) == (Done(),) * 3 + (Gone("deleted"),) + (Done(),) * 3
    assert len(amo.writes) == 6


def test_one_forbidden_entity_does_not_spoil_the_others(amo):
    amo.between[7] = lambda: amo.forbidden.add(4)

    outcomes = many(amo, range(1, 8))

    assert isinstance(outcomes[3], Forbidden)
    assert outcomes[:3] + outcomes[4:] == (Done(),) * 6


def test_a_refused_batch_may_be_left_refused(amo):
    amo.between[7] = lambda: amo.rows["contacts"].pop(4)

    assert {type(one) for one in many(amo, range(1, 8), split_refused_batches=False)} == {Forbidden}
    assert amo.writes == []


@pytest.mark.parametrize("largest", [1, 2, 3, 6])
def test_a_batch_that_is_too_large_is_halved_until_it_passes(amo, largest):
    amo.largest = largest

    assert many(amo, range(1, 8)) == (Done(),) * 7
    assert sorted(write["id"] for write in amo.writes) == list(range(1, 8))


def test_a_batch_is_no_larger_than_the_settings_say(amo):
    assert many(amo, range(1, 8), batch_size=3) == (Done(),) * 7
    assert patches(amo) == 3


def test_what_the_answer_to_a_batch_leaves_out_goes_alone(amo):
    amo.silent_about = {2, 5}

    assert many(amo, range(1, 8), verify_writes=False) == (Done(),) * 7
    assert sorted(write["id"] for write in amo.writes) == list(range(1, 8))
    assert patches(amo) == 3


def test_a_lost_answer_to_a_batch_is_looked_up_at_once(amo):
    amo.faults[1] = Fault(Unreachable("timed out"), applied=True)

    assert many(amo, range(1, 8), "task") == (Done(),) * 7
    assert patches(amo) == 1


def test_a_filter_that_the_account_does_not_honour_costs_calls_and_nothing_else(amo):
    amo.filters = False

    assert many(amo, range(1, 8), lead_filters=True) == (Done(),) * 7


def test_a_batch_is_in_one_name(amo):
    users = {1: BORIS, 2: CAROL, 3: BORIS}
    handovers = [Handover(str(one), str(user), str(ANNA)) for one, user in users.items()]

    assert writer(amo, act_as_employee=True).set_responsible_many("contact", handovers) == (Done(),) * 3
    assert sorted(map(str, amo.names)) == [str(BORIS), str(CAROL)]
    assert {one: amo.rows["contacts"][one]["responsible_user_id"] for one in users} == users


def test_an_entity_named_twice_is_refused(amo):
    with pytest.raises(ValueError, match="twice"):
        writer(amo).set_responsible_many("deal", [Handover("1", "12", "11"), Handover("1", "13", "11")])


def test_nothing_to_hand_over_is_no_call(amo):
    assert writer(amo).set_responsible_many("deal", []) == ()
    assert amo.calls == []
