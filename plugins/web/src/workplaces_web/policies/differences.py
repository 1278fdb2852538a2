"""What differs between two versions: settings by their place, roles and priorities known by their ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from attrs import frozen

Kind = Literal["added", "removed", "changed", "moved"]


@frozen
class Difference:
    """One thing that differs. `path` names roles and priorities by id: `roles[sales].priorities[hot].where`."""

    path: str
    kind: Kind
    before: Any = None
    after: Any = None


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """List what differs, in the order of the newer one.

    >>> old = {"roles": [{"id": "a", "name": "A"}, {"id": "b", "name": "B"}]}
    >>> new = {"roles": [{"id": "b", "name": "B"}, {"id": "a", "name": "AA"}]}
    >>> [(each.path, each.kind) for each in differences(old, new)]
    [('roles', 'moved'), ('roles[a].name', 'changed')]
    """
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_objects(before, after, path)
    elif _has_ids(before) and _has_ids(after):
        yield from _of_lists(before, after, path)
    else:
        yield Difference(path, "changed", before, after)


def _of_objects(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[Difference]:
    for name in [*after, *(each for each in before if each not in after)]:
        yield from differences(before.get(name), after.get(name), f"{path}.{name}" if path else name)


def _of_lists(before: list[Any], after: list[Any], path: str) -> Iterator[Difference]:
    old, new = {each["id"]: each for each in before}, {each["id"]: each for each in after}
    common_before = [each for each in old if each in new]
    common_after = [each for each in new if each in old]
    if common_before != common_after:
        yield Difference(path, "moved", list(old), list(new))
    for name, each in new.items():
        place = f"{path}[{name}]"
        if name in old:
            yield from differences(old[name], each, place)
        else:
            yield Difference(place, "added", None, each)
    yield from (Difference(f"{path}[{name}]", "removed", each, None) for name, each in old.items() if name not in new)


def _has_ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) and "id" in each for each in value)
