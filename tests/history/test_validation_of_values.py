"""What a history may hold: values that can be written out again, instants with a zone, the account first."""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.history.histories import random_case
from workplaces_core.cli import main
from workplaces_core.errors import InvalidInput
from workplaces_core.history.arrow_form import SCHEMA, conform, table_of
from workplaces_core.history.events import Event
from workplaces_core.history.extra import pa, pq
from workplaces_core.history.reading import read_file, read_history, write_file
from workplaces_core.history.validating import BadRow, read_lines

SIX = datetime(2026, 11, 23, 6, tzinfo=UTC)
ACCOUNT = {"id": "acme", "timezone": "Europe/Moscow"}
USER = {"id": "u1", "name": "Анна"}
SECONDS = 1_795_413_600
BEGINNING = [Event(SIX, "acme", "set", "account", "acme", ACCOUNT), Event(SIX, "acme", "set", "user", "u1", USER)]


def in_file(path: Path) -> list[Any]:
    return list(read_file(path))


def in_lines(lines: list[str]) -> list[Any]:
    return list(read_lines(lines))


def row_of(kind, id_, value, at="2026-11-23T06:00Z"):
    """A row of JSON Lines; its value is a text."""
    return json.dumps({"at": at, "account": "acme", "op": "set", "kind": kind, "id": id_, "value": value})


ODD = [
    ('{"user":"u1","task":"t1","user":"u2"}', 'value.user: `"u2"` is given twice'),
    ('{"user":"u1","task":"t1","x":[{"a":1,"a":2}]}', "value.x[0].a: `2` is given twice"),
    ('{"user":"u1","task":"t1","x":NaN}', 'value.x: `"nan"` must be a finite number'),
    ('{"user":"u1","task":"t1","x":[1,-1e999]}', 'value.x[1]: `"-inf"` must be a finite number'),
    ('{"user":"u1","task":"t1","x":"\\ud800"}', 'value.x: `"\\ud800"` must be a text without lone surrogates'),
    ('{"user":"u1","task":"t1","\\ud800":1}', "must be a text without lone surrogates"),
    ('{"user":"u1","task":"t1","x":9223372036854775808}', "value.x: `9223372036854775808` must be a whole number"),
    ('{"user":"u1","task":"t1","x":' + "[" * 90 + "]" * 90 + "}", "must not be nested more than 64 deep"),
    ('{"user":"u1",', 'value: `"{\\"user\\":\\"u1\\","` is not JSON'),
]  # fmt: skip


# -- values


@pytest.mark.parametrize("kind", ["taken", "finished"])
@pytest.mark.parametrize(("value", "says"), ODD)
def test_what_people_did_is_read_strictly(value, says, kind):
    text = row_of(kind, "t1", value)
    (bad,) = in_lines([text])

    assert isinstance(bad, BadRow)
    assert says in str(bad.problem)
    told = json.loads(json.dumps(bad.form(), allow_nan=False))
    assert (told["row"], told["content"]["value"]) == (1, value)


@pytest.mark.parametrize(("value", "says"), ODD)
def test_values_in_parquet_are_read_as_strictly(tmp_path, value, says):
    table = table_of([*BEGINNING, Event(SIX, "acme", "set", "taken", "t1", {"user": "u1", "task": "t1"})])
    values = [*table.column("value").to_pylist()[:2], value]
    path = tmp_path / "h.parquet"
    pq.write_table(table.set_column(5, "value", pa.array(values)), path)
    *good, bad = in_file(path)

    assert good == BEGINNING
    assert (bad.row, says in str(bad.problem)) == (3, True)


