"""A second reading of the contract: desk, explanation and failing conditions, computed from wire-form dicts.

It shares no code with the package and prefers the literal sentence to the quick way: start dates are scanned
one by one, the end of a day is searched among local dates, an edge is found by trying every edge, remaining
is a double loop. Only calendar and zone look-ups are cached. Section numbers refer to the semantics page.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from dateutil import rrule as dateutil_rrule

Json = dict[str, Any]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RULE_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SECOND, MICROSECOND = timedelta(seconds=1), timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNION_CAP = 192 * HOUR
START_CAP = 8784 * HOUR


# Wire forms (section 1) -------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def instant(text: str) -> datetime:
    """Read an instant as an aware datetime in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def printed(moment: datetime) -> str:
    """Write an instant in UTC, without a fraction when it is zero, else with six digits."""
    precision = "microseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def is_exact(task: Json) -> bool:
    """Tell whether a task is an exact-time task: its due is an instant, not a date."""
    return "T" in task["due"]


# Zones (section 2) ------------------------------------------------------------------------------------------


def local(zone: str, moment: datetime) -> datetime:
    """Give the naive wall clock of a zone at an instant."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def local_date(zone: str, moment: datetime) -> date:
    """Give the local date of a zone at an instant."""
    return local(zone, moment).date()


@lru_cache(maxsize=65536)
def day_end(zone: str, day: date) -> datetime:
    """Find the first instant after which no local date up to `day` follows."""
    midnight = datetime.combine(day + DAY, time(), UTC)
    samples = [midnight + 30 * k * MINUTE for k in range(-60, 61)]
    last = max(sample for sample in samples if local_date(zone, sample) <= day)
    seconds = range(30 * 60 + 1)
    return last + SECOND * bisect_left(seconds, True, key=lambda s: local_date(zone, last + s * SECOND) > day)


@lru_cache(maxsize=65536)
def offsets_around(zone: str, day: date) -> frozenset[timedelta]:
    """Collect every offset from UTC the zone has within a day or so of a date."""
    midnight = datetime.combine(day, time(), UTC)
    moments = (midnight + h * HOUR for h in range(-30, 55))
    return frozenset(local(zone, moment) - moment.replace(tzinfo=None) for moment in moments)


@lru_cache(maxsize=65536)
def wall_instants(zone: str, day: date, clock: str) -> tuple[datetime, ...]:
    """List the instants at which a zone shows a wall time; inside a gap, the one at which the gap ends."""
    wall = datetime.combine(day, time.fromisoformat(clock))
    as_utc = wall.replace(tzinfo=UTC)
    tried = (as_utc - offset for offset in offsets_around(zone, day))
    shown = sorted(moment for moment in tried if local(zone, moment) == wall)
    if shown:
        return tuple(shown)
    earliest, seconds = as_utc - 30 * HOUR, range(60 * 3600)
    gap_end = bisect_left(seconds, True, key=lambda s: local(zone, earliest + s * SECOND) > wall)
    return (earliest + gap_end * SECOND,)


# Recurrences (section 1) ------------------------------------------------------------------------------------


def numbers(parts: dict[str, str], name: str) -> list[int] | None:
    """Read a part of a rule as a list of integers, None when it is not given."""
    return [int(text) for text in parts[name].split(",")] if name in parts else None


def weekdays(parts: dict[str, str]) -> list[dateutil_rrule.weekday] | None:
    """Read BYDAY, None when it is not given."""
    if "BYDAY" not in parts:
        return None
    in_months = parts["FREQ"] == "MONTHLY" or "BYMONTH" in parts
    found = []
    for text in parts["BYDAY"].split(","):
        number, name = re.fullmatch(r"([+-]?\d+)?([A-Z]{2})", text).groups()  # type: ignore[union-attr]
        nth = int(number) if number else None
        if nth and in_months:
            # no month has a sixth; for greater numbers dateutil reads past the end of its masks
            nth = max(-6, min(6, nth))
        found.append(dateutil_rrule.weekday(RULE_WEEKDAYS.index(name), nth))
    return found


def long_period(parts: dict[str, str], start: date, first: date) -> list[date]:
    """List the dates dateutil finds in the one year or month that begins at `first`."""
    month, month_day = numbers(parts, "BYMONTH"), numbers(parts, "BYMONTHDAY")
    if not {"BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY"} & parts.keys():
        month_day = [start.day]
        if parts["FREQ"] == "YEARLY" and month is None:
            month = [start.month]
    # the interval leaves the calendar at once, so a period without a match costs no more than one with it
    rule = dateutil_rrule.rrule(
        dateutil_rrule.YEARLY if parts["FREQ"] == "YEARLY" else dateutil_rrule.MONTHLY,
        dtstart=datetime.combine(first, time()),
        interval=12 * 9999,
        wkst=RULE_WEEKDAYS.index(parts.get("WKST", "MO")),
        bymonth=month,
        bymonthday=month_day,
        byyearday=numbers(parts, "BYYEARDAY"),
        byweekno=numbers(parts, "BYWEEKNO"),
        byweekday=weekdays(parts),
        bysetpos=numbers(parts, "BYSETPOS"),
    )
    return [moment.date() for moment in rule]


def short_period(parts: dict[str, str], start: date, days: list[date]) -> list[date]:
    """List the dates among the days of one week or one day that a rule without numbered parts names."""
    months, month_days = numbers(parts, "BYMONTH"), numbers(parts, "BYMONTHDAY")
    names = parts.get("BYDAY", RULE_WEEKDAYS[start.weekday()] if parts["FREQ"] == "WEEKLY" else None)
    found = []
    for day in days:
        month_length = ((day.replace(day=1) + 31 * DAY).replace(day=1) - DAY).day
        if months and day.month not in months:
            continue
        if month_days and day.day not in month_days and day.day - month_length - 1 not in month_days:
            continue
        if names and RULE_WEEKDAYS[day.weekday()] not in names.split(","):
            continue
        found.append(day)
    positions = numbers(parts, "BYSETPOS")
    if positions is None:
        return found
    size = len(found)
    return sorted({found[p - 1 if p > 0 else p] for p in positions if -size <= p <= size})


def long_starts(parts: dict[str, str], start: date, last_year: int) -> Iterator[date]:
    """Give the first days of the years or months a rule looks at."""
    step = int(parts.get("INTERVAL", "1"))
    if parts["FREQ"] == "YEARLY":
        return (date(year, 1, 1) for year in range(start.year, last_year + 1, step))
    months = range(12 * start.year + start.month - 1, 12 * (last_year + 1), step)
    return (date(month // 12, month % 12 + 1, 1) for month in months)


def short_blocks(parts: dict[str, str], start: date, last_year: int) -> Iterator[list[date]]:
    """Give the days of each week or day a rule looks at; the first week begins at the start."""
    step, end = int(parts.get("INTERVAL", "1")), date(last_year, 12, 31).toordinal() + 1
    if parts["FREQ"] == "DAILY":
        return ([date.fromordinal(day)] for day in range(start.toordinal(), end, step))
    into_week = (start.weekday() - RULE_WEEKDAYS.index(parts.get("WKST", "MO"))) % 7
    weeks = range(start.toordinal() - into_week, end, 7 * step)
    return ([day for k in range(7) if (day := date.fromordinal(week + k)) >= start] for week in weeks)


def matches_of_rule(parts: dict[str, str], start: date, last_year: int) -> Iterator[date]:
    """Give in order every date a rule names in its periods, whatever its start, COUNT and UNTIL."""
    if parts["FREQ"] in ("YEARLY", "MONTHLY"):
        for first in long_starts(parts, start, last_year):
            yield from long_period(parts, start, first)
    else:
        for days in short_blocks(parts, start, last_year):
            yield from short_period(parts, start, days)


@lru_cache(maxsize=4096)
def recurrence(rule: str, start: date, last_year: int) -> frozenset[date]:
    """Collect the dates of a recurrence that counts from `start`, at least to the end of a year."""
    parts = dict(part.split("=") for part in rule.split(";"))
    until = date.fromisoformat(parts["UNTIL"]) if "UNTIL" in parts else date.max
    count = int(parts.get("COUNT", "0"))
    found: list[date] = []
    for day in matches_of_rule(parts, start, last_year):
        if day > until or (count and len(found) == count):
            break
        if day >= start:
            found.append(day)
    return frozenset(found)


def start_dates(interval: Json, first: date, last: date) -> Iterator[date]:
    """Scan the dates from `first` to `last` for those on which an interval starts, days off aside."""
    for day in (first + k * DAY for k in range((last - first).days + 1)):
        if interval.get("days") is not None:
            occurs = WEEKDAYS[day.weekday()] in interval["days"]
        else:
            occurs = day in recurrence(interval["rrule"], date.fromisoformat(interval["from"]), last.year)
        if occurs:
            yield day


# Occurrences (section 2) ------------------------------------------------------------------------------------


class Span(NamedTuple):
    """One occurrence of an interval: from `start` up to, not including, `end`."""

    interval: str
    start: datetime
    end: datetime


def span_on(interval: Json, zone: str, day: date) -> Span:
    """Build the occurrence of an interval that belongs to a start date, which may turn out empty."""
    start = wall_instants(zone, day, interval["start"])[0]
    if interval["end"] == "24:00":
        return Span(interval["id"], start, day_end(zone, day))
    end_date = day if interval["start"] < interval["end"] else day + DAY
    return Span(interval["id"], start, wall_instants(zone, end_date, interval["end"])[-1])


def spans_between(policy: Json, role: Json, zone: str, first: date, last: date) -> Iterator[Span]:
    """Give the occurrences of a role with start dates within two dates, interval by interval."""
    days_off = {*policy.get("days_off", []), *role.get("days_off", [])}
    for interval in role.get("intervals", []):
        for day in start_dates(interval, first, last):
            span = span_on(interval, zone, day)
            if day.isoformat() not in days_off and span.start < span.end:
                yield span


class Frame(NamedTuple):
    """Everything one role of the policy means to one user at one moment."""

    snapshot: Json
    policy: Json
    user: str
    role: Json
    now: datetime
    zone: str
    today: date
    spans: list[Span]
    running: frozenset[str]


def running_at(spans: list[Span], moment: datetime) -> frozenset[str]:
    """Collect the ids of the intervals that are active at a moment."""
    return frozenset(span.interval for span in spans if span.start <= moment < span.end)


def frame_of(snapshot: Json, policy: Json, user: str, role: Json, now: datetime) -> Frame:
    """Look at one role: its zone, its today, its occurrences around now and the intervals active now."""
    zone = role.get("timezone") or snapshot["account"]["timezone"]
    today = local_date(zone, now)
    spans = list(spans_between(policy, role, zone, today - 4 * DAY, today + 12 * DAY))
    return Frame(snapshot, policy, user, role, now, zone, today, spans, running_at(spans, now))


def is_enabled(frame: Frame) -> bool:
    """Tell whether the role is switched on."""
    return bool(frame.role.get("enabled", True))


def is_active(frame: Frame) -> bool:
    """Tell whether the role is enabled and one of its intervals is active."""
    return is_enabled(frame) and bool(frame.running)


def role_until(frame: Frame) -> str | None:
    """Give the end of the union of occurrences around now, None beyond the cap."""
    end, before = frame.now, None
    while end != before:
        before = end
        end = max([end, *(s.end for s in frame.spans if s.start <= before and s.end > frame.now)])
    return printed(end) if end <= frame.now + UNION_CAP else None


def interval_until(frame: Frame) -> str | None:
    """Try every edge after now and give the first at which the set of active intervals is another one."""
    edges = {edge for span in frame.spans for edge in (span.start, span.end)}
    for edge in sorted(edge for edge in edges if frame.now < edge <= frame.now + UNION_CAP):
        if running_at(frame.spans, edge) != frame.running:
            return printed(edge)
    return None


def next_start(frame: Frame) -> datetime | None:
    """Find the earliest occurrence start after now, None when it is beyond the cap."""
    first, last = frame.today - 4 * DAY, frame.today + 370 * DAY
    starts = []
    for interval in frame.role.get("intervals", []):
        alone = {**frame.role, "intervals": [interval]}
        for span in spans_between(frame.policy, alone, frame.zone, first, last):
            if span.start > frame.now:
                starts.append(span.start)
                break  # later start dates of one interval never start earlier
    return min((start for start in starts if start <= frame.now + START_CAP), default=None)


# Who (section 3) --------------------------------------------------------------------------------------------


def entity(snapshot: Json, collection: str, entity_id: str | None) -> Json | None:
    """Find an entity of the snapshot by id, None when it is absent."""
    return next((found for found in snapshot.get(collection, []) if found["id"] == entity_id), None)


def is_listed(snapshot: Json, listing: Json, user: str) -> bool:
    """Tell whether a list of users and groups names a user of the directory, active or not."""
    found = entity(snapshot, "users", user)
    if found is None:
        return False
    return user in listing.get("users", []) or bool({*listing.get("groups", [])} & {*found.get("groups", [])})


def is_member(frame: Frame) -> bool:
    """Tell whether the user belongs to the role."""
    found = entity(frame.snapshot, "users", frame.user)
    active = found is not None and found.get("active", True)
    return active and is_listed(frame.snapshot, frame.role.get("members", {}), frame.user)


def is_own(frame: Frame, task: Json) -> bool:
    """Tell whether the user is the one responsible for a task."""
    return bool(task["responsible"] == frame.user)


def in_pool(frame: Frame, priority: Json, task: Json) -> bool:
    """Tell whether the responsible of a task is in the pool of a common queue."""
    pool = priority["common_queue"].get("from", "anyone")
    if pool == "anyone":
        return True
    listing = frame.role.get("members", {}) if pool == "members" else pool
    return is_listed(frame.snapshot, listing, task["responsible"])


# Conditions (section 4) -------------------------------------------------------------------------------------


def links_to(deal: Json, subject: Json) -> bool:
    """Tell whether a deal names a contact or a company as its own."""
    if subject["kind"] == "company":
        return bool(deal.get("company") == subject["id"])
    return subject["id"] in deal.get("contacts", [])


def related(snapshot: Json, task: Json) -> dict[str, Json | None]:
    """Find the deal, the contact and the company of a task."""
    found: dict[str, Json | None] = {"deal": None, "contact": None, "company": None}
    subject = task.get("subject")
    collections = {"deal": "deals", "contact": "contacts", "company": "companies"}
    if subject is None or entity(snapshot, collections[subject["kind"]], subject["id"]) is None:
        return found
    found[subject["kind"]] = entity(snapshot, collections[subject["kind"]], subject["id"])
    if subject["kind"] != "deal":
        linking = [deal for deal in snapshot.get("deals", []) if links_to(deal, subject)]
        found["deal"] = linking[0] if len(linking) == 1 else None
    deal = found["deal"]
    if deal is not None and found["contact"] is None:
        found["contact"] = entity(snapshot, "contacts", next(iter(deal.get("contacts", [])), None))
    if deal is not None and found["company"] is None:
        found["company"] = entity(snapshot, "companies", deal.get("company"))
    return found


def field_value(snapshot: Json, task: Json, path: str) -> Any:
    """Read the value at a path in field-value form, None when it is missing."""
    owner, name = path.split(".", 1)
    if owner == "task":
        value = {"instant": task["created"]} if name == "created" else task[name]
    else:
        found = related(snapshot, task)[owner] or {}
        if name in ("name", "responsible", "tags", "id"):
            value = found.get(name)
            value = sorted(value) if name == "tags" and value else value
        else:
            value = found.get("fields", {}).get(name)
    if value in (None, "", []):
        return None
    return {"instant": printed(instant(value["instant"]))} if kind(value) == "instant" else value


def kind(value: Any) -> str:
    """Name the kind of a present value."""
    if isinstance(value, dict):
        return "date" if "date" in value else "instant"
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "list" if isinstance(value, list) else "number"


def comparable(value: Any) -> Any:
    """Turn a scalar in wire form into something Python compares by value."""
    if kind(value) == "date":
        return date.fromisoformat(value["date"])
    return instant(value["instant"]) if kind(value) == "instant" else value


def same(value: Any, constant: Any) -> bool:
    """Tell whether a value is of the kind of a constant and equal to it."""
    return kind(value) == kind(constant) and bool(comparable(value) == comparable(constant))


def ordered(value: Any, op: str, constant: Any) -> bool | None:
    """Compare two numbers, dates or instants; None when they are of different kinds."""
    if kind(value) != kind(constant):
        return None
    left, right = comparable(value), comparable(constant)
    return bool({"lt": left < right, "le": left <= right, "gt": left > right, "ge": left >= right}[op])


def between(value: Any, low: Any, high: Any) -> bool | None:
    """Tell whether a number, date or instant lies within two bounds; None for a wrong kind."""
    if kind(value) not in ("number", "date", "instant"):
        return None
    above = True if low is None else ordered(value, "ge", low)
    below = True if high is None else ordered(value, "le", high)
    return None if above is None or below is None else above and below


def within_days(value: Any, low: int | None, high: int | None, zone: str, today: date) -> bool | None:
    """Tell whether the local date of a date or instant is so many days from today; None for a wrong kind."""
    if kind(value) not in ("date", "instant"):
        return None
    day = comparable(value) if kind(value) == "date" else local_date(zone, comparable(value))
    away = (day - today).days
    return (low is None or low <= away) and (high is None or away <= high)


def in_text(value: Any, op: str, part: str) -> bool | None:
    """Look for a text within a text or at its beginning, case folded; None for a wrong kind."""
    if kind(value) != "text":
        return None
    folded, part = value.casefold(), part.casefold()
    return part in folded if op == "contains" else bool(folded.startswith(part))


def in_list(value: Any, op: str, wanted: list[str]) -> bool | None:
    """Look for one or for all of some texts in a list; None for a wrong kind."""
    if kind(value) != "list":
        return None
    shared = [one in value for one in wanted]
    return any(shared) if op == "has_any" else all(shared)


def holds(value: Any, op: str, constant: Any, zone: str, today: date) -> bool | None:
    """Judge one op on a present value; None means that the value has the wrong kind."""
    if op in ("eq", "in", "is_set"):
        return op == "is_set" or any(same(value, one) for one in (constant if op == "in" else [constant]))
    if op in ("lt", "le", "gt", "ge"):
        return ordered(value, op, constant)
    if op == "between":
        return between(value, constant[0], constant[1])
    if op == "days":
        return within_days(value, constant[0], constant[1], zone, today)
    if op in ("contains", "starts_with"):
        return in_text(value, op, constant)
    return in_list(value, op, constant)


def leaf_verdict(leaf: Json, value: Any, zone: str, today: date) -> str:
    """Judge a leaf: "true", "false" or "error"."""
    if value is None:
        return "false"
    verdict = holds(value, leaf["op"], leaf["value"], zone, today)
    return {True: "true", False: "false", None: "error"}[verdict]


def leaves_of(tree: Json | None, path: str = "where") -> Iterator[tuple[str, Json]]:
    """Give the leaves of a condition in tree order, each with its path inside the priority."""
    if tree is None:
        return
    if "not" in tree:
        yield from leaves_of(tree["not"], f"{path}.not")
    elif "all" in tree or "any" in tree:
        name = "all" if "all" in tree else "any"
        for index, part in enumerate(tree[name]):
            yield from leaves_of(part, f"{path}.{name}[{index}]")
    else:
        yield path, tree


def combined(tree: Json | None, verdicts: Iterator[str]) -> str:
    """Combine the verdicts of the leaves, taken in tree order, by the three-valued tables."""
    if tree is None:
        return "true"
    if "not" in tree:
        return {"true": "false", "false": "true", "error": "error"}[combined(tree["not"], verdicts)]
    if "all" not in tree and "any" not in tree:
        return next(verdicts)
    parts = [combined(part, verdicts) for part in tree["all" if "all" in tree else "any"]]
    deciding, otherwise = ("false", "true") if "all" in tree else ("true", "false")
    return deciding if deciding in parts else "error" if "error" in parts else otherwise


def judged_leaves(frame: Frame, priority: Json, task: Json) -> list[Json]:
    """Judge every leaf of a priority's condition on a task."""
    judged = []
    for path, leaf in leaves_of(priority.get("where")):
        value = field_value(frame.snapshot, task, leaf["field"])
        verdict = leaf_verdict(leaf, value, frame.zone, frame.today)
        judged += [{"leaf": path, "field": leaf["field"], "op": leaf["op"], "value": value}]
        judged[-1]["verdict"] = verdict
    return judged


