"""The role that an empty system may begin with: data in the morning, calls after lunch, exact times first."""

from __future__ import annotations

from typing import Any

from workplaces_core.model import Snapshot
from workplaces_web.pages.words import Tongue, say

_WEEK = ["mon", "tue", "wed", "thu", "fri"]
_CALLS = ("звон", "связ", "call", "phone")


def example_role(role_id: str, tongue: Tongue, snapshot: Snapshot) -> dict[str, Any]:
    """Make it, with the task types of an account as far as their names tell which is which.

    >>> from workplaces_core.model import Account, TaskType
    >>> types = [TaskType("1", "Звонок"), TaskType("2", "Заполнить данные")]
    >>> role = example_role("role-1", "ru", Snapshot(Account("acme", "Europe/Moscow"), task_types=types))
    >>> [(each["name"], each["intervals"], each["task_types"]) for each in role["priorities"]]
    [('Заполнение данных', ['утро'], ['2']), ('Звонки', ['день'], ['1'])]
    """
    morning, afternoon = (say(tongue, f"build.name.{part}") for part in ("morning", "afternoon"))
    calls = [each.id for each in snapshot.task_types.values() if each.name.lower().startswith(_CALLS)]
    others = [each for each in snapshot.task_types if each not in calls] if calls else []
    return {
        "id": role_id,
        "name": say(tongue, "roles.example_name"),
        "enabled": True,
        "timezone": None,
        "members": {"users": [], "groups": []},
        "days_off": [],
        "intervals": [
            {"id": morning, "days": _WEEK, "start": "09:00", "end": "13:00"},
            {"id": afternoon, "days": _WEEK, "start": "14:00", "end": "18:00"},
        ],
        "exact_time": {"lead_minutes": 5},
        "priorities": [
            _priority("p1", say(tongue, "roles.example_data"), morning, others),
            _priority("p2", say(tongue, "roles.example_calls"), afternoon, calls),
        ],
    }


def _priority(name: str, title: str, interval: str, types: list[str]) -> dict[str, Any]:
    return {
        "id": name, "name": title, "intervals": [interval], "task_types": sorted(types), "where": None,
        "first": "overdue", "order": [], "common_queue": None,
    }  # fmt: skip
