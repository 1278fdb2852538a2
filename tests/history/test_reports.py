"""A report stands alone: both languages, every figure of its JSON, no reference to anything outside."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.history.offices import TYPES, office_history, office_policy
from workplaces_core.history.arrow_form import table_of
from workplaces_core.history.differences import REASONS
from workplaces_core.history.extra import pq
from workplaces_core.history.local import replay
from workplaces_core.history.reports import words
from workplaces_core.history.reports.charts import Series, bars, lines, week
from workplaces_core.history.reports.details import written
from workplaces_core.history.reports.examples import examples
from workplaces_core.history.reports.figures import figures
from workplaces_core.history.reports.page import page
from workplaces_core.history.reports.report import report, write_report
from workplaces_core.history.reports.summary import calibration_rows, figure_rows, heads, sentences
from workplaces_core.history.reports.words import LANGUAGES, Words
from workplaces_core.history.simulation.assumptions import Assumptions
from workplaces_core.history.simulation.simulate import simulate

BOTH = pytest.mark.parametrize("language", LANGUAGES)


@cache
def whole_report():
    """A report of a small office with everything in it: two policies, a replay, examples, notes."""
    events = office_history(3, tasks=80)
    one, other = office_policy(), office_policy(2, first=tuple(reversed(TYPES)), start="10:00")
    found = simulate(events, one, other, seeds=3, assumptions=Assumptions(pauses=0.3))
    compared = replay(table_of(events), one, other, processes=1)
    explained = examples(events, compared.decisions, other)
    notes = {"en": ["A note of <ours>."], "ru": ["Наше <примечание>."]}
    return report(found, compared, examples=explained, command="workplaces simulate office.jsonl", notes=notes)


@cache
def page_of(language):
    return page(whole_report(), language)


class _Page(HTMLParser):
    """What a page says, and what it refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.references: list[Any] = []
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        self._cell: Any = None

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.references += [value for name, value in attrs if name in ("src", "href", "data", "action", "xlink:href")]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append("".join(self._cell))
            self._cell = None

    def handle_data(self, data):
        if self._cell is not None:
            self._cell.append(data)


def parsed(text):
    found = _Page()
    found.feed(text)
    return found


@BOTH
def test_the_page_has_every_figure_of_its_json(language):
    rows = {tuple(row) for row in parsed(page_of(language)).rows}
    listed = list(figures(whole_report()))

    assert len(listed) > 500
    assert not [path for path, value in listed if (path, written(value)) not in rows]


@BOTH
def test_the_page_refers_to_nothing_but_the_page_in_the_other_language(language):
    text = page_of(language)
    found = parsed(text)

    (other,) = set(LANGUAGES) - {language}
    assert found.references == [f"report.{other}.html"]
    assert not {"script", "link", "img", "iframe", "object", "embed", "base"} & set(found.tags)
    assert not re.search(r"https?:|@import|url\(|//[a-z]", text)


@BOTH
def test_drawings_are_well_formed_and_named(language):
    drawings = re.findall(r"<svg.*?</svg>", page_of(language), re.DOTALL)

    assert len(drawings) >= 6
    for drawing in drawings:
        assert ET.fromstring(drawing).get("aria-label")


def test_each_language_has_every_word_and_the_same_places_to_fill_in():
    for name, said in words._WORDS.items():
        en, ru = (sorted(re.findall(r"\{[a-z]*\}", text)) for text in said)
        assert en == ru, name
        assert all(said)


def test_the_pages_speak_their_languages():
    assert "What would have happened under other rules" in page_of("en")
    assert "Что было бы при других правилах" in page_of("ru")
    heads_of = {language: re.findall(r"<h2>(.*?)</h2>", page_of(language)) for language in LANGUAGES}
    assert len(heads_of["en"]) == len(heads_of["ru"]) >= 10
    assert not set(heads_of["en"]) & set(heads_of["ru"])
    assert not [each for each in heads_of["ru"] if re.search("[a-z]{3}", each)]


@BOTH
def test_texts_of_the_account_are_never_markup(language):
    told = json.loads(json.dumps(whole_report()))
    told["simulation"]["names"]["types"]["звонок"] = "<b>звонок</b>"
    told["simulation"]["account"] = "<script>"

    assert "<b>звонок</b>" not in page(told, language)
    assert "<script>" not in page(told, language)
    assert "<ours>" not in page_of(language)
    assert "<примечание>" not in page_of(language)


