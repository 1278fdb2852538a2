"""The companies, contacts and deals of a made-up account."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from workplaces_amocrm.fake import shapes
from workplaces_amocrm.fake.account import FakeAccount, group_of
from workplaces_amocrm.fake.field_values import show
from workplaces_amocrm.fake.made_directory import ROBOT
from workplaces_amocrm.fake.shapes import Row
from workplaces_core.demo import names

FIRST = {"leads": 24_500_001, "contacts": 33_100_001, "companies": 41_700_001}
_DAY = 86_400
_SLOTS = 3
"""So many of a deal's fields are filled, as a rule."""


def fill(rng: Random, account: FakeAccount, leads: int, contacts: int, companies: int) -> None:
    """Put customers and deals into the account, tied to each other."""
    owners = _owners(account)
    for number in range(companies):
        _company(rng, account, FIRST["companies"] + number, rng.choice(owners))
    for number in range(contacts):
        _contact(rng, account, FIRST["contacts"] + number, rng.choice(owners))
    firms, people = list(account.companies), list(account.contacts)
    makers = _makers(account)
    for number in range(leads):
        _lead(rng, account, FIRST["leads"] + number, rng.choice(owners), makers)
        _tie(rng, account, FIRST["leads"] + number, people, firms)
    _bury(rng, account)


def _owners(account: FakeAccount) -> list[int]:
    """Who has customers: mostly those at work, now and then somebody who left, and the robot."""
    at_work = [id_ for id_, user in account.users.items() if user["rights"]["is_active"]]
    left = [id_ for id_ in account.users if id_ not in at_work]
    return [*at_work * 6, *left, *[ROBOT] * len(at_work)]


def _common(rng: Random, account: FakeAccount, owner: int, entity: str) -> Row:
    made = account.moment() - rng.randrange(_DAY, 300 * _DAY)
    tags = [row for (kind, _), row in account.tags.items() if kind == entity]
    return {
        "responsible_user_id": owner,
        "group_id": group_of(account.users[owner]),
        "created_by": owner,
        "updated_by": owner,
        "created_at": made,
        "updated_at": made + rng.randrange(account.moment() - made),
        "_embedded": {"tags": rng.sample(tags, rng.choice((0, 0, 0, 0, 1, 1, 2)))},
    }


def _company(rng: Random, account: FakeAccount, id_: int, owner: int) -> None:
    name = f"{rng.choice(names.FIRMS)} {rng.choice(names.TRADES)}".strip()
    given = {"name": f"{rng.choice(names.FORMS)} «{name}»", **_common(rng, account, owner, "companies")}
    if rng.randrange(5):
        fields = account.custom_fields
        city = rng.choice(fields["companies", 731_004]["enums"])
        values = [{"value": city["value"], "enum_id": city["id"], "enum_code": None}]
        given["custom_fields_values"] = [
            show(fields["companies", 731_001], [_phone(rng, fields["companies", 731_001])]),
            show(fields["companies", 731_004], values),
        ]
    account.companies[id_] = shapes.company(id_, account.id, account.moment(), **given)


def _contact(rng: Random, account: FakeAccount, id_: int, owner: int) -> None:
    woman = rng.randrange(2)
    first = rng.choice(names.WOMEN if woman else names.MEN)
    last = rng.choice(names.SURNAMES) + "а" * woman
    common = _common(rng, account, owner, "contacts")
    given = {"name": f"{first} {last}", "first_name": first, "last_name": last, **common}
    if rng.randrange(8):
        field, position = account.custom_fields["contacts", 730_001], account.custom_fields["contacts", 730_003]
        phones = [_phone(rng, field) for _ in range(rng.choice((1, 1, 1, 2)))]
        given["custom_fields_values"] = [show(field, phones), show(position, [{"value": rng.choice(names.POSITIONS)}])]
    account.contacts[id_] = shapes.contact(id_, account.id, account.moment(), **given)


def _phone(rng: Random, field: Row) -> Row:
    kind = rng.choice(field["enums"])
    return {"value": f"+7912{rng.randrange(10**6, 10**7)}", "enum_id": kind["id"], "enum_code": kind["value"]}


