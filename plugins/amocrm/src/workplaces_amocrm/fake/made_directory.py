"""The people, types, pipelines, fields and tags of a made-up account."""

from __future__ import annotations

from random import Random

from workplaces_amocrm.fake import shapes
from workplaces_amocrm.fake.account import FakeAccount, Place
from workplaces_core.demo import names

GROUPS = {
    0: "Отдел продаж",
    512001: "Колл-центр",
    512002: "Аккаунтинг",
    512003: "Филиал в Екатеринбурге",
    512004: "Руководство",
}
FIRST_USER = 8_100_001
ROBOT = FIRST_USER + 1
"""The user that new requests are given to, for everybody to take."""

_TYPES = {2_797_501: "Письмо", 2_797_502: "Заполнить данные", 2_797_503: "Договор"}
_TAGS = {
    "leads": ("vip", "горячий", "тендер", "повторный", "дилер"),
    "contacts": ("лпр", "бухгалтерия"),
    "companies": ("завод", "сеть", "дилер"),
}
_COLORS = ("#CFF7D1", "#FFC8C8", "#D6EAFF", None, None)
_STAGES = ("Новая заявка", "Переговоры", "Отправлено КП", "Договор", "Оплата")
_REASONS = ("Дорого", "Нет потребности", "Ушли к конкуренту", "Не отвечает")
_TEXTUAL = {
    "text": "Комментарий",
    "numeric": "Количество",
    "checkbox": "Участвует в тендере",
    "date": "Дата поставки",
    "date_time": "Последний контакт",
    "url": "Страница проекта",
    "textarea": "Требования",
    "streetaddress": "Адрес",
    "smart_address": "Адрес доставки",
    "birthday": "День основания",
    "legal_entity": "Юридическое лицо",
    "tracking_data": "utm_source",
    "chained_list": "Оборудование",
    "monetary": "Предоплата",
    "file": "Договор (файл)",
}
_CHOICES = {
    "select": ("Источник", ("Сайт", "Звонок", "Выставка", "Рекомендация", "Холодная база")),
    "multiselect": ("Товары", names.PRODUCTS),
    "radiobutton": ("Срочность", ("обычная", "срочно", "вчера")),
}
_PHONE_KINDS = ("WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER")


def fill(rng: Random, account: FakeAccount, users: int) -> None:
    """Put everything into the account that deals and tasks refer to."""
    for id_, name in GROUPS.items():
        account.add_group(id_, name)
    account.groups[0]["uuid"] = None
    _users(rng, account, users)
    account.task_types |= {
        1: shapes.task_type(1, "Связаться", "FOLLOW_UP"),
        2: shapes.task_type(2, "Встреча", "MEETING"),
    }
    account.task_types |= {id_: shapes.task_type(id_, name, color="#D7EAFF") for id_, name in _TYPES.items()}
    for place, name in enumerate(("Продажи", "Повторные продажи")):
        _pipeline(account, 7_300_001 + place, name, main=place == 0)
    for place, name in enumerate(_REASONS):
        id_ = 9_900_001 + place
        reason = {"id": id_, "name": name, "sort": 100_000 * place}
        account.loss_reasons[id_] = {**reason, "created_at": account.moment(), "updated_at": account.moment()}
    _tags(account)
    _fields(account)


def _users(rng: Random, account: FakeAccount, count: int) -> None:
    account.roles[310_001] = {"id": 310_001, "name": "Менеджер"}
    account.add_user("Руководитель отдела", id=FIRST_USER, group=512004, admin=True)
    account.add_user("Распределение заявок", id=ROBOT, group=0)
    groups = list(GROUPS)
    for place in range(max(1, count - 2)):
        # The first is at work in group 0, the second a dismissed administrator; every seventh left as well.
        group = groups[place % len(groups)]
        left = place == 1 or place % 7 == 6
        rights = {"leads": shapes.only("G"), "contacts": shapes.only("G")} if place % 4 == 3 else {}
        name = _person(rng, names.SURNAMES[(place * 7) % len(names.SURNAMES)])
        id_ = FIRST_USER + 2 + place
        about = {"is_active": not left, "role_id": 310_001, **rights}
        account.add_user(name, id=id_, group=group, admin=place == 1, **about)


def _person(rng: Random, surname: str) -> str:
    return f"{rng.choice(names.MEN)} {surname}" if rng.randrange(2) else f"{rng.choice(names.WOMEN)} {surname}а"


def _pipeline(account: FakeAccount, id_: int, name: str, *, main: bool) -> None:
    statuses = [(id_ * 10 + place, stage) for place, stage in enumerate(_STAGES, start=1)]
    account.pipelines[id_] = shapes.pipeline(id_, account.id, name, statuses, main=main)


def _tags(account: FakeAccount) -> None:
    number = 610_000
    for entity, tags in _TAGS.items():
        for place, name in enumerate(tags):
            number += 1
            color = _COLORS[place] if entity == "leads" else None
            account.tags[entity, number] = {"id": number, "name": name, "color": color}


def _fields(account: FakeAccount) -> None:
    for id_, (type_, name) in enumerate(_TEXTUAL.items(), start=710_001):
        account.add_field("leads", type_, name, id=id_)
    for place, (type_, (name, choices)) in enumerate(_CHOICES.items(), start=1):
        enums = {720_000 + 100 * place + number: choice for number, choice in enumerate(choices)}
        account.add_field("leads", type_, name, id=720_000 + place, enums=enums)
    for place, entity in enumerate(("contacts", "companies")):
        base = 730_000 + 1_000 * place
        enums = {base + 100 + number: kind for number, kind in enumerate(_PHONE_KINDS)}
        account.add_field(entity, "multitext", "Телефон", id=base + 1, code="PHONE", enums=enums)
        enums = {base + 200 + number: kind for number, kind in enumerate(("WORK", "PRIV", "OTHER"))}
        account.add_field(entity, "multitext", "Email", id=base + 2, code="EMAIL", enums=enums)
    account.add_field("contacts", "text", "Должность", id=730_003, code="POSITION")
    account.add_field("companies", "url", "Web", id=731_003, code="WEB")
    cities = {731_300 + number: city for number, city in enumerate(names.CITIES)}
    account.add_field("companies", "select", "Город", id=731_004, enums=cities)
    account.add_field(
        "companies", "category", "Отрасль", id=731_005, enums={731_401: "Строительство", 731_402: "Торговля"}
    )
    account.add_field("companies", "items", "Позиции", id=731_006)
    account.add_field("companies", "linked_entity", "Головная компания", id=731_007)
    for number, type_ in enumerate(("payer", "supplier", "price"), start=731_008):
        account.add_field("companies", type_, type_.capitalize(), id=number)


def places(account: FakeAccount, entity: str) -> list[Place]:
    """Where the tags of an entity type stand."""
    return [place for place in account.tags if place[0] == entity]
