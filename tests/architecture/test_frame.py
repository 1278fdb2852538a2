"""The environment is reproducible: exact versions of everything, and no address in it."""

from __future__ import annotations

import re
import tomllib

from tests.architecture.source import ROOT

PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[0-9][0-9A-Za-z.!+]*)( ; [A-Za-z0-9_.<>=!'() ]+)?")


def test_constraints_are_exact_versions_and_nothing_else() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()

    assert lines
    assert [line for line in lines if not PIN.fullmatch(line)] == []


def test_every_requirement_is_pinned() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.partition("==")[0] for line in pins}
    wanted = [text for path in (ROOT / "pyproject.toml", *ROOT.glob("plugins/*/pyproject.toml")) for text in _of(path)]
    missing = {text for text in wanted if re.split(r"[^A-Za-z0-9._-]", text)[0].lower() not in pinned}

    assert missing == set(), "run `make constraints`"


def _of(path) -> list[str]:
    project = tomllib.loads(path.read_text(encoding="utf-8"))
    lists = [
        project["project"]["dependencies"],
        *project["project"].get("optional-dependencies", {}).values(),
        *project.get("dependency-groups", {}).values(),
    ]
    return [text for texts in lists for text in texts if not text.startswith("workplaces-")]
