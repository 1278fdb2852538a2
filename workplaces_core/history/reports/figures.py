"""Every figure of a report with its path, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def figures(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """List every figure of a report with its path.

    >>> list(figures({"a": {"b": 1, "c": [True, None]}}))
    [('a.b', 1), ('a.c[0]', True), ('a.c[1]', None)]
    """
    if isinstance(value, dict):
        for name, each in value.items():
            yield from figures(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from figures(each, f"{path}[{number}]")
    else:
        yield path, value
