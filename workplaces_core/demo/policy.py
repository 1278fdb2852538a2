"""The roles of the made-up account, with one mistake that `check` finds: a narrow priority after a wide one."""

from __future__ import annotations

from typing import Any

from workplaces_core.demo import people
from workplaces_core.demo.customers import CLOSED, SOURCES

_WEEK = ["mon", "tue", "wed", "thu", "fri"]


def _interval(id_: str, start: str, end: str) -> dict[str, Any]:
    return {"id": id_, "days": _WEEK, "start": start, "end": end}


def _leaf(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def _by(field: str, direction: str) -> dict[str, str]:
    return {"by": "field", "field": field, "direction": direction}


_IS_OPEN = {"not": _leaf("deal.stage", "in", list(CLOSED))}

_SALES = {
    "id": "sales",
    "name": "Менеджер отдела продаж",
    "members": {"groups": ["g-sales"]},
    "intervals": [
        _interval("утро", "09:00", "13:00"),
        _interval("день", "14:00", "18:00"),
        {
            "id": "суббота",
            "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA",
            "from": "2026-11-07",
            "start": "10:00",
            "end": "14:00",
        },
    ],
    "exact_time": {"lead_minutes": 5},
    "priorities": [
        {
            "id": "hot",
            "name": "Горячие сделки",
            "task_types": ["call", "meeting"],
            "where": {"all": [_leaf("deal.price", "ge", 150_000), _leaf("deal.tags", "has_any", ["vip", "горячий"])]},
            "first": "today",
            "order": [_by("deal.price", "desc")],
        },
        {"id": "fill", "name": "Заполнить данные", "intervals": ["утро", "суббота"], "task_types": ["fill"]},
        {"id": "base", "name": "Звонки и письма по базе", "task_types": ["call", "email"], "where": _IS_OPEN},
        {
            "id": "papers",
            "name": "Договоры",
            "task_types": ["contract", "fill"],
            "order": [_by("deal.delivery", "asc")],
        },
        {"id": "meetings", "name": "Встречи", "intervals": ["день"], "task_types": ["meeting"]},
        {
            "id": "dismissed",
            "name": "Задачи уволенных коллег",
            "task_types": ["call", "email"],
            "common_queue": {"from": {"users": [people.DISMISSED]}, "transfer_linked": True},
        },
    ],
}

_CALL_PRIORITIES = [
    {
        "id": "requests",
        "name": "Новые заявки",
        "task_types": ["call"],
        "where": _leaf("deal.source", "in", list(SOURCES[:2])),
        "first": "today",
        "common_queue": {"from": {"users": [people.ROBOT]}, "transfer_linked": True},
    },
    {"id": "cold", "name": "Холодная база", "task_types": ["call"], "common_queue": {"from": {"groups": ["g-calls"]}}},
]

_DAY_SHIFT = {
    "id": "calls-day",
    "name": "Колл-центр, дневная смена",
    "members": {"users": list(people.CALL_CENTRE[:4])},
    "intervals": [_interval("смена", "08:00", "14:00")],
    "priorities": [
        *_CALL_PRIORITIES,
        # Meant to go first. Here it never takes a task, the cold ones before it take everything.
        {
            "id": "cold-big",
            "name": "Холодная база: крупные",
            "task_types": ["call"],
            "where": _leaf("deal.price", "ge", 300_000),
            "common_queue": {"from": {"groups": ["g-calls"]}},
        },
    ],
}

_EVENING_SHIFT = {
    "id": "calls-evening",
    "name": "Колл-центр, вечерняя смена",
    "members": {"users": list(people.CALL_CENTRE[3:])},
    "intervals": [_interval("смена", "14:00", "20:00")],
    "priorities": _CALL_PRIORITIES,
}

_ACCOUNTS = {
    "id": "accounts",
    "name": "Аккаунт-менеджер",
    "members": {"groups": ["g-accounts"]},
    "intervals": [_interval("день", "10:00", "19:00")],
    "exact_time": {"lead_minutes": 10},
    "priorities": [
        {
            "id": "deliveries",
            "name": "Поставки на этой неделе",
            "task_types": ["call", "meeting"],
            "where": _leaf("deal.delivery", "days", [-3, 7]),
            "order": [_by("deal.delivery", "asc")],
        },
        {
            "id": "big",
            "name": "Крупные клиенты",
            "task_types": ["call", "meeting", "email"],
            "where": _leaf("company.employees", "ge", 100),
            "order": [_by("company.employees", "desc")],
        },
        {"id": "all", "name": "Остальные клиенты"},
    ],
}

_URAL = {
    "id": "ural",
    "name": "Филиал в Екатеринбурге",
    "timezone": "Asia/Yekaterinburg",
    "members": {"groups": ["g-ural"]},
    "intervals": [_interval("день", "09:00", "18:00")],
    "priorities": [
        {"id": "calls", "name": "Звонки", "task_types": ["call"], "order": [_by("deal.price", "desc")]},
        {"id": "rest", "name": "Всё остальное"},
    ],
}

POLICY: dict[str, Any] = {
    "format": "workplaces/policy/1",
    "version": 1,
    "days_off": ["2026-12-31", "2027-01-01", "2027-01-04", "2027-01-05", "2027-01-06", "2027-01-07", "2027-01-08"],
    "roles": [_SALES, _DAY_SHIFT, _EVENING_SHIFT, _ACCOUNTS, _URAL],
}
