"""Made-up offices for browser tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from workplaces_core.model import (
    Account,
    Company,
    Contact,
    Deal,
    FieldDeclaration,
    Group,
    Snapshot,
    Subject,
    Task,
    TaskType,
    User,
)
from workplaces_core.policy import CommonQueue, ExactTime, Interval, Members, Policy, Priority, Role

CREATED = datetime(2026, 11, 20, 8, tzinfo=UTC)
TODAY = date(2026, 11, 24)
WEEK = Interval("день", start=9 * 60, end=18 * 60, days=(0, 1, 2, 3, 4))


def task(name: str, responsible: str = "anna", **more: Any) -> Task:
    """A call that is due today, on a deal of its own name."""
    values: dict[str, Any] = {
        "type": "1", "text": f"Перезвонить: {name}", "created": CREATED, "due": TODAY,
        "subject": Subject("deal", f"d-{name}"),
    }  # fmt: skip
    return Task(name, responsible=responsible, **values | more)


def account(*tasks: Task) -> Snapshot:
    """An office with two employees, a dismissed colleague, and a supervisor."""
    return Snapshot(
        Account("acme", "Europe/Moscow"),
        users=[User("anna", "Анна Орлова", groups=["g1"]), User("boris", "Борис Зуев", groups=["g1"]),
               User("gone", "Лариса Ушла", active=False), User("zoe", "Зоя Котова")],
        groups=[Group("g1", "Отдел продаж")],
        task_types=[TaskType("1", "Звонок"), TaskType("2", "Встреча"), TaskType("3", "Заполнить данные")],
        fields=[FieldDeclaration("deal", "price", "Бюджет", "number"),
                FieldDeclaration("deal", "stage", "Этап", "option", ("Новая", "Договор", "Закрыто"))],
        deals=[Deal(f"d-{each.id}", f"Сделка {each.id}", each.responsible, tags=["vip"], fields={"price": 150000},
                    contacts=("c1",), company="o1") for each in tasks],
        contacts=[Contact("c1", "Ирина Белова", "gone")],
        companies=[Company("o1", "ООО «Ромашка»", "gone")],
        tasks=list(tasks),
    )  # fmt: skip


def policy(version: int = 1, *, common: bool = False, exact: bool = True) -> Policy:
    """One role for the sales group, one priority."""
    queue = CommonQueue(pool="anyone") if common else None
    role = Role(
        "sales",
        "Отдел продаж",
        members=Members(groups=["g1"]),
        intervals=(WEEK,),
        exact_time=ExactTime(5) if exact else None,
        priorities=(Priority("calls", "Звонки", task_types=["1"], common_queue=queue),),
    )
    return Policy(version, (role,))
