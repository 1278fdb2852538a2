"""Random valid cases for the differential test: small pools, so that ties, collisions and gaps are common."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

Json = dict[str, Any]
T = TypeVar("T")

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
LAST = datetime(2199, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)

USERS = ("u1", "u2", "u3", "ü/4", "5", "u.1")
GROUPS = ("g1", "g2", "группа", "10")
GHOSTS = ("nobody", "u1/x")
TYPES = ("1", "2", "10", "звонок")
TASKS = (
    *("t1", "t2", "t10", "T1", "t/1", "t.1", "t 1", "т1", "9", "10", " ", "é", "e\u0301", "😀", "\uffff"),
    *("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o"),
)
DEALS = ("d1", "d2", "d3", "d/4", "д5")
CONTACTS = ("c1", "c2", "c3", "c.4")
COMPANIES = ("o1", "o2", "c1")
FIELDS = ("price", "stage", "when", "a.b", "flag", "labels", "name", "tags", "id")
TAGS = ("vip", "new", "VIP", "Straße")
NAMES = ("", "", "Acme", "ACME, 20 pcs", "Straße", "Боб", " ")

NUMBERS = (0, 1, -1, -0.0, 0.1, 150000, 150000.0, 2**53, 2**53 + 1, float(2**53), 2**63 - 1, -(2**63), 1e300)
WORDS = ("", "a", "A", "Acme", "Straße", "STRASSE", "ß", "İ", "i", "vip", "0", "true", "2026-11-24")
TEXTS = (*WORDS, *USERS, *TYPES)

#: a moment worth looking at, and the zone that makes it so
ANCHORS = (
    *(("2026-03-29T01:00:00Z", "Europe/Berlin"), ("2026-10-25T01:00:00Z", "Europe/Berlin")),
    *(("2026-03-08T07:00:00Z", "America/New_York"), ("2026-11-01T06:00:00Z", "America/New_York")),
    *(("2026-03-08T05:00:00Z", "America/Havana"), ("2026-11-01T05:00:00Z", "America/Havana")),
    *(("2026-04-04T15:00:00Z", "Australia/Lord_Howe"), ("2026-10-03T15:30:00Z", "Australia/Lord_Howe")),
    *(("2026-04-23T22:00:00Z", "Africa/Cairo"), ("2026-10-29T21:00:00Z", "Africa/Cairo")),
    *(("2026-04-04T14:00:00Z", "Pacific/Chatham"), ("2026-09-26T14:00:00Z", "Pacific/Chatham")),
    *(("2026-03-08T05:30:00Z", "America/St_Johns"), ("2006-10-29T02:31:00Z", "America/St_Johns")),
    *(("2026-03-28T22:00:00Z", "Asia/Beirut"), ("2026-10-24T21:00:00Z", "Asia/Beirut")),
    *(("2018-11-04T03:00:00Z", "America/Sao_Paulo"), ("2018-02-18T02:00:00Z", "America/Sao_Paulo")),
    *(("2011-12-30T10:00:00Z", "Pacific/Apia"), ("2011-12-29T22:00:00Z", "Pacific/Apia")),
    *(("2014-10-25T22:00:00Z", "Europe/Moscow"), ("2026-11-24T09:00:00Z", "Europe/Moscow")),
    *(("1994-12-31T10:00:00Z", "Pacific/Kiritimati"), ("2026-12-31T10:00:00Z", "Pacific/Kiritimati")),
    *(("2026-02-28T12:00:00Z", "UTC"), ("2028-02-29T12:00:00Z", "UTC"), ("2026-12-31T23:59:00Z", "UTC")),
    *(("1970-01-02T00:00:00Z", "America/New_York"), ("2100-02-28T20:00:00Z", "Europe/Berlin")),
    *(("2199-03-31T01:00:00Z", "Europe/Berlin"), ("2199-12-30T12:00:00Z", "Pacific/Kiritimati")),
)
ZONES = tuple(sorted({zone for _, zone in ANCHORS}))
NIGHT_CLOCKS = ("00:00", "00:01", "00:30", "01:00", "01:45", "02:00", "02:15", "02:45", "03:00")
CLOCKS = (*NIGHT_CLOCKS, "09:00", "12:00", "18:00")
END_CLOCKS = (*CLOCKS[1:], "23:00", "23:59", "24:00", "24:00", "24:00")
ORDER_OPS = ("lt", "le", "gt", "ge", "between")
OPS = (*ORDER_OPS, "eq", "in", "is_set", "contains", "starts_with", "has_any", "has_all", "days")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RULE_WEEKDAYS = tuple(name[:2].upper() for name in WEEKDAYS)
NEVER = (
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=-30",
    "FREQ=MONTHLY;BYDAY=MO,2TU",
    "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=3",
    "FREQ=MONTHLY;BYDAY=53MO",
    "FREQ=DAILY;BYDAY=SU;BYSETPOS=2",
)


# Choosing ---------------------------------------------------------------------------------------------------


def some(rng: Random, pool: Sequence[T], least: int, most: int) -> list[T]:
    """Draw a few different elements of a pool, in random order."""
    return rng.sample(pool, min(len(pool), rng.randint(least, most)))


def chance(rng: Random, probability: float) -> bool:
    """Toss a coin that shows true with a probability."""
    return rng.random() < probability


def without_defaults(rng: Random, value: Json, **defaults: Any) -> Json:
    """Leave out, now and then, keys whose value is the default anyway."""
    return {k: v for k, v in value.items() if not (k in defaults and v == defaults[k] and chance(rng, 0.5))}


# Times ------------------------------------------------------------------------------------------------------


def clamped(moment: datetime) -> datetime:
    """Move an instant into the years the wire forms allow."""
    return min(max(moment, FIRST), LAST)


def near(rng: Random, anchor: datetime, hours: int = 60) -> datetime:
    """Draw an instant near an anchor, often the same ones again."""
    steps = rng.choice((0, 0, 0, 1, -1, 2, -24, rng.randint(-hours, hours)))
    minutes = rng.choice((0, 0, 0, 0, 5, -5, rng.randint(-60, 60)))
    return clamped(anchor + steps * HOUR + minutes * MINUTE + rng.choice((0, 0, 0, 0, 1, -1)) * MICROSECOND)


def written(rng: Random, moment: datetime) -> str:
    """Write an instant in one of the forms the wire allows."""
    offset = rng.choice((0, 0, 180, -210, 765, 840, -720))
    naive = moment.astimezone(timezone(offset * MINUTE)).replace(tzinfo=None)
    text = naive.isoformat(timespec="microseconds")
    while text.endswith("0") and "." in text and chance(rng, 0.9):
        text = text[:-1]
    text = text.removesuffix(".")
    if text.endswith(":00") and "." not in text and chance(rng, 0.3):
        text = text[:-3]
    sign, size = "-" if offset < 0 else "+", abs(offset)
    return text + ("Z" if offset == 0 else f"{sign}{size // 60:02d}:{size % 60:02d}")


def near_date(rng: Random, anchor: datetime, days: int = 3) -> date:
    """Draw a date near an anchor."""
    return clamped(anchor + rng.randint(-days, days) * DAY).date()


# Values and conditions --------------------------------------------------------------------------------------


def random_scalar(rng: Random, anchor: datetime) -> Any:
    """Draw a text, number, boolean, date or instant."""
    draws: tuple[Callable[[], Any], ...] = (
        lambda: rng.choice(NUMBERS),
        lambda: rng.choice(TEXTS),
        lambda: rng.choice((True, False)),
        lambda: {"date": near_date(rng, anchor).isoformat()},
        lambda: {"instant": written(rng, near(rng, anchor))},
    )
    return rng.choice(draws)()


def random_value(rng: Random, anchor: datetime) -> Any:
    """Draw a field value of any kind, missing ones included."""
    roll = rng.random()
    if roll < 0.15:
        return rng.choice((None, "", []))
    return some(rng, TAGS, 0, 3) if roll < 0.3 else random_scalar(rng, anchor)


def random_path(rng: Random) -> str:
    """Draw a path: an attribute, a field id with or without a dot, or a property of the task."""
    if chance(rng, 0.2):
        return "task." + rng.choice(("text", "responsible", "created", "type"))
    owner = rng.choice(("deal", "deal", "contact", "company"))
    return f"{owner}." + rng.choice((*FIELDS, "name", "responsible", "tags", "id", "undeclared"))


def random_bounds(rng: Random, anchor: datetime) -> list[Any]:
    """Draw the two bounds of `between`: one kind, either may be null, not always in order."""
    pool = rng.choice(
        (
            list(NUMBERS),
            [{"date": near_date(rng, anchor).isoformat()} for _ in range(3)],
            [{"instant": written(rng, near(rng, anchor))} for _ in range(3)],
        )
    )
    return [None if chance(rng, 0.25) else rng.choice(pool) for _ in range(2)]


def random_constant(rng: Random, op: str, anchor: datetime) -> Any:
    """Draw a constant of the kind an op wants."""
    draws: dict[str, Callable[[], Any]] = {
        "is_set": lambda: True,
        "contains": lambda: rng.choice(TEXTS),
        "starts_with": lambda: rng.choice(TEXTS),
        "has_any": lambda: some(rng, TAGS, 0 if chance(rng, 0.1) else 1, 2),
        "has_all": lambda: some(rng, TAGS, 0 if chance(rng, 0.1) else 1, 2),
        "days": lambda: [None if chance(rng, 0.2) else rng.randint(-3, 3) for _ in range(2)],
        "between": lambda: random_bounds(rng, anchor),
        "in": lambda: [random_scalar(rng, anchor) for _ in range(rng.randint(0, 6))],
        "eq": lambda: random_scalar(rng, anchor),
    }
    if op in draws:
        return draws[op]()
    return rng.choice([bound for bound in [*random_bounds(rng, anchor), 1] if bound is not None])


def ops_that_suit(path: str) -> tuple[str, ...]:
    """List ops that do not err on what usually stands at a path."""
    name = path.split(".", 1)[1]
    if name == "price":
        return (*ORDER_OPS, "eq", "in", "is_set")
    if name in ("tags", "labels"):
        return ("has_any", "has_all", "is_set")
    if name in ("when", "created"):
        return ("days", "between", "lt", "ge", "is_set")
    return ("contains", "starts_with", "eq", "in", "is_set")


def random_leaf(rng: Random, anchor: datetime) -> Json:
    """Draw a leaf, mostly with an op that suits its path, sometimes with one that will err."""
    path = random_path(rng)
    op = rng.choice(ops_that_suit(path) if chance(rng, 0.7) else OPS)
    return {"field": path, "op": op, "value": random_constant(rng, op, anchor)}


def random_condition(rng: Random, anchor: datetime, depth: int = 3) -> Json:
    """Draw a tree of conditions, its leaves often under a `not`."""
    roll = rng.random()
    if depth == 0 or roll < 0.45:
        return random_leaf(rng, anchor)
    if roll < 0.65:
        return {"not": random_condition(rng, anchor, depth - 1)}
    name = "all" if roll < 0.8 else "any"
    return {name: [random_condition(rng, anchor, depth - 1) for _ in range(rng.randint(0, 3))]}


def random_where(rng: Random, anchor: datetime) -> Json | None:
    """Draw the condition of a priority: often none, once in a while one as deep as the limit allows."""
    if chance(rng, 0.45):
        return None
    if chance(rng, 0.01):
        tree = random_leaf(rng, anchor)
        for _ in range(64):
            tree = {"not": tree} if chance(rng, 0.6) else {rng.choice(("all", "any")): [tree]}
        return tree
    return random_condition(rng, anchor, rng.choice((1, 2, 3)))


# Recurrences and intervals ----------------------------------------------------------------------------------


def signed(rng: Random, most: int, count: int = 3, also: Sequence[int] = ()) -> str:
    """Draw a list of numbers other than zero, some of them negative, behind given ones."""
    drawn = [rng.randint(1, most) * rng.choice((1, 1, -1)) for _ in range(rng.randint(1, count))]
    return ",".join(map(str, dict.fromkeys([*also, *drawn])))


def plain_weekdays(rng: Random) -> str:
    """Draw weekdays without numbers."""
    return ",".join(some(rng, RULE_WEEKDAYS, 1, 5))


def numbered_weekdays(rng: Random, most: int) -> str:
    """Draw weekdays with numbers, now and then beside some without."""
    days = some(rng, RULE_WEEKDAYS, 1, 3)
    numbered = [f"{rng.choice(('', '+', '-'))}{rng.randint(1, most)}{day}" for day in days]
    return ",".join(numbered + some(rng, RULE_WEEKDAYS, 0, 1 if chance(rng, 0.1) else 0))


def months(rng: Random, anchor: datetime) -> str:
    """Draw months, mostly with the one that is now."""
    drawn = {anchor.month if chance(rng, 0.7) else rng.randint(1, 12), *some(rng, range(1, 13), 0, 3)}
    return ",".join(map(str, drawn))


def by_parts(rng: Random, freq: str, anchor: datetime) -> Json:
    """Draw the BY parts a frequency allows together."""
    parts = {"BYMONTH": months(rng, anchor)} if chance(rng, 0.2) else {}
    if freq == "YEARLY" and chance(rng, 0.3):
        return {**parts, "BYWEEKNO": signed(rng, 53, 6), "BYDAY": plain_weekdays(rng)}
    if freq == "YEARLY" and chance(rng, 0.4):
        parts["BYYEARDAY"] = signed(rng, 366, also=[anchor.timetuple().tm_yday])
    elif freq != "WEEKLY" and chance(rng, 0.4):
        parts["BYMONTHDAY"] = signed(rng, 31, also=[anchor.day] if chance(rng, 0.7) else [])
    if chance(rng, 0.5):
        numbered = freq in ("MONTHLY", "YEARLY") and chance(rng, 0.6)
        most = 53 if freq == "YEARLY" and "BYMONTH" not in parts else 5
        parts["BYDAY"] = numbered_weekdays(rng, most) if numbered else plain_weekdays(rng)
    return parts


def random_rule(rng: Random, anchor: datetime) -> str:
    """Draw a recurrence rule the contract allows."""
    if chance(rng, 0.08):
        return rng.choice(NEVER)
    freq = rng.choice(("DAILY", "DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "YEARLY"))
    parts = by_parts(rng, freq, anchor)
    if parts and chance(rng, 0.3):
        parts["BYSETPOS"] = signed(rng, rng.choice((1, 2, 5, 366)))
    if chance(rng, 0.4):
        parts["INTERVAL"] = str(rng.choice((1, 2, 2, 3, 5, 7, 14, 400)))
    if chance(rng, 0.3):
        parts["WKST"] = rng.choice(RULE_WEEKDAYS)
    if chance(rng, 0.3):
        parts["COUNT"] = str(rng.choice((1, 2, 3, 5, 10, 100, 1000)))
    elif chance(rng, 0.3):
        parts["UNTIL"] = near_date(rng, anchor, 10).strftime("%Y%m%d")
    order = rng.sample(sorted(parts), len(parts))
    return ";".join([f"FREQ={freq}", *(f"{name}={parts[name]}" for name in order)])


def random_interval(rng: Random, interval_id: str, anchor: datetime) -> Json:
    """Draw an interval: often all day, sometimes across midnight, by weekdays or by a rule."""
    value: Json = {"id": interval_id}
    if chance(rng, 0.25):
        return {**value, "days": list(WEEKDAYS), "start": "00:00", "end": "24:00"}
    if chance(rng, 0.6):
        value["days"] = list(WEEKDAYS) if chance(rng, 0.6) else some(rng, WEEKDAYS, 1, 6)
    else:
        back = rng.choice((0, 1, 3, 10, 40, 400, 4000))
        value["rrule"] = random_rule(rng, anchor)
        value["from"] = clamped(anchor - rng.randint(-3 if back < 10 else 0, back) * DAY).date().isoformat()
    if chance(rng, 0.3):
        return {**value, "start": "00:00", "end": "24:00"}
    start = rng.choice(CLOCKS)
    return {**value, "start": start, "end": rng.choice([end for end in END_CLOCKS if end != start])}


# Policy -----------------------------------------------------------------------------------------------------


def random_listing(rng: Random) -> Json:
    """Draw a list of users and groups, unknown ones included."""
    listing = {"users": some(rng, (*USERS, *GHOSTS), 0, 3), "groups": some(rng, (*GROUPS, *GHOSTS), 0, 2)}
    return without_defaults(rng, listing, users=[], groups=[])


def random_common_queue(rng: Random) -> Json | None:
    """Draw the common queue of a priority, often none."""
    if chance(rng, 0.4):
        return None
    source = rng.choice(("anyone", "anyone", "members", random_listing(rng)))
    queue = {"from": source, "transfer_linked": chance(rng, 0.5)}
    return without_defaults(rng, queue, **{"from": "anyone", "transfer_linked": False})


def random_order(rng: Random) -> list[Json]:
    """Draw the order keys of a priority."""
    keys = []
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        field = rng.choice(("deal.price", "deal.when", "deal.a.b", "task.created", random_path(rng)))
        key = {"by": "field", "field": field, "direction": rng.choice(("asc", "desc"))}
        keys.append(without_defaults(rng, key, direction="asc"))
    return keys


def random_priority(rng: Random, priority_id: str, intervals: list[str], anchor: datetime) -> Json:
    """Draw a priority over some of the role's intervals."""
    priority = {
        "id": priority_id,
        "name": rng.choice(("Calls", "Звонки")),
        "intervals": None if chance(rng, 0.6) else some(rng, intervals, 0, 2),
        "task_types": [] if chance(rng, 0.6) else some(rng, (*TYPES, "99"), 1, 3),
        "where": random_where(rng, anchor),
        "first": rng.choice(("overdue", "today")),
        "order": random_order(rng),
        "common_queue": random_common_queue(rng),
    }
    defaults: Json = {"intervals": None, "task_types": [], "where": None, "first": "overdue", "order": []}
    return without_defaults(rng, priority, common_queue=None, **defaults)


