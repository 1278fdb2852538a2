"""Small policies and snapshots to look for findings in: by themselves they have none."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from workplaces_core import wire
from workplaces_core.check import check
from workplaces_core.sentences.findings import finding_sentence

Json = dict[str, Any]
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)  # a Tuesday
DAY = {"id": "day", "days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "18:00"}
EVENING = {**DAY, "id": "evening", "start": "18:00", "end": "20:00"}
WHERE = "roles[0].priorities[0].where"


def priority(name: str = "all", **given: Any) -> Json:
    """A priority of any task."""
    return {"id": name, "name": name, **given}


def leaf(field: str, op: str, value: Any) -> Json:
    """One comparison."""
    return {"field": field, "op": op, "value": value}


def role(*priorities: Json, **given: Any) -> Json:
    """A role of `u1` on working days; without priorities given it takes any task."""
    own: Json = {"id": "sales", "name": "Sales", "members": {"users": ["u1"]}, "intervals": [DAY]}
    return {**own, "priorities": list(priorities) or [priority()], **given}


def policy(*roles: Json, **given: Any) -> Json:
    """A policy of these roles, or of one that takes any task."""
    return {"format": "workplaces/policy/1", "version": 1, "roles": list(roles) or [role()], **given}


def of(*priorities: Json, **given: Any) -> Json:
    """A policy of one role with these priorities."""
    return policy(role(*priorities, **given))


def asking(*where: Json) -> Json:
    """A policy of one role with a priority for each condition."""
    return of(*(priority(f"p{number}", where=condition) for number, condition in enumerate(where)))


FIELDS = [
    {"entity": "deal", "id": name, "name": name, "type": kind, "options": options}
    for name, kind, options in (
        ("price", "number", None), ("note", "text", None), ("hot", "boolean", None), ("since", "date", None),
        ("seen", "datetime", None), ("stage", "option", ["new", "won"]), ("goods", "options", ["tea", "rum"]),
        ("labels", "texts", None), ("free", "option", None),
    )
]  # fmt: skip


def snapshot(*tasks: Json, **given: Any) -> Json:
    """The data of an account with one user, one type of tasks, a deal, and these tasks."""
    own: Json = {
        "format": "workplaces/snapshot/1",
        "account": {"id": "acme", "timezone": "UTC"},
        "users": [{"id": "u1", "name": "Anna", "groups": ["g1"]}, {"id": "u2", "name": "Ivan"}],
        "groups": [{"id": "g1", "name": "Sales"}],
        "task_types": [{"id": "1", "name": "Call"}, {"id": "2", "name": "Meet"}],
        "fields": FIELDS,
        "deals": [{"id": "d1", "name": "Acme", "responsible": "u1", "fields": {}}],
    }
    return {**own, "tasks": list(tasks), **given}


def task(name: str = "t1", **given: Any) -> Json:
    """A call of `u1` on the deal, due today."""
    own: Json = {"id": name, "type": "1", "text": "Call", "responsible": "u1", "created": "2026-11-20T08:00:00Z"}
    return {**own, "due": "2026-11-24", "subject": {"kind": "deal", "id": "d1"}, **given}


def findings(rules: Json, data: Json | None = None, **given: Any) -> list[Json]:
    """What check finds, in wire form."""
    loaded = None if data is None else wire.load_snapshot(data)
    noticed = check(wire.load_policy(rules), loaded, **{"now": NOW, **given})
    for each in noticed:
        assert re.fullmatch(r"[^\n.]*[а-я][^\n]*[^.]", finding_sentence(each, language="ru"))
    found: list[Json] = wire.dump(list(noticed))
    return found


def found(rules: Json, data: Json | None = None, **given: Any) -> list[tuple[str, str]]:
    """Code and path of what check finds."""
    return [(each["code"], each["path"]) for each in findings(rules, data, **given)]
