"""The wire: JSON to model and back, through one cattrs converter, with every problem of an input reported at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from workplaces_core.errors import ChangesError, InvalidInput, PolicyError, Problem, SnapshotError
from workplaces_core.model import Snapshot
from workplaces_core.policy import Policy, RuleSet
from workplaces_core.wire import reading, writing

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

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


def load_changes(objs: Iterable[Any]) -> list[Change]:
    """Read changes from dicts; raises ChangesError with all problems, paths begin with the number of the change.

    >>> load_changes([{"op": "remove", "kind": "task", "id": "t1"}])
    [Remove(kind='task', id='t1')]
    """
    if isinstance(objs, str):
        objs = _parsed(objs, ChangesError)
    if isinstance(objs, dict) or not hasattr(objs, "__iter__"):
        raise ChangesError([Problem("", objs, "must be a list of changes")])
    return _refusing(ChangesError, lambda: reading.read_changes(list(objs)))


def dump(value: Any) -> Any:
    """Write a policy, snapshot, desk, explanation, finding, change, or a list of these, as plain JSON values.

    >>> from workplaces_core.changes import Remove
    >>> dump(Remove("task", "t1"))
    {'op': 'remove', 'kind': 'task', 'id': 't1'}
    """
    return writing.CONVERTER.unstructure(value)


def dumps(value: Any) -> str:
    """Write as canonical JSON: keys sorted by code point, no spaces, non-ASCII as it is; the same on every machine.

    >>> from workplaces_core.changes import Remove
    >>> dumps(Remove("task", "задача 1"))
    '{"id":"задача 1","kind":"task","op":"remove"}'
    """
    return json.dumps(dump(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _load(obj: Any, cls: type[T], form: str, error: type[InvalidInput], rules: RuleSet | None) -> T:
    if isinstance(obj, str) and obj.startswith("{"):
        obj = _parsed(obj, error)
    elif isinstance(obj, str) or hasattr(obj, "__fspath__"):
        obj = _parsed(_text_of(obj, error), error)
    return _refusing(error, lambda: reading.read_document(obj, cls, form, rules))


def _refusing(error: type[InvalidInput], read: Any) -> Any:
    try:
        return read()
    except reading.Refused as refused:
        raise error(refused.problems) from None


def _text_of(path: str | os.PathLike[str], error: type[InvalidInput]) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as failure:
        reason = getattr(failure, "strerror", None) or str(failure)
        raise error([Problem("", str(path), f"cannot be read: {reason}")]) from None


def _parsed(text: str, error: type[InvalidInput]) -> Any:
    try:
        return json.loads(
            text, object_pairs_hook=reading.object_of_pairs, parse_int=reading.bounded_int, parse_constant=float
        )
    except json.JSONDecodeError as failure:
        message = f"is not JSON: {failure.msg}, line {failure.lineno} column {failure.colno}"
    except RecursionError:
        message = "is nested too deeply"
    raise error([Problem("", text[:40], message)])