def random_exact_time(rng: Random) -> Json | None:
    """Draw the exact-time setting of a role."""
    if chance(rng, 0.4):
        return None
    lead = rng.choice((0, 1, 5, 5, 30, 90, 720, 1440))
    return without_defaults(rng, {"lead_minutes": lead}, lead_minutes=5)


def random_role(rng: Random, role_id: str, zone: str, anchor: datetime) -> Json:
    """Draw a role with its own intervals and priorities."""
    names = some(rng, ("i1", "i2", "утро", "i/3"), 0 if chance(rng, 0.1) else 1, 4)
    priorities = some(rng, ("p1", "p2", "p.3", "я"), 0 if chance(rng, 0.1) else 1, 4)
    role = {
        "id": role_id,
        "name": rng.choice(("Sales", "Продажи")),
        "enabled": chance(rng, 0.88),
        "timezone": rng.choice((None, None, zone, rng.choice(ZONES))),
        "members": random_listing(rng),
        "days_off": [near_date(rng, anchor).isoformat()] if chance(rng, 0.2) else [],
        "intervals": [random_interval(rng, name, anchor) for name in names],
        "exact_time": random_exact_time(rng),
        "priorities": [random_priority(rng, name, names, anchor) for name in priorities],
    }
    if chance(rng, 0.75):
        role["members"] = {"users": list(USERS), "groups": ["g1"]}
    defaults: Json = {"timezone": None, "days_off": [], "intervals": [], "exact_time": None, "priorities": []}
    return without_defaults(rng, role, enabled=True, **defaults)


