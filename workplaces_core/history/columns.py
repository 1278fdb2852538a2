"""A column of facts, encoded once: a small code a row, and the verdict of a leaf for every code instead of every row.

Whatever the form of a column, verdicts come from `rules.conditions.compare`, on one value that stands for all values
of a code. So they are those of the readable decision, errors included.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.history.extra import Array, np
from workplaces_core.rules.conditions import Verdict, compare, is_missing
from workplaces_core.rules.ordering import order_rank

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from workplaces_core.model import FieldValue
    from workplaces_core.policy import Leaf, OrderKey

_INTEGERS = (-(2**63), 2**63 - 1)
_FEW = 256
"""Up to so many different numbers are judged one by one."""
_BITS, _WORD = 64, 2**64 - 1
_AT_ONCE = 8
"""How many leaves over lists of texts share one code: a bit each, in a byte."""


@frozen(eq=False)
class Judged:
    """A code a row, and for some leaves (by their number) the verdict of every code."""

    codes: Array
    verdicts: dict[int, list[Verdict]]


@frozen(eq=False)
class Coded:
    """Values of any kinds: `values[codes[row]]`. Equal values of one type share a code."""

    codes: Array
    values: list[Any]

    @classmethod
    def of(cls, values: Iterable[FieldValue | None]) -> Coded:
        """Encode values; those that count as missing become None.

        >>> column = Coded.of(["vip", None, "", 1, True, "vip"])
        >>> column.values, column.codes.tolist()
        (['vip', None, 1, True], [0, 1, 1, 2, 3, 0])
        """
        found: dict[Any, int] = {}
        # The type belongs to the key: 1, 1.0 and True are equal, but not the same field value.
        codes = [
            found.setdefault((None, None) if is_missing(value) else (type(value), value), len(found))
            for value in values
        ]
        return cls(narrowed(np.array(codes, dtype=np.int64), len(found)), [value for _, value in found])

    def judged(self, leaves: dict[int, Leaf], today: date, where: ZoneInfo) -> Iterator[Judged]:
        """Judge leaves on every value."""
        yield Judged(
            self.codes,
            {number: [compare(leaf, value, today, where) for value in self.values] for number, leaf in leaves.items()},
        )

    def ranks(self, key: OrderKey) -> Array:
        """Rank rows by an order key, equal ones alike."""
        keys = [order_rank(key, value) for value in self.values]
        place = {rank: number for number, rank in enumerate(sorted(set(keys)))}
        return np.array([place[rank] for rank in keys], dtype=np.int64)[self.codes]

    def value(self, row: int) -> Any:
        """Give the value of a row."""
        return self.values[self.codes[row]]

    def coded(self) -> Coded:
        """Give itself."""
        return self


@frozen(eq=False)
class Numbers:
    """Numbers of one type (int64 or float64); `missing` tells the rows that have none."""

    values: Array
    missing: Array

    def judged(self, leaves: dict[int, Leaf], today: date, where: ZoneInfo) -> Iterator[Judged]:
        """Judge leaves between the constants they compare with; plugins' ops on every value."""
        if any(leaf.custom is not None for leaf in leaves.values()):
            yield from self.coded().judged(leaves, today, where)
            return
        edges = sorted({edge for leaf in leaves.values() for c in _numbers_in(leaf.value) for edge in self._edges(c)})
        codes = np.zeros(len(self.values), dtype=np.uint8 if len(edges) < 255 else np.int32)  # noqa: PLR2004
        for edge in edges:
            np.add(codes, self.values >= edge, out=codes, casting="unsafe")
        codes[self.missing] = len(edges) + 1
        stand_ins = [*self._stand_ins(edges), None]
        yield Judged(
            codes, {number: [compare(leaf, v, today, where) for v in stand_ins] for number, leaf in leaves.items()}
        )

    def _edges(self, constant: float) -> Iterator[Any]:
        """Give the smallest numbers of the column's type that are not less than, and greater than, a constant."""
        if self.values.dtype.kind == "i":
            whole = (math.ceil(constant), math.floor(constant) + 1)
            yield from (np.int64(edge) for edge in whole if _INTEGERS[0] < edge <= _INTEGERS[1])
            return
        near = float(constant)
        # Python compares whole numbers and floats exactly; a constant may lie between two floats.
        yield np.float64(math.nextafter(near, math.inf) if near < constant else near)
        yield np.float64(near if near > constant else math.nextafter(near, math.inf))

    def _stand_ins(self, edges: Sequence[Any]) -> Iterator[Any]:
        if not edges:
            yield self.values.dtype.type(0).item()
            return
        first = edges[0].item()
        yield first - 1 if isinstance(first, int) else math.nextafter(first, -math.inf)
        yield from (edge.item() for edge in edges)

    def ranks(self, key: OrderKey) -> Array:
        """Rank rows by an order key."""
        if key.custom is not None:
            return self.coded().ranks(key)
        distinct, places = np.unique(self.values, return_inverse=True)
        ranks = len(distinct) - 1 - places if key.direction == "desc" else places
        return np.where(self.missing, len(distinct), ranks)

    def value(self, row: int) -> Any:
        """Give the value of a row."""
        return None if self.missing[row] else self.values[row].item()

    def coded(self) -> Coded:
        """Give the same with a code for every value."""
        values = self.values.tolist()
        return Coded.of(None if gone else value for gone, value in zip(self.missing.tolist(), values, strict=True))


