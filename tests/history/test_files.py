"""Files of histories: every bad row is set aside with its number, everything else is read, written and summed up."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.history.histories import random_case
from workplaces_core.errors import InvalidInput
from workplaces_core.history import read_history, replay
from workplaces_core.history.arrow_form import SCHEMA, events_of, table_of
from workplaces_core.history.describing import MOST_GAPS, describe
from workplaces_core.history.events import Event
from workplaces_core.history.extra import pa, pq
from workplaces_core.history.mapping import CSV, XES, load_mapping
from workplaces_core.history.reading import read_file, write_file
from workplaces_core.history.validating import BadRow, read_lines
from workplaces_core.history.work_items import Rejected, WorkItem, read_items
from workplaces_core.history.xes import read_xes

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
TASK = {
    "id": "t1",
    "type": "1",
    "text": "Звонок",
    "responsible": "u1",
    "created": "2026-11-20T08:00:00Z",
    "due": "2026-11-24",
}


def row(**changes):
    """A good row, changed."""
    good = {"at": "2026-11-24T07:00Z", "account": "acme", "op": "set", "kind": "task", "id": "t1"}
    good |= {"value": json.dumps(TASK, ensure_ascii=False)} | changes
    return {name: value for name, value in good.items() if value != "left out"}


def lines(*rows):
    """Rows as lines of JSON."""
    return [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in rows]


def problems(*rows):
    """What is wrong, by row."""
    return [(bad.row, str(bad.problem)) for bad in read_lines(lines(*rows)) if isinstance(bad, BadRow)]


# -- validation


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("[1]", "`[1]` must be an object with at, account"),
        ("{", '`"{"` is not JSON'),
        ('{"at":1,"at":2}', "at: `2` is given twice"),
        ("\udcff", "lone surrogates"),
        (row(extra=1), "extra: `1` is not a column of a history"),
        (row(at="left out"), "at: is required"),
        (row(at="2026-11-24T07:00"), 'at: `"2026-11-24T07:00"` must be an instant'),
        (row(at=5), "at: `5` must be an instant"),
        (row(account=""), 'account: `""` must not be empty'),
        (row(op="add"), 'op: `"add"` must be one of set, remove'),
        (row(kind="taken", op="remove"), 'op: `"remove"` must be one of set'),
        (row(kind="lead"), 'kind: `"lead"` must be one of account, user'),
        (row(kind=[]), "kind: `[]` must be one of account, user"),
        (row(id="left out"), "id: is required"),
        (row(value=None), "value: must be the JSON text of the entity"),
        (row(value=TASK), "value: `{"),
        (row(value="{"), "is not JSON"),
        (row(value='{"id":"t1","id":"t2"}'), "value.id"),
        (row(value=json.dumps({**TASK, "due": "tomorrow"})), 'value.due: `"tomorrow"` must be a date'),
        (row(value=json.dumps({**TASK, "when": 1})), "value.when: `1` is not a known key"),
        (row(id="t2"), 'id: `"t2"` must be `t1`, as the value says'),
        (row(op="remove"), "must be null where op is remove"),
        (row(op="remove", kind="account", value=None), "cannot be removed"),
        (row(kind="taken", value="5"), "value: `5` must be an object with user and task"),
        (row(kind="taken", value='{"task":"t1"}'), "value.user: is required"),
        (row(kind="finished", value='{"task":"t1","user":""}'), 'value.user: `""` must not be empty'),
        (row(kind="taken", value='{"task":"t2","user":"u1"}'), 'id: `"t1"` must be `t2`'),
        (row(kind="skip", id="t1", value='{"task":"t1","user":"u1","until":"2026-11-24T08:00Z"}'), "must be `t1/u1`"),
    ],
)  # fmt: skip
def test_a_bad_row_is_told_with_its_number_and_the_rest_goes_on(bad, says):
    (found,) = problems(row(), bad, row())

    assert found[0] == 2
    assert says in found[1]


def test_good_rows_of_every_kind_are_events():
    events = [event for seed in range(20) for event in random_case(seed).events]
    found = [list(read_lines(event.line() for event in random_case(seed).events)) for seed in range(20)]

    assert [event for each in found for event in each] == events


def test_what_people_did_may_say_more():
    (event,) = read_lines(lines(row(kind="taken", value='{"task":"t1","user":"u1","seconds":60}')))

    assert isinstance(event, Event)
    assert event.value == {"task": "t1", "user": "u1", "seconds": 60}


def test_rows_out_of_order_are_set_aside_account_by_account():
    late, early = "2026-11-24T08:00Z", "2026-11-24T07:00Z"
    found = problems(row(at=late), row(at=early, account="other"), row(at=early), row(at=late))

    assert found == [
        (3, 'at: `"2026-11-24T07:00Z"` must not lie before 2026-11-24T08:00:00Z, the row of this account before it')
    ]


def test_a_bad_row_does_not_count_for_the_order():
    assert [number for number, _ in problems(row(at="2026-11-24T09:00Z", kind="lead"), row())] == [1]


def test_many_bad_rows_among_many_good_ones_keep_their_numbers():
    rows = [row(id="t2") if number % 7 == 3 else row() for number in range(2000)]

    assert [number for number, _ in problems(*rows)] == [number + 1 for number in range(2000) if number % 7 == 3]


def test_empty_lines_are_passed_over_and_count_as_lines():
    assert [number for number, _ in problems("", row(), "  ", "x")] == [4]


# -- files


@pytest.fixture
def events():
    return random_case(3).events


@pytest.mark.parametrize("name", ["h.jsonl", "h.jsonl.gz", "h.parquet"])
def test_a_file_is_read_as_it_was_written(tmp_path, events, name):
    assert write_file(tmp_path / name, events) == len(events)
    assert list(read_file(tmp_path / name)) == events
    assert list(events_of(read_history(tmp_path / name).table)) == events


def test_the_same_events_give_the_same_bytes(tmp_path, events):
    for name in ("1.jsonl.gz", "2.jsonl.gz"):
        write_file(tmp_path / name, events)

    packed = [gzip.decompress((tmp_path / name).read_bytes()) for name in ("1.jsonl.gz", "2.jsonl.gz")]
    assert packed[0] == packed[1]


def test_lines_and_parquet_replay_alike(tmp_path):
    case = random_case(5, steps=60)
    found = []
    for name in ("h.jsonl", "h.parquet"):
        write_file(tmp_path / name, case.events)
        found.append(replay(tmp_path / name, case.a, case.b, processes=1))

    assert found[0].decisions.equals(found[1].decisions)
    assert found[0].tasks.equals(found[1].tasks)
    assert found[0].decisions.num_rows


def test_bad_rows_of_parquet_are_numbered_too(tmp_path, events):
    bad = Event(MONDAY, "other", "set", "task", "t1", {"id": "t1"})
    pq.write_table(pa.concat_tables([table_of(events), table_of([bad])]), tmp_path / "h.parquet")
    with (tmp_path / "bad.jsonl").open("w") as aside:
        found = read_history(tmp_path / "h.parquet", set_aside=aside)

    assert (found.table.num_rows, found.bad) == (len(events), 1)
    told = json.loads((tmp_path / "bad.jsonl").read_text())
    assert (told["row"], told["path"]) == (len(events) + 1, "value.type")
    assert told["content"]["at"] == "2026-11-23T00:00:00Z"


def test_a_row_of_parquet_without_a_moment_is_set_aside(tmp_path, events):
    nowhere = pa.table({name: [None] for name in SCHEMA.names}, schema=pa.schema((f.name, f.type) for f in SCHEMA))
    pq.write_table(pa.concat_tables([nowhere, table_of(events).cast(nowhere.schema)]), tmp_path / "h.parquet")
    found = read_history(tmp_path / "h.parquet")

    assert [(bad.row, str(bad.problem)) for bad in found.first_bad] == [(1, "at: is required")]
    assert list(events_of(found.table)) == events


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.jsonl", None, "cannot be read: No such file"),
        ("missing.parquet", None, "cannot be read"),
        ("broken.parquet", b"PAR1", "cannot be read"),
        ("broken.jsonl.gz", b"no gzip", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_its_name(tmp_path, name, content, says):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput) as refused:
        list(read_file(tmp_path / name))

    assert name in str(refused.value)
    assert says in str(refused.value)


def test_parquet_without_a_column_is_refused(tmp_path, events):
    pq.write_table(table_of(events).drop_columns(["kind"]), tmp_path / "h.parquet")
    with pytest.raises(InvalidInput, match="kind: is required"):
        list(read_file(tmp_path / "h.parquet"))


def test_more_columns_of_parquet_are_passed_over(tmp_path, events):
    table = table_of(events)
    pq.write_table(table.append_column("more", pa.nulls(table.num_rows)), tmp_path / "h.parquet")

    assert list(read_file(tmp_path / "h.parquet")) == events


# -- figures


def test_a_history_is_described():
    moments = [MONDAY, MONDAY + timedelta(days=1), MONDAY + timedelta(days=9)]
    people = [Event(MONDAY, "acme", "set", "user", "u1", {"id": "u1", "name": "Анна"})]
    work = [Event(at, "acme", "set", "taken", "t1", {"user": "u1", "task": "t1"}) for at in moments]
    other = [Event(MONDAY, "zeta", "remove", "task", "t1", None)]
    acme, zeta = describe([*people, *other, *work])["accounts"]

    assert (acme["from"], acme["until"]) == ("2026-11-23T00:00:00Z", "2026-12-02T00:00:00Z")
    assert acme["kinds"] == {"taken": 3, "user": 1}
    assert acme["months"] == {"2026-11": {"taken": 2, "user": 1}, "2026-12": {"taken": 1}}
    assert (acme["users"], acme["people_who_took"], acme["taken_not_finished"]) == (1, 1, 3)
    assert acme["gaps"] == [{"from": "2026-11-24T00:00:00Z", "until": "2026-12-02T00:00:00Z", "hours": 192.0}]
    assert zeta["kinds"] == {"task removed": 1}


def test_only_the_longest_gaps_are_kept():
    days = [MONDAY]
    for length in range(4, 4 + MOST_GAPS + 5):
        days.append(days[-1] + timedelta(days=length))
    told = describe(Event(day, "acme", "remove", "task", "t1", None) for day in days)["accounts"][0]["gaps"]

    assert [gap["hours"] / 24 for gap in told] == list(range(9, 9 + MOST_GAPS))


# -- logs of work


LOG = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
  <global scope="event"><string key="concept:name" value="none"/></global>
  <trace>
    <string key="concept:name" value="7"/>
    <event>
      <string key="concept:name" value="Звонок"/><string key="org:resource" value="ann"/>
      <string key="lifecycle:transition" value="START"/>
      <date key="time:timestamp" value="2026-11-23T09:00:00+01:00"/>
    </event>
    <event>
      <string key="concept:name" value="Звонок"/><string key="org:resource" value="ann"/>
      <string key="lifecycle:transition" value="suspend"/>
      <date key="time:timestamp" value="2026-11-23T09:05:00+01:00"/>
    </event>
    <event>
      <string key="concept:name" value="Звонок"/><string key="org:resource" value="ann"/>
      <string key="lifecycle:transition" value="COMPLETE"/>
      <date key="time:timestamp" value="2026-11-23T09:10:00+01:00"><string key="note" value="inside"/></date>
    </event>
    <event>
      <string key="concept:name" value="Письмо"/><string key="org:resource" value="112"/>
      <date key="time:timestamp" value="2026-11-23T09:20:00+01:00"/>
    </event>
    <event>
      <string key="concept:name" value="Письмо"/><string key="org:resource" value="bob"/>
      <date key="time:timestamp" value="yesterday"/>
    </event>
  </trace>
</log>
"""