def random_policy(rng: Random, zone: str, anchor: datetime) -> Json:
    """Draw a policy of up to four roles."""
    roles = some(rng, ("sales", "r/2", "роль", "9"), 0 if chance(rng, 0.03) else 1, 4)
    policy = {
        "format": "workplaces/policy/1",
        "version": rng.randint(1, 9),
        "days_off": [near_date(rng, anchor).isoformat()] if chance(rng, 0.1) else [],
        "roles": [random_role(rng, role_id, zone, anchor) for role_id in roles],
    }
    return without_defaults(rng, policy, days_off=[])


# Snapshot ---------------------------------------------------------------------------------------------------


def random_user(rng: Random, user_id: str) -> Json:
    """Draw a user of the directory, sometimes inactive, often in several groups."""
    user = {"id": user_id, "name": "Anna", "active": chance(rng, 0.88), "groups": some(rng, GROUPS, 0, 3)}
    return without_defaults(rng, user, active=True, groups=[])


def usual_value(rng: Random, field: str, anchor: datetime) -> Any:
    """Draw a value of the kind that usually stands in a field."""
    if field == "price":
        return rng.choice(NUMBERS)
    if field == "when":
        return rng.choice((random_bounds(rng, anchor)[0], {"date": near_date(rng, anchor, 1).isoformat()}))
    if field == "labels":
        return some(rng, TAGS, 0, 2)
    return rng.choice(TEXTS)


