"""From the model to JSON values: a cattrs converter with sorted lists, so that the same model gives the same bytes."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn, override

from workplaces_core.answers import Code, Desk, Explanation, Finding, NextRole
from workplaces_core.changes import Remove, Set
from workplaces_core.model import Company, Contact, Deal, Snapshot
from workplaces_core.policy import WEEKDAYS, All, AnyOf, CommonQueue, Interval, Leaf, Not, OrderKey, Policy
from workplaces_core.wire import forms
from workplaces_core.wire.conditions import condition_form, order_key_form

if TYPE_CHECKING:
    from collections.abc import Callable

_FORMATS: dict[type, str] = {
    Policy: "workplaces/policy/1",
    Snapshot: "workplaces/snapshot/1",
    Desk: "workplaces/desk/1",
    Explanation: "workplaces/explain/1",
}


def _document(cls: type, converter: Converter) -> Any:
    write: Callable[[Any], dict[str, Any]] = make_dict_unstructure_fn(cls, converter)
    return lambda value: {"format": _FORMATS[cls], **write(value)}


def _snapshot_form(snapshot: Snapshot, converter: Converter) -> dict[str, Any]:
    form = {"format": _FORMATS[Snapshot], "account": converter.unstructure(snapshot.account)}
    for attribute in attrs.fields(Snapshot):
        if attribute.name != "account":
            collection = getattr(snapshot, attribute.name)
            form[attribute.name] = [converter.unstructure(collection[key]) for key in sorted(collection)]
    return form


def _interval_form(interval: Interval) -> dict[str, Any]:
    form: dict[str, Any] = {"id": interval.id}
    if interval.days is not None:
        form["days"] = [WEEKDAYS[day] for day in interval.days]
    if interval.rrule is not None and interval.starts_on is not None:
        form |= {"rrule": interval.rrule, "from": forms.moment_text(interval.starts_on)}
    return form | {"start": forms.wall_time_text(interval.start), "end": forms.wall_time_text(interval.end)}


def _common_queue_form(queue: CommonQueue, converter: Converter) -> dict[str, Any]:
    pool = queue.pool if isinstance(queue.pool, str) else converter.unstructure(queue.pool)
    return {"from": pool, "transfer_linked": queue.transfer_linked}


def _fields_form(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: forms.field_value_form(value) for name, value in fields.items()}


def _code_form(code: Code) -> dict[str, Any]:
    return {"code": code.code, **code.details}


def _finding_form(finding: Finding) -> dict[str, Any]:
    form = {name: getattr(finding, name) for name in ("code", "path", "severity", "message")}
    return form | finding.details


def _make_converter() -> Converter:
    converter = Converter()
    converter.register_unstructure_hook(Code, _code_form)
    converter.register_unstructure_hook(Finding, _finding_form)
    for kind in (date, datetime):
        converter.register_unstructure_hook(kind, forms.moment_text)
    for node in (Leaf, All, AnyOf, Not):
        converter.register_unstructure_hook(node, condition_form)
    converter.register_unstructure_hook(OrderKey, order_key_form)
    converter.register_unstructure_hook(Interval, _interval_form)
    converter.register_unstructure_hook(CommonQueue, lambda queue: _common_queue_form(queue, converter))
    converter.register_unstructure_hook(Snapshot, lambda snapshot: _snapshot_form(snapshot, converter))
    converter.register_unstructure_hook(
        Set, lambda change: {"op": "set", "kind": change.kind, "value": converter.unstructure(change.value)}
    )
    converter.register_unstructure_hook(Remove, lambda change: {"op": "remove", "kind": change.kind, "id": change.id})
    converter.register_unstructure_hook(
        NextRole, make_dict_unstructure_fn(NextRole, converter, starts=override(rename="from"))
    )
    for entity in (Deal, Contact, Company):
        attrs.resolve_types(entity)
        fields = override(unstruct_hook=_fields_form)
        converter.register_unstructure_hook(entity, make_dict_unstructure_fn(entity, converter, fields=fields))
    for cls in (Policy, Desk, Explanation):
        attrs.resolve_types(cls)
        converter.register_unstructure_hook(cls, _document(cls, converter))
    return converter


CONVERTER = _make_converter()
