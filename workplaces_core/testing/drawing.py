"""Strategies for single values, and how the others choose: from small pools, in one draw where possible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import TypeVar

from hypothesis import strategies as st

from workplaces_core.model import FieldValue
from workplaces_core.testing import pools
from workplaces_core.testing.pools import AROUND, IDS, NOBODY

T = TypeVar("T")


@lru_cache(maxsize=4096, typed=True)  # typed: 0 and 1 are not False and True
def one_of(*pool: T) -> st.SearchStrategy[T]:
    """Draw one of these values; what is given twice comes twice as often."""
    return st.sampled_from(pool)


def sampled(pool: Sequence[T]) -> st.SearchStrategy[T]:
    """Draw one value of a pool."""
    return one_of(*pool)


@cache
def some_of(pool: tuple[T, ...], min_size: int = 0) -> st.SearchStrategy[tuple[T, ...]]:
    """Draw a part of a pool, in the order of the pool; smaller parts are simpler."""

    def chosen(mask: int) -> tuple[T, ...]:
        part = tuple(each for number, each in enumerate(pool) if mask >> number & 1)
        return part if len(part) >= min_size else pool[:min_size]

    return st.integers(0, 2 ** len(pool) - 1).map(chosen)


@cache
def most_of(pool: tuple[T, ...]) -> st.SearchStrategy[tuple[T, ...]]:
    """Draw all of a pool, or a part now and then."""
    return st.one_of(some_of(pool), *[st.just(pool)] * 2)


def ids(kind: str) -> st.SearchStrategy[str]:
    """Draw an id of a kind (`user`, `task`, `role`, ...), now and then one that nothing in a situation has."""
    return one_of(*IDS[kind], *IDS[kind], NOBODY)


def zones(*, weekly: bool = False) -> st.SearchStrategy[str]:
    """Draw the name of an awkward zone."""
    return one_of(*(pools.FIXED_OFFSETS if weekly else pools.ZONES))


@cache
def moments(*, around: datetime | None = None) -> st.SearchStrategy[datetime]:
    """Draw an instant near a clock change, a midnight or, when given, another instant."""
    if around is not None:
        return one_of(*pools.instants_near(around))
    return one_of(*(near for moment, _ in pools.AWKWARD_MOMENTS for near in pools.instants_near(moment)))


def dates(*, around: datetime = AROUND) -> st.SearchStrategy[date]:
    """Draw a date near an instant."""
    return one_of(*pools.dates_near(around))


@cache
def field_values(*, around: datetime = AROUND) -> st.SearchStrategy[FieldValue | None]:
    """Draw a value of any kind, missing ones included."""
    return sampled(pools.values_near(around))


COIN = st.booleans()


def rarely(times: int) -> st.SearchStrategy[bool]:
    """Draw True once in so many times."""
    return one_of(*[False] * (times - 1), True)  # noqa: FBT003


def mostly(times: int) -> st.SearchStrategy[bool]:
    """Draw False once in so many times."""
    return one_of(*[True] * (times - 1), False)  # noqa: FBT003
