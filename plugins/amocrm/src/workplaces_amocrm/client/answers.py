"""What an answer means: its status first, its body second, as gateways answer in HTML."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from workplaces_amocrm.client.http import Answer, Request
from workplaces_amocrm.errors import (
    AccountBlocked,
    BatchTooLarge,
    ConsentNeeded,
    NoRights,
    NoSuchThing,
    NotPaid,
    RateLimited,
    Refused,
    Unreachable,
)
from workplaces_core.errors import Problem, WorkError, shown

_ELSEWHERE = {301, 302, 303, 307, 308}
_MANY = 2


def decoded(answer: Answer, request: Request, *, html_403_blocks: bool = True) -> Any:
    """Give the decoded body of an answer that is fine, None for 204; raise what the other answers mean.

    A read that is answered with another status and nothing in the body got a broken answer. After a write the status
    alone tells, so that nothing in the body is None there too.

    >>> decoded(Answer(200, {}, b'{"id": 7}'), Request("GET", "https://acme.amocrm.ru/api/v4/tasks/7"))
    {'id': 7}
    >>> decoded(Answer(502, {}, b"<html>"), Request("GET", "https://acme.amocrm.ru/api/v4/tasks/7"))
    Traceback (most recent call last):
    workplaces_amocrm.errors.Unreachable: amoCRM answered 502 to GET /api/v4/tasks/7
    """
    if answer.status == HTTPStatus.NO_CONTENT:
        return None
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return _body(answer, request)
    if answer.status == HTTPStatus.NOT_MODIFIED:
        raise Unreachable(_told(answer, request, "which nobody asked for"))
    raise _error(answer, request, html_403_blocks=html_403_blocks)


def is_elsewhere(answer: Answer) -> bool:
    """Whether an answer looks like that of a host where the account is not, or not any more.

    An unknown path of a right host looks alike, so this is a reason to ask, not a proof.
    """
    return answer.status in _ELSEWHERE or (answer.status == HTTPStatus.NOT_FOUND and not answer.says_json)


def said_of(answer: Answer) -> dict[str, Any]:
    """Give the body of an error as far as it is a JSON object, else an empty one."""
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def retry_after(answer: Answer, now: datetime) -> float | None:
    """Give the seconds an answer asks to wait, as a number or as a date, None when it does not say.

    >>> retry_after(Answer(429, {"retry-after": "3"}), datetime(2026, 3, 2, tzinfo=UTC))
    3.0
    """
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())


def dated(answer: Answer) -> datetime | None:
    """Give the time that stands on an answer, None when there is none that can be read.

    >>> dated(Answer(200, {"date": "Mon, 02 Mar 2026 10:00:00 GMT"}))
    datetime.datetime(2026, 3, 2, 10, 0, tzinfo=datetime.timezone.utc)
    """
    try:
        at = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _body(answer: Answer, request: Request) -> Any:
    try:
        found = json.loads(answer.content) if answer.content.strip() else None
    except (ValueError, RecursionError):
        raise Unreachable(_told(answer, request, "with a body that is not whole JSON")) from None
    if found is None and request.method == "GET":  # taken for an empty list it would delete everything
        raise Unreachable(_told(answer, request, "with nothing in the body"))
    return found


def _error(answer: Answer, request: Request, *, html_403_blocks: bool) -> WorkError:
    match answer.status:
        case 401:
            return ConsentNeeded(_told(answer, request, "the tokens are not valid any more, consent is needed"))
        case 402:
            return NotPaid(_told(answer, request, "the account is not paid"))
        case 403 if html_403_blocks and answer.content.strip() and not answer.says_json:
            return AccountBlocked(_told(answer, request, "the account is blocked, a person has to ask amoCRM why"))
        case 403:
            return NoRights(_told(answer, request, "the user of the token must not do this"))
        case 404:
            return NoSuchThing(_told(answer, request))
        case 429:
            return RateLimited(_told(answer, request, "more calls a second than allowed"))
        case 504 if request.method == "GET" or _entities(request) >= _MANY:
            return BatchTooLarge(_told(answer, request, "too many entities for one call"))
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            return Unreachable(_told(answer, request))
        case status if status < HTTPStatus.BAD_REQUEST:
            return Unreachable(_told(answer, request, "which redirects: `base_url` is not the account's own address"))
    return Refused(_told(answer, request), _problems(said_of(answer)))


def _entities(request: Request) -> int:
    try:
        body = json.loads(request.content or b"null")
    except ValueError:
        return 0
    return len(body) if isinstance(body, list) else 0


def _told(answer: Answer, request: Request, meaning: str = "") -> str:
    """Say what happened without the query, which may hold the secret address of a webhook."""
    said = said_of(answer) if answer.status >= HTTPStatus.BAD_REQUEST else {}
    detail = said.get("detail") or said.get("title")
    parts = [
        f"amoCRM answered {answer.status} to {request.method} {urlsplit(request.url).path}",
        f", {meaning}" if meaning else "",
        f": {shown(detail)}" if detail else "",
        f" (request `{answer.request_id}`)" if answer.request_id else "",
    ]
    return "".join(parts)


def _problems(said: dict[str, Any]) -> list[Problem]:
    """List what is wrong with what was sent, under `[request_id].path`; anything odd is left out."""
    listed = said.get("validation-errors")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return [
        Problem(f"[{entry.get('request_id', '')}].{error.get('path', '')}", None, _complaint(error))
        for entry in entries
        for error in (entry.get("errors") if isinstance(entry.get("errors"), list) else None) or ()
        if isinstance(error, dict)
    ]


def _complaint(error: dict[str, Any]) -> str:
    return " ".join(
        str(error[key]) if key == "detail" else f"(`{error[key]}`)" for key in ("detail", "code") if error.get(key)
    )
