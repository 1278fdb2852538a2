"""The examples of how it is run in earnest: what they say is what the command and the configuration know."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from workplaces_web.cli import command
from workplaces_web.serving.config import read_config
from workplaces_web.serving.run import ENDING_SECONDS

EXAMPLES = Path(__file__).parents[1] / "examples"
ROOT = Path(__file__).parents[3]


def _unit() -> dict[str, str]:
    lines = (EXAMPLES / "workplaces.service").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z][A-Za-z]+=", line))


def _container() -> str:
    return (EXAMPLES / "Containerfile").read_text()


def _parsed(line: list[str]) -> dict[str, object]:
    program, name, *arguments = line
    assert (Path(program).name, name) == ("workplaces", "serve")
    return command.make_context("serve", arguments).params


def test_the_unit_starts_a_command_that_there_is():
    assert _parsed(shlex.split(_unit()["ExecStart"]))["config_path"] == Path("/etc/workplaces/workplaces.toml")


def test_the_unit_waits_longer_than_the_server_takes_to_end():
    assert int(_unit()["TimeoutStopSec"]) > ENDING_SECONDS


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_has_nothing_to_say_about_the_unit(tmp_path):
    unit = tmp_path / "workplaces.service"
    text = (EXAMPLES / "workplaces.service").read_text()
    unit.write_text(text.replace(shlex.split(_unit()["ExecStart"])[0], sys.executable))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False, timeout=60)
    assert [line for line in done.stderr.splitlines() if unit.name in line] == []


def test_the_container_starts_a_command_that_there_is_with_settings_that_there_are():
    started = json.loads(re.findall(r"^CMD (.*)$", _container(), re.MULTILINE)[-1])
    _parsed(started)
    settings = dict(re.findall(r"(WORKPLACES_\w+)=(\S+)", _container()))
    assert set(settings) == {"WORKPLACES_CONFIG", "WORKPLACES_DATABASE", "WORKPLACES_WEB_HOST"}
    del settings["WORKPLACES_CONFIG"]  # read by the command itself
    config = read_config(EXAMPLES / "workplaces.toml", environment=settings)
    assert (config.web.host, config.database) == ("0.0.0.0", "sqlite:////var/lib/workplaces/desk.db")


def test_the_container_is_made_of_what_a_clone_has():
    for path in re.findall(r"/src/([\w./]+)", _container()):
        assert (ROOT / path).exists(), path
