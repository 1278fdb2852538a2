"""The least that a role of a draft must be: unfinished is fine, but every page has to be able to show it."""

from __future__ import annotations

from typing import Any

from workplaces_web.api.bodies import refuse

_DEEPEST = 200
_LONGEST = 2_000


def refuse_shapeless(role: Any, role_id: str) -> None:
    """Raise InvalidInput for what is no role at all.

    >>> refuse_shapeless({"id": "sales", "name": "", "intervals": [{"id": "x"}]}, "sales")
    >>> refuse_shapeless({"id": "sales", "intervals": 5}, "sales")
    Traceback (most recent call last):
    workplaces_core.errors.InvalidInput: role.intervals: `5` must be a list of objects
    """
    if not isinstance(role, dict) or role.get("id") != role_id:
        raise refuse("role", role, f"must be the role `{role_id}`")
    if _is_deep(role):
        raise refuse("role", None, f"must not be nested more than {_DEEPEST} deep")
    for name in ("intervals", "priorities"):
        if not _is_list(role.get(name, []), dict):
            raise refuse(f"role.{name}", role[name], "must be a list of objects")
    if not _is_list(role.get("days_off", []), str):
        raise refuse("role.days_off", role["days_off"], "must be a list of dates")
    _refuse_members(role.get("members", {}))
    for number, interval in enumerate(role.get("intervals", [])):
        if not _is_list(interval.get("days", []), str):
            raise refuse(f"role.intervals[{number}].days", interval["days"], "must be a list of days")


def _refuse_members(members: Any) -> None:
    if not isinstance(members, dict):
        raise refuse("role.members", members, "must be an object")
    for name in ("users", "groups"):
        if not _is_list(members.get(name, []), str):
            raise refuse(f"role.members.{name}", members[name], "must be a list of ids")


def _is_list(value: Any, kind: type) -> bool:
    return isinstance(value, list) and len(value) <= _LONGEST and all(isinstance(each, kind) for each in value)


def _is_deep(value: Any) -> bool:
    level, depth = [value], 0
    while level and depth <= _DEEPEST:
        level = [part for each in level for part in _parts(each) if isinstance(part, dict | list)]
        depth += 1
    return bool(level)


def _parts(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value
