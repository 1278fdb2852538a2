"""From JSON values to the model: a cattrs converter whose every hook says what is wrong, and where."""

from __future__ import annotations

import functools
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin
from zoneinfo import ZoneInfo

import attrs
from cattrs import AttributeValidationNote, ClassValidationError, Converter
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, override

from workplaces_core import recurrence
from workplaces_core.changes import CLASSES, KINDS, Change, Remove, Set
from workplaces_core.errors import Problem
from workplaces_core.model import Fields, FieldValue, Id, Snapshot
from workplaces_core.policy import (
    DAY_MINUTES,
    WEEKDAYS,
    CommonQueue,
    Condition,
    ExactTime,
    Interval,
    Members,
    OrderKey,
    Policy,
    Priority,
    Role,
    RuleSet,
)
from workplaces_core.wire import forms
from workplaces_core.wire.conditions import read_condition, read_order_key
from workplaces_core.wire.refusals import Refused, as_path, at, gather, key_step, reject_unless

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Hook = Callable[[Any, Any], Any] if TYPE_CHECKING else Any

# Machine-dependent names that some systems put beside the zones of the IANA database.
_NOT_ZONES = ("localtime", "posixrules", "posix/", "right/")
_RENAMED: dict[type, dict[str, str]] = {Interval: {"starts_on": "from"}, CommonQueue: {"pool": "from"}}