def random_entity(rng: Random, entity_id: str, anchor: datetime) -> Json:
    """Draw what a deal, a contact and a company have in common."""
    fields = {
        field: usual_value(rng, field, anchor) if chance(rng, 0.6) else random_value(rng, anchor)
        for field in some(rng, FIELDS, 0, len(FIELDS))
    }
    value = {
        "id": entity_id,
        "name": rng.choice(NAMES),
        "responsible": None if chance(rng, 0.2) else rng.choice((*USERS, *GHOSTS)),
        "tags": some(rng, TAGS, 0, 3),
        "fields": fields,
    }
    return without_defaults(rng, value, tags=[], fields={})


def random_deal(rng: Random, deal_id: str, anchor: datetime) -> Json:
    """Draw a deal with links, some of them dangling."""
    deal = random_entity(rng, deal_id, anchor)
    deal["contacts"] = some(rng, (*CONTACTS, "gone"), 0, 2)
    deal["company"] = None if chance(rng, 0.4) else rng.choice((*COMPANIES, "gone"))
    return without_defaults(rng, deal, contacts=[], company=None)


def random_subject(rng: Random) -> Json | None:
    """Draw the subject of a task, now and then none or an absent one."""
    if chance(rng, 0.1):
        return None
    kind, pool = rng.choice((("deal", DEALS), ("deal", DEALS), ("contact", CONTACTS), ("company", COMPANIES)))
    return {"kind": kind, "id": rng.choice((*pool, "gone"))}