def condition(frame: Frame, priority: Json, task: Json) -> str:
    """Judge a priority's whole condition on a task: "true", "false" or "error"."""
    verdicts = (leaf["verdict"] for leaf in judged_leaves(frame, priority, task))
    return combined(priority.get("where"), verdicts)


# Which priority takes a task (section 5) --------------------------------------------------------------------


def admits_type(priority: Json, task: Json) -> bool:
    """Tell whether a priority takes tasks of this type."""
    types = priority.get("task_types", [])
    return not types or task["type"] in types


def has_interval_in(priority: Json, intervals: Iterable[str]) -> bool:
    """Tell whether one of the priority's intervals is among these."""
    wanted = priority.get("intervals")
    return any(wanted is None or interval in wanted for interval in intervals)


def is_common(priority: Json) -> bool:
    """Tell whether a priority is a common queue."""
    return priority.get("common_queue") is not None


def may_have(frame: Frame, priority: Json, task: Json) -> bool:
    """Tell whether the user may have a task through a priority: it is his, or shared from its pool."""
    return is_own(frame, task) or (is_common(priority) and in_pool(frame, priority, task))


def fits(frame: Frame, priority: Json, task: Json) -> bool:
    """Tell whether a priority matches a task: type, condition and whose it is."""
    if not admits_type(priority, task) or not may_have(frame, priority, task):
        return False
    return condition(frame, priority, task) == "true"


