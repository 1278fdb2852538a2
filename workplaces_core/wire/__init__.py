"""The wire: JSON to model and back, through one cattrs converter, with every problem of an input reported at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from workplaces_core.errors import ChangesError, InvalidInput, PolicyError, Problem, SnapshotError
from workplaces_core.model import Snapshot
from workplaces_core.policy import Policy, RuleSet
from workplaces_core.wire.json_text import parse
from workplaces_core.wire.reading import read_changes, read_document, read_value
from workplaces_core.wire.refusals import Refused
from workplaces_core.wire.writing import CONVERTER

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from workplaces_core.changes import Change

T = TypeVar("T")


def load_policy(obj: dict[str, Any] | str | os.PathLike[str], *, rules: RuleSet | None = None) -> Policy:
    """Read a policy from a dict, a JSON text (it begins with `{`) or the path of a file.

    `rules` are the condition ops and order keys that plugins brought. Raises PolicyError with all problems.

    >>> try:
    ...     load_policy('{"format": "workplaces/policy/1", "version": 0, "rolls": []}')
    ... except PolicyError as error:
    ...     print(error)
    version: `0` must be a whole number from 1 to 9223372036854775807
    roles: is required
    rolls: `[]` is not a known key, allowed are days_off, format, roles, version
    """
    return _load(obj, Policy, "workplaces/policy/1", PolicyError, rules)


def load_snapshot(obj: dict[str, Any] | str | os.PathLike[str]) -> Snapshot:
    """Read a snapshot from a dict, a JSON text (it begins with `{`) or the path of a file.

    Raises SnapshotError with all problems.

    >>> account = {"id": "acme", "timezone": "Europe/Moscow"}
    >>> load_snapshot({"format": "workplaces/snapshot/1", "account": account}).account.id
    'acme'
    """
    return _load(obj, Snapshot, "workplaces/snapshot/1", SnapshotError, None)


def load_changes(objs: Iterable[Any] | str) -> list[Change]:
    """Read changes from dicts, or from the JSON text of a list.

    Raises ChangesError with all problems; their paths begin with the number of the change.

    >>> load_changes([{"op": "remove", "kind": "task", "id": "t1"}])
    [Remove(kind='task', id='t1')]
    """

    def read() -> list[Change]:
        listed = parse(objs) if isinstance(objs, str) else objs
        if isinstance(listed, dict) or not hasattr(listed, "__iter__"):
            raise Refused([Problem("", listed, "must be a list of changes")])
        return read_changes(list(listed))

    return _refusing(ChangesError, read)


def structure(obj: Any, cls: type[T]) -> T:
    """Read JSON values as an attrs class of one's own, by the same rules and with the same messages.

    Raises InvalidInput with all problems.

    >>> from attrs import frozen
    >>> @frozen
    ... class Take:
    ...     user: str
    >>> structure({"user": "u1"}, Take)
    Take(user='u1')
    >>> structure({"usr": "u1"}, Take)
    Traceback (most recent call last):
    workplaces_core.errors.InvalidInput: user: is required
    usr: `"u1"` is not a known key, allowed are user
    """
    return _refusing(InvalidInput, lambda: read_value(obj, cls))


def dump(value: Any) -> Any:
    """Write a policy, snapshot, desk, explanation, finding, change, or a list of these, as plain JSON values.

    >>> from workplaces_core.changes import Remove
    >>> dump(Remove("task", "t1"))
    {'op': 'remove', 'kind': 'task', 'id': 't1'}
    """
    return CONVERTER.unstructure(value)


def dumps(value: Any) -> str:
    """Write as canonical JSON: keys sorted by code point, no spaces, non-ASCII as it is; the same on every machine.

    >>> from workplaces_core.changes import Remove
    >>> dumps(Remove("task", "задача 1"))
    '{"id":"задача 1","kind":"task","op":"remove"}'
    """
    return json.dumps(dump(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _load(obj: Any, cls: type[T], form: str, error: type[InvalidInput], rules: RuleSet | None) -> T:
    def read() -> T:
        source = obj
        if isinstance(source, str) and source.startswith("{"):
            source = parse(source)
        elif isinstance(source, str) or hasattr(source, "__fspath__"):
            source = parse(_text_of(source))
        return read_document(source, cls, form, rules)

    return _refusing(error, read)


def _refusing(error: type[InvalidInput], read: Callable[[], T]) -> T:
    try:
        return read()
    except Refused as refused:
        raise error(refused.problems) from None


def _text_of(path: str | os.PathLike[str]) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as failure:
        reason = getattr(failure, "strerror", None) or str(failure)
        raise Refused([Problem("", str(path), f"cannot be read: {reason}")]) from None
