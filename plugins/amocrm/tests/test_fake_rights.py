"""The local amoCRM: a user sees and changes what his rights reach."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve
from workplaces_amocrm.fake import FakeAccount, FakeAmo, FakeSettings
from workplaces_amocrm.fake.shapes import only

EASY = FakeSettings.unthrottled()
ME, MATE, OTHER = 201, 202, 203


@pytest.fixture
def fake() -> Iterator[FakeAmo]:
    account = FakeAccount.empty()
    for id_, group in ((ME, 512), (MATE, 512), (OTHER, 513)):
        account.add_user(f"Сотрудник {id_}", id=id_, group=group)
        account.add("leads", id=id_ + 1000, responsible_user_id=id_)
        account.add("tasks", id=id_ + 2000, responsible_user_id=id_, entity_type="leads", entity_id=id_ + 1000)
        account.add("tasks", id=id_ + 3000, responsible_user_id=id_)
    with FakeAmo.start(account, settings=EASY) as running:
        yield running


def grant(fake: FakeAmo, letter: str) -> str:
    rights = fake.account.users[ME]["rights"]
    rights["leads"] = only(letter)
    rights["tasks"] = {"edit": letter, "delete": letter}
    return fake.long_lived(ME)


def seen(fake: FakeAmo, entity: str, token: str) -> set[int]:
    answer = fake.ask("GET", f"{entity}?order[id]=asc", token=token)
    return {row["id"] % 1000 for row in answer.json()["_embedded"][entity]} if answer.content else set()


@pytest.mark.parametrize(
    ("letter", "reached"), [("A", {ME, MATE, OTHER}), ("G", {ME, MATE}), ("M", {ME}), ("D", set())]
)
def test_the_letter_says_whose_deals_are_seen_and_changed(fake: FakeAmo, letter: str, reached: set[int]) -> None:
    token = grant(fake, letter)
    statuses = {
        id_: (
            fake.ask("GET", f"leads/{id_ + 1000}", token=token).status_code,
            fake.ask("PATCH", f"leads/{id_ + 1000}", {"price": id_}, token=token).status_code,
        )
        for id_ in (ME, MATE, OTHER)
    }

    assert seen(fake, "leads", token) == reached
    assert statuses == {id_: (200, 200) if id_ in reached else (403, 403) for id_ in (ME, MATE, OTHER)}
    assert {id_ - 1000 for id_, lead in fake.account.leads.items() if lead["price"]} == reached


@pytest.mark.parametrize(("letter", "reached"), [("A", {ME, MATE, OTHER}), ("G", {ME, MATE}), ("M", {ME}), ("D", {ME})])
def test_own_tasks_are_always_seen_and_others_through_their_deals(
    fake: FakeAmo, letter: str, reached: set[int]
) -> None:
    assert seen(fake, "tasks", grant(fake, letter)) == reached


def test_tasks_may_be_seen_by_the_right_to_edit_instead(fake: FakeAmo) -> None:
    token = grant(fake, "M")
    fake.account.users[ME]["rights"]["leads"] = only("A")
    assert seen(fake, "tasks", token) == {ME, MATE, OTHER}
    fake.settings = evolve(EASY, task_visibility="edit")
    assert seen(fake, "tasks", token) == {ME}


def test_a_batch_with_one_foreign_deal_changes_nothing(fake: FakeAmo) -> None:
    token = grant(fake, "M")
    sent = [{"id": ME + 1000, "price": 5}, {"id": OTHER + 1000, "price": 5}]

    assert fake.ask("PATCH", "leads", sent, token=token).status_code == 403
    assert fake.account.leads[ME + 1000]["price"] == 0


def test_rights_of_a_stage_stand_above_the_general_ones(fake: FakeAmo) -> None:
    token = grant(fake, "D")
    lead = fake.account.leads[OTHER + 1000]
    rights = {"view": "A", "edit": "D", "delete": "D"}
    place = {"entity_type": "leads", "pipeline_id": lead["pipeline_id"], "status_id": lead["status_id"]}
    fake.account.users[ME]["rights"]["status_rights"] = [{**place, "rights": rights}]

    assert seen(fake, "leads", token) == {ME, MATE, OTHER}
    assert fake.ask("PATCH", f"leads/{OTHER + 1000}", {"price": 5}, token=token).status_code == 403


def test_adding_may_be_denied(fake: FakeAmo) -> None:
    token = grant(fake, "A")
    fake.account.users[ME]["rights"]["leads"]["add"] = "D"

    assert fake.ask("POST", "leads", [{"name": "Новая"}], token=token).status_code == 403
    assert fake.ask("POST", "leads", [{"name": "Новая"}]).status_code == 200


def test_only_administrators_see_users_and_webhooks(fake: FakeAmo) -> None:
    token = grant(fake, "A")
    hook = {"destination": "https://desk.example.ru/hook", "settings": ["add_task"]}

    for method, path, body in (
        ("GET", "users", None),
        ("GET", f"users/{ME}", None),
        ("GET", "webhooks", None),
        ("POST", "webhooks", hook),
        ("DELETE", "webhooks", hook),
    ):
        answer = fake.ask(method, path, body, token=token)
        assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json"), path
    assert fake.ask("GET", "leads/pipelines", token=token).status_code == 200
    assert fake.ask("GET", "users").status_code == 200


def test_external_integrations_have_no_access_to_users(fake: FakeAmo) -> None:
    outside = fake.integration("outside", kind="external")
    token = fake.long_lived(client_id=outside.client_id)

    assert fake.ask("GET", "users", token=token).status_code == 403
    assert fake.ask("GET", "tasks", token=token).status_code == 200


def test_acting_for_a_user_brings_his_rights(fake: FakeAmo) -> None:
    grant(fake, "M")

    assert fake.ask("PATCH", f"tasks/{OTHER + 3000}", {"text": "Да"}, X_Context_User_ID=str(ME)).status_code == 403
    assert fake.ask("PATCH", f"tasks/{ME + 3000}", {"text": "Да"}, X_Context_User_ID=str(ME)).status_code == 200


def test_inactive_users_are_listed_and_keep_their_tasks(fake: FakeAmo) -> None:
    fake.account.users[OTHER]["rights"]["is_active"] = False
    users = fake.ask("GET", "users").json()["_embedded"]["users"]

    assert [row["rights"]["is_active"] for row in users if row["id"] == OTHER] == [False]
    assert fake.ask("GET", f"tasks/{OTHER + 3000}").json()["responsible_user_id"] == OTHER
