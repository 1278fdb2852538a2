"""Rows as an answer shows them: with links, and with what the call asked to join in."""

from __future__ import annotations

from workplaces_amocrm.fake.shapes import Row
from workplaces_amocrm.fake.world import Call

_TEXT_IF_STRICT = {"numeric", "price", "monetary"}


def task(call: Call, row: Row, _: frozenset[str]) -> Row:
    """Show a task; what an entity-less one has in place of an entity is a setting."""
    shown = {**row, "_links": call.link(f"tasks/{row['id']}")}
    if not row["entity_id"]:
        shown["entity_id"], shown["entity_type"] = call.settings.entityless
    return shown


def lead(call: Call, row: Row, wanted: frozenset[str]) -> Row:
    """Show a deal: contacts, loss reason and catalogue elements only when asked for."""
    place = ("leads", row["id"])
    embedded = {**row["_embedded"], "companies": _linked(call, place, "companies")}
    if "contacts" in wanted:
        embedded["contacts"] = _linked(call, place, "contacts")
    if "loss_reason" in wanted:
        reason = call.account.loss_reasons.get(row["loss_reason_id"])
        embedded["loss_reason"] = [_with_link(call, "leads/loss_reasons", reason)] if reason else []
    if "catalog_elements" in wanted:
        embedded["catalog_elements"] = []
    shown = {**row, "_links": call.link(f"leads/{row['id']}"), "_embedded": embedded}
    if "is_price_modified_by_robot" in wanted:
        shown["is_price_modified_by_robot"] = False
    return _numbers(call, shown)


def contact(call: Call, row: Row, wanted: frozenset[str]) -> Row:
    """Show a person, with his company."""
    return _person(call, row, wanted, "contacts", ("companies",))


def company(call: Call, row: Row, wanted: frozenset[str]) -> Row:
    """Show a company."""
    return _person(call, row, wanted, "companies", ())


def _person(call: Call, row: Row, wanted: frozenset[str], entity: str, always: tuple[str, ...]) -> Row:
    place = (entity, row["id"])
    lists = [*always, *(kind for kind in ("leads", "contacts") if kind in wanted)]
    embedded = {**row["_embedded"], **{kind: _linked(call, place, kind) for kind in lists}}
    embedded |= {kind: [] for kind in ("customers", "catalog_elements") if kind in wanted}
    return _numbers(call, {**row, "_links": call.link(f"{entity}/{row['id']}"), "_embedded": embedded})


def _linked(call: Call, place: tuple[str, int], entity: str) -> list[Row]:
    shown = []
    for id_, about in call.account.linked(place, entity):
        main = {"is_main": bool(about and about["main_contact"])} if (place[0], entity) == ("leads", "contacts") else {}
        shown.append({"id": id_, **main, "_links": call.link(f"{entity}/{id_}")})
    return shown


def _with_link(call: Call, path: str, row: Row) -> Row:
    return {**row, "_links": call.link(f"{path}/{row['id']}")}


def _numbers(call: Call, row: Row) -> Row:
    if call.settings.numbers_as_text or not row["custom_fields_values"]:
        return row
    return {**row, "custom_fields_values": [_as_number(field) for field in row["custom_fields_values"]]}


def _as_number(field: Row) -> Row:
    if field["field_type"] not in _TEXT_IF_STRICT:
        return field
    return {**field, "values": [{**one, "value": float(one["value"])} for one in field["values"]]}


SHOWN = {"tasks": task, "leads": lead, "contacts": contact, "companies": company}
