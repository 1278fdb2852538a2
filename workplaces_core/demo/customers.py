"""The customers of the made-up account, and what is sold to them; with the usual slips in what people typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workplaces_core.demo import names, people
from workplaces_core.demo.calendar import day, working_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

PIPELINES = ("Продажи", "Повторные продажи", "Сервис")
STAGES = ("Новая заявка", "Переговоры", "Отправлено КП", "Договор", "Оплата", "Успешно реализовано", "Закрыто")
CLOSED = STAGES[-2:]
SOURCES = ("Сайт", "Звонок", "Выставка", "Рекомендация", "Холодная база")
TAGS = ("vip", "горячий", "тендер", "повторный", "дилер")

_SEGMENTS = ("крупный", "средний", "малый")


def _field(entity: str, id_: str, name: str, type_: str, options: Sequence[str] | None = None) -> dict[str, Any]:
    listed = None if options is None else list(options)
    return {"entity": entity, "id": id_, "name": name, "type": type_, "options": listed}


FIELDS = [
    _field("deal", "pipeline", "Воронка", "option", PIPELINES),
    _field("deal", "stage", "Этап", "option", STAGES),
    _field("deal", "price", "Бюджет", "number"),
    _field("deal", "source", "Источник", "option", SOURCES),
    _field("deal", "delivery", "Дата поставки", "date"),
    _field("deal", "last_contact", "Последний контакт", "datetime"),
    _field("deal", "products", "Товары", "options", names.PRODUCTS),
    _field("deal", "tender", "Участвует в тендере", "boolean"),
    _field("contact", "position", "Должность", "text"),
    _field("contact", "phone", "Телефон", "text"),
    _field("company", "segment", "Сегмент", "option", _SEGMENTS),
    _field("company", "city", "Город", "option", names.CITIES),
    _field("company", "employees", "Сотрудников", "number"),
]

COMPANIES, CONTACTS, DEALS = 520, 1_100, 1_200
EXPLAINED = "d1"
"""The deal of the task that the demo explains: a VIP whose budget is below that of hot deals."""
URGENT = "d2"
"""The deal of the call with an exact time."""
IN_HAND = "d3"
"""The deal of the task that somebody works on."""

_OWNERS = (*people.SALES * 4, *[people.DISMISSED] * 2, *people.ACCOUNTS * 3, *people.URAL * 2, *people.CALL_CENTRE)


def companies(rng: Random) -> list[dict[str, Any]]:
    """Make up companies."""
    return [
        {
            "id": f"o{number}",
            "name": _firm(rng),
            "responsible": rng.choice(_OWNERS),
            "tags": [],
            "fields": {
                "segment": rng.choice(_SEGMENTS),
                "city": rng.choice(names.CITIES),
                "employees": rng.choice((5, 12, 30, 80, 150, 400, 1_200)),
            },
        }
        for number in range(1, COMPANIES + 1)
    ]


def _firm(rng: Random) -> str:
    name = f"{rng.choice(names.FIRMS)} {rng.choice(names.TRADES)}".strip()
    return f"{rng.choice(names.FORMS)} «{name}»"


def contacts(rng: Random) -> list[dict[str, Any]]:
    """Make up people at the customers'."""
    return [
        {
            "id": f"c{number}",
            "name": people.person(rng, rng.choice(names.SURNAMES)),
            "responsible": rng.choice(_OWNERS),
            "tags": [],
            "fields": {
                "position": rng.choice(names.POSITIONS),
                "phone": f"+7 900 {rng.randrange(100, 1000)}-{rng.randrange(10, 100)}-{rng.randrange(10, 100)}",
            },
        }
        for number in range(1, CONTACTS + 1)
    ]


def deals(rng: Random, contacts: Sequence[dict[str, Any]], companies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make up deals; in a few of them the budget is words, or the company is not there any more."""
    made = [_deal(rng, f"d{number}", contacts, companies) for number in range(1, DEALS + 1)]
    for deal in rng.sample(made[10:], 8):
        deal["fields"]["price"] = rng.choice(("по договорённости", "уточнить", "300 т.р."))
    for deal in rng.sample(made[10:], 4):
        deal["company"] = f"o{rng.randrange(9_000, 10_000)}"
    for id_, owner, changed in (
        (EXPLAINED, people.MANAGER, {"price": 120_000}),
        (URGENT, people.ON_TIME, {"price": 480_000}),
        (IN_HAND, people.BUSY, {"price": 260_000}),
    ):
        deal = next(deal for deal in made if deal["id"] == id_)
        deal.update(responsible=owner, tags=["vip"])
        deal["fields"].update(changed, stage="Переговоры", pipeline="Продажи")
    return made


def _deal(
    rng: Random, id_: str, contacts: Sequence[dict[str, Any]], companies: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    owner = rng.choice((*_OWNERS, people.ROBOT, people.ROBOT, people.ROBOT))
    company = rng.choice(companies)
    product = rng.choice(names.PRODUCTS)
    return {
        "id": id_,
        "name": f"{company['name']}, {product}, {rng.randrange(2, 90)} шт",
        "responsible": owner,
        "tags": sorted(rng.sample(TAGS, rng.choice((0, 0, 0, 1, 1, 2)))),
        "fields": _fields(rng, owner, product),
        "contacts": [contact["id"] for contact in rng.sample(contacts, rng.choice((1, 1, 1, 2)))],
        "company": company["id"] if rng.randrange(10) else None,
    }


def _fields(rng: Random, owner: str, product: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "pipeline": rng.choice(PIPELINES[1:] if owner in people.ACCOUNTS else PIPELINES[:2]),
        "stage": rng.choice(STAGES),
        "price": 1_000 * rng.choice((rng.randrange(10, 120), rng.randrange(60, 300), rng.randrange(200, 2_000))),
        "source": rng.choice(SOURCES),
        "delivery": {"date": day(rng.randrange(-20, 60))},
        "last_contact": {"instant": working_time(rng, -rng.randrange(1, 60))},
        "products": [product],
        "tender": not rng.randrange(8),
    }
    if owner == people.ROBOT:
        fields |= {"pipeline": PIPELINES[0], "stage": STAGES[0], "source": rng.choice(SOURCES[:2])}
    elif owner in people.CALL_CENTRE:
        fields |= {"source": SOURCES[-1]}
    elif not rng.randrange(6):
        del fields["price"], fields["delivery"]
    return fields
