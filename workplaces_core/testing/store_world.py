"""What the tests of stores put into a store: one of every kind, awkward where a store could stumble, and leases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs

from workplaces_core.adapters.stores import FencedLease, PolicyVersion, Saga, Step
from workplaces_core.changes import Kind
from workplaces_core.model import (
    Account,
    Company,
    Contact,
    Deal,
    FieldDeclaration,
    Fields,
    FieldValue,
    Group,
    Skip,
    Subject,
    Task,
    TaskType,
    User,
)
from workplaces_core.policy import (
    All,
    CommonQueue,
    ExactTime,
    Interval,
    Leaf,
    Members,
    Not,
    OrderKey,
    Policy,
    Priority,
    Role,
)
from workplaces_core.testing.pools import AROUND, values_near

AT = datetime(2026, 11, 24, 7, 40, 30, 123456, tzinfo=UTC)
"""The moment at which tests run commands when the moment matters."""

QUARTER = timedelta(minutes=15)
TICK = timedelta(microseconds=1)

VALUES: tuple[FieldValue | None, ...] = (*values_near(AROUND), AT, AT + TICK, "2026-11-24T07:40:30Z", "[]", "null")
"""Field values of every kind, among them many that are equal in Python and are not the same: True, 1, 1.0."""

ONE_OF_EACH: tuple[tuple[Kind, str, Any], ...] = (
    ("account", "", Account("acme", "Europe/Moscow")),
    ("user", "ю4", User("ю4", "Анна Ёлкина", active=False, groups=("g2", "g1"))),
    ("group", "g/1", Group("g/1", "Отдел продаж")),
    ("task_type", "01", TaskType("01", "Звонок")),
    ("field", "deal.a.b", FieldDeclaration("deal", "a.b", "Бюджет", "option", ("да", "", "нет"))),
    ("deal", "d.1", Deal("d.1", "Окна", None, ("vip", "new"), {"цена": 1, "": None}, ("c2", "c1"), "o1")),
    ("contact", "c 1", Contact("c 1", "Иван", "u1", ("Straße",), {"when": AT})),
    ("company", "x", Company("x", "«Ромашка»", "nobody", fields={"labels": ("b", "a", "b")})),
    ("task", "t/1", Task("t/1", "01", "Перезвонить", "u1", AT, AT + TICK, Subject("contact", "c 1"))),
    ("skip", "t/1/u/3", Skip("t/1", "u/3", AT + TICK)),
)
"""An entity of each kind that is written, and the id by which it is asked for."""


def task(name: str = "t1", text: str = "Перезвонить", **state: Any) -> Task:
    """Make an open all-day task without subject.

    >>> task("t2").id, task(completed=True).completed
    ('t2', True)
    """
    return attrs.evolve(Task(name, "call", text, "u1", AT - QUARTER, date(2026, 11, 24)), **state)


def deal_with(values: list[FieldValue | None]) -> Deal:
    """Make a deal that has these values in its fields."""
    fields: Fields = {f"f{number}": value for number, value in enumerate(values)}
    return Deal("d1", "Окна", "u1", fields=fields)


def held(task: str = "t1", user: str = "u1", fence: int = 1, **state: Any) -> FencedLease:
    """Make a lease of a quarter of an hour."""
    return attrs.evolve(FencedLease(task, user, fence, AT, AT + QUARTER, "sales", "p1"), **state)


def saga(task: str = "t1", **state: Any) -> Saga:
    """Make a transfer that was not begun: of the task, and of a deal that may have been nobody's."""
    steps = (
        Step("set_responsible", "task", task, "u1", ("u2",)),
        Step("set_responsible", "deal", "d.1", "u1", (None, "u2"), "failed", "нет прав"),
    )
    return attrs.evolve(Saga(0, "transfer", task, "u1", 7, steps, started=AT), **state)


def policy(version: int, name: str = "Продажи") -> Policy:
    """Make a policy that has something of everything."""
    where = All((Leaf("deal.цена", "between", (1, 2.5)), Not(Leaf("deal.labels", "has_any", ("vip", "ё")))))
    queue = CommonQueue(Members(users=("u/3",), groups=("g1",)), transfer_linked=True)
    order = (OrderKey("field", "deal.price", "desc"),)
    priority = Priority("p.1", "Сначала", ("утро",), ("01",), where, "today", order, queue)
    intervals = (
        Interval("утро", 540, 780, days=(0, 4)),
        Interval("i2", 1320, 360, None, "FREQ=DAILY", date(2026, 1, 1)),
    )
    role = Role(
        "роль",
        name,
        timezone="Europe/Moscow",
        members=Members(("u1",), ("g1",)),
        days_off=(date(2026, 12, 31),),
        intervals=intervals,
        exact_time=ExactTime(7),
        priorities=(priority,),
    )
    return Policy(version, (role, Role("r/2", "", enabled=False)), (date(2027, 1, 1),))


def published(version: int, **state: Any) -> PolicyVersion:
    """Make a published policy."""
    return attrs.evolve(PolicyVersion(policy(version), "Ольга", AT, "с понедельника"), **state)
