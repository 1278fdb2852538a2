"""A lock that processes share and that ends by itself, should its holder die."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

from workplaces_core.adapters.cells import Cells
from workplaces_core.errors import StoreUnavailable

_LOOK_AGAIN = 0.2


@contextmanager
def exclusive(cells: Cells, name: str, *, seconds: float, sleep: Callable[[float], None]) -> Iterator[None]:
    """Hold the lock of a cell, for `seconds` at most; wait while another thread or process holds it."""
    ticket = uuid4().hex
    while (wait := _tried(cells, name, ticket, seconds)) > 0:
        sleep(wait)
    try:
        yield
    finally:
        with suppress(StoreUnavailable):  # it ends by itself then
            cell = cells.read(name)
            if cell and cell.value.startswith(ticket):
                cells.swap(name, "", version=cell.version)


def _tried(cells: Cells, name: str, ticket: str, seconds: float) -> float:
    """Take the lock if it is free; else give how long to wait before the next try."""
    cell, now = cells.read(name), cells.now().timestamp()
    left = _until(cell.value if cell else "") - now
    if 0 < left <= seconds:  # more than that comes from a clock that jumped
        return min(left, _LOOK_AGAIN)
    won = cells.swap(name, f"{ticket} {now + seconds}", version=cell.version if cell else 0)
    return 0.0 if won else _LOOK_AGAIN


def _until(value: str) -> float:
    try:
        return float(value.partition(" ")[2])
    except ValueError:
        return 0.0
