"""Changes: what polling, events, webhooks and the sweep find, together and each without the others."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from workplaces_amocrm import AmoCrm
from workplaces_amocrm.fake.account import FakeAccount
from workplaces_amocrm.fake.generating import generate
from workplaces_amocrm.fake.settings import FakeSettings

from workplaces_core.adapters.reading import read_everything
from workplaces_core.changes import Remove, apply
from workplaces_core.errors import CursorLost
from workplaces_core.model import Snapshot
from workplaces_core.testing.crm_world import open_part

HOUR = 3600


def follow(crm: AmoCrm, cursor: str) -> tuple[list[Any], str]:
    changes: list[Any] = []
    while True:
        since = crm.read_changes(cursor)
        changes, cursor = [*changes, *since.changes], since.cursor
        if not since.more:
            return changes, cursor


def known(crm: AmoCrm) -> tuple[Snapshot, str]:
    reading = read_everything(crm)
    assert reading.cursor is not None
    return reading.snapshot, reading.cursor


def an_account(tasks: int = 5) -> FakeAccount:
    account = FakeAccount.empty(now=1_800_000_000)
    account.add("leads", id=500)
    for number in range(1, tasks + 1):
        account.add("tasks", id=number, entity_type="leads", entity_id=500)
    return account


def silently(fake: Any) -> None:
    """Change the account so that neither `updated_at` nor an event tells: what a sweep is for."""
    fake.account.add("tasks", id=100, updated_at=1_700_000_000)
    fake.account.tasks[1].update(text="Иначе", updated_at=1_700_000_001)
    del fake.account.tasks[2]
    fake.settings = fake.settings  # what was found so far is no longer true


@pytest.mark.parametrize("filters", [True, False])
def test_a_large_change_comes_in_several_answers_and_nothing_is_lost(serve, filters):
    switches = FakeSettings.unthrottled(is_api_filter_enabled=filters)
    fake, crm = serve(generate(seed=6, tasks=150), fake=switches, page_size=5, ids_per_request=5)
    before, cursor = known(crm)
    fake.clock.advance(300)
    for key, row in list(fake.account.tasks.items()):
        if not row["is_completed"]:
            fake.edit("tasks", key, {"text": f"Снова {key}"})

    assert crm.read_changes(cursor).more
    changes, _ = follow(crm, cursor)

    assert open_part(apply(before, changes)) == open_part(known(crm)[0])


def test_without_changes_a_round_is_a_handful_of_calls(serve):
    fake, crm = serve(an_account())
    fake.clock.advance(300)
    _, cursor = known(crm)
    fake.clock.advance(300)
    start = len(fake.requests)

    changes, _ = follow(crm, cursor)

    assert changes == []
    assert len(fake.requests) - start == 5


def test_what_comes_within_the_overlap_of_a_late_clock_is_not_missed(serve):
    fake, crm = serve(an_account())
    before, cursor = known(crm)
    fake.account.tasks[1].update(text="Поздно", updated_at=fake.clock.now() - 50)
    fake.settings = fake.settings

    changes, _ = follow(crm, cursor)

    assert apply(before, changes).tasks["1"].text == "Поздно"


@pytest.mark.parametrize("filters", [True, False])
def test_a_deal_that_comes_to_a_task_of_a_contact_is_read(serve, filters):
    account = an_account()
    account.add("contacts", id=700), account.add("tasks", id=50, entity_type="contacts", entity_id=700)
    fake, crm = serve(account, fake=FakeSettings.unthrottled(is_api_filter_enabled=filters))
    before, cursor = known(crm)
    fake.clock.advance(300)
    fake.create("leads", {"id": 501, "name": "Новая"})
    fake.link(("leads", 501), ("contacts", 700), main=True)

    changes, _ = follow(crm, cursor)

    after = apply(before, changes)
    assert after.links(after.tasks["50"]).deal.name == "Новая"


def test_a_deal_brings_the_contacts_it_was_given(serve):
    fake, crm = serve(an_account())
    before, cursor = known(crm)
    fake.clock.advance(300)
    fake.account.add("contacts", id=700, name="Старый знакомый", updated_at=1_700_000_000)
    fake.link(("leads", 500), ("contacts", 700), main=True)
    fake.edit("leads", 500, {"name": "Та же"})

    changes, _ = follow(crm, cursor)

    assert apply(before, changes).contacts["700"].name == "Старый знакомый"


@pytest.mark.parametrize("filters", [True, False])
def test_what_was_given_is_not_read_again_with_every_task(serve, filters):
    account = an_account(20)
    account.add("contacts", id=700), account.link(("leads", 500), ("contacts", 700), main=True)
    fake, crm = serve(account, fake=FakeSettings.unthrottled(is_api_filter_enabled=filters))
    fake.clock.advance(300)
    _, cursor = known(crm)
    fake.clock.advance(300)
    for key in range(1, 21):
        fake.edit("tasks", key, {"text": "Иначе"})
    fake.edit("leads", 500, {"name": "Иначе"})
    start = len(fake.requests)

    _, cursor = follow(crm, cursor)

    assert len(fake.requests) - start == 5


def test_what_came_with_a_change_and_arrived_is_not_read_again(serve):
    account = an_account()
    account.add("leads", id=501, updated_at=1_700_000_000)
    fake, crm = serve(account)
    _, cursor = known(crm)
    fake.clock.advance(200)
    fake.edit("tasks", 1, {"entity_type": "leads", "entity_id": 501})
    _, cursor = follow(crm, cursor)
    fake.clock.advance(200)
    fake.edit("tasks", 1, {"text": "Иначе"})
    start = len(fake.requests)

    follow(crm, cursor)

    assert len(fake.requests) - start == 5


def test_an_older_cursor_brings_again_all_that_its_answer_brought(serve):
    account = an_account()
    account.add("leads", id=501, updated_at=1_700_000_000)
    fake, crm = serve(account)
    before, cursor = known(crm)
    fake.clock.advance(300)
    fake.create(
        "tasks", {"id": 50, "entity_type": "leads", "entity_id": 501, "text": "!", "complete_till": 1_900_000_000}
    )
    _, later = follow(crm, cursor)
    follow(crm, later)

    changes, _ = follow(crm, cursor)

    assert "501" in apply(before, changes).deals


def test_a_contact_that_was_given_with_a_deal_brings_its_other_deals_when_a_task_hangs_on_it(serve):
    account = an_account()
    account.add("contacts", id=700), account.add("leads", id=501, updated_at=1_700_000_000)
    account.link(("leads", 500), ("contacts", 700)), account.link(("leads", 501), ("contacts", 700))
    fake, crm = serve(account)
    before, cursor = known(crm)
    fake.clock.advance(300)
    fake.edit("leads", 500, {"name": "Иначе"})
    fake.create("tasks", {"entity_type": "contacts", "entity_id": 700, "text": "!", "complete_till": 1_900_000_000})

    changes, _ = follow(crm, cursor)

    assert "501" not in before.deals
    assert "501" in apply(before, changes).deals


def test_a_deleted_deal_goes_and_comes_back_when_it_is_restored(serve):
    fake, crm = serve(an_account())
    before, cursor = known(crm)
    fake.clock.advance(300)
    fake.remove("leads", 500)
    changes, cursor = follow(crm, cursor)
    gone = apply(before, changes)
    fake.clock.advance(300)
    fake.restore("leads", 500)
    changes, _ = follow(crm, cursor)

    assert "500" not in gone.deals
    assert "500" in apply(gone, changes).deals


def test_a_task_that_can_no_longer_be_read_counts_as_absent_until_it_can(serve):
    fake, crm = serve(an_account())
    before, cursor = known(crm)
    fake.account.tasks[1].update(complete_till="скоро", updated_at=fake.clock.now())
    changes, cursor = follow(crm, cursor)
    without, problems = apply(before, changes), [str(problem) for problem in crm.set_aside()]
    fake.edit("tasks", 1, {"complete_till": 1_900_000_000})
    changes, _ = follow(crm, cursor)

    assert "1" not in without.tasks
    assert problems == ['tasks[1].complete_till: `"скоро"` must be whole unix seconds of the years 1970 to 2199']
    assert "1" in apply(without, changes).tasks
    assert crm.set_aside() == []


def test_a_sweep_finds_what_nothing_told_of_and_says_how_much(serve):
    fake, crm = serve(an_account())
    before, cursor = known(crm)
    silently(fake)
    fake.clock.advance(HOUR)
    changes, cursor = follow(crm, cursor)
    unseen = apply(before, changes)
    fake.clock.advance(6 * HOUR)
    changes, _ = follow(crm, cursor)

    after, report = apply(unseen, changes), crm.last_sweep
    assert open_part(unseen) == open_part(before)
    assert after.tasks == known(crm)[0].tasks
    assert report is not None
    assert (report.new, report.changed, report.gone, report.proven) == (1, 1, 1, True)


def test_a_sweep_finds_nothing_where_nothing_was_missed(serve):
    fake, crm = serve(generate(seed=8, tasks=60), page_size=3, sweep_minutes=10)
    _, cursor = known(crm)
    fake.clock.advance(HOUR)
    rows = [key for key, row in fake.account.tasks.items() if not row["is_completed"]]
    for number, key in enumerate(rows[:20]):
        # A team goes on working while the sweep reads a few pages a round.
        fake.edit("tasks", key, {"is_completed": True} if number % 2 else {"text": "Иначе"})
        _, cursor = follow(crm, cursor)
        fake.clock.advance(120)

    assert crm.last_sweep is not None
    assert crm.last_sweep.missed == 0
    assert crm.last_sweep.open_tasks > 30


class Meanwhile:
    """An API beneath which a colleague does something right before a sweep looks."""

    def __init__(self, api: Any, deed: Any) -> None:
        self.api, self.deed = api, deed

    def get(self, path: str, params: Any = (), **options: Any) -> Any:
        if ("filter[is_completed]", "0") in params:
            self.deed()
        return self.api.get(path, params, **options)

    def close(self) -> None:
        self.api.close()


def test_what_happens_while_a_sweep_looks_is_not_called_missed(serve):
    fake, crm = serve(an_account(), updated_overlap_seconds=5)
    fake.clock.advance(300)
    before, cursor = known(crm)
    fake.clock.advance(7 * HOUR)

    def deed() -> None:
        fake.edit("tasks", 1, {"text": "Иначе"}), fake.edit("tasks", 2, {"is_completed": True})
        fake.create("tasks", {"text": "Новая", "complete_till": 1_900_000_000})

    crm.api = Meanwhile(crm.api, deed)
    changes, cursor = follow(crm, cursor)
    fake.clock.advance(60)
    more, _ = follow(crm, cursor)

    assert crm.last_sweep.missed == 0
    assert apply(before, [*changes, *more]).tasks["1"].text == "Иначе"


def test_a_process_that_ends_well_leaves_nothing_to_be_called_missed(serve):
    fake, crm = serve(an_account())
    _, cursor = known(crm)
    fake.clock.advance(300)
    fake.edit("tasks", 1, {"text": "Иначе"})
    _, cursor = follow(crm, cursor)
    crm.close()
    restarted = AmoCrm.open(base_url=fake.url, token=fake.token, cells=crm.cells, account=crm.settings.account_name)
    fake.clock.advance(7 * HOUR)

    follow(restarted, cursor)
    restarted.close()

    assert restarted.last_sweep.missed == 0
    assert restarted.last_sweep.recalled


def test_what_a_sweep_corrected_is_given_again_when_the_answer_was_lost(serve):
    fake, crm = serve(an_account())
    before, cursor = known(crm)
    silently(fake)
    fake.clock.advance(7 * HOUR)
    follow(crm, cursor)  # and nobody gets to see it

    changes, cursor = follow(crm, cursor)
    again, _ = follow(crm, cursor)

    assert apply(before, changes).tasks == known(crm)[0].tasks
    assert Remove("task", "2") not in again


@pytest.mark.parametrize("page_size", [2, 250])
def test_a_correction_that_is_given_again_does_not_undo_what_came_after_it(serve, page_size):
    fake, crm = serve(an_account(60), page_size=page_size)
    before, cursor = known(crm)
    silently(fake)
    fake.clock.advance(7 * HOUR)
    while True:
        changes, after = follow(crm, cursor)
        if crm.last_sweep is not None:
            break  # and nobody gets to see it
        before, cursor = apply(before, changes), after
    fake.edit("tasks", 1, {"text": "Новее"})
    for key in range(3, 61):
        fake.edit("tasks", key, {"text": "Иначе"})

    changes, _ = follow(crm, cursor)

    assert apply(before, changes).tasks == known(crm)[0].tasks


def test_a_correction_that_could_not_be_given_is_found_again(serve):
    account = an_account()
    account.add("leads", id=501, updated_at=1_700_000_000)
    fake, crm = serve(account, attempts_bulk=1)
    before, cursor = known(crm)
    fake.account.add("tasks", id=100, entity_type="leads", entity_id=501, updated_at=1_700_000_000)
    fake.settings = fake.settings
    fake.clock.advance(7 * HOUR)
    calls: list[str] = []

    def second_time_leads(asked: Any) -> bool:
        calls.append(asked.path)
        return asked.path.endswith("/leads") and sum(path.endswith("/leads") for path in calls) == 2

    fake.faults.add(500, when=second_time_leads)
    changes, cursor = follow(crm, cursor)
    before = apply(before, changes)
    fake.clock.advance(HOUR)

    changes, _ = follow(crm, cursor)

    assert "501" in apply(before, changes).deals
    assert apply(before, changes).tasks.keys() == known(crm)[0].tasks.keys()


def test_after_a_restart_the_cells_tell_the_sweep_what_was_given(serve):
    fake, crm = serve(an_account())
    before, cursor = known(crm)
    silently(fake)
    fake.clock.advance(7 * HOUR)
    restarted = AmoCrm(crm.api, crm.settings, cells=crm.cells)

    changes, _ = follow(restarted, cursor)

    assert apply(before, changes).tasks == known(crm)[0].tasks
    assert restarted.last_sweep is not None
    assert restarted.last_sweep.proven


def test_a_sweep_that_knows_nothing_gives_all_and_says_that_it_proves_nothing(serve):
    fake, crm = serve(an_account())
    before, cursor = known(crm)
    silently(fake)
    fake.clock.advance(7 * HOUR)
    fake_cells = type(crm.cells)(fake.clock)
    restarted = AmoCrm(crm.api, crm.settings, cells=fake_cells)

    changes, _ = follow(restarted, cursor)

    assert apply(before, changes).tasks.keys() == known(crm)[0].tasks.keys() | {"2"}
    assert restarted.last_sweep is not None
    assert not restarted.last_sweep.proven


def test_without_rights_on_events_deletions_wait_for_the_sweep(serve):
    fake, crm = serve(an_account(), html_403_blocks=False)
    before, cursor = known(crm)
    fake.faults.add(403, when=lambda asked: asked.path.endswith("/events"), times=None, body="json")
    fake.clock.advance(300)
    fake.remove("tasks", 1)
    changes, cursor = follow(crm, cursor)
    unseen = apply(before, changes)
    fake.clock.advance(7 * HOUR)
    changes, _ = follow(crm, cursor)

    assert "1" in unseen.tasks
    assert "1" not in apply(unseen, changes).tasks
    assert [problem.path for problem in crm.set_aside()] == ["events"]


def test_the_directory_is_read_again_and_tells_what_is_gone(serve):
    fake, crm = serve(an_account())
    before, cursor = known(crm)
    fake.account.add_user("Новая", id=9)
    del fake.account.task_types[2]
    fake.clock.advance(700)
    changes, _ = follow(crm, cursor)

    after = apply(before, changes)
    assert after.users["9"].name == "Новая"
    assert "2" not in after.task_types


def test_another_time_zone_makes_everything_be_read_again(serve):
    fake, crm = serve(an_account())
    _, cursor = known(crm)
    fake.account.timezone = "Asia/Omsk"
    fake.clock.advance(700)

    with pytest.raises(CursorLost, match="time zone"):
        follow(crm, cursor)
    assert known(crm)[0].account.timezone == "Asia/Omsk"


@pytest.mark.parametrize(
    "cursor", ["", "amocrm1:", "amocrm1:{}", 'amocrm1:{"account":"1","since":-1}', "amocrm1:[]", "x"]
)
def test_a_text_that_is_no_cursor_is_lost(serve, cursor):
    _, crm = serve(an_account())

    with pytest.raises(CursorLost):
        crm.read_changes(cursor)


def test_a_cursor_of_another_account_or_of_long_ago_is_lost(serve):
    fake, crm = serve(an_account())
    _, other = serve(FakeAccount.empty(id=99))
    cursor = crm.cursor()

    with pytest.raises(CursorLost, match="of account"):
        other.read_changes(cursor)
    fake.clock.advance(40 * 24 * HOUR)
    with pytest.raises(CursorLost, match="40 days old"):
        crm.read_changes(cursor)


def test_what_a_webhook_named_is_looked_at_though_nothing_else_tells(serve):
    fake, crm = serve(an_account())
    before, cursor = known(crm)
    silently(fake)
    told = threading.Event()
    stop = crm.watch(told.set)
    crm.look_at([("task", "1"), ("task", "2"), ("task", "100")])
    stop()

    changes, _ = follow(crm, cursor)

    assert told.is_set()
    assert apply(before, changes).tasks == known(crm)[0].tasks


def test_what_a_webhook_named_is_kept_when_reading_fails(serve):
    fake, crm = serve(an_account(), attempts_bulk=1)
    fake.clock.advance(300)
    _, cursor = known(crm)
    crm.look_at([("task", "1")])
    fake.faults.add(500)
    with pytest.raises(Exception, match="500"):
        crm.read_changes(cursor)

    changes, _ = follow(crm, cursor)

    assert [change.value.id for change in changes if change.kind == "task"] == ["1"]


def test_a_watch_tells_at_intervals_when_no_webhook_comes(serve):
    _, crm = serve(an_account())
    told = threading.Event()
    stop = crm.watch(told.set)

    assert told.wait(5)
    stop()
