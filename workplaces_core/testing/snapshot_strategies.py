"""Strategies over snapshots: people, deals, contacts, companies, tasks, leases, skips, and changes of them.

They are cached: hypothesis examines every strategy it has not seen, which costs more than drawing from it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, get_args

from hypothesis import strategies as st

from workplaces_core.changes import CLASSES, KINDS, Change, Remove, Set, joined, key_of
from workplaces_core.model import (
    Account,
    Company,
    Contact,
    Deal,
    EntityKind,
    FieldDeclaration,
    FieldType,
    FieldValue,
    Group,
    Lease,
    Skip,
    Snapshot,
    Subject,
    Task,
    TaskType,
    User,
)
from workplaces_core.testing import pools
from workplaces_core.testing.drawing import COIN, ids, moments, most_of, mostly, one_of, rarely, sampled, some_of, zones
from workplaces_core.testing.pools import AROUND, IDS, NOBODY

# The snapshot -----------------------------------------------------------------------------------------------


@cache
@st.composite
def users(draw: st.DrawFn, *, name: str = "u1") -> User:
    """Draw a user of the directory, an inactive one now and then."""
    return User(name, "Anna", draw(mostly(16)), draw(some_of(IDS["group"])))


@cache
@st.composite
def fields(draw: st.DrawFn, *, around: datetime = AROUND) -> dict[str, FieldValue | None]:
    """Draw the fields of an entity, most values of the kind that their field suggests."""
    return {name: draw(_values_of(name, around)) for name in draw(some_of(IDS["field"]))}


@cache
def _values_of(name: str, around: datetime) -> st.SearchStrategy[FieldValue | None]:
    values = pools.values_near(around)
    usual: dict[str, tuple[FieldValue | None, ...]] = {
        "price": pools.NUMBERS,
        "when": tuple(value for value in values if isinstance(value, date)),
        "labels": tuple(value for value in values if isinstance(value, tuple)),
    }
    return sampled((*usual.get(name, pools.TEXTS) * 4, *values))


_ENTITY_NAME = sampled(pools.NAMES)
_RESPONSIBLE = one_of(None, *IDS["user"], NOBODY)
_LINKED_CONTACTS = sampled(((), ("c1",), ("c2", "c1"), (NOBODY, "c1"), ("x", "c2", NOBODY)))
_LINKED_COMPANY = one_of(None, *IDS["company"], NOBODY)


@cache
@st.composite
def _entity_parts(draw: st.DrawFn, around: datetime) -> dict[str, Any]:
    return {
        "name": draw(_ENTITY_NAME),
        "responsible": draw(_RESPONSIBLE),
        "tags": draw(some_of(pools.TAGS)),
        "fields": draw(fields(around=around)),
    }


@cache
@st.composite
def deals(draw: st.DrawFn, *, name: str = "d1", around: datetime = AROUND) -> Deal:
    """Draw a deal that links to contacts and a company, absent ones too."""
    parts = draw(_entity_parts(around))
    return Deal(name, **parts, contacts=draw(_LINKED_CONTACTS), company=draw(_LINKED_COMPANY))


@cache
@st.composite
def contacts(draw: st.DrawFn, *, name: str = "c1", around: datetime = AROUND) -> Contact:
    """Draw a contact."""
    return Contact(name, **draw(_entity_parts(around)))


@cache
@st.composite
def companies(draw: st.DrawFn, *, name: str = "o1", around: datetime = AROUND) -> Company:
    """Draw a company."""
    return Company(name, **draw(_entity_parts(around)))


_SUBJECTS = (
    *(Subject("deal", name) for name in (*IDS["deal"] * 2, NOBODY)),
    *(Subject("contact", name) for name in (*IDS["contact"], NOBODY)),
    *(Subject("company", name) for name in (*IDS["company"], NOBODY)),
    None,
)


_SUBJECT = sampled(_SUBJECTS)
#: what tells nothing about time: a type, a text, a responsible, and whether it is done
_PLAIN = sampled(
    [
        (kind, text, owner, completed)
        for completed in (*[False] * 15, True)
        for kind in ("1", "1", "2", "10")
        for text in ("Call back", "")
        for owner in (*["u1"] * 5, *IDS["user"][1:], NOBODY)
    ]
)


@cache
def _dues(around: datetime, zone: str) -> st.SearchStrategy[date]:
    today, tomorrow, yesterday, *_ = pools.dates_near(around, zone)
    return one_of(*[today] * 6, *[yesterday] * 3, tomorrow, *pools.instants_near(around))


@cache
def _ages(around: datetime) -> st.SearchStrategy[datetime]:
    return one_of(*(around - timedelta(days=days) for days in (1, 1, 2, 0)))


@cache
@st.composite
def tasks(draw: st.DrawFn, *, name: str = "t1", around: datetime = AROUND, zone: str = "UTC") -> Task:
    """Draw a task due around a moment of a zone, half of them at an exact time; many are the user `u1`'s."""
    kind, text, owner, completed = draw(_PLAIN)
    created, due, subject = draw(_ages(around)), draw(_dues(around, zone)), draw(_SUBJECT)
    return Task(name, kind, text, owner, created, due, subject, completed)


