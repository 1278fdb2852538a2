"""The account that all benchmarks share: seeded, any number of tasks, 1,000 a user, 20 roles, 100 priorities."""

from __future__ import annotations

import random
import sys
from datetime import UTC, date, datetime, timedelta

from workplaces_core.model import Account, Deal, FieldValue, Snapshot, Subject, Task, User
from workplaces_core.policy import (
    All,
    CommonQueue,
    ExactTime,
    Interval,
    Leaf,
    Members,
    OrderKey,
    Policy,
    Priority,
    Role,
)

NOW = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
TODAY = date(2026, 11, 24)
ROLES, PRIORITIES, TASKS_A_USER, TASKS_A_DEAL = 20, 5, 1000, 3
TYPES = [str(number) for number in range(1, 13)]
STAGES = [f"stage-{number}" for number in range(10)]
SOURCES = [f"source-{number}" for number in range(8)]
TAGS = [f"tag-{number}" for number in range(16)]
LIKELY = [0.40, 0.45, 0.50, 0.35, 0.35, 0.40, 0.30, 0.15, 0.10, 0.08, 0.20, 0.20, 0.12, 0.25, 0.10, 0.15]


def priority(rng: random.Random, number: int, *, common: bool = False, ordered: bool = False) -> Priority:
    """Make a priority of the shape the peers are measured on: type set, number, option and tag."""
    where = All((
        Leaf("deal.budget", rng.choice(["ge", "le"]), rng.choice([10_000, 150_000, 700_000])),
        Leaf("deal.stage", "in", tuple(rng.sample(STAGES, 6))),
        Leaf("deal.tags", "has_any", (rng.choice(TAGS[:7]),)),
    ))  # fmt: skip
    return Priority(
        f"p{number}",
        f"Priority {number}",
        task_types=rng.sample(TYPES, 5),
        where=where,
        first=rng.choice(["overdue", "today"]),
        order=(OrderKey("field", "deal.budget", "desc"),) if ordered else (),
        common_queue=CommonQueue("members") if common else None,
    )


def policy(seed: int = 7, count: int = ROLES, *, takes_all: bool = False) -> Policy:
    """Make the policy: every role has two intervals, and one common queue among its five priorities.

    With `takes_all` a sixth takes what the others do not, so that every task stands in its responsible's queues.
    """
    rng = random.Random(seed)
    rest = (Priority("rest", "All the rest"),) if takes_all else ()
    week = (0, 1, 2, 3, 4)
    intervals = (Interval("morning", 9 * 60, 13 * 60, days=week), Interval("afternoon", 13 * 60, 18 * 60, days=week))
    roles = []
    for number in range(count):
        five = [
            priority(rng, each, common=each == PRIORITIES - 1, ordered=each == 1 and number % 4 == 0)
            for each in range(PRIORITIES)
        ]
        roles.append(
            Role(
                f"r{number}",
                f"Role {number}",
                members=Members(groups=[f"g{number}"]),
                intervals=intervals,
                exact_time=ExactTime(5) if number % 2 == 0 else None,
                priorities=(*five, *rest),
            )
        )
    return Policy(1, tuple(roles))


def snapshot(tasks: int, seed: int = 7, count: int | None = None, roles: int = ROLES) -> Snapshot:
    """Make the account: a deal has three tasks; a third of the tasks is overdue, some are of today, the rest later.

    Unless the `count` of users is given, a user has a thousand tasks at any size, so that accounts differ in how many
    users they have.
    """
    rng = random.Random(seed)
    users = [_user(number, roles) for number in range(count or max(1, tasks // TASKS_A_USER))]
    names = [user.id for user in users]
    deals = [_deal(rng, number, names) for number in range(tasks // TASKS_A_DEAL + 1)]
    return Snapshot(
        Account("bench", "Europe/Moscow"),
        users=users,
        deals=deals,
        tasks=[_task(rng, number, names) for number in range(tasks)],
    )


def _user(number: int, roles: int) -> User:
    groups = [f"g{number % roles}"] if number % 5 else [f"g{number % roles}", f"g{(number // 5 + 7) % roles}"]
    return User(f"u{number}", f"User {number}", groups=groups)


def _deal(rng: random.Random, number: int, names: list[str]) -> Deal:
    fields: dict[str, FieldValue | None] = {
        "budget": None if rng.random() < 0.08 else int(rng.lognormvariate(12.2, 1.1)),
        "score": rng.randrange(101),
        "stage": rng.choice(STAGES),
        "source": None if rng.random() < 0.05 else rng.choice(SOURCES),
    }
    tags = [tag for tag, likely in zip(TAGS, LIKELY, strict=True) if rng.random() < likely]
    # Equal ids are one object, as the wire makes them when it reads an account.
    return Deal(sys.intern(f"d{number}"), f"Deal {number}", rng.choice(names), tags, fields)


def _task(rng: random.Random, number: int, names: list[str]) -> Task:
    created = NOW - timedelta(seconds=rng.randrange(30 * 86_400))
    day = rng.choices([rng.randrange(-30, 0), 0, rng.randrange(1, 60)], [33, 7, 60])[0]
    due: date = TODAY + timedelta(days=day)
    if rng.random() < 0.4:
        due = datetime(due.year, due.month, due.day, tzinfo=UTC) + timedelta(minutes=15 * rng.randrange(24, 72))
    subject = Subject("deal", sys.intern(f"d{number // TASKS_A_DEAL}"))
    return Task(f"t{number}", rng.choice(TYPES), "Call back", rng.choice(names), created, due, subject)