def taker(frame: Frame, task: Json) -> int | None:
    """Walk the priorities in order and give the index of the first active one that matches."""
    for index, priority in enumerate(frame.role.get("priorities", [])):
        if has_interval_in(priority, frame.running) and fits(frame, priority, task):
            return index
    return None


def live_leases(snapshot: Json, now: datetime) -> list[Json]:
    """List the leases that have not expired and whose task is there and not completed."""
    open_ids = {task["id"] for task in snapshot.get("tasks", []) if not task.get("completed", False)}
    return [x for x in snapshot.get("leases", []) if instant(x["expires"]) > now and x["task"] in open_ids]


def live_lease(snapshot: Json, task: Json, now: datetime) -> Json | None:
    """Find the live lease a task is under."""
    return next((lease for lease in live_leases(snapshot, now) if lease["task"] == task["id"]), None)


def current_lease(snapshot: Json, user: str, now: datetime) -> Json | None:
    """Find the user's own live lease; of several, the one with the smallest since and task id."""
    own = [lease for lease in live_leases(snapshot, now) if lease["user"] == user]
    return min(own, key=lambda lease: (instant(lease["since"]), lease["task"]), default=None)


def live_skip(snapshot: Json, user: str, task: Json, now: datetime) -> Json | None:
    """Find the skip by which a user still passes over a task."""
    for skip in snapshot.get("skips", []):
        if (skip["user"], skip["task"]) == (user, task["id"]) and instant(skip["until"]) > now:
            return dict(skip)
    return None