def test_values_of_every_sort_that_json_has_may_be_kept():
    value: dict[str, Any] = {
        "user": "u1",
        "task": "t1",
        "x": [None, True, -(2**63), 2**63 - 1, 1.5, "😀", {"a": {"b": []}}],
    }
    (event,) = in_lines([row_of("taken", "t1", json.dumps(value))])

    assert event.value == value


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"at":NaN}', 'at: `"nan"` must be a finite number'),
        ("[NaN]", "must be a finite number"),
        ('{"at":{"a":1,"a":2}}', "at.a: `2` is given twice"),
        (row_of("deal", "d1", '{"id":"d1","name":"d","responsible":null,"fields":{"f":{"a":NaN}}}'), "fields.f"),
    ],
)
def test_a_bad_row_can_be_told_in_json(line, says):
    (bad,) = in_lines([line])

    assert says in str(bad.problem)
    json.dumps(bad.form(), allow_nan=False)


def test_a_line_that_is_no_utf_8_is_set_aside_byte_for_byte(tmp_path):
    (tmp_path / "h.jsonl").write_bytes(b"\xff\xfe{}\n")
    with (tmp_path / "bad.jsonl").open("w") as aside:
        read_history(tmp_path / "h.jsonl", set_aside=aside)
    told = json.loads((tmp_path / "bad.jsonl").read_text())

    assert told["content"].encode("utf-8", "surrogateescape") == b"\xff\xfe{}"


def test_a_history_with_odd_values_can_be_converted(tmp_path, capsys):
    lines = [event.line() for event in BEGINNING] + [row_of("taken", "t1", value) for value, _ in ODD]
    (tmp_path / "h.jsonl").write_text("\n".join(lines), encoding="utf-8")
    code = main(["history", "convert", str(tmp_path / "h.jsonl"), str(tmp_path / "new.jsonl")])

    assert code == 0
    assert f"{len(ODD)} rows set aside" in capsys.readouterr().err
    assert list(read_file(tmp_path / "new.jsonl")) == BEGINNING


# -- instants in Parquet


def stored(path, at, **columns):
    """The beginning of a history in Parquet with another column of instants, or others."""
    table = table_of(BEGINNING)
    for name, column in {"at": at, **columns}.items():
        table = table.set_column(SCHEMA.names.index(name), name, column)
    pq.write_table(table, path)
    return path


@pytest.mark.parametrize(
    ("at", "type_"),
    [
        (pa.array([SECONDS] * 2), "int64"),
        (pa.array([1.0] * 2), "double"),
        (pa.array([date(2026, 11, 23)] * 2), "date32[day]"),
        (pa.array([SIX.replace(tzinfo=None)] * 2, pa.timestamp("us")), "timestamp[us]"),
        (pa.array([SIX.replace(tzinfo=None)] * 2, pa.timestamp("ns")), "timestamp[ns]"),
    ],
)
def test_what_is_no_instant_with_a_zone_is_refused_with_column_and_type(tmp_path, at, type_):
    path = stored(tmp_path / "h.parquet", at)
    with pytest.raises(InvalidInput) as refused:
        list(read_file(path))

    says = f'{path}: at: `"{type_}"` must be a timestamp with a time zone'
    assert str(refused.value).startswith(says)


@pytest.mark.parametrize("at", [pa.array([date(2026, 11, 23)] * 2), pa.array([SIX.replace(tzinfo=None)] * 2)])
def test_a_table_with_dates_or_without_a_zone_is_refused_too(at):
    with pytest.raises(InvalidInput, match="must be a timestamp with a time zone"):
        conform(table_of(BEGINNING).set_column(0, "at", at))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Moscow", "+03:00"])
def test_timestamps_of_every_unit_and_zone_are_read(tmp_path, unit, zone):
    path = stored(tmp_path / "h.parquet", pa.array([SIX] * 2, pa.timestamp(unit, zone)))

    assert list(read_file(path)) == BEGINNING


def test_texts_that_are_instants_are_read_and_others_are_bad_rows(tmp_path):
    path = stored(tmp_path / "h.parquet", pa.array(["2026-11-23T09:00:00+03:00", "2026-11-23T06:00:00"]))
    good, bad = in_file(path)

    assert good == BEGINNING[0]
    assert 'at: `"2026-11-23T06:00:00"` must be an instant' in str(bad.problem)


