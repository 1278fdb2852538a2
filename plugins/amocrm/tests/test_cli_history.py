"""The history of tasks: what events tell is in it, in time order, and nothing that they do not tell."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise

import attrs
import pytest
from attrs import evolve
from workplaces_amocrm.fake import FakeAccount, FakeAmo, FakeClock, FakeSettings
from workplaces_amocrm.history_export import in_order
from workplaces_amocrm.task_past import TaskEvent, event_of, past_of
from workplaces_amocrm.translate.rules import Rules

from workplaces_core import wire
from workplaces_core.cli import main
from workplaces_core.errors import Problem
from workplaces_core.history.events import Event, open_work
from workplaces_core.model import Task

MORNING = int(datetime(2026, 11, 24, 6, 0, tzinfo=UTC).timestamp())
HOUR = 3600
DUE = int(datetime(2026, 11, 24, 20, 59, tzinfo=UTC).timestamp())  # 23:59 in Moscow: all day


@pytest.fixture
def fake():
    account = FakeAccount.empty(now=MORNING)
    account.add_user("Анна", id=201)
    deal = account.add("leads", name="Кондиционеры")
    account.add("tasks", id=11, text="Позвонить", complete_till=DUE, entity_type="leads", entity_id=deal["id"],
                created_at=MORNING - 9 * HOUR, updated_at=MORNING - 9 * HOUR)  # fmt: skip
    account.add("tasks", id=12, text="Написать", complete_till=DUE, created_at=MORNING - 9 * HOUR)
    clock = FakeClock(MORNING)
    clock.set(MORNING)
    settings = FakeSettings.unthrottled(is_api_filter_enabled=True, task_responsible_events=True)
    with FakeAmo.start(account, settings=settings, clock=clock) as running:
        yield running


@pytest.fixture
def history(fake, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKPLACES_LANG", raising=False)
    quick = {"integration_rate": 1000, "account_rate": 1000, "rate_headroom": 0, "events_page_size": 2}
    tmp_path.joinpath("quick.json").write_text(json.dumps(quick))

    def run(*, start=MORNING, end=MORNING + 100 * HOUR):
        times = [datetime.fromtimestamp(each, UTC).isoformat() for each in (start, end)]
        code = main(["amocrm", "history", "--base-url", fake.url, "--token", fake.token, "--settings", "quick.json",
                     "--from", times[0], "--to", times[1], "--out", "h.jsonl", "--json"])  # fmt: skip
        out, err = capsys.readouterr()
        assert code == 0, err
        lines = tmp_path.joinpath("h.jsonl").read_text(encoding="utf-8").splitlines()
        return [read(line) for line in lines], json.loads(out)["counts"], err.splitlines()

    return run


def read(line):
    columns = json.loads(line)
    value = None if columns["value"] is None else json.loads(columns["value"])
    event = Event(**{**columns, "at": datetime.fromisoformat(columns["at"]), "value": value})
    assert event.line() == line
    return event


def of_task(events, task, *names):
    return [tuple(event.value and event.value.get(name) for name in names) for event in events
            if event.kind == "task" and event.id == str(task)]  # fmt: skip


def tell_a_day(fake):
    fake.clock.advance(HOUR)
    fake.edit("tasks", 11, {"text": "Перезвонить"})
    fake.clock.advance(HOUR)
    fake.edit("tasks", 11, {"complete_till": DUE + 24 * HOUR})
    fake.clock.advance(HOUR)
    fake.edit("tasks", 11, {"responsible_user_id": 201})
    fake.clock.advance(HOUR)
    new = fake.create("tasks", {"text": "Счёт", "complete_till": DUE})["id"]
    fake.edit("tasks", 11, {"is_completed": True, "result": {"text": "Договорились"}}, by=201)
    return new


def test_a_task_is_at_each_event_what_it_was_then(fake, history):
    new = tell_a_day(fake)
    events, counts, err = history()
    assert err == []
    first = str(fake.account.admin)
    assert of_task(events, 11, "text", "due", "responsible", "completed") == [
        ("Позвонить", "2026-11-24", first, False),
        ("Перезвонить", "2026-11-24", first, False),
        ("Перезвонить", "2026-11-25", first, False),
        ("Перезвонить", "2026-11-25", "201", False),
        ("Перезвонить", "2026-11-25", "201", True),
    ]
    assert of_task(events, new, "text") == [("Счёт",)]
    assert counts["finished"] == 1
    assert counts["differing"] == 0


def test_who_finished_a_task_is_told_and_who_took_it_is_not(fake, history):
    tell_a_day(fake)
    events, _, _ = history()
    assert [event.value for event in events if event.kind == "finished"] == [{"user": "201", "task": "11"}]
    assert not any(event.kind == "taken" for event in events)


def test_a_history_is_in_time_order_and_begins_with_an_account(fake, history):
    tell_a_day(fake)
    events, _, _ = history()
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert events[0].kind == "account"
    assert {event.account for event in events} == {str(fake.account.id)}


def test_a_snapshot_can_be_read_off_it_at_any_moment(fake, history):
    new = tell_a_day(fake)
    events, _, _ = history()
    for hours, open_ in ((0, {"11", "12"}), (1, {"11", "12"}), (4, {"12", str(new)})):
        at = datetime.fromtimestamp(MORNING + hours * HOUR, UTC)
        snapshot = wire.load_snapshot(open_work(events, at))
        assert set(snapshot.tasks) == open_
    assert len(snapshot.task_types) >= 1


def test_what_happened_after_the_end_is_taken_back_and_not_told(fake, history):
    tell_a_day(fake)
    events, _, _ = history(end=MORNING + HOUR + 1)
    assert of_task(events, 11, "text", "due", "completed") == [
        ("Позвонить", "2026-11-24", False),
        ("Перезвонить", "2026-11-24", False),
    ]


def test_what_happened_before_the_start_is_how_it_stands_at_the_start(fake, history):
    tell_a_day(fake)
    start = MORNING + 2 * HOUR + 1
    events, _, _ = history(start=start)
    assert of_task(events, 11, "text", "due", "completed")[0] == ("Перезвонить", "2026-11-25", False)
    assert events[0].at.timestamp() == start


def test_a_task_that_was_completed_before_the_start_is_not_open_at_the_start(fake, history):
    fake.clock.advance(HOUR)
    fake.edit("tasks", 12, {"is_completed": True})
    fake.clock.advance(2 * HOUR)
    fake.edit("tasks", 12, {"text": "Написано"})
    start = MORNING + 2 * HOUR
    events, _, _ = history(start=start)
    assert of_task(events, 12, "text", "completed") == [("Написано", True)]
    assert set(wire.load_snapshot(open_work(events, at(2 * HOUR))).tasks) == {"11"}


def test_of_a_deleted_task_only_the_end_is_told_and_that_is_counted(fake, history):
    fake.clock.advance(HOUR)
    fake.edit("tasks", 12, {"text": "Другое"})
    fake.clock.advance(HOUR)
    fake.remove("tasks", 12)
    events, counts, _ = history()
    assert [(event.op, event.value) for event in events if event.id == "12"] == [("remove", None)]
    assert counts["gone"] == 1


def test_a_task_that_was_opened_again_is_counted_as_differing(fake, history):
    fake.clock.advance(HOUR)
    fake.edit("tasks", 12, {"is_completed": True})
    fake.clock.advance(HOUR)
    fake.edit("tasks", 12, {"is_completed": False})
    _, counts, _ = history()
    assert counts["differing"] == 1


def test_an_account_that_does_not_record_responsibles_gives_the_one_of_now(fake, history):
    fake.settings = evolve(fake.settings, task_responsible_events=False)
    tell_a_day(fake)
    events, _, _ = history()
    assert {found for (found,) in of_task(events, 11, "responsible")} == {"201"}


def test_events_that_cannot_be_read_are_set_aside_and_the_rest_is_told(fake, history):
    tell_a_day(fake)
    event = next(each for each in fake.account.events.values() if each["type"] == "task_text_changed")
    event["value_before"] = []
    events, counts, err = history()
    assert counts["aside"] == 1
    assert "value_before must say `task.text`" in err[0]
    assert len(of_task(events, 11, "text")) == 4


def test_the_order_in_which_the_log_is_listed_does_not_matter(fake, history):
    tell_a_day(fake)
    newest_first, _, _ = history()
    fake.settings = evolve(fake.settings, events_newest_first=False)
    oldest_first, _, _ = history()
    assert newest_first == oldest_first


def test_a_start_after_the_end_is_refused(fake, tmp_path, capsys):
    code = main(["amocrm", "history", "--base-url", fake.url, "--token", "t", "--from", "2026-11-25T00:00Z",
                 "--to", "2026-11-24T00:00Z", "--out", str(tmp_path / "h")])  # fmt: skip
    assert code == 2
    assert "--from" in capsys.readouterr().err


def at(seconds):
    return datetime.fromtimestamp(MORNING + seconds, UTC)


NOW = Task("7", "1", "Позвонить", "5", at(0), at(0).date())


def test_a_past_that_is_played_forward_is_the_present():
    texts = ["а", "б", "в", "г"]
    events = [TaskEvent(at(n), "task_text_changed", "7", "5", {"text": was}, {"text": now})
              for n, (was, now) in enumerate(pairwise(texts))]  # fmt: skip
    past = past_of(attrs.evolve(NOW, text="г"), events)
    assert past.before.text == "а"
    assert [step.task.text for step in past.steps] == ["б", "в", "г"]
    assert past.agrees
    assert not past_of(NOW, events).agrees


def test_events_of_one_second_keep_the_order_of_the_log():
    events = [
        TaskEvent(at(second), name, "7", None, {}, {}) for second, name in ((2, "d"), (1, "c"), (1, "b"), (0, "a"))
    ]
    assert [event.type for event in in_order(events)] == ["a", "b", "c", "d"]
    assert [event.type for event in in_order(events[::-1])] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {"entity_type": "task", "type": "task_added"},
        {"entity_type": "task", "type": "task_type_changed", "entity_id": 7, "created_at": 1},
    ],
)
def test_an_event_that_cannot_be_read_is_a_problem(raw):
    assert isinstance(event_of(raw, Rules()), Problem)


def test_events_of_other_things_are_passed_by():
    assert event_of({"entity_type": "lead", "type": "entity_responsible_changed"}, Rules()) is None
    assert event_of({"entity_type": "task", "type": "task_result_added"}, Rules()) is None
