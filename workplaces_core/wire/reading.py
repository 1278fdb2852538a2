"""From JSON values to the model: a cattrs converter whose every hook says what is wrong, and where."""

from __future__ import annotations

import functools
from datetime import date, datetime
from typing import Any, Literal, TypeVar, cast, get_args, get_origin

import attrs
from cattrs import AttributeValidationNote, ClassValidationError, Converter
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, override

from workplaces_core.changes import CLASSES, KINDS, Change, Remove, Set
from workplaces_core.errors import Problem
from workplaces_core.model import Fields, Id, Snapshot, ZoneName
from workplaces_core.policy import CommonQueue, Condition, Interval, OrderKey, Policy, Role, RuleSet
from workplaces_core.wire import forms
from workplaces_core.wire.conditions import read_condition, read_order_key
from workplaces_core.wire.json_text import key_problems, repeated_keys
from workplaces_core.wire.refusals import Refused, as_path, at, gather, key_step, reject_unless
from workplaces_core.wire.special import (
    Hook,
    interval_problems,
    read_boolean,
    read_fields,
    read_items,
    read_zone,
    role_problems,
    special_hooks,
    value_hook,
)

T = TypeVar("T")
_RENAMED: dict[type, dict[str, str]] = {Interval: {"starts_on": "from"}, CommonQueue: {"pool": "from"}}
_TOGETHER = {Interval: interval_problems, Role: role_problems}


def read_document(obj: Any, cls: type[T], form: str, rules: RuleSet | None) -> T:
    """Read a whole document of a form, or raise Refused."""
    reject_unless(isinstance(obj, dict), obj, "must be an object, a JSON text or a path")
    problems = repeated_keys(obj)
    if "format" not in obj:
        problems.append(Problem("format", None, f"is required, it must be `{form}`"))
    elif obj["format"] != form:
        problems.append(Problem("format", obj["format"], f"must be `{form}`"))
    converter = _converter() if rules is None else _make_converter(rules)
    content = {name: value for name, value in obj.items() if name != "format"}
    document = gather(problems, lambda: converter.structure(content, cls))
    if problems:
        raise Refused(problems)
    return cast("T", document)


def read_value(obj: Any, cls: type[T]) -> T:
    """Read a value of any attrs class, or raise Refused."""
    problems = repeated_keys(obj)
    value = gather(problems, lambda: _converter().structure(obj, cls))
    if problems:
        raise Refused(problems)
    return cast("T", value)


def read_changes(objs: list[Any]) -> list[Change]:
    """Read changes, or raise Refused with all that is wrong with any of them."""
    problems: list[Problem] = []
    changes = [gather(problems, functools.partial(_change, raw), f"[{number}]") for number, raw in enumerate(objs)]
    if problems:
        raise Refused(problems)
    return changes


def _change(raw: Any) -> Change:
    reject_unless(isinstance(raw, dict), raw, "must be an object with op, kind, and value or id")
    op, kind = raw.get("op"), raw.get("kind")
    last = "id" if op == "remove" else "value"
    problems = key_problems(raw, ("op", "kind", last), required=("op", "kind", last))
    if "op" in raw and op not in ("set", "remove"):
        problems.append(Problem("op", op, "must be set or remove"))
    known = isinstance(kind, str) and kind in KINDS
    if "kind" in raw and not known:
        problems.append(Problem("kind", kind, f"must be one of {', '.join(KINDS)}"))
    if op == "remove" and kind == "account":
        problems.append(Problem("kind", kind, "cannot be removed, it can only be set"))
    read: Any = None
    if last in raw and last == "id":
        read = gather(problems, lambda: at("id", forms.read_id, raw["id"]))
    elif last in raw and known:
        read = gather(problems, lambda: _converter().structure(raw["value"], CLASSES[kind]), "value")
    if problems:
        raise Refused(problems)
    return Remove(kind, read) if last == "id" else Set(kind, read)


