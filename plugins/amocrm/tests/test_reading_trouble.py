"""Trouble with one entity, one list, one clock or one process: it is reported, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import define
from workplaces_amocrm import AmoCrm
from workplaces_amocrm.fake.account import FakeAccount
from workplaces_amocrm.fake.settings import FakeSettings

from plugins.amocrm.tests.test_reading_changes import follow, known
from workplaces_core.adapters.cells import MemoryCells
from workplaces_core.changes import apply
from workplaces_core.errors import CrmUnavailable

LONG_AGO = 1_700_000_000
HOUR = 3600
NINES = "9" * 5000
NO_FILTERS = FakeSettings.unthrottled()


def an_account(tasks: int = 3) -> FakeAccount:
    account = FakeAccount.empty(now=1_800_000_000)
    for number in range(1, tasks + 1):
        account.add("leads", id=500 + number, updated_at=LONG_AGO)
        account.add("tasks", id=number, updated_at=LONG_AGO, entity_type="leads", entity_id=500 + number)
    return account


def of(path: str) -> Callable[[Any], bool]:
    return lambda asked: asked.path.endswith(path)


def told(crm: AmoCrm) -> list[str]:
    return [str(problem) for problem in crm.set_aside()]


@define
class Answers:
    """An API whose answers from one path are altered."""

    api: Any
    path: str
    alter: Callable[[Any], Any]

    def get(self, path: str, params: Any = (), **options: Any) -> Any:
        answer = self.api.get(path, params, **options)
        return self.alter(answer) if path.endswith(self.path) else answer

    def close(self) -> None:
        self.api.close()


# -- one entity ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [403, 400])
def test_a_deal_that_amocrm_refuses_to_show_is_set_aside_and_the_rest_is_read(serve, status):
    fake, crm = serve(an_account(), fake=NO_FILTERS, attempts_bulk=1)
    fake.faults.add(status, when=of("/leads/501"), times=None, body="json")

    snapshot, _ = known(crm)

    assert snapshot.deals.keys() == {"502", "503"}
    assert snapshot.tasks.keys() == {"1", "2", "3"}
    assert [line.partition(":")[0] for line in told(crm)] == ["leads[501]"]
    assert "may not be read" in told(crm)[0]


def test_a_deal_that_cannot_be_read_is_tried_again_with_a_later_round(serve):
    fake, crm = serve(an_account(), fake=NO_FILTERS, attempts_bulk=1)
    fake.faults.add(500, when=of("/leads/501"), times=None)
    snapshot, cursor = known(crm)
    first = told(crm)
    changes, cursor = follow(crm, cursor)
    still = apply(snapshot, changes)
    fake.faults.clear()

    changes, cursor = follow(crm, cursor)

    assert "501" not in still.deals
    assert "tried again" in first[0]
    assert apply(still, changes).deals.keys() == {"501", "502", "503"}
    assert told(crm) == []


def test_a_new_deal_that_cannot_be_read_keeps_no_task_from_being_given(serve):
    fake, crm = serve(an_account(), fake=NO_FILTERS, attempts_bulk=1)
    fake.account.add("leads", id=600, updated_at=LONG_AGO)
    snapshot, cursor = known(crm)
    fake.clock.advance(300)
    fake.edit("tasks", 1, {"entity_type": "leads", "entity_id": 600, "text": "Иначе"})
    fake.faults.add(500, when=of("/leads/600"), times=None)

    changes, cursor = follow(crm, cursor)
    after = apply(snapshot, changes)
    fake.faults.clear()
    changes, cursor = follow(crm, cursor)

    assert after.tasks["1"].text == "Иначе"
    assert "600" not in after.deals
    assert "600" in apply(after, changes).deals


def test_one_that_goes_on_failing_is_tried_ever_less_often(serve):
    fake, crm = serve(an_account(), fake=NO_FILTERS, attempts_bulk=1)
    fake.faults.add(500, when=of("/leads/501"), times=None)
    _, cursor = known(crm)
    start = len(fake.requests)

    for _ in range(10):
        _, cursor = follow(crm, cursor)

    assert sum(record.path.endswith("/leads/501") for record in fake.requests[start:]) == 3


def test_what_a_webhook_named_and_cannot_be_read_stops_nothing(serve):
    fake, crm = serve(an_account(), fake=NO_FILTERS, attempts_bulk=1)
    snapshot, cursor = known(crm)
    fake.faults.add(403, when=of("/leads/501"), times=None, body="json")
    fake.create("tasks", {"id": 50, "text": "!", "complete_till": 1_900_000_000})
    crm.look_at([("deal", "501")])

    changes, _ = follow(crm, cursor)

    assert "50" in apply(snapshot, changes).tasks


def test_what_a_webhook_named_and_cannot_be_read_is_tried_again(serve):
    fake, crm = serve(an_account(), fake=NO_FILTERS, attempts_bulk=1)
    snapshot, cursor = known(crm)
    fake.account.leads[501].update(name="Иначе", updated_at=LONG_AGO)
    fake.faults.add(500, when=of("/leads/501"))
    crm.look_at([("deal", "501")])
    changes, cursor = follow(crm, cursor)

    more, _ = follow(crm, cursor)

    assert apply(snapshot, changes).deals["501"].name != "Иначе"
    assert apply(snapshot, [*changes, *more]).deals["501"].name == "Иначе"


def test_an_amocrm_that_does_not_answer_at_all_is_no_trouble_of_one_entity(serve):
    fake, crm = serve(an_account(), fake=NO_FILTERS, attempts_bulk=1)
    crm.cursor()
    fake.faults.add(500, when=lambda asked: "/leads/" in asked.path or "account" in asked.path, times=None)

    with pytest.raises(CrmUnavailable):
        list(crm.read_open())
    assert told(crm) == []


def test_many_that_cannot_be_read_one_after_another_are_no_trouble_of_one_entity(serve):
    fake, crm = serve(an_account(40), fake=NO_FILTERS, attempts_bulk=1)
    fake.faults.add(500, when=lambda asked: "/leads/" in asked.path, times=None)

    with pytest.raises(CrmUnavailable):
        list(crm.read_open())


# -- records that are none -----------------------------------------------------------------------------------


def with_garbage(answer: Any) -> Any:
    if isinstance(answer, Mapping) and "tasks" in answer.get("_embedded", {}):
        answer["_embedded"]["tasks"] += ["garbage", None]
    return answer


def test_what_is_no_record_is_reported_and_the_rest_of_its_page_is_read(serve):
    _, crm = serve(an_account())
    crm.api = Answers(crm.api, "/tasks", with_garbage)  # type: ignore[assignment]

    snapshot, _ = known(crm)

    assert snapshot.tasks.keys() == {"1", "2", "3"}
    assert [line.rpartition("tasks")[2] for line in told(crm)] == [
        '[3]: `"garbage"` must be an object',
        '[4]: `"None"` must be an object',
    ]


def test_a_number_that_no_id_can_be_stops_neither_a_reading_nor_a_round(serve):
    def alter(answer: Any) -> Any:
        for row in (answer or {}).get("_embedded", {}).get("tasks", []):
            if row["id"] == 1:
                row["entity_id"] = NINES
        return answer

    _, crm = serve(an_account())
    crm.api = Answers(crm.api, "/tasks", alter)  # type: ignore[assignment]

    snapshot, cursor = known(crm)
    follow(crm, cursor)

    assert {"2", "3"} <= snapshot.tasks.keys()
    assert any("entity_id" in line for line in told(crm))


@pytest.mark.parametrize("entity", [NINES, "٧", 10**30, None])
def test_an_event_of_something_without_a_usable_id_is_set_aside(serve, entity):
    def alter(answer: Any) -> Any:
        for row in (answer or {}).get("_embedded", {}).get("events", []):
            row["entity_id"] = entity
        return answer

    fake, crm = serve(an_account())
    snapshot, cursor = known(crm)
    fake.clock.advance(300)
    fake.remove("leads", 501)
    fake.edit("tasks", 2, {"text": "Иначе"})
    crm.api = Answers(crm.api, "/events", alter)  # type: ignore[assignment]

    changes, _ = follow(crm, cursor)

    assert apply(snapshot, changes).tasks["2"].text == "Иначе"
    assert any(".entity_id" in line and "must be an id" in line for line in told(crm))


# -- one list ------------------------------------------------------------------------------------------------


def test_a_directory_that_cannot_be_read_keeps_no_change_from_being_given(serve):
    fake, crm = serve(an_account(), attempts_bulk=1)
    snapshot, cursor = known(crm)
    fake.clock.advance(700)
    fake.edit("tasks", 1, {"text": "Иначе"})
    fake.faults.add(403, when=of("/users"), times=None, body="json")

    changes, cursor = follow(crm, cursor)
    after, problems = apply(snapshot, changes), told(crm)
    follow(crm, cursor)
    asked = sum(record.path.endswith("/users") for record in fake.requests)
    fake.faults.clear()
    fake.clock.advance(700)
    changes, _ = follow(crm, cursor)

    assert after.tasks["1"].text == "Иначе"
    assert after.users == snapshot.users
    assert [line.partition(":")[0] for line in problems] == ["directory"]
    assert asked == 2  # by the first reading, and once in vain
    assert any(change.kind == "user" for change in changes)
    assert told(crm) == []


def test_a_sweep_that_cannot_read_a_page_keeps_no_change_from_being_given_and_removes_nothing(serve):
    fake, crm = serve(an_account(), attempts_bulk=1)
    snapshot, cursor = known(crm)
    fake.account.add("tasks", id=100, updated_at=LONG_AGO)
    fake.clock.advance(7 * HOUR)
    fake.edit("tasks", 1, {"text": "Иначе"})
    inner, fails = crm.api, [True]

    class Failing(Answers):
        def get(self, path: str, params: Any = (), **options: Any) -> Any:
            if fails[0] and ("filter[is_completed]", "0") in params:
                fails.append(True)
                raise CrmUnavailable("500")
            return inner.get(path, params, **options)

    crm.api = Failing(inner, "", lambda answer: answer)  # type: ignore[assignment]
    changes, cursor = follow(crm, cursor)
    after, problems = apply(snapshot, changes), told(crm)
    _, cursor = follow(crm, cursor)
    tries = len(fails) - 1
    fails[:] = [False]
    fake.clock.advance(700)
    changes, _ = follow(crm, cursor)

    assert after.tasks["1"].text == "Иначе"
    assert after.tasks.keys() == {"1", "2", "3"}
    assert [line.partition(":")[0] for line in problems] == ["sweep"]
    assert tries == 1
    assert "100" in apply(after, changes).tasks
    assert told(crm) == []


# -- one clock, one process ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [-HOUR, -90, 0, 59, 61, 90, HOUR])
def test_whichever_clock_is_ahead_no_change_is_lost(serve, ahead):
    account = an_account()
    cells: list[MemoryCells] = []
    fake, crm = serve(account)
    cells.append(MemoryCells(lambda: datetime.fromtimestamp(fake.clock.exact() + ahead, UTC)))
    crm = AmoCrm(crm.api, crm.settings, cells=cells[0])
    snapshot, cursor = known(crm)

    for number in range(3):
        fake.clock.advance(1)
        fake.create("tasks", {"id": 50 + number, "text": "Новая", "complete_till": 1_900_000_000})
        fake.edit("tasks", 1, {"text": f"Снова {number}"})
        changes, cursor = follow(crm, cursor)
        snapshot = apply(snapshot, changes)
        assert snapshot.tasks["1"].text == f"Снова {number}"
        assert str(50 + number) in snapshot.tasks


def test_a_time_of_answers_that_jumps_moves_no_cursor_past_what_was_read(serve):
    fake, crm = serve(an_account())
    snapshot, cursor = known(crm)

    for number, jump in enumerate([-5 * HOUR, 5 * HOUR, -40 * 24 * HOUR, 40 * 24 * HOUR, None]):
        fake.clock.advance(100)
        changes, cursor = follow(crm, cursor)
        snapshot = apply(snapshot, changes)
        at = fake.clock.exact()
        crm.api.dated = None if jump is None else datetime.fromtimestamp(at + jump, UTC)  # type: ignore[attr-defined]
        crm._compare_clocks()
        fake.edit("tasks", 1, {"text": f"Снова {number}"})
        changes, cursor = follow(crm, cursor)
        snapshot = apply(snapshot, changes)
        assert snapshot.tasks["1"].text == f"Снова {number}"


def test_what_arrived_before_a_crash_is_known_to_the_sweep_of_the_next_process(serve):
    fake, crm = serve(an_account(), html_403_blocks=False)
    fake.faults.add(403, when=of("/events"), times=None, body="json")
    snapshot, cursor = known(crm)
    fake.clock.advance(300)
    fake.create("tasks", {"id": 50, "text": "Новая", "complete_till": 1_900_000_000})
    changes, cursor = follow(crm, cursor)
    snapshot = apply(snapshot, changes)
    fake.remove("tasks", 50)
    restarted = AmoCrm(crm.api, crm.settings, cells=crm.cells)  # and the first one never closed
    fake.clock.advance(7 * HOUR)

    changes, _ = follow(restarted, cursor)

    assert "50" in snapshot.tasks
    assert "50" not in apply(snapshot, changes).tasks
    assert restarted.last_sweep is not None
    assert (restarted.last_sweep.gone, restarted.last_sweep.proven) == (1, True)


def test_a_round_without_news_of_tasks_notes_nothing(serve):
    fake, crm = serve(an_account())
    _, cursor = known(crm)
    fake.clock.advance(300)
    fake.edit("tasks", 1, {"text": "Иначе"})
    _, cursor = follow(crm, cursor)
    cell = crm.cells.read(f"amocrm/{crm.settings.account_name}/open/since")

    follow(crm, cursor)

    assert cell is not None
    assert crm.cells.read(f"amocrm/{crm.settings.account_name}/open/since") == cell


def test_without_rights_on_events_it_is_said_what_shows_deletions(serve):
    fake, crm = serve(an_account(), html_403_blocks=False)
    fake.faults.add(403, when=of("/events"), times=None, body="json")
    snapshot, cursor = known(crm)
    fake.clock.advance(300)
    fake.remove("leads", 501)
    fake.clock.advance(7 * HOUR)

    changes, _ = follow(crm, cursor)

    assert "501" in apply(snapshot, changes).deals
    assert "deleted deals, contacts and companies by reading everything alone" in told(crm)[0]
    assert "501" not in known(crm)[0].deals
