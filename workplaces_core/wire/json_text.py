"""JSON texts to plain values, keeping what the standard parser would lose: repeated keys, and numbers too large."""

from __future__ import annotations

import json
from typing import Any

from workplaces_core.errors import Problem
from workplaces_core.wire.refusals import Refused, key_step

_LONGEST = 30  # more digits than any admitted integer has, fewer than int() refuses to read


class RepeatedKeys(dict[str, Any]):
    """A JSON object in which some keys stood twice."""

    repeated: tuple[str, ...] = ()


def parse(text: str) -> Any:
    """Parse a JSON text, or raise Refused.

    >>> parse('{"a": 1, "b": 2, "a": 3}').repeated
    ('a',)
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=_integer, parse_constant=float)
    except json.JSONDecodeError as failure:
        message = f"is not JSON: {failure.msg}, line {failure.lineno} column {failure.colno}"
    except RecursionError:
        message = "is nested too deeply"
    raise Refused([Problem("", text[:40], message)])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    kept, seen = RepeatedKeys(found), set[str]()
    kept.repeated = tuple(sorted({name for name, _ in pairs if name in seen or seen.add(name)}))  # type: ignore[func-returns-value]
    return kept


def _integer(text: str) -> int:
    """Read an integer; of one too long only the beginning, which is out of range as well."""
    return int(text[:_LONGEST])


def key_problems(raw: dict[str, Any], known: tuple[str, ...], required: tuple[str, ...] = ()) -> list[Problem]:
    """List what is wrong with the keys of an object: given twice, unknown, missing."""
    problems = repeated_keys(raw)
    allowed = f"is not a known key, allowed are {', '.join(sorted(known))}"
    problems += [Problem(key_step(name), raw[name], allowed) for name in raw if name not in known]
    return problems + [Problem(name, None, "is required") for name in required if name not in raw]


def repeated_keys(raw: dict[str, Any]) -> list[Problem]:
    """List the keys that stood twice in the JSON text of an object."""
    names = raw.repeated if isinstance(raw, RepeatedKeys) else ()
    return [Problem(key_step(name), raw.get(name), "is given twice") for name in names]
