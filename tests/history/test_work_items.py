"""A log of work items becomes a history: what it says, what is filled in, and what is set aside."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from workplaces_core.changes import KINDS, apply
from workplaces_core.decision import decide
from workplaces_core.errors import InvalidInput
from workplaces_core.history.events import FINISHED, TAKEN, open_work
from workplaces_core.history.observed_policy import observed_roles, policy_for
from workplaces_core.history.work_items import (
    NOBODY,
    SYSTEM,
    Reading,
    Rejected,
    WorkItem,
    history,
    opened,
    read_items,
)
from workplaces_core.model import Account, Snapshot
from workplaces_core.rules.intervals import RoleMoment
from workplaces_core.rules.zones import local_date, zone
from workplaces_core.wire import load_changes, load_policy, load_snapshot

HEADER = "case,activity,resource,start,complete"
LOG = f"""{HEADER}
7,Lead,ann,2026-11-23T09:00:00+01:00,2026-11-23T09:10:00+01:00
7,Call,SYS,2026-11-23T09:20:00+01:00,2026-11-23T09:21:00+01:00
7,Call,bob,2026-11-24T09:30:00+01:00,2026-11-24T09:40:00+01:00
8,Lead,bob,2026-11-23T23:30:00+01:00,2026-11-24T00:30:00+01:00
"""
AMSTERDAM = Reading("acme", "Europe/Amsterdam")


def items(text=LOG):
    return list(read_items(text.splitlines()))


def events(text=LOG, reading=AMSTERDAM):
    return list(history(items(text), reading))


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def told(found):
    """Events in short, without the directory: when, what, which."""
    return [
        f"{event.at:%d %H:%M} {'done' if (event.value or {}).get('completed') else event.kind} {event.id}"
        for event in found
        if event.kind not in {"account", "user", "task_type"}
    ]


# -- rows ----------------------------------------------------------------------------------------------------


def test_rows_are_read_one_by_one():
    rows = read_items(iter(LOG.splitlines()))

    assert next(rows) == WorkItem("7", "Lead", "ann", at("2026-11-23T08:00Z"), at("2026-11-23T08:10Z"))


def test_columns_stand_in_any_order_and_others_are_ignored():
    (item,) = items("start,case,note,complete,resource,activity\n2026-11-23T09:00Z,7,x,2026-11-23T09:10Z,ann,Call")

    assert (item.case, item.activity, item.resource) == ("7", "Call", "ann")


@pytest.mark.parametrize(
    ("row", "column", "value", "says"),
    [
        (",Call,ann,2026-11-23T09:00Z,2026-11-23T09:10Z", "case", "", "must not be empty"),
        ("7,,ann,2026-11-23T09:00Z,2026-11-23T09:10Z", "activity", "", "must not be empty"),
        ("7,Call,ann,2026-11-23T09:00,2026-11-23T09:10Z", "start", "2026-11-23T09:00", "must be an instant"),
        ("7,Call,ann,2026-11-23T09:00Z,yesterday", "complete", "yesterday", "must be an instant"),
        ("7,Call,ann,2026-11-23T09:00Z,2026-11-23T08:59Z", "complete", "2026-11-23T08:59Z", "must not lie before"),
        ("7,Call,ann,1969-11-23T09:00Z,2026-11-23T08:59Z", "start", "1969-11-23T09:00Z", "years 1970"),
        ("7,Call,ann,2026-11-23T09:00Z", "row", None, "must have 5 cells as the header has, not 4"),
        ("7,Call,\udcff,2026-11-23T09:00Z,2026-11-23T09:10Z", "resource", "\udcff", "surrogates"),
    ],
)  # fmt: skip
def test_a_bad_row_is_set_aside_and_the_rest_goes_on(row, column, value, says):
    good = "8,Call,ann,2026-11-23T09:00Z,2026-11-23T09:10Z"
    bad, item = items(f"{HEADER}\n{row}\n{good}")

    assert isinstance(bad, Rejected)
    assert (bad.line, bad.column, bad.value) == (2, column, value)
    assert says in bad.message
    assert str(bad.problem).startswith(f"line 2: {column}: ")
    assert item.case == "8"


def test_what_is_no_csv_is_set_aside_too():
    rows = items(f'{HEADER}\n7,"{"x" * 200_000}",ann,a,b\n8,Call,ann,2026-11-23T09:00Z,2026-11-23T09:10Z')

    assert [type(row) for row in rows] == [Rejected, WorkItem]
    assert "is not CSV" in rows[0].message


def test_a_log_without_a_column_is_refused():
    with pytest.raises(InvalidInput) as refused:
        items("case,activity\n7,Call")

    assert [problem.path for problem in refused.value.problems] == ["line 1"] * 3


def test_an_empty_log_is_refused():
    with pytest.raises(InvalidInput):
        items("")


def test_a_gzipped_log_and_one_that_is_not_utf8_are_opened(tmp_path):
    packed, broken = tmp_path / "log.csv.gz", tmp_path / "log.csv"
    packed.write_bytes(gzip.compress(LOG.encode()))
    broken.write_bytes(LOG.encode() + b"9,\xff,ann,2026-11-23T09:00Z,2026-11-23T09:10Z\n")

    with opened(packed) as stream:
        assert list(read_items(stream)) == items()
    with opened(broken) as stream:
        assert [type(row) for row in read_items(stream)][-2:] == [WorkItem, Rejected]


# -- events --------------------------------------------------------------------------------------------------


def test_the_story_of_a_log():
    assert told(events()) == [
        "23 08:00 deal 7",
        "23 08:00 task 7-1",  # the first item is there when it begins
        "23 08:00 taken 7-1",
        "23 08:10 finished 7-1",
        "23 08:10 done 7-1",
        "23 08:21 done 7-2",  # nobody was offered what the computer did
        "23 08:21 task 7-3",
        "23 22:30 deal 8",
        "23 22:30 task 8-1",
        "23 22:30 taken 8-1",
        "23 23:30 finished 8-1",
        "23 23:30 done 8-1",
        "24 08:30 taken 7-3",
        "24 08:40 finished 7-3",
        "24 08:40 done 7-3",
    ]


def test_the_directory_comes_first():
    directory = [event for event in events() if event.kind in {"account", "user", "task_type"}]

    assert [(event.kind, event.id) for event in directory] == [
        ("account", "acme"),
        ("user", "ann"),
        ("user", "bob"),
        ("user", NOBODY),
        ("user", SYSTEM),
        ("task_type", "Call"),
        ("task_type", "Lead"),
    ]
    assert {event.at for event in directory} == {at("2026-11-23T08:00Z")}
    assert [event.value["active"] for event in directory if event.id in {NOBODY, SYSTEM}] == [False, False]


def test_a_task_says_what_the_log_says():
    task = next(event.value for event in events() if event.id == "7-3")
    done = [event.value for event in events() if event.id == "7-3" and event.kind == "task"][-1]

    assert task == {
        "id": "7-3", "type": "Call", "text": "Call", "responsible": NOBODY, "created": "2026-11-23T08:21:00Z",
        "due": "2026-11-23", "subject": {"kind": "deal", "id": "7"},
    }  # fmt: skip
    assert done == task | {"responsible": "bob", "completed": True}


def test_a_task_is_due_on_its_local_day_plus_the_days_of_its_activity():
    def due(timezone, days):
        found = events(reading=Reading("acme", timezone, days))
        return next(event.value["due"] for event in found if event.id == "8-1" and event.kind == "task")

    assert due("Europe/Amsterdam", {}) == "2026-11-23"
    assert due("Europe/Moscow", {}) == "2026-11-24"
    assert due("Europe/Amsterdam", {"Lead": 2, "Call": 9}) == "2026-11-25"


def test_who_took_and_finished_is_kept_beside_the_changes():
    people = [(event.kind, event.value) for event in events() if event.kind in {TAKEN, FINISHED} and event.id == "7-3"]

    assert people == [(TAKEN, {"user": "bob", "task": "7-3"}), (FINISHED, {"user": "bob", "task": "7-3"})]
    assert SYSTEM not in {event.value["user"] for event in events() if event.kind in {TAKEN, FINISHED}}


def test_the_order_of_rows_does_not_matter():
    rows = LOG.splitlines()

    assert events("\n".join([rows[0], *reversed(rows[1:])])) == events()


def test_an_item_that_overlaps_the_one_before_it_was_there_when_it_began():
    overlapping = f"{HEADER}\n7,A,ann,2026-11-23T09:00Z,2026-11-23T10:00Z\n7,B,bob,2026-11-23T09:30Z,2026-11-23T09:40Z"

    assert "23 09:30 task 7-2" in told(events(overlapping))


def test_an_item_of_no_length_is_taken_before_it_is_finished():
    at_once = f"{HEADER}\n7,A,ann,2026-11-23T09:00Z,2026-11-23T09:00Z"

    assert [event.kind for event in events(at_once)][-4:] == ["task", TAKEN, FINISHED, "task"]


def test_a_line_has_the_columns_of_the_format():
    line = json.loads(next(event for event in events() if event.kind == TAKEN).line())

    assert line.pop("value") == '{"task":"7-1","user":"ann"}'
    assert line == {"at": "2026-11-23T08:00:00Z", "account": "acme", "op": "set", "kind": "taken", "id": "7-1"}


# -- what is open --------------------------------------------------------------------------------------------


def test_open_work_at_a_moment():
    snapshot = load_snapshot(open_work(events(), at("2026-11-23T22:45Z")))

    assert list(snapshot.tasks) == ["7-3", "8-1"]
    assert list(snapshot.deals) == ["7", "8"]
    assert [(lease.task, lease.user, lease.since) for lease in snapshot.leases.values()] == [
        ("8-1", "bob", at("2026-11-23T22:30Z"))
    ]
    assert snapshot.leases["8-1"].expires == at("2026-11-23T23:00Z")


def test_before_the_log_nothing_is_known():
    with pytest.raises(ValueError, match="the history begins later"):
        open_work(events(), at("2026-11-20T22:45Z"))


def assert_open_work_is_what_the_changes_make(found, moment):
    past = [event for event in found if event.at <= moment]
    changes = [{"op": event.op, "kind": event.kind, "value": event.value} for event in past if event.kind in KINDS]
    everything = apply(Snapshot(Account("", "UTC")), load_changes(changes))
    snapshot = load_snapshot(open_work(found, moment))
    held = Counter(event.id for event in past if event.kind == TAKEN)
    held.subtract(event.id for event in past if event.kind == FINISHED)

    assert snapshot.tasks == {id_: task for id_, task in everything.tasks.items() if not task.completed}
    assert snapshot.users == everything.users
    assert snapshot.leases.keys() == {id_ for id_, count in held.items() if count}


@pytest.mark.parametrize("hour", range(0, 30, 3))
def test_open_work_is_what_the_changes_make(hour):
    assert_open_work_is_what_the_changes_make(events(), at("2026-11-23T08:05Z") + timedelta(hours=hour))


@pytest.mark.parametrize("moment", sorted({event.at for event in events()}), ids=str)
def test_what_happens_at_the_moment_itself_has_happened(moment):
    assert_open_work_is_what_the_changes_make(events(), moment)


def test_who_is_done_holds_nothing_even_when_the_task_stays_open():
    found = [event for event in events() if not (event.value or {}).get("completed")]
    snapshot = open_work(found, at("2026-11-23T12:00Z"))

    assert [task["id"] for task in snapshot["tasks"]] == ["7-1", "7-3"]
    assert snapshot["leases"] == []


# -- the guessed policy --------------------------------------------------------------------------------------


def made(activity, resource, start, amount=1, minutes=0):
    first = at(start)
    return [
        WorkItem("7", activity, resource, first + timedelta(minutes=minutes * n), first + timedelta(hours=9))
        for n in range(amount)
    ]


def test_an_activity_is_a_role_and_the_rarest_comes_first():
    log = made("Call", "ann", "2026-11-24T09:00Z", 5) + made("Check", "bob", "2026-11-24T09:00Z", 2)

    assert [role["id"] for role in policy_for(observed_roles(log, "UTC"))["roles"]] == ["Check", "Call"]


def test_members_are_those_for_whom_it_is_more_than_an_exception():
    log = made("Call", "ann", "2026-11-24T09:00Z", 99) + made("Check", "ann", "2026-11-24T09:00Z")
    log += made("Check", "bob", "2026-11-24T09:00Z") + made("Check", SYSTEM, "2026-11-24T09:00Z")
    check, call = observed_roles(log, "UTC")

    assert (check.members, call.members) == (("bob",), ("ann",))
    assert observed_roles(log, "UTC", least_share=0.01)[0].members == ("ann", "bob")


def test_hours_are_the_middle_of_the_starts_in_half_hours():
    log = made("Call", "ann", "2026-11-24T08:10Z", 1) + made("Call", "ann", "2026-11-24T10:05Z", 38, minutes=5)
    log += made("Call", "ann", "2026-11-24T22:50Z", 1) + made("Call", "ann", "2026-11-25T10:05Z", 38, minutes=5)
    (role,) = observed_roles(log, "UTC")

    assert role.hours == {1: (600, 810), 2: (600, 810)}
    assert role.form()["intervals"] == [{"id": "tue-wed", "days": ["tue", "wed"], "start": "10:00", "end": "13:30"}]
    assert observed_roles(log, "UTC", cover=1)[0].hours[1] == (480, 1380)
    assert observed_roles(log, "Asia/Tokyo", cover=1)[0].hours[1] == (1020, 1350)


def test_a_weekday_of_exceptions_is_no_working_day():
    log = made("Call", "ann", "2026-11-24T09:00Z", 150) + made("Call", "ann", "2026-11-22T09:00Z", 1)

    assert observed_roles(log, "UTC")[0].hours.keys() == {1}


# -- the real log --------------------------------------------------------------------------------------------

NAMED = "WORKPLACES_BANK_WORK_ITEMS"
BESIDE = Path(__file__).parents[3] / "shared" / "data" / "bank-work-items"


def real_log():
    place = Path(os.environ.get(NAMED) or BESIDE)
    return place / "work_items.csv.gz" if place.is_dir() else place


@pytest.fixture(scope="module")
def real():
    path = real_log()
    if not path.is_file():
        pytest.skip(f"the bank's work items are not here: name the file or its folder in {NAMED}")
    with opened(path) as lines:
        return list(read_items(lines))


TUESDAY = datetime(2011, 11, 15, 9, tzinfo=UTC)  # 10:00 in Amsterdam


@pytest.mark.slow
def test_the_real_log_in_numbers(real):
    found = list(history(real, Reading("bank")))

    assert all(isinstance(item, WorkItem) for item in real)
    assert Counter(event.kind for event in found) == {
        "account": 1, "user": 59, "task_type": 6, "deal": 8616,
        "task": 52_967 + 59_302, TAKEN: 52_967, FINISHED: 52_967,
    }  # fmt: skip
    assert all(one.at <= next_.at for one, next_ in pairwise(found))
    assert_open_work_is_what_the_changes_make(found, TUESDAY)


def test_the_guessed_policy_fits_the_real_log(real):
    roles = {role.activity: role for role in observed_roles(real, "Europe/Amsterdam")}
    human = [item for item in real if item.is_human]
    where = zone("Europe/Amsterdam")
    fitting = sum(roles[item.activity].admits(item, where) for item in human)

    assert [(name, len(role.members)) for name, role in roles.items()] == [
        ("W_Beoordelen fraude", 5),
        ("W_Afhandelen leads", 39),
        ("W_Valideren aanvraag", 16),
        ("W_Nabellen incomplete dossiers", 47),
        ("W_Nabellen offertes", 47),
        ("W_Completeren aanvraag", 41),
    ]
    assert fitting / len(human) > 0.95
    # The loaded policy means the same hours.
    policy = load_policy(policy_for(roles.values()))
    account = Account("bank", "Europe/Amsterdam")
    for role in policy.roles:
        for item in human[:: len(human) // 50]:
            moment = RoleMoment.of(role, policy, account, item.start)
            if item.activity == role.id and item.resource in role.members.users:
                assert moment.is_active == roles[role.id].admits(item, where)


def test_on_a_working_tuesday_the_real_log_has_work_for_its_people(real):
    reading = Reading("bank")
    recent = [item for item in real if item.start < TUESDAY + timedelta(days=30)]
    snapshot = load_snapshot(open_work(history(recent, reading), TUESDAY))
    policy = load_policy(policy_for(observed_roles(real, reading.timezone)))
    desks = [decide(snapshot, policy, user=user, now=TUESDAY) for user in snapshot.users]

    assert local_date(TUESDAY, zone(reading.timezone)) == date(2011, 11, 15)
    assert len(snapshot.tasks) > 300
    assert snapshot.leases
    assert sum(desk.next is not None for desk in desks) > 40
    assert all(desk.queue[0].shared for desk in desks if desk.next)
