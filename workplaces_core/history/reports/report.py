"""A report: the figures of a simulation, and of a replay beside it, as one JSON value, and the files made of it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workplaces_core.history.extra import pa, pq
from workplaces_core.history.reports.figures import figures
from workplaces_core.history.reports.page import page
from workplaces_core.history.reports.words import LANGUAGES

if TYPE_CHECKING:
    from workplaces_core.history.local import Replay
    from workplaces_core.history.simulation.simulate import Simulation

FORMAT = "workplaces/report/1"
FIGURES = pa.schema(
    [
        pa.field("path", pa.string(), nullable=False),
        pa.field("number", pa.float64()),
        pa.field("text", pa.string()),
    ]
)
"""One row a figure: where it stands in the JSON, and what it is."""


def report(
    simulation: Simulation,
    replay: Replay | None = None,
    *,
    examples: Sequence[dict[str, Any]] = (),
    command: str | None = None,
    notes: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Gather a report, plain data: everything the page shows comes from it.

    `examples` are those of `examples.examples`, `command` is what made the report; `notes` are sentences to print
    first, by language.
    """
    return {
        "format": FORMAT,
        "command": command,
        "notes": {name: list(lines) for name, lines in (notes or {}).items()},
        "simulation": simulation.figures,
        "replay": None if replay is None else replay.summary,
        "examples": list(examples),
    }


def figures_table(told: dict[str, Any]) -> pa.Table:
    """Put the figures of a report into a table of FIGURES."""
    rows = list(figures(told))
    return pa.table(
        [
            pa.array([path for path, _ in rows], pa.string()),
            pa.array([float(x) if isinstance(x, int | float) else None for _, x in rows], pa.float64()),
            pa.array([x if isinstance(x, str) else None for _, x in rows], pa.string()),
        ],
        schema=FIGURES,
    )


def write_report(told: dict[str, Any], folder: str | os.PathLike[str]) -> list[Path]:
    """Write report.json, report.parquet and a page in each language; the same report gives the same bytes."""
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    content = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    (out / "report.json").write_text(content, encoding="utf-8")
    pq.write_table(figures_table(told), out / "report.parquet", compression="zstd")
    pages = [out / f"report.{language}.html" for language in LANGUAGES]
    for path, language in zip(pages, LANGUAGES, strict=True):
        path.write_text(page(told, language), encoding="utf-8")
    return [*pages, out / "report.json", out / "report.parquet"]