class RepeatedKeys(dict[str, Any]):
    """A JSON object in which some keys stood twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        """Keep the last value of each key, and the names that were repeated."""
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.repeated = sorted({name for name in names if names.count(name) > 1})


def object_of_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, noting keys that stand twice."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else RepeatedKeys(pairs)


def bounded_int(text: str) -> int:
    """Read an integer; of one too long to be admitted only the beginning, which is refused as well."""
    return int(text[:30])


def read_document(obj: Any, cls: type[T], form: str, rules: RuleSet | None) -> T:
    """Read a whole document of a form, or raise Refused."""
    reject_unless(isinstance(obj, dict), obj, "must be an object, a JSON text or a path")
    problems: list[Problem] = []
    if "format" not in obj:
        problems.append(Problem("format", None, f"is required, it must be `{form}`"))
    elif obj["format"] != form:
        problems.append(Problem("format", obj["format"], f"must be `{form}`"))
    converter = _converter() if rules is None else _make_converter(rules)
    document: T | None = gather(problems, lambda: converter.structure(_without_format(obj), cls))
    if problems or document is None:
        raise Refused(problems)
    return document


def _without_format(obj: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(obj, RepeatedKeys):
        return {name: value for name, value in obj.items() if name != "format"}
    obj = RepeatedKeys(list(obj.items())) if not obj.repeated else obj
    obj.pop("format", None)
    return obj


def read_changes(objs: list[Any]) -> list[Change]:
    """Read changes, or raise Refused with all that is wrong with any of them."""
    problems: list[Problem] = []
    changes = [gather(problems, functools.partial(_change, raw), f"[{number}]") for number, raw in enumerate(objs)]
    if problems:
        raise Refused(problems)
    return changes


def _change(raw: Any) -> Change:
    reject_unless(isinstance(raw, dict), raw, "must be an object with op, kind, and value or id")
    problems: list[Problem] = []
    op, kind = raw.get("op"), raw.get("kind")
    if op not in ("set", "remove"):
        problems.append(Problem("op", op, "must be `set` or `remove`"))
    if kind not in KINDS:
        problems.append(Problem("kind", kind, f"must be one of {', '.join(KINDS)}"))
    elif op == "remove" and kind == "account":
        problems.append(Problem("kind", kind, "cannot be removed, it can only be set"))
    last = "id" if op == "remove" else "value"
    problems += _key_problems(raw, ("op", "kind", last))
    if last not in raw:
        problems.append(Problem(last, None, "is required"))
    elif last == "id":
        gather(problems, lambda: at("id", forms.read_id, raw["id"]))
    elif kind in KINDS:
        value = gather(problems, lambda: _converter().structure(raw["value"], CLASSES[kind]), "value")
    if problems:
        raise Refused(problems)
    return Remove(kind, raw["id"]) if last == "id" else Set(kind, value)


def _key_problems(raw: dict[str, Any], known: tuple[str, ...]) -> list[Problem]:
    problems = [Problem(key_step(name), raw[name], "is given twice") for name in getattr(raw, "repeated", ())]
    unknown = [name for name in raw if name not in known]
    allowed = f"is not a known key, allowed are {', '.join(sorted(known))}"
    return problems + [Problem(key_step(name), raw[name], allowed) for name in unknown]


@functools.cache
def _converter() -> Converter:
    return _make_converter(RuleSet())


def _make_converter(rules: RuleSet) -> Converter:
    converter = Converter(detailed_validation=True, forbid_extra_keys=True)
    converter.register_structure_hook_factory(attrs.has, functools.partial(_class_hook, converter=converter))
    converter.register_structure_hook_factory(_is_list, functools.partial(_list_hook, converter=converter))
    converter.register_structure_hook_factory(lambda t: get_origin(t) is Literal, _literal_hook)
    for kind, read in {
        str: forms.read_text, bool: _boolean, int: forms.read_integer, datetime: forms.read_instant, date: forms.read_date
    }.items():  # fmt: skip
        converter.register_structure_hook(kind, _leaf_hook(read))
    by_alias: dict[Any, Callable[[Any], Any]] = {Id: forms.read_id, _ZONE: _zone, Fields: _fields}
    for alias, read in by_alias.items():
        converter.register_structure_hook_func(functools.partial(_same, alias), _leaf_hook(read))
    converter.register_structure_hook_func(
        functools.partial(_same, Condition | None),
        lambda value, _: None if value is None else read_condition(value, rules.ops),
    )
    converter.register_structure_hook(OrderKey, lambda value, _: read_order_key(value, rules.order))
    return converter


def _same(alias: Any, asked: Any) -> bool:
    return bool(asked == alias)


_ZONE = attrs.fields(attrs.resolve_types(Role)).timezone.type.__args__[0]


def _is_list(asked: Any) -> bool:
    return get_origin(asked) is tuple


def _leaf_hook(read: Callable[[Any], Any]) -> Hook:
    def hook(value: Any, _: Any) -> Any:
        try:
            return read(value)
        except ValueError as error:
            raise Refused([Problem("", value, str(error))]) from None

    return hook


def _literal_hook(asked: Any) -> Hook:
    allowed = get_args(asked)
    rule = f"must be one of {', '.join(allowed)}"
    return lambda value, _: value if reject_unless(isinstance(value, str) and value in allowed, value, rule) else None


def _list_hook(asked: Any, converter: Converter) -> Hook:
    item = get_args(asked)[0]
    return lambda value, _: tuple(_items(value, item, converter))


def _items(value: Any, item: Any, converter: Converter) -> list[Any]:
    reject_unless(isinstance(value, list), value, "must be a list")
    read, problems = converter.get_structure_hook(item), list[Problem]()
    items = [gather(problems, functools.partial(read, raw, item), f"[{n}]") for n, raw in enumerate(value)]
    if problems:
        raise Refused(problems)
    return items


def _unique(item: Any, converter: Converter, *keys: str) -> Hook:
    """Give a hook for a list of entities whose keys, taken together, must not stand twice."""

    def hook(value: Any, _: Any) -> list[Any]:
        problems: list[Problem] = []
        items: list[Any] = gather(problems, lambda: _items(value, item, converter))
        seen: set[tuple[Any, ...]] = set()
        for number, raw in enumerate(value if isinstance(value, list) else ()):
            key = tuple(raw.get(name) for name in keys) if isinstance(raw, dict) else ()
            if key and all(isinstance(part, str) for part in key):
                if key in seen:
                    problems.append(Problem(f"[{number}].{keys[-1]}", raw[keys[-1]], "is there already, it must be unique"))
                seen.add(key)
        if problems:
            raise Refused(problems)
        return items

    return hook


def _class_hook(cls: type, converter: Converter) -> Hook:
    attrs.resolve_types(cls)
    renamed = _RENAMED.get(cls, {})
    special = _special(cls, converter)
    overrides = {
        name: override(rename=renamed.get(name), struct_hook=special.get(name)) for name in {*renamed, *special}
    }
    generated = make_dict_structure_fn(
        cls, converter, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True, **overrides
    )
    names = tuple(renamed.get(a.name, a.name) for a in attrs.fields(cls))
    after = {Interval: _interval_problems, Role: _role_problems}.get(cls)

    def hook(value: Any, _: Any) -> Any:
        reject_unless(isinstance(value, dict), value, "must be an object")
        problems = [] if type(value) is dict else _key_problems(value, tuple(value))
        structured = None
        try:
            structured = generated(value, cls)
        except ClassValidationError as error:
            problems += [p for each in error.exceptions for p in _problems_of(each, value, renamed, names)]
        if after is not None:
            problems += after(value)
        if problems:
            raise Refused(problems)
        return structured

    return hook


def _problems_of(error: BaseException, raw: dict[str, Any], renamed: dict[str, str], names: tuple[str, ...]) -> list[Problem]:
    """Put what cattrs collected for one attribute, or for the whole object, into problems."""
    if isinstance(error, ForbiddenExtraKeysError):
        shown = (*names, "format") if "version" in names or "account" in names else names
        allowed = f"is not a known key, allowed are {', '.join(sorted(shown))}"
        return [Problem(key_step(name), raw[name], allowed) for name in raw if name in error.extra_fields]
    notes = [note for note in getattr(error, "__notes__", ()) if isinstance(note, AttributeValidationNote)]
    name = renamed.get(notes[0].name, notes[0].name) if notes else ""
    if isinstance(error, Refused):
        return [attrs.evolve(problem, path=as_path(name, problem.path)) for problem in error.problems]
    if isinstance(error, KeyError) and name:
        return [Problem(name, None, "is required")]
    return [Problem(name, None, str(error))]


def _special(cls: type, converter: Converter) -> dict[str, Hook]:
    """Give the hooks of attributes whose rule their type does not tell."""
    hooks: dict[str, Hook] = {}
    if cls is Snapshot:
        keys = {"fields": ("entity", "id"), "leases": ("task",), "skips": ("user", "task")}
        for attribute in attrs.fields(cls):
            if attribute.name != "account":
                item = get_args(attribute.type)[1]
                hooks[attribute.name] = _unique(item, converter, *keys.get(attribute.name, ("id",)))
    elif cls is CLASSES["task"]:
        hooks["due"] = _leaf_hook(forms.read_due)
    elif cls is Policy:
        hooks["version"] = _leaf_hook(functools.partial(forms.read_integer, low=1))
        hooks["roles"] = _unique(Role, converter, "id")
    elif cls is Role:
        hooks["intervals"] = _unique(Interval, converter, "id")
        hooks["priorities"] = _unique(Priority, converter, "id")
    elif cls is ExactTime:
        hooks["lead_minutes"] = _leaf_hook(functools.partial(forms.read_integer, low=0, high=DAY_MINUTES))
    elif cls is CommonQueue:
        hooks["pool"] = lambda value, _: value if value in ("anyone", "members") else _pool(value, converter)
    elif cls is Interval:
        # `days`, `rrule` and `from` are absent or not null, so their hooks do not let a null through.
        hooks["start"] = _leaf_hook(functools.partial(forms.read_wall_time, low=0, high=DAY_MINUTES - 1))
        hooks["end"] = _leaf_hook(functools.partial(forms.read_wall_time, low=1, high=DAY_MINUTES))
        hooks["days"] = lambda value, _: tuple(sorted(set(_items(value, _Weekday, converter))))
        hooks["rrule"] = _leaf_hook(_rrule)
        hooks["starts_on"] = _leaf_hook(forms.read_date)
        converter.register_structure_hook_func(functools.partial(_same, _Weekday), _leaf_hook(_weekday))
    return hooks


def _pool(value: Any, converter: Converter) -> Any:
    reject_unless(isinstance(value, dict), value, "must be `anyone`, `members` or an object with users and groups")
    return converter.structure(value, Members)


class _Weekday:
    """Stands for a day of the week where a type is asked for."""


def _weekday(value: Any) -> int:
    if isinstance(value, str) and value in WEEKDAYS:
        return WEEKDAYS.index(value)
    msg = f"must be one of {', '.join(WEEKDAYS)}"
    raise ValueError(msg)


def _rrule(value: Any) -> str:
    try:
        recurrence.parse(forms.read_text(value))
    except ValueError as error:
        msg = f"must be a recurrence rule: {error}"
        raise ValueError(msg) from None
    return str(value)


def _interval_problems(raw: dict[str, Any]) -> list[Problem]:
    """Check what several keys of an interval say together."""
    problems = []
    if "days" in raw and ("rrule" in raw or "from" in raw):
        problems.append(Problem("", sorted(raw), "must have either days, or rrule and from"))
    elif "days" not in raw and "rrule" not in raw and "from" not in raw:
        problems.append(Problem("", sorted(raw), "must have either days, or rrule and from"))
    elif "days" not in raw:
        problems += [Problem(name, None, "is required") for name in ("rrule", "from") if name not in raw]
    if isinstance(raw.get("start"), str) and raw["start"] == raw.get("end"):
        problems.append(Problem("end", raw["end"], "must differ from start"))
    return problems


def _role_problems(raw: dict[str, Any]) -> list[Problem]:
    """Check that the priorities of a role name intervals that it has."""
    intervals = [each.get("id") for each in _listed(raw, "intervals")]
    return [
        Problem(f"priorities[{n}].intervals[{m}]", name, "must be an interval of the role")
        for n, priority in enumerate(raw.get("priorities") if isinstance(raw.get("priorities"), list) else ())
        if isinstance(priority, dict) and isinstance(priority.get("intervals"), list)
        for m, name in enumerate(priority["intervals"])
        if isinstance(name, str) and name not in intervals
    ]


def _listed(raw: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = raw.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    msg = "must be true or false"
    raise ValueError(msg)


def _zone(value: Any) -> str:
    name = forms.read_text(value)
    try:
        if name and not name.startswith(_NOT_ZONES):
            return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        pass
    msg = "must be a time zone of the IANA database, such as Europe/Moscow"
    raise ValueError(msg)


def _fields(value: Any) -> dict[str, FieldValue | None]:
    reject_unless(isinstance(value, dict), value, "must be an object of field ids and values")
    problems = _key_problems(value, tuple(value)) if isinstance(value, RepeatedKeys) else []
    read = {}
    for name, raw in value.items():
        step = key_step(name)
        gather(problems, functools.partial(at, step, forms.read_id, name))
        if isinstance(raw, list):
            read[name] = gather(problems, functools.partial(forms.read_texts, raw), step)
        else:
            read[name] = gather(problems, functools.partial(at, "", forms.read_field_value, raw), step)
    if problems:
        raise Refused(problems)
    return read
