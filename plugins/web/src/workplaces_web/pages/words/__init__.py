"""The words of the pages in English and Russian, each key one idea; `say` fills them in."""

from __future__ import annotations

from typing import Literal

from workplaces_web.pages.words.admin import ADMIN
from workplaces_web.pages.words.board import BOARD
from workplaces_web.pages.words.builder import BUILDER
from workplaces_web.pages.words.desk import DESK
from workplaces_web.pages.words.findings import FINDINGS
from workplaces_web.pages.words.people import PEOPLE
from workplaces_web.pages.words.refusals import REFUSALS
from workplaces_web.pages.words.site import SITE

Tongue = Literal["en", "ru"]
TONGUES: tuple[Tongue, ...] = ("en", "ru")

WORDS: dict[str, tuple[str, str]] = {**SITE, **DESK, **ADMIN, **BUILDER, **BOARD, **PEOPLE, **FINDINGS, **REFUSALS}
"""English and Russian by key."""


def say(tongue: Tongue, key: str, /, **words: object) -> str:
    """Give the words of a key. Raises KeyError for one that nobody wrote.

    >>> say("ru", "desk.take"), say("en", "desk.until", time="18:00")
    ('Взять', 'until 18:00')
    """
    text = WORDS[key][TONGUES.index(tongue)]
    return text.format(**words) if words else text


def spoken(tongue: Tongue, *prefixes: str) -> dict[str, str]:
    """Give all words whose keys begin with one of the prefixes: what a script needs.

    >>> spoken("en", "desk.take")["desk.take"]
    'Take'
    """
    number = TONGUES.index(tongue)
    return {key: both[number] for key, both in WORDS.items() if key.startswith(prefixes)}
