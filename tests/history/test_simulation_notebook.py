"""The notebook of the tutorial runs from top to bottom, in ten cells, without anything that a notebook alone has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "tutorial" / "replay.ipynb"


def cells():
    """The sources of its code cells."""
    found = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == "code"]


def test_it_has_ten_cells_and_keeps_no_output():
    found = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]

    assert len(cells()) == 10
    assert not [cell for cell in found if cell.get("outputs") or cell.get("execution_count")]


@pytest.mark.slow
def test_it_runs_from_top_to_bottom():
    names: dict = {"__name__": "notebook"}
    for number, source in enumerate(cells(), 1):
        exec(compile(source, f"cell {number}", "exec"), names)

    assert names["rows"]
    assert names["calibration"]["verdict"] in ("good", "fair", "poor")
    assert {page.name for page in names["pages"]} >= {"report.en.html", "report.ru.html", "report.json"}
    types = names["simulation"].figures["differences"]["types"]
    assert types["Договор"]["mean"]["mean"] < 0