@BOTH
def test_the_difference_by_reason_is_that_of_the_replay(language):
    summary, rows = whole_report()["replay"], parsed(page_of(language)).rows

    reasons = [
        [Words(language)[r["reason"]], r["part"] or "", str(r["count"])] for r in summary["differences"]["reasons"]
    ]
    assert reasons
    assert all(reason in rows for reason in reasons)


@BOTH
def test_examples_are_explained_in_sentences(language):
    told = whole_report()["examples"]
    assert told
    text = page_of(language)
    for example in told:
        for found in (example["why_not_a"], example["why_b"]):
            for line in (found or {language: []})[language]:
                assert line["text"].replace('"', "&quot;").replace("'", "&#x27;") in text


def test_an_example_is_a_decision_on_which_the_policies_differ():
    events = office_history(3, tasks=80)
    other = office_policy(2, first=tuple(reversed(TYPES)), start="10:00")
    decisions = replay(table_of(events), office_policy(), other, processes=1).decisions.to_pylist()
    by_number = {row["number"]: row for row in decisions}

    for example in examples(events, replay(table_of(events), office_policy(), other, processes=1).decisions, other):
        row = by_number[example["number"]]
        assert (row["same"], row["reason"]) == (False, example["reason"])


def test_every_reason_of_a_difference_has_words():
    assert all(reason in Words(language) for reason in REASONS for language in LANGUAGES)


def test_files_hold_the_same_figures_and_the_same_report_gives_the_same_bytes(tmp_path):
    paths = write_report(whole_report(), tmp_path / "one")
    again = write_report(whole_report(), tmp_path / "two")

    assert [path.name for path in paths] == ["report.en.html", "report.ru.html", "report.json", "report.parquet"]
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in again]
    told = json.loads(paths[2].read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps(whole_report()))
    rows = pq.read_table(paths[3]).to_pylist()
    assert [(row["path"], row["number"], row["text"]) for row in rows] == [
        (path, float(x) if isinstance(x, int | float) else None, x if isinstance(x, str) else None)
        for path, x in figures(told)
    ]


@BOTH
def test_a_report_of_one_policy_without_a_replay_is_a_page_too(language):
    found = simulate(office_history(3), office_policy(), seeds=1, assumptions=Assumptions(pauses=0.3))
    text = page(report(found), language)

    assert Words(language)["title one"] in text
    assert Words(language)["seeds one"] in text
    assert Words(language)["b minus a"] not in text
    assert Words(language)["differences"] not in text


@BOTH
def test_the_screen_says_what_the_page_says(language):
    found = whole_report()["simulation"]

    assert all(len(row) == len(heads(found, language)) == 5 for row in figure_rows(found, language))
    assert len(calibration_rows(found, language)[1]) == 7
    plain = re.sub(r"<[^>]+>", "", page_of(language))
    assert all(re.sub(r"\s+", " ", said) in re.sub(r"\s+", " ", plain) for said in sentences(found, language))


# -- charts ----------------------------------------------------------------------------------------------------


def test_a_line_goes_through_its_values_with_the_names_apart():
    drawn: Any = ET.fromstring(
        lines([Series("a", "А", [0, 10]), Series("b", "Б", [10, 10])], ["x", "y"], "Т", tell=str)
    )
    lows, _ = ([p.split(",") for p in each.get("points").split()] for each in drawn.iter("polyline"))
    assert float(lows[0][1]) > float(lows[1][1])
    names = [float(each.get("y")) for each in drawn.iter("text") if "name" in each.get("class")]
    assert abs(names[0] - names[1]) >= 14


def test_a_longer_wait_is_a_longer_bar():
    drawn: Any = ET.fromstring(bars([("x", [Series("a", "А", [60]), Series("b", "Б", [6000])])], "Т", tell=str))
    short, long = (float(each.get("width")) for each in drawn.iter("rect"))
    assert short < long


def test_the_darkest_hour_is_the_one_with_most_tasks():
    cells = [[0.0] * 24 for _ in range(7)]
    cells[2][14] = 8.0
    drawn: Any = ET.fromstring(week(cells, Words("en").week, "Т", highest=8.0))
    dark = [each for each in drawn.iter("rect") if each.get("style") == "fill-opacity:1.00"]
    assert [each.find("title").text for each in dark] == ["Wed 14:00: 8.0"]
