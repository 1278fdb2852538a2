"""Values that decide whether some comparisons of one field can hold together.

A comparison splits the values a field may have into few classes. If any value satisfies several comparisons, so does
one of the candidates made here from their constants: the constants themselves, their neighbours, and texts and lists
put together from the parts that are asked for. More candidates than needed do no harm.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from workplaces_core.check.kinds import NEVER_MISSING, SAMPLES, certain_kind
from workplaces_core.model import FieldValue
from workplaces_core.policy import Leaf
from workplaces_core.rules.conditions import Verdict, is_missing, kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Wanted = frozenset[Verdict]
"""The verdicts that are allowed."""
Literal = tuple[Leaf, Wanted]

_TICK, _DAY = timedelta(microseconds=1), timedelta(days=1)
_FRESH = 0xE000  # the first character of the area in which Unicode assigns none
_MOST_LISTS = 256


def candidates(path: str, literals: Sequence[Literal]) -> Iterator[FieldValue | None]:
    """List values of a path, None for a missing one, among them one that satisfies the literals if any value does."""
    certain = certain_kind(path)
    if path not in NEVER_MISSING:
        yield None
    for value in _present(literals):
        if not is_missing(value) and certain in {None, kind(value)}:
            yield value


def _present(literals: Sequence[Literal]) -> Iterator[FieldValue]:
    yield from (True, False)
    yield from SAMPLES.values()
    for constant in _constants(literals):
        yield constant
        yield from _neighbours(constant)
    fresh = _fresh(literals)
    yield _text(literals, fresh)
    yield from _lists(literals, fresh)


def _constants(literals: Iterable[Literal]) -> Iterator[Any]:
    for leaf, _ in literals:
        parts = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        yield from (part for part in parts if part is not None)


def _neighbours(value: Any) -> Iterator[FieldValue]:
    """List the values next to one: between two constants there are others only if such a neighbour is one."""
    match value:
        case bool() | str():
            return
        case datetime():
            yield from _shifted(value, _TICK, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
        case date():
            yield from _shifted(value, _DAY, date.min, date.max)
        case int() | float():
            near = float(value)
            numbers = (math.nextafter(near, -math.inf), near, math.nextafter(near, math.inf))
            yield from (number for number in numbers if math.isfinite(number))
            yield from (math.ceil(value) - 1, math.floor(value) + 1)


def _shifted(value: Any, step: timedelta, first: Any, last: Any) -> Iterator[Any]:
    if value - first >= step:
        yield value - step
    if last - value >= step:
        yield value + step


def _fresh(literals: Sequence[Literal]) -> str:
    """Give a character that no constant has and that folding leaves alone."""
    used = "".join(constant for constant in _constants(literals) if isinstance(constant, str))
    return next(char for char in map(chr, range(_FRESH, 0x110000)) if char not in used)


def _asked(literals: Sequence[Literal], op: str) -> list[Any]:
    """List the constants of an op that must hold, once the kind is right."""
    return [leaf.value for leaf, wanted in literals if _is_of(leaf, op) and True in wanted and False not in wanted]


def _is_of(leaf: Leaf, op: str) -> bool:
    return leaf.op == op and leaf.custom is None


def _text(literals: Sequence[Literal], fresh: str) -> str:
    # The longest beginning contains the others or no text begins with all of them. Between the parts stands what no
    # constant has, so the text contains, begins with and equals nothing that it need not.
    start = max(_asked(literals, "starts_with"), key=lambda text: len(text.casefold()), default="")
    return fresh.join([start, *_asked(literals, "contains"), ""])


def _lists(literals: Sequence[Literal], fresh: str) -> Iterator[tuple[str, ...]]:
    # The smallest lists are enough: what must not be in them, or not together, is only ever added by more texts.
    needed = {text for texts in _asked(literals, "has_all") for text in texts} | {fresh}
    for chosen in islice(product(*_asked(literals, "has_any")), _MOST_LISTS):
        yield tuple(sorted(needed.union(chosen)))


def are_too_many(literals: Sequence[Literal]) -> bool:
    """Tell whether not all lists that could satisfy the literals are among the candidates."""
    return math.prod(map(len, _asked(literals, "has_any"))) > _MOST_LISTS


def offsets(literals: Sequence[Literal]) -> Iterator[int]:
    """List numbers of days from today, among them one that satisfies the `days` literals if any does."""
    yield 0
    for constant in _constants(literal for literal in literals if _is_of(literal[0], "days")):
        yield from (constant - 1, constant, constant + 1)
