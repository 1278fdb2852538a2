"""Values of custom fields as they are written, turned into what amoCRM shows of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from workplaces_amocrm.fake.account import FakeAccount
from workplaces_amocrm.fake.shapes import Row

_CHOICES = {"select", "multiselect", "radiobutton", "category"}
_MOMENTS = {"date", "date_time", "birthday"}
_NUMBERS = {"numeric", "price", "monetary"}
_ADDRESS = ("address_line_1", "address_line_2", "city", "state", "zip", "country")

Complain = Callable[[str, str, str], None]


def field_values(
    account: FakeAccount, entity: str, held: list[Row] | None, sent: Any, complain: Complain
) -> list[Row] | None:
    """Lay what was sent over what is held; a field with no values goes away, and none at all is null."""
    merged = {one["field_id"]: one for one in held or ()}
    for place, one in enumerate(sent or ()):
        path = f"custom_fields_values.{place}"
        field = _field(account, entity, one if isinstance(one, dict) else {})
        if field is None:
            complain("NotSupportedChoice", f"{path}.field_id", "The value you selected is not a valid choice.")
            continue
        merged.pop(field["id"], None)
        values = [_value(field, value, f"{path}.values.{n}", complain) for n, value in enumerate(one["values"] or ())]
        if values:
            merged[field["id"]] = show(field, values)
    return list(merged.values()) or None


def show(field: Row, values: list[Row]) -> Row:
    """One entry of `custom_fields_values`."""
    about = {"field_id": field["id"], "field_name": field["name"], "field_code": field["code"]}
    return {**about, "field_type": field["type"], "values": values}


def _field(account: FakeAccount, entity: str, one: Row) -> Row | None:
    if one.get("field_id") is not None:
        return account.custom_fields.get((entity, one["field_id"]))
    code = one.get("field_code")
    rows = (row for (kind, _), row in account.custom_fields.items() if kind == entity)
    return next((row for row in rows if code and row["code"] == code), None)


def _value(field: Row, sent: Any, path: str, complain: Complain) -> Row:
    type_ = field["type"]
    if not isinstance(sent, dict) or ("value" not in sent and type_ not in _CHOICES | {"chained_list", "multitext"}):
        complain("FieldMissing", f"{path}.value", "This field is missing.")
        return {}
    if type_ in _CHOICES:
        return _choice(field, sent, path, complain)
    if type_ in _NUMBERS:
        return {"value": str(sent["value"])}
    if type_ in _MOMENTS:
        return {"value": _moment(sent["value"], path, complain)}
    if type_ == "checkbox":
        return {"value": bool(sent["value"])}
    return _other(field, sent)


def _choice(field: Row, sent: Row, path: str, complain: Complain) -> Row:
    for choice in field["enums"] or ():
        asked = {("enum_id", choice["id"]), ("value", choice["value"]), ("enum_code", choice["code"])}
        if any((name, sent.get(name)) in asked for name in ("enum_id", "value", "enum_code") if sent.get(name)):
            return {"value": choice["value"], "enum_id": choice["id"], "enum_code": choice["code"]}
    complain("NotSupportedChoice", f"{path}.value", "The value you selected is not a valid choice.")
    return {}


def _moment(value: Any, path: str, complain: Complain) -> int:
    if isinstance(value, str) and not value.lstrip("-").isdecimal():
        try:
            return int(datetime.fromisoformat(value).timestamp())
        except ValueError:
            complain("InvalidDateTimeFormat", f"{path}.value", "This value is not a valid datetime.")
            return 0
    return int(value)


def _other(field: Row, sent: Row) -> Row:
    if field["type"] == "smart_address":
        number = sent.get("enum_id") or _ADDRESS.index(sent.get("enum_code", _ADDRESS[0])) + 1
        return {"value": sent["value"], "enum_id": number, "enum_code": _ADDRESS[number - 1]}
    if field["type"] == "multitext":
        work = next(iter(field["enums"] or ()), {"id": None, "value": "WORK"})
        named = next((one for one in field["enums"] or () if one["value"] == sent.get("enum_code")), None)
        numbered = next((one for one in field["enums"] or () if one["id"] == sent.get("enum_id")), None)
        enum = named or numbered or work
        return {"value": sent.get("value", ""), "enum_id": enum["id"], "enum_code": enum["value"]}
    if field["type"] == "chained_list":
        return {key: sent[key] for key in ("catalog_id", "catalog_element_id") if key in sent}
    return {"value": sent["value"]}
