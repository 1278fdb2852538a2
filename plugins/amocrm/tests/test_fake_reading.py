"""The local amoCRM: lists come in pages, filters in every spelling, and rows in amoCRM's own shapes."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

import pytest
from attrs import evolve
from workplaces_amocrm.fake import FakeAccount, FakeAmo, FakeSettings

NOON = 1_700_000_000
EASY = FakeSettings.unthrottled()


@pytest.fixture
def fake() -> Iterator[FakeAmo]:
    account = FakeAccount.empty(now=NOON)
    account.add_user("Анна", id=201)
    with FakeAmo.start(account, settings=EASY) as running:
        yield running


def tasks(fake: FakeAmo, count: int, **given: Any) -> list[int]:
    return [fake.account.add("tasks", id=number, **given)["id"] for number in range(1, count + 1)]


def ids(fake: FakeAmo, path: str) -> list[int]:
    answer = fake.ask("GET", path)
    assert answer.status_code in {200, 204}, answer.text
    if answer.status_code == 204:
        return []
    return [row["id"] for row in next(iter(answer.json()["_embedded"].values()))]


def rules(fake: FakeAmo) -> list[str]:
    return [violation.rule for violation in fake.violations]


@pytest.mark.parametrize(
    "path",
    ["tasks", "leads", "contacts", "companies", "events", "webhooks", "leads/tags", "leads/custom_fields",
     "leads/loss_reasons", "customers", "leads/links?filter[entity_id]=1"],
)  # fmt: skip
def test_a_list_with_nothing_in_it_is_204_without_a_body(fake: FakeAmo, path: str) -> None:
    answer = fake.ask("GET", path)

    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers


def test_pages_cover_the_list_once_and_the_links_lead_through_it(fake: FakeAmo) -> None:
    tasks(fake, 5)
    address, seen = f"{fake.url}/api/v4/tasks?limit=2&order[id]=asc", []
    while address:
        body = fake.ask("GET", address.removeprefix(fake.url)).json()
        seen += [row["id"] for row in body["_embedded"]["tasks"]]
        address = body["_links"].get("next", {}).get("href")

    assert seen == [1, 2, 3, 4, 5]
    assert set(body["_links"]) == {"self", "first", "prev"}
    assert not {"_total_items", "_page_count"} & set(body)


def test_next_is_also_given_before_an_empty_page(fake: FakeAmo) -> None:
    tasks(fake, 4)
    last = fake.ask("GET", "tasks?limit=2&page=2&order[id]=asc").json()
    fake.settings = evolve(EASY, next_link="when_more")
    honest = fake.ask("GET", "tasks?limit=2&page=2&order[id]=asc").json()

    assert "next" in last["_links"]
    assert fake.ask("GET", last["_links"]["next"]["href"].removeprefix(fake.url)).status_code == 204
    assert "next" not in honest["_links"]


def test_a_page_has_at_most_250_rows_and_50_by_default(fake: FakeAmo) -> None:
    tasks(fake, 260)

    assert len(ids(fake, "tasks?limit=1000")) == 250
    assert rules(fake) == ["limit over cap"]
    assert len(ids(fake, "tasks")) == 50
    fake.settings = evolve(EASY, over_limit="reject")
    assert fake.ask("GET", "tasks?limit=251").status_code == 400


def test_events_come_by_at_most_100_and_custom_fields_by_at_most_50(fake: FakeAmo) -> None:
    for number in range(120):
        fake.create("tasks", {"text": f"{number}", "complete_till": NOON})
        fake.account.add_field("leads", "text", f"{number}")

    assert len(ids(fake, "events?limit=250")) == 100
    assert rules(fake) == ["limit over cap"]
    fields = fake.ask("GET", "leads/custom_fields?limit=250").json()
    assert len(fields["_embedded"]["custom_fields"]) == 50
    assert fields["_total_items"] == 120


def test_rows_move_while_somebody_pages_by_what_changes(fake: FakeAmo) -> None:
    tasks(fake, 4)
    first = ids(fake, "tasks?limit=2&order[complete_till]=asc")
    fake.edit("tasks", 1, {"complete_till": NOON + 999_999})

    assert first == [1, 2]
    assert ids(fake, "tasks?limit=2&page=2&order[complete_till]=asc") == [4, 1]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_order_sorts_and_equal_rows_stand_in_the_order_of_ids(fake: FakeAmo, order: str) -> None:
    for number, till in ((3, 10), (1, 20), (2, 10)):
        fake.account.add("tasks", id=number, complete_till=till)

    expected = [2, 3, 1] if order == "asc" else [1, 2, 3]
    assert ids(fake, f"tasks?order[complete_till]={order}") == expected


def test_paging_without_an_order_is_logged(fake: FakeAmo) -> None:
    tasks(fake, 4)
    ids(fake, "tasks?limit=2&page=1")
    assert rules(fake) == []
    ids(fake, "tasks?limit=2&page=2")
    assert rules(fake) == ["paging without order"]


@pytest.mark.parametrize(
    "query",
    ["filter[id][]=2&filter[id][]=3", "filter[id][0]=2&filter[id][1]=3", f"{quote('filter[id][]')}=2&filter[id][]=3"],
)
def test_lists_in_filters_come_in_every_spelling(fake: FakeAmo, query: str) -> None:
    tasks(fake, 4)

    assert ids(fake, f"tasks?{query}") == [2, 3]
    assert ids(fake, "tasks?filter[id]=2") == [2]


@pytest.mark.parametrize("spelling", ["filter[is_completed]", "filter[is_completed][]", "filter[is_completed][0]"])
def test_even_yes_and_no_come_as_a_list(fake: FakeAmo, spelling: str) -> None:
    tasks(fake, 3)
    fake.account.tasks[2]["is_completed"] = True

    assert ids(fake, f"tasks?{spelling}=1") == [2]
    assert ids(fake, f"tasks?{spelling}=0") == [1, 3]


def test_every_documented_filter_of_tasks_filters(fake: FakeAmo) -> None:
    tasks(fake, 2)
    lead = fake.account.add("leads", id=7)
    fake.account.tasks[2] |= {"responsible_user_id": 201, "task_type_id": 2, "updated_at": NOON + 50}
    fake.account.tasks[2] |= {"entity_type": "leads", "entity_id": lead["id"]}

    for query in (
        "filter[responsible_user_id]=201",
        "filter[task_type]=2",
        "filter[entity_type]=leads",
        "filter[entity_type]=leads&filter[entity_id][]=7",
        f"filter[updated_at]={NOON + 50}",
        f"filter[updated_at][from]={NOON + 1}",
        f"filter[updated_at][from]={NOON + 50}&filter[updated_at][to]={NOON + 50}",
    ):
        assert ids(fake, f"tasks?{query}") == [2], query
    assert ids(fake, f"tasks?filter[updated_at][to]={NOON + 49}") == [1]
    assert rules(fake) == []


def test_entity_id_needs_an_entity_type(fake: FakeAmo) -> None:
    assert fake.ask("GET", "tasks?filter[entity_id]=7").status_code == 400


def test_a_bare_time_may_leave_out_its_own_second(fake: FakeAmo) -> None:
    tasks(fake, 1)
    fake.settings = evolve(EASY, bare_range_inclusive=False)

    assert ids(fake, f"tasks?filter[updated_at]={NOON}") == []
    assert ids(fake, f"tasks?filter[updated_at]={NOON - 1}") == [1]


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("filter[complete_till]=1", "unknown filter"),
        ("filter[nonsense][]=1", "unknown filter"),
        ("with=contacts", "unknown with"),
        ("order[text]=asc", "unknown order"),
        ("sort=id", "unknown parameter"),
    ],
)
def test_what_is_not_known_is_logged_and_refused_by_a_strict_server(fake: FakeAmo, query: str, rule: str) -> None:
    tasks(fake, 2)

    assert len(ids(fake, f"tasks?{query}")) == 2
    assert rules(fake) == [rule]
    fake.settings = FakeSettings.strict()
    assert fake.ask("GET", f"tasks?{query}").status_code == 400


def test_undocumented_filters_of_tasks_are_logged_and_may_be_supported(fake: FakeAmo) -> None:
    tasks(fake, 2)
    lead = fake.account.add("leads", id=7)
    fake.account.tasks[2] |= {"created_by": 201, "task_type_id": 2, "entity_type": "leads", "entity_id": 7}
    stage = f"[pipeline_id]={lead['pipeline_id']}&filter[lead_statuses][0][status_id]={lead['status_id']}"
    queries = ("filter[created_by]=201", "filter[task_type_id]=2", f"filter[lead_statuses][0]{stage}")

    assert [len(ids(fake, f"tasks?{query}")) for query in queries] == [2, 2, 2]
    fake.settings = evolve(EASY, undocumented_filters="support")
    assert [ids(fake, f"tasks?{query}") for query in queries] == [[2], [2], [2]]
    assert rules(fake) == ["undocumented filter"] * 6


def test_filters_of_deals_do_nothing_until_the_account_has_them(fake: FakeAmo) -> None:
    fake.account.add("leads", id=1)
    fake.account.add("leads", id=2, price=500)

    assert len(ids(fake, "leads?filter[price][from]=400")) == 2
    assert rules(fake) == ["filter is not enabled"]
    fake.settings = evolve(EASY, api_filter_off="reject")
    assert fake.ask("GET", "leads?filter[id]=1").status_code == 400
    fake.settings = evolve(EASY, is_api_filter_enabled=True)
    assert ids(fake, "leads?filter[price][from]=400") == [2]
    assert fake.ask("GET", "account?with=is_api_filter_enabled").json()["is_api_filter_enabled"] is True


def test_every_documented_filter_of_deals_filters(fake: FakeAmo) -> None:
    fake.settings = evolve(EASY, is_api_filter_enabled=True)
    stamps = {"created_at": NOON + 9, "updated_at": NOON + 9, "closed_at": NOON + 9, "closest_task_at": NOON + 9}
    people = {"created_by": 201, "updated_by": 201, "responsible_user_id": 201}
    field = fake.account.add_field("leads", "select", "Источник", id=5, enums={51: "Сайт", 52: "Звонок"})
    count = fake.account.add_field("leads", "numeric", "Штук", id=6)
    flag = fake.account.add_field("leads", "checkbox", "Тендер", id=8)
    fake.account.add("leads", id=1)
    fake.account.add("leads", id=2, name="Вентиляторы", price=700, status_id=142, **stamps, **people)
    sent = [
        {"field_id": field["id"], "values": [{"enum_id": 52}]},
        {"field_id": count["id"], "values": [{"value": "15"}]},
        {"field_id": flag["id"], "values": [{"value": True}]},
    ]
    fake.edit("leads", 2, {"custom_fields_values": sent, "updated_at": NOON + 9, "updated_by": 201})
    ranges = [f"filter[{name}][from]={NOON + 5}" for name in stamps]
    for query in (
        "filter[id]=2", "filter[name]=Вентиляторы", "filter[price][from]=600&filter[price][to]=700",
        "filter[statuses][0][pipeline_id]=1100&filter[statuses][0][status_id]=142",
        *(f"filter[{name}][]=201" for name in people), *ranges,
        "filter[custom_fields_values][5][]=52", "filter[custom_fields_values][6][from]=10",
        "filter[custom_fields_values][8][]=1", "query=вентил",
    ):  # fmt: skip
        assert ids(fake, f"leads?{query}") == [2], query
    assert len(ids(fake, "leads?filter[pipeline_id]=1100")) == 2
    assert rules(fake) == []


def test_an_unknown_deal_is_204_and_an_unknown_task_as_the_settings_say(fake: FakeAmo) -> None:
    assert [fake.ask("GET", f"{entity}/9").status_code for entity in ("leads", "contacts", "companies")] == [204] * 3
    assert fake.ask("GET", "tasks/9").status_code == 204
    fake.settings = evolve(EASY, unknown_task=404)
    assert fake.ask("GET", "tasks/9").status_code == 404


def test_a_task_has_the_shape_of_the_documentation(fake: FakeAmo) -> None:
    fake.account.add("leads", id=7)
    fake.account.add("tasks", id=1, entity_type="leads", entity_id=7)
    task = fake.ask("GET", "tasks/1").json()

    assert list(task) == [
        "id", "created_by", "updated_by", "created_at", "updated_at", "responsible_user_id", "group_id", "entity_id",
        "entity_type", "duration", "is_completed", "task_type_id", "text", "result", "complete_till", "account_id",
        "_links",
    ]  # fmt: skip
    assert task["result"] == []
    assert task["group_id"] == 0
    assert task["_links"] == {"self": {"href": f"{fake.url}/api/v4/tasks/1"}}
    fake.edit("tasks", 1, {"is_completed": True, "result": {"text": "Да"}})
    assert fake.ask("GET", "tasks/1").json()["result"] == {"text": "Да"}


@pytest.mark.parametrize("nothing", [(None, None), (0, None), (0, "")])
def test_what_a_task_of_nothing_shows_is_a_setting(fake: FakeAmo, nothing: tuple[Any, Any]) -> None:
    tasks(fake, 1)
    fake.settings = evolve(EASY, entityless=nothing)
    task = fake.ask("GET", "tasks/1").json()

    assert (task["entity_id"], task["entity_type"]) == nothing


def test_a_deal_shows_contacts_only_when_asked_and_null_for_no_fields(fake: FakeAmo) -> None:
    fake.account.add("leads", id=7)
    fake.account.add("contacts", id=8)
    fake.account.add("companies", id=9)
    fake.account.link(("leads", 7), ("contacts", 8), main=True)
    fake.account.link(("leads", 7), ("companies", 9))
    plain, joined = fake.ask("GET", "leads/7").json(), fake.ask("GET", "leads/7?with=contacts").json()

    assert plain["custom_fields_values"] is None
    assert plain["_embedded"]["tags"] == []
    assert [row["id"] for row in plain["_embedded"]["companies"]] == [9]
    assert "contacts" not in plain["_embedded"]
    assert [(row["id"], row["is_main"]) for row in joined["_embedded"]["contacts"]] == [(8, True)]
    listed = fake.ask("GET", "leads?with=contacts").json()["_embedded"]["leads"][0]
    assert listed == joined


def test_people_show_their_companies_and_deals(fake: FakeAmo) -> None:
    fake.account.add("leads", id=7)
    fake.account.add("contacts", id=8)
    fake.account.add("companies", id=9)
    fake.account.link(("leads", 7), ("contacts", 8))
    fake.account.link(("contacts", 8), ("companies", 9))
    contact, company = (fake.ask("GET", path).json() for path in ("contacts/8?with=leads", "companies/9?with=contacts"))

    assert [row["id"] for row in contact["_embedded"]["companies"]] == [9]
    assert [row["id"] for row in contact["_embedded"]["leads"]] == [7]
    assert [row["id"] for row in company["_embedded"]["contacts"]] == [8]
    assert "first_name" in contact
    assert "first_name" not in company


def test_the_loss_reason_is_a_list_of_one(fake: FakeAmo) -> None:
    fake.account.loss_reasons[3] = {"id": 3, "name": "Дорого", "sort": 1, "created_at": NOON, "updated_at": NOON}
    fake.account.add("leads", id=7, loss_reason_id=3)

    embedded = fake.ask("GET", "leads/7?with=loss_reason").json()["_embedded"]
    assert [row["name"] for row in embedded["loss_reason"]] == ["Дорого"]
    assert ids(fake, "leads/loss_reasons") == [3]


def test_deleted_deals_are_seen_only_when_asked_for(fake: FakeAmo) -> None:
    fake.account.add("leads", id=7)
    fake.account.add("leads", id=8)
    fake.remove("leads", 7)

    assert ids(fake, "leads") == [8]
    assert fake.ask("GET", "leads/7").status_code == 204
    graves = fake.ask("GET", "leads?with=only_deleted").json()["_embedded"]["leads"]
    assert [set(row) for row in graves] == [{"id", "updated_at", "updated_by", "is_deleted", "_links"}]
    assert (graves[0]["id"], graves[0]["is_deleted"]) == (7, True)


def test_deleted_contacts_leave_their_deals(fake: FakeAmo) -> None:
    fake.account.add("leads", id=7)
    fake.account.add("contacts", id=8)
    fake.account.link(("leads", 7), ("contacts", 8), main=True)
    fake.remove("contacts", 8)

    assert fake.ask("GET", "leads/7?with=contacts").json()["_embedded"]["contacts"] == []
    assert fake.ask("GET", "leads/7/links").status_code == 204


def test_numbers_come_as_text_or_as_numbers(fake: FakeAmo) -> None:
    fake.account.add_field("leads", "numeric", "Штук", id=6)
    fake.account.add("leads", id=7)
    fake.edit("leads", 7, {"custom_fields_values": [{"field_id": 6, "values": [{"value": 1.5}]}]})

    def value() -> Any:
        return fake.ask("GET", "leads/7").json()["custom_fields_values"][0]["values"]

    assert value() == [{"value": "1.5"}]
    fake.settings = evolve(EASY, numbers_as_text=False)
    assert value() == [{"value": 1.5}]


def test_if_modified_since_is_ignored_unless_the_settings_say_otherwise(fake: FakeAmo) -> None:
    tasks(fake, 1)
    later = formatdate(NOON + 1, usegmt=True)

    assert fake.ask("GET", "tasks", If_Modified_Since=later).status_code == 200
    for status in (304, 204):
        fake.settings = evolve(EASY, if_modified_since=status)
        assert fake.ask("GET", "tasks", If_Modified_Since=later).status_code == status
        assert fake.ask("GET", "tasks", If_Modified_Since=formatdate(NOON - 1, usegmt=True)).status_code == 200


def test_links_of_many_deals_come_in_one_call(fake: FakeAmo) -> None:
    for lead, contact in ((1, 11), (2, 12)):
        fake.account.add("leads", id=lead)
        fake.account.add("contacts", id=contact)
        fake.account.link(("leads", lead), ("contacts", contact), main=lead == 1)
    rows = fake.ask("GET", "leads/links?filter[entity_id][]=1&filter[entity_id][]=2").json()["_embedded"]["links"]
    own = fake.ask("GET", "leads/1/links").json()["_embedded"]["links"]

    assert [(row["entity_id"], row["to_entity_id"], row["metadata"]["main_contact"]) for row in rows] == [
        (1, 11, True),
        (2, 12, False),
    ]
    assert own == [{"to_entity_id": 11, "to_entity_type": "contacts", "metadata": {"main_contact": True}}]


def test_the_account_has_every_key_that_the_official_client_reads(fake: FakeAmo) -> None:
    plain = fake.ask("GET", "account").json()
    joined = fake.ask("GET", "account?with=users_groups,task_types,datetime_settings,version,amojo_id").json()

    assert {"created_at", "created_by", "updated_at", "updated_by", "currency", "currency_symbol",
            "mobile_feature_version", "current_user_id", "customers_mode", "is_unsorted_on"} <= set(plain)  # fmt: skip
    assert "_embedded" not in plain
    assert joined["_embedded"]["users_groups"] == [{"id": 0, "name": "Отдел продаж", "uuid": None}]
    assert [row["code"] for row in joined["_embedded"]["task_types"]] == ["FOLLOW_UP", "MEETING"]
    assert joined["_embedded"]["datetime_settings"]["timezone"] == "Europe/Moscow"
    assert joined["_embedded"]["datetime_settings"]["timezone_offset"] == "+03:00"
    assert joined["_embedded"]["datetime_settings"]["date_format"] == "d.m.Y"


def test_the_offset_of_the_zone_follows_summer_time() -> None:
    account = FakeAccount.empty(timezone="America/New_York", now=NOON)
    with FakeAmo.start(account) as fake:
        winter = fake.ask("GET", "account?with=datetime_settings").json()
        fake.clock.set(1_720_000_000)
        summer = fake.ask("GET", "account?with=datetime_settings").json()

    offsets = [one["_embedded"]["datetime_settings"]["timezone_offset"] for one in (winter, summer)]
    assert offsets == ["-05:00", "-04:00"]


def test_users_show_roles_and_groups_when_asked(fake: FakeAmo) -> None:
    fake.account.roles[5] = {"id": 5, "name": "Менеджер"}
    fake.account.users[201]["rights"]["role_id"] = 5
    plain, joined = (fake.ask("GET", path).json() for path in ("users/201", "users/201?with=role,group"))
    listed = fake.ask("GET", "users?with=group").json()

    assert plain["_embedded"] == {}
    assert [row["name"] for row in joined["_embedded"]["roles"]] == ["Менеджер"]
    assert joined["_embedded"]["groups"] == [{"id": 0, "name": "Отдел продаж"}]
    assert plain["rights"]["group_id"] is None
    assert (listed["_total_items"], listed["_page_count"]) == (2, 1)
    fake.settings = evolve(EASY, default_group_null=False)
    assert fake.ask("GET", "users/201").json()["rights"]["group_id"] == 0


def test_every_pipeline_ends_in_142_and_143_and_begins_unsorted(fake: FakeAmo) -> None:
    body = fake.ask("GET", "leads/pipelines").json()
    statuses = body["_embedded"]["pipelines"][0]["_embedded"]["statuses"]

    assert body["_total_items"] == 1
    assert [row["type"] for row in statuses] == [1, 0, 0, 0, 0, 0]
    assert [row["id"] for row in statuses][-2:] == [142, 143]
    assert ids(fake, "leads/pipelines/1100/statuses") == [row["id"] for row in statuses]
    assert fake.ask("GET", "leads/pipelines/1100").json()["is_main"] is True


def test_custom_fields_are_filtered_by_type_and_sorted(fake: FakeAmo) -> None:
    fake.account.add_field("leads", "text", "Б", id=2)
    fake.account.add_field("leads", "date", "А", id=1)

    assert ids(fake, "leads/custom_fields?filter[type][0]=date") == [1]
    assert ids(fake, "leads/custom_fields?order[id]=desc") == [2, 1]
    assert fake.ask("GET", "leads/custom_fields/2").json()["type"] == "text"
    assert ids(fake, "contacts/custom_fields") == []


def test_the_same_tag_has_another_id_for_another_entity_type(fake: FakeAmo) -> None:
    for entity in ("leads", "contacts"):
        assert fake.ask("POST", f"{entity}/tags", [{"name": "vip"}]).status_code == 200
    again = fake.ask("POST", "leads/tags", [{"name": "vip"}, {"name": "новый"}]).json()
    leads, contacts = ids(fake, "leads/tags"), ids(fake, "contacts/tags")

    assert [row["id"] for row in again["_embedded"]["tags"]] == leads
    assert len(leads) == 2
    assert not {*leads} & {*contacts}
    assert ids(fake, "leads/tags?filter[name]=vip") == leads[:1]
    assert ids(fake, f"leads/tags?filter[id][]={leads[1]}") == leads[1:]
    assert ids(fake, "leads/tags?query=НОВ") == leads[1:]


def test_unknown_paths_and_methods_are_refused_and_logged(fake: FakeAmo) -> None:
    statuses = [
        fake.ask("GET", "nonsense").status_code,
        fake.ask("DELETE", "tasks/1").status_code,
        fake.ask("GET", "/nothing").status_code,
    ]

    assert statuses == [404, 405, 404]
    assert rules(fake) == ["unknown path", "unknown method", "unknown path"]


def test_errors_have_the_exact_content_type_and_a_request_id(fake: FakeAmo) -> None:
    answer, fine = fake.ask("GET", "nonsense"), fake.ask("GET", "account")

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(answer.json()) == {"title", "type", "status", "detail"}
    assert answer.json()["type"] == "https://httpstatus.es/404"
    assert fine.headers["Content-Type"] == "application/hal+json"
    assert fine.headers["X-Request-Id"] != answer.headers["X-Request-Id"]


def test_every_request_is_on_record(fake: FakeAmo) -> None:
    tasks(fake, 1)
    fake.clock.set(NOON)
    fake.ask("GET", "tasks?filter[id][]=1")
    fake.ask("PATCH", "tasks/1", {"text": "Иначе"}, X_Context_User_ID="201")
    read, write = fake.requests

    assert (read.n, read.method, read.path, read.params) == (0, "GET", "/api/v4/tasks", (("filter[id][]", "1"),))
    assert (write.body, write.status, write.user, write.at) == ({"text": "Иначе"}, 200, 201, NOON)
    assert fake.writes() == [write]
    assert fake.writes("/api/v4/leads") == []
