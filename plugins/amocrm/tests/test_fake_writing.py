"""The local amoCRM: a write changes what it names and nothing else, for all that it names or for none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from attrs import evolve
from workplaces_amocrm.fake import FakeAccount, FakeAmo, FakeSettings

NOON = 1_700_000_000
EASY = FakeSettings.unthrottled()


@pytest.fixture
def fake() -> Iterator[FakeAmo]:
    account = FakeAccount.empty(now=NOON)
    account.add_user("Анна", id=201, group=512)
    account.add_group(512, "Колл-центр")
    account.add("leads", id=7)
    account.add("contacts", id=8, name="Пётр")
    account.add("companies", id=9)
    for number in (1, 2, 3):
        account.add("tasks", id=number, entity_type="leads", entity_id=7)
    with FakeAmo.start(account, settings=EASY) as running:
        running.clock.set(NOON + 100)
        yield running


def rules(fake: FakeAmo) -> list[str]:
    return [violation.rule for violation in fake.violations]


def flaws(answer: Any) -> list[tuple[str, str, str]]:
    assert answer.status_code == 400, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "Request validation failed"
    return [
        (group["request_id"], error["code"], error["path"])
        for group in answer.json()["validation-errors"]
        for error in group["errors"]
    ]


def test_a_patch_changes_only_the_keys_it_has_and_stamps_the_task(fake: FakeAmo) -> None:
    before = dict(fake.account.tasks[1])
    answer = fake.ask("PATCH", "tasks/1", {"complete_till": NOON + 5})

    assert answer.json() == {
        "id": 1,
        "request_id": "0",
        "updated_at": NOON + 100,
        "_links": {"self": {"href": f"{fake.url}/api/v4/tasks/1"}},
    }
    assert fake.account.tasks[1] == {**before, "complete_till": NOON + 5, "updated_at": NOON + 100, "updated_by": 101}


def test_a_new_responsible_user_brings_his_group(fake: FakeAmo) -> None:
    for path in ("tasks/1", "leads/7", "contacts/8", "companies/9"):
        assert fake.ask("PATCH", path, {"responsible_user_id": 201}).status_code == 200
        entity, id_ = path.split("/")
        row = fake.account.table(entity)[int(id_)]
        assert (row["responsible_user_id"], row["group_id"]) == (201, 512)


def test_replies_show_what_the_documentation_shows(fake: FakeAmo) -> None:
    lead, contact = (fake.ask("PATCH", path, {"responsible_user_id": 201}).json() for path in ("leads/7", "contacts/8"))
    batch = fake.ask("PATCH", "tasks", [{"id": 1, "text": "Да"}, {"id": 2, "text": "Нет", "request_id": "x"}]).json()

    assert set(lead) == {"id", "updated_at", "_links"}
    assert set(contact) == {"id", "name", "updated_at", "_links"}
    assert [(row["id"], row["request_id"]) for row in batch["_embedded"]["tasks"]] == [(1, "0"), (2, "x")]
    assert [set(row) for row in batch["_embedded"]["tasks"]] == [{"id", "updated_at", "request_id", "_links"}] * 2


def test_one_bad_item_refuses_the_whole_batch(fake: FakeAmo) -> None:
    answer = fake.ask("PATCH", "tasks", [{"id": 1, "text": "Да"}, {"id": 2, "responsible_user_id": 999}, {"id": 66}])

    assert flaws(answer) == [
        ("1", "NotSupportedChoice", "responsible_user_id"),
        ("2", "NotSupportedChoice", "id"),
    ]
    assert fake.account.tasks[1]["text"] != "Да"
    assert not fake.account.events
    assert [record.applied for record in fake.writes()] == [False]


@pytest.mark.parametrize(
    ("sent", "code", "path"),
    [
        ({"text": 5}, "InvalidType", "text"),
        ({"text": ""}, "NotBlank", "text"),
        ({"complete_till": "завтра"}, "InvalidType", "complete_till"),
        ({"is_completed": "yes"}, "InvalidType", "is_completed"),
        ({"result": "Готово"}, "InvalidType", "result"),
        ({"task_type_id": 77}, "NotSupportedChoice", "task_type_id"),
        ({"entity_id": 7}, "FieldMissing", "entity_type"),
        ({"entity_id": 70, "entity_type": "leads"}, "NotSupportedChoice", "entity_id"),
        ({"entity_id": 7, "entity_type": "lead"}, "NotSupportedChoice", "entity_type"),
    ],
)
def test_a_task_takes_only_what_fits(fake: FakeAmo, sent: dict[str, Any], code: str, path: str) -> None:
    before = dict(fake.account.tasks[1])

    assert ("0", code, path) in flaws(fake.ask("PATCH", "tasks/1", sent))
    assert fake.account.tasks[1] == before


def test_creating_needs_text_and_deadline_and_defaults_to_the_user_of_the_token(fake: FakeAmo) -> None:
    assert flaws(fake.ask("POST", "tasks", [{"text": "Позвонить"}])) == [("0", "FieldMissing", "complete_till")]
    token = fake.long_lived(201)
    sent = [{"text": "Позвонить", "complete_till": NOON, "entity_type": "leads", "entity_id": 7, "request_id": "a"}]
    (made,) = fake.ask("POST", "tasks", sent, token=token).json()["_embedded"]["tasks"]

    assert set(made) == {"id", "request_id", "_links"}
    assert made["request_id"] == "a"
    row = fake.account.tasks[made["id"]]
    assert (row["responsible_user_id"], row["group_id"], row["created_by"], row["created_at"]) == (
        201, 512, 201, NOON + 100,
    )  # fmt: skip


def test_completing_takes_the_result_and_a_strict_server_insists_on_it(fake: FakeAmo) -> None:
    assert fake.ask("PATCH", "tasks/1", {"is_completed": True}).status_code == 200
    assert rules(fake) == ["completed without result"]
    fake.settings = evolve(EASY, completion_needs_result=True)
    assert flaws(fake.ask("PATCH", "tasks/2", {"is_completed": True})) == [("0", "FieldMissing", "result")]
    assert fake.ask("PATCH", "tasks/2", {"is_completed": True, "result": {"text": "Да"}}).status_code == 200
    assert fake.account.tasks[2]["result"] == {"text": "Да"}


def test_a_batch_has_at_most_250_entities_and_50_are_advised(fake: FakeAmo) -> None:
    ids = [fake.account.add("tasks")["id"] for _ in range(251)]
    sent = [{"id": id_, "text": "Иначе"} for id_ in ids]

    assert fake.ask("PATCH", "tasks", sent).status_code == 400
    fake.settings = evolve(EASY, oversized_batch=504)
    assert fake.ask("PATCH", "tasks", sent).status_code == 504
    assert not any(fake.account.tasks[id_]["text"] == "Иначе" for id_ in ids)
    assert fake.ask("PATCH", "tasks", sent[:250]).status_code == 200
    assert fake.ask("PATCH", "tasks", sent[:50]).status_code == 200
    assert [rule for rule in rules(fake) if rule != "unchanged field"] == [
        *["batch over limit"] * 2,
        "batch over advice",
    ]


@pytest.mark.parametrize("applies", [False, True])
def test_a_batch_may_time_out_with_or_without_effect(fake: FakeAmo, applies: bool) -> None:
    fake.settings = evolve(EASY, gateway_timeout_above=1, gateway_timeout_applies=applies)
    sent = [{"id": 1, "text": "Иначе"}, {"id": 2, "text": "Иначе"}]

    answer = fake.ask("PATCH", "tasks", sent)
    assert (answer.status_code, answer.headers["Content-Type"]) == (504, "text/html; charset=utf-8")
    assert (fake.account.tasks[1]["text"] == "Иначе") is applies
    assert fake.ask("PATCH", "tasks", sent[:1]).status_code == 200


@pytest.mark.parametrize(("policy", "status"), [(404, 404), (400, 400)])
def test_an_unknown_id_is_refused(fake: FakeAmo, policy: Any, status: int) -> None:
    fake.settings = evolve(EASY, unknown_id=policy)

    assert fake.ask("PATCH", "tasks/66", {"text": "Да"}).status_code == status
    fake.remove("leads", 7)
    assert fake.ask("PATCH", "leads/7", {"price": 1}).status_code == status


def test_unknown_and_unchanged_fields_are_logged(fake: FakeAmo) -> None:
    text = fake.account.tasks[1]["text"]
    fake.ask("PATCH", "tasks/1", {"text": text, "colour": "red", "updated_at": NOON + 200})

    assert sorted(rules(fake)) == ["unchanged field", "unknown field", "updated_at written"]
    assert fake.account.tasks[1]["updated_at"] == NOON + 200
    fake.settings = FakeSettings.strict()
    assert flaws(fake.ask("PATCH", "tasks/1", {"colour": "red"})) == [("0", "NotSupportedChoice", "colour")]


def test_writing_what_is_there_may_leave_updated_at_alone(fake: FakeAmo) -> None:
    text = fake.account.tasks[1]["text"]
    fake.settings = evolve(EASY, touch_unchanged=False)
    fake.ask("PATCH", "tasks/1", {"text": text})
    assert fake.account.tasks[1]["updated_at"] == NOON
    fake.settings = EASY
    fake.ask("PATCH", "tasks/1", {"text": text})
    assert fake.account.tasks[1]["updated_at"] == NOON + 100
    assert not fake.account.events


def test_a_task_may_be_reset_to_the_user_of_the_token_by_any_patch(fake: FakeAmo) -> None:
    token = fake.long_lived(201)
    fake.ask("PATCH", "tasks/1", {"text": "Да"}, token=token)
    assert fake.account.tasks[1]["responsible_user_id"] == 101
    fake.settings = evolve(EASY, patch_resets_responsible=True)
    fake.ask("PATCH", "tasks/1", {"text": "Нет"}, token=token)
    assert fake.account.tasks[1]["responsible_user_id"] == 201


def test_a_patch_may_have_to_repeat_text_and_deadline(fake: FakeAmo) -> None:
    fake.settings = evolve(EASY, patch_needs_task_fields=True)

    assert [path for _, _, path in flaws(fake.ask("PATCH", "tasks/1", {"responsible_user_id": 201}))] == [
        "text",
        "complete_till",
    ]


def test_inactive_users_may_be_refused_as_responsible(fake: FakeAmo) -> None:
    fake.account.add_user("Лев", id=202, is_active=False)

    assert fake.ask("PATCH", "tasks/1", {"responsible_user_id": 202}).status_code == 200
    fake.settings = evolve(EASY, inactive_responsible="reject")
    assert flaws(fake.ask("PATCH", "tasks/2", {"responsible_user_id": 202}))[0][2] == "responsible_user_id"


def test_a_deal_may_take_its_tasks_and_contacts_along(fake: FakeAmo) -> None:
    fake.account.link(("leads", 7), ("contacts", 8))
    fake.ask("PATCH", "leads/7", {"responsible_user_id": 201})
    assert {fake.account.tasks[1]["responsible_user_id"], fake.account.contacts[8]["responsible_user_id"]} == {101}
    fake.settings = evolve(EASY, cascade_responsible=True)
    fake.ask("PATCH", "leads/7", {"responsible_user_id": 101})
    fake.ask("PATCH", "leads/7", {"responsible_user_id": 201})
    assert {fake.account.tasks[1]["responsible_user_id"], fake.account.contacts[8]["responsible_user_id"]} == {201}


def test_a_stage_belongs_to_its_pipeline_and_the_last_ones_close_the_deal(fake: FakeAmo) -> None:
    assert flaws(fake.ask("PATCH", "leads/7", {"status_id": 99}))[0][2] == "status_id"
    fake.ask("PATCH", "leads/7", {"status_id": 142})
    assert fake.account.leads[7]["closed_at"] == NOON + 100
    fake.ask("PATCH", "leads/7", {"status_id": 1102, "updated_by": 0})
    assert (fake.account.leads[7]["closed_at"], fake.account.leads[7]["updated_by"]) == (None, 0)
    assert rules(fake) == []


def test_tags_are_added_deleted_replaced_and_cleared(fake: FakeAmo) -> None:
    def names() -> list[str]:
        return [tag["name"] for tag in fake.account.leads[7]["_embedded"]["tags"]]

    fake.ask("PATCH", "leads/7", {"tags_to_add": [{"name": "vip"}, {"name": "тендер"}]})
    assert names() == ["vip", "тендер"]
    fake.ask("PATCH", "leads/7", {"tags_to_delete": [{"name": "vip"}], "tags_to_add": [{"name": "новый"}]})
    assert names() == ["тендер", "новый"]
    fake.ask("PATCH", "leads/7", {"_embedded": {"tags": [{"name": "дилер"}]}})
    assert names() == ["дилер"]
    assert flaws(fake.ask("PATCH", "leads/7", {"tags_to_add": [{"id": 1}]}))[0][2] == "tags_to_add.0.id"
    fake.ask("PATCH", "leads/7", {"_embedded": {"tags": None}})
    assert names() == []


@pytest.mark.parametrize(
    ("type_", "sent", "shown"),
    [
        ("text", [{"value": "да"}], [{"value": "да"}]),
        ("numeric", [{"value": 1.5}], [{"value": "1.5"}]),
        ("checkbox", [{"value": True}], [{"value": True}]),
        ("select", [{"value": "Сайт"}], [{"value": "Сайт", "enum_id": 51, "enum_code": None}]),
        ("select", [{"enum_id": 52}], [{"value": "Звонок", "enum_id": 52, "enum_code": None}]),
        ("date", [{"value": "2023-11-14T22:13:20+00:00"}], [{"value": NOON}]),
        ("date_time", [{"value": NOON}], [{"value": NOON}]),
        (
            "smart_address",
            [{"value": "Тула", "enum_code": "city"}],
            [{"value": "Тула", "enum_id": 3, "enum_code": "city"}],
        ),
        (
            "multitext",
            [{"value": "+7", "enum_code": "Звонок"}],
            [{"value": "+7", "enum_id": 52, "enum_code": "Звонок"}],
        ),
        ("chained_list", [{"catalog_id": 1, "catalog_element_id": 2}], [{"catalog_id": 1, "catalog_element_id": 2}]),
        ("legal_entity", [{"value": {"name": "ООО"}}], [{"value": {"name": "ООО"}}]),
    ],
)
def test_custom_fields_are_written_and_shown_by_type(fake: FakeAmo, type_: str, sent: Any, shown: Any) -> None:
    fake.account.add_field("leads", type_, "Поле", id=5, enums={51: "Сайт", 52: "Звонок"})
    fake.account.add_field("leads", "text", "Другое", id=6)
    fake.ask("PATCH", "leads/7", {"custom_fields_values": [{"field_id": 6, "values": [{"value": "стоит"}]}]})
    fake.ask("PATCH", "leads/7", {"custom_fields_values": [{"field_id": 5, "values": sent}]})
    held = {one["field_id"]: one for one in fake.ask("GET", "leads/7").json()["custom_fields_values"]}

    assert held[5] == {"field_id": 5, "field_name": "Поле", "field_code": None, "field_type": type_, "values": shown}
    assert held[6]["values"] == [{"value": "стоит"}]
    for field in (5, 6):
        fake.ask("PATCH", "leads/7", {"custom_fields_values": [{"field_id": field, "values": None}]})
    assert fake.ask("GET", "leads/7").json()["custom_fields_values"] is None


def test_unknown_custom_fields_and_choices_are_refused(fake: FakeAmo) -> None:
    fake.account.add_field("leads", "select", "Источник", id=5, enums={51: "Сайт"})
    fields = [{"field_id": 4, "values": [{"value": "x"}]}, {"field_id": 5, "values": [{"value": "Нет такого"}]}]

    assert [path for _, _, path in flaws(fake.ask("PATCH", "leads/7", {"custom_fields_values": fields}))] == [
        "custom_fields_values.0.field_id",
        "custom_fields_values.1.values.0.value",
    ]


def test_the_nearest_open_task_shows_on_its_deal(fake: FakeAmo) -> None:
    fake.ask("PATCH", "tasks", [{"id": 1, "complete_till": NOON + 30}, {"id": 2, "complete_till": NOON + 20}])
    assert fake.account.leads[7]["closest_task_at"] == NOON + 20
    fake.ask("PATCH", "tasks/2", {"is_completed": True, "result": {"text": ""}})
    assert fake.account.leads[7]["closest_task_at"] == NOON + 30
    fake.remove("tasks", 1)
    assert fake.account.leads[7]["closest_task_at"] == NOON + 86_400


def test_links_are_tied_and_untied(fake: FakeAmo) -> None:
    main = {"to_entity_id": 8, "to_entity_type": "contacts", "metadata": {"main_contact": True}}
    assert fake.ask("POST", "leads/7/link", [main]).json()["_embedded"]["links"][0]["metadata"] == {
        "main_contact": True
    }
    many = [{"entity_id": 7, "to_entity_id": 9, "to_entity_type": "companies"}]
    assert fake.ask("POST", "leads/link", many).status_code == 200
    assert len(fake.ask("GET", "leads/7/links").json()["_embedded"]["links"]) == 2
    assert fake.ask("POST", "leads/7/unlink", [main]).status_code == 204
    assert fake.ask("GET", "contacts/8/links").status_code == 204
    assert flaws(fake.ask("POST", "leads/7/link", [{"to_entity_id": 99, "to_entity_type": "contacts"}]))


def test_deals_come_with_contact_and_company_in_one_call_of_at_most_50(fake: FakeAmo) -> None:
    one = {"name": "Новая", "_embedded": {"contacts": [{"first_name": "Иван"}], "companies": [{"name": "ООО"}]}}
    (made,) = fake.ask("POST", "leads/complex", [one]).json()

    links = fake.ask("GET", f"leads/{made['id']}/links").json()["_embedded"]["links"]
    assert {(row["to_entity_type"], row["to_entity_id"]) for row in links} == {
        ("contacts", made["contact_id"]),
        ("companies", made["company_id"]),
    }
    assert fake.ask("POST", "leads/complex", [one] * 51).status_code == 400


def test_bodies_may_come_in_chunks(fake: FakeAmo) -> None:
    head = {"Authorization": f"Bearer {fake.token}"}
    parts = iter([b'{"text": ', b'"\xd0\x94\xd0\xb0"}'])
    with httpx.Client(base_url=fake.url, headers=head) as client:
        assert client.patch("/api/v4/tasks/1", content=parts).status_code == 200
        assert client.get("/api/v4/tasks/1").json()["text"] == "Да"
        assert client.patch("/api/v4/tasks/1", content=b"{nonsense").status_code == 400
    assert rules(fake) == ["unreadable body"]


def test_a_body_that_is_not_json_or_not_an_array_is_refused(fake: FakeAmo) -> None:
    assert fake.ask("PATCH", "tasks", {"id": 1}).status_code == 400
    assert fake.ask("PATCH", "tasks", []).status_code == 400
    assert fake.ask("PATCH", "tasks/1", [{"text": "Да"}]).status_code == 400


def test_colleagues_change_the_account_as_requests_do(fake: FakeAmo) -> None:
    made = fake.create("tasks", {"text": "Позвонить", "complete_till": NOON}, by=201)
    fake.edit("tasks", made["id"], {"text": "Написать"}, by=201)
    fake.remove("tasks", made["id"], by=201)

    types = [(event["type"], event["created_by"]) for event in fake.account.events.values()]
    assert types == [("task_added", 201), ("task_text_changed", 201), ("task_deleted", 201)]
    assert fake.ask("GET", f"tasks/{made['id']}").status_code == 204
    assert fake.writes() == []
    with pytest.raises(ValueError, match="NotSupportedChoice"):
        fake.edit("tasks", 1, {"responsible_user_id": 999})


def test_merging_moves_tasks_and_links_to_what_is_kept(fake: FakeAmo) -> None:
    fake.account.add("leads", id=17)
    fake.link(("leads", 7), ("contacts", 8))
    fake.merge("leads", 17, 7)

    assert {task["entity_id"] for task in fake.account.tasks.values()} == {17}
    assert [row["to_entity_id"] for row in fake.ask("GET", "leads/17/links").json()["_embedded"]["links"]] == [8]
    assert fake.ask("GET", "leads/7").status_code == 204
    assert [event["type"] for event in fake.account.events.values()] == ["entity_merged"]
    fake.restore("leads", 7)
    assert fake.ask("GET", "leads/7").status_code == 200
