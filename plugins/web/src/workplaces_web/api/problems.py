"""How the API says no: every error is a problem in the form of RFC 9457, and says what would be right."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

import structlog
from attrs import field, frozen
from litestar import Request, Response
from litestar.exceptions import HTTPException, ImproperlyConfiguredException

from workplaces_core.errors import (
    CrmUnavailable,
    InvalidInput,
    KeyReused,
    NotAllowed,
    NotYours,
    StaleFence,
    StoreUnavailable,
    UnknownTask,
    shown,
)

_LOG = structlog.get_logger("workplaces.web")
_RETRY_SECONDS = 5
CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:workplaces:problem:"

AnyRequest = Request[Any, Any, Any]


@frozen
class ProblemItem:
    """One thing wrong with an input: where, what stands there, what would be right."""

    path: str
    value: str | None
    message: str


@frozen
class ProblemBody:
    """An error. `type` is stable, `detail` is for people, `problems` lists what is wrong with the input."""

    type: str
    title: str
    status: int
    detail: str
    problems: tuple[ProblemItem, ...] = ()
    lease_ended: str | None = None


@frozen
class Answer:
    """What to answer to an error."""

    status: int
    name: str
    title: str
    headers: Mapping[str, str] = field(factory=dict)


_KNOWN: dict[type[Exception], Answer] = {
    InvalidInput: Answer(400, "invalid-input", "The input cannot be used"),
    UnknownTask: Answer(404, "unknown-task", "There is no such task"),
    StaleFence: Answer(409, "stale-fence", "The lease has ended"),
    KeyReused: Answer(409, "key-reused", "The idempotency key was used for another command"),
    NotYours: Answer(403, "not-yours", "Somebody else holds the lease"),
    NotAllowed: Answer(403, "not-allowed", "This is not allowed"),
    CrmUnavailable: Answer(503, "crm-unavailable", "The CRM does not answer"),
    StoreUnavailable: Answer(503, "store-unavailable", "The store does not answer"),
}


class NotFound(Exception):
    """There is nothing under this address."""


class Conflict(Exception):
    """What was asked for was overtaken by somebody else's change."""


def answer_to(error: Exception) -> tuple[Answer, ProblemBody]:
    """Give what an error becomes; one that nobody foresaw says nothing of itself."""
    answer = _answer(error)
    foreseen = answer.status != HTTPStatus.INTERNAL_SERVER_ERROR
    detail = _detail(error) if foreseen else "something went wrong here, it is in the log of the service"
    body = ProblemBody(
        TYPE_PREFIX + answer.name,
        answer.title,
        answer.status,
        detail,
        tuple(ProblemItem(each.path, _shown(each.value), each.message) for each in getattr(error, "problems", ())),
        getattr(error, "lease_ended", None),
    )
    return answer, body


def _answer(error: Exception) -> Answer:
    if isinstance(error, NotFound):
        return Answer(404, "not-found", "There is no such thing")
    if isinstance(error, Conflict):
        return Answer(409, "conflict", "Somebody was faster")
    if isinstance(error, ImproperlyConfiguredException):
        return Answer(500, "internal", "Internal error")
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        return Answer(status, status.phrase.lower().replace(" ", "-"), status.phrase, dict(error.headers or {}))
    for cls, answer in _KNOWN.items():
        if isinstance(error, cls):
            return _with_retry(answer, error)
    return Answer(500, "internal", "Internal error")


def _with_retry(answer: Answer, error: Exception) -> Answer:
    if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
        return answer
    seconds = getattr(error, "retry_after", None) or _RETRY_SECONDS
    return Answer(answer.status, answer.name, answer.title, {"Retry-After": str(ceil(seconds))})


def _detail(error: Exception) -> str:
    return error.detail if isinstance(error, HTTPException) else str(error)


def _shown(value: object) -> str | None:
    return None if value is None else shown(value)


def respond(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer to an error; what nobody foresaw is logged with its traceback."""
    answer, body = answer_to(error)
    if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.error("request failed", path=request.url.path, method=request.method, exc_info=error)
    return Response(_written(body, error), status_code=answer.status, media_type=CONTENT_TYPE, headers=answer.headers)


def _written(body: ProblemBody, error: Exception) -> bytes:
    form: dict[str, Any] = {
        "type": body.type, "title": body.title, "status": body.status, "detail": body.detail,
    }  # fmt: skip
    if body.problems:
        form["problems"] = [{"path": p.path, "value": p.value, "message": p.message} for p in body.problems]
    elif isinstance(error, HTTPException) and isinstance(error.extra, list):
        form["problems"] = [_parameter(each) for each in error.extra if isinstance(each, dict)]
    if body.lease_ended:
        form["lease_ended"] = body.lease_ended
    return json.dumps(form, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _parameter(each: dict[str, Any]) -> dict[str, Any]:
    """Write what Litestar found wrong with a parameter as we write problems."""
    return {"path": f"{each.get('source', '')}.{each.get('key', '')}".strip("."), "value": None,
            "message": str(each.get("message", ""))}  # fmt: skip


Handler = Callable[[AnyRequest, Exception], Response[bytes]]
HANDLERS: dict[int | type[Exception], Handler] = {Exception: respond, HTTPException: respond}
