"""Words: whatever a template or a script says exists in both languages, with the same places to fill in."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from workplaces_web.pages import words

from workplaces_core.check.codes import CODES

PLUGIN = Path(__file__).parents[2]
_SAID = re.compile(
    r"""(?<![\w.])(?:t|say|speech\.say|self\.say|view\.speech\.say)\(\s*["']([a-z_]+\.[\w.\- ]+)["'][,)]"""
)


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(words.WORDS))
def test_both_languages_fill_in_the_same_places(key):
    english, russian = words.WORDS[key]
    assert english.strip()
    assert russian.strip()
    assert _places(english) == _places(russian)


def test_whatever_a_page_says_has_words():
    sources = [*(PLUGIN / "src" / "workplaces_web").rglob("*.html"), *(PLUGIN / "frontend" / "src").rglob("*.js"),
               *(PLUGIN / "src" / "workplaces_web" / "pages").rglob("*.py")]  # fmt: skip
    said = {(path.name, key) for path in sources for key in _SAID.findall(path.read_text("utf-8"))}
    assert len(said) > 150
    assert sorted(each for each in said if each[1] not in words.WORDS) == []


def test_every_code_of_check_has_words():
    assert [code for code in CODES if f"finding.{code}" not in words.WORDS] == []


def test_no_two_keys_of_different_files_are_the_same():
    parts = (words.SITE, words.DESK, words.ADMIN, words.BUILDER, words.BOARD, words.PEOPLE, words.FINDINGS)
    assert len(words.WORDS) == sum(map(len, parts))
