"""What a configuration may not say, though its types are right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from workplaces_core.errors import Problem
from workplaces_core.sentences import LANGUAGES

SHORTEST_SECRET = 16
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:[0-9]+)?")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_LEAST = {
    "port": 1, "workers": 1, "session_idle_minutes": 1, "session_absolute_hours": 0.1, "sign_in_tries": 1,
    "sign_in_minutes": 0.1, "calls_a_minute": 1, "body_bytes": 1000,
}  # fmt: skip
_MOST = {"port": 65535, "workers": 64}


def problems_of(web: Any) -> Iterator[Problem]:
    """List what is wrong with [web]; secrets are never shown."""
    yield from _numbers(web)
    yield from _secrets(web)
    if web.language not in LANGUAGES:
        yield Problem("language", web.language, f"must be one of {', '.join(sorted(LANGUAGES))}")
    if web.log_level not in _LEVELS:
        yield Problem("log_level", web.log_level, f"must be one of {', '.join(_LEVELS)}")
    if web.public_url and not _ORIGIN.fullmatch(web.public_url):
        yield Problem("public_url", web.public_url, "must be http:// or https:// and a host, without a path")
    for number, host in enumerate(web.frame_ancestors):
        if not _ORIGIN.fullmatch(host):
            yield Problem(f"frame_ancestors[{number}]", host, "must be https:// and a host, without a path")
    yield from _cards(web.card_urls)


def _numbers(web: Any) -> Iterator[Problem]:
    for name, least in _LEAST.items():
        value, most = getattr(web, name), _MOST.get(name)
        if value < least or (most is not None and value > most):
            yield Problem(name, value, f"must be at least {least}" + (f" and at most {most}" if most else ""))


def _secrets(web: Any) -> Iterator[Problem]:
    for name in ("webhook_secret", "metrics_token"):
        if 0 < len(getattr(web, name)) < SHORTEST_SECRET:
            yield Problem(name, None, f"is too short, make one of at least {SHORTEST_SECRET} characters")


def _cards(cards: Any) -> Iterator[Problem]:
    if not isinstance(cards, dict):
        yield Problem("card_urls", cards, "must be a table")
        return
    for kind, url in cards.items():
        if kind not in {"deal", "contact", "company", "task"}:
            yield Problem(f"card_urls.{kind}", url, "is not known, the kinds are deal, contact, company, task")
        elif not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"} or "{id}" not in url:
            yield Problem(f"card_urls.{kind}", url, "must be an http or https address with {id}")
