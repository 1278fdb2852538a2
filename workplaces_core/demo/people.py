"""The people of the made-up account: five groups, a dismissed colleague, and the robot that receives requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workplaces_core.demo import names

if TYPE_CHECKING:
    from random import Random

GROUPS = [
    {"id": "g-sales", "name": "Отдел продаж"},
    {"id": "g-calls", "name": "Колл-центр"},
    {"id": "g-accounts", "name": "Аккаунтинг"},
    {"id": "g-ural", "name": "Филиал в Екатеринбурге"},
    {"id": "g-head", "name": "Руководство"},
]

SALES = ("u1", "u2", "u3", "u4", "u5", "u6", "u7")
DISMISSED = "u8"
CALL_CENTRE = ("u9", "u10", "u11", "u12", "u13")
ACCOUNTS = ("u14", "u15", "u16")
NEWCOMER = "u17"
URAL = ("u18", "u19")
HEAD = "u20"
ROBOT = "site"
"""The user whom the CRM gives every new request from the site and the phone."""

BUSY, ON_TIME, MANAGER = SALES[:3]
OPERATOR, EVENING = CALL_CENTRE[0], CALL_CENTRE[-1]

_GROUP_OF = {
    "g-sales": (*SALES, DISMISSED),
    "g-calls": CALL_CENTRE,
    "g-accounts": (*ACCOUNTS, NEWCOMER),
    "g-ural": URAL,
    "g-head": (HEAD,),
}


def person(rng: Random, surname: str) -> str:
    """Make up a person's name."""
    if rng.randrange(2):
        return f"{rng.choice(names.MEN)} {surname}"
    return f"{rng.choice(names.WOMEN)} {surname}а"


def users(rng: Random) -> list[dict[str, Any]]:
    """Make up 20 people with different surnames, and the robot."""
    surnames = iter(rng.sample(names.SURNAMES, 20))
    made = [
        {"id": id_, "name": person(rng, next(surnames)), "active": id_ != DISMISSED, "groups": [group]}
        for group, members in _GROUP_OF.items()
        for id_ in members
    ]
    return [*made, {"id": ROBOT, "name": "Распределение заявок", "active": True, "groups": []}]
