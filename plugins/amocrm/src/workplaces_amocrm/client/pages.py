"""Lists page by page: several under way at once, each counted, a broken record set aside and never the page."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from attrs import frozen

from workplaces_amocrm.client.port import Api, Lane, Params
from workplaces_amocrm.errors import NoSuchThing, Unreachable
from workplaces_amocrm.settings import Settings
from workplaces_core.errors import Problem


@frozen
class Listing:
    """A list that amoCRM gives in pages: where it is, and under which key its items stand."""

    path: str
    items: str
    params: Params = ()
    limit: int = 250
    order: str | None = "id"
    """The field to sort by, ascending, so that rows do not move while one reads; None where that is not allowed."""
    until_empty: bool = False
    """Whether only an empty page ends the list; else a page without a link to the next one does too."""

    @classmethod
    def of(
        cls, settings: Settings, path: str, items: str, params: Params = (), *, limit: int = 0, order: str | None = "id"
    ) -> Listing:
        """Give a list as the settings say it is read; `limit` 0 is the usual size of a page."""
        limit = limit or settings.page_size
        return cls(
            path, items, params, limit, order if settings.send_order else None, settings.last_page != "next_link"
        )

    def query(self, number: int) -> Params:
        """Give the query of a page, numbered from 1."""
        order = [(f"order[{self.order}]", "asc")] if self.order else []
        return [*self.params, *order, ("limit", str(self.limit)), ("page", str(number))]


@frozen
class Page:
    """One page: its number, for reading on after it, and its items as they came."""

    number: int
    items: tuple[dict[str, Any], ...]
    problems: tuple[Problem, ...] = ()
    """Records that are no objects, and so are set aside."""
    last: bool = True
    total: int | None = None
    """How many items the whole list has, where amoCRM says it."""


def pages(api: Api, listing: Listing, *, start: int = 1, ahead: int = 1, lane: Lane = "bulk") -> Iterator[Page]:
    """Read a list from page `start` on, up to `ahead` pages at a time, in order; an empty list gives no page.

    The first page is read alone, and the number under way doubles from there: a short list costs no call in vain.
    Raises what the call for a page raises when that page's turn comes; reading can then go on from its number.
    """
    first = read_page(api, listing, start, lane)
    if first is None:
        return
    yield first
    if first.last:
        return
    with ThreadPoolExecutor(max_workers=ahead, thread_name_prefix="amocrm-page") as pool:
        try:
            yield from _rest(lambda number: pool.submit(read_page, api, listing, number, lane), start + 1, ahead)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def read_page(api: Api, listing: Listing, number: int, lane: Lane = "bulk") -> Page | None:
    """Read one page, None when it is past the end of the list, be that said by 204, an empty list, or 404."""
    try:
        answer = api.get(listing.path, listing.query(number), lane=lane)
    except NoSuchThing:
        return None
    return None if answer is None else page_of(answer, listing, number)


def page_of(answer: Any, listing: Listing, number: int) -> Page | None:
    """Read an envelope, leniently; None when it holds nothing. Raises Unreachable when it is none at all.

    >>> page_of({"_embedded": {"tasks": [{"id": 7}, None]}}, Listing("/api/v4/tasks", "tasks"), 1)
    Page(number=1, items=({'id': 7},), problems=(Problem(path='/api/v4/tasks, page 1: tasks[1]', ...
    """
    embedded = answer.get("_embedded") if isinstance(answer, dict) else None
    if embedded == []:  # how PHP writes an empty object
        embedded = {}
    if not isinstance(embedded, dict) or not isinstance(embedded.get(listing.items, []), list):
        raise Unreachable(f"amoCRM answered GET {listing.path} with something that is no page of `{listing.items}`")
    records = embedded.get(listing.items, [])
    if not records:
        return None
    where = f"{listing.path}, page {number}: {listing.items}"
    return Page(
        number,
        tuple(record for record in records if isinstance(record, dict)),
        tuple(
            Problem(f"{where}[{index}]", str(record), "must be an object")
            for index, record in enumerate(records)
            if not isinstance(record, dict)
        ),
        last=not listing.until_empty and not _has_next(answer),
        total=_total(answer),
    )


def _rest(submit: Callable[[int], Future[Page | None]], number: int, ahead: int) -> Iterator[Page]:
    under_way: deque[Future[Page | None]] = deque()
    width = 1
    while True:
        while len(under_way) < width:
            under_way.append(submit(number))
            number += 1
        page = under_way.popleft().result()
        if page is None:
            return
        width = min(width * 2, ahead)
        yield page
        if page.last:
            return


def _has_next(answer: dict[str, Any]) -> bool:
    """Whether another page may follow; an answer without any links does not tell, so it is looked for."""
    links = answer.get("_links")
    return bool(links.get("next")) if isinstance(links, dict) else "_links" not in answer


def _total(answer: dict[str, Any]) -> int | None:
    total = answer.get("_total_items")
    return total if isinstance(total, int) else None
