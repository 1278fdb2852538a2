"""Tasks, deals, contacts, companies and the directory: one record in, one entity out, or what is wrong with it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workplaces_amocrm.translate import directory
from workplaces_amocrm.translate.due import complete_till_of, due_of
from workplaces_amocrm.translate.rules import Rules
from workplaces_amocrm.translate.work import company, contact, deal, task

from workplaces_core import wire
from workplaces_core.changes import Set
from workplaces_core.model import Account, Subject, User

MOSCOW, SAO_PAULO = ZoneInfo("Europe/Moscow"), ZoneInfo("America/Sao_Paulo")
RULES = Rules(zone=MOSCOW)
TASK = {
    "id": 7087, "task_type_id": 2, "text": "Позвонить", "responsible_user_id": 123, "created_at": 1575364000,
    "complete_till": 1575665940, "is_completed": False, "entity_id": 9, "entity_type": "leads", "result": [],
}  # fmt: skip
DEAL = {
    "id": 9, "name": "Поставка", "responsible_user_id": 5, "pipeline_id": 10, "status_id": 142, "price": 100,
    "_embedded": {"tags": [{"id": 1, "name": "vip"}], "companies": [{"id": 3}]},
}  # fmt: skip


@pytest.mark.parametrize("seconds", [0, 30, 59])
def test_23_59_of_the_accounts_zone_is_all_day_whatever_the_seconds(seconds):
    assert due_of(1575665940 + seconds, MOSCOW) == date(2019, 12, 6)


@pytest.mark.parametrize("seconds", [-1, 60])
def test_a_second_before_and_after_is_an_exact_time(seconds):
    assert due_of(1575665940 + seconds, MOSCOW) == datetime(2019, 12, 6, 20, 59, tzinfo=UTC) + timedelta(
        seconds=seconds
    )


@given(
    st.dates(date(1970, 1, 2), date(2199, 12, 30)),
    st.sampled_from(["Europe/Moscow", "America/Sao_Paulo", "Asia/Kolkata", "UTC", "America/New_York"]),
)
def test_a_day_comes_back_as_the_same_day(day, zone):
    assert due_of(complete_till_of(day, ZoneInfo(zone)), ZoneInfo(zone)) == day


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC)),
    st.sampled_from(["23:59", "18:00"]),
)
def test_an_exact_time_stays_exact_and_at_most_a_minute_early(moment, all_day):
    back = due_of(complete_till_of(moment, MOSCOW, all_day), MOSCOW, all_day)

    assert isinstance(back, datetime)
    assert timedelta(0) <= moment - back < timedelta(seconds=61)


def test_where_23_59_comes_twice_the_later_one_ends_the_day():
    assert complete_till_of(date(2018, 2, 17), SAO_PAULO) == datetime(2018, 2, 18, 2, 59, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("zone", ["America/Nuuk", "America/Godthab", "America/Scoresbysund"])
def test_a_day_whose_23_59_the_clocks_skip_cannot_be_held(zone):
    with pytest.raises(ValueError, match="`2027-03-27` has no 23:59"):
        complete_till_of(date(2027, 3, 27), ZoneInfo(zone))
    assert due_of(complete_till_of(date(2027, 3, 28), ZoneInfo(zone)), ZoneInfo(zone)) == date(2027, 3, 28)


def test_a_day_that_a_zone_leaves_out_cannot_be_held():
    with pytest.raises(ValueError, match="the clocks skip it"):
        complete_till_of(date(2011, 12, 30), ZoneInfo("Pacific/Apia"))


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        complete_till_of(datetime(2026, 11, 24, 10), MOSCOW)


@pytest.mark.parametrize(
    ("kind", "entity", "subject"),
    [
        ("leads", 9, Subject("deal", "9")), ("contacts", 9, Subject("contact", "9")),
        ("companies", "9", Subject("company", "9")), ("customers", 9, None), (None, None, None), ("", 0, None),
        (None, 0, None), ("leads", 0, None), ("leads", None, None), (0, 0, None), ("contacts", "", None),
    ],
)  # fmt: skip
def test_a_task_hangs_on_what_amocrm_says_in_any_spelling_of_nothing(kind, entity, subject):
    read = task(TASK | {"entity_type": kind, "entity_id": entity}, RULES)

    assert read.value.subject == subject
    assert read.problems == ()


def test_a_task_may_lack_the_keys_of_its_subject():
    raw = {name: value for name, value in TASK.items() if not name.startswith("entity")}

    assert task(raw, RULES).value.subject is None


def test_a_task_on_what_nobody_knows_is_kept_and_told():
    read = task(TASK | {"entity_type": "planets"}, RULES)

    assert read.value.subject is None
    assert str(read.problems[0]).startswith('tasks[7087].entity_type: `"planets"` must be one of leads')


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("complete_till", "soon"), ("complete_till", None), ("complete_till", -1), ("complete_till", 10**11),
        ("created_at", True), ("task_type_id", None), ("responsible_user_id", "Anna"), ("text", 7),
        ("text", "\ud83d"), ("is_completed", "maybe"),
    ],
)  # fmt: skip
def test_a_task_that_cannot_be_used_is_set_aside_with_path_and_value(name, value):
    read = task(TASK | {name: value}, RULES)

    assert read.value is None
    assert [(problem.path, problem.value) for problem in read.problems] == [(f"tasks[7087].{name}", value)]


@pytest.mark.parametrize("read", [task, deal, contact, company])
@pytest.mark.parametrize(("raw", "place"), [({}, "[?].id"), ({"id": "x"}, "[?].id"), (None, "[?]"), ([], "[?]")])
def test_a_record_without_an_id_is_set_aside(read, raw, place):
    found = read(raw, RULES)

    assert found.value is None
    assert [problem.path for problem in found.problems] == [
        {task: "tasks", deal: "leads", contact: "contacts", company: "companies"}[read] + place
    ]


def test_a_null_text_is_an_empty_one():
    assert task(TASK | {"text": None}, RULES).value.text == ""


def test_a_deal_has_ids_for_pipeline_and_stage_and_its_main_contact_first():
    raw = DEAL | {"_embedded": DEAL["_embedded"] | {"contacts": [{"id": 4}, {"id": 2, "is_main": True}, {"id": 3}]}}
    read = deal(raw, RULES).value

    assert read.fields == {"pipeline": "10", "stage": "142", "price": 100}
    assert (read.contacts, read.company, read.tags) == (("2", "4", "3"), "3", ("vip",))


@pytest.mark.parametrize("nobody", [0, None, "0"], ids=repr)
def test_a_deal_may_be_nobodys(nobody):
    assert deal(DEAL | {"responsible_user_id": nobody}, RULES).value.responsible is None


def test_a_bad_price_or_tag_costs_the_deal_nothing_else():
    read = deal(DEAL | {"price": "дорого", "_embedded": {"tags": [{"name": None}, {"name": "vip"}]}}, RULES)

    assert read.value.fields == {"pipeline": "10", "stage": "142"}
    assert read.value.tags == ("vip",)
    assert [problem.path for problem in read.problems] == ["leads[9]._embedded.tags[0].name", "leads[9].price"]


def test_php_writes_nothing_as_an_empty_list():
    assert deal(DEAL | {"_embedded": []}, RULES).value.contacts == ()


def test_the_default_group_is_group_0():
    raw = {"id": 5, "name": "Анна", "rights": {"group_id": None, "is_active": True}, "_embedded": {"groups": []}}

    assert directory.user(raw, RULES).value == User("5", "Анна", groups=("0",))
    assert directory.user(raw, Rules(null_group_is_default=False)).value.groups == ()


def test_a_user_who_left_is_not_active():
    raw = {"id": 5, "name": "Анна", "rights": {"group_id": 7, "is_active": False}}

    assert directory.user(raw, RULES).value == User("5", "Анна", active=False, groups=("7",))


def test_an_account_in_a_zone_that_nobody_knows_is_read_by_its_offset_and_told():
    zone = {"timezone": "Europe/Atlantis", "timezone_offset": "+03:00"}
    read = directory.account({"id": 5, "_embedded": {"datetime_settings": zone}})

    assert read.value == Account("5", "Etc/GMT-3")
    assert [problem.path for problem in read.problems] == ["account._embedded.datetime_settings.timezone"]


@pytest.mark.parametrize(
    ("read", "raw"),
    [(directory.group, {"id": 1}), (directory.task_type, {"name": "x"}), (directory.group, None)],
)
def test_a_directory_of_gaps_is_read_as_far_as_it_goes(read, raw):
    assert read(raw).value is None or read(raw).value.name == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*DEAL, *TASK, "values"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(st.sampled_from([(task, TASK, "task"), (deal, DEAL, "deal"), (contact, DEAL, "contact")]), st.data())
def test_whatever_stands_in_a_record_is_read_as_what_the_core_accepts_or_told(what, data):
    read, raw, kind = what
    name = data.draw(st.sampled_from([*raw, "custom_fields_values"]))
    found = read(raw | {name: data.draw(JSON)}, RULES)

    if found.value is None:
        assert found.problems
    else:
        written = wire.dump(Set(kind, found.value))
        assert wire.dump(wire.load_changes([written])[0]) == written
