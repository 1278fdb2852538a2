"""`simulate`, `suggest` and `replay` at the edges: bad rows, wrong numbers, nothing recorded, commands told again."""

from __future__ import annotations

import json
import sys

import pytest

from tests.history.offices import office_history, office_policy
from workplaces_core import wire
from workplaces_core.cli import main
from workplaces_core.cli.invocation import typed
from workplaces_core.history.events import TAKEN

LANGUAGES = ("en", "ru")
BAD = ("garbage", '{"at":"2020"}')
COMMANDS = {
    "replay": ["--processes", "1"],
    "simulate": ["--pauses", "0.3", "--seeds", "2"],
    "suggest": ["--pauses", "0.3", "--seeds", "2", "--tries", "1", "--objective", "waiting"],
}
RESULTS = {"replay": "summary.json", "simulate": "report.json", "suggest": "suggestions.json"}


def lines(events):
    return "".join(f"{event.line()}\n" for event in events)


@pytest.fixture
def office(tmp_path, monkeypatch):
    """A history, the same with two bad rows, and a policy, in the current folder."""
    text = lines(office_history(3, tasks=12))
    (tmp_path / "good.jsonl").write_text(text, encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text("\n".join([text.rstrip("\n"), *BAD, ""]), encoding="utf-8")
    (tmp_path / "p.json").write_text(wire.dumps(office_policy()), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys, *arguments):
    code = main([str(each) for each in arguments])
    found = capsys.readouterr()
    return code, found.out, found.err


def run(capsys, command, history, *more):
    return said(capsys, command, history, "--policy", "p.json", *COMMANDS[command], *more)


def set_aside(command, told):
    return told["simulation"].get("set_aside") if command == "simulate" else told.get("set_aside")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_rows_set_aside_are_told_in_words_in_json_and_in_the_files(office, capsys, command, language):
    code, out, errors = run(capsys, command, "bad.jsonl", "--json", "--out", "out", "--lang", language)

    assert code == 0
    assert errors.startswith({"en": "2 rows set aside; ", "ru": "отложено строк: 2; "}[language])
    assert json.loads(out)["set_aside"] == 2
    assert set_aside(command, json.loads((office / "out" / RESULTS[command]).read_text(encoding="utf-8"))) == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_bad_rows_are_kept_in_a_file_when_one_is_named(office, capsys, command):
    _, _, errors = run(capsys, command, "bad.jsonl", "--set-aside", "aside.jsonl")

    kept = [json.loads(line) for line in (office / "aside.jsonl").read_text(encoding="utf-8").splitlines()]
    assert "aside.jsonl" in errors
    assert kept[0]["content"] == "garbage"
    assert kept[1]["row"] == kept[0]["row"] + 1


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_said_of_rows_when_all_are_good(office, capsys, command):
    _, out, errors = run(capsys, command, "good.jsonl", "--json", "--out", "out")

    assert not errors
    assert "set_aside" not in json.loads(out)
    assert set_aside(command, json.loads((office / "out" / RESULTS[command]).read_text(encoding="utf-8"))) is None


@pytest.mark.parametrize("command", ["simulate", "suggest"])
def test_rows_set_aside_are_told_also_when_nothing_is_left(office, capsys, command):
    (office / "bad.jsonl").write_text("garbage\n", encoding="utf-8")
    code, _, errors = run(capsys, command, "bad.jsonl")

    assert code == 2
    assert "1 row set aside" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(("language", "note"), [("en", "were set aside: 2."), ("ru", "которые отложены: 2.")])
def test_the_page_of_a_report_says_how_many_rows_were_set_aside(office, capsys, language, note):
    run(capsys, "simulate", "bad.jsonl", "--out", "out")

    assert note in (office / "out" / f"report.{language}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ([], "HISTORY"),
        (["good.jsonl"], "--policy"),
        (["good.jsonl", "--policy"], "--policy"),
        (["--engine"], "--engine"),
    ],
)
@pytest.mark.usefixtures("office")
def test_a_replay_names_what_is_missing(capsys, arguments, missing):
    code, out, errors = said(capsys, "replay", *arguments)

    assert (code, out) == (2, "")
    assert errors.count("\n") == 1
    assert missing in errors


@pytest.mark.parametrize("command", ["simulate", "suggest"])
@pytest.mark.parametrize("value", ["nan", "-nan", "inf", "-1", "101", "long"])
@pytest.mark.usefixtures("office")
def test_pauses_that_are_no_number_of_the_range_are_wrong_usage(capsys, command, value):
    code, out, errors = run(capsys, command, "good.jsonl", f"--pauses={value}")

    assert (code, out) == (2, "")
    assert errors.count("\n") == 1
    assert "'--pauses'" in errors
    assert value in errors


