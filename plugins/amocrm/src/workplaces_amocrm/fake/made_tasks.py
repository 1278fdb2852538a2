"""The tasks of a made-up account: all-day and exact, overdue and later ones, and every odd case that accounts have."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from attrs import frozen

from workplaces_amocrm.fake import shapes
from workplaces_amocrm.fake.account import FakeAccount, group_of
from workplaces_amocrm.fake.shapes import Row
from workplaces_core.demo import names

FIRST = 52_300_001
_TEXTS = {
    1: names.TEXTS["call"],
    2: names.TEXTS["meeting"],
    2_797_501: names.TEXTS["email"],
    2_797_502: names.TEXTS["fill"],
    2_797_503: names.TEXTS["contract"],
}
_TYPES = (1,) * 10 + (2,) * 3 + (2_797_501,) * 4 + (2_797_502,) * 3 + (2_797_503,) * 2
_DAYS = (-21, -8, -5, -3, -2, -1, -1, 0, 0, 0, 1, 1, 2, 3, 6, 10, 24)
_DAY = 86_400


@frozen
class _Frame:
    """What every task of the account is made from."""

    today: date
    zone: ZoneInfo
    leads: list[int]
    buried: list[int]
    left: list[int]


def fill(rng: Random, account: FakeAccount, count: int, zone: ZoneInfo) -> None:
    """Put tasks into the account; the first eight are the odd cases, so that even a small account has each."""
    frame = _Frame(
        today=datetime.fromtimestamp(account.moment(), zone).date(),
        zone=zone,
        leads=[id_ for id_, row in account.leads.items() if not row["is_deleted"]],
        buried=[id_ for id_, row in account.leads.items() if row["is_deleted"]],
        left=[id_ for id_, user in account.users.items() if not user["rights"]["is_active"]],
    )
    for number in range(count):
        odd = number if number < 8 else rng.randrange(200)
        _task(rng, account, FIRST + number, frame, odd)
    _closest(account)


def _task(rng: Random, account: FakeAccount, id_: int, frame: _Frame, odd: int) -> None:
    place = _place(rng, account, frame, odd)
    owner = _owner(rng, account, frame, place, odd)
    type_ = rng.choice(_TYPES)
    due = _due(rng, frame, odd)
    made = min(due, account.moment()) - rng.randrange(1, 15 * _DAY)
    done = odd == 5 or (odd > 7 and not rng.randrange(12))
    given: Row = {
        "created_by": 0 if odd == 7 else owner,
        "updated_by": owner,
        "created_at": made,
        "updated_at": rng.randrange(made, account.moment() + 1),
        "responsible_user_id": owner,
        "group_id": group_of(account.users[owner]),
        "entity_type": place[0],
        "entity_id": place[1],
        "task_type_id": type_,
        "text": rng.choice(_TEXTS[type_]),
        "complete_till": due,
        "duration": 1800 if type_ == 2 else 0,
        "is_completed": done,
        "result": {"text": "Договорились, жду ответа"} if done and rng.randrange(3) else [],
    }
    account.tasks[id_] = shapes.task(id_, account.id, account.moment(), **given)


def _place(rng: Random, account: FakeAccount, frame: _Frame, odd: int) -> tuple[str | None, int | None]:
    if odd == 0 or not frame.leads:
        return None, None
    if odd == 1 and account.contacts:
        return "contacts", rng.choice(list(account.contacts)[:500])
    if odd == 2 and account.companies:
        return "companies", rng.choice(list(account.companies)[:500])
    if odd == 3 and frame.buried:
        return "leads", rng.choice(frame.buried)
    return "leads", rng.choice(frame.leads)


def _owner(rng: Random, account: FakeAccount, frame: _Frame, place: tuple[str | None, int | None], odd: int) -> int:
    if odd == 4 and frame.left:
        return rng.choice(frame.left)
    entity, id_ = place
    owner: int = account.table(entity)[id_]["responsible_user_id"] if entity and id_ else account.admin
    return owner


def _due(rng: Random, frame: _Frame, odd: int) -> int:
    day = frame.today + timedelta(days=rng.choice(_DAYS))
    return int(datetime.combine(day, _hour(rng, odd), frame.zone).timestamp())


def _hour(rng: Random, odd: int) -> time:
    """All day in six cases of ten, else in steps of five minutes within working hours."""
    if odd == 6:
        return time(23, 59, 59)  # all day, as some integrations write it
    if odd == 7:
        return time(0, 0)  # midnight is an exact time
    if rng.randrange(10) < 6:
        return time(23, 59)
    hour, five = divmod(rng.randrange(120), 12)
    return time(9 + hour, 5 * five)


def _closest(account: FakeAccount) -> None:
    for task in account.tasks.values():
        if task["entity_type"] and not task["is_completed"]:
            row = account.table(task["entity_type"])[task["entity_id"]]
            known = row["closest_task_at"]
            row["closest_task_at"] = task["complete_till"] if known is None else min(known, task["complete_till"])
