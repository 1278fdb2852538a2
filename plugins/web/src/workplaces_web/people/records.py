"""Records in cells: JSON texts of attrs classes, changed only by whoever read the newest."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from cattrs import Converter

from workplaces_core.adapters.cells import Cells
from workplaces_core.errors import StoreUnavailable
from workplaces_core.wire.forms import moment_text, read_instant

T = TypeVar("T")
_ATTEMPTS = 50

_CONVERTER = Converter()
_CONVERTER.register_unstructure_hook(datetime, moment_text)
_CONVERTER.register_structure_hook(datetime, lambda value, _: read_instant(value))
_CONVERTER.register_structure_hook(
    str | int | bool | list[str] | None, lambda value, _: value
)  # the details of an audit entry


def text_of(record: object) -> str:
    """Write a record."""
    return json.dumps(_CONVERTER.unstructure(record), ensure_ascii=False, separators=(",", ":"))


def record_of(text: str, cls: type[T]) -> T:
    """Read a record."""
    return _CONVERTER.structure(json.loads(text), cls)


def read(cells: Cells, name: str, cls: type[T]) -> T | None:
    """Give the record in a cell, None when there is none."""
    cell = cells.read(name)
    return None if cell is None else record_of(cell.value, cls)


def update(cells: Cells, name: str, cls: type[T], change: Callable[[T | None], T]) -> T:
    """Put in place of a record what `change` makes of it; it is asked again when somebody else was faster.

    What `change` raises is raised, and nothing was written.
    """
    for _ in range(_ATTEMPTS):
        cell = cells.read(name)
        before = None if cell is None else record_of(cell.value, cls)
        after = change(before)
        if after == before:
            return after
        if cells.swap(name, text_of(after), version=0 if cell is None else cell.version):
            return after
    raise StoreUnavailable(f"cell `{name}` was changed by others {_ATTEMPTS} times, try again")
