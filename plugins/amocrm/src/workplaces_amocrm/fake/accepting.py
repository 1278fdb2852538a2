"""What a written entity may hold: each key is checked, turned into a column, or found wanting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workplaces_amocrm.fake.account import FakeAccount
from workplaces_amocrm.fake.answers import Flaw
from workplaces_amocrm.fake.field_values import field_values
from workplaces_amocrm.fake.shapes import MAKERS, Row

Complain = Callable[[str, str, str], None]
"""Called with a code, a path and a sentence."""

_IGNORED = {"id", "request_id", "account_id", "_links", "group_id"}
_COMMON = {"responsible_user_id", "created_by", "updated_by", "created_at", "updated_at"}
_TAGGED = {"name", "custom_fields_values", "tags_to_add", "tags_to_delete", "_embedded"}
FIELDS = {
    "tasks": _COMMON
    | {"entity_id", "entity_type", "is_completed", "task_type_id", "text", "duration", "complete_till", "result"},
    "leads": _COMMON | _TAGGED | {"price", "status_id", "pipeline_id", "loss_reason_id", "closed_at"},
    "contacts": _COMMON | _TAGGED | {"first_name", "last_name"},
    "companies": _COMMON | _TAGGED,
}
_TEXTS = {"text", "name", "first_name", "last_name"}
_NULLABLE = {"loss_reason_id", "closed_at", "entity_id", "entity_type", "custom_fields_values"}


def accept(
    account: FakeAccount, entity: str, row: Row | None, sent: Mapping[str, Any], request_id: str = "0"
) -> tuple[Row, list[Flaw], list[str]]:
    """Turn what was sent for `row` (None: for a new one) into columns; with the flaws, and the keys nobody knows."""
    flaws: list[Flaw] = []
    columns: Row = {}
    known = FIELDS[entity]

    def complain(code: str, path: str, detail: str) -> None:
        flaws.append(Flaw(code, path, detail, request_id))

    for name in sent.keys() & known:
        value = _plain(sent[name])
        if value is None and name in _NULLABLE:
            columns[name] = None
        elif _fits(account, name, value, complain):
            columns[name] = value
    _together(account, entity, row, columns, complain)
    _joined(account, entity, row, columns, complain)
    return columns, flaws, sorted(sent.keys() - known - _IGNORED)


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _fits(account: FakeAccount, name: str, value: Any, complain: Complain) -> bool:
    if name in _TEXTS:
        return _demand(isinstance(value, str), "InvalidType", name, "This value should be of type string.", complain)
    if name == "is_completed":
        return _demand(isinstance(value, bool), "InvalidType", name, "This value should be of type bool.", complain)
    if name == "result":
        fine = isinstance(value, dict) and isinstance(value.get("text"), str)
        return _demand(fine, "InvalidType", name, "This value should be an object with text.", complain)
    if name == "entity_type":
        fine = value in {"leads", "contacts", "companies", "customers"}
        return _demand(fine, "NotSupportedChoice", name, "The value you selected is not a valid choice.", complain)
    if name in _TAGGED:
        return True
    whole = isinstance(value, int) and not isinstance(value, bool)
    return _demand(whole, "InvalidType", name, "This value should be of type int.", complain) and _known(
        account, name, value, complain
    )


def _known(account: FakeAccount, name: str, value: int, complain: Complain) -> bool:
    tables: dict[str, Any] = {
        "responsible_user_id": account.users,
        "task_type_id": account.task_types,
        "pipeline_id": account.pipelines,
        "loss_reason_id": account.loss_reasons,
    }
    found = name not in tables or value in tables[name]
    return _demand(found, "NotSupportedChoice", name, "The value you selected is not a valid choice.", complain)


def _demand(fine: bool, code: str, path: str, detail: str, complain: Complain) -> bool:  # noqa: FBT001  what is asked
    if not fine:
        complain(code, path, detail)
    return fine


def _together(account: FakeAccount, entity: str, row: Row | None, columns: Row, complain: Complain) -> None:
    if entity == "tasks":
        _task(account, columns, complain)
    if entity == "leads" and columns.keys() & {"status_id", "pipeline_id"}:
        _stage(account, row, columns, complain)


def _task(account: FakeAccount, columns: Row, complain: Complain) -> None:
    if columns.get("text") == "":
        complain("NotBlank", "text", "This value should not be blank.")
    if ("entity_id" in columns) != ("entity_type" in columns):
        missing = "entity_type" if "entity_id" in columns else "entity_id"
        complain("FieldMissing", missing, "This field is missing.")
        return
    entity, id_ = columns.get("entity_type"), columns.get("entity_id")
    if id_ and entity in MAKERS and id_ not in account.table(entity):
        complain("NotSupportedChoice", "entity_id", "The entity is not there.")


def _stage(account: FakeAccount, row: Row | None, columns: Row, complain: Complain) -> None:
    default: int = row["pipeline_id"] if row else next(iter(account.pipelines))
    pipeline: int = columns.get("pipeline_id", default)
    stages = [one["id"] for one in account.pipelines[pipeline]["_embedded"]["statuses"] if one["type"] == 0]
    if "status_id" not in columns:
        columns["status_id"] = stages[0]
    elif columns["status_id"] not in stages:
        complain("NotSupportedChoice", "status_id", "The status does not belong to the pipeline.")
    columns["pipeline_id"] = pipeline


def _joined(account: FakeAccount, entity: str, row: Row | None, columns: Row, complain: Complain) -> None:
    if "custom_fields_values" in columns:
        before = (row or {}).get("custom_fields_values")
        sent = columns["custom_fields_values"]
        columns["custom_fields_values"] = field_values(account, entity, before, sent, complain)
    keys = {"_embedded", "tags_to_add", "tags_to_delete"}
    if columns.keys() & keys:
        embedded = dict((row or {}).get("_embedded", {"tags": []}))
        sent = {key: columns.pop(key) for key in keys & columns.keys()}
        embedded["tags"] = _tags(account, entity, embedded["tags"], sent, complain)
        columns["_embedded"] = embedded


def _tags(account: FakeAccount, entity: str, held: list[Row], sent: Row, complain: Complain) -> list[Row]:
    tags = list(held)
    if isinstance(sent.get("_embedded"), dict) and "tags" in sent["_embedded"]:
        tags = _find_tags(account, entity, sent["_embedded"]["tags"] or [], "_embedded.tags", complain)
    tags += _find_tags(account, entity, sent.get("tags_to_add") or [], "tags_to_add", complain)
    gone = {tag["id"] for tag in _find_tags(account, entity, sent.get("tags_to_delete") or [], "", None)}
    return list({tag["id"]: tag for tag in tags if tag["id"] not in gone}.values())


def _find_tags(account: FakeAccount, entity: str, sent: Any, path: str, complain: Complain | None) -> list[Row]:
    found = []
    for place, one in enumerate(sent if isinstance(sent, list) else [sent]):
        tag = _find_tag(account, entity, one if isinstance(one, dict) else {}, add=complain is not None)
        if tag:
            found.append(tag)
        elif complain:
            complain("NotSupportedChoice", f"{path}.{place}.id", "The tag is not there.")
    return found


def _find_tag(account: FakeAccount, entity: str, one: Row, *, add: bool) -> Row | None:
    if "id" in one:
        return account.tags.get((entity, one["id"]))
    known = (row for (kind, _), row in account.tags.items() if kind == entity and row["name"] == one.get("name"))
    name = one.get("name")
    return next(known, None) or (account.tag(entity, name) if add and isinstance(name, str) and name else None)
