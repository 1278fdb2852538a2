"""Words: whatever a template or a script says exists in both languages, with the same places to fill in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from workplaces_web.pages import words
from workplaces_web.pages.words.refusals import sentence

from workplaces_core.check.codes import CODES
from workplaces_core.work import desk_service

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
    parts = (words.SITE, words.DESK, words.ADMIN, words.BUILDER, words.BOARD, words.PEOPLE, words.FINDINGS,
             words.REFUSALS)  # fmt: skip
    assert len(words.WORDS) == sum(map(len, parts))


_CORE = Path(desk_service.__file__).parent
_REFUSING = {"refuse", "NotAllowed", "NotFound", "Conflict", "PermissionDeniedException", "NotAuthorizedException",
             "LookupError", "Problem"}  # fmt: skip
# What only a program can bring about: no page has a form that sends it.
_TO_PROGRAMS = {
    "the metrics ask for their token", "the token is not known, was revoked, or is too old",
    "there is nothing under this address", "this account is shut", "user is not an active user of the account",
    "must be one of", "has no offset, write Z or ±HH:MM", "stands beside a policy, give one of the two",
    "must be the role", "must not be nested more than deep", "must be a list of objects", "must be a list of dates",
    "must be a list of days", "must be a list of ids", "must be the ids of all roles, each once",
    "this asks for the role",
}  # fmt: skip


def _refusals(path: Path) -> Iterator[str]:
    """List what a module says when it refuses, values as `x`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _REFUSING and node.args:
            said = node.args[-1]
            while isinstance(said, ast.BinOp):
                said = said.left
            if isinstance(said, ast.Constant) and isinstance(said.value, str):
                yield said.value
            elif isinstance(said, ast.JoinedStr):
                yield "".join(each.value if isinstance(each, ast.Constant) else "7" for each in said.values)


def test_whatever_the_api_refuses_has_words_on_the_pages():
    web = PLUGIN / "src" / "workplaces_web"
    paths = [*(web / "api").glob("*.py"), *(web / "people").glob("*.py"), *(web / "security").glob("*.py"),
             *(web / "policies").glob("*.py"), *(web / "pages" / "admin").glob("*.py"),
             _CORE / "supervising.py", _CORE / "telling.py", _CORE / "desk_service.py"]  # fmt: skip
    said = {sentence(each) for path in paths for each in _refusals(path)} - _TO_PROGRAMS
    assert len(said) > 30
    known = {key.removeprefix("problem.said.") for key in words.REFUSALS}
    unknown = [each for each in said if not {each, each.partition(":")[0].strip()} & known]
    assert sorted(unknown) == []
