"""How a log of work names its columns: a small file, JSON or TOML, that says which of them is which."""

from __future__ import annotations

import os
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import attrs
from attrs import frozen

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.rules.zones import at_wall, zone
from workplaces_core.wire.forms import read_id
from workplaces_core.wire.json_text import key_problems, parse
from workplaces_core.wire.refusals import Refused
from workplaces_core.wire.special import read_zone


@frozen
class Mapping:
    """The names of columns (CSV) or attributes (XES) of a log of work.

    Without `start`, an XES log says in `lifecycle` which event begins work and which completes it. `timezone` is that
    of instants without one; `system` lists the resources that are not people, all of them.
    """

    case: str = "case"
    activity: str = "activity"
    resource: str = "resource"
    start: str | None = "start"
    complete: str = "complete"
    lifecycle: str | None = None
    begins: str = "start"
    completes: str = "complete"
    timezone: str | None = None
    system: tuple[str, ...] = ("SYS",)

    def instant(self, text: str) -> str:
        """Write an instant as the wire form has it, if the mapping says the zone of those that have none.

        Inside a gap of the clock it is the first instant after the gap, where the clock went back the first of the two.

        >>> Mapping(timezone="Europe/Amsterdam").instant("2011-10-01T10:08:36.700")
        '2011-10-01T10:08:36.700000+02:00'
        >>> Mapping(timezone="Europe/Berlin").instant("2026-03-29T02:30")
        '2026-03-29T01:00:00+00:00'
        """
        if self.timezone is None:
            return text
        try:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo is not None else _at(moment, zone(self.timezone))).isoformat()
        except (ValueError, OverflowError):
            return text


def _at(wall: datetime, where: ZoneInfo) -> datetime:
    found = wall.replace(tzinfo=where)
    if found.astimezone(UTC).astimezone(where).replace(tzinfo=None) == wall:
        return found
    return at_wall(wall.date(), wall.hour * 60 + wall.minute, where)


CSV = Mapping()
XES = Mapping("concept:name", "concept:name", "org:resource", None, "time:timestamp", "lifecycle:transition")
"""The standard extensions of XES, as most logs use them."""

_TEXTS = ("case", "activity", "resource", "start", "complete", "lifecycle", "begins", "completes")


def load_mapping(path: str | os.PathLike[str], standard: Mapping) -> Mapping:
    """Read a mapping; what it does not say is as in `standard`. Raises InvalidInput with all problems."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        raw = tomllib.loads(text) if Path(path).suffix == ".toml" else parse(text)
    except Refused as refused:
        raise InvalidInput([Problem(str(path), each.value, each.message) for each in refused.problems]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidInput([Problem(str(path), None, f"cannot be read: {reason}")]) from None
    problems = _problems(raw)
    if problems:
        raise InvalidInput([Problem(f"{path}: {each.path}", each.value, each.message) for each in problems])
    if "system" in raw:
        raw = {**raw, "system": tuple(raw["system"])}
    return attrs.evolve(standard, **raw)


def _problems(raw: Any) -> list[Problem]:
    if not isinstance(raw, dict):
        return [Problem("", raw, "must be an object that names columns")]
    problems = key_problems(raw, tuple(field.name for field in attrs.fields(Mapping)))
    for name in _TEXTS:
        if name in raw and not (raw[name] is None and name in ("start", "lifecycle")):
            problems += _read(name, raw[name], read_id)
    if "timezone" in raw:
        problems += _read("timezone", raw["timezone"], read_zone)
    system = raw.get("system", [])
    if not isinstance(system, list) or not all(isinstance(each, str) for each in system):
        problems.append(Problem("system", system, "must be a list of texts"))
    return problems


def _read(name: str, value: Any, read: Any) -> list[Problem]:
    try:
        read(value)
    except ValueError as error:
        return [Problem(name, value, str(error))]
    return []
