"""An entity as it stands in amoCRM right now, as far as writing has to know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from workplaces_amocrm.client.port import Api
from workplaces_amocrm.errors import NoSuchThing, Unreachable
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.translate.wire import flag_of, id_of, is_deleted, optional_id_of
from workplaces_core.adapters.protocols import OwnedKind
from workplaces_core.errors import shown

NAMES: dict[OwnedKind, str] = {"task": "tasks", "deal": "leads", "contact": "contacts", "company": "companies"}
"""What amoCRM calls the kinds, in paths and in answers."""

_NUMBER = re.compile(r"[1-9][0-9]{0,18}")


@frozen
class Seen:
    """What one entity looked like; `completed` and `complete_till` are of a task alone, the latter as it came.

    `updated_at` is when it was last written, in unix seconds; None when amoCRM does not say so.
    """

    id: str
    responsible: str | None
    completed: bool = False
    complete_till: Any = None
    updated_at: int | None = None


def is_number(text: str) -> bool:
    """Whether a text can be an id of amoCRM; what cannot be one stands for nothing there.

    >>> is_number("7"), is_number("007"), is_number("٧"), is_number("anna")
    (True, False, False, False)
    """
    return _NUMBER.fullmatch(text) is not None


def path_of(kind: OwnedKind, entity_id: str | None = None) -> str:
    """Give the path of a kind, or of one entity.

    >>> path_of("deal", "7"), path_of("task")
    ('/api/v4/leads/7', '/api/v4/tasks')
    """
    return f"/api/v4/{NAMES[kind]}" + (f"/{entity_id}" if entity_id else "")


def look(api: Api, settings: Settings, kind: OwnedKind, entity_id: str) -> Seen | None:
    """Look at one entity; None when it is not there, or in the bin."""
    if not is_number(entity_id):
        return None
    path, absence = path_of(kind, entity_id), "204"
    try:
        answer = api.get(path, lane="interactive")
    except NoSuchThing:
        answer, absence = None, "404"
    if answer is not None:
        return _seen(kind, answer)
    if kind == "task" and settings.unknown_task not in {"either", absence}:
        raise Unreachable(f"{path}: `{absence}` must not be the answer, by the setting `unknown_task`")
    return None


def look_at_many(api: Api, settings: Settings, kind: OwnedKind, ids: Sequence[str]) -> dict[str, Seen | None]:
    """Look at several entities, in one call where they can be listed.

    A list only saves calls: what it does not give is looked at alone, since rights, a filter that the account does
    not have, or deletion may be the reason.
    """
    found: dict[str, Seen] = {}
    size = at_once(settings, kind)
    numbers = [one for one in ids if is_number(one)] if size > 1 and len(ids) > 1 else []
    for start in range(0, len(numbers), size):
        found |= _listed(api, settings, kind, numbers[start : start + size])
    return {one: found[one] if one in found else look(api, settings, kind, one) for one in ids}


def at_once(settings: Settings, kind: OwnedKind) -> int:
    """How many entities one call may ask for: tasks always several, the others where the account has filters."""
    return settings.ids_per_request if kind == "task" or settings.lead_filters is True else 1


def _listed(api: Api, settings: Settings, kind: OwnedKind, numbers: Sequence[str]) -> dict[str, Seen]:
    indexed = settings.array_spelling == "indexed"
    filters = [(f"filter[id][{index if indexed else ''}]", number) for index, number in enumerate(numbers)]
    order = [("order[id]", "asc")] if settings.send_order else []
    answer = api.get(path_of(kind), [("page", "1"), ("limit", "250"), *order, *filters], lane="interactive")
    seen = [_seen(kind, entity) for entity in entities_of(kind, answer)]
    return {one.id: one for one in seen if one is not None and one.id in numbers}


def entities_of(kind: OwnedKind, answer: Any) -> list[Any]:
    """Give the entities that stand in the answer about several, none when it is empty or of another shape."""
    embedded = answer.get("_embedded") if isinstance(answer, dict) else None
    entities = embedded.get(NAMES[kind]) if isinstance(embedded, dict) else None
    return [entity for entity in entities if isinstance(entity, dict)] if isinstance(entities, list) else []


def updated_at_of(entity: Any) -> int | None:
    """Give when an entity was last written, by itself or by the answer to a write; None when that is not said.

    >>> updated_at_of({"id": 7, "updated_at": 1588885140}), updated_at_of(None)
    (1588885140, None)
    """
    seconds = entity.get("updated_at") if isinstance(entity, dict) else None
    return seconds if isinstance(seconds, int) and not isinstance(seconds, bool) else None


def _seen(kind: OwnedKind, entity: Any) -> Seen | None:
    """Read the few keys; an answer without them is broken, and acting on it would be guessing."""
    try:
        if is_deleted(entity):
            return None
        task = kind == "task"
        return Seen(
            id=id_of(entity["id"]),
            responsible=optional_id_of(entity["responsible_user_id"]),
            completed=task and flag_of(entity["is_completed"]),
            complete_till=entity.get("complete_till"),
            updated_at=updated_at_of(entity),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Unreachable(f"{path_of(kind)}: `{shown(entity)}` must be a whole {kind}") from None
