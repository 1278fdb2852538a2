"""What a decision reads: the account, its people, deals, contacts, companies and tasks, all frozen."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Id = Annotated[str, "id"]
"""An opaque, non-empty text."""

FieldValue = str | int | float | bool | date | datetime | tuple[str, ...]
"""A value of a field; its Python type is its kind: text, number, boolean, date, instant (aware) or list of texts."""

ZoneName = Annotated[str, "zone"]
"""A time zone of the IANA database."""

EntityKind = Literal["deal", "contact", "company"]
FieldType = Literal["text", "number", "boolean", "date", "datetime", "option", "options", "texts"]
Fields = Annotated[dict[str, FieldValue | None], "fields"]


def instant(value: datetime) -> datetime:
    """Give an aware datetime in UTC.

    >>> from datetime import timedelta, timezone
    >>> instant(datetime(2026, 11, 24, 10, tzinfo=timezone(timedelta(hours=3)))).isoformat()
    '2026-11-24T07:00:00+00:00'
    >>> instant(datetime(2026, 11, 24))
    Traceback (most recent call last):
    ValueError: `2026-11-24 00:00:00` has no time zone, give an aware datetime
    """
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        msg = f"`{value}` has no time zone, give an aware datetime"
        raise ValueError(msg)
    return value.astimezone(UTC)


def is_instant(value: object) -> bool:
    """Tell whether a value is an instant; a `datetime` is also a `date`, so always ask this first."""
    return isinstance(value, datetime)


def _due(value: date) -> date:
    return instant(value) if isinstance(value, datetime) else value


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(values))


def _listed(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


def _keyed(entities: Any, key: Callable[[Any], Any]) -> dict[Any, Any]:
    """Key entities, listed or already keyed, and refuse duplicates."""
    items = list(entities.values() if hasattr(entities, "values") else entities)
    keyed = {key(item): item for item in items}
    if len(keyed) != len(items):
        msg = "two entities of one kind have the same id"
        raise ValueError(msg)
    return keyed


# The types of these stay plain: checkers do not see through a converter of a type variable.
def _by_id(entities: Mapping[str, Any] | Iterable[Any]) -> dict[str, Any]:
    return _keyed(entities, lambda entity: entity.id)


def _by_entity(entities: Mapping[Any, Any] | Iterable[Any]) -> dict[tuple[str, str], Any]:
    return _keyed(entities, lambda declared: (declared.entity, declared.id))


def _by_task(entities: Mapping[str, Any] | Iterable[Any]) -> dict[str, Any]:
    return _keyed(entities, lambda lease: lease.task)


def _by_task_and_user(entities: Mapping[Any, Any] | Iterable[Any]) -> dict[tuple[str, str], Any]:
    return _keyed(entities, lambda skip: (skip.task, skip.user))


@frozen(weakref_slot=False)
class Account:
    """The CRM account; `timezone` is an IANA name and serves roles that name none."""

    id: Id
    timezone: ZoneName


@frozen(weakref_slot=False)
class User:
    """An employee, by the CRM's directory; `groups` are ids, in no order."""

    id: Id
    name: str
    active: bool = True
    groups: tuple[Id, ...] = field(default=(), converter=_sorted)


@frozen(weakref_slot=False)
class Group:
    """A group of users."""

    id: Id
    name: str


@frozen(weakref_slot=False)
class TaskType:
    """A type of tasks, such as a call."""

    id: Id
    name: str


@frozen(weakref_slot=False)
class FieldDeclaration:
    """What the CRM says of a field: a promise for pickers and `check`, not a filter on values."""

    entity: EntityKind
    id: Id
    name: str
    type: FieldType
    options: tuple[str, ...] | None = None


@frozen(weakref_slot=False)
class Deal:
    """A deal; the first of `contacts` is the main one."""

    id: Id
    name: str
    responsible: Id | None
    tags: tuple[str, ...] = field(default=(), converter=_sorted)
    fields: Fields = field(factory=dict)
    contacts: tuple[Id, ...] = field(default=(), converter=_listed)
    company: Id | None = None


@frozen(weakref_slot=False)
class Contact:
    """A person at the customer's."""

    id: Id
    name: str
    responsible: Id | None
    tags: tuple[str, ...] = field(default=(), converter=_sorted)
    fields: Fields = field(factory=dict)


@frozen(weakref_slot=False)
class Company:
    """A customer's company."""

    id: Id
    name: str
    responsible: Id | None
    tags: tuple[str, ...] = field(default=(), converter=_sorted)
    fields: Fields = field(factory=dict)


@frozen(weakref_slot=False)
class Subject:
    """What a task hangs on; it may name an entity that the snapshot does not have."""

    kind: EntityKind
    id: Id


