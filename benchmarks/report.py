"""What was found, as one Markdown table, and in words; with machine, load, versions and command."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from benchmarks.peers import PEERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.measure import Row

HEADINGS = ("promise", "workload", "ours", "baseline", "ratio", "promised", "kept?")
_VERDICTS = {True: "yes", False: "**no**", None: "-"}


def number(value: float | None) -> str:
    """Write a ratio with three digits.

    >>> number(0.9269), number(1137.36), number(None)
    ('0.927', '1,137', '')
    """
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def line(row: Row) -> str:
    """Write one row."""
    return _line((
        row.promise, row.workload, row.ours, row.baseline, number(row.ratio), row.promised, _VERDICTS[row.is_kept],
    ))  # fmt: skip


def heading() -> str:
    """Write the head of the table."""
    return f"{_line(HEADINGS)}\n|{'---|' * 4}---:|---|---|"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def verdict(rows: Sequence[Row]) -> str:
    """Say in words which promises are not kept, and what did not run."""
    broken = [row for row in rows if row.is_kept is False]
    promised = sum(row.is_kept is not None for row in rows)
    said = [
        f"Not kept: {row.promise}, {row.workload}: {number(row.ratio)} instead of {row.promised}"
        + (f" (against {row.baseline})." if row.baseline else ".")
        for row in broken
    ]
    summary = f"Promises measured here: {promised}; kept: {promised - len(broken)}; not kept: {len(broken)}."
    return "\n".join([summary, *said, *(f"Not measured: {row.remark}." for row in rows if row.remark)])


def circumstances(command: str, before: float) -> dict[str, str]:
    """Tell on what, under which load, and with which versions all was measured."""
    return {
        "machine": f"{_processor()}, {os.cpu_count()} cores, {_memory()}{platform.system()} {platform.release()}",
        "load": f"{before:.2f} before, {os.getloadavg()[0]:.2f} after (average of a minute)",
        "versions": ", ".join([f"Python {platform.python_version()}", *_versions()]),
        "command": command,
    }


def _versions() -> list[str]:
    found = []
    for name in ("attrs", "sortedcontainers", *dict.fromkeys(peer.package for peer in PEERS)):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((each.partition(":")[2].strip() for each in lines if each.startswith("model name")), platform.machine())


def _memory() -> str:
    try:
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return ""
    return f"{pages / 2**30:.0f} GiB, "


def as_json(rows: Sequence[Row], facts: dict[str, str]) -> dict[str, Any]:
    """Give all as plain data."""
    return {**facts, "rows": [{**attrs.asdict(row), "kept": row.is_kept} for row in rows]}


def command() -> str:
    """Give the command that was asked for."""
    return " ".join(["python -m benchmarks", *sys.argv[1:]])
