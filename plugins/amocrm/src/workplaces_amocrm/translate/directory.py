"""The directory: account, users, groups, task types, and what the fields of deals, contacts and companies are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from workplaces_amocrm.translate.fields import type_of
from workplaces_amocrm.translate.rules import Language, Rules, Translated
from workplaces_amocrm.translate.wire import Gathering, embedded, flag_of, id_of, place_of, text_of
from workplaces_core.errors import Problem
from workplaces_core.model import Account, EntityKind, FieldDeclaration, Group, TaskType, User
from workplaces_core.wire.forms import read_text

_NAMES: dict[Language, tuple[str, str, str]] = {
    "ru": ("Воронка", "Этап", "Бюджет"),
    "en": ("Pipeline", "Stage", "Price"),
}
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")


def account(raw: Any, zone: str | None = None) -> Translated:
    """Read the account; `zone`, when given, stands for the time zone that the account itself names.

    >>> account({"id": 5, "_embedded": {"datetime_settings": {"timezone": "Asia/Omsk"}}}).value
    Account(id='5', timezone='Asia/Omsk')
    """
    found, place = place_of("account", raw)
    gathering = Gathering(place.replace(f"[{found}]", "") if found else "account")
    if not found:
        gathering.note("id", raw.get("id") if isinstance(raw, Mapping) else raw, "must be an id")
    inside = raw.get("_embedded") if isinstance(raw, Mapping) else None
    settings = inside.get("datetime_settings") if isinstance(inside, Mapping) else None
    settings = settings if isinstance(settings, Mapping) else {}
    name = zone or gathering.value("_embedded.datetime_settings.timezone", settings.get("timezone"), zone_of)
    if name is None:
        name = _zone_of_offset(settings.get("timezone_offset"))
    value = Account(found, name) if found and name else None
    return Translated(found, value, tuple(gathering.problems))


def zone_of(value: Any) -> str:
    """Read the name of a time zone that this machine knows."""
    try:
        if isinstance(value, str) and value:
            return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        pass
    raise ValueError("must be a time zone of the IANA database, such as Europe/Moscow")


def _zone_of_offset(value: Any) -> str | None:
    """Give the zone of a whole number of hours: it is right until clocks change, and better than no account."""
    found = _OFFSET.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[3] != "00":
        return None
    # In these names the sign is that of the way to Greenwich, not of the offset.
    return f"Etc/GMT{'-' if found[1] == '+' else '+'}{int(found[2])}"


def group(raw: Any) -> Translated:
    """Read a group of users; 0 is one, the default one.

    >>> group({"id": 0, "name": "Отдел продаж", "uuid": None}).value
    Group(id='0', name='Отдел продаж')
    """
    return _named("users_groups", Group, raw)


def task_type(raw: Any) -> Translated:
    """Read a type of tasks."""
    return _named("task_types", TaskType, raw)


def _named(entities: str, cls: type[Group | TaskType], raw: Any) -> Translated:
    found, place = place_of(entities, raw)
    gathering = Gathering(place)
    name = gathering.read(raw, "name", text_of) if isinstance(raw, Mapping) else None
    if not found:
        gathering.note("id", raw.get("id") if isinstance(raw, Mapping) else raw, "must be an id")
    value = None if gathering.problems or name is None else cls(found, name)
    return Translated(found, value, tuple(gathering.problems))


def user(raw: Any, rules: Rules) -> Translated:
    """Read a user with his groups; one who is switched off in amoCRM is not active.

    >>> user({"id": 5, "name": "Анна", "rights": {"is_active": False, "group_id": None}}, Rules()).value
    User(id='5', name='Анна', active=False, groups=('0',))
    """
    found, place = place_of("users", raw)
    gathering = Gathering(place)
    if not isinstance(raw, Mapping) or not found:
        gathering.note("id", raw.get("id") if isinstance(raw, Mapping) else raw, "must be an id")
        return Translated(found, None, tuple(gathering.problems))
    rights = raw.get("rights")
    rights = rights if isinstance(rights, Mapping) else {}
    name = gathering.read(raw, "name", text_of)
    active = gathering.value("rights.is_active", rights.get("is_active", True), flag_of)
    groups = _groups(raw, rights, rules, gathering)
    if name is None or active is None:
        return Translated(found, None, tuple(gathering.problems))
    return Translated(found, User(found, name, active, groups), tuple(gathering.problems))


def _groups(raw: Mapping[str, Any], rights: Mapping[str, Any], rules: Rules, gathering: Gathering) -> tuple[str, ...]:
    listed = [each.get("id") for each in embedded(raw, "groups") if isinstance(each, Mapping)]
    if not listed and rights.get("group_id") is not None:
        listed = [rights["group_id"]]
    if not listed and rules.null_group_is_default:
        listed = [0]
    found = [gathering.value("rights.group_id", each, id_of) for each in listed]
    return tuple(each for each in found if each is not None)


def declaration(entity: EntityKind, raw: Any) -> Translated:
    """Read what a custom field is; its options are in the order in which amoCRM shows them.

    >>> raw = {"id": 3, "name": "Источник", "type": "select", "enums": [{"id": 1, "value": "Сайт", "sort": 2}]}
    >>> declaration("deal", raw).value
    FieldDeclaration(entity='deal', id='3', name='Источник', type='option', options=('Сайт',))
    """
    found, place = place_of(f"custom_fields.{entity}", raw)
    gathering = Gathering(place)
    if not isinstance(raw, Mapping) or not found:
        gathering.note("id", raw.get("id") if isinstance(raw, Mapping) else raw, "must be an id")
        return Translated(found, None, tuple(gathering.problems))
    name = gathering.read(raw, "name", text_of)
    if name is None:
        return Translated(found, None, tuple(gathering.problems))
    kind = type_of(raw.get("type"))
    options = _options(raw.get("enums"), gathering) if kind in {"option", "options"} else None
    return Translated(found, FieldDeclaration(entity, found, name, kind, options), tuple(gathering.problems))


def _options(enums: Any, gathering: Gathering) -> tuple[str, ...]:
    listed = [each for each in enums if isinstance(each, Mapping)] if isinstance(enums, list) else []
    texts: dict[str, None] = {}
    for each in sorted(listed, key=_sort):
        text = gathering.value("enums", each.get("value"), read_text)
        if text is not None:
            texts[text] = None
    return tuple(texts)


def _sort(raw: Mapping[str, Any]) -> float:
    place = raw.get("sort")
    return place if isinstance(place, int | float) else 0


def attributes(pipelines: Iterable[Any], rules: Rules) -> tuple[list[FieldDeclaration], list[Problem]]:
    """Declare what every deal has besides custom fields: pipeline and stage, by id, and price.

    >>> row = {"id": 10, "name": "Продажи", "_embedded": {"statuses": [{"id": 142, "name": "Успешно"}]}}
    >>> [(each.id, each.name, each.options) for each in attributes([row], Rules(language="en"))[0]]
    [('pipeline', 'Pipeline', ('10',)), ('stage', 'Stage', ('142',)), ('price', 'Price', None)]
    """
    gathering = Gathering("pipelines")
    ids: dict[str, None] = {}
    stages: dict[str, None] = {}
    for number, row in enumerate(pipelines):
        for path, each, into in [
            (f"[{number}].id", row, ids),
            *((f"[{number}].statuses[{n}].id", one, stages) for n, one in enumerate(embedded(row, "statuses"))),
        ]:
            found = gathering.value(path, each.get("id") if isinstance(each, Mapping) else each, id_of)
            if found is not None:
                into[found] = None
    pipeline, stage, price = _NAMES[rules.language]
    declared = [
        FieldDeclaration("deal", "pipeline", pipeline, "option", tuple(ids)),
        FieldDeclaration("deal", "stage", stage, "option", tuple(stages)),
        FieldDeclaration("deal", "price", price, "number"),
    ]
    return declared, gathering.problems
