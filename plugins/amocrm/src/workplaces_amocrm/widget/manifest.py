"""What the widget tells amoCRM of itself: its manifest."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from attrs import field, frozen

from workplaces_amocrm.widget.pictures import TOUR
from workplaces_core.errors import InvalidInput, Problem

LOCALES = ("ru", "en")

LOCATIONS = ("everywhere", "settings", "advanced_settings", "lcard-0", "ccard-0", "comcard-0")
"""Where it is shown; cards without their right column, the panel is all of ours there is."""

_VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){2}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _https(url: str, name: str) -> str:
    """Give an address without the slash at its end, or refuse it."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        parts = urlsplit("")
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme != "https" or not parts.hostname or not plain or re.search(r"[\s\"'<>\\]", url):
        raise InvalidInput([Problem(name, url, "must be an https address without a query, such as https://example.ru")])
    return url.rstrip("/")


def _backend(url: str) -> str:
    return _https(url, "--backend-url")


def _matching(pattern: re.Pattern[str], value: str, name: str, rule: str) -> None:
    if not pattern.fullmatch(value):
        raise InvalidInput([Problem(name, value, rule)])


@frozen(kw_only=True)
class WidgetSettings:
    """What differs from one widget to another. Raises InvalidInput.

    `backend_url` is where the desk is served from, https. amoCRM takes a new archive for the old one while `version`
    stays the same, so every upload needs a higher one. `code` is the code of the integration, when amoCRM gave one;
    `support` is the page that people with a question are sent to.

    >>> WidgetSettings(backend_url="https://desk.example.ru/").backend_url
    'https://desk.example.ru'
    >>> WidgetSettings(backend_url="http://desk.example.ru")
    Traceback (most recent call last):
    workplaces_core.errors.InvalidInput: --backend-url: `"http://desk.example.ru"` must be an https address ...
    """

    backend_url: str = field(converter=_backend)
    version: str = "1.0.0"
    code: str | None = None
    support: str | None = None

    def __attrs_post_init__(self) -> None:
        _matching(_VERSION, self.version, "--version", "must be three numbers, such as 1.0.0")
        if self.code is not None:
            rule = "must be lower-case latin letters, digits and `_`, beginning with a letter"
            _matching(_CODE, self.code, "--code", rule)
        if self.support is not None:
            _https(self.support, "--support")


def manifest(settings: WidgetSettings) -> dict[str, Any]:
    """Make the manifest; its texts are keys of the files in `i18n`."""
    names = ("name", "description", "short_description")
    widget: dict[str, Any] = {name: f"widget.{name}" for name in names} | {
        "version": settings.version,
        "interface_version": 2,
        "init_once": True,
        "locale": list(LOCALES),
        "installation": True,
        "support": {"link": settings.support or settings.backend_url},
    }
    if settings.code is not None:
        widget["code"] = settings.code
    images = {locale: [f"/images/{TOUR}"] for locale in LOCALES}
    return {
        "widget": widget,
        "locations": list(LOCATIONS),
        "tour": {"is_tour": True, "tour_images": images, "tour_description": "widget.tour_description"},
        "settings": {},
        "advanced": {"title": "advanced.title"},
    }
