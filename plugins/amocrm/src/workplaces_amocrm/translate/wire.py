"""Single values as amoCRM writes them: ids, texts, flags, and the lists that it calls embedded.

Readers raise ValueError with what would be right; the caller knows the path and the value.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from workplaces_core.errors import Problem
from workplaces_core.wire.forms import read_text

_LARGEST = 2**63 - 1  # what a signed number of 64 bits holds; Python refuses to read texts of thousands of digits
_DIGITS = len(str(_LARGEST))

T = TypeVar("T")
Raw = Mapping[str, Any]


def id_of(value: Any) -> str:
    """Read an id, a number or its text, as decimal text; 0 is an id.

    >>> id_of(7087), id_of("0")
    ('7087', '0')
    """
    number = _whole(value)
    if number is None:
        raise ValueError(f"must be an id, a whole number from 0 to {_LARGEST}")
    return sys.intern(str(number))


def optional_id_of(value: Any) -> str | None:
    """Read an id where 0, null and an empty text mean nobody or nothing."""
    return None if value in (None, "", 0, "0", False) else id_of(value)


def text_of(value: Any) -> str:
    """Read a text; null is an empty one."""
    return "" if value is None else read_text(value)


def flag_of(value: Any) -> bool:
    """Read a flag: true or false, 1 or 0, also as text; null is false.

    >>> flag_of(1), flag_of("0"), flag_of(None)
    (True, False, False)
    """
    if value is None or (isinstance(value, bool | int | str) and value in (False, 0, "0", "")):
        return False
    if isinstance(value, bool | int | str) and value in (True, 1, "1"):
        return True
    raise ValueError("must be true or false")


def is_deleted(raw: Raw) -> bool:
    """Tell whether a record says of itself that it is deleted."""
    return raw.get("is_deleted") in (True, 1, "1")


def is_completed(raw: Raw) -> bool:
    """Tell whether a task says of itself that it is completed.

    >>> is_completed({"is_completed": "1"}), is_completed({"is_completed": 0}), is_completed({})
    (True, False, False)
    """
    return raw.get("is_completed") in (True, 1, "1")


def changed_at(raw: Raw) -> int | None:
    """Give when a record was last changed, in unix seconds; None when it does not say.

    >>> changed_at({"updated_at": "1575364851"}), changed_at({"updated_at": None})
    (1575364851, None)
    """
    return _whole(raw.get("updated_at"))


def embedded(raw: Any, name: str) -> list[Any]:
    """List what is embedded under a name; nothing when it is absent, null, or no list.

    >>> embedded({"_embedded": {"tags": [{"id": 1}]}}, "tags"), embedded({"_embedded": []}, "tags")
    ([{'id': 1}], [])
    """
    inside = raw.get("_embedded") if isinstance(raw, Mapping) else None
    found = inside.get(name) if isinstance(inside, Mapping) else None
    return found if isinstance(found, list) else []


def number_of(raw: Any) -> int | None:
    """Give a record's id as a number, None when it has none that can be used.

    >>> number_of({"id": 7}), number_of({"id": "7"}), number_of({"id": True}), number_of(None)
    (7, 7, None, None)
    """
    return _whole(raw.get("id")) if isinstance(raw, Mapping) else None


def _whole(value: Any) -> int | None:
    """Give a whole number that is not negative, also one in a text; None for everything else, and for a larger one."""
    if isinstance(value, str) and len(value) <= _DIGITS and value.isascii() and value.isdecimal():
        value = int(value)
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST
    return value if fits else None


def numbers_of(raws: Iterable[Any]) -> tuple[int, ...]:
    """List the ids of records, as numbers; a record without one is left out."""
    return tuple(number for number in map(number_of, raws) if number is not None)


class Gathering:
    """What is wrong with one record so far; `place` is its own path, such as `tasks[7087]`."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.problems: list[Problem] = []

    def read(self, raw: Raw, name: str, reader: Callable[[Any], T]) -> T | None:
        """Read one key, or note why it cannot be read and give None."""
        return self.value(name, raw.get(name), reader)

    def value(self, path: str, value: Any, reader: Callable[[Any], T]) -> T | None:
        """Read a value that stands at a path, or note why it cannot be read and give None."""
        try:
            return reader(value)
        except ValueError as error:
            self.note(path, value, str(error))
            return None

    def note(self, path: str, value: Any, message: str) -> None:
        """Note that something is wrong."""
        dot = "." if path and not path.startswith("[") else ""
        self.problems.append(Problem(f"{self.place}{dot}{path}", value, message))


def place_of(entities: str, raw: Any) -> tuple[str, str]:
    """Give a record's id, empty when it has none, and its path.

    >>> place_of("tasks", {"id": 7087}), place_of("tasks", {})
    (('7087', 'tasks[7087]'), ('', 'tasks[?]'))
    """
    try:
        found = id_of(raw["id"])
    except (ValueError, KeyError, TypeError):
        return "", f"{entities}[?]"
    return found, f"{entities}[{found}]"


def names_of(items: Iterable[Any], gathering: Gathering, path: str) -> tuple[str, ...]:
    """List the names of embedded things, each once; one that cannot be read is noted and left out."""
    names: dict[str, None] = {}
    for number, item in enumerate(items):
        raw = item.get("name") if isinstance(item, Mapping) else item
        name = gathering.value(f"{path}[{number}].name", raw, read_text)
        if name is not None:
            names[name] = None
    return tuple(names)
