"""Deals, contacts, companies and tasks: one record of the API in, one entity of the core out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workplaces_amocrm.translate.due import due_of, instant_of
from workplaces_amocrm.translate.fields import number_of, values_of
from workplaces_amocrm.translate.rules import Rules, Translated
from workplaces_amocrm.translate.wire import (
    Gathering,
    Raw,
    embedded,
    flag_of,
    id_of,
    names_of,
    numbers_of,
    optional_id_of,
    place_of,
    text_of,
)
from workplaces_core.model import Company, Contact, Deal, EntityKind, Subject, Task

SUBJECTS: dict[str, EntityKind] = {"leads": "deal", "contacts": "contact", "companies": "company"}
"""What tasks hang on here, by amoCRM's name for it; customers, which Workplaces does not know, count as nothing."""


def task(raw: Any, rules: Rules) -> Translated:
    """Read a task. One without type, responsible, creation or deadline is set aside.

    >>> raw = {"id": 7, "task_type_id": 1, "text": "Позвонить", "responsible_user_id": 5, "created_at": 1575364000,
    ...        "complete_till": 1575665940, "is_completed": False, "entity_id": 9, "entity_type": "leads"}
    >>> from zoneinfo import ZoneInfo
    >>> read = task(raw, Rules(zone=ZoneInfo("Europe/Moscow"))).value
    >>> read.due.isoformat(), read.subject
    ('2019-12-06', Subject(kind='deal', id='9'))
    >>> str(task(raw | {"complete_till": "soon"}, Rules()).problems[0])
    'tasks[7].complete_till: `"soon"` must be whole unix seconds of the years 1970 to 2199'
    """
    found, gathering = _begin("tasks", raw)
    if gathering.problems:
        return Translated(found, None, tuple(gathering.problems))
    kind = gathering.read(raw, "task_type_id", id_of)
    text = gathering.read(raw, "text", text_of)
    responsible = gathering.read(raw, "responsible_user_id", id_of)
    created = gathering.read(raw, "created_at", instant_of)
    due = gathering.read(raw, "complete_till", lambda value: due_of(value, rules.zone, rules.all_day))
    completed = gathering.read(raw, "is_completed", flag_of)
    # Said in full, as the type checker needs it: a reader gives None for nothing but a problem.
    if kind is None or text is None or responsible is None or created is None or due is None or completed is None:
        return Translated(found, None, tuple(gathering.problems))
    subject = _subject(raw, gathering)
    return Translated(
        found, Task(found, kind, text, responsible, created, due, subject, completed), tuple(gathering.problems)
    )


def _subject(raw: Raw, gathering: Gathering) -> Subject | None:
    """Read what a task hangs on; nothing is spelled in many ways, and never a reason to lose the task."""
    kind = raw.get("entity_type")
    if kind in (None, "", 0, "0", "customers"):
        return None
    if not isinstance(kind, str) or kind not in SUBJECTS:
        gathering.note("entity_type", kind, f"must be one of {', '.join(SUBJECTS)}, customers, or null")
        return None
    entity = gathering.read(raw, "entity_id", optional_id_of)
    return None if entity is None else Subject(SUBJECTS[kind], entity)


def deal(raw: Any, rules: Rules) -> Translated:
    """Read a deal; pipeline and stage are fields with amoCRM's ids as decimal text, price is one with a number.

    Ids and not names: the ids stay when somebody renames a stage, and 142 is "won" in every pipeline. Of the contacts
    the main one comes first.

    >>> raw = {"id": 9, "name": "Поставка", "price": 46333, "responsible_user_id": 5, "pipeline_id": 1300,
    ...        "status_id": 142, "_embedded": {"contacts": [{"id": 1}, {"id": 2, "is_main": True}]}}
    >>> read = deal(raw, Rules()).value
    >>> read.fields, read.contacts
    ({'pipeline': '1300', 'stage': '142', 'price': 46333}, ('2', '1'))
    """
    found, gathering = _begin("leads", raw)
    if gathering.problems:
        return Translated(found, None, tuple(gathering.problems))
    common = _common(raw, rules, gathering)
    if common is None:
        return Translated(found, None, tuple(gathering.problems))
    fields = {**_attributes(raw, gathering), **common["fields"]}
    contacts = _contacts(raw, gathering)
    companies = _ids(raw, "companies", gathering)
    value = Deal(found, **(common | {"fields": fields}), contacts=contacts, company=next(iter(companies), None))
    return Translated(found, value, tuple(gathering.problems))


def _attributes(raw: Raw, gathering: Gathering) -> dict[str, Any]:
    read = {
        "pipeline": gathering.read(raw, "pipeline_id", optional_id_of),
        "stage": gathering.read(raw, "status_id", optional_id_of),
        "price": None if raw.get("price") is None else gathering.read(raw, "price", number_of),
    }
    return {name: value for name, value in read.items() if value is not None}


def _contacts(raw: Raw, gathering: Gathering) -> tuple[str, ...]:
    ids = _ids(raw, "contacts", gathering)
    main = [
        str(each["id"])
        for each in embedded(raw, "contacts")
        if isinstance(each, Mapping) and each.get("is_main") in (True, 1, "1") and str(each.get("id")) in ids
    ]
    return tuple(dict.fromkeys([*main, *ids]))


def _ids(raw: Raw, name: str, gathering: Gathering) -> tuple[str, ...]:
    ids = []
    for number, each in enumerate(embedded(raw, name)):
        value = each.get("id") if isinstance(each, Mapping) else each
        found = gathering.value(f"_embedded.{name}[{number}].id", value, id_of)
        if found is not None:
            ids.append(found)
    return tuple(ids)


def contact(raw: Any, rules: Rules) -> Translated:
    """Read a contact."""
    return _owned("contacts", Contact, raw, rules)


def company(raw: Any, rules: Rules) -> Translated:
    """Read a company."""
    return _owned("companies", Company, raw, rules)


def _owned(entities: str, cls: type[Contact | Company], raw: Any, rules: Rules) -> Translated:
    found, gathering = _begin(entities, raw)
    common = None if gathering.problems else _common(raw, rules, gathering)
    value = None if common is None else cls(found, **common)
    return Translated(found, value, tuple(gathering.problems))


def _begin(entities: str, raw: Any) -> tuple[str, Gathering]:
    """Read the id; a record without one has a problem from the start."""
    found, place = place_of(entities, raw)
    gathering = Gathering(place)
    if not isinstance(raw, Mapping):
        gathering.note("", raw, "must be an object")
    elif not found:
        gathering.note("id", raw.get("id"), "must be an id, a whole number that is not negative")
    return found, gathering


def _common(raw: Raw, rules: Rules, gathering: Gathering) -> dict[str, Any] | None:
    """Read what deals, contacts and companies have in common, or None when the record cannot be used."""
    name = gathering.read(raw, "name", text_of)
    responsible = gathering.read(raw, "responsible_user_id", optional_id_of)
    if gathering.problems:
        return None
    tags = names_of(embedded(raw, "tags"), gathering, "_embedded.tags")
    return {"name": name, "responsible": responsible, "tags": tags, "fields": values_of(raw, rules, gathering)}


def linked(raw: Any, name: str) -> tuple[int, ...]:
    """List the ids that a record embeds under a name, as numbers; what is no id is left out, its record tells of it.

    >>> linked({"_embedded": {"leads": [{"id": 7}, {"id": "8"}, {"id": None}]}}, "leads")
    (7, 8)
    """
    items = (each if isinstance(each, Mapping) else {"id": each} for each in embedded(raw, name))
    return tuple(found for found in numbers_of(items) if found)
