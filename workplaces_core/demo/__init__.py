"""A made-up account to try everything on: a seller of ventilation with 20 people, 1,200 deals and 3,000 tasks.

The same seed gives the same bytes on every machine: only whole numbers are drawn, from `random.Random(seed)`, and in a
fixed order.
"""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

from attrs import frozen

from workplaces_core.demo import customers, people, policy, tasks
from workplaces_core.demo.calendar import NOW

__all__ = ["NOW", "STORIES", "WHY", "Demo", "Story", "make"]


@frozen
class Story:
    """An employee worth looking at, and why, by language."""

    user: str
    situation: dict[str, str]


STORIES = (
    Story(people.BUSY, {"en": "a task in hand, and the next one", "ru": "задача в работе и следующая"}),
    Story(people.ON_TIME, {"en": "a call with an exact time", "ru": "звонок с точным временем"}),
    Story(people.OPERATOR, {"en": "a new request from the common queue", "ru": "новая заявка из общей очереди"}),
    Story(people.EVENING, {"en": "no role before the evening shift", "ru": "роли нет до вечерней смены"}),
    Story(people.NEWCOMER, {"en": "nothing to do", "ru": "делать нечего"}),
)
"""The desks that the demo shows; each situation holds whatever the seed is."""

WHY = (people.MANAGER, tasks.NOT_HANDED_OUT)
"""The user and the task that the demo explains: a meeting that is not handed out in the morning."""


@frozen
class Demo:
    """The account and its policy, both in wire form."""

    policy: dict[str, Any]
    snapshot: dict[str, Any]


def make(seed: int = 1) -> Demo:
    """Make the account of a seed.

    >>> demo = make()
    >>> {kind: len(demo.snapshot[kind]) for kind in ("users", "deals", "tasks")}
    {'users': 21, 'deals': 1200, 'tasks': 3000}
    """
    rng = Random(seed)
    users = people.users(rng)
    companies = customers.companies(rng)
    contacts = customers.contacts(rng)
    deals = customers.deals(rng, contacts, companies)
    snapshot = {
        "format": "workplaces/snapshot/1",
        "account": {"id": "severny-veter", "timezone": "Europe/Moscow"},
        "users": users,
        "groups": people.GROUPS,
        "task_types": tasks.TYPES,
        "fields": customers.FIELDS,
        "deals": deals,
        "contacts": contacts,
        "companies": companies,
        "tasks": tasks.tasks(rng, deals),
        "leases": tasks.LEASES,
        "skips": tasks.SKIPS,
    }
    # Whoever asked may change what he got.
    return Demo(*deepcopy((policy.POLICY, snapshot)))