def written(path, text):
    """A file with a text."""
    path.write_text(text, encoding="utf-8")
    return path


def test_work_is_read_from_xes_by_begin_and_end(tmp_path):
    found = list(read_xes(written(tmp_path / "log.xes", LOG)))
    work, mail, bad = found

    assert isinstance(mail, WorkItem)
    assert work == WorkItem("7", "Звонок", "ann", MONDAY.replace(hour=8), MONDAY.replace(hour=8, minute=10))
    assert (mail.resource, mail.start) == ("112", mail.complete)
    assert isinstance(bad, Rejected)
    assert (bad.line, bad.column) == (5, "time:timestamp")


def test_a_packed_log_and_one_with_two_times_in_an_event_are_read(tmp_path):
    text = LOG.replace("lifecycle:transition", "x").replace(
        '<date key="time', '<date key="start" value="2026-11-23T08:00"/><date key="time'
    )
    (tmp_path / "log.xes.gz").write_bytes(gzip.compress(text.encode()))
    names = written(tmp_path / "names.toml", 'start = "start"\ntimezone = "Europe/Amsterdam"\nsystem = ["112"]\n')
    found = list(read_xes(tmp_path / "log.xes.gz", load_mapping(names, XES)))

    assert {item.start for item in found if isinstance(item, WorkItem)} == {MONDAY.replace(hour=7)}
    assert [item.resource for item in found if isinstance(item, WorkItem)] == ["ann", "ann", "ann", "SYS"]


