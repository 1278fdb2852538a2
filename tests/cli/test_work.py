"""`workplaces desk`, `take`, `finish`, `log`: the service on the command line, on a store and a CRM of the test's."""

from __future__ import annotations

import json
from typing import Any, cast

import attrs
import pytest

from tests.work.office import MORNING, office, task
from workplaces_core.cli import configured, installed, main
from workplaces_core.errors import InvalidInput


@pytest.fixture
def desk(monkeypatch, tmp_path):
    """An office whose store and CRM are those that the command line opens."""
    made = office(task("t1", "anna"), task("t2"))
    made.store._clock = lambda: made.now

    class Opened:
        capabilities = made.crm.capabilities

        @staticmethod
        def open(*, secret: str):
            assert secret == "s"
            return made.crm

    real = installed.load()
    registry = attrs.evolve(real, stores={"memory": lambda _: made.store}, adapters={"office": cast("Any", Opened)})
    monkeypatch.setattr(installed, "load", lambda: registry)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKPLACES_CRM_SECRET", "s")
    tmp_path.joinpath("workplaces.toml").write_text('database = "memory:"\n[crm]\nadapter = "office"\n')
    return made


@pytest.fixture
def run(capsys):
    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_a_task_is_taken_shown_finished_and_logged(desk, run) -> None:
    code, out, _ = run("take", "--user", "anna", "--json")
    lease = json.loads(out)["lease"]
    assert (code, lease["task"]) == (0, "t1")

    assert f"lease {lease['fence']}" in run("desk", "--user", "anna")[1]
    code, out, _ = run("finish", "--user", "anna", "--fence", lease["fence"], "--result", "ok", "--json")
    assert (code, json.loads(out)["event"]) == (0, "finished")
    assert desk.crm.results == {"t1": ["ok"]}

    code, out, _ = run("log", "--json", "--task", "t1")
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["taken", "finished"]
    assert "finished" in run("log", "--event", "finished", "--lang", "ru")[1]


def test_taking_from_a_common_queue_changes_hands_at_once(desk, run) -> None:
    assert run("take", "--user", "boris")[0] == 0
    assert desk.held("tasks", "t1").responsible == "boris"


def test_nothing_to_take_is_exit_code_1(desk, run) -> None:
    code, out, _ = run("take", "--user", "zoe", "--lang", "ru")

    assert (code, out.strip()) == (1, "сейчас роли нет")


def test_a_refused_action_is_exit_code_1_and_one_line(desk, run) -> None:
    code, out, err = run("finish", "--user", "anna", "--fence", "99")

    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "`99`" in err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("database = 7", "database: `7` has the wrong type"),
        ('base = "x"', 'base: `"x"` is not known'),
        ("[work]\nlease_minutes = true", "work.lease_minutes"),
        ("[work]\nlease = 1", "work.lease"),
        ("database = ", "cannot be read"),
        ('database = "oracle:x"', "oracle"),
        ("", "database: is needed"),
        ('database = "memory:"\n[crm]\nadapter = "none"', 'crm.adapter: `"none"` is no CRM adapter'),
        ('database = "memory:"', "crm.adapter: name a CRM adapter here, there are: "),
        ('database = "memory:"\n[crm]\nadapter = "office"\nnonsense = 1', "nonsense"),
    ],
)
def test_a_wrong_configuration_is_exit_code_2_and_names_the_place(desk, run, tmp_path, text, said) -> None:
    tmp_path.joinpath("workplaces.toml").write_text(text)
    code, _, err = run("finish", "--user", "anna", "--fence", "1")

    assert code == 2
    assert said in err


def test_the_command_line_counts_more_than_the_environment_and_that_more_than_the_file(tmp_path) -> None:
    path = tmp_path / "w.toml"
    path.write_text('database = "file:"\n[crm]\ntoken = "file"\nother = "file"\n')
    environment = {"WORKPLACES_DATABASE": "env:", "WORKPLACES_CRM_TOKEN": "env"}

    assert configured.read_config(path, None, {})["database"] == "file:"
    assert configured.read_config(path, None, environment)["database"] == "env:"
    assert configured.read_config(path, "line:", environment)["database"] == "line:"
    assert configured.read_config(path, None, environment)["crm"] == {"token": "env", "other": "file"}


def test_a_plugin_may_have_a_table_of_its_own(tmp_path) -> None:
    path = tmp_path / "w.toml"
    path.write_text("[web]\nport = 1\n")

    assert configured.read_config(path, None, {}, tables=["web"])["web"] == {"port": 1}
    with pytest.raises(InvalidInput, match="web"):
        configured.read_config(path, None, {})


def test_a_named_configuration_has_to_be_there(tmp_path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        configured.read_config(tmp_path / "absent.toml", None, {})


def test_a_desk_needs_no_crm_once_the_account_was_read(desk, run, tmp_path) -> None:
    tmp_path.joinpath("workplaces.toml").write_text('database = "memory:"\n')

    assert run("desk", "--user", "anna")[0] == 0
    assert run("take", "--user", "boris")[0] == 0
    assert desk.held("tasks", "t1").responsible == "anna"
    assert desk.now == MORNING
