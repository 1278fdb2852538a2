"""`workplaces simulate` and `workplaces suggest`: what they print and write, and how they refuse."""

from __future__ import annotations

import json

import pytest

from tests.history.offices import TYPES, office_history, office_policy
from workplaces_core import wire
from workplaces_core.cli import main
from workplaces_core.cli.app import run


@pytest.fixture
def office(tmp_path):
    """A history and two policies as files."""
    lines = (f"{event.line()}\n" for event in office_history(3, tasks=60))
    (tmp_path / "history.jsonl").write_text("".join(lines), encoding="utf-8")
    other = office_policy(2, first=tuple(reversed(TYPES)))
    for name, policy in (("a.json", office_policy()), ("b.json", other)):
        (tmp_path / name).write_text(wire.dumps(policy), encoding="utf-8")
    return tmp_path


def said(capsys, *arguments):
    code = main([str(each) for each in arguments])
    found = capsys.readouterr()
    return code, found.out, found.err


def simulated(office, *more):
    return (
        "simulate",
        office / "history.jsonl",
        "--policy",
        office / "a.json",
        "--pauses",
        "0.3",
        "--seeds",
        "2",
        *more,
    )


@pytest.mark.parametrize(("language", "word"), [("en", "median wait"), ("ru", "медиана ожидания")])
def test_a_simulation_is_told_on_the_screen_and_written_to_a_folder(office, capsys, language, word):
    out = office / "out"
    code, text, errors = said(
        capsys, *simulated(office, "--against", office / "b.json", "--out", out, "--lang", language)
    )

    assert (code, errors) == (0, "")
    assert word in text
    assert sorted(each.name for each in out.iterdir()) == [
        "report.en.html", "report.json", "report.parquet", "report.ru.html", "work.parquet",
    ]  # fmt: skip
    told = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert told["replay"]["differences"]["different"] > 0
    assert told["examples"]
    assert str(office) not in (out / "report.json").read_text(encoding="utf-8")


def test_figures_are_printed_as_json_when_asked(office, capsys):
    code, text, _ = said(capsys, *simulated(office, "--json"))

    found = json.loads(text)
    assert code == 0
    assert found["format"] == "workplaces/simulation/1"
    assert found["assumptions"] == {
        "presence": "recorded", "service": "task", "pauses": 0.3, "pauses_fitted": False, "seeds": [1, 2],
    }  # fmt: skip


def test_a_file_that_is_not_there_is_an_error_of_one_line(office, capsys):
    arguments = ("simulate", office / "no.jsonl", "--policy", office / "a.json")
    code, text, errors = said(capsys, *arguments)

    assert (code, text) == (2, "")
    assert errors.count("\n") == 1
    assert "no.jsonl" in errors


def test_an_account_that_is_not_there_is_refused_with_its_name(office, capsys):
    code, _, errors = said(capsys, *simulated(office, "--account", "beta"))

    assert code == 2
    assert "beta" in errors


def test_suggestions_are_told_and_written_and_never_applied(office, capsys):
    before = (office / "a.json").read_bytes()
    arguments = ("suggest", office / "history.jsonl", "--policy", office / "a.json", "--pauses", "0.3")
    code, text, errors = said(
        capsys, *arguments, "--objective", "waiting:type=встреча", "--tries", "4", "--seeds", "2", "--out", office / "s"
    )

    assert (code, errors) == (0, "")
    assert "Nothing was applied" in text
    found = json.loads((office / "s" / "suggestions.json").read_text(encoding="utf-8"))
    assert found["tried"] <= 4
    for number in range(1, len(found["found"]) + 1):
        assert wire.load_policy(office / "s" / f"policy-{number}.json").version == 2
    assert (office / "a.json").read_bytes() == before


@pytest.mark.parametrize("objective", ["idle", "waiting:type=нет такого"])
def test_an_objective_that_cannot_be_meant_is_wrong_usage(office, capsys, objective):
    arguments = ("suggest", office / "history.jsonl", "--policy", office / "a.json", "--objective", objective)
    code, _, errors = said(capsys, *arguments)

    assert code == 2
    assert errors.count("\n") == 1
    assert objective in errors


@pytest.mark.parametrize("command", ["simulate", "suggest"])
def test_commands_explain_themselves(command):
    assert run([command, "--help"]) == 0
