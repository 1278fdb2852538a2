"""Strategies over policies: conditions, working time, priorities, roles.

They are cached: hypothesis examines every strategy it has not seen, which costs more than drawing from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, get_args

from hypothesis import strategies as st

from workplaces_core.model import EntityKind
from workplaces_core.policy import (
    DAY_MINUTES,
    OPERANDS,
    All,
    AnyOf,
    CommonQueue,
    Condition,
    ExactTime,
    Interval,
    Leaf,
    Members,
    Not,
    OrderKey,
    Policy,
    Priority,
    Role,
)
from workplaces_core.recurrence import DAY_CODES
from workplaces_core.rules.conditions import ATTRIBUTES
from workplaces_core.testing import pools
from workplaces_core.testing.drawing import COIN, mostly, one_of, rarely, sampled, some_of, zones
from workplaces_core.testing.pools import AROUND, EVERY_DAY, IDS, NOBODY

# Conditions -------------------------------------------------------------------------------------------------

_USUAL_PATHS = (
    *("deal.price", "deal.when", "deal.tags", "deal.labels", "deal.name"),
    *("task.text", "task.created", "task.type", "task.responsible"),
)
_PATHS = (
    *_USUAL_PATHS * 8,
    *(f"{entity}.{name}" for entity in get_args(EntityKind) for name in (*sorted(ATTRIBUTES), *IDS["field"], "gone")),
)
_TEXT_OPS = ("contains", "starts_with", "is_set", "is_set", "is_set", "in")
_SUITING: dict[str, tuple[str, ...]] = {
    "price": ("ge", "lt", "between", "is_set", "is_set"),
    "when": ("days", "lt", "between", "is_set"),
    "created": ("days", "lt", "ge", "is_set", "is_set"),
    "tags": ("has_any", "has_all", "is_set"),
    "labels": ("has_any", "has_all", "is_set"),
    "type": ("in", "in", "eq", "is_set"),
}


def paths() -> st.SearchStrategy[str]:
    """Draw what a condition or an order key may read."""
    return sampled(_PATHS)


@cache
@st.composite
def leaves(draw: st.DrawFn, *, around: datetime = AROUND) -> Leaf:
    """Draw a comparison: usually with an op that suits its path, else with any, which often errs."""
    path = draw(paths())
    op = draw(_ops_for(path.partition(".")[2]))
    return Leaf(path, op, draw(_constants(op, around)))


@cache
def _ops_for(name: str) -> st.SearchStrategy[str]:
    return one_of(*_SUITING.get(name, _TEXT_OPS) * 6, *OPERANDS)


@cache
def _constants(op: str, around: datetime) -> st.SearchStrategy[Any]:
    values = pools.values_near(around)
    scalars = tuple(value for value in values if value is not None and not isinstance(value, tuple))
    kinds: tuple[tuple[type, ...], ...] = ((int, float), (date,), (datetime,))
    ordered = [tuple(v for v in scalars if type(v) in kind) for kind in kinds]
    bounds = [st.tuples(sampled((None, *pool)), sampled((None, *pool))) for pool in ordered]
    texts = tuple(value for value in values if isinstance(value, str))
    days = one_of(None, -1, 0, 1, 2)
    by_operand: dict[str, st.SearchStrategy[Any]] = {
        "scalar": sampled(scalars),
        "scalars": st.lists(sampled(scalars), max_size=5).map(tuple),
        "ordered": st.one_of(*map(sampled, ordered)),
        "range": st.one_of(*bounds),
        "text": sampled(texts),
        "texts": some_of(pools.TAGS),
        "day range": st.tuples(days, days),
        "true": st.just(value=True),
    }
    return by_operand[OPERANDS[op]]


@cache
@st.composite
def conditions(draw: st.DrawFn, *, around: datetime = AROUND, max_depth: int = 3) -> Condition:
    """Draw a tree of conditions, its leaves true, false or in error over what situations hold."""
    shape = draw(one_of("leaf", "leaf", "not", "all", "any")) if max_depth else "leaf"
    if shape == "leaf":
        return draw(leaves(around=around))
    deeper = conditions(around=around, max_depth=max_depth - 1)
    if shape == "not":
        return Not(draw(deeper))
    parts = tuple(draw(deeper) for _ in range(draw(one_of(2, 1, 0, 2))))
    return All(parts) if shape == "all" else AnyOf(parts)


# Working time -----------------------------------------------------------------------------------------------


@cache
@st.composite
def recurrences(draw: st.DrawFn, *, around: datetime = AROUND, weekly: bool = False) -> str:
    """Draw the text of a recurrence rule that the contract admits, one that never occurs now and then."""
    if not weekly and draw(rarely(10)):
        return draw(sampled(pools.NEVER))
    freq = draw(one_of("DAILY", "WEEKLY") if weekly else one_of("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))
    parts = [f"FREQ={freq}", *draw(_by_parts(freq, weekly, around))]
    if len(parts) > 1 and draw(rarely(3)):
        parts.append(f"BYSETPOS={_joined(draw(_numbers(5, 2)))}")
    parts += draw(_RHYTHM)
    ends = [f"UNTIL={day:%Y%m%d}" for day in pools.dates_near(around)[:3]]
    parts.append(draw(one_of("", "", "", "", *ends, "COUNT=1", "COUNT=2", "COUNT=5", "COUNT=30", "COUNT=1000")))
    return ";".join(filter(None, parts))


_RHYTHM = st.tuples(
    one_of("", "", "INTERVAL=2", "INTERVAL=3", "INTERVAL=7", "INTERVAL=400"), one_of("", "", "WKST=SU", "WKST=WE")
)


@cache
@st.composite
def _by_parts(draw: st.DrawFn, freq: str, weekly: bool, around: datetime) -> list[str]:  # noqa: FBT001
    parts = []
    months = not weekly and draw(rarely(3))
    if months:
        parts.append(f"BYMONTH={_joined(sorted({around.month, *draw(some_of((1, 2, 10, 12)))}))}")
    if freq == "YEARLY" and draw(COIN):
        if draw(COIN):
            return [*parts, f"BYWEEKNO={_joined(draw(_numbers(53, 4)))}", f"BYDAY={','.join(draw(_WEEKDAY_CODES))}"]
        parts.append(f"BYYEARDAY={_joined(draw(_numbers(366, 4)))}")
    elif freq != "WEEKLY" and not weekly and draw(COIN):
        parts.append(f"BYMONTHDAY={_joined([around.day, *draw(_numbers(31, 2))])}")
    if draw(COIN):
        numbered = freq in {"MONTHLY", "YEARLY"} and draw(COIN)
        numbers = draw(_numbers(5 if months or freq == "MONTHLY" else 53, 3)) if numbered else [""]
        days = draw(_WEEKDAY_CODES)
        parts.append(f"BYDAY={','.join(f'{number}{day}' for number in numbers for day in days)}")
    return parts


_WEEKDAY_CODES = some_of(DAY_CODES, 1)


@cache
def _numbers(most: int, max_size: int) -> st.SearchStrategy[list[int]]:
    signed = st.integers(1, most) | st.integers(-most, -1)
    return st.lists(signed, min_size=1, max_size=max_size, unique=True)


def _joined(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


@cache
@st.composite
def intervals(draw: st.DrawFn, *, name: str = "i1", around: datetime = AROUND, weekly: bool = False) -> Interval:
    """Draw an interval: on days of the week or by a rule, all day, across midnight, or in a gap or fold."""
    kind = draw(one_of("always", "days", "days", "days", "rule"))
    start, end = (0, DAY_MINUTES) if kind == "always" else draw(sampled(pools.TIMES))
    if kind == "rule":
        rule = draw(recurrences(around=around, weekly=weekly))
        first = draw(one_of(0, -1, 3, 40, 400, -2))
        starts_on = pools.dates_near(around)[0] - timedelta(days=first)
        return Interval(name, start, end, rrule=rule, starts_on=starts_on)
    return Interval(name, start, end, days=EVERY_DAY if kind == "always" else draw(sampled(pools.WEEKDAYS)))


# The policy -------------------------------------------------------------------------------------------------


@cache
@st.composite
def members(draw: st.DrawFn) -> Members:
    """Draw a list of users and groups, unknown ones included."""
    return Members(draw(some_of((*IDS["user"], NOBODY))), draw(some_of((*IDS["group"], NOBODY))))


@cache
@st.composite
def common_queues(draw: st.DrawFn) -> CommonQueue:
    """Draw a common queue."""
    pool = draw(one_of("anyone", "anyone", "members", None))
    return CommonQueue(draw(members()) if pool is None else pool, draw(COIN))


def order_keys() -> st.SearchStrategy[OrderKey]:
    """Draw a key of an order."""
    paths = one_of("deal.price", "deal.when", "task.created", "deal.stage", "contact.price", "company.a.b")
    return st.builds(OrderKey, st.just("field"), paths, one_of("asc", "desc"))


@cache
@st.composite
def priorities(
    draw: st.DrawFn, *, name: str = "p1", intervals: tuple[str, ...] = ("i1",), around: datetime = AROUND
) -> Priority:
    """Draw a priority of a role that has these intervals."""
    return Priority(
        name,
        draw(one_of("Calls", "")),
        None if draw(mostly(4)) else draw(some_of(intervals)),
        draw(one_of((), ("1",), ("2", "10"), ("1",), ("2", "10"))),
        draw(conditions(around=around)) if draw(COIN) else None,
        draw(one_of("overdue", "today")),
        tuple(draw(_ORDER_KEY) for _ in range(draw(one_of(0, 1, 1, 2)))),
        draw(_COMMON_QUEUE) if draw(COIN) else None,
    )


_COMMON_QUEUE = common_queues()
_ORDER_KEY = order_keys()
_MEMBERS = members()


@cache
@st.composite
def roles(draw: st.DrawFn, *, name: str = "sales", around: datetime = AROUND, weekly: bool = False) -> Role:
    """Draw a role that usually has the user `u1` and is often active around the moment."""
    own = IDS["interval"][: draw(one_of(2, 1, 3, 2))]
    return Role(
        name,
        draw(one_of("Sales", "")),
        enabled=draw(mostly(12)),
        timezone=draw(one_of(None, None, "zone")) and draw(zones(weekly=weekly)),
        members=draw(_MEMBERS) if draw(rarely(8)) else Members(IDS["user"], IDS["group"][:1]),
        days_off=draw(some_of(pools.dates_near(around))) if draw(rarely(7)) else (),
        intervals=tuple(draw(intervals(name=each, around=around, weekly=weekly)) for each in own),
        exact_time=draw(_EXACT_TIME),
        priorities=tuple(
            draw(priorities(name=each, intervals=own, around=around))
            for each in IDS["priority"][: draw(one_of(2, 1, 3, 4, 0, 2))]
        ),
    )


_EXACT_TIME = one_of(None, *map(ExactTime, (0, 5, 30, 180, DAY_MINUTES)))


@cache
@st.composite
def policies(draw: st.DrawFn, *, around: datetime = AROUND, weekly: bool = False) -> Policy:
    """Draw a policy of up to three roles."""
    days_off = draw(sampled((*[()] * 11, pools.dates_near(around)[:1])))
    named = draw(some_of(IDS["role"], 1)) if draw(mostly(16)) else ()
    listed = tuple(draw(roles(name=name, around=around, weekly=weekly)) for name in named)
    return Policy(draw(one_of(1, 7)), listed, days_off)
