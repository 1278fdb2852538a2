"""What a webhook says: the words of amoCRM's old API, flattened the PHP way, every value a string."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from workplaces_amocrm.fake.shapes import Row

if TYPE_CHECKING:
    from workplaces_amocrm.fake.world import World

Form = tuple[tuple[str, str], ...]

_ELEMENT = {"contacts": 1, "leads": 2, "companies": 3, "customers": 12}
_TOP = {"tasks": "task", "leads": "leads", "contacts": "contacts", "companies": "contacts"}


def body(world: World, action: str, entity: str, row: Row, before: Row) -> Form:
    """The form of one change: `task[update][0][id]=7&...&account[subdomain]=...`."""
    said = {"id": row["id"]} if action == "delete" else _SAID[entity](world, row)
    if action == "delete" and entity == "companies":
        said["type"] = "company"
    if action == "responsible":
        said["old_responsible_user_id"] = before["responsible_user_id"]
    if action == "status":
        said["old_status_id"] = before.get("status_id", row["status_id"])
        said["old_pipeline_id"] = before.get("pipeline_id", row["pipeline_id"])
    if entity == "tasks" and action == "update":
        said["action_close"] = int(before.get("is_completed") is False)
    account = {"subdomain": world.subdomain, "id": world.account.id, "_links": {"self": f"http://{world.domain}"}}
    return tuple(flatten({_TOP[entity]: {action: [said]}, "account": account}))


def flatten(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Write nested values under bracketed names.

    >>> list(flatten({"task": {"add": [{"id": 7, "text": None}]}}))
    [('task[add][0][id]', '7'), ('task[add][0][text]', '')]
    """
    if isinstance(node, dict | list):
        for key, below in node.items() if isinstance(node, dict) else enumerate(node):
            yield from flatten(below, f"{name}[{key}]" if name else str(key))
    else:
        yield name, _text(node)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else str(value)


def _clock(world: World, moment: int) -> str:
    zone = UTC if world.settings.hook_time_zone == "UTC" else ZoneInfo(world.account.timezone)
    return datetime.fromtimestamp(moment, zone).strftime("%Y-%m-%d %H:%M:%S")


def _task(world: World, row: Row) -> Row:
    said = {
        "id": row["id"],
        "element_id": row["entity_id"] or 0,
        "element_type": _ELEMENT.get(row["entity_type"], 0),
        "task_type": row["task_type_id"],
        "date_create": _clock(world, row["created_at"]),
        "text": row["text"],
        "status": int(row["is_completed"]),
        "account_id": row["account_id"],
        "created_user_id": row["created_by"],
        "last_modified": _clock(world, row["updated_at"]),
        "responsible_user_id": row["responsible_user_id"],
        "complete_till": _clock(world, row["complete_till"]),
    }
    return {**said, **({"result": {"id": row["id"], "text": row["result"]["text"]}} if row["result"] else {})}


def _lead(_: World, row: Row) -> Row:
    same = ("id", "name", "status_id", "price", "responsible_user_id", "pipeline_id", "account_id")
    return {
        **{key: row[key] for key in same},
        "last_modified": row["updated_at"],
        "modified_user_id": row["updated_by"],
        "created_user_id": row["created_by"],
        "date_create": row["created_at"],
        **_extras(row),
    }


def _contact(world: World, row: Row) -> Row:
    return _person(world, row, "contact")


def _company(world: World, row: Row) -> Row:
    return _person(world, row, "company")


def _person(world: World, row: Row, type_: str) -> Row:
    place = ("contacts" if type_ == "contact" else "companies", row["id"])
    deals = {str(id_): {"ID": id_} for id_, _ in world.account.linked(place, "leads")}
    return {
        **{key: row[key] for key in ("id", "name", "responsible_user_id", "account_id", "created_at", "updated_at")},
        "date_create": row["created_at"],
        "last_modified": row["updated_at"],
        "created_user_id": row["created_by"],
        "modified_user_id": row["updated_by"],
        **({"linked_leads_id": deals} if deals else {}),
        **_extras(row),
        "type": type_,
    }


def _extras(row: Row) -> Row:
    fields = [
        {"id": one["field_id"], "name": one["field_name"], "values": [_value(value) for value in one["values"]]}
        for one in row["custom_fields_values"] or ()
    ]
    tags = [{"id": tag["id"], "name": tag["name"]} for tag in row["_embedded"]["tags"]]
    return {**({"custom_fields": fields} if fields else {}), **({"tags": tags} if tags else {})}


def _value(one: Row) -> Row:
    return {"value": one.get("value"), **({"enum": one["enum_id"]} if one.get("enum_id") else {})}


_SAID = {"tasks": _task, "leads": _lead, "contacts": _contact, "companies": _company}
