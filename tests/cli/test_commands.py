"""The commands in this process: what they print, and with which exit code they end."""

from __future__ import annotations

import csv
import importlib
import importlib.metadata
import json
import shlex
import sys
from types import ModuleType

import pytest
from click.testing import CliRunner

from workplaces_core import wire
from workplaces_core.adapters.hookspecs import hookimpl
from workplaces_core.check import check
from workplaces_core.cli import main
from workplaces_core.cli.app import app
from workplaces_core.cli.installed import COMMANDS
from workplaces_core.cli.words import _WORDS
from workplaces_core.decision import decide
from workplaces_core.demo import NOW, STORIES, WHY, make
from workplaces_core.explanation import explain
from workplaces_core.policy import ConditionOp

AT = "2026-11-24T10:40+03:00"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The made-up account in files."""
    folder, demo = tmp_path_factory.mktemp("account"), make()
    for name in ("policy", "snapshot"):
        folder.joinpath(f"{name}.json").write_text(json.dumps(getattr(demo, name)), encoding="utf-8")
    return folder


@pytest.fixture
def files(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.delenv("WORKPLACES_LANG", raising=False)
    return ["--policy", "policy.json", "--snapshot", "snapshot.json"]


@pytest.fixture
def run(capsys):
    """Run a command line; give its exit code, what it printed, and the lines of its errors."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err.splitlines()

    return run


def loaded(files):
    return wire.load_policy(files[1]), wire.load_snapshot(files[3])


# -- help ----------------------------------------------------------------------------------------------------


def test_help_lists_every_command():
    result = CliRunner().invoke(app, ["--help"])

    assert result.exit_code == 0
    listed = [line.split()[0] for line in result.output.partition("Commands:")[2].splitlines() if line]
    assert listed[: len(COMMANDS)] == [*COMMANDS]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_of_a_command_is_the_first_line_of_its_help(name):
    command = importlib.import_module(f"workplaces_core.cli.{name}").command

    assert command.name == name
    assert COMMANDS[name] == command.help.partition("\n")[0]


def test_without_a_command_the_help_is_shown_as_wrong_usage(run):
    code, _, errors = run()

    assert code == 2
    assert errors[0].startswith("Usage:")


def test_the_version_is_known_or_said_to_be_unknown(run):
    code, out, _ = run("--version")

    assert code == 0
    assert out.startswith("workplaces-core")


def test_both_languages_have_all_words():
    assert all(english and russian and english != russian for english, russian in _WORDS.values())


# -- decide --------------------------------------------------------------------------------------------------


def test_decide_prints_a_desk_and_its_queue(run, files):
    code, out, errors = run("decide", *files, "--user", STORIES[1].user, "--at", AT, "--queue", 2)

    assert (code, errors) == (0, [])
    assert "Next by its exact time: " in out
    assert "t2 " in out
    assert out.rstrip().endswith("tasks more, see --queue")
    assert "\x1b" not in out


def test_decide_speaks_russian(run, files, monkeypatch):
    arguments = ["decide", *files, "--user", STORIES[1].user, "--at", AT]
    _, asked, _ = run(*arguments, "--lang", "ru")
    monkeypatch.setenv("WORKPLACES_LANG", "ru")
    _, by_environment, _ = run(*arguments)

    assert "Роль «Менеджер отдела продаж» (sales) действует до 13:00 (Europe/Moscow)" in asked
    assert by_environment == asked


def test_decide_prints_canonical_json(run, files):
    policy, snapshot = loaded(files)
    _, out, _ = run("decide", *files, "--user", "u1", "--at", AT, "--json")

    assert out == wire.dumps(decide(snapshot, policy, user="u1", now=NOW)) + "\n"


def test_decide_takes_the_present_moment_by_default(run, files):
    assert run("decide", *files, "--user", "u1")[0] == 0


