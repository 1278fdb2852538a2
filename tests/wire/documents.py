"""A policy and a snapshot on the wire that say everything, and how to spoil them."""

from __future__ import annotations

import re
from typing import Any

import workplaces_core as wp
from workplaces_core.wire import load_policy, load_snapshot

GONE: Any = Ellipsis
LONE = "a\ud800"
INTERVAL, PRIORITY = "roles[0].intervals[0]", "roles[0].priorities[0]"
STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def policy() -> dict[str, Any]:
    """A policy that says everything."""
    return {
        "format": "workplaces/policy/1",
        "version": 7,
        "days_off": ["2027-01-01"],
        "roles": [
            {
                "id": "sales",
                "name": "Sales",
                "enabled": True,
                "timezone": None,
                "members": {"users": ["u1"], "groups": ["g1"]},
                "days_off": ["2027-01-02"],
                "intervals": [
                    {"id": "morning", "days": ["mon", "tue"], "start": "09:00", "end": "13:00"},
                    {
                        "id": "saturday",
                        "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA",
                        "from": "2026-11-07",
                        "start": "10:00",
                        "end": "14:00",
                    },
                ],
                "exact_time": {"lead_minutes": 5},
                "priorities": [
                    {
                        "id": "calls",
                        "name": "Calls",
                        "intervals": ["morning"],
                        "task_types": ["1"],
                        "where": {"all": [{"field": "deal.price", "op": "ge", "value": 5}]},
                        "first": "today",
                        "order": [{"by": "field", "field": "deal.price", "direction": "desc"}],
                        "common_queue": {"from": {"users": ["u2"], "groups": []}, "transfer_linked": True},
                    }
                ],
            }
        ],
    }


def snapshot() -> dict[str, Any]:
    """A snapshot that has everything."""
    entity = {"name": "", "responsible": None, "tags": ["vip"]}
    return {
        "format": "workplaces/snapshot/1",
        "account": {"id": "acme", "timezone": "Europe/Moscow"},
        "users": [{"id": "u1", "name": "Anna", "active": True, "groups": ["g1"]}],
        "groups": [{"id": "g1", "name": "Sales"}],
        "task_types": [{"id": "1", "name": "Call"}],
        "fields": [{"entity": "deal", "id": "price", "name": "Price", "type": "number", "options": None}],
        "deals": [{"id": "d1", **entity, "fields": {"price": 5}, "contacts": ["c1"], "company": "o1"}],
        "contacts": [{"id": "c1", **entity, "fields": {}}],
        "companies": [{"id": "o1", **entity, "fields": {}}],
        "tasks": [
            {
                "id": "t1",
                "type": "1",
                "text": "Call back",
                "responsible": "u1",
                "created": "2026-11-20T08:00:00Z",
                "due": "2026-11-24",
                "subject": {"kind": "deal", "id": "d1"},
                "completed": False,
            }
        ],
        "leases": [{"task": "t1", "user": "u1", "since": "2026-11-24T09:00:00Z", "expires": "2026-11-24T09:15:00Z"}],
        "skips": [{"task": "t1", "user": "u1", "until": "2026-11-24T10:00:00Z"}],
    }


LOAD: dict[str, tuple[Any, Any, type[wp.InvalidInput]]] = {
    "policy": (policy, load_policy, wp.PolicyError),
    "snapshot": (snapshot, load_snapshot, wp.SnapshotError),
}


def changed(document: Any, path: str, value: Any) -> Any:
    """Put a value at a path of a document, or take away what is there."""
    *steps, last = [int(index) if index else name for index, name in STEP.findall(path)]
    place = document
    for step in steps:
        place = place[step]
    if value is GONE:
        del place[last]
    elif isinstance(last, int) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return document


def problems(load: Any, given: Any) -> list[str]:
    """The paths of the problems that loading reports, none when it loads."""
    try:
        load(given)
    except wp.InvalidInput as refused:
        return [problem.path for problem in refused.problems]
    return []


def at(document: Any, path: str) -> Any:
    """Give what is at a path of a document."""
    for index, name in STEP.findall(path):
        document = document[int(index) if index else name]
    return document