def is_free(frame: Frame, task: Json) -> bool:
    """Tell whether a task is open, under no live lease and not skipped by the user."""
    if task.get("completed", False) or live_lease(frame.snapshot, task, frame.now):
        return False
    return live_skip(frame.snapshot, frame.user, task, frame.now) is None


def due_day(frame: Frame, task: Json) -> date:
    """Give the local date on which a task is due."""
    return local_date(frame.zone, instant(task["due"])) if is_exact(task) else date.fromisoformat(task["due"])


# Order (section 6) ------------------------------------------------------------------------------------------


def is_timely(frame: Frame, task: Json) -> bool:
    """Tell whether the role keeps exact time and the task is an exact-time task due today."""
    kept = frame.role.get("exact_time") is not None
    return kept and is_exact(task) and due_day(frame, task) == frame.today


def opens_at(frame: Frame, task: Json) -> datetime:
    """Give the instant from which a timed task is shown."""
    return instant(task["due"]) - timedelta(minutes=frame.role["exact_time"].get("lead_minutes", 5))


def is_timed(frame: Frame, task: Json) -> bool:
    """Tell whether a task is timed: timely, and own or taken now by a common queue."""
    if not is_timely(frame, task) or is_own(frame, task):
        return is_timely(frame, task)
    index = taker(frame, task)
    return index is not None and is_common(frame.role["priorities"][index])


