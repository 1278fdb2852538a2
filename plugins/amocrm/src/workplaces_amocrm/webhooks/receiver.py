"""The receiver of webhooks as a plain function: a request in, the entities to look at and the status to answer out."""

from __future__ import annotations

import hmac

from attrs import frozen

from workplaces_amocrm.webhooks.body import Named, UnreadableBody, entities_in
from workplaces_core.errors import Problem

MAX_BODY = 1_048_576
"""Bytes of the largest body that is read. A larger one still says that something changed."""

_OK, _NOT_FOUND = 200, 404
_FORM = "application/x-www-form-urlencoded"


@frozen(kw_only=True)
class Received:
    """What a request to the receiver's address comes to.

    `status` is the HTTP status to answer, at once and without a body. `ids` are the entities to look at, by kind and
    id. `everything` says that something changed and the body does not tell what. `problems` are for the log.
    """

    status: int
    ids: frozenset[Named] = frozenset()
    everything: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def pays(self) -> bool:
        """Whether there is anything to look at."""
        return self.everything or bool(self.ids)


def receive(
    path_secret: str, expected: str, body: bytes, content_type: str | None = _FORM, *, max_body: int = MAX_BODY
) -> Received:
    """Read one webhook; nothing is asked of amoCRM here, and nothing is believed but which entities are worth a look.

    `path_secret` is the part of the path that only amoCRM was told, `expected` what was told; they are compared in
    constant time, and with nothing expected nobody is let in. A stranger is answered 404. Whoever knows the secret is
    always answered 200: what cannot be read counts as "something changed", because amoCRM would only send it again,
    and switches a webhook off after a hundred refusals. `max_body` is in bytes; give the body as far as it was read,
    one byte more is enough. Never raises.

    >>> receive("s3cret", "s3cret", b"task%5Bupdate%5D%5B0%5D%5Bid%5D=7").ids
    frozenset({('task', '7')})
    >>> receive("guess", "s3cret", b"task[update][0][id]=7")
    Received(status=404, ids=frozenset(), everything=False, problems=())
    >>> unreadable = receive("s3cret", "s3cret", b"{}", "application/json")
    >>> unreadable.status, unreadable.everything, str(unreadable.problems[0])
    (200, True, 'content-type: `"application/json"` must be application/x-www-form-urlencoded')
    """
    if not _same(path_secret, expected):
        return Received(status=_NOT_FOUND)
    if (problem := _unreadable(body, content_type, max_body)) is not None:
        return _something(problem)
    try:
        ids, problems = entities_in(body)
    except UnreadableBody as reason:
        return _something(Problem("body", None, str(reason)))
    return Received(status=_OK, ids=ids, everything=bool(problems), problems=problems)


def _something(problem: Problem) -> Received:
    return Received(status=_OK, everything=True, problems=(problem,))


def _unreadable(body: bytes, content_type: str | None, max_body: int) -> Problem | None:
    if len(body) > max_body:
        return Problem("body", len(body), f"must have at most {max_body} bytes")
    kind = (content_type or _FORM).partition(";")[0].strip().lower()
    return Problem("content-type", content_type, f"must be {_FORM}") if kind != _FORM else None


def _same(given: str, expected: str) -> bool:
    equal = hmac.compare_digest(given.encode("utf-8", "backslashreplace"), expected.encode("utf-8", "backslashreplace"))
    return equal and bool(expected)