def random_task(rng: Random, task_id: str, anchor: datetime) -> Json:
    """Draw a task due around an anchor, by date or by instant."""
    exact = chance(rng, 0.5)
    task = {
        "id": task_id,
        "type": rng.choice((*TYPES, "99") if chance(rng, 0.2) else TYPES[:2]),
        "text": rng.choice(("", "Call back", "Straße")),
        "responsible": rng.choice(USERS[:2] if chance(rng, 0.7) else (*USERS, *GHOSTS)),
        "created": written(rng, clamped(anchor - rng.choice((0, 1, 1, 1, 2)) * DAY)),
        "due": written(rng, near(rng, anchor)) if exact else near_date(rng, anchor, 1).isoformat(),
        "subject": random_subject(rng),
        "completed": chance(rng, 0.08),
    }
    return without_defaults(rng, task, subject=None, completed=False)


def random_leases(rng: Random, tasks: list[str], anchor: datetime) -> list[Json]:
    """Draw leases around an anchor, of users and tasks that may be absent, several for one user too."""
    leases = []
    for task in some(rng, [*tasks, "gone"], 0, 4):
        since = near(rng, anchor - 30 * MINUTE, 2)
        expires = rng.choice((since + 15 * MINUTE, since + DAY, max(since, near(rng, anchor))))
        user = rng.choice((*USERS[:2], rng.choice((*USERS, *GHOSTS))))
        written_times = {"since": written(rng, since), "expires": written(rng, clamped(expires))}
        leases.append({"task": task, "user": user, **written_times})
    return leases


