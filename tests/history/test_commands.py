"""The commands about histories, as somebody types them."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.history.histories import random_case
from workplaces_core import wire
from workplaces_core.adapters.registrars import Command
from workplaces_core.cli import installed, main
from workplaces_core.cli.history_words import _WORDS, LANGUAGES
from workplaces_core.history.arrow_form import events_of
from workplaces_core.history.differences import REASONS
from workplaces_core.history.extra import pq
from workplaces_core.history.reading import read_file, read_history, write_file

CASE = random_case(7, steps=60)


@pytest.fixture
def files(tmp_path):
    """A history and two policies."""
    write_file(tmp_path / "h.jsonl", CASE.events)
    for name, policy in (("a", CASE.a), ("b", CASE.b)):
        (tmp_path / f"{name}.json").write_text(dumped(policy), encoding="utf-8")
    return tmp_path


def dumped(policy):
    """A policy as a file has it."""
    return json.dumps({"format": "workplaces/policy/1", **wire.dump(policy)}, ensure_ascii=False)


def run(capsys, *arguments):
    """Run a command; give its exit code and what it printed."""
    code = main([str(each) for each in arguments])
    return code, *capsys.readouterr()


def spoil(path):
    """Add a bad row."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write("no JSON\n")


def test_a_history_is_found_good(files, capsys):
    code, out, err = run(capsys, "history", "validate", files / "h.jsonl")

    assert (code, err) == (0, "")
    assert str(len(CASE.events)) in out


def test_bad_rows_are_printed_written_and_counted(files, capsys):
    spoil(files / "h.jsonl")
    aside = files / "bad.jsonl"
    code, out, err = run(capsys, "history", "validate", files / "h.jsonl", "--set-aside", aside, "--json")

    assert (code, err) == (1, "")
    assert json.loads(out)["bad"] == 1
    assert json.loads(aside.read_text())["row"] == len(CASE.events) + 1
    code, _, err = run(capsys, "history", "validate", files / "h.jsonl")
    assert err.startswith(f"{files / 'h.jsonl'}: row {len(CASE.events) + 1}: ")


def test_a_history_is_summed_up_in_both_languages(files, capsys):
    told = [run(capsys, "history", "describe", files / "h.jsonl", "--lang", each)[1] for each in LANGUAGES]

    assert "people who took tasks" in told[0]
    assert "люди, бравшие задачи" in told[1]
    _, out, _ = run(capsys, "history", "describe", files / "h.jsonl", "--json")
    assert json.loads(out)["accounts"][0]["events"] == len(CASE.events)


def test_a_history_is_converted_there_and_back(files, capsys):
    spoil(files / "h.jsonl")
    for source, target in (("h.jsonl", "h.parquet"), ("h.parquet", "again.jsonl")):
        code, out, _ = run(capsys, "history", "convert", files / source, files / target)
        assert code == 0
        assert str(len(CASE.events)) in out

    assert list(read_file(files / "again.jsonl")) == CASE.events


