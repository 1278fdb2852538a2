"""The command line as a process of its own: what is imported, streams, encodings, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AT = ["--at", "2026-11-24T10:40+03:00"]


def process(*command, cwd=ROOT, **environment):
    # Colours and width of whoever runs the tests are none of their business.
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR", "FORCE_COLOR"}}
    kept |= {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | environment
    done = subprocess.run([sys.executable, *map(str, command)], cwd=cwd, env=kept, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def workplaces(*arguments, **how):
    return process("-m", "workplaces_core", *arguments, **how)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    code, _, errors = workplaces("demo", cwd=folder)
    assert (code, errors) == (0, "")
    return folder


FILES = ["--policy", "demo-output/policy.json", "--snapshot", "demo-output/snapshot.json"]


def imported_by(code):
    _, out, errors = process("-c", f"import sys\n{code}\nsys.stdout = sys.__stdout__\nprint(*sys.modules)")
    assert not errors
    return set(out.decode().splitlines()[-1].split())


def test_the_package_itself_imports_neither_click_nor_rich():
    assert not {"click", "rich"} & imported_by("import workplaces_core")


def test_help_imports_no_command_and_nothing_for_the_screen():
    modules = imported_by("from workplaces_core.cli import main\nmain(['--help'])")

    assert "workplaces_core.cli.app" in modules
    assert (
        not {"rich", "rich.console", "workplaces_core.demo", "workplaces_core.history", "workplaces_core.sentences"}
        & modules
    )
    assert {name for name in modules if name.startswith("workplaces_core.cli.")} == {
        "workplaces_core.cli.app",
        "workplaces_core.cli.installed",
        "workplaces_core.cli.invocation",
    }


def test_a_missing_extra_is_one_line():
    for missing in ("click", "rich"):
        code, out, errors = process(
            "-c",
            f"import sys; sys.modules['{missing}'] = None\n"
            "from workplaces_core.cli import main\nsys.exit(main(['plugins']))",
        )
        assert (code, out) == (2, b"")
        assert errors.splitlines() == [f"workplaces needs `{missing}`, install workplaces-core[cli]"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["decide", *FILES, "--user", "u1", *AT], 0),
        (["check", *FILES, *AT], 1),
        (["decide", *FILES, "--user", "u1", "--at", "now"], 2),
        (["decide", "--policy", "nowhere.json", *FILES[2:], "--user", "u1"], 2),
    ],
)
def test_exit_codes(folder, arguments, code):
    found, out, errors = workplaces(*arguments, cwd=folder)

    assert found == code
    assert bool(out) == (code < 2)
    assert len(errors.splitlines()) == (code == 2)
    assert "Traceback" not in errors


def test_colours_only_where_they_are_shown(folder):
    explain = ["explain", *FILES, "--user", "u3", "--task", "t3", *AT]
    _, piped, _ = workplaces(*explain, cwd=folder)
    _, forced, _ = workplaces(*explain, cwd=folder, FORCE_COLOR="1", TERM="xterm")
    _, without, _ = workplaces(*explain, cwd=folder, FORCE_COLOR="1", TERM="xterm", NO_COLOR="1")

    assert b"\x1b" not in piped
    assert b"\x1b[33m" in forced
    assert b"\x1b[3" not in without


def test_a_table_is_as_wide_as_columns_says(folder):
    check = ["check", *FILES, *AT]
    _, usual, _ = workplaces(*check, cwd=folder)
    _, narrow, _ = workplaces(*check, cwd=folder, COLUMNS="70")

    assert max(map(len, usual.decode().splitlines())) == 120
    assert max(map(len, narrow.decode().splitlines())) == 70


def test_json_is_utf8_wherever_it_goes_and_the_rest_never_fails(folder):
    decide = ["decide", *FILES, "--user", "u1", *AT]
    _, usual, _ = workplaces(*decide, "--json", cwd=folder)
    code, ascii_json, _ = workplaces(*decide, "--json", cwd=folder, PYTHONIOENCODING="ascii")
    assert (code, ascii_json) == (0, usual)
    assert "«" in usual.decode()

    code, out, errors = workplaces(*decide, cwd=folder, PYTHONIOENCODING="ascii")
    assert (code, errors) == (0, "")
    assert b"?" in out


def test_a_reader_that_leaves_early_is_no_error(folder):
    command = [sys.executable, "-m", "workplaces_core", "decide", *FILES, "--user", "u1", *AT, "--queue", "2000"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.readline()
        running.stdout.close()
        assert b"Traceback" not in running.stderr.read()