def random_skips(rng: Random, tasks: list[str], anchor: datetime) -> list[Json]:
    """Draw skips around an anchor."""
    pairs = {(task, rng.choice((*USERS[:2], "nobody"))) for task in some(rng, [*tasks, "gone"], 0, 5)}
    return [{"task": t, "user": u, "until": written(rng, near(rng, anchor))} for t, u in sorted(pairs)]


def declared_fields(rng: Random) -> list[Json]:
    """Draw declarations, which never change a decision."""
    types = ("text", "number", "boolean", "date", "datetime", "option", "options", "texts")
    pairs = [(entity, field) for entity in ("deal", "contact", "company") for field in FIELDS[:6]]
    chosen = some(rng, pairs, 0, 6)
    return [{"entity": e, "id": f, "name": f, "type": rng.choice(types), "options": None} for e, f in chosen]


def random_snapshot(rng: Random, zone: str, anchor: datetime) -> Json:
    """Draw all data a decision reads."""
    least, most = rng.choice(((0, 4), (4, 15), (4, 15), (15, len(TASKS))))
    tasks = some(rng, TASKS, least, most)
    contacts = [random_entity(rng, name, anchor) for name in some(rng, CONTACTS, 1, 4)]
    companies = [random_entity(rng, name, anchor) for name in some(rng, COMPANIES, 1, 3)]
    snapshot = {
        "format": "workplaces/snapshot/1",
        "account": {"id": "acme", "timezone": zone if chance(rng, 0.7) else rng.choice(ZONES)},
        "users": [random_user(rng, name) for name in some(rng, USERS, 5, len(USERS))],
        "groups": [{"id": name, "name": name} for name in some(rng, GROUPS, 0, 4)],
        "task_types": [{"id": name, "name": name} for name in some(rng, TYPES, 0, 4)],
        "fields": declared_fields(rng),
        "deals": [random_deal(rng, name, anchor) for name in some(rng, DEALS, 1, len(DEALS))],
        "contacts": contacts,
        "companies": companies,
        "tasks": [random_task(rng, name, anchor) for name in tasks],
        "leases": random_leases(rng, tasks, anchor) if chance(rng, 0.6) else [],
        "skips": random_skips(rng, tasks, anchor) if chance(rng, 0.6) else [],
    }
    return without_defaults(rng, snapshot, **{name: [] for name in snapshot.keys() - {"format", "account"}})


