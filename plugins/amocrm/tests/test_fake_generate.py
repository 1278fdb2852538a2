"""The made-up account: the same for the same seed, of any size, with every odd case that accounts have."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from workplaces_amocrm.fake import FakeAccount, FakeAmo, FakeSettings, generate

DEAL_TYPES = {
    "text", "numeric", "checkbox", "select", "multiselect", "date", "url", "date_time", "textarea", "radiobutton",
    "streetaddress", "smart_address", "birthday", "legal_entity", "tracking_data", "chained_list", "monetary", "file",
}  # fmt: skip


@pytest.fixture(scope="module")
def account() -> FakeAccount:
    return generate(seed=1, tasks=400)


def test_the_seed_decides_everything() -> None:
    assert generate(seed=3, tasks=60) == generate(seed=3, tasks=60)
    assert generate(seed=3, tasks=60).tasks != generate(seed=4, tasks=60).tasks


def test_even_a_small_account_has_every_odd_task() -> None:
    account = generate(seed=5, tasks=8)
    kinds = [task["entity_type"] for task in account.tasks.values()]

    assert {None, "contacts", "companies", "leads"} <= set(kinds)
    assert any(
        account.leads[task["entity_id"]]["is_deleted"]
        for task in account.tasks.values()
        if task["entity_type"] == "leads"
    )
    owners = [account.users[task["responsible_user_id"]] for task in account.tasks.values()]
    assert not all(user["rights"]["is_active"] for user in owners)
    assert {task["created_by"] for task in account.tasks.values()} >= {0}


@pytest.mark.parametrize("zone", ["Europe/Moscow", "America/New_York"])
def test_tasks_are_all_day_or_exact_overdue_or_ahead_in_the_accounts_zone(zone: str) -> None:
    account = generate(seed=1, tasks=400, timezone=zone)
    till = [datetime.fromtimestamp(task["complete_till"], ZoneInfo(zone)) for task in account.tasks.values()]
    hours = [moment.time() for moment in till]

    assert {time(23, 59), time(23, 59, 59), time(0, 0)} <= set(hours)
    assert 0.4 < sum(hour >= time(23, 59) for hour in hours) / len(hours) < 0.8
    days = {(moment.date() - datetime.fromtimestamp(account.moment(), ZoneInfo(zone)).date()).days for moment in till}
    assert min(days) < 0 < max(days)
    assert 0 in days


def test_people_are_in_groups_and_some_have_left(account: FakeAccount) -> None:
    users = list(account.users.values())
    left = [user for user in users if not user["rights"]["is_active"]]

    assert 0 in {user["rights"]["group_id"] for user in users}
    assert {user["rights"]["group_id"] for user in users} <= set(account.groups)
    assert 0 < len(left) < len(users) / 2
    assert any(user["rights"]["is_admin"] for user in left)
    assert account.users[account.admin]["rights"]["is_active"]
    assert any(user["rights"]["leads"]["view"] == "G" for user in users)


def test_there_are_two_pipelines_and_every_type_of_field(account: FakeAccount) -> None:
    fields = {entity: {row["type"] for (kind, _), row in account.custom_fields.items() if kind == entity}
              for entity in ("leads", "contacts", "companies")}  # fmt: skip

    assert len(account.pipelines) == 2
    assert fields["leads"] == DEAL_TYPES
    assert "multitext" in fields["contacts"]
    assert {"category", "items", "linked_entity", "payer", "supplier", "price"} <= fields["companies"]
    held = {one["field_type"] for lead in account.leads.values() for one in lead["custom_fields_values"] or ()}
    assert held == DEAL_TYPES


def test_everything_refers_to_what_is_there(account: FakeAccount) -> None:
    for task in account.tasks.values():
        assert task["responsible_user_id"] in account.users
        assert task["task_type_id"] in account.task_types
        assert task["entity_type"] is None or task["entity_id"] in account.table(task["entity_type"])
        assert task["created_at"] <= task["updated_at"] <= account.moment()
    for lead in account.leads.values():
        stages = account.pipelines[lead["pipeline_id"]]["_embedded"]["statuses"]
        assert lead["status_id"] in {row["id"] for row in stages}
        assert (lead["closed_at"] is not None) == (lead["status_id"] in {142, 143})
        assert all(("leads", tag["id"]) in account.tags for tag in lead["_embedded"]["tags"])
    for place, others in account.links.items():
        assert all(place in account.links[other] for other in others)
        assert all(other[1] in account.table(other[0]) for other in others)


def test_deals_have_money_tags_people_and_exceptions_to_each(account: FakeAccount) -> None:
    leads = list(account.leads.values())
    contacts = [len(account.linked(("leads", lead["id"]), "contacts")) for lead in leads]

    assert {bool(lead["price"]) for lead in leads} == {True, False}
    assert {bool(lead["_embedded"]["tags"]) for lead in leads} == {True, False}
    assert {lead["custom_fields_values"] is None for lead in leads} == {True, False}
    assert {0, 1, 2} <= set(contacts)
    assert {lead["is_deleted"] for lead in leads} == {True, False}


def test_the_nearest_open_task_stands_on_its_deal(account: FakeAccount) -> None:
    for id_, lead in account.leads.items():
        till = [
            task["complete_till"]
            for task in account.tasks.values()
            if (task["entity_type"], task["entity_id"]) == ("leads", id_) and not task["is_completed"]
        ]
        assert lead["closest_task_at"] == min(till, default=None)


def test_sizes_can_be_chosen() -> None:
    account = generate(seed=1, tasks=10, leads=20, contacts=5, companies=4, users=30)

    assert [len(account.table(entity)) for entity in ("tasks", "leads", "contacts", "companies")] == [10, 20, 5, 4]
    assert len(account.users) == 30


def test_the_clock_of_the_server_starts_when_the_account_was_made_up(account: FakeAccount) -> None:
    with FakeAmo.start(account) as fake:
        assert 0 <= fake.clock.now() - account.moment() < 60


@pytest.mark.parametrize("tasks", [3_000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_an_account_of_any_size_is_served_whole(tasks: int) -> None:
    big = generate(seed=1, tasks=tasks, leads=tasks * 6 // 10, contacts=1_000, companies=500)
    with FakeAmo.start(big, settings=FakeSettings.unthrottled()) as fake:
        seen: list[int] = []
        page = 1
        while (answer := fake.ask("GET", f"tasks?limit=250&order[id]=asc&page={page}")).content:
            seen += [row["id"] for row in answer.json()["_embedded"]["tasks"]]
            page += 1

    assert seen == sorted(big.tasks)
