"""A full reading: complete, in pages, with memory for ids alone, and honest about how far it is."""

from __future__ import annotations

import weakref
from collections import Counter
from contextlib import closing
from typing import Any

import pytest
from workplaces_amocrm.fake import paging
from workplaces_amocrm.fake.account import FakeAccount
from workplaces_amocrm.fake.generating import generate
from workplaces_amocrm.fake.settings import FakeSettings
from workplaces_amocrm.reading.ahead import ahead

from workplaces_core.adapters.reading import read_everything
from workplaces_core.errors import CrmUnavailable, NotAllowed

MANY = {"deals": "leads", "contacts": "contacts", "companies": "companies"}


def needed(account: FakeAccount) -> dict[str, set[str]]:
    """What has to be read, said without the code under test."""
    there = {many: {key for key, row in account.table(many).items() if not row["is_deleted"]} for many in MANY.values()}
    tasks = [row for row in account.tasks.values() if not row["is_completed"]]
    subjects = {(row["entity_type"], row["entity_id"]) for row in tasks}
    leads = {key for many, key in subjects if many == "leads"}
    for many, key in subjects - {(None, None)}:
        if many in {"contacts", "companies"} and key in there[many]:
            leads |= {lead for lead, _ in account.linked((many, key), "leads")}
    wanted = {"leads": leads & there["leads"]}
    for many in ("contacts", "companies"):
        of_leads = {key for lead in wanted["leads"] for key, _ in account.linked(("leads", lead), many)}
        wanted[many] = (of_leads | {key for kind, key in subjects if kind == many}) & there[many]
    found = {kind: {str(key) for key in wanted[many]} for kind, many in MANY.items()}
    return found | {"tasks": {str(row["id"]) for row in tasks}}


@pytest.mark.parametrize("filters", [True, False])
@pytest.mark.parametrize("ahead", [1, 3])
def test_every_open_task_is_read_with_all_that_it_hangs_on(serve, filters, ahead):
    account = generate(seed=11, tasks=300)
    _, crm = serve(
        account,
        fake=FakeSettings.unthrottled(is_api_filter_enabled=filters),
        page_size=25,
        ids_per_request=20,
        pages_ahead=ahead,
    )

    snapshot = read_everything(crm).snapshot

    found: dict[str, Any] = {kind: set(getattr(snapshot, kind)) for kind in ("tasks", *MANY)}
    if filters:
        assert found == needed(account)
    assert all(found[kind] >= ids for kind, ids in needed(account).items())
    assert found["tasks"] == needed(account)["tasks"]
    assert crm.set_aside() == []


def test_what_leaves_the_list_while_it_is_read_makes_nothing_else_be_missed(serve):
    account = FakeAccount.empty()
    tasks = [account.add("tasks", id=number)["id"] for number in range(1, 101)]
    fake, crm = serve(account, page_size=10, pages_ahead=1)
    batches = crm.read_open()
    found = {change.value.id for change in next(batches)}

    for number, batch in enumerate(batches):
        if number < 40:
            fake.edit("tasks", tasks[number], {"is_completed": True})
        found |= {change.value.id for change in batch}

    still_open = {str(key) for key, row in fake.account.tasks.items() if not row["is_completed"]}
    assert still_open <= found


def test_calls_are_few_and_of_full_pages(serve):
    account = generate(seed=1, tasks=3000)
    fake, crm = serve(account, ids_per_request=250)

    list(crm.read_open())

    calls = Counter(record.path for record in fake.requests)
    wanted = needed(account)
    assert calls["/api/v4/leads"] <= len(wanted["deals"]) // 250 + 1
    assert calls["/api/v4/contacts"] <= len(wanted["contacts"]) // 250 + 2
    assert calls["/api/v4/tasks"] <= len(wanted["tasks"]) // 250 + 10
    assert not fake.violations


@pytest.mark.parametrize("count", [20, 400])
def test_however_many_pages_there_are_only_those_under_way_are_kept(count):
    class Page:
        pass

    made: list[weakref.ref[Page]] = []

    def call() -> Page:
        page = Page()
        made.append(weakref.ref(page))
        return page

    most = 0
    for _ in ahead([call] * count, 4):
        most = max(most, sum(page() is not None for page in made))
    assert len(made) == count
    assert most <= 4 + 2  # and the one that is looked at, and the one before it


