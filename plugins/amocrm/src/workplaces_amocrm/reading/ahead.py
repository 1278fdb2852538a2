"""Calls that are made a little ahead of whoever wants their answers, so that slow answers do not waste the rate."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def ahead(calls: Iterable[Callable[[], T]], width: int) -> Iterator[T]:
    """Give the answers of calls in their order, with at most `width` calls under way; 1 makes them one by one.

    What a call raises comes in its turn, and ends the rest. Never more than `width` answers are kept.

    >>> list(ahead([lambda: 1, lambda: 2, lambda: 3], 2))
    [1, 2, 3]
    """
    if width == 1:
        yield from (call() for call in calls)
        return
    remaining = iter(calls)
    with ThreadPoolExecutor(width, "amocrm-reading") as pool:
        under_way: deque[Future[T]] = deque(pool.submit(call) for call in islice(remaining, width))
        try:
            while under_way:
                answer = under_way.popleft().result()
                under_way.extend(pool.submit(call) for call in islice(remaining, 1))
                yield answer
        finally:
            for waiting in under_way:
                waiting.cancel()
