"""Small histories of an office: people with hours, tasks that come in, who took them and how long that took."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from workplaces_core.history.events import FINISHED, TAKEN, Event
from workplaces_core.wire import load_policy
from workplaces_core.wire.forms import moment_text

MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
PEOPLE = ("anna", "ivan", "oleg")
TYPES = ("звонок", "письмо", "встреча")
WEEK = ["mon", "tue", "wed", "thu", "fri"]


def office_policy(version: int = 1, *, first: tuple[str, ...] = TYPES, start: str = "09:00") -> Any:
    """Everybody does everything, a priority a type in the order given; Oleg only writes letters, in the morning."""
    whole = {"id": "day", "days": WEEK, "start": start, "end": "18:00"}
    morning = {"id": "morning", "days": WEEK, "start": "09:00", "end": "12:00"}
    priorities = [
        {"id": type_, "name": type_.capitalize(), "task_types": [type_], "common_queue": {"from": "anyone"}}
        for type_ in first
    ]
    letters = {"id": "letters", "name": "Письма", "task_types": ["письмо"], "common_queue": {"from": "anyone"}}
    roles = [
        {"id": "all", "name": "Все дела", "members": {"users": ["anna", "ivan"]}, "intervals": [whole],
         "exact_time": {"lead_minutes": 5}, "priorities": priorities},
        {"id": "post", "name": "Почта", "members": {"users": ["oleg"]}, "intervals": [morning],
         "priorities": [letters]},
    ]  # fmt: skip
    return load_policy({"format": "workplaces/policy/1", "version": version, "roles": roles})


def office_history(seed: int = 1, tasks: int = 40, account: str = "acme") -> list[Event]:
    """Tasks of three days; most were taken in fact, some left open, put off, or done without being taken."""
    rng = Random(seed)
    events = [*_directory(account)]
    free = dict.fromkeys(PEOPLE, MONDAY)
    for number in range(tasks):
        events += _life(rng, f"t{number:03}", account, free)
    return sorted(events, key=lambda event: event.at)


def _directory(account: str) -> Iterator[Event]:
    yield _set(MONDAY, account, "account", account, {"id": account, "timezone": "Europe/Moscow"})
    for user in (*PEOPLE, "nobody"):
        yield _set(MONDAY, account, "user", user, {"id": user, "name": user.title(), "active": user != "nobody"})
    for type_ in TYPES:
        yield _set(MONDAY, account, "task_type", type_, {"id": type_, "name": type_})


def _life(rng: Random, task_id: str, account: str, free: dict[str, datetime]) -> Iterator[Event]:
    came = MONDAY + timedelta(seconds=rng.randint(0, 60 * 3600))
    due: Any = moment_text((came + timedelta(hours=rng.randint(0, 9))) if rng.random() < 0.2 else came.date())
    task = {"id": task_id, "type": rng.choice(TYPES), "text": "Перезвонить", "created": moment_text(came), "due": due}
    task["responsible"] = rng.choice((*PEOPLE, "nobody"))
    yield _set(came, account, "task", task_id, task)
    if rng.random() < 0.1:
        return
    user = rng.choice(PEOPLE)
    taken = max(came, free[user]) + timedelta(seconds=rng.randint(0, 3600))
    done = free[user] = taken + timedelta(seconds=rng.randint(0, 2400))
    if rng.random() < 0.1:
        yield _set(done, account, "task", task_id, task | {"completed": True})
        return
    doing = {"user": user, "task": task_id}
    yield _set(taken, account, TAKEN, task_id, doing)
    yield _set(done, account, FINISHED, task_id, doing)
    left = {"due": moment_text((done + timedelta(days=1)).date())} if rng.random() < 0.1 else {"completed": True}
    yield _set(done, account, "task", task_id, task | left)


def _set(at: datetime, account: str, kind: str, id_: str, value: dict[str, Any]) -> Event:
    return Event(at, account, "set", kind, id_, value)
