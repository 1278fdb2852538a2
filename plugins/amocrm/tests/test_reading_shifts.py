"""Rows that move from page to page while they are read: whatever enters or leaves a list, nothing is passed by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import define
from workplaces_amocrm import AmoCrm
from workplaces_amocrm.fake.account import FakeAccount
from workplaces_amocrm.fake.amo import FakeAmo
from workplaces_amocrm.fake.settings import FakeSettings

from plugins.amocrm.tests.test_reading_changes import follow, known
from workplaces_core.changes import apply
from workplaces_core.model import Snapshot

LONG_AGO = 1_700_000_000
HOUR = 3600
SMALL: dict[str, Any] = {"page_size": 3, "pages_ahead": 1}


@define
class After:
    """An API beneath which a colleague does something right after the n-th page of a list was read."""

    api: Any
    path: str
    at: int
    deed: Callable[[], Any]
    calls: int = 0

    def get(self, path: str, params: Any = (), **options: Any) -> Any:
        answer = self.api.get(path, params, **options)
        if path.endswith(self.path):
            self.calls += 1
            if self.calls == self.at:
                self.deed()
        return answer

    def close(self) -> None:
        self.api.close()


def an_account(count: int = 11) -> FakeAccount:
    account = FakeAccount.empty(now=1_800_000_000)
    for number in range(1, count + 1):
        account.add("leads", id=number, updated_at=LONG_AGO)
        account.add("tasks", id=number, updated_at=LONG_AGO, entity_type="leads", entity_id=number)
    return account


def reopened_while(crm: AmoCrm, fake: FakeAmo, at: int) -> None:
    fake.account.tasks[1]["is_completed"] = True
    crm.api = After(crm.api, "/tasks", at, lambda: fake.edit("tasks", 1, {"is_completed": False}))  # type: ignore[assignment]


@pytest.mark.parametrize("at", range(1, 12))
def test_a_task_opened_again_while_all_are_read_hides_no_other(serve, at):
    fake, crm = serve(an_account(), **SMALL)
    reopened_while(crm, fake, at)

    before, cursor = known(crm)
    changes, _ = follow(crm, cursor)

    assert apply(before, changes).tasks.keys() == {str(number) for number in range(1, 12)}


@pytest.mark.parametrize("at", range(1, 12))
def test_a_task_opened_again_while_a_sweep_reads_hides_no_other(serve, at):
    fake, crm = serve(an_account(), **SMALL)
    before, cursor = known(crm)
    silent = {"text": "Иначе", "updated_at": LONG_AGO + 1}
    for row in fake.account.tasks.values():
        row.update(silent)
    fake.clock.advance(7 * HOUR)
    reopened_while(crm, fake, at + 1)  # the first reading is that of the changes

    changes, cursor = follow(crm, cursor)
    more, _ = follow(crm, cursor)

    after = apply(before, [*changes, *more])
    assert crm.last_sweep is not None
    assert {task.id for task in after.tasks.values() if task.text != "Иначе"} == set()


def changed_and_deleted(crm: AmoCrm, fake: FakeAmo, many: str, at: int, deleted: int) -> tuple[Snapshot, Snapshot]:
    """Everything changes while nobody reads, long enough ago; something is deleted after a page of it was read."""
    before, cursor = known(crm)
    fake.clock.advance(600)
    for number in range(1, 12):
        fake.edit(many, number, {"text": "Иначе"} if many == "tasks" else {"price": 777})
        fake.clock.advance(1)
    fake.clock.advance(120)
    crm.api = After(crm.api, f"/{many}", at, lambda: fake.remove(many, deleted))  # type: ignore[assignment]
    changes, cursor = follow(crm, cursor)
    fake.clock.advance(300)
    more, _ = follow(crm, cursor)
    return before, apply(before, [*changes, *more])


@pytest.mark.parametrize("at", range(1, 9))
def test_a_changed_task_is_not_hidden_by_another_that_is_deleted(serve, at):
    fake, crm = serve(an_account(), **SMALL)

    _, after = changed_and_deleted(crm, fake, "tasks", at, 1)

    assert {task.text for task in after.tasks.values()} == {"Иначе"}


@pytest.mark.parametrize("filters", [True, False])
@pytest.mark.parametrize("at", range(1, 9))
def test_a_changed_deal_is_not_hidden_by_another_that_is_deleted(serve, at, filters):
    fake, crm = serve(an_account(), fake=FakeSettings.unthrottled(is_api_filter_enabled=filters), **SMALL)

    _, after = changed_and_deleted(crm, fake, "leads", at, 1 if filters else 11)

    assert {deal.fields["price"] for deal in after.deals.values()} == {777}


@pytest.mark.parametrize("at", range(1, 9))
def test_a_changed_deal_is_not_hidden_by_another_that_changes_again(serve, at):
    fake, crm = serve(an_account(), fake=FakeSettings.unthrottled(), **SMALL)
    before, cursor = known(crm)
    fake.clock.advance(600)
    for number in range(1, 12):
        fake.edit("leads", number, {"price": 777})
    fake.clock.advance(120)
    crm.api = After(crm.api, "/leads", at, lambda: fake.edit("leads", 3, {"price": 777}))

    changes, _ = follow(crm, cursor)

    assert {deal.fields["price"] for deal in apply(before, changes).deals.values()} == {777}


def test_a_round_of_one_page_stays_one_call_for_each_list(serve):
    fake, crm = serve(an_account())
    _, cursor = known(crm)
    fake.clock.advance(300)
    for number in range(1, 12):
        fake.edit("tasks", number, {"text": "Иначе"})
    fake.clock.advance(120)
    start = len(fake.requests)

    follow(crm, cursor)

    assert len(fake.requests) - start == 5
