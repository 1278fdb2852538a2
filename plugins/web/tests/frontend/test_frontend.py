"""Our own scripts: tsc finds their types right, and node's test runner their laws kept."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

FRONTEND = Path(__file__).parents[2] / "frontend"
_NODE = shutil.which("node")
_TSC = FRONTEND / "node_modules" / "typescript" / "bin" / "tsc"
needs_node = pytest.mark.skipif(
    _NODE is None or not _TSC.is_file(), reason="node or its packages are not there: npm ci in plugins/web/frontend"
)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [_NODE or "node", *arguments], cwd=FRONTEND, capture_output=True, text=True, timeout=300, check=False
    )


@needs_node
@pytest.mark.slow
def test_the_types_of_the_scripts_are_right():
    done = _run(str(_TSC), "--project", "tsconfig.json")
    assert done.returncode == 0, done.stdout


@needs_node
def test_the_scripts_keep_their_laws():
    done = _run("--test", "test/")
    assert done.returncode == 0, done.stdout[-4000:]


def test_the_lock_file_names_no_download_address():
    packages = json.loads((FRONTEND / "package-lock.json").read_text("utf-8"))["packages"]
    assert packages
    assert [name for name, each in packages.items() if "resolved" in each] == []
    assert all("integrity" in each for name, each in packages.items() if name)


def test_no_script_makes_code_or_markup_of_what_it_was_given():
    """Markup comes from our own server alone: of its answers, and to restore a button's own."""
    words = ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "new Function")
    found = [
        (path.name, line.strip())
        for path in (FRONTEND / "src").rglob("*.js")
        for line in path.read_text("utf-8").splitlines()
        if any(word in line for word in words)
    ]
    assert sorted(found) == [
        ("admin.js", "drawer.innerHTML = await response.text();"),
        ("forms.js", "const text = main?.innerHTML;"),
        ("forms.js", "if (main && form.dataset.busy && text !== undefined) main.innerHTML = text;"),
        ("panels.js", "place.innerHTML = await response.text();"),
    ]
