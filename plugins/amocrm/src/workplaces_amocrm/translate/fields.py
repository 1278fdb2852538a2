"""Custom fields: what each of amoCRM's types declares, and how its values are read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from workplaces_amocrm.translate.rules import Rules
from workplaces_amocrm.translate.wire import Gathering, Raw, flag_of, id_of
from workplaces_core.model import Fields, FieldType, FieldValue
from workplaces_core.wire.forms import read_any_date, read_any_instant, read_integer, read_text

TYPES: dict[str, FieldType] = {
    "numeric": "number", "price": "number", "monetary": "number", "checkbox": "boolean",
    "select": "option", "radiobutton": "option", "category": "option", "multiselect": "options",
    "date": "date", "birthday": "date", "date_time": "datetime",
    "multitext": "texts", "items": "texts", "linked_entity": "texts", "chained_list": "texts", "file": "texts",
    "payer": "texts", "supplier": "texts", "legal_entity": "texts",
}  # fmt: skip
"""What fields are declared as; those that are not listed, unknown ones too, are texts."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_DECIMAL = re.compile(r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+-]?[0-9]{1,3})?")
_SECONDS = re.compile(r"-?[0-9]{1,12}")
_TEXTS_OF = ("name", "file_name", "description", "value", "title", "sku", "entity_id", "id", "file_uuid")
"""Where the readable part of an object stands, the best first."""


def type_of(amo_type: Any) -> FieldType:
    """Name the core's type for one of amoCRM's.

    >>> type_of("radiobutton"), type_of("smart_address"), type_of("brand_new")
    ('option', 'text', 'text')
    """
    return TYPES.get(amo_type, "text") if isinstance(amo_type, str) else "text"


def values_of(raw: Raw, rules: Rules, gathering: Gathering) -> Fields:
    """Read `custom_fields_values`; a value that cannot be read is noted and left out."""
    listed = raw.get("custom_fields_values")
    if listed is None:
        return {}
    if not isinstance(listed, list):
        gathering.note("custom_fields_values", listed, "must be a list, or null")
        return {}
    fields: Fields = {}
    for number, each in enumerate(listed):
        path = f"custom_fields_values[{number}]"
        if not isinstance(each, Mapping):
            gathering.note(path, each, "must be an object")
            continue
        name = gathering.value(f"{path}.field_id", each.get("field_id"), id_of)
        if name is not None:
            value = gathering.value(f"{path}.values", each.get("values"), _reader(each.get("field_type"), rules))
            if value is not None:
                fields[name] = value
    return fields


def _reader(amo_type: Any, rules: Rules) -> Callable[[Any], FieldValue | None]:
    def read(values: Any) -> FieldValue | None:
        if values is None:
            return None
        if not isinstance(values, list):
            raise ValueError("must be a list")  # noqa: TRY004 - all readers raise one kind of error
        elements = [element for element in values if not _is_missing(element)]
        return _value(amo_type, elements, rules) if elements else None

    return read


def _is_missing(element: Any) -> bool:
    return isinstance(element, Mapping) and "value" in element and element["value"] in (None, "")


def _value(amo_type: Any, elements: Sequence[Any], rules: Rules) -> FieldValue:
    match type_of(amo_type):
        case "number":
            return number_of(_content(elements[0]))
        case "boolean":
            return flag_of(_content(elements[0]))
        case "date":
            return date_of(_content(elements[0]), rules.zone_of_dates)
        case "datetime":
            return _instant(_content(elements[0]))
        case "options" | "texts":
            return tuple(readable(_content(element)) for element in elements)
        case "option":
            return readable(_content(elements[0]))
    # An address comes as several elements, and unknown types may; nothing of them is lost.
    return ", ".join(readable(_content(element)) for element in elements)


def _content(element: Any) -> Any:
    """Give the value of an element; a chained list has none, its element of the catalogue stands for it."""
    if not isinstance(element, Mapping):
        return element
    if "value" in element:
        return element["value"]
    return element.get("catalog_element_id", element)


def number_of(value: Any) -> int | float:
    """Read a number, or its text; a comma may be the decimal point.

    >>> number_of("1500"), number_of("1,5"), number_of(7)
    (1500, 1.5, 7)
    >>> number_of("1e999")
    Traceback (most recent call last):
    ValueError: must be a finite number
    """
    if isinstance(value, str):
        text = "".join(value.split())
        if _WHOLE.fullmatch(text):
            value = int(text)
        elif _DECIMAL.fullmatch(text):
            value = float(text.replace(",", "."))
    if isinstance(value, float) and not isinstance(value, bool):
        if math.isfinite(value):
            return value
        raise ValueError("must be a finite number")
    return read_integer(value)


def date_of(value: Any, zone: tzinfo) -> date:
    """Read a date: unix seconds of its midnight, also before 1970, or `YYYY-MM-DD`.

    >>> from zoneinfo import ZoneInfo
    >>> date_of(-275281200, ZoneInfo("Europe/Moscow"))
    datetime.date(1961, 4, 12)
    """
    if isinstance(value, str) and not _SECONDS.fullmatch(value) and "T" not in value:
        return read_any_date(value)
    try:
        return _instant(value).astimezone(zone).date()
    except OverflowError:
        raise ValueError("must be a date of the years 1 to 9999") from None


def _instant(value: Any) -> datetime:
    if isinstance(value, str) and _SECONDS.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return _EPOCH + timedelta(seconds=value)
        except OverflowError:
            raise ValueError("must be unix seconds of the years 1 to 9999") from None
    return read_any_instant(value)


def readable(value: Any) -> str:
    """Give the text that a person would read: of an object its name, of a list its parts.

    >>> readable({"name": "ООО «Ромашка»", "vat_id": "7701"}), readable(12235), readable(["a", "b"])
    ('ООО «Ромашка»', '12235', 'a, b')
    """
    match value:
        case str():
            return read_text(value)
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(number_of(value))
        case list():
            return ", ".join(readable(part) for part in value)
        case {**content}:
            found = next((content[name] for name in _TEXTS_OF if content.get(name) not in (None, "")), None)
            if found is not None:
                return readable(found)
    raise ValueError("must be a text, a number, or an object with a name")