@functools.cache
def _converter() -> Converter:
    return _make_converter(RuleSet())


def _make_converter(rules: RuleSet) -> Converter:
    converter = Converter(detailed_validation=True, forbid_extra_keys=True)
    converter.register_structure_hook_factory(attrs.has, functools.partial(_class_hook, converter=converter))
    converter.register_structure_hook_factory(_is_list, functools.partial(_list_hook, converter=converter))
    converter.register_structure_hook_factory(_is_literal, _literal_hook)
    for kind, read in (
        (str, forms.read_text),
        (bool, read_boolean),
        (int, forms.read_integer),
        (datetime, forms.read_instant),
        (date, forms.read_date),
    ):
        converter.register_structure_hook(kind, value_hook(cast("Any", read)))
    hooks: list[tuple[Any, Hook]] = [
        (Id, value_hook(forms.read_id)),
        (ZoneName, value_hook(read_zone)),
        (Fields, lambda value, _: read_fields(value)),
        (Condition | None, lambda value, _: None if value is None else read_condition(value, rules.ops)),
    ]
    for alias, hook in hooks:
        converter.register_structure_hook_func(functools.partial(_is_same, alias), hook)
    converter.register_structure_hook(OrderKey, lambda value, _: read_order_key(value, rules.order))
    return converter


def _is_same(alias: Any, asked: Any) -> bool:
    return bool(asked == alias)


def _is_list(asked: Any) -> bool:
    return get_origin(asked) is tuple


def _is_literal(asked: Any) -> bool:
    return get_origin(asked) is cast("Any", Literal)


def _literal_hook(asked: Any) -> Hook:
    allowed = get_args(asked)

    def hook(value: Any, _: Any) -> Any:
        reject_unless(isinstance(value, str) and value in allowed, value, f"must be one of {', '.join(allowed)}")
        return value

    return hook


def _list_hook(asked: Any, converter: Converter) -> Hook:
    item = get_args(asked)[0]
    return lambda value, _: tuple(read_items(value, item, converter))


def _class_hook(cls: type, converter: Converter) -> Hook:
    attrs.resolve_types(cls)
    renamed, special = _RENAMED.get(cls, {}), special_hooks(cls, converter)
    overrides: Any = {
        name: override(rename=renamed.get(name), struct_hook=special.get(name)) for name in {*renamed, *special}
    }
    generated: Hook = make_dict_structure_fn(
        cls, converter, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True, **overrides
    )

    def hook(value: Any, _: Any) -> Any:
        reject_unless(isinstance(value, dict), value, "must be an object")
        problems, structured = repeated_keys(value), None
        try:
            structured = generated(value, cls)
        except ClassValidationError as error:
            problems += [problem for each in error.exceptions for problem in _problems_of(each, value, cls)]
        if cls in _TOGETHER:
            problems += _TOGETHER[cls](value)
        if problems:
            raise Refused(problems)
        return structured

    return hook


def _problems_of(error: BaseException, raw: dict[str, Any], cls: type) -> list[Problem]:
    """Put what cattrs collected, for one attribute or for the keys of the object, into problems."""
    renamed = _RENAMED.get(cls, {})
    if isinstance(error, ForbiddenExtraKeysError):
        known = tuple(renamed.get(a.name, a.name) for a in attrs.fields(cast("Any", cls)))
        return key_problems(dict(raw), (*known, "format") if cls in (Policy, Snapshot) else known)
    notes = [note for note in getattr(error, "__notes__", ()) if isinstance(note, AttributeValidationNote)]
    name = renamed.get(notes[0].name, notes[0].name) if notes else ""
    if isinstance(error, Refused):
        return [attrs.evolve(problem, path=as_path(name, problem.path)) for problem in error.problems]
    if isinstance(error, KeyError) and name:
        return [Problem(name, None, "is required")]
    return [Problem(key_step(name) if name else "", None, str(error))]