def _lead(rng: Random, account: FakeAccount, id_: int, owner: int, makers: list[Callable[[Random], Row]]) -> None:
    pipeline = rng.choice(list(account.pipelines.values()))
    stages = [one["id"] for one in pipeline["_embedded"]["statuses"]][1:]
    status = stages[0] if owner == ROBOT else rng.choice(stages)
    common = _common(rng, account, owner, "leads")
    lost = status == shapes.LOST and rng.randrange(4)
    values = [maker(rng) for maker in rng.sample(makers, _SLOTS)] if rng.randrange(6) else None
    given = {
        "name": f"{rng.choice(names.PRODUCTS).capitalize()}, {rng.randrange(2, 90)} шт",
        "price": 1_000 * rng.choice((0, rng.randrange(10, 120), rng.randrange(60, 300), rng.randrange(200, 2_000))),
        "pipeline_id": pipeline["id"],
        "status_id": status,
        "closed_at": common["updated_at"] if status in {shapes.WON, shapes.LOST} else None,
        "loss_reason_id": rng.choice(list(account.loss_reasons)) if lost else None,
        "custom_fields_values": values,
        **common,
    }
    account.leads[id_] = shapes.lead(id_, account.id, account.moment(), **given)


def _tie(rng: Random, account: FakeAccount, id_: int, people: list[int], firms: list[int]) -> None:
    lead = ("leads", id_)
    company = ("companies", rng.choice(firms)) if firms and rng.randrange(10) else None
    if company:
        account.link(lead, company)
    if not people or not rng.randrange(12):
        return  # a deal without a contact
    for place, contact in enumerate(rng.sample(people, min(len(people), rng.choice((1, 1, 1, 2))))):
        account.link(lead, ("contacts", contact), main=place == 0)
        if company and not account.linked(("contacts", contact), "companies"):
            account.link(("contacts", contact), company)


def _bury(rng: Random, account: FakeAccount) -> None:
    for id_ in rng.sample(list(account.leads), len(account.leads) // 40 or 1):
        account.leads[id_].update(is_deleted=True)


def _makers(account: FakeAccount) -> list[Callable[[Random], Row]]:
    """One maker of a value for each custom field of deals."""
    fields = [row for (kind, _), row in account.custom_fields.items() if kind == "leads"]
    return [_maker(field, account.moment()) for field in fields]


def _maker(field: Row, now: int) -> Callable[[Random], Row]:
    return lambda rng: show(field, _values(rng, field, now))


def _values(rng: Random, field: Row, now: int) -> list[Row]:
    if field["enums"]:
        chosen = rng.sample(field["enums"], rng.choice((1, 2)) if field["type"] == "multiselect" else 1)
        return [{"value": one["value"], "enum_id": one["id"], "enum_code": None} for one in chosen]
    if field["type"] == "chained_list":
        return [{"catalog_id": 1001, "catalog_element_id": rng.randrange(10_000, 20_000)}]
    if field["type"] == "smart_address":
        return [{"value": rng.choice(names.CITIES), "enum_id": 3, "enum_code": "city"}]
    return [{"value": _plain(rng, field["type"], now)}]


def _plain(rng: Random, type_: str, now: int) -> Any:
    if type_ in {"date", "birthday", "date_time"}:
        moment = now + rng.randrange(-60, 60) * _DAY
        return moment if type_ == "date_time" else moment - (moment + 3 * 3600) % _DAY
    if type_ in {"numeric", "monetary"}:
        return str(rng.choice((rng.randrange(1, 500), rng.randrange(1, 1000) / 10)))
    if type_ == "checkbox":
        return True
    if type_ == "legal_entity":
        return {
            "name": f"ООО «{rng.choice(names.FIRMS)}»",
            "entity_type": 1,
            "vat_id": str(rng.randrange(10**9, 10**10)),
        }
    if type_ == "file":
        return {
            "file_uuid": f"{rng.getrandbits(128):032x}",
            "version_uuid": None,
            "file_name": "договор.pdf",
            "file_size": 1024,
        }
    return _TEXTS.get(type_) or f"{rng.choice(names.CITIES)}, {rng.choice(names.FIRMS)}"


_TEXTS = {"url": "https://example.ru/project", "tracking_data": "yandex"}
