"""Strategies over snapshots: people, deals, contacts, companies, tasks, leases, skips, and changes of them."""

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


@st.composite
def users(draw: st.DrawFn, *, name: str = "u1") -> User:
    """Draw a user of the directory, an inactive one now and then."""
    return User(name, "Anna", draw(mostly(16)), draw(some_of(IDS["group"])))


@st.composite
def fields(draw: st.DrawFn, *, around: datetime = AROUND) -> dict[str, FieldValue | None]:
    """Draw the fields of an entity, most values of the kind that their field suggests."""
    values = pools.values_near(around)
    usual: dict[str, tuple[FieldValue | None, ...]] = {
        "price": pools.NUMBERS,
        "when": tuple(value for value in values if isinstance(value, date)),
        "labels": tuple(value for value in values if isinstance(value, tuple)),
    }
    return {name: draw(sampled((*usual.get(name, pools.TEXTS) * 4, *values))) for name in draw(some_of(IDS["field"]))}


@st.composite
def _entity_parts(draw: st.DrawFn, around: datetime) -> dict[str, Any]:
    return {
        "name": draw(sampled(pools.NAMES)),
        "responsible": draw(one_of(None, *IDS["user"], NOBODY)),
        "tags": draw(some_of(pools.TAGS)),
        "fields": draw(fields(around=around)),
    }


@st.composite
def deals(draw: st.DrawFn, *, name: str = "d1", around: datetime = AROUND) -> Deal:
    """Draw a deal that links to contacts and a company, absent ones too."""
    contacts = draw(sampled(((), ("c1",), ("c2", "c1"), (NOBODY, "c1"), ("x", "c2", NOBODY))))
    company = draw(one_of(None, *IDS["company"], NOBODY))
    return Deal(name, **draw(_entity_parts(around)), contacts=contacts, company=company)


@st.composite
def contacts(draw: st.DrawFn, *, name: str = "c1", around: datetime = AROUND) -> Contact:
    """Draw a contact."""
    return Contact(name, **draw(_entity_parts(around)))


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


@cache
def _dues(around: datetime, zone: str) -> tuple[date, ...]:
    today, tomorrow, yesterday, *_ = pools.dates_near(around, zone)
    return (*[today] * 6, *[yesterday] * 3, tomorrow, *pools.instants_near(around))


@st.composite
def tasks(draw: st.DrawFn, *, name: str = "t1", around: datetime = AROUND, zone: str = "UTC") -> Task:
    """Draw a task due around a moment of a zone, half of them at an exact time; many are the user `u1`'s."""
    return Task(
        name,
        draw(one_of("1", "1", "2", "10")),
        draw(one_of("Call back", "")),
        draw(one_of(*["u1"] * 5, *IDS["user"][1:], NOBODY)),
        around - timedelta(days=draw(one_of(1, 1, 2, 0))),
        draw(sampled(_dues(around, zone))),
        draw(sampled(_SUBJECTS)),
        draw(rarely(16)),
    )


@st.composite
def leases(draw: st.DrawFn, *, task: str = "t1", around: datetime = AROUND) -> Lease:
    """Draw a lease that ends near a moment."""
    expires = around + timedelta(minutes=draw(one_of(5, 5, 60, 12 * 60, 0, -5)))
    held = timedelta(minutes=draw(one_of(15, 30)))
    return Lease(task, draw(one_of("u1", "u1", "u2", NOBODY)), expires - held, expires)


@st.composite
def skips(draw: st.DrawFn, *, task: str = "t1", user: str = "u1", around: datetime = AROUND) -> Skip:
    """Draw a skip that ends near a moment."""
    return Skip(task, user, draw(moments(around=around)))


@st.composite
def declarations(draw: st.DrawFn) -> FieldDeclaration:
    """Draw what a CRM says of a field; nothing decides by it."""
    entity, kind = draw(one_of(*get_args(EntityKind))), draw(one_of(*get_args(FieldType)))
    return FieldDeclaration(entity, draw(ids("field")), "A field", kind, draw(one_of(None, (), ("a", "b"))))


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
