"""The example adapter, a folder of CSV files: it passes the suite, keeps what it need not touch, and names bad rows."""

from __future__ import annotations

import importlib
import os
import re
from pathlib import Path

import pytest

from tests.conformance.csv_back_door import HEADERS, CsvBackDoor, empty
from workplaces_core.adapters.protocols import Done, Forbidden, Gone
from workplaces_core.adapters.reading import read_everything
from workplaces_core.adapters.registrars import Registered
from workplaces_core.adapters.registry import load_plugins
from workplaces_core.errors import CrmUnavailable
from workplaces_core.testing.adapter_suite import AdapterSuite

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "csv_crm"
TASKS = "id,type,text,responsible,created,due,completed,result\n"
GOOD = "t1,call,Call back,u1,2026-11-20T08:00:00Z,2026-11-24,,\n"


@pytest.fixture
def plugin(monkeypatch):
    """The example, imported from where it lies."""
    monkeypatch.syspath_prepend(EXAMPLE / "src")
    return importlib.import_module("workplaces_csv")


class TestCsvCrm(AdapterSuite):
    @pytest.fixture
    def make_crm(self, plugin, tmp_path):
        def make(snapshot):
            back_door = CsvBackDoor(tmp_path, snapshot)
            return plugin.CsvCrm.open(tmp_path), back_door

        return make

    def reopened(self, crm):
        return type(crm.adapter).open(crm.back_door.folder)


@pytest.fixture
def folder(tmp_path):
    """A folder with an account, two users and a task; a test adds what it is about."""
    empty(tmp_path)
    (tmp_path / "account.csv").write_text("id,timezone\nacme,Europe/Moscow\n", encoding="utf-8")
    (tmp_path / "users.csv").write_text("id,name\nu1,Anna\nu2,Bob\n", encoding="utf-8")
    (tmp_path / "tasks.csv").write_text(TASKS + GOOD, encoding="utf-8")
    return tmp_path


@pytest.fixture
def crm(plugin, folder):
    return plugin.CsvCrm.open(folder)


def aside(crm, folder, name, text):
    """Put a file into the folder, read everything, and give what was set aside, as texts."""
    (folder / name).write_text(text, encoding="utf-8")
    read_everything(crm)
    return [str(problem) for problem in crm.set_aside()]


def test_it_is_a_plugin(plugin):
    registry = load_plugins({"csv": plugin}, discover=False)

    assert registry.adapters["csv"] is plugin.CsvCrm
    assert registry.plugins[-1].registered == (Registered("adapter", "csv"),)


def test_what_the_tutorial_quotes_stands_in_the_code():
    page = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    quoted = re.findall(r"<!-- skip: next -->\n```python\n(.*?)```", page, re.DOTALL)
    code = [path.read_text(encoding="utf-8") for path in (*EXAMPLE.rglob("*.py"), Path(__file__))]

    assert len(quoted) == 4
    assert [text for text in quoted if not any(text in source for source in code)] == []


def test_its_entry_point_names_the_plugin():
    assert '[project.entry-points.workplaces]\ncsv = "workplaces_csv"\n' in (EXAMPLE / "pyproject.toml").read_text()


def test_a_bad_row_is_named_with_file_line_and_value_and_the_rest_goes_on(crm, folder):
    bad = 'b1,call,"over two\nlines",u1,2026-11-20T08:00:00Z,tomorrow,,\n'
    late = "b2,call,x,u1,2026-11-20 08:00,2026-11-24,,\n"
    problems = aside(crm, folder, "tasks.csv", TASKS + bad + GOOD + late)

    assert [problem.split(" must")[0] for problem in problems] == [
        'tasks.csv:2 due: `"tomorrow"`',
        'tasks.csv:5 created: `"2026-11-20 08:00"`',
    ]
    assert list(read_everything(crm).snapshot.tasks) == ["t1"]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("users.csv", "id,name,active\nu1,Anna,perhaps\n", 'users.csv:2 active: `"perhaps"` must be true or false'),
        ("users.csv", "id,name\n,Anna\n", 'users.csv:2 id: `""` must not be empty'),
        ("users.csv", "id,name\nu1,Anna\nu1,Bob\n", 'users.csv:3 id: `"u1"` is there already, it must be unique'),
        ("users.csv", "id,name\nu1,Anna,g1\n", 'users.csv:2: `"g1"` stands beyond the last column'),
        (
            "account.csv",
            "id,timezone\nacme,UTC\nother,UTC\n",
            'account.csv:3 id: `"other"` is there already, it must be',
        ),
        ("fields.csv", "entity,id,name,type\nlead,x,X,text\n", 'fields.csv:2 entity: `"lead"` must be one of'),
        ("tasks.csv", TASKS + "t1,call\n", 'tasks.csv:2 responsible: `""` must not be empty'),
    ],
)
def test_every_kind_of_bad_row_is_named(crm, folder, name, text, problem):
    assert problem in "\n".join(aside(crm, folder, name, text))


