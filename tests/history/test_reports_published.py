"""The published reports are what the package makes of their figures, and their policies load."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workplaces_core import wire
from workplaces_core.history.reports.report import write_report

BANK = Path(__file__).parents[2] / "docs" / "reports" / "bank"
REPORTS = sorted(each for each in BANK.iterdir() if each.is_dir())


@pytest.mark.parametrize("folder", REPORTS, ids=lambda folder: folder.name)
def test_the_pages_are_made_of_the_figures_beside_them(folder, tmp_path):
    told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    for made in write_report(told, tmp_path):
        if made.suffix != ".parquet":  # the bytes of Parquet name the library's version
            published = folder / made.name
            assert published.read_bytes() == made.read_bytes(), f"make it anew: write_report(json, '{folder.name}')"


@pytest.mark.parametrize("path", sorted(BANK.glob("*.json")), ids=lambda path: path.name)
def test_the_policies_load(path):
    assert wire.load_policy(path).roles


def test_the_page_names_every_report_and_policy():
    text = BANK.with_suffix(".md").read_text(encoding="utf-8")

    for path in [*BANK.glob("*.json"), *(each for folder in REPORTS for each in folder.glob("*.html"))]:
        assert f"({path.relative_to(BANK.parent).as_posix()})" in text
