"""Entities by their ids: many at once where the account can filter, else one by one, else through all pages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any, Literal

from attrs import define, field, frozen

from workplaces_amocrm.client.pages import Listing, Page, read_page
from workplaces_amocrm.client.port import Api
from workplaces_amocrm.errors import BatchTooLarge, NoRights, NoSuchThing, Refused, Unreachable
from workplaces_amocrm.reading.ahead import ahead
from workplaces_amocrm.reading.lists import ROOT, backwards, entities, last_page, several
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.translate.rules import Translated
from workplaces_amocrm.translate.wire import number_of, numbers_of
from workplaces_core.errors import CrmUnavailable, Problem

Name = Literal["tasks", "leads", "contacts", "companies"]
WITH: dict[Name, str] = {"leads": "contacts", "contacts": "leads", "companies": "leads"}
"""What is asked for along with each kind: the contacts of a deal, and the deals of a contact or company."""

_SINGLY = 100
"""Up to so many ids one by one is cheaper than to page through all that an account has."""

_IN_A_ROW = 10
"""When so many entities one after another cannot be read, it is not they that are broken."""

Note = Callable[[str, Translated], None]
"""Takes what was wrong with a record of a list, or that nothing is any more: `Aside.note`."""


@frozen
class Batch:
    """Ids that were asked for, and the records that are there; what is missing among them is not in the account."""

    ids: tuple[int, ...]
    records: tuple[dict[str, Any], ...]


@define
class Fetching:
    """Reads entities by id. `filters`: deals, contacts and companies can be filtered; tasks always can.

    An account that was thought to filter and does not (it refuses, or gives what was not asked for) is read in the
    other ways from then on. One that takes fewer ids at once than the settings say is asked for fewer from then on.

    What amoCRM refuses to show is noted, and counts as not there. What it fails to show, though it answers otherwise,
    is noted, comes in no batch, and is not asked for again: it is among the `failed`, to be tried later.
    """

    api: Api
    settings: Settings
    filters: bool
    note: Note = lambda *_: None
    failed: dict[Name, set[int]] = field(factory=dict, kw_only=True)
    at_once: int = field(init=False, default=0)
    """How many ids one request asks for."""

    def __attrs_post_init__(self) -> None:
        self.at_once = self.settings.ids_per_request

    def fetch(self, name: Name, ids: Collection[int], *, through_all: bool = False) -> Iterator[Batch]:
        """Read entities; each id comes in one batch, unless it is or becomes one of the failed.

        `through_all` allows to page through all that the account has.
        Memory is that of a few pages; what is read ahead stays within `pages_ahead`.
        """
        wanted, done = sorted(set(ids) - self.failed.get(name, set())), 0
        if name == "tasks" or self.filters:
            for batch in self._filtered(name, wanted):
                if batch is None:
                    self.filters = False
                    break
                yield batch
                done += len(batch.ids)
        remaining = wanted[done:]
        if not remaining:
            return
        if through_all and len(remaining) > _SINGLY:
            yield from self._through_all(name, set(remaining))
        else:
            yield from self._singly(name, remaining)

    def page(self, listing: Listing, number: int) -> Page | None:
        """Read a page of a list, None when it is past the end; what is no record on it is noted."""
        page = read_page(self.api, listing, number)
        for problem in () if page is None else page.problems:
            self.note(listing.items, Translated("", None, (problem,)))
        return page

    def _filtered(self, name: Name, ids: Sequence[int]) -> Iterator[Batch | None]:
        chunks = _chunks(ids, lambda: self.at_once)
        return chain.from_iterable(
            ahead((partial(self._chunk, name, chunk) for chunk in chunks), self.settings.pages_ahead)
        )

    def _chunk(self, name: Name, ids: tuple[int, ...]) -> list[Batch | None]:
        """Ask for some ids at once, for half as many when that is too much; None when filters do not work."""
        listing = entities(self.settings, name, (*_with(name), *several("filter[id]", ids, self.settings)))
        try:
            records = self._pages_of(listing, ids)
        except BatchTooLarge:
            if len(ids) == 1:
                raise
            return self._halves(name, ids)
        except Refused:
            # Too many ids, or no filters at all? One id alone tells.
            if len(ids) == 1 or self._chunk(name, ids[:1]) == [None]:
                return [None]
            return self._halves(name, ids)
        return [None if records is None else Batch(ids, records)]

    def _pages_of(self, listing: Listing, ids: tuple[int, ...]) -> tuple[dict[str, Any], ...] | None:
        """Read what there is of some ids, usually one page; None when there is something else among it."""
        records: list[dict[str, Any]] = []
        for number in range(1, len(ids) + 2):
            page = self.page(listing, number)
            records += () if page is None else page.items
            if not set(numbers_of(records)) <= set(ids):
                return None
            if page is None or page.last or len(records) >= len(ids):
                break
        return tuple(records)

    def _halves(self, name: Name, ids: tuple[int, ...]) -> list[Batch | None]:
        half = len(ids) // 2
        self.at_once = min(self.at_once, len(ids) - half)
        return [*self._chunk(name, ids[:half]), *self._chunk(name, ids[half:])]

    def _singly(self, name: Name, ids: Sequence[int]) -> Iterator[Batch]:
        """Read entities one by one. Raises CrmUnavailable when it is amoCRM that fails, and not a few of them."""
        in_a_row = 0
        for entity, answer in zip(
            ids, ahead((partial(self._single, name, each) for each in ids), self.settings.pages_ahead), strict=True
        ):
            if isinstance(answer, Batch):
                in_a_row = 0
                yield answer
                continue
            in_a_row += 1
            if in_a_row == _IN_A_ROW:
                raise answer
            self.api.get(f"{ROOT}/account")  # raises when amoCRM as a whole does not answer
            self._aside(name, entity, f"cannot be read, is tried again later: {answer}")
            self.failed.setdefault(name, set()).add(entity)

    def _single(self, name: Name, entity: int) -> Batch | CrmUnavailable:
        """Read one entity; give the error when no answer about it came."""
        try:
            record = self.api.get(f"{ROOT}/{name}/{entity}", _with(name))
        except (NoRights, Refused) as error:
            self._aside(name, entity, f"may not be read: {error}")
            return Batch((entity,), ())
        except (Unreachable, BatchTooLarge) as error:
            return error
        except NoSuchThing:
            record = None
        if isinstance(record, dict):
            return Batch((entity,), (record,))
        self.note(name, Translated(str(entity), None))
        return Batch((entity,), ())

    def _aside(self, name: Name, entity: int, why: str) -> None:
        self.note(name, Translated(str(entity), None, (Problem(f"{name}[{entity}]", None, why),)))

    def _through_all(self, name: Name, wanted: set[int]) -> Iterator[Batch]:
        listing = entities(self.settings, name, _with(name))
        read = partial(self.page, listing)
        last, _ = last_page(read)
        for page in backwards(read, last, self.settings.pages_ahead):
            records = tuple(record for record in page.items if number_of(record) in wanted)
            found = numbers_of(records)
            wanted.difference_update(found)
            yield Batch(found, records)
            if not wanted:
                return
        yield Batch(tuple(wanted), ())


def _with(name: Name) -> tuple[tuple[str, str], ...]:
    return (("with", WITH[name]),) if name in WITH else ()


def _chunks(ids: Sequence[int], size: Callable[[], int]) -> Iterator[tuple[int, ...]]:
    remaining = iter(ids)
    while chunk := tuple(islice(remaining, size())):
        yield chunk


Fetch = Callable[[Name, Collection[int]], Iterator[Batch]]
"""`Fetching.fetch`, with the choice of ways made."""
