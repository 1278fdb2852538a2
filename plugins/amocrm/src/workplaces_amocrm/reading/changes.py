"""What changed since a cursor: read in stages, page by page, each round as much as is good for one answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from attrs import Factory, define, evolve, frozen

from workplaces_amocrm.client.pages import Listing, Page
from workplaces_amocrm.client.port import Params
from workplaces_amocrm.errors import NoRights
from workplaces_amocrm.reading.cursor import Cursor
from workplaces_amocrm.reading.fetching import WITH, Fetching, Name
from workplaces_amocrm.reading.hanging import Hanging, Ids, no_ids, usable_id
from workplaces_amocrm.reading.known import Known
from workplaces_amocrm.reading.lists import ROOT, entities, last_page, several, updated
from workplaces_amocrm.reading.translation import Translation
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.translate.rules import Translated
from workplaces_amocrm.translate.wire import changed_at, is_completed, is_deleted, numbers_of
from workplaces_core.changes import Change
from workplaces_core.errors import Problem

FIRST, SETTLED, RECENT = 0, 1, 2
"""The parts of a stage: a look whether one page is all; what changed until the edge; what changed since."""


@frozen
class Place:
    """Where in a stage reading goes on."""

    part: int = FIRST
    page: int = 1


Stage = Callable[["Round", Place], Place | None]
"""Reads one page of a stage into a round; tells where the stage goes on, None when it is through."""

_NAMES: dict[str, Name] = {
    "task": "tasks", "lead": "leads", "contact": "contacts", "company": "companies",
    "deal": "leads", "tasks": "tasks", "leads": "leads", "contacts": "contacts", "companies": "companies",
}  # fmt: skip
"""The kinds, by every name that events, webhooks and we ourselves have for them."""

EVENTS = (
    "task_deleted", "lead_deleted", "contact_deleted", "company_deleted",
    "lead_restored", "contact_restored", "company_restored",
    "entity_responsible_changed", "entity_merged", "entity_linked", "entity_unlinked",
)  # fmt: skip
"""The events that tell what `updated_at` does not, or may not."""

_SHOWN = 60
"""So much of the id of an event is told."""


@define
class Round:
    """One round of reading changes: what it reads from, and what it found."""

    fetching: Fetching
    translation: Translation
    known: Known
    cursor: Cursor
    until: int
    """When the round began, in unix seconds: the next one goes on from there."""
    given: Ids = Factory(no_ids)
    """What was given before, and arrived; changes keep it current, so it need not be read along with tasks."""
    fresh: Ids = Factory(no_ids)
    """What this round gives besides."""
    changes: list[Change] = Factory(list)

    @property
    def settings(self) -> Settings:
        """The settings of the account."""
        return self.fetching.settings

    def since(self, overlap: int) -> int:
        """When to begin, in unix seconds: a little before the last round began."""
        return max(self.cursor.since - overlap, 0)

    @property
    def edge(self) -> int:
        """So long before the round began that what changed until then shows in every list; the next begins here."""
        return max(self.until - self.settings.updated_overlap_seconds, 0)

    def give(self, name: Name, ids: Iterable[int], records: Sequence[dict[str, Any]]) -> None:
        """Give the state of some entities, and all that the open tasks and the deals among them hang on."""
        there = [record for record in records if not is_deleted(record)]
        self.changes += self.translation.changes(name, ids, there)
        hanging = Hanging(before=(self.given, self.fresh))
        for record in there:
            if name == "tasks":
                self.known.note(record)
                if not is_completed(record):
                    hanging.add_task(record)
            elif name == "leads":
                hanging.add_lead(record)
        gone = set(ids) - set(numbers_of(there))
        if name == "tasks":
            self.known.drop(gone)
        else:
            self._note(name, numbers_of(there), gone)
        self._give_hanging(hanging)

    def _give_hanging(self, hanging: Hanging) -> None:
        for found in hanging.read(self.fetching.fetch):
            self.changes += self.translation.changes(found.name, found.ids, found.records)
            self._note(found.name, numbers_of(found.records), set(found.ids) - set(numbers_of(found.records)))

    def _note(self, name: Name, there: Iterable[int], gone: Iterable[int]) -> None:
        self.fresh[name].difference_update(gone)
        self.given[name].difference_update(gone)
        self.fresh[name].update(there)

    def look(self, ids: Ids) -> None:
        """Read entities by their ids, and give what they are now."""
        for name, wanted in ids.items():
            for batch in self.fetching.fetch(name, wanted):
                self.give(name, batch.ids, batch.records)

    def try_again(self, ids: dict[Name, set[int]]) -> None:
        """Read entities that could not be read before, and give them as if an open task hung on each."""
        hanging = Hanging()  # those that were given before are read as well, as they may have changed
        for name, wanted in ids.items():
            if name != "tasks":
                hanging.want(name, tuple(wanted))
        self._give_hanging(hanging)
        self.look({name: wanted for name, wanted in ids.items() if name == "tasks"})


def tasks(round_: Round, place: Place) -> Place | None:
    """Read tasks that changed, completed ones too."""
    return _changed(round_, "tasks", (), place)


def _changed(round_: Round, name: Name, params: Params, place: Place) -> Place | None:
    """Read what changed since the cursor, by a filter, in the order of ids.

    Invariant: what changed between the edge of the last round and the edge of this one, and is still there, was given.
    Either one page held all of it, or it was read in the list that ends at the edge, from its last page to the first:
    what changes or is deleted meanwhile only leaves that list, see `updated`. What changed since the edge is given as
    far as it is met, for the next round begins there.
    """

    def read(number: int, **span: int) -> Page | None:
        return round_.fetching.page(entities(round_.settings, name, (*params, *updated(**span))), number)

    def give(page: Page | None) -> bool:
        items = () if page is None else page.items
        round_.give(name, numbers_of(items), items)
        return page is None or page.last

    since = round_.since(round_.settings.updated_overlap_seconds)
    edge = max(round_.edge, since)
    if place.part == SETTLED:
        give(read(place.page, since=since, until=edge))
        return Place(SETTLED, place.page - 1) if place.page > 1 else Place(RECENT)
    if place.part == RECENT:
        return None if give(read(place.page, since=edge)) else Place(RECENT, place.page + 1)
    first = read(1, since=since)
    if first is None or first.last:
        give(first)
        return None
    last, only = last_page(partial(read, since=since, until=edge))
    if only is None and last:
        return Place(SETTLED, last)
    give(only)
    return Place(RECENT)


def _newest_first(round_: Round, name: Name, params: Params, place: Place) -> Place | None:
    """Read what changed since the cursor where nothing can be filtered, in the order of changes, newest first.

    More than one page is read twice. On the way to older changes nothing that changes meanwhile makes another row be
    passed by: it comes to the front, and the others move back. What is deleted meanwhile makes them move forward, which
    the way back to the front is safe from. A row is missed only if both happen at its page, each on the other way.
    """
    since = round_.since(round_.settings.updated_overlap_seconds)
    listing = evolve(entities(round_.settings, name, (*params, ("order[updated_at]", "desc"))), order=None)
    page = round_.fetching.page(listing, place.page) or Page(place.page, ())
    recent = tuple(record for record in page.items if _stamp(record) >= since)
    round_.give(name, numbers_of(recent), recent)
    if place.part != SETTLED and not page.last and len(recent) == len(page.items):
        return Place(RECENT, place.page + 1)
    if place.part == FIRST or place.page == 1:
        return None
    return Place(SETTLED, place.page if place.part == RECENT else place.page - 1)


def events(round_: Round, place: Place) -> Place | None:
    """Read what the log of events tells: deletions above all, which are nowhere else. Without rights on it, go on."""
    settings, note = round_.settings, round_.translation.aside.note
    since = round_.since(settings.events_overlap_seconds)
    params: Params = [("filter[created_at]", str(since)), *several("filter[type]", EVENTS, settings)]
    listing = Listing.of(settings, f"{ROOT}/events", "events", params, limit=settings.events_page_size, order=None)
    try:
        page = round_.fetching.page(listing, place.page) or Page(place.page, ())
    except NoRights:
        note("events", Translated("events", None, (Problem("events", None, _NO_EVENTS),)))
        return None
    note("events", Translated("events", None))
    for each in page.items:
        if isinstance(each.get("entity_type"), str) and each["entity_type"] in _NAMES:
            note("events", _read_event(each))
    round_.look(named((each.get("entity_type"), each.get("entity_id")) for each in page.items))
    return None if page.last else Place(RECENT, place.page + 1)


_NO_EVENTS = (
    "may not be read: deleted tasks are seen by the sweep alone, deleted deals, contacts and companies by reading "
    "everything alone"
)


def _read_event(raw: dict[str, Any]) -> Translated:
    event, entity = str(raw.get("id"))[:_SHOWN], raw.get("entity_id")
    if usable_id(entity) is not None:
        return Translated(event, None)
    return Translated(event, None, (Problem(f"events[{event}].entity_id", entity, "must be an id"),))


def named(pairs: Iterable[tuple[Any, Any]]) -> Ids:
    """Sort ids by kind; what is of another kind, or no id, is left out.

    >>> named([("lead", 7), ("task", "8"), ("customer", 9), ("contact", None), ("lead", "9" * 5000)])
    {'leads': {7}, 'tasks': {8}}
    """
    ids: Ids = {}
    for kind, entity in pairs:
        name, number = _NAMES.get(kind) if isinstance(kind, str) else None, usable_id(entity)
        if name is not None and number is not None:
            ids.setdefault(name, set()).add(number)
    return ids


def owned(name: Name) -> Stage:
    """Make the stage that reads deals, contacts or companies that changed."""

    def stage(round_: Round, place: Place) -> Place | None:
        read = _changed if round_.fetching.filters else _newest_first
        return read(round_, name, (("with", WITH[name]),), place)

    return stage


STAGES: tuple[Stage, ...] = (tasks, owned("leads"), owned("contacts"), owned("companies"), events)
"""Events come last: what was deleted must not come back by what was read before."""


def _stamp(record: dict[str, Any]) -> int:
    stamp = changed_at(record)
    return 1 << 62 if stamp is None else stamp  # one that does not say when is looked at rather than missed