@pytest.mark.parametrize(
    ("text", "says"),
    [("<log><trace>", "is not XML"), ('<!DOCTYPE log [<!ENTITY a "a">]><log>&a;</log>', "no document type")],
)
def test_what_is_no_log_is_refused(tmp_path, text, says):
    with pytest.raises(InvalidInput, match=says):
        list(read_xes(written(tmp_path / "log.xes", text)))


def test_columns_of_a_csv_may_be_called_otherwise(tmp_path):
    names = written(tmp_path / "names.json", '{"case": "дело", "resource": "кто", "timezone": "Europe/Moscow"}')
    rows = ["дело,activity,кто,start,complete", "7,Звонок,ann,2026-11-23 09:00,2026-11-23T09:10:00+03:00"]
    (item,) = read_items(rows, load_mapping(names, CSV))

    assert isinstance(item, WorkItem)
    assert (item.case, item.resource, item.start) == ("7", "ann", MONDAY.replace(hour=6))


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("m.json", '{"who": "x"}', 'who: `"x"` is not a known key'),
        ("m.json", '{"case": 5}', "case: `5` must be a text"),
        ("m.json", '{"timezone": "Mars"}', "must be a time zone"),
        ("m.json", '{"system": "SYS"}', "must be a list of texts"),
        ("m.json", "[]", "must be an object"),
        ("m.json", "{", "is not JSON"),
        ("m.toml", "case = ", "cannot be read"),
        ("none.toml", None, "cannot be read: No such file"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused_with_its_name(tmp_path, name, text, says):
    path = tmp_path / name
    if text is not None:
        written(path, text)
    with pytest.raises(InvalidInput) as refused:
        load_mapping(path, CSV)

    assert name in str(refused.value)
    assert says in str(refused.value)