@cache
@st.composite
def leases(draw: st.DrawFn, *, task: str = "t1", around: datetime = AROUND) -> Lease:
    """Draw a lease that ends near a moment."""
    expires = around + timedelta(minutes=draw(one_of(5, 5, 60, 12 * 60, 0, -5)))
    held = timedelta(minutes=draw(one_of(15, 30)))
    return Lease(task, draw(one_of("u1", "u1", "u2", NOBODY)), expires - held, expires)


@cache
@st.composite
def skips(draw: st.DrawFn, *, task: str = "t1", user: str = "u1", around: datetime = AROUND) -> Skip:
    """Draw a skip that ends near a moment."""
    return Skip(task, user, draw(moments(around=around)))


@cache
@st.composite
def declarations(draw: st.DrawFn) -> FieldDeclaration:
    """Draw what a CRM says of a field; nothing decides by it."""
    entity, kind = draw(one_of(*get_args(EntityKind))), draw(one_of(*get_args(FieldType)))
    return FieldDeclaration(entity, draw(ids("field")), "A field", kind, draw(one_of(None, (), ("a", "b"))))


@cache
@st.composite
def snapshots(
    draw: st.DrawFn, *, around: datetime = AROUND, zone: str = "UTC", max_tasks: int = len(IDS["task"])
) -> Snapshot:
    """Draw the data of an account whose zone is given, with at most so many tasks."""
    named = draw(some_of(IDS["task"][:max_tasks]))
    held = draw(some_of(("t1", "t2", NOBODY))) if draw(COIN) else ()
    passed = draw(some_of((("t1", "u1"), ("t2", "u1"), ("t10", "u/3"), ("T1", NOBODY)))) if named else ()
    declared = {(each.entity, each.id): each for each in draw(st.lists(declarations(), max_size=2))}
    return Snapshot(
        Account("acme", zone),
        users=[draw(users(name=name)) for name in IDS["user"][: draw(one_of(*[4] * 12, 2, 0))]],
        groups=[Group(name, name) for name in draw(some_of(IDS["group"]))],
        task_types=[TaskType(name, "") for name in draw(some_of(IDS["task_type"]))],
        fields=declared,
        deals=[draw(deals(name=name, around=around)) for name in draw(most_of(IDS["deal"]))],
        contacts=[draw(contacts(name=name, around=around)) for name in draw(most_of(IDS["contact"]))],
        companies=[draw(companies(name=name, around=around)) for name in draw(most_of(IDS["company"]))],
        tasks=[draw(tasks(name=name, around=around, zone=zone)) for name in named],
        leases=[draw(leases(task=name, around=around)) for name in held],
        skips=[draw(skips(task=task, user=user, around=around)) for task, user in passed],
    )


# Changes ----------------------------------------------------------------------------------------------------


@cache
@st.composite
def changes(draw: st.DrawFn, *, around: datetime = AROUND, zone: str = "UTC") -> Change:
    """Draw a change of any kind; what it removes need not be there."""
    kind = draw(sampled((*KINDS, "task", "task", "lease", "skip", "deal")))
    entity = draw(entities(kind, around=around, zone=zone))
    if kind != "account" and draw(rarely(3)):
        return Remove(kind, joined(kind, key_of(entity)))
    return Set(kind, entity)


def entities(kind: str, *, around: datetime = AROUND, zone: str = "UTC") -> st.SearchStrategy[Any]:
    """Draw an entity of one of the kinds that changes speak of."""
    by_name: dict[str, Any] = {"user": users, "deal": deals, "contact": contacts, "company": companies, "task": tasks}
    timed: dict[str, Any] = {} if kind == "user" else {"around": around}
    if kind == "task":
        timed["zone"] = zone
    match kind:
        case "account":
            return st.builds(Account, st.just("acme"), zones())
        case "group" | "task_type":
            return st.builds(CLASSES[kind], ids(kind), one_of("", "A name"))
        case "field":
            return declarations()
        case "lease":
            return ids("task").flatmap(lambda task: leases(task=task, around=around))
        case "skip":
            pairs = st.tuples(ids("task"), ids("user"))
            return pairs.flatmap(lambda pair: skips(task=pair[0], user=pair[1], around=around))
    return one_of(*IDS[kind]).flatmap(lambda name: by_name[kind](name=name, **timed))