@frozen(weakref_slot=False)
class Task:
    """A thing to do. `due` carries its meaning in its type: a date is an all-day task, an instant an exact-time one."""

    id: Id
    type: Id
    text: str
    responsible: Id
    created: datetime = field(converter=instant)
    due: date = field(converter=_due)
    subject: Subject | None = None
    completed: bool = False


@frozen(weakref_slot=False)
class Lease:
    """A user's hold on a task; live while `expires` lies ahead and the task is open."""

    task: Id
    user: Id
    since: datetime = field(converter=instant)
    expires: datetime = field(converter=instant)


@frozen(weakref_slot=False)
class Skip:
    """A user's wish not to be given a task again before `until`."""

    task: Id
    user: Id
    until: datetime = field(converter=instant)


@frozen(weakref_slot=False)
class Links:
    """The deal, contact and company of one task, as conditions and titles see them."""

    deal: Deal | None = None
    contact: Contact | None = None
    company: Company | None = None


class Entities(Protocol):
    """Where deals, contacts and companies are found by id."""

    @property
    def deals(self) -> dict[str, Deal]:
        """The deals."""

    @property
    def contacts(self) -> dict[str, Contact]:
        """The contacts."""

    @property
    def companies(self) -> dict[str, Company]:
        """The companies."""


@frozen
class Snapshot:
    """All data one decision reads. Each kind may be given as a list; it is kept as a mapping by id.

    >>> anna = User(id="u1", name="Anna")
    >>> Snapshot(Account("acme", "Europe/Moscow"), users=[anna]).users["u1"].name
    'Anna'
    """

    account: Account
    users: dict[str, User] = field(factory=dict, converter=_by_id)
    groups: dict[str, Group] = field(factory=dict, converter=_by_id)
    task_types: dict[str, TaskType] = field(factory=dict, converter=_by_id)
    fields: dict[tuple[str, str], FieldDeclaration] = field(factory=dict, converter=_by_entity)
    deals: dict[str, Deal] = field(factory=dict, converter=_by_id)
    contacts: dict[str, Contact] = field(factory=dict, converter=_by_id)
    companies: dict[str, Company] = field(factory=dict, converter=_by_id)
    tasks: dict[str, Task] = field(factory=dict, converter=_by_id)
    leases: dict[str, Lease] = field(factory=dict, converter=_by_task)
    skips: dict[tuple[str, str], Skip] = field(factory=dict, converter=_by_task_and_user)

    @cached_property
    def _deals_linking(self) -> dict[tuple[str, str], list[Deal]]:
        found: dict[tuple[str, str], list[Deal]] = {}
        for deal in self.deals.values():
            for contact in set(deal.contacts):
                found.setdefault(("contact", contact), []).append(deal)
            if deal.company is not None:
                found.setdefault(("company", deal.company), []).append(deal)
        return found

    def deals_linking(self, subject: Subject) -> list[Deal]:
        """Give the deals that link to a contact or company; for a deal, none."""
        return self._deals_linking.get((subject.kind, subject.id), [])

    def links(self, task: Task) -> Links:
        """Find what a task belongs to; an entity that is absent counts as none.

        >>> deal, bob = Deal("d1", "Acme", None, contacts=["c1"]), Contact("c1", "Bob", None)
        >>> task = Task("t1", "1", "", "u1", datetime.now(UTC), date(2026, 11, 24), Subject("contact", "c1"))
        >>> Snapshot(Account("a", "UTC"), deals=[deal], contacts=[bob]).links(task).deal.name
        'Acme'
        """
        return links_of(task, self, self.deals_linking)


def links_of(task: Task, entities: Entities, deals_linking: Callable[[Subject], Sequence[Deal]]) -> Links:
    """Find what a task belongs to, given how to find the deals that link to a contact or company."""
    subject = task.subject
    if subject is None:
        return Links()
    if subject.kind == "deal":
        deal = entities.deals.get(subject.id)
        return Links() if deal is None else Links(deal, _main_contact(deal, entities), _company(deal, entities))
    owners: Mapping[str, Any] = entities.contacts if subject.kind == "contact" else entities.companies
    owner = owners.get(subject.id)
    if owner is None:
        return Links()
    linking = deals_linking(subject)
    if len(linking) != 1:
        return Links(contact=owner) if subject.kind == "contact" else Links(company=owner)
    deal = linking[0]
    if subject.kind == "contact":
        return Links(deal, owner, _company(deal, entities))
    return Links(deal, _main_contact(deal, entities), owner)


def _main_contact(deal: Deal, entities: Entities) -> Contact | None:
    return entities.contacts.get(deal.contacts[0]) if deal.contacts else None


def _company(deal: Deal, entities: Entities) -> Company | None:
    return entities.companies.get(deal.company) if deal.company is not None else None