@pytest.mark.parametrize(
    ("unit", "number", "says"),
    [
        ("ns", SECONDS * 10**9 + 1, "2026-11-23T06:00:00.000000001Z"),
        ("us", 569 * 10**15, "20000-11-22T03:33:20.000000Z"),
        ("us", -62_200 * 10**12, "-0002-12-17T14:13:20.000000Z"),
        ("ms", 2**62, "Z"),
        ("us", 10**9 * 86_400 * 100, "2243-10-17T00:00:00Z"),
    ],
)
def test_an_instant_that_cannot_be_held_is_a_bad_row(tmp_path, unit, number, says):
    scale = {"ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    path = stored(tmp_path / "h.parquet", pa.array([SECONDS * scale, number], pa.timestamp(unit, "Europe/Moscow")))
    good, bad = in_file(path)

    assert good == BEGINNING[0]
    assert (bad.row, bad.problem.path) == (2, "at")
    assert str(bad.problem.value).endswith(says)


@pytest.mark.parametrize("type_", [pa.binary(), pa.string()])
def test_a_text_that_is_no_utf_8_is_a_bad_row(tmp_path, type_):
    values = pa.array([json.dumps(ACCOUNT).encode(), b"\xff\xfe"], pa.binary())
    at = pa.array([SIX] * 2, SCHEMA.field("at").type)
    path = stored(tmp_path / "h.parquet", at, value=values.view(type_) if type_ == pa.string() else values)
    good, bad = in_file(path)

    assert good == BEGINNING[0]
    assert (bad.row, bad.problem.path) == (2, "value")


def test_a_column_of_another_type_is_named(tmp_path):
    at = pa.array([SIX] * 2, SCHEMA.field("at").type)
    path = stored(tmp_path / "h.parquet", at, value=pa.array([ACCOUNT, ACCOUNT]))
    with pytest.raises(InvalidInput, match=r'h\.parquet: value: `"struct<.*must be texts'):
        list(read_file(path))


def test_a_column_that_is_there_twice_is_named(tmp_path):
    table = table_of(BEGINNING)
    pq.write_table(table.append_column("op", table.column("op")), tmp_path / "h.parquet")
    with pytest.raises(InvalidInput, match=r"h\.parquet: op: is given twice"):
        list(read_file(tmp_path / "h.parquet"))


# -- files that are damaged, histories that do not begin


def test_a_damaged_packed_file_is_refused_by_its_name(tmp_path):
    packed = bytearray(gzip.compress(b"\n" * 10_000 + json.dumps(list(range(3000))).encode()))
    packed[10] |= 0b110  # a kind of block that there is not
    (tmp_path / "h.jsonl.gz").write_bytes(packed)
    with pytest.raises(zlib.error):
        gzip.decompress(packed)

    with pytest.raises(InvalidInput, match=r"h\.jsonl\.gz: cannot be read: Error -3"):
        list(read_file(tmp_path / "h.jsonl.gz"))


@pytest.mark.parametrize("name", ["h.jsonl", "h.parquet"])
def test_rows_before_their_account_is_known_are_bad(tmp_path, name):
    events = [BEGINNING[1], *BEGINNING, Event(SIX, "zeta", "set", "user", "u1", USER)]
    write_file(tmp_path / name, events)
    first, *good, last = in_file(tmp_path / name)

    assert good == BEGINNING
    says = "must be set by an earlier row, of kind account: a history begins with the account"
    assert [(bad.row, str(bad.problem)) for bad in (first, last)] == [
        (1, f'account: `"acme"` {says}'),
        (4, f'account: `"zeta"` {says}'),
    ]


def test_a_history_without_its_account_is_not_valid(tmp_path, capsys):
    events = [event for event in random_case(7).events if event.kind != "account"]
    write_file(tmp_path / "h.jsonl", events)

    assert main(["history", "validate", str(tmp_path / "h.jsonl"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["good"], told["bad"]) == (0, len(events))