def test_progress_ends_where_it_said_and_says_what_it_knows(serve):
    told: list[Any] = []
    _, crm = serve(generate(seed=2, tasks=200), page_size=10, ids_per_request=10)

    for _ in crm.full_reading(tell=told.append).batches():
        pass

    assert [each.done for each in told] == list(range(1, len(told) + 1))
    assert told[-1].done == told[-1].total
    assert {each.basis for each in told} == {"estimated", "counted"}
    assert told[3].total == pytest.approx(len(told), rel=0.3)
    assert told[len(told) // 2].total == pytest.approx(len(told), rel=0.3)


def test_progress_promises_nothing_where_an_account_cannot_filter(serve):
    told: list[Any] = []
    _, crm = serve(generate(seed=2, tasks=50), fake=FakeSettings.unthrottled())

    for _ in crm.full_reading(tell=told.append).batches():
        pass

    assert {(each.total, each.basis) for each in told} == {(None, "unknown")}


@pytest.mark.parametrize("off", ["ignore", "reject"])
def test_an_account_that_was_thought_to_filter_and_does_not_is_read_all_the_same(serve, off):
    account = generate(seed=4, tasks=60)
    switches = FakeSettings.unthrottled(is_api_filter_enabled=False, api_filter_off=off)
    _, crm = serve(account, fake=switches, lead_filters=True, page_size=10, ids_per_request=10)

    assert set(read_everything(crm).snapshot.deals) == needed(account)["deals"]


@pytest.mark.parametrize("status", [504, 400])
def test_a_batch_of_ids_that_is_too_large_is_halved(serve, status):
    account = generate(seed=4, tasks=60)
    fake, crm = serve(account, ids_per_request=40, attempts_bulk=1)
    crm.cursor()
    fake.faults.add(status, when=lambda asked: asked.path.endswith("/leads"))

    deals = {change.value.id for batch in crm.read_open() for change in batch if change.kind == "deal"}

    assert deals == needed(account)["deals"]
    assert sum(record.path.endswith("/leads") for record in fake.requests) <= 5


def test_an_account_that_takes_fewer_ids_at_once_is_asked_for_fewer_from_then_on(serve):
    account = generate(seed=4, tasks=200)
    fake, crm = serve(account, ids_per_request=32, attempts_bulk=1, pages_ahead=1)
    crm.cursor()
    fake.faults.add(414, when=lambda asked: asked.path.endswith("/leads"))

    deals = {change.value.id for batch in crm.read_open() for change in batch if change.kind == "deal"}

    assert deals == needed(account)["deals"]
    asks = [each.params for each in fake.requests if each.path.endswith("/leads")]
    asked = [sum(name.startswith("filter[id]") for name, _ in params) for params in asks]
    assert asked[:2] == [32, 1]
    assert max(asked[2:]) == 16


@pytest.mark.parametrize("next_link", ["when_full", "when_more"])
def test_pages_may_be_smaller_than_asked_for(serve, monkeypatch, next_link):
    monkeypatch.setattr(paging, "size", lambda *_: 7)
    account = generate(seed=4, tasks=200)
    _, crm = serve(account, fake=FakeSettings.unthrottled(is_api_filter_enabled=True, next_link=next_link))

    snapshot = read_everything(crm).snapshot

    assert {name: set(getattr(snapshot, name)) for name in needed(account)} == needed(account)


def test_a_token_that_may_not_read_users_dismisses_nobody(serve):
    account = FakeAccount.empty()
    clerk = account.add_user("Клерк")["id"]
    fake, crm = serve(account)

    other = type(crm).open(base_url=fake.url, token=fake.long_lived(clerk))
    with closing(other), pytest.raises(NotAllowed, match="users_readable"):
        list(other.directory())


def test_without_users_the_rest_of_the_directory_is_read(serve):
    account = FakeAccount.empty()
    clerk = account.add_user("Клерк")["id"]
    fake, crm = serve(account)

    with closing(type(crm).open(base_url=fake.url, token=fake.long_lived(clerk), users_readable=False)) as other:
        assert {change.kind for change in other.directory()} == {"account", "group", "task_type", "field"}


def test_custom_fields_are_read_beyond_the_first_fifty(serve):
    account = FakeAccount.empty()
    for number in range(120):
        account.add_field("leads", "text", f"Поле {number}")
    _, crm = serve(account)

    assert sum(change.kind == "field" for change in crm.directory()) == 123


def test_tags_are_listed_for_pickers(serve):
    account = FakeAccount.empty()
    account.tag("leads", "vip"), account.tag("contacts", "опт")
    _, crm = serve(account)

    assert crm.tags("deal") == ["vip"]
    assert crm.tags("company") == []


def test_what_is_no_list_is_an_error_and_no_empty_list(serve):
    account = FakeAccount.empty()
    account.add("tasks", updated_at=1_700_000_000)
    fake, crm = serve(account, attempts_bulk=1)
    crm.cursor()
    fake.faults.add("truncated", when=lambda asked: asked.path.endswith("/tasks"))

    with pytest.raises(CrmUnavailable):
        list(crm.read_open())
