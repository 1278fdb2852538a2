"""The events feed: what changes say of themselves, kept as amoCRM shows it, and listed with its own filters."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from workplaces_amocrm.fake import paging
from workplaces_amocrm.fake.answers import Reply, problem
from workplaces_amocrm.fake.asking import Known, check, whole
from workplaces_amocrm.fake.query import values, words
from workplaces_amocrm.fake.shapes import SINGULAR, Row
from workplaces_amocrm.fake.world import Call, Refused, World

_KNOWN = Known(
    filters=frozenset({"created_at", "type", "entity", "entity_id", "created_by", "id", "value_before", "value_after"}),
    joins=frozenset({"contact_name", "lead_name", "company_name", "catalog_element_name", "customer_name"}),
    cap=100,
)


def record(world: World, rows: list[Row], *, by: int) -> None:
    """Keep what changes told."""
    for one in rows:
        number = len(world.account.events) + 1
        id_ = "01" + hashlib.sha256(f"{world.account.id} {number}".encode()).hexdigest()[:24]
        about = {"created_by": by, "created_at": world.clock.now(), "account_id": world.account.id}
        world.account.events[id_] = {"id": id_, **one, **about}


def told(entity: str, row: Row, type_: str, after: list[Row] | None = None, before: list[Row] | None = None) -> Row:
    """One event of an entity."""
    place = {"entity_id": row["id"], "entity_type": SINGULAR[entity]}
    return {"type": type_, **place, "value_after": after or [], "value_before": before or []}


def created(entity: str, row: Row) -> list[Row]:
    """Say that an entity was added, with the tags it came with."""
    tags = [tag["name"] for tag in row.get("_embedded", {}).get("tags", ())]
    name = SINGULAR[entity]
    added = told(entity, row, f"{name}_added", [{"note": {"id": row["id"]}}])
    return [added, *_tag_events(entity, row, set(tags), set())]


def deleted(entity: str, row: Row) -> list[Row]:
    """Say that an entity was deleted."""
    return [told(entity, row, f"{SINGULAR[entity]}_deleted")]


def restored(entity: str, row: Row) -> list[Row]:
    """Say that an entity was restored."""
    return [told(entity, row, f"{SINGULAR[entity]}_restored")]


def differences(world: World, entity: str, row: Row, before: Row) -> list[Row]:
    """Say what became different."""
    return [*_common(world, entity, row, before), *(_OF.get(entity, _nothing)(row, before))]


def _common(world: World, entity: str, row: Row, before: Row) -> Iterator[Row]:
    if "responsible_user_id" in before and (entity != "tasks" or world.settings.task_responsible_events):
        pair = (before["responsible_user_id"], row["responsible_user_id"])
        was, now = ([{"responsible_user": {"id": id_}}] for id_ in pair)
        yield told(entity, row, "entity_responsible_changed", now, was)
    if "name" in before:
        pair = (before["name"], row["name"])
        was, now = ([{"name_field_value": {"name": name}}] for name in pair)
        yield told(entity, row, "name_field_changed", now, was)
    if "_embedded" in before:
        was_tags, now_tags = ({tag["name"] for tag in one["_embedded"]["tags"]} for one in (before, row))
        yield from _tag_events(entity, row, now_tags, was_tags)
    if "custom_fields_values" in before:
        yield from _field_events(entity, row, before)


def _tag_events(entity: str, row: Row, now: set[str], was: set[str]) -> Iterator[Row]:
    for name in sorted(now - was):
        yield told(entity, row, "entity_tag_added", [{"tag": {"name": name}}])
    for name in sorted(was - now):
        yield told(entity, row, "entity_tag_deleted", [], [{"tag": {"name": name}}])


def _field_events(entity: str, row: Row, before: Row) -> Iterator[Row]:
    was, now = ({one["field_id"]: one for one in side["custom_fields_values"] or ()} for side in (before, row))
    for field in sorted(was.keys() | now.keys()):
        if was.get(field) != now.get(field):
            pair = [_field_value(field, side.get(field)) for side in (now, was)]
            yield told(entity, row, "custom_field_value_changed", *pair)


def _field_value(field: int, held: Row | None) -> list[Row]:
    type_ = {"field_id": field, "field_type": held["field_type"]} if held else {}
    return [
        {"custom_field_value": {**type_, "enum_id": one.get("enum_id"), "text": str(one.get("value", ""))}}
        for one in (held["values"] if held else ())
    ]


def _of_task(row: Row, before: Row) -> Iterator[Row]:
    if before.get("is_completed") is False:
        yield told("tasks", row, "task_completed")
    if "result" in before:
        text = row["result"]["text"] if row["result"] else ""
        yield told("tasks", row, "task_result_added", [{"task": {"text": text}}])
    for name, type_, key, inner in _TASK_CHANGES:
        if name in before:
            was, now = ([{key: {inner: side[name]}}] for side in (before, row))
            yield told("tasks", row, type_, now, was)


_TASK_CHANGES = (
    ("complete_till", "task_deadline_changed", "task_deadline", "timestamp"),
    ("text", "task_text_changed", "task", "text"),
    ("task_type_id", "task_type_changed", "task_type", "id"),
)


def _of_lead(row: Row, before: Row) -> Iterator[Row]:
    if before.keys() & {"status_id", "pipeline_id"}:
        was, now = ([{"lead_status": _stage({**row, **side})}] for side in (before, {}))
        yield told("leads", row, "lead_status_changed", now, was)
    if "price" in before:
        was, now = ([{"sale_field_value": {"sale": side["price"]}}] for side in (before, row))
        yield told("leads", row, "sale_field_changed", now, was)


def _stage(row: Row) -> Row:
    return {"id": row["status_id"], "pipeline_id": row["pipeline_id"]}


def _nothing(_row: Row, _before: Row) -> Iterator[Row]:
    return iter(())


_OF: dict[str, Callable[[Row, Row], Iterator[Row]]] = {"tasks": _of_task, "leads": _of_lead}


def listing(call: Call) -> Reply:
    """Answer with a page of the feed: at most 100, the newest first."""
    check(call, _KNOWN)
    filters = call.query.get("filter", {})
    rows = list(call.account.events.values())
    for ask in _questions(call, filters if isinstance(filters, dict) else {}):
        rows = [row for row in rows if ask(row)]
    if call.settings.events_newest_first:
        rows.reverse()
    return paging.answer(call, "events", rows, lambda row: _show(call, row), _KNOWN)


def one(call: Call, id_: str) -> Reply:
    """Answer with one event."""
    row = call.account.events.get(id_)
    return Reply(200, _show(call, row)) if row else Reply(204)


def _show(call: Call, row: Row) -> Row:
    many = next(many for many, single in SINGULAR.items() if single == row["entity_type"])
    entity = {"id": row["entity_id"], "_links": call.link(f"{many}/{row['entity_id']}")}
    return {**row, "_links": call.link(f"events/{row['id']}"), "_embedded": {"entity": entity}}


def _questions(call: Call, filters: dict[str, Any]) -> Iterator[Callable[[Row], bool]]:
    if "created_at" in filters:
        begin, end = _bounds(call, filters["created_at"])
        yield lambda row: begin <= row["created_at"] <= end
    for name, column in (("type", "type"), ("entity", "entity_type"), ("id", "id")):
        if name in filters:
            yield _among(column, frozenset(words(filters[name])))
    for name in ("entity_id", "created_by"):
        if name in filters:
            yield _among(name, _few(call, name, filters[name]))


def _among(column: str, wanted: frozenset[Any]) -> Callable[[Row], bool]:
    return lambda row: row[column] in wanted


def _bounds(call: Call, node: Any) -> tuple[float, float]:
    if isinstance(node, dict) and node.keys() & {"from", "to"}:
        pair = [node.get("from"), node.get("to")]
    else:
        pair = [*",".join(values(node)).split(","), None][:2]
    begin, end = (whole(call, side, "filter[created_at]") if side else None for side in pair)
    return float("-inf") if begin is None else begin, float("inf") if end is None else end


def _few(call: Call, name: str, node: Any) -> frozenset[int]:
    wanted = frozenset(whole(call, value, f"filter[{name}]") for value in words(node))
    if len(wanted) > 10:
        call.blame("too many values", f"filter[{name}] of {call.path}: {len(wanted)}, at most 10")
        raise Refused(problem(400, f"filter[{name}] takes at most 10 values"))
    if name == "entity_id" and len(list(words(call.query["filter"].get("entity")))) != 1:
        call.blame("entity_id without entity", call.path)
        raise Refused(problem(400, "filter[entity_id] needs one filter[entity]"))
    return wanted
