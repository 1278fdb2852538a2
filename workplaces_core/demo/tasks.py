"""The tasks of the made-up account: overdue, today's and later ones, all-day and with an exact time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workplaces_core.demo import names, people
from workplaces_core.demo.calendar import AHEAD, PAST, at, day, working_time
from workplaces_core.demo.customers import EXPLAINED, IN_HAND, URGENT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

TYPES = [
    {"id": "call", "name": "Звонок"},
    {"id": "meeting", "name": "Встреча"},
    {"id": "email", "name": "Письмо"},
    {"id": "fill", "name": "Заполнить данные"},
    {"id": "contract", "name": "Договор"},
    {"id": "survey", "name": "Опрос"},
]
TASKS = 3_000
IN_PROGRESS, ON_TIME, NOT_HANDED_OUT, LATER_CALL = "t1", "t2", "t3", "t4"

_FREQUENT = ("call",) * 10 + ("email",) * 4 + ("meeting",) * 3 + ("fill",) * 3 + ("contract",) * 2


def _task(
    id_: str, type_: str, text: str, responsible: str, due: str, subject: dict[str, str] | None
) -> dict[str, Any]:
    return {
        "id": id_,
        "type": type_,
        "text": text,
        "responsible": responsible,
        "created": at(-3, 12),
        "due": due,
        "subject": subject,
        "completed": False,
    }


def _of_deal(id_: str) -> dict[str, str]:
    return {"kind": "deal", "id": id_}


_STAGED = (
    _task(IN_PROGRESS, "call", "Согласовать спецификацию", people.BUSY, day(-2), _of_deal(IN_HAND)),
    _task(ON_TIME, "call", "Созвон с директором", people.ON_TIME, at(0, 10, 43), _of_deal(URGENT)),
    _task(NOT_HANDED_OUT, "meeting", "Показать образцы", people.MANAGER, day(0), _of_deal(EXPLAINED)),
    _task(LATER_CALL, "call", "Созвон по оплате", people.ON_TIME, at(0, 12, 30), _of_deal(URGENT)),
)

LEASES = [
    {"task": IN_PROGRESS, "user": people.BUSY, "since": at(0, 10, 28), "expires": at(0, 10, 54)},
]
SKIPS = [
    {"task": LATER_CALL, "user": people.ON_TIME, "until": at(0, 11, 15)},
]


def tasks(rng: Random, deals: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make up the tasks; a few hang on deals that are not there any more, or belong to nobody known."""
    made = [_random_task(rng, f"t{number}", deals) for number in range(len(_STAGED) + 1, TASKS + 1)]
    for task in rng.sample(made, 5):
        task["subject"] = {"kind": "deal", "id": f"d{rng.randrange(9_000, 10_000)}"}
    for task in rng.sample(made, 3):
        task["responsible"] = f"u{rng.randrange(90, 100)}"
    return [*_STAGED, *made]


def _random_task(rng: Random, id_: str, deals: Sequence[dict[str, Any]]) -> dict[str, Any]:
    deal = rng.choice(deals)
    owner = deal["responsible"]
    type_ = _type(rng, owner)
    offset = rng.choice((rng.choice(PAST), 0, 0, rng.choice(AHEAD), rng.choice(AHEAD)))
    task = _task(id_, type_, rng.choice(names.TEXTS[type_]), owner, day(offset), _subject(rng, deal))
    if owner != people.ROBOT and owner not in people.CALL_CENTRE and not rng.randrange(6):
        # Today's are still ahead: what was missed in the morning is not what the demo is about.
        task["due"] = working_time(rng, offset, first=9 if offset else 11)
    created = min(offset, 0) - rng.randrange(1, 15)
    return task | {"created": working_time(rng, created), "completed": not rng.randrange(15)}


def _type(rng: Random, owner: str) -> str:
    if owner == people.ROBOT or owner in people.CALL_CENTRE:
        return "call"
    return rng.choice(_FREQUENT) if rng.randrange(60) else "survey"


def _subject(rng: Random, deal: dict[str, Any]) -> dict[str, str] | None:
    chosen = rng.randrange(50)
    if chosen == 0:
        return None
    if chosen == 1 and deal["company"] is not None:
        return {"kind": "company", "id": deal["company"]}
    return {"kind": "contact", "id": deal["contacts"][0]} if chosen == 2 else _of_deal(deal["id"])