@pytest.mark.parametrize("cell", ["1 500", "1_500", "1,5", "nan", "0x10", "١"])
def test_a_number_that_is_none_is_named(crm, folder, cell):
    (folder / "fields.csv").write_text("entity,id,name,type\ndeal,budget,Budget,number\n", encoding="utf-8")
    problems = aside(crm, folder, "deals.csv", f'id,name,responsible,fields.budget\nd1,Acme,u1,"{cell}"\n')

    assert problems == [f'deals.csv:2 fields.budget: `"{cell}"` must be a number such as 1500 or -2.5']


def test_a_row_that_was_set_aside_counts_as_absent_until_it_is_mended(crm, folder):
    reading = read_everything(crm)
    aside(crm, folder, "tasks.csv", TASKS + GOOD.replace("2026-11-24", "someday"))
    changes = crm.read_changes(reading.cursor)

    assert [change.id for change in changes.changes] == ["t1"]
    assert crm.complete("t1", result="", key="k") == Gone("deleted")

    aside(crm, folder, "tasks.csv", TASKS + GOOD)
    assert [change.value.id for change in crm.read_changes(changes.cursor).changes] == ["t1"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("tasks.csv", b"id,type\n", "tasks.csv: has no column `text`"),
        ("tasks.csv", b"", "tasks.csv: has no column `id`"),
        ("tasks.csv", b"\xff\xfe", "tasks.csv cannot be read"),
        ("account.csv", b"id,timezone\n", "account.csv: has no row that can be read"),
        ("account.csv", b"id,timezone\nacme,Mars\n", "account.csv: has no row that can be read"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_no_empty_file(crm, folder, name, content, message):
    (folder / name).write_bytes(content)

    with pytest.raises(CrmUnavailable, match=message):
        read_everything(crm)


@pytest.mark.parametrize("name", [f"{name}.csv" for name in HEADERS])
def test_a_file_that_is_not_there_is_no_empty_file(crm, folder, name):
    (folder / name).unlink()

    with pytest.raises(CrmUnavailable, match=f"{name} cannot be read"):
        read_everything(crm)


def test_a_folder_that_is_not_there_is_refused(plugin, tmp_path):
    with pytest.raises(ValueError, match="must be a folder"):
        plugin.CsvCrm.open(tmp_path / "nowhere")


def test_writing_keeps_everything_it_need_not_touch(crm, folder):
    header = "id,note,type,text,responsible,created,due,completed,result\r\n"
    rows = (
        "bad,row\r\n",
        't1,"keep, ""this""",call,"two\nlines",u1,2026-11-20T08:00:00Z,2026-11-24,,\r\n',
        "t2,,,,,,,,,beyond\r\n",
    )
    (folder / "tasks.csv").write_bytes("\ufeff".encode() + "".join((header, *rows)).encode())

    assert crm.set_responsible("task", "t1", "u2", only_if="u1", key="k") == Done()
    assert (folder / "tasks.csv").read_bytes().decode() == "\ufeff" + "".join((header, *rows)).replace(",u1,", ",u2,")


def test_writing_leaves_no_other_file_behind(crm, folder):
    before = sorted(path.name for path in folder.iterdir())
    crm.complete("t1", result="Sold", key="k")

    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_write_that_fails_leaves_the_old_file(crm, folder, monkeypatch):
    def full(_):
        raise OSError("no space left on device")

    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CrmUnavailable, match="no space left"):
        crm.complete("t1", result="Sold", key="k")

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_user_whose_row_is_bad_gets_nothing(crm, folder):
    aside(crm, folder, "users.csv", "id,name,active\nu1,Anna,\nu2,Bob,perhaps\n")

    assert crm.set_responsible("task", "t1", "u2", only_if="u1", key="k") == Forbidden("user `u2` is unknown")