def test_a_user_whom_nobody_knows_has_a_desk(run, files):
    code, out, _ = run("decide", *files, "--user", "nobody", "--at", AT)

    assert code == 0
    assert "nobody (unknown)" in out


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["--user", "u1", "--at", "2026-11-24T10:40"],
            "Invalid value for '--at': `\"2026-11-24T10:40\"` must be an instant",
        ),
        (["--user", "u1", "--at", "1969-11-24T10:40Z"], "years 1970 to 2199"),
        (["--user", ""], "'--user': `\"\"` must not be empty"),
        (["--user", "u1", "--lang", "fr"], "'fr' is not one of 'en', 'ru'"),
        (["--user", "u1", "--queue", "-1"], "'--queue'"),
        ([], "Missing option '--user'"),
        (["--user", "u1", "--nope"], "--nope"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(run, files, arguments, error):
    code, out, errors = run("decide", *files, *arguments)

    assert (code, out, len(errors)) == (2, "", 1)
    assert error in errors[0]
    assert errors[0].endswith("decide --help")


def test_an_unknown_command_is_wrong_usage(run):
    code, _, errors = run("decode")

    assert (code, len(errors)) == (2, 1)
    assert "No such command 'decode'" in errors[0]


def test_every_problem_of_both_files_is_a_line_with_file_path_and_value(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    policy = {"format": "workplaces/policy/1", "version": 0, "roles": [{"id": "sales"}]}
    tmp_path.joinpath("policy.json").write_text(json.dumps(policy), encoding="utf-8")
    tmp_path.joinpath("snapshot.json").write_text("{]", encoding="utf-8")
    code, out, errors = run("decide", "--policy", "policy.json", "--snapshot", "snapshot.json", "--user", "u1")

    assert (code, out) == (2, "")
    assert sorted(error.partition(" must")[0] for error in errors[:2]) == [
        "policy.json: roles[0].name: is required",
        "policy.json: version: `0`",
    ]
    assert errors[2].startswith('snapshot.json: `"{]"` is not JSON')


def test_a_file_that_is_not_there_is_named_once(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert run("check", "--policy", "nowhere.json") == (
        2, "", ["nowhere.json: cannot be read: No such file or directory"],
    )  # fmt: skip


def test_texts_of_the_account_are_not_taken_for_markup(run, tmp_path, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)  # a narrow screen would wrap them
    demo = make()
    deal = next(deal for deal in demo.snapshot["deals"] if deal["id"] == "d2")
    deal["name"] = "[red]:smile:[/red]\x1b[31m"
    user = next(user for user in demo.snapshot["users"] if user["id"] == STORIES[1].user)
    user["name"] = "Anna\x1b[31m"
    for name in ("policy", "snapshot"):
        tmp_path.joinpath(name).write_text(json.dumps(getattr(demo, name)), encoding="utf-8")
    files = ["--policy", tmp_path / "policy", "--snapshot", tmp_path / "snapshot"]
    code, out, _ = run("decide", *files, "--user", STORIES[1].user, "--at", AT)

    assert code == 0
    assert out.count("[red]:smile:[/red]") >= 2
    assert "\x1b" not in out


# -- explain -------------------------------------------------------------------------------------------------


def test_explain_answers_in_sentences(run, files):
    user, task = WHY
    code, out, _ = run("explain", *files, "--user", user, "--task", task, "--at", AT, "--lang", "ru")

    assert code == 0
    assert "«Бюджет» (deal.price) 120 000 меньше 150 000" in out
    assert "Роль «Колл-центр" not in out
    assert "--all объяснит и их" in out


def test_explain_tells_of_other_roles_on_demand(run, files):
    user, task = WHY
    _, out, _ = run("explain", *files, "--user", user, "--task", task, "--at", AT, "--all")

    assert "does not belong to the role" in out
    assert "--all" not in out


def test_explain_prints_canonical_json(run, files):
    policy, snapshot = loaded(files)
    user, task = WHY
    _, out, _ = run("explain", *files, "--user", user, "--task", task, "--at", AT, "--json")

    assert out == wire.dumps(explain(snapshot, policy, user=user, task=task, now=NOW)) + "\n"


def test_a_task_that_is_not_there_is_wrong_usage(run, files):
    assert run("explain", *files, "--user", "u1", "--task", "t0", "--at", AT) == (
        2, "", ['--task: `"t0"` is not among the tasks of snapshot.json'],
    )  # fmt: skip


# -- check ---------------------------------------------------------------------------------------------------


def test_check_ends_with_1_when_a_finding_is_an_error(run, files):
    code, out, _ = run("check", *files, "--at", AT)

    assert code == 1
    assert "shadowed" in out
    assert out.rstrip().splitlines()[-1].startswith("1 error, ")


def test_check_ends_with_0_when_there_are_only_warnings(run, files, tmp_path):
    demo = make()
    demo.policy["roles"] = [role for role in demo.policy["roles"] if role["id"] != "calls-day"]
    tmp_path.joinpath("policy.json").write_text(json.dumps(demo.policy), encoding="utf-8")
    code, out, _ = run(
        "check", "--policy", tmp_path / "policy.json", "--snapshot", files[3], "--at", AT, "--lang", "ru"
    )

    assert code == 0
    assert "0 ошибок, " in out


def test_check_with_nothing_to_say(run, tmp_path):
    policy = {"format": "workplaces/policy/1", "version": 1, "roles": []}
    tmp_path.joinpath("policy.json").write_text(json.dumps(policy), encoding="utf-8")

    assert run("check", "--policy", tmp_path / "policy.json") == (0, "No findings.\n", [])
    assert run("check", "--policy", tmp_path / "policy.json", "--json") == (0, "[]\n", [])


def test_check_prints_canonical_json(run, files):
    policy, snapshot = loaded(files)
    code, out, _ = run("check", *files, "--at", AT, "--json")

    assert code == 1
    assert out == wire.dumps(list(check(policy, snapshot, now=NOW))) + "\n"


# -- plugins -------------------------------------------------------------------------------------------------


def plugin(monkeypatch, **hooks):
    """Install a plugin named acme for one test."""
    module = ModuleType("workplaces_acme_test")
    for name, hook in hooks.items():
        setattr(module, f"workplaces_register_{name}", hookimpl(hook))
        hook.__name__ = f"workplaces_register_{name}"
    monkeypatch.setitem(sys.modules, module.__name__, module)
    point = importlib.metadata.EntryPoint("acme", module.__name__, "workplaces")
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: (point,) if group == "workplaces" else ())


def test_plugins_are_listed(run):
    code, out, _ = run("plugins", "--json")

    assert code == 0
    assert json.loads(out)[0]["name"] == "core"
    assert "adapter memory" in run("plugins")[1]


def test_a_command_of_a_plugin_gets_its_arguments_as_they_are(run, monkeypatch):
    given = []

    def hello(arguments):
        given.extend(arguments)
        return 3

    def commands(registrar):
        registrar.add("hello", hello, summary="Says hello.")

    plugin(monkeypatch, commands=commands)

    assert run("hello", "--help", "-x", "you")[0] == 3
    assert given == ["--help", "-x", "you"]
    assert "hello Says hello." in " ".join(run("--help")[1].split())
    assert "command hello" in run("plugins")[1]


def test_a_plugin_cannot_take_the_place_of_a_command(run, files, monkeypatch):
    plugin(monkeypatch, commands=lambda registrar: registrar.add("check", lambda _: 9, summary="Mine."))

    code, out, errors = run("--help")

    assert (code, "Mine." in out) == (0, False)
    assert "`check`" in errors[0]
    assert run("check", *files, "--at", AT)[0] == 2, "rules cannot be read while a plugin is faulty"


def test_policies_may_use_the_rules_of_plugins(run, tmp_path, monkeypatch):
    odd = ConditionOp("is_odd", 1, "true", lambda value, _: str(value)[-1] in "13579")
    plugin(monkeypatch, rules=lambda registrar: registrar.add_condition_op(odd))
    where = {"field": "deal.price", "op": "is_odd", "value": True}
    role = {"id": "r", "name": "R", "priorities": [{"id": "p", "name": "P", "where": where}]}
    policy = {"format": "workplaces/policy/1", "version": 1, "roles": [role]}
    tmp_path.joinpath("policy.json").write_text(json.dumps(policy), encoding="utf-8")

    assert run("check", "--policy", tmp_path / "policy.json")[2] == []


def test_a_faulty_plugin_is_one_line_and_help_goes_on(run, files, monkeypatch):
    def commands(registrar):
        raise RuntimeError("no luck")

    plugin(monkeypatch, commands=commands)
    code, out, errors = run("decide", *files, "--user", "u1")
    assert (code, out, len(errors)) == (2, "", 1)
    assert "acme" in errors[0]
    assert "no luck" in errors[0]

    code, out, errors = run("--help")
    assert (code, len(errors)) == (0, 1)
    assert "decide" in out
    assert run("plugins")[0] == 2


# -- demo ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_commands_that_the_demo_prints_work(run, tmp_path, monkeypatch, language):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["workplaces"])
    code, out, errors = run("demo", "--lang", language, "--out", "a folder")
    commands = [shlex.split(line)[1:] for line in out.splitlines() if line.startswith("workplaces ")]

    assert (code, errors) == (0, [])
    assert [command[0] for command in commands] == ["decide", "explain", "check"]
    assert [run(*command)[0] for command in commands] == [0, 0, 1]
    assert all(story.situation[language] in out for story in STORIES)


def test_the_demo_writes_what_the_seed_makes(run, tmp_path):
    run("demo", "--seed", 3, "--out", tmp_path)

    assert json.loads((tmp_path / "policy.json").read_text(encoding="utf-8")) == make(3).policy
    assert json.loads((tmp_path / "snapshot.json").read_text(encoding="utf-8")) == make(3).snapshot


def test_a_folder_that_cannot_be_written_is_one_line(run, tmp_path):
    tmp_path.joinpath("file").write_text("", encoding="utf-8")
    code, _, errors = run("demo", "--out", tmp_path / "file" / "below")

    assert (code, len(errors)) == (2, 1)
    assert "file" in errors[0]


# -- history -------------------------------------------------------------------------------------------------

LOG = """case,activity,resource,start,complete
7,Lead,ann,2026-11-23T09:00:00+01:00,2026-11-23T09:10:00+01:00
7,Call,bob,2026-11-24T09:30:00+01:00,2026-11-24T09:40:00+01:00
8,Call,,2026-11-24T09:30:00+01:00,2026-11-24T09:40:00+01:00
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(LOG, encoding="utf-8")
    return path


def test_a_log_becomes_files(run, log, tmp_path):
    out = tmp_path / "made"
    code, shown, errors = run(
        "history", "from-work-items", log, "--out", out, "--at", "2026-11-23T12:00Z", "--days", "Call=3"
    )
    history = [json.loads(line) for line in (out / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    snapshot = wire.load_snapshot(out / "snapshot.json")

    assert code == 0
    assert errors == [f'{log}: line 4: resource: `""` must not be empty']
    assert len(history) == 16
    assert [event["at"] for event in history] == sorted(event["at"] for event in history)
    assert [str(task.due) for task in snapshot.tasks.values()] == ["2026-11-26"]
    assert [role.id for role in wire.load_policy(out / "policy.json").roles] == ["Call", "Lead"]
    with (out / "rejected.csv").open(encoding="utf-8", newline="") as stream:
        (rejected,) = csv.DictReader(stream)
    assert (rejected["line"], rejected["column"], rejected["problem"]) == ("4", "resource", "must not be empty")
    assert "rows set aside" in shown


def test_the_command_that_is_printed_for_a_log_works(run, log, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["workplaces"])
    _, out, _ = run("history", "from-work-items", log, "--out", tmp_path / "made")
    (command,) = [shlex.split(line)[1:] for line in out.splitlines() if line.startswith("workplaces ")]

    assert run(*command)[0] == 0


@pytest.mark.parametrize(
    ("text", "arguments", "error"),
    [
        (LOG, ["--at", "2020-01-01T00:00Z"],
         "--at: no account is known at `2020-01-01T00:00:00Z`, the history begins later"),
        (LOG, ["--timezone", "Mars/Base"], "must be a time zone of the IANA database"),
        (LOG, ["--days", "Call"], "must be ACTIVITY=DAYS"),
        (LOG.splitlines()[0], [], "log.csv: has no rows"),
        ("a,b\n", [], 'log.csv: line 1: `"a,b"` must have a column case'),
        (LOG.splitlines()[0] + "\n7,,,,\n", [], 'log.csv: line 2: activity: `""` must not be empty'),
    ],
)  # fmt: skip
def test_a_log_that_cannot_be_used_is_refused(run, log, tmp_path, text, arguments, error):
    log.write_text(text, encoding="utf-8")
    code, out, errors = run("history", "from-work-items", log, "--out", tmp_path / "made", *arguments)

    assert (code, out) == (2, "")
    assert error in "\n".join(errors)


def test_a_log_that_is_not_there_or_only_looks_gzipped_is_refused(run, tmp_path):
    tmp_path.joinpath("log.gz").write_bytes(b"no gzip")
    for name, reason in (("nowhere.csv", "No such file"), ("log.gz", "Not a gzipped file")):
        code, _, errors = run("history", "from-work-items", tmp_path / name, "--out", tmp_path)
        assert (code, len(errors)) == (2, 1)
        assert f"{tmp_path / name}: cannot be read: {reason}" in errors[0]
