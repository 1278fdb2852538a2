"""Reading what a type alone does not tell: unique lists, intervals, zones, recurrences, pools."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args
from zoneinfo import ZoneInfo

import attrs

from workplaces_core import recurrence
from workplaces_core.errors import Problem
from workplaces_core.model import FieldValue, Snapshot, Task
from workplaces_core.policy import (
    DAY_MINUTES,
    WEEKDAYS,
    CommonQueue,
    ExactTime,
    Interval,
    Members,
    Policy,
    Priority,
    Role,
)
from workplaces_core.wire import forms
from workplaces_core.wire.json_text import repeated_keys
from workplaces_core.wire.refusals import Refused, at, gather, key_step, reject_unless

if TYPE_CHECKING:
    from cattrs import Converter

Hook = Callable[[Any, Any], Any]

# Machine-dependent names that some systems put beside the zones of the IANA database.
_NOT_ZONES = ("localtime", "posixrules", "posix/", "right/")
_UNIQUE_BY = {"fields": ("entity", "id"), "leases": ("task",), "skips": ("user", "task")}


def value_hook(read: Callable[[Any], Any]) -> Hook:
    """Give a hook from a reader that raises ValueError."""
    return lambda value, _: at("", read, value)


def read_items(value: Any, item: Any, converter: Converter) -> list[Any]:
    """Read every item of a list."""
    reject_unless(isinstance(value, list), value, "must be a list")
    read, problems = converter.get_structure_hook(item), list[Problem]()
    items = [gather(problems, functools.partial(read, raw, item), f"[{n}]") for n, raw in enumerate(value)]
    if problems:
        raise Refused(problems)
    return items


def special_hooks(cls: type, converter: Converter) -> dict[str, Hook]:
    """Give the hooks of those attributes of a class whose rule their type does not tell."""
    if cls is Snapshot:
        return {
            a.name: _unique(get_args(a.type)[1], converter, *_UNIQUE_BY.get(a.name, ("id",)))
            for a in attrs.fields(Snapshot)
            if a.name != "account"
        }
    return {
        Task: lambda: {"due": value_hook(forms.read_due)},
        Policy: lambda: {"version": _integer(1, 2**63 - 1), "roles": _unique(Role, converter, "id")},
        Role: lambda: {
            "intervals": _unique(Interval, converter, "id"),
            "priorities": _unique(Priority, converter, "id"),
        },
        ExactTime: lambda: {"lead_minutes": _integer(0, DAY_MINUTES)},
        CommonQueue: lambda: {"pool": lambda value, _: _pool(value, converter)},
        Interval: _interval_hooks,
    }.get(cls, dict)()


def _integer(low: int, high: int) -> Hook:
    return value_hook(functools.partial(forms.read_integer, low=low, high=high))


def _unique(item: Any, converter: Converter, *keys: str) -> Hook:
    """Give a hook for a list of entities whose keys, taken together, must not stand twice."""

    def hook(value: Any, _: Any) -> tuple[Any, ...]:
        problems: list[Problem] = []
        items = gather(problems, lambda: read_items(value, item, converter))
        problems += _repeated_entities(value if isinstance(value, list) else [], keys)
        if problems:
            raise Refused(problems)
        return tuple(items)

    return hook


def _repeated_entities(raws: list[Any], keys: tuple[str, ...]) -> list[Problem]:
    problems, seen = [], set()
    for number, raw in enumerate(raws):
        key = tuple(raw.get(name) for name in keys) if isinstance(raw, dict) else ()
        if key and all(isinstance(part, str) for part in key):
            if key in seen:
                problems.append(Problem(f"[{number}].{keys[-1]}", key[-1], "is there already, it must be unique"))
            seen.add(key)
    return problems


def _interval_hooks() -> dict[str, Hook]:
    # `days`, `rrule` and `from` are absent or not null, so these hooks do not let a null through.
    return {
        "start": value_hook(functools.partial(forms.read_wall_time, low=0, high=DAY_MINUTES - 1)),
        "end": value_hook(functools.partial(forms.read_wall_time, low=1, high=DAY_MINUTES)),
        "days": lambda value, _: _days(value),
        "rrule": value_hook(_rrule),
        "starts_on": value_hook(forms.read_date),
    }


def _days(value: Any) -> tuple[int, ...]:
    reject_unless(isinstance(value, list), value, "must be a list of days")
    rule = f"must be one of {', '.join(WEEKDAYS)}"
    problems = [Problem(f"[{n}]", day, rule) for n, day in enumerate(value) if day not in WEEKDAYS]
    if problems:
        raise Refused(problems)
    return tuple(sorted({WEEKDAYS.index(day) for day in value}))


def _rrule(value: Any) -> str:
    text = forms.read_text(value)
    try:
        recurrence.parse(text)
    except ValueError as error:
        msg = f"must be a recurrence rule: {error}"
        raise ValueError(msg) from None
    return text


def _pool(value: Any, converter: Converter) -> Any:
    if isinstance(value, dict):
        return converter.structure(value, Members)
    rule = "must be anyone, members or an object with users and groups"
    reject_unless(isinstance(value, str) and value in ("anyone", "members"), value, rule)
    return value


def interval_problems(raw: dict[str, Any]) -> list[Problem]:
    """Check what several keys of an interval say together."""
    problems = []
    weekly, recurring = "days" in raw, "rrule" in raw or "from" in raw
    if weekly == recurring:
        problems.append(Problem("", sorted(map(str, raw)), "must have either days, or rrule and from"))
    elif recurring:
        problems += [Problem(name, None, "is required") for name in ("rrule", "from") if name not in raw]
    if isinstance(raw.get("start"), str) and raw["start"] == raw.get("end"):
        problems.append(Problem("end", raw["end"], "must differ from start"))
    return problems


def role_problems(raw: dict[str, Any]) -> list[Problem]:
    """Check that the priorities of a role name intervals that it has."""
    intervals = [each.get("id") for each in _objects(raw.get("intervals")).values()]
    return [
        Problem(f"priorities[{n}].intervals[{m}]", name, "must be an interval of the role")
        for n, priority in _objects(raw.get("priorities")).items()
        for m, name in enumerate(priority["intervals"] if isinstance(priority.get("intervals"), list) else ())
        if isinstance(name, str) and name not in intervals
    ]


def _objects(value: Any) -> dict[int, dict[str, Any]]:
    listed = value if isinstance(value, list) else []
    return {number: each for number, each in enumerate(listed) if isinstance(each, dict)}


def read_boolean(value: Any) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    msg = "must be true or false"
    raise ValueError(msg)


def read_zone(value: Any) -> str:
    """Read the name of a time zone that this machine knows."""
    name = forms.read_text(value)
    try:
        if name and not name.startswith(_NOT_ZONES):
            ZoneInfo(name)
            return name
    except (KeyError, ValueError, OSError):
        pass
    msg = "must be a time zone of the IANA database, such as Europe/Moscow"
    raise ValueError(msg)


def read_fields(value: Any) -> dict[str, FieldValue | None]:
    """Read the fields of a deal, contact or company."""
    reject_unless(isinstance(value, dict), value, "must be an object of field ids and values")
    problems = repeated_keys(value)
    fields = {}
    for name, raw in value.items():
        step = key_step(name)
        gather(problems, functools.partial(at, step, forms.read_id, name))
        fields[name] = gather(problems, functools.partial(_field_value, raw), step)
    if problems:
        raise Refused(problems)
    return fields


def _field_value(raw: Any) -> FieldValue | None:
    if not isinstance(raw, list):
        return at("", forms.read_field_value, raw)
    problems: list[Problem] = []
    texts = [gather(problems, functools.partial(at, "", forms.read_text, text), f"[{n}]") for n, text in enumerate(raw)]
    if problems:
        raise Refused(problems)
    return tuple(texts)
