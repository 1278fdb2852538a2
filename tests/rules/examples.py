"""Small things to decide about: a Tuesday morning in UTC, one user, a role that is always active."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from workplaces_core.model import Account, Snapshot, Task, User
from workplaces_core.policy import Interval, Members, Policy, Priority, Role
from workplaces_core.rules.intervals import RoleMoment

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY, YESTERDAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 23), date(2026, 11, 25)
TICK, MINUTE, HOUR, DAY = timedelta(microseconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
ALWAYS = Interval("always", 0, 24 * 60, days=EVERY_DAY)
EVERYTHING = Priority("all", "All")


def task(name: str = "t1", **parts: Any) -> Task:
    usual: dict[str, Any] = {
        "type": "1",
        "text": "Call back",
        "responsible": "u1",
        "created": NOW - DAY,
        "due": TODAY,
    }
    return Task(name, **usual | parts)


def role(name: str = "r1", **parts: Any) -> Role:
    usual: dict[str, Any] = {"members": Members(["u1"]), "intervals": (ALWAYS,), "priorities": (EVERYTHING,)}
    return Role(name, name.upper(), **usual | parts)


def snapshot(*tasks: Task, **parts: Any) -> Snapshot:
    users = [User("u1", "Anna", groups=["g1"]), User("u2", "Ivan", groups=["g2"]), User("u3", "Olga", active=False)]
    usual: dict[str, Any] = {"account": Account("acme", "UTC"), "users": users, "tasks": tasks}
    return Snapshot(**usual | parts)


def policy(*roles: Role, **parts: Any) -> Policy:
    return Policy(1, roles, **parts)


def moment(of: Role, now: datetime = NOW, *, zone: str = "UTC", days_off: Iterable[date] = ()) -> RoleMoment:
    return RoleMoment.of(of, Policy(1, (of,), days_off=tuple(days_off)), Account("acme", zone), now)


def between(start: str, end: str, name: str = "i1", days: tuple[int, ...] = EVERY_DAY) -> Interval:
    """An interval by its wall times."""
    first, last = (int(text[:2]) * 60 + int(text[3:]) for text in (start, end))
    return Interval(name, first, last, days=days)


def at(text: str) -> datetime:
    """An instant in UTC, `09:30` alone means today."""
    return datetime.fromisoformat(text if "T" in text else f"{TODAY}T{text}").replace(tzinfo=UTC)