@frozen(eq=False)
class Texts:
    """Lists of texts: a bit for every text that occurs, in as many words as that takes. No bit: the list is missing."""

    words: tuple[Array, ...]
    bits: dict[str, int]

    def judged(self, leaves: dict[int, Leaf], today: date, where: ZoneInfo) -> Iterator[Judged]:
        """Judge leaves by bits; plugins' ops on every list."""
        custom = {number: leaf for number, leaf in leaves.items() if leaf.custom is not None}
        if custom:
            yield from self.coded().judged(custom, today, where)
        plain = [(number, leaf) for number, leaf in leaves.items() if leaf.custom is None]
        for first in range(0, len(plain), _AT_ONCE):
            yield self._together(plain[first : first + _AT_ONCE], today, where)

    def _together(self, leaves: list[tuple[int, Leaf]], today: date, where: ZoneInfo) -> Judged:
        codes = np.zeros(len(self.words[0]), dtype=np.uint8)
        verdicts: dict[int, list[Verdict]] = {}
        for place, (number, leaf) in enumerate(leaves):
            codes |= self._holds(leaf).astype(np.uint8) << place
            # What other ops say of a list depends on its kind alone.
            held: Verdict = True if leaf.op in _OF_TEXTS else compare(leaf, ("",), today, where)
            verdicts[number] = [held if code >> place & 1 else False for code in range(1 << len(leaves))]
        return Judged(codes, verdicts)

    def _holds(self, leaf: Leaf) -> Array:
        """Tell the rows whose list is as an op over texts wants it; for other ops, those that have one."""
        if leaf.op == "has_any":
            return self._any([self.bits[text] for text in leaf.value if text in self.bits])
        if leaf.op == "has_all":
            if not all(text in self.bits for text in leaf.value):
                return np.zeros(len(self.words[0]), dtype=bool)
            found = self._any(range(len(self.bits)))
            for bit in (self.bits[text] for text in leaf.value):
                found &= self._any([bit])
            return found
        return self._any(range(len(self.bits)))

    def _any(self, bits: Iterable[int]) -> Array:
        wanted = [0] * len(self.words)
        for bit in bits:
            wanted[bit // 64] |= 1 << bit % 64
        found = np.zeros(len(self.words[0]), dtype=bool)
        for word, mask in zip(self.words, wanted, strict=True):
            if mask:
                found |= (word & word.dtype.type(mask)) != 0
        return found

    def ranks(self, key: OrderKey) -> Array:
        """Rank rows by an order key: only a plugin's tells lists apart."""
        if key.custom is not None:
            return self.coded().ranks(key)
        return np.zeros(len(self.words[0]), dtype=np.int64)

    def value(self, row: int) -> Any:
        """Give the list of a row, sorted."""
        held = (text for text, bit in self.bits.items() if int(self.words[bit // 64][row]) >> bit % 64 & 1)
        return tuple(sorted(held)) or None

    def coded(self) -> Coded:
        """Give the same with a code for every list."""
        return Coded.of(self.value(row) for row in range(len(self.words[0])))


Column = Coded | Numbers | Texts


def column_of(values: Sequence[FieldValue | None]) -> Column:
    """Encode values in the form that suits them: many numbers of one type, lists of texts, or whatever else.

    >>> [type(column_of(values)).__name__ for values in ([1, 2.5], [("vip",), None], list(range(500)))]
    ['Coded', 'Texts', 'Numbers']
    """
    coded = Coded.of(values)
    kinds = {type(value) for value in coded.values} - {type(None)}
    if kinds == {tuple}:
        return _texts(coded)
    if len(coded.values) > _FEW and len(kinds) == 1 and kinds <= {int, float}:
        missing = np.array([value is None for value in coded.values])
        numbers = np.array([value or 0 for value in coded.values], dtype=np.int64 if int in kinds else np.float64)
        return Numbers(numbers[coded.codes], missing[coded.codes])
    return coded


def texts_of(codes: Array, lengths: Array, texts: list[str]) -> Texts:
    """Encode lists that come flat: the number of every text, and the length of every list."""
    words = []
    ends = np.cumsum(lengths)
    filled = lengths > 0
    for first in range(0, max(1, len(texts)), _BITS):
        inside = (codes >= first) & (codes < first + _BITS)
        kind: Any = next(
            k for k in (np.uint8, np.uint16, np.uint32, np.uint64) if min(len(texts) - first, _BITS) <= np.iinfo(k).bits
        )
        bits = np.where(inside, kind(1) << (codes - first).clip(0, _BITS - 1).astype(kind), kind(0))
        word = np.zeros(len(lengths), dtype=kind)
        if len(codes):
            word[filled] = np.bitwise_or.reduceat(bits, (ends - lengths)[filled])
        words.append(word)
    return Texts(tuple(words), {text: bit for bit, text in enumerate(texts)})


def _texts(coded: Coded) -> Texts:
    bits: dict[str, int] = {}
    masks = []
    for value in coded.values:
        mask = 0
        for text in value or ():
            mask |= 1 << bits.setdefault(text, len(bits))
        masks.append(mask)
    words = range(0, max(1, len(bits)), _BITS)
    parts = [np.array([mask >> first & _WORD for mask in masks], dtype=np.uint64) for first in words]
    return Texts(tuple(part[coded.codes] for part in parts), bits)


_OF_TEXTS = frozenset({"has_any", "has_all"})


def narrowed(codes: Array, count: int) -> Array:
    """Give codes below `count` in as few bytes as they need."""
    return codes.astype(next(kind for kind in (np.uint8, np.uint16, np.int32) if count <= np.iinfo(kind).max))


def _numbers_in(constant: Any) -> Iterator[float]:
    for each in constant if isinstance(constant, tuple) else (constant,):
        if isinstance(each, (int, float)) and not isinstance(each, bool):
            yield each
