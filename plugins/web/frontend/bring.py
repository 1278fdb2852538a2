"""Brings the libraries that browsers run from npm into the package, unless they are there already.

Run by the build hook; by hand, `python plugins/web/frontend/bring.py` does what an editable install does.
"""

# ruff: noqa: INP001 - run by itself, part of no package
from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "licences/htmx.txt",
    "htmx-ext-sse/sse.js": "sse.js",
    "htmx-ext-sse/LICENSE": "licences/htmx-ext-sse.txt",
    "sortablejs/Sortable.min.js": "Sortable.min.js",
    "sortablejs/LICENSE": "licences/sortablejs.txt",
    "uplot/dist/uPlot.iife.min.js": "uPlot.iife.min.js",
    "uplot/dist/uPlot.min.css": "uPlot.min.css",
    "uplot/LICENSE": "licences/uplot.txt",
}
"""What is taken out of which package, and what it is called under static/vendor/."""

FRONTEND = Path(__file__).parent
STATIC = FRONTEND.parent / "src" / "workplaces_web" / "static"


def bring(*, checks: bool) -> None:
    """Copy the libraries; with `checks` npm also brings what checks our own scripts.

    Raises SystemExit in plain words when npm is missing, CalledProcessError when it fails.
    """
    wanted = (FRONTEND / "package-lock.json").read_text("utf-8")
    vendor, modules = STATIC / "vendor", FRONTEND / "node_modules"
    is_there = all((vendor / name).is_file() for name in FILES.values()) and _read(vendor / "lock.json") == wanted
    wants_checks = checks and not (modules / "typescript").is_dir() and shutil.which("npm") is not None
    if is_there and not wants_checks:
        return
    install(checks=checks)
    for source, name in FILES.items():
        target = vendor / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, target)
    (vendor / "lock.json").write_text(wanted, "utf-8")


def install(*, checks: bool) -> None:
    """Let npm fill node_modules as the lock file says; no package may run a script."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("workplaces-web is built with npm (node 20 or newer), and there is none; a wheel needs none")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *([] if checks else ["--omit=dev"])]
    subprocess.run(command, cwd=FRONTEND, check=True)  # noqa: S603 - fixed arguments


def copy_own() -> None:
    """Copy our own scripts and styles into the package: a checkout is served from them, a wheel from the copy."""
    own = STATIC / "own"
    if (FRONTEND / "src").is_dir():
        shutil.rmtree(own, ignore_errors=True)
        shutil.copytree(FRONTEND / "src", own, ignore=shutil.ignore_patterns("*.d.ts"))


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


if __name__ == "__main__":
    bring(checks=True)