def lane_of(frame: Frame, task: Json) -> str | None:
    """Name the lane in which a task stands in the role's queue, None when it does not stand there."""
    if not is_free(frame, task) or due_day(frame, task) > frame.today:
        return None
    if is_timed(frame, task):
        return "exact" if frame.now >= opens_at(frame, task) else None
    return None if taker(frame, task) is None else "priority"


def bucket_of(frame: Frame, task: Json) -> str:
    """Name the bucket of a task that is due today or earlier."""
    if is_exact(task):
        return "overdue" if instant(task["due"]) < frame.now else "today"
    return "overdue" if date.fromisoformat(task["due"]) < frame.today else "today"


def order_rank(value: Any, direction: str) -> tuple[int, Any]:
    """Rank a value of an order key: numbers, dates, instants, each in its direction, then the rest."""
    sign = -1 if direction == "desc" else 1
    if value is None or kind(value) not in ("number", "date", "instant"):
        return (3, 0)
    if kind(value) == "number":
        return (0, sign * value)
    if kind(value) == "date":
        return (1, sign * comparable(value).toordinal())
    return (2, sign * ((comparable(value) - EPOCH) // MICROSECOND))


class Part(NamedTuple):
    """One part of a sort key: its name, what is compared and what is shown."""

    name: str
    rank: Any
    value: Any


def last_parts(frame: Frame, task: Json) -> list[Part]:
    """Build the parts that end every sort key: due, created, id."""
    due, created = task["due"], instant(task["created"])
    if is_exact(task):
        due_part = Part("due", (instant(due), 1), printed(instant(due)))
    else:
        due_part = Part("due", (day_end(frame.zone, date.fromisoformat(due)), 0), due)
    return [due_part, Part("created", created, printed(created)), Part("id", task["id"], task["id"])]


def sort_key(frame: Frame, task: Json, lane: str) -> list[Part]:
    """Build the whole sort key of a task that stands in a lane."""
    if lane == "exact":
        return [Part("lane", 0, "exact"), *last_parts(frame, task)]
    index = taker(frame, task)
    assert index is not None
    priority, bucket = frame.role["priorities"][index], bucket_of(frame, task)
    parts = [Part("lane", 1, "priority"), Part("priority", index, priority["id"])]
    parts += [Part("bucket", 0 if bucket == priority.get("first", "overdue") else 1, bucket)]
    for number, by in enumerate(priority.get("order", [])):
        value = field_value(frame.snapshot, task, by["field"])
        parts += [Part(f"order[{number}]", order_rank(value, by.get("direction", "asc")), value)]
    return parts + last_parts(frame, task)


class Standing(NamedTuple):
    """A task's place in a queue: the task, its lane and its sort key."""

    task: Json
    lane: str
    key: list[Part]


def queue_of(frame: Frame) -> list[Standing]:
    """Put the tasks that stand in the role's queue in order, smallest key first."""
    standing = []
    for task in frame.snapshot.get("tasks", []):
        lane = lane_of(frame, task)
        if lane is not None:
            standing.append(Standing(task, lane, sort_key(frame, task, lane)))
    return sorted(standing, key=lambda place: tuple(part.rank for part in place.key))


# The desk (section 7) ---------------------------------------------------------------------------------------


def frames_of(snapshot: Json, policy: Json, user: str, now: datetime) -> list[Frame]:
    """Look at every role of the policy, in its order."""
    return [frame_of(snapshot, policy, user, role, now) for role in policy["roles"]]


def queues_of(frames: list[Frame]) -> list[list[Standing] | None]:
    """Give the queue of each role that is the user's and active, None for the others."""
    return [queue_of(frame) if is_member(frame) and is_active(frame) else None for frame in frames]


def chosen_index(queues: list[list[Standing] | None]) -> int | None:
    """Choose the first active role with a queue that is not empty, else the first active one."""
    active = [index for index, queue in enumerate(queues) if queue is not None]
    return next((index for index in active if queues[index]), next(iter(active), None))


def titled(snapshot: Json, task: Json) -> Json:
    """Give the title of a task and where it is from."""
    found = related(snapshot, task)
    for source in ("deal", "contact", "company"):
        name = (found[source] or {}).get("name")
        if name:
            return {"task": task["id"], "title": name, "title_from": source}
    return {"task": task["id"], "title": task["text"], "title_from": "task"}


def could_hand_out(frame: Frame, task: Json) -> bool:
    """Tell whether a role could still hand out a free task before its day ends."""
    if due_day(frame, task) > frame.today:
        return False
    timely = is_timely(frame, task)
    since = max(frame.now, opens_at(frame, task)) if timely else frame.now
    until = day_end(frame.zone, frame.today)
    meeting = {span.interval for span in frame.spans if max(span.start, since) < min(span.end, until)}
    if timely and is_own(frame, task):
        return bool(meeting)
    admitted = [p for p in frame.role.get("priorities", []) if has_interval_in(p, meeting)]
    return any(fits(frame, priority, task) for priority in admitted)


def remaining_of(snapshot: Json, frames: list[Frame], user: str) -> Json:
    """Count the tasks some enabled role of the user could still hand out, own and shared ones."""
    counted = {"own": 0, "shared": 0}
    own_roles = [frame for frame in frames if is_enabled(frame) and is_member(frame)]
    for task in snapshot.get("tasks", []):
        for frame in own_roles:
            if is_free(frame, task) and could_hand_out(frame, task):
                counted["own" if task["responsible"] == user else "shared"] += 1
                break
    return counted


def next_role_of(frames: list[Frame]) -> Json | None:
    """Find the user's enabled role that starts first, None when one is active or none starts in time."""
    own_roles = [frame for frame in frames if is_enabled(frame) and is_member(frame)]
    if any(is_active(frame) for frame in own_roles):
        return None
    starts = [(start, index) for index, frame in enumerate(own_roles) if (start := next_start(frame))]
    if not starts:
        return None
    start, index = min(starts)
    return {"id": own_roles[index].role["id"], "from": printed(start)}


def queue_row(frame: Frame, place: Standing) -> Json:
    """Write one place of a queue in wire form."""
    index = taker(frame, place.task)
    return {
        "task": place.task["id"],
        "lane": place.lane,
        "priority": None if index is None else frame.role["priorities"][index]["id"],
        "bucket": bucket_of(frame, place.task),
        "shared": not is_own(frame, place.task),
    }


def current_of(snapshot: Json, user: str, now: datetime) -> Json | None:
    """Write what the user works on in wire form."""
    lease = current_lease(snapshot, user, now)
    if lease is None:
        return None
    task = entity(snapshot, "tasks", lease["task"])
    assert task is not None
    return {**titled(snapshot, task), "since": printed(instant(lease["since"]))}


def role_row(frame: Frame) -> Json:
    """Write the chosen role in wire form."""
    ends = {"until": role_until(frame), "interval_until": interval_until(frame)}
    return {"id": frame.role["id"], "name": frame.role["name"], **ends}


def decide(snapshot: Json, policy: Json, user: str, now: datetime) -> Json:
    """Decide the desk of a user at a moment, in wire form and with the whole queue."""
    now = now.astimezone(UTC)
    frames = frames_of(snapshot, policy, user, now)
    queues = queues_of(frames)
    index = chosen_index(queues)
    queue = [] if index is None else queues[index] or []
    return {
        "format": "workplaces/desk/1",
        "user": user,
        "at": printed(now),
        "policy_version": policy["version"],
        "role": None if index is None else role_row(frames[index]),
        "current": current_of(snapshot, user, now),
        "next": titled(snapshot, queue[0].task) if queue else None,
        "remaining": remaining_of(snapshot, frames, user),
        "next_role": next_role_of(frames),
        "queue": [] if index is None else [queue_row(frames[index], place) for place in queue],
    }


# Explanation (section 8) ------------------------------------------------------------------------------------


def task_codes(snapshot: Json, user: str, task: Json, now: datetime) -> list[Json]:
    """Give the codes of the task itself."""
    codes: list[Json] = []
    lease, skip = live_lease(snapshot, task, now), live_skip(snapshot, user, task, now)
    current = current_lease(snapshot, user, now)
    if task.get("completed", False):
        codes += [{"code": "completed"}]
    if lease is not None:
        codes += [{"code": "leased", "by": lease["user"], "until": printed(instant(lease["expires"]))}]
    if current is not None and current["task"] == task["id"]:
        codes += [{"code": "current"}]
    if skip is not None:
        codes += [{"code": "skipped", "until": printed(instant(skip["until"]))}]
    return codes


def role_codes(frame: Frame, task: Json) -> list[Json]:
    """Give the codes that tell why a role does not hand out a task now."""
    codes: list[Json] = []
    if not is_enabled(frame):
        codes += [{"code": "role_disabled"}]
    if not is_member(frame):
        codes += [{"code": "not_a_member"}]
    if not is_active(frame):
        start = next_start(frame) if is_enabled(frame) else None
        codes += [{"code": "role_not_active", "from": None if start is None else printed(start)}]
    if due_day(frame, task) > frame.today:
        codes += [{"code": "later_day", "date": due_day(frame, task).isoformat()}]
    if is_timed(frame, task) and frame.now < opens_at(frame, task):
        codes += [{"code": "not_yet", "opens_at": printed(opens_at(frame, task))}]
    return codes


def queued_codes(queue: list[Standing] | None, task: Json, chosen: bool) -> list[Json]:
    """Give the codes of a task that stands in a role's queue, none when it does not."""
    for index, place in enumerate(queue or []):
        if place.task["id"] != task["id"]:
            continue
        assert queue is not None
        key = [{"part": part.name, "value": part.value} for part in place.key]
        queued = {"code": "queued", "position": index + 1, "lane": place.lane, "key": key}
        if index > 0:
            before = queue[index - 1]
            queued["after"] = before.task["id"]
            pairs = zip(place.key, before.key, strict=False)
            queued["decided_by"] = next(mine.name for mine, other in pairs if mine.rank != other.rank)
        return [queued] if chosen else [{"code": "not_chosen"}, queued]
    return []


def priority_codes(frame: Frame, index: int, task: Json) -> list[Json]:
    """Give the codes of one priority of a role."""
    codes: list[Json] = []
    priority, taken_by = frame.role["priorities"][index], taker(frame, task)
    verdict = condition(frame, priority, task)
    if not has_interval_in(priority, frame.running):
        codes += [{"code": "interval_not_active"}]
    if not admits_type(priority, task):
        codes += [{"code": "wrong_type"}]
    if verdict != "true":
        codes += [{"code": f"condition_{verdict}", "leaves": judged_leaves(frame, priority, task)}]
    if not is_own(frame, task) and not is_common(priority):
        codes += [{"code": "not_responsible"}]
    if not is_own(frame, task) and is_common(priority) and not in_pool(frame, priority, task):
        codes += [{"code": "outside_pool"}]
    if taken_by is not None and taken_by < index:
        codes += [{"code": "matched_earlier", "by": frame.role["priorities"][taken_by]["id"]}]
    if taken_by == index:
        codes += [{"code": "takes"}]
    return codes


def role_explanation(frame: Frame, task: Json, queue: list[Standing] | None, chosen: bool) -> Json:
    """Explain what one role and each of its priorities make of a task."""
    return {
        "role": frame.role["id"],
        "codes": role_codes(frame, task) + queued_codes(queue, task, chosen),
        "priorities": [
            {"priority": priority["id"], "codes": priority_codes(frame, index, task)}
            for index, priority in enumerate(frame.role.get("priorities", []))
        ],
    }


def explain(snapshot: Json, policy: Json, user: str, task: str, now: datetime) -> Json:
    """Explain why a task is or is not on the desk of a user, in wire form; an absent task is a KeyError."""
    now = now.astimezone(UTC)
    found = entity(snapshot, "tasks", task)
    if found is None:
        raise KeyError(task)
    frames = frames_of(snapshot, policy, user, now)
    queues = queues_of(frames)
    chosen = chosen_index(queues)
    return {
        "format": "workplaces/explain/1",
        "user": user,
        "task": task,
        "at": printed(now),
        "codes": task_codes(snapshot, user, found, now),
        "roles": [
            role_explanation(frame, found, queue, index == chosen)
            for index, (frame, queue) in enumerate(zip(frames, queues, strict=True))
        ],
    }


# Conditions that err (section 11) ---------------------------------------------------------------------------


def errs(snapshot: Json, leaf: Json, task: Json) -> bool:
    """Tell whether a leaf errs on a task, which depends on kinds alone and so on no zone and no day."""
    value = field_value(snapshot, task, leaf["field"])
    return leaf_verdict(leaf, value, "UTC", EPOCH.date()) == "error"


def failures(snapshot: Json, policy: Json) -> list[Json]:
    """Report, in policy and tree order, each leaf that errs on open tasks of a type its priority admits."""
    found = []
    for role in policy["roles"]:
        for priority in role.get("priorities", []):
            for path, leaf in leaves_of(priority.get("where")):
                tasks = [t for t in snapshot.get("tasks", []) if not t.get("completed", False)]
                admitted = [t for t in tasks if admits_type(priority, t)]
                failing = sorted(t["id"] for t in admitted if errs(snapshot, leaf, t))
                place = {"role": role["id"], "priority": priority["id"], "leaf": path}
                if failing:
                    found.append({**place, "count": len(failing), "examples": failing[:3]})
    return found
