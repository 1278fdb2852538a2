"""From a template and what it shows to the answer that a browser reads."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from attrs import frozen
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from markupsafe import Markup

from workplaces_core.wire.forms import moment_text, read_any_instant
from workplaces_web.pages.language import Speech, tongue_of
from workplaces_web.pages.words import WORDS, spoken
from workplaces_web.security.callers import Caller
from workplaces_web.web import Web

_TEMPLATES = Path(__file__).parent.parent / "templates"
AnyRequest = Request[Any, Any, Any]


@frozen
class View:
    """Who looks, in which language, at what: what every page is made with."""

    request: AnyRequest
    web: Web
    speech: Speech

    @classmethod
    def of(cls, request: AnyRequest, web: Web, where: ZoneInfo | None = None) -> View:
        """Make it for a request; times are in the account's zone unless another one is given."""
        accepted = request.headers.get("accept-language", "")
        tongue = tongue_of(request.query_params, request.cookies, accepted, web.settings.language)
        zone = where or (web.reach.account_zone if web.reach.is_loaded else ZoneInfo("UTC"))
        return cls(request, web, Speech(tongue, web.reach.now, zone))

    @property
    def caller(self) -> Caller | None:
        """Who is signed in, if anybody."""
        found = self.request.user
        return found if isinstance(found, Caller) else None

    def notice(self, event: str, by: str | None) -> str:
        """Say what ended beneath an employee."""
        known = f"notice.{event}"
        if by is not None and f"{known} by" in WORDS:
            return self.speech.say(f"{known} by", by=by)
        return self.speech.say(known if known in WORDS else "notice.other")

    def page(self, template: str, **values: Any) -> Response[str]:
        """Render a page, or a fragment of one."""
        return html(self.text(template, **values))

    def text(self, template: str, **values: Any) -> str:
        """Render a template to a text."""
        caller = self.caller
        known = {
            "view": self,
            "speech": self.speech,
            "t": self.speech.say,
            "tongue": self.speech.tongue,
            "me": None if caller is None else caller.person,
            "csrf": None if caller is None else caller.csrf,
            "framed": "frame" in self.request.query_params or bool(caller and caller.framed),
            "demo": self.web.settings.demo,
            "path": self.request.url.path,
            "words": lambda *prefixes: spoken(self.speech.tongue, *prefixes),
        }
        return environment().get_template(template).render(known | values)

    def region(self, name: str, template: str, *, key: object = None, swapped: bool = False, **values: Any) -> Markup:
        """Render a part of a page that is swapped by itself, and only when its `key` (or its text) has changed."""
        inner = Markup(self.text(template, **values))  # noqa: S704 - templates escape
        state = hashlib.sha256(
            repr(key if key is not None else str(inner)).encode("utf-8", "surrogatepass")
        ).hexdigest()[:12]
        swap = Markup(' hx-swap-oob="true"') if swapped else ""
        return Markup('<div id="{}" class="region" data-state="{}"{}>{}</div>\n').format(name, state, swap, inner)


def html(text: str, status: int = 200) -> Response[str]:
    """Answer with a page."""
    return Response(text, media_type="text/html", status_code=status)


@cache
def environment() -> Environment:
    """Give the templates."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["json"] = as_json
    made.filters["json_text"] = lambda value: json.dumps(value, ensure_ascii=False)
    made.filters["wire"] = moment_text
    made.filters["instant"] = read_any_instant
    return made


def as_json(value: Any) -> Markup:
    r"""Write JSON that may stand in a data block of a page.

    >>> as_json({"a": "</script>"})
    Markup('{"a":"\\u003c/script\\u003e"}')
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - escaped above
