"""The short form of a report for a screen: verdict, calibration and key figures, as plain texts."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from workplaces_core.history.reports.page import in_short
from workplaces_core.history.reports.sections import key_rows, measure, sides
from workplaces_core.history.reports.words import Words


def verdict(figures: dict[str, Any], language: str) -> str:
    """Say whether differences can be believed."""
    return Words(language)["verdict " + figures["calibration"]["verdict"]]


def calibration_rows(figures: dict[str, Any], language: str) -> tuple[list[str], list[list[str]]]:
    """Give the heads and rows of the calibration."""
    words = Words(language)
    found = figures["calibration"]["measures"]
    rows = [
        [_plain(measure({"simulation": figures}, name, words)), words.share(each["off"]), words[each["verdict"]]]
        for name, each in found.items()
    ]
    return [words["measure"], words["off"], words["verdict"]], rows


def heads(figures: dict[str, Any], language: str) -> list[str]:
    """Give the heads of the key figures."""
    words, told = Words(language), {"simulation": figures}
    found = [words["what"], *(words[side] for side in sides(told))]
    return [*found, words["b minus a"]] if figures["differences"] else found


def figure_rows(figures: dict[str, Any], language: str) -> list[list[str]]:
    """Give the rows of the key figures; intervals stand in brackets."""
    return [[_plain(cell) for cell in row] for row in key_rows({"simulation": figures}, Words(language))]


def sentences(figures: dict[str, Any], language: str) -> list[str]:
    """Give what a reader takes home."""
    told = {"simulation": figures}
    return [_plain(each) for each in in_short(told, Words(language))]


def _plain(cell: str) -> str:
    text = cell.replace("<small>", " (").replace("</small>", ")")
    return unescape(re.sub(r"<[^>]+>", "", text))
