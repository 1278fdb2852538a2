"""What open tasks hang on: which deals, contacts and companies have to be read with them, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import Factory, define, frozen

from workplaces_amocrm.reading.fetching import Fetch, Name
from workplaces_amocrm.translate.wire import is_deleted
from workplaces_amocrm.translate.work import linked

OWNERS: tuple[Name, Name] = ("contacts", "companies")
Ids = dict[Name, set[int]]


def no_ids() -> Ids:
    """Make empty sets of what tasks hang on."""
    return {"leads": set(), "contacts": set(), "companies": set()}


_DIGITS = 18
"""More digits than any id has, and few enough for a number that databases and other servers can hold."""


def usable_id(value: Any) -> int | None:
    """Give an id, a number or its text, as a number; None for what no entity can have as its id.

    >>> usable_id("7"), usable_id(0), usable_id(True), usable_id("9" * 5000), usable_id(10**30)
    (7, None, None, None, None)
    """
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _DIGITS:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**_DIGITS else None


@frozen
class Found:
    """What was asked for of one kind, and what there is of it; the other ids are not in the account, or deleted."""

    name: Name
    ids: tuple[int, ...]
    records: tuple[dict[str, Any], ...]


@define
class Hanging:
    """Ids that are still to be read, and those that were; whole numbers, so that a million of them fit.

    `subjects` are contacts and companies on which a task hangs: all their deals are needed as well. `others` are those
    of deals. What is read once is not read again, nor is what was given `before`, except subjects: that they were given
    as somebody's contact does not mean that their deals were.
    """

    leads: set[int] = Factory(set)
    subjects: dict[Name, set[int]] = Factory(lambda: {name: set() for name in OWNERS})
    others: dict[Name, set[int]] = Factory(lambda: {name: set() for name in OWNERS})
    given: Ids = Factory(no_ids)
    before: tuple[Ids, ...] = ()

    def add_task(self, record: Mapping[str, Any]) -> None:
        """Take in what an open task hangs on."""
        name, entity = record.get("entity_type"), usable_id(record.get("entity_id"))
        if entity is None:
            return
        if name == "leads":
            self._want(self.leads, "leads", (entity,))
        elif name in OWNERS:
            self._want(self.subjects[name], name, (entity,))

    def add_lead(self, record: Mapping[str, Any]) -> None:
        """Take in the contacts and the company of a deal."""
        for name in OWNERS:
            self._want(self.others[name], name, linked(record, name))

    def want(self, name: Name, ids: tuple[int, ...]) -> None:
        """Take in entities as if a task hung on them."""
        self._want(self.leads if name == "leads" else self.subjects[name], name, ids)

    @property
    def left(self) -> int:
        """How many ids are known that are still to be read."""
        return len(self.leads) + sum(len(ids) for group in (self.subjects, self.others) for ids in group.values())

    def read(self, fetch: Fetch) -> Iterator[Found]:
        """Read all that is still to be read; it counts as read when it is given.

        First the contacts and companies that tasks hang on, which name more deals; then the deals, which name more
        contacts and companies; then those.
        """
        for name in OWNERS:
            yield from self._owners(name, self.subjects[name], fetch)
        for batch in fetch("leads", frozenset(self.leads)):
            self._done(self.leads, "leads", batch.ids)
            there = tuple(record for record in batch.records if not is_deleted(record))
            for record in there:
                self.add_lead(record)
            yield Found("leads", batch.ids, there)
        for name in OWNERS:
            yield from self._owners(name, self.others[name], fetch)

    def _owners(self, name: Name, wanted: set[int], fetch: Fetch) -> Iterator[Found]:
        for batch in fetch(name, frozenset(wanted)):
            there = tuple(record for record in batch.records if not is_deleted(record))
            if wanted is self.subjects[name]:
                for record in there:
                    self._want(self.leads, "leads", linked(record, "leads"))
            self._done(wanted, name, batch.ids)
            yield Found(name, batch.ids, there)

    def _want(self, wanted: set[int], name: Name, ids: tuple[int, ...]) -> None:
        before = () if wanted is self.subjects.get(name) else self.before
        read = (self.given[name], *(ids_[name] for ids_ in before))
        wanted.update(each for each in ids if not any(each in known for known in read))

    def _done(self, wanted: set[int], name: Name, ids: tuple[int, ...]) -> None:
        wanted.difference_update(ids)
        self.given[name].update(ids)
