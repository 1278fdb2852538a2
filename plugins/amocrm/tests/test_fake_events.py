"""The local amoCRM: what changed can be read from the events feed, deletions included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from workplaces_amocrm.fake import FakeAccount, FakeAmo, FakeSettings

NOON = 1_700_000_000
EASY = FakeSettings.unthrottled()


@pytest.fixture
def fake() -> Iterator[FakeAmo]:
    account = FakeAccount.empty(now=NOON)
    account.add_user("Анна", id=201)
    account.add("leads", id=7)
    account.add("contacts", id=8)
    account.add("tasks", id=1, text="Было", complete_till=NOON)
    with FakeAmo.start(account, settings=EASY) as running:
        running.clock.set(NOON)
        yield running


def feed(fake: FakeAmo, query: str = "") -> list[dict[str, Any]]:
    answer = fake.ask("GET", f"events?{query}")
    return answer.json()["_embedded"]["events"] if answer.content else []


def types(fake: FakeAmo, query: str = "") -> list[str]:
    return [event["type"] for event in feed(fake, query)]


@pytest.mark.parametrize(
    ("sent", "type_", "before", "after"),
    [
        ({"text": "Стало"}, "task_text_changed", [{"task": {"text": "Было"}}], [{"task": {"text": "Стало"}}]),
        (
            {"complete_till": NOON + 9},
            "task_deadline_changed",
            [{"task_deadline": {"timestamp": NOON}}],
            [{"task_deadline": {"timestamp": NOON + 9}}],
        ),
        ({"task_type_id": 2}, "task_type_changed", [{"task_type": {"id": 1}}], [{"task_type": {"id": 2}}]),
    ],
)
def test_a_changed_task_tells_what_it_was_and_is(
    fake: FakeAmo, sent: dict[str, Any], type_: str, before: Any, after: Any
) -> None:
    fake.ask("PATCH", "tasks/1", sent)
    (event,) = feed(fake)

    assert (event["type"], event["value_before"], event["value_after"]) == (type_, before, after)
    assert (event["entity_id"], event["entity_type"], event["created_by"], event["created_at"]) == (
        1,
        "task",
        101,
        NOON,
    )
    assert event["_embedded"]["entity"]["_links"]["self"]["href"].endswith("/api/v4/tasks/1")
    assert fake.ask("GET", f"events/{event['id']}").json() == event


def test_completing_with_a_result_tells_both(fake: FakeAmo) -> None:
    fake.ask("PATCH", "tasks/1", {"is_completed": True, "result": {"text": "Да"}})

    assert sorted(types(fake)) == ["task_completed", "task_result_added"]


def test_everybody_tells_of_a_new_responsible_user_but_tasks_only_if_switched_on(fake: FakeAmo) -> None:
    for path in ("leads/7", "contacts/8", "tasks/1"):
        fake.ask("PATCH", path, {"responsible_user_id": 201})
    assert [(event["entity_type"], event["type"]) for event in feed(fake)] == [
        ("contact", "entity_responsible_changed"),
        ("lead", "entity_responsible_changed"),
    ]
    assert feed(fake)[0]["value_before"] == [{"responsible_user": {"id": 101}}]
    assert feed(fake)[0]["value_after"] == [{"responsible_user": {"id": 201}}]
    fake.settings = evolve(EASY, task_responsible_events=True)
    fake.edit("tasks", 1, {"responsible_user_id": 101})
    assert feed(fake)[0]["entity_type"] == "task"


def test_deals_tell_of_stage_money_name_tags_and_fields(fake: FakeAmo) -> None:
    fake.account.add_field("leads", "text", "Поле", id=5)
    fields = [{"field_id": 5, "values": [{"value": "x"}]}]
    fake.edit("leads", 7, {"tags_to_add": [{"name": "vip"}]})
    sent = {"status_id": 1102, "price": 5, "name": "Иначе", "custom_fields_values": fields}
    fake.edit("leads", 7, {**sent, "tags_to_delete": [{"name": "vip"}]})

    assert sorted(types(fake)) == [
        "custom_field_value_changed", "entity_tag_added", "entity_tag_deleted", "lead_status_changed",
        "name_field_changed", "sale_field_changed",
    ]  # fmt: skip
    (stage,) = feed(fake, "filter[type]=lead_status_changed")
    assert stage["value_before"] == [{"lead_status": {"id": 1101, "pipeline_id": 1100}}]
    assert stage["value_after"] == [{"lead_status": {"id": 1102, "pipeline_id": 1100}}]


def test_adding_deleting_and_restoring_are_told(fake: FakeAmo) -> None:
    fake.create("companies", {"name": "ООО"})
    fake.remove("tasks", 1)
    fake.remove("leads", 7)
    fake.restore("leads", 7)

    assert types(fake) == ["lead_restored", "lead_deleted", "task_deleted", "company_added"]
    assert fake.ask("GET", "tasks?filter[updated_at]=1").status_code == 204


def test_the_feed_may_come_oldest_first(fake: FakeAmo) -> None:
    fake.remove("tasks", 1)
    fake.remove("leads", 7)
    fake.settings = evolve(EASY, events_newest_first=False)

    assert types(fake) == ["task_deleted", "lead_deleted"]


def test_the_feed_is_filtered_by_time_type_entity_and_author(fake: FakeAmo) -> None:
    fake.edit("tasks", 1, {"text": "Раз"}, by=201)
    fake.clock.advance(10)
    fake.edit("leads", 7, {"price": 5})
    fake.clock.advance(10)
    fake.remove("contacts", 8)
    first, second, third = "task_text_changed", "sale_field_changed", "contact_deleted"

    for query, expected in (
        (f"filter[created_at]={NOON + 10}", [third, second]),
        (f"filter[created_at]={NOON},{NOON + 10}", [second, first]),
        (f"filter[created_at][from]={NOON + 1}&filter[created_at][to]={NOON + 10}", [second]),
        (f"filter[type][]={first}&filter[type][]={third}", [third, first]),
        (f"filter[type]={first},{third}", [third, first]),
        ("filter[entity][]=lead", [second]),
        ("filter[entity][]=lead&filter[entity_id][]=7", [second]),
        ("filter[entity][]=lead&filter[entity_id][]=8", []),
        ("filter[created_by][]=201", [first]),
    ):
        assert types(fake, query) == expected, query
    assert fake.violations == []


def test_at_most_ten_ids_of_one_entity_type_are_asked_for(fake: FakeAmo) -> None:
    many = "&".join(f"filter[entity_id][]={n}" for n in range(11))

    assert fake.ask("GET", f"events?filter[entity]=lead&{many}").status_code == 400
    assert fake.ask("GET", "events?filter[entity_id]=7").status_code == 400
    assert fake.ask("GET", "events?filter[entity]=lead,task&filter[entity_id]=7").status_code == 400
    assert fake.violations[0].rule == "too many values"


def test_writing_what_is_there_already_is_no_event(fake: FakeAmo) -> None:
    fake.ask("PATCH", "tasks/1", {"text": "Было"})

    assert feed(fake) == []
