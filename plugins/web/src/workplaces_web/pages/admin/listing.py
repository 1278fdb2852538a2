"""The list of roles as it is shown: one line each, also for a role that is not finished yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from attrs import frozen

from workplaces_core.adapters.stores import PolicyVersion
from workplaces_core.model import Snapshot
from workplaces_core.policy import WEEKDAYS
from workplaces_core.wire import dump
from workplaces_web.pages.admin.folding import Folding
from workplaces_web.pages.admin.judging import Judged, Remark
from workplaces_web.pages.language import Speech
from workplaces_web.web import Web

_TIME = re.compile(r"(\d\d):(\d\d)")
_SHORT = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_SHOWN_PEOPLE = 4
_DAY = 24


@frozen
class Span:
    """Where to draw a piece of an interval on a week of 168 hours."""

    start: float
    hours: float
    regular: bool


@frozen
class RoleRow:
    """One role of the list. `since` and `version` say from when on it applies as it is; None for one not published."""

    id: str
    name: str
    enabled: bool
    people: tuple[str, ...]
    more_people: int
    spans: tuple[Span, ...]
    hours: str
    priorities: tuple[str, ...]
    remarks: tuple[Remark, ...]
    state: str
    since: datetime | None
    version: int | None


def rows(web: Web, found: Judged, speech: Speech, snapshot: Snapshot) -> list[RoleRow]:
    """Make the rows of a draft."""
    history = list(web.service.policies())
    folding = Folding.of(snapshot, speech)
    return [
        _row(number, form, found, folding, _since(str(form.get("id")), history))
        for number, form in enumerate(found.draft.roles)
    ]


def _row(
    number: int, form: dict[str, Any], found: Judged, folding: Folding, since: tuple[datetime, int] | None
) -> RoleRow:
    published = found.draft.published_role(str(form.get("id")))
    intervals = found.policy.roles[number].intervals if found.policy else ()
    people = _people(form, folding.wording.snapshot)
    return RoleRow(
        id=str(form.get("id")),
        name=str(form.get("name") or form.get("id")),
        enabled=form.get("enabled", True) is not False,
        people=tuple(people[:_SHOWN_PEOPLE]),
        more_people=max(0, len(people) - _SHOWN_PEOPLE),
        spans=tuple(span for each in form.get("intervals", ()) for span in spans(each)),
        hours="; ".join(folding.interval(each) for each in intervals),
        priorities=tuple(str(each.get("name") or each.get("id")) for each in form.get("priorities", ())),
        remarks=tuple(found.of_role(number)),
        state="new" if published is None else "same" if published == form else "changed",
        since=since[0] if since else None,
        version=since[1] if since else None,
    )


def _people(form: dict[str, Any], snapshot: Snapshot) -> list[str]:
    members = form.get("members") or {}
    groups = [snapshot.groups[each].name if each in snapshot.groups else each for each in members.get("groups", ())]
    return [
        *groups,
        *(snapshot.users[each].name if each in snapshot.users else each for each in members.get("users", ())),
    ]


def _since(role_id: str, history: list[PolicyVersion]) -> tuple[datetime, int] | None:
    """Find the version from which on a role has been as it is in use, the newest version first in the history."""
    found: tuple[datetime, int] | None = None
    newest = None
    for each in history:
        role = next((role for role in each.policy.roles if role.id == role_id), None)
        if role is None or (newest is not None and role != newest):
            break
        newest = role
        found = each.at, each.policy.version
    return found


def spans(interval: dict[str, Any]) -> Iterator[Span]:
    """Give where an interval in wire form lies in a week; one that cannot be read lies nowhere.

    >>> list(spans({"id": "i", "days": ["sun"], "start": "22:00", "end": "02:00"}))
    [Span(start=166.0, hours=2.0, regular=True), Span(start=0.0, hours=2.0, regular=True)]
    """
    start, end = (_TIME.fullmatch(str(interval.get(name))) for name in ("start", "end"))
    if start is None or end is None:
        return
    first, last = (int(each[1]) + int(each[2]) / 60 for each in (start, end))
    regular = "days" in interval
    for day in _days(interval):
        if last > first:
            yield Span(day * _DAY + first, last - first, regular)
            continue
        yield Span(day * _DAY + first, _DAY - first, regular)
        if last:
            yield Span((day + 1) % 7 * _DAY + 0.0, last, regular)


def _days(interval: dict[str, Any]) -> list[int]:
    if "days" in interval:
        return [WEEKDAYS.index(day) for day in interval["days"] if day in WEEKDAYS]
    return [day for short, day in _SHORT.items() if re.search(rf"BYDAY=[^;]*{short}", str(interval.get("rrule")))]


def form_of(web: Web, version: int) -> dict[str, Any]:
    """Give a version in wire form, without its number."""
    kept = web.service.store.policy(version)
    form: dict[str, Any] = {"roles": [], "days_off": []} if kept is None else dump(kept.policy)
    return {key: value for key, value in form.items() if key not in {"version", "format"}}
