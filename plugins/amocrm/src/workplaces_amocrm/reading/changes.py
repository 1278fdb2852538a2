"""What changed since a cursor: read in stages, page by page, each round as much as is good for one answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from attrs import Factory, define, evolve

from workplaces_amocrm.client.pages import Listing, Page, read_page
from workplaces_amocrm.client.port import Params
from workplaces_amocrm.errors import NoRights
from workplaces_amocrm.reading.cursor import Cursor
from workplaces_amocrm.reading.fetching import WITH, Fetching, Name
from workplaces_amocrm.reading.hanging import Hanging, Ids, no_ids
from workplaces_amocrm.reading.known import Known
from workplaces_amocrm.reading.lists import ROOT, entities, several
from workplaces_amocrm.reading.translation import Translation
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.translate.rules import Translated
from workplaces_amocrm.translate.wire import changed_at, is_completed, is_deleted, numbers_of
from workplaces_core.changes import Change
from workplaces_core.errors import Problem

Stage = Callable[["Round", int], bool]
"""Reads one page of a stage into a round; tells whether there is another one."""

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


@define
class Round:
    """One round of reading changes: what it reads from, and what it found."""

    fetching: Fetching
    translation: Translation
    known: Known
    cursor: Cursor
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


def tasks(round_: Round, number: int) -> bool:
    """Read tasks that changed, completed ones too; what is changed meanwhile moves back in this list, never forward."""
    since = round_.since(round_.settings.updated_overlap_seconds)
    page = _page(round_, entities(round_.settings, "tasks", (("filter[updated_at][from]", str(since)),)), number)
    round_.give("tasks", numbers_of(page.items), page.items)
    return not page.last


def events(round_: Round, number: int) -> bool:
    """Read what the log of events tells: deletions above all, which are nowhere else. Without rights on it, go on."""
    settings = round_.settings
    since = round_.since(settings.events_overlap_seconds)
    params: Params = [("filter[created_at]", str(since)), *several("filter[type]", EVENTS, settings)]
    listing = Listing.of(settings, f"{ROOT}/events", "events", params, limit=settings.events_page_size, order=None)
    try:
        page = _page(round_, listing, number)
    except NoRights:
        problem = Problem("events", None, "may not be read, so deletions are seen by the sweep alone")
        round_.translation.aside.note("events", Translated("events", None, (problem,)))
        return False
    round_.translation.aside.note("events", Translated("events", None))
    round_.look(named((each.get("entity_type"), each.get("entity_id")) for each in page.items))
    return not page.last


def named(pairs: Iterable[tuple[Any, Any]]) -> Ids:
    """Sort ids by kind; what is of another kind, or no id, is left out.

    >>> named([("lead", 7), ("task", "8"), ("customer", 9), ("contact", None)])
    {'leads': {7}, 'tasks': {8}}
    """
    ids: Ids = {}
    for kind, entity in pairs:
        name = _NAMES.get(kind) if isinstance(kind, str) else None
        if name is not None and str(entity).isdecimal():
            ids.setdefault(name, set()).add(int(entity))
    return ids


def owned(name: Name) -> Stage:
    """Make the stage that reads deals, contacts or companies that changed."""

    def stage(round_: Round, number: int) -> bool:
        settings = round_.settings
        since = round_.since(settings.updated_overlap_seconds)
        with_: Params = (("with", WITH[name]),)
        if round_.fetching.filters:
            page = _page(round_, entities(settings, name, (*with_, ("filter[updated_at][from]", str(since)))), number)
            recent = page.items
        else:
            # Newest first: what is changed meanwhile comes to the front, so nothing is passed by.
            listing = evolve(entities(settings, name, (*with_, ("order[updated_at]", "desc"))), order=None)
            page = _page(round_, listing, number)
            recent = tuple(record for record in page.items if _stamp(record) >= since)
        round_.give(name, numbers_of(recent), recent)
        return not page.last and len(recent) == len(page.items)

    return stage


STAGES: tuple[Stage, ...] = (tasks, owned("leads"), owned("contacts"), owned("companies"), events)
"""Events come last: what was deleted must not come back by what was read before."""


def _page(round_: Round, listing: Listing, number: int) -> Page:
    return read_page(round_.fetching.api, listing, number) or Page(number, ())


def _stamp(record: dict[str, Any]) -> int:
    stamp = changed_at(record)
    return 1 << 62 if stamp is None else stamp  # one that does not say when is looked at rather than missed
