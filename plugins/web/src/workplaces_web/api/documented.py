"""Which errors a route may answer with, for its description."""

from __future__ import annotations

from typing import Any

from litestar.openapi.datastructures import ResponseSpec

from workplaces_web.api.problems import ProblemBody

_SAID = {
    400: "The input cannot be used; `problems` says where and why.",
    401: "Nobody is signed in, or the token is of no use.",
    403: "This caller may not do this.",
    404: "There is no such thing.",
    409: "Overtaken: the lease has ended, the key was used before, or somebody was faster.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    429: "Too many requests; `Retry-After` says when to try again.",
    503: "The store or the CRM does not answer; `Retry-After` says when to try again.",
}
_PROBLEM: Any = "application/problem+json"
EVERYWHERE = (400, 401, 403, 413, 415, 429)
"""Every route may answer with these."""


def raises(*statuses: int) -> dict[int, ResponseSpec]:
    """Describe the errors of a route."""
    return {status: _spec(status) for status in sorted({*statuses, *EVERYWHERE})}


def _spec(status: int) -> ResponseSpec:
    said = _SAID.get(status, "An error.")
    return ResponseSpec(ProblemBody, description=said, generate_examples=False, media_type=_PROBLEM)
