"""Pages of a list: which slice is meant, and the envelope with the links that lead on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from workplaces_amocrm.fake.answers import NOTHING, Reply, problem
from workplaces_amocrm.fake.asking import Known, whole
from workplaces_amocrm.fake.shapes import Row
from workplaces_amocrm.fake.world import Call, Refused


def answer(call: Call, name: str, rows: Sequence[Row], show: Callable[[Row], Row], known: Known) -> Reply:
    """Answer with the page of `rows` that the call asks for; nothing at all when it is empty."""
    page, limit = number(call), size(call, known)
    _watch(call, page, known)
    part = rows[(page - 1) * limit : page * limit]
    if not part:
        return NOTHING
    more = len(rows) > page * limit or (len(part) == limit and call.settings.next_link == "when_full")
    body: dict[str, Any] = {"_page": page, "_links": _links(call, page, limit, more=more)}
    if known.total:
        body = {"_total_items": len(rows), **body, "_page_count": -(-len(rows) // limit)}
    return Reply(200, {**body, "_embedded": {name: [show(row) for row in part]}})


def number(call: Call) -> int:
    """The page that is asked for, counted from 1."""
    page = whole(call, call.query.get("page") or "1", "page")
    if page < 1:
        call.blame("bad value", f"page={page}")
        raise Refused(problem(400, "page must be at least 1"))
    return page


def size(call: Call, known: Known) -> int:
    """How many rows make a page here."""
    limit = whole(call, call.query.get("limit") or str(call.settings.default_limit), "limit")
    if limit < 1:
        raise Refused(problem(400, "limit must be at least 1"))
    if limit > known.cap and known.cap >= 100:
        call.blame("limit over cap", f"limit={limit} of {call.path}, at most {known.cap}")
        if call.settings.over_limit == "reject":
            raise Refused(problem(400, f"limit must be at most {known.cap}"))
    return min(limit, known.cap)


def _watch(call: Call, page: int, known: Known) -> None:
    if page > 1 and known.orders and "order" not in call.query:
        call.blame("paging without order", f"page {page} of {call.path}")


def _links(call: Call, page: int, limit: int, *, more: bool) -> Row:
    links = {"self": _href(call, page, limit)}
    if more:
        links["next"] = _href(call, page + 1, limit)
    if page > 1:
        links["first"], links["prev"] = _href(call, 1, limit), _href(call, page - 1, limit)
    return links


def _href(call: Call, page: int, limit: int) -> Row:
    kept = [(name, value) for name, value in call.params if name not in {"page", "limit"}]
    query = urlencode([*kept, ("page", str(page)), ("limit", str(limit))])
    return {"href": f"{call.base}{call.path}?{query}"}
