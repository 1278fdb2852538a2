"""What the local server answers: JSON with amoCRM's content types, problem bodies, and the pages of its gateway."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

HAL = "application/hal+json"
PROBLEM = "application/problem+json"
JSON = "application/json"
HTML = "text/html; charset=utf-8"

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    414: "URI Too Long",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}


@frozen
class Reply:
    """A status, and a body that is JSON, text, or nothing at all."""

    status: int
    body: Any = None
    type: str = HAL
    headers: tuple[tuple[str, str], ...] = ()


@frozen
class Flaw:
    """What is wrong with one field of what was sent, as amoCRM reports it."""

    code: str
    path: str
    detail: str
    request_id: str = "0"


NOTHING = Reply(204)


def problem(status: int, detail: str = "", **more: Any) -> Reply:
    """Say no in the shape of a problem.

    >>> problem(404).body
    {'title': 'Not Found', 'type': 'https://httpstatus.es/404', 'status': 404, 'detail': 'Not Found'}
    """
    title = TITLES[status]
    body = {"title": title, "type": f"https://httpstatus.es/{status}", "status": status, "detail": detail or title}
    return Reply(status, {**more, **body}, PROBLEM)


def invalid(flaws: Iterable[Flaw]) -> Reply:
    """Refuse a whole call because of these flaws, grouped by the entity they were found in."""
    grouped: dict[str, list[dict[str, str]]] = {}
    for flaw in flaws:
        row = {"code": flaw.code, "path": flaw.path, "detail": flaw.detail}
        grouped.setdefault(flaw.request_id, []).append(row)
    errors = [{"request_id": request_id, "errors": rows} for request_id, rows in grouped.items()]
    return problem(400, "Request validation failed", **{"validation-errors": errors})


def gateway(status: int, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """Answer as the web server in front of amoCRM does: with a page."""
    title = f"{status} {TITLES[status]}"
    page = f"<html>\n<head><title>{title}</title></head>\n<body>\n<center><h1>{title}</h1></center>\n</body>\n</html>\n"
    return Reply(status, page, HTML, tuple(headers))


def oauth_problem(status: int, hint: str, detail: str) -> Reply:
    """Refuse tokens, in the shape that the token endpoint has of its own."""
    body = {
        "hint": hint,
        "title": "Некорректный запрос",
        "type": "https://developers.amocrm.ru/v3/errors/OAuthProblemJson",
        "status": status,
        "detail": detail,
    }
    return Reply(status, body, JSON)