def test_a_log_of_work_is_converted(tmp_path, capsys):
    log = tmp_path / "log.csv"
    log.write_text(
        "case,activity,resource,start,complete\n"
        "7,Call,ann,2026-11-23T09:00+01:00,2026-11-23T09:10+01:00\n7,Call,,x,y\n",
        encoding="utf-8",
    )
    aside = tmp_path / "bad.jsonl"
    arguments = ("--account", "acme", "--timezone", "Europe/Moscow", "--days", "Call=2", "--set-aside", aside)
    code, _, err = run(capsys, "history", "convert", log, tmp_path / "h.parquet", *arguments)
    events = list(events_of(read_history(tmp_path / "h.parquet").table))

    assert code == 0
    assert "1 rows set aside" in err
    assert json.loads(aside.read_text())["path"] == "resource"
    assert events[0].value == {"id": "acme", "timezone": "Europe/Moscow"}
    assert [event.value["due"] for event in events if event.kind == "task" and event.value][:1] == ["2026-11-25"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("h.jsonl", "h.txt"), 'TO: `"h.txt"` must end with one of .jsonl'),
        (("h.txt", "h.jsonl"), 'FROM: `"h.txt"` must end with one of .jsonl'),
        (("missing.csv", "h.jsonl"), "cannot be read"),
        (("missing.jsonl", "h.parquet"), "cannot be read"),
        (("l.csv", "h.jsonl", "--timezone", "Mars"), "must be a time zone"),
        (("l.csv", "h.jsonl", "--days", "Call"), "must be ACTIVITY=DAYS"),
    ],
)
def test_wrong_usage_of_convert_is_told(files, capsys, monkeypatch, arguments, says):
    monkeypatch.chdir(files)
    code, out, err = run(capsys, "history", "convert", *arguments)

    assert (code, out) == (2, "")
    assert says in err


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_replay_is_told_in_words_and_written(files, capsys, language):
    out_folder = files / "out"
    arguments = ("--policy", files / "a.json", "--against", files / "b.json", "--out", out_folder, "--processes", 1)
    code, out, err = run(capsys, "replay", files / "h.jsonl", *arguments, "--lang", language)

    assert (code, err) == (0, "")
    assert {"en": "no rule covers", "ru": "не покрытых правилами"}[language] in out
    table = pq.read_table(out_folder / "decisions.parquet")
    assert table.num_rows == sum(event.kind == "taken" for event in CASE.events)
    assert json.loads((out_folder / "summary.json").read_text(encoding="utf-8"))["hand_outs"] == table.num_rows


def test_a_replay_under_one_policy_compares_nothing(files, capsys):
    arguments = ("--policy", files / "a.json", "--json", "--every", "6h", "--processes", 1)
    spoil(files / "h.jsonl")
    code, out, err = run(capsys, "replay", files / "h.jsonl", *arguments)
    summary = json.loads(out)

    assert code == 0
    assert "1 row set aside" in err
    assert summary["moments"] > 0
    assert not {"differences", "people", "waiting"} & summary.keys()


def test_another_engine_needs_its_plugin(files, capsys):
    code, _, err = run(capsys, "replay", files / "h.jsonl", "--policy", files / "a.json", "--engine", "slate")

    assert code == 2
    assert "--engine slate needs a plugin that brings it (workplaces-slate), none is installed" in err


def test_another_engine_gets_the_arguments_as_they_were_typed(files, capsys, monkeypatch):
    typed: list[str] = []

    def slate(arguments):
        typed.extend(arguments)
        return 1

    found = SimpleNamespace(commands={"replay-slate": Command("replay-slate", slate, "")})
    monkeypatch.setattr(installed, "load", lambda: found)
    arguments = [str(files / "h.jsonl"), "--policy", "a.json", "--engine=slate", "--every", "6h", "--chalk", "2"]
    code, _, _ = run(capsys, "replay", *arguments)

    assert (code, typed) == (1, arguments)


def test_a_history_without_hand_outs_says_so(files, capsys):
    write_file(files / "quiet.jsonl", [event for event in CASE.events if event.kind != "taken"])
    code, out, _ = run(capsys, "replay", files / "quiet.jsonl", "--policy", files / "a.json", "--processes", 1)

    assert code == 0
    assert "no hand-out was recorded" in out


def test_every_reason_has_words_in_every_language():
    assert REASONS.keys() <= _WORDS.keys()
    assert all(len(words) == len(LANGUAGES) for words in _WORDS.values())


def test_without_the_extra_one_clear_error_says_what_to_install(tmp_path):
    (tmp_path / "h.jsonl").write_text("")
    hidden = "import sys; sys.modules['pyarrow'] = None\nfrom workplaces_core.cli import main\n"
    code = hidden + f"sys.exit(main(['history', 'describe', {str(tmp_path / 'h.jsonl')!r}]))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert found.returncode == 2
    assert found.stderr == "this part of histories needs `pyarrow`, install workplaces-core[history]\n"


def test_without_the_extra_the_rest_of_histories_works():
    hidden = "import sys; sys.modules['pyarrow'] = sys.modules['numpy'] = None\n"
    code = hidden + "from workplaces_core.history import open_work, Event; import workplaces_core.history.work_items"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
