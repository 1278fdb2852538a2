"""How a command ends when its output is closed, when whoever reads it leaves, and when it is interrupted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.history.offices import office_history, office_policy
from workplaces_core import wire

ROOT = Path(__file__).parents[2]
WORKPLACES = (sys.executable, "-m", "workplaces_core")
COMMANDS = {
    "help": ["--help"],
    "describe": ["history", "describe", "h.jsonl"],
    "describe as JSON": ["history", "describe", "h.jsonl", "--json"],
    "replay": ["replay", "h.jsonl", "--policy", "p.json", "--processes", "1"],
    "simulate": ["simulate", "h.jsonl", "--policy", "p.json", "--pauses", "0.3", "--seeds", "1"],
    "demo": ["demo"],
}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    folder = tmp_path_factory.mktemp("office")
    text = "".join(f"{event.line()}\n" for event in office_history(3, tasks=12))
    (folder / "h.jsonl").write_text(text, encoding="utf-8")
    (folder / "p.json").write_text(wire.dumps(office_policy()), encoding="utf-8")
    return folder


def ended(folder, *command, output=None, error=subprocess.PIPE):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=folder, env=environment, stdout=output, stderr=error, check=False)
    return done.returncode, (done.stderr or b"").decode()


@pytest.fixture
def left():
    """The end to write to of a pipe that nobody reads."""
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the output")
@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_a_command_whose_output_is_closed_does_its_work(office, arguments):
    assert ended(office, "sh", "-c", 'exec "$@" >&-', "sh", *WORKPLACES, *arguments) == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="other systems tell of a broken pipe in other ways")
@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_a_command_ends_quietly_when_its_reader_has_left(office, left, arguments):
    assert ended(office, *WORKPLACES, *arguments, output=left) == (141, "")


@pytest.mark.skipif(os.name != "posix", reason="other systems tell of a broken pipe in other ways")
def test_an_error_that_nobody_reads_ends_quietly_too(office, left):
    wrong = ["replay", "h.jsonl", "--policy", "nowhere.json"]

    assert ended(office, *WORKPLACES, *wrong, output=left, error=left) == (141, "")


def test_an_exit_that_a_command_asks_for_stays_as_it_is(office):
    code = (
        "import sys, workplaces_core.cli.app as app\n"
        "app.app.main = lambda *_, **__: sys.exit(3)\n"
        "sys.exit(app.run(['plugins']))"
    )

    assert ended(office, sys.executable, "-c", code) == (3, "")


@pytest.mark.parametrize("module", ["click", "workplaces_core.cli.app", "workplaces_core.cli.replay", "pyarrow"])
def test_an_interrupt_during_imports_ends_quietly(office, module):
    code = (
        "import sys\n"
        "from workplaces_core.cli import main\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "sys.exit(main(['replay', 'h.jsonl', '--policy', 'p.json']))"
    )
    status, errors = ended(office, sys.executable, "-c", code)

    assert status == 130
    assert not errors.strip()