# The moment -------------------------------------------------------------------------------------------------


def moments_of_data(snapshot: Json, policy: Json) -> Iterator[datetime]:
    """Give the instants at which the data change a desk: dues, dues less a lead, ends of leases and skips."""
    leads = {(role.get("exact_time") or {}).get("lead_minutes", 5) for role in policy["roles"]} | {0}
    for task in snapshot.get("tasks", []):
        if "T" in task["due"]:
            yield from (datetime.fromisoformat(task["due"]) - lead * MINUTE for lead in sorted(leads))
    for lease in snapshot.get("leases", []):
        yield datetime.fromisoformat(lease["expires"])
    for skip in snapshot.get("skips", []):
        yield datetime.fromisoformat(skip["until"])


def moments_of_roles(snapshot: Json, policy: Json, anchor: datetime) -> Iterator[datetime]:
    """Give the edges of intervals and the midnights around an anchor, by the clocks of the roles."""
    for role in policy["roles"]:
        zone = ZoneInfo(role.get("timezone") or snapshot["account"]["timezone"])
        intervals = role.get("intervals", [])
        clocks = {clock for interval in intervals for clock in (interval["start"], interval["end"])}
        for clock in sorted((clocks - {"24:00"}) | {"00:00"}):
            for day in (anchor.astimezone(zone).date() + k * DAY for k in (-1, 0, 1)):
                for fold in (0, 1):
                    yield datetime.combine(day, time.fromisoformat(clock), zone).replace(fold=fold)


def random_now(rng: Random, snapshot: Json, policy: Json, anchor: datetime) -> datetime:
    """Draw a moment at, just before or just after something that matters."""
    pools = (
        [anchor],
        list(moments_of_data(snapshot, policy)) or [anchor],
        list(moments_of_roles(snapshot, policy, anchor)) or [anchor],
        [anchor + rng.randint(-20 * 3600, 20 * 3600) * timedelta(seconds=1)],
    )
    moment = rng.choice(rng.choice(pools)).astimezone(UTC) + rng.choice((-1, 0, 0, 1)) * MICROSECOND
    return clamped(moment)


def random_anchor(rng: Random) -> tuple[datetime, str]:
    """Draw the moment a case is about and the zone that suits it."""
    text, zone = rng.choice(ANCHORS)
    if chance(rng, 0.3):
        year = 2026 if chance(rng, 0.8) else rng.randint(1971, 2198)
        return datetime(year, rng.randint(1, 12), rng.randint(1, 28), rng.randint(0, 23), tzinfo=UTC), zone
    return datetime.fromisoformat(text), zone


def random_case(rng: Random) -> tuple[Json, Json, str, datetime]:
    """Draw a snapshot, a policy, a user and a moment, all valid and all about the same few days."""
    anchor, zone = random_anchor(rng)
    policy = random_policy(rng, zone, anchor)
    snapshot = random_snapshot(rng, zone, anchor)
    user = rng.choice(USERS[:2] if chance(rng, 0.8) else (*USERS, *GHOSTS))
    now = random_now(rng, snapshot, policy, anchor)
    return copy.deepcopy(snapshot), copy.deepcopy(policy), user, now
