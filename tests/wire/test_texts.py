"""Texts, numbers and files: what is no JSON, what JSON cannot say, and what reading costs."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

import workplaces_core as wp
from tests.wire.documents import LONE, policy, problems, snapshot
from workplaces_core.wire import load_policy, load_snapshot

# Texts and files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "path"),
    [
        ("NaN", "version"),
        ("Infinity", "version"),
        ("1e400", "version"),
        ("9" * 5000, "version"),
        ("-" + "9" * 5000, "version"),
    ],
)
def test_numbers_beyond_json_and_beyond_64_bits_are_refused(number, path):
    text = json.dumps(policy()).replace('"version": 7', f'"version": {number}')

    assert problems(load_policy, text) == [path]


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e400", "-1e400", "9223372036854775808", "1" + "0" * 5000])
def test_field_values_are_finite_numbers_of_64_bits(number):
    text = json.dumps(snapshot()).replace('"price": 5', f'"price": {number}', 1)

    assert problems(load_snapshot, text) == ["deals[0].fields.price"]


def test_numbers_keep_their_kind():
    text = json.dumps(snapshot()).replace('"price": 5', '"price": 5.0, "e": 1e2, "big": 9007199254740993', 1)
    fields = load_snapshot(text).deals["d1"].fields

    assert [repr(fields[name]) for name in ("price", "e", "big")] == ["5.0", "100.0", "9007199254740993"]


@pytest.mark.parametrize("text", ["{", "{]", '{"a": 1,}', "{'a': 1}", '{"a": 1} x', "{\0}", '{"a": tru}'])
def test_text_that_is_not_json_is_refused(text):
    for load in (load_policy, load_snapshot):
        with pytest.raises(wp.InvalidInput, match=r"is not JSON: .*, line 1 column") as refused:
            load(text)
        assert [problem.path for problem in refused.value.problems] == [""]


@pytest.mark.parametrize("given", [None, 5, [], True, (), b"{}", {1, 2}, Ellipsis], ids=repr)
def test_what_is_no_document_is_refused(given):
    for load in (load_policy, load_snapshot):
        with pytest.raises(wp.InvalidInput, match="must be an object, a JSON text or a path"):
            load(given)


def test_a_file_is_read_by_its_path(tmp_path):
    path = tmp_path / "политика.json"
    path.write_text(json.dumps(policy(), ensure_ascii=False), encoding="utf-8")

    assert load_policy(path) == load_policy(str(path)) == load_policy(policy())

    path.write_text(json.dumps(snapshot()), encoding="utf-8-sig")
    assert load_snapshot(path) == load_snapshot(snapshot())


def test_a_file_that_cannot_be_read_is_a_problem_of_the_same_class(tmp_path):
    latin, empty = tmp_path / "latin.json", tmp_path / "empty.json"
    latin.write_bytes('{"a": "é"}'.encode("latin-1"))
    empty.write_bytes(b"")
    for path in (tmp_path / "nowhere.json", tmp_path, latin, "a\0b", "x" * 5000, LONE):
        for load, error in ((load_policy, wp.PolicyError), (load_snapshot, wp.SnapshotError)):
            with pytest.raises(error, match="cannot be read: ") as refused:
                load(path)
            assert [problem.path for problem in refused.value.problems] == [""]
    with pytest.raises(wp.PolicyError, match="is not JSON"):
        load_policy(empty)


def test_the_file_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(wp.PolicyError, match=r'`"nowhere\.json"` cannot be read: No such file or directory'):
        load_policy("nowhere.json")


# Cost -------------------------------------------------------------------------------------------------------


def calls(load: Any, given: Any) -> int:
    """Count the calls of functions, in Python and in C, that loading makes."""
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        load(given)
    finally:
        sys.setprofile(None)
    return counted


def with_tasks(count: int) -> str:
    tasks = [{**snapshot()["tasks"][0], "id": f"t{number}"} for number in range(count)]
    leases = [{**snapshot()["leases"][0], "task": f"t{number}"} for number in range(count)]
    return json.dumps({**snapshot(), "tasks": tasks, "leases": leases, "skips": []})


def test_the_cost_of_loading_grows_no_faster_than_the_snapshot():
    few, many = (calls(load_snapshot, with_tasks(count)) for count in (500, 4000))

    assert many < 8.2 * few


def test_a_hundred_thousand_tasks_load():
    assert len(load_snapshot(with_tasks(100_000)).tasks) == 100_000