@pytest.mark.parametrize(("language", "word"), [("en", "No hand-out was recorded"), ("ru", "Не записано ни одной")])
@pytest.mark.parametrize("kinds", [{"account"}, None], ids=["an account", "no hand-outs"])
@pytest.mark.parametrize("more", [[], ["--against", "p.json"]], ids=["one policy", "two"])
def test_without_hand_outs_nothing_is_believed(office, capsys, language, word, kinds, more):
    events = [each for each in office_history(3, tasks=12) if (each.kind in kinds if kinds else each.kind != TAKEN)]
    (office / "few.jsonl").write_text(lines(events), encoding="utf-8")
    code, out, errors = run(capsys, "simulate", "few.jsonl", "--out", "out", "--lang", language, *more)

    assert (code, errors) == (0, "")
    assert word in out
    assert word in (office / "out" / f"report.{language}.html").read_text(encoding="utf-8")
    found = json.loads((office / "out" / "report.json").read_text(encoding="utf-8"))["simulation"]["calibration"]
    assert {found["verdict"], *(each["verdict"] for each in found["measures"].values())} == {"unknown"}


def test_the_bytes_of_a_report_do_not_depend_on_how_many_processes_work(office, capsys, monkeypatch):
    made = []
    for more in ([], ["--processes", "1"], ["--processes=1"]):
        arguments = ["simulate", "good.jsonl", "--policy", "p.json", *COMMANDS["simulate"], "--out", "out", *more]
        monkeypatch.setattr(sys, "argv", ["workplaces", *arguments])
        assert said(capsys, *arguments)[0] == 0
        made.append({path.name: path.read_bytes() for path in (office / "out").iterdir()})

    assert made[0] == made[1] == made[2]
    assert b"good.jsonl --policy p.json --pauses 0.3 --seeds 2 --out out<" in made[0]["report.en.html"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("/data/h.jsonl --policy now/p.json --out /tmp/out", "h.jsonl --policy p.json --out out"),
        ("h.jsonl --policy now/p.json --against new/p.json", "h.jsonl --policy now/p.json --against new/p.json"),
        ("h.jsonl --policy p.json --against new/p.json", "h.jsonl --policy p.json --against new/p.json"),
        ("h.jsonl --policy p.json --against ../p.json", "h.jsonl --policy p.json --against ../p.json"),
        ("h.jsonl --policy /x/a/p.json --against /x/b/p.json", "h.jsonl --policy a/p.json --against b/p.json"),
        ("h.jsonl --policy /x/a/c/p.json --against /x/b/c/p.json", "h.jsonl --policy a/c/p.json --against b/c/p.json"),
        ("h.jsonl --policy x/p.json --against ./x/p.json", "h.jsonl --policy p.json --against p.json"),
        ("h.jsonl --policy=a/p.json --against=b/p.json", "h.jsonl --policy=a/p.json --against=b/p.json"),
        ("h.jsonl --policy=a/p.json --out ./", "h.jsonl --policy=p.json --out ."),
        ("--processes 2 h.jsonl --processes=3 --seeds 2", "h.jsonl --seeds 2"),
    ],
)
def test_a_command_is_told_so_that_its_files_are_told_apart(tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["/usr/bin/workplaces", "simulate", *words.split()])

    assert typed() == f"workplaces simulate {told}"


@pytest.mark.parametrize(
    ("language", "one", "more"),
    [
        ("en", "1 hand-out, 1 account,", "2 hand-outs, 1 account,"),
        ("ru", "1 выдача, 1 аккаунт,", "2 выдачи, 1 аккаунт,"),
    ],
)
def test_hand_outs_are_counted_in_the_right_form(office, capsys, language, one, more):
    events = office_history(3, tasks=12)
    takes = [event for event in events if event.kind == TAKEN]
    for count, word in ((1, one), (2, more)):
        kept = [event for event in events if event.kind != TAKEN or event in takes[:count]]
        (office / "few.jsonl").write_text(lines(kept), encoding="utf-8")

        assert word in run(capsys, "replay", "few.jsonl", "--lang", language)[1]


@pytest.mark.parametrize(("language", "told"), [("en", "tried by simulation: 1,"), ("ru", "вариантов: 1;")])
@pytest.mark.usefixtures("office")
def test_one_policy_tried_is_told_in_the_right_form(capsys, language, told):
    out = run(capsys, "suggest", "good.jsonl", "--lang", language)[1]

    assert told in out
    assert "1 policies" not in out
