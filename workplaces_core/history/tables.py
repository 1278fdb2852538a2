"""Which priorities of a role would take a task, for all rows at once: look-up tables from codes to bits, and an AND.

Every term of every priority is a bit. A column's table tells for each code the terms it allows; what is left after all
columns were asked is the answer, and what each column took away is the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from workplaces_core.history.extra import Array, np
from workplaces_core.history.facts import Facts
from workplaces_core.history.terms import MOST_TERMS, Term, Wanted, terms_of
from workplaces_core.policy import All, AnyOf, Condition, Leaf, Not, Priority, leaves

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from workplaces_core.history.columns import Judged

_WORD = 63
"""Bits of a word that are used; where there are more, words are whole numbers of Python."""
TYPE = "task.type"


@frozen(eq=False)
class Matches:
    """For every row the bits of the priorities whose type and condition admit it, whoever has it, whenever.

    `allowed`, when asked for, tells why: for every column that was asked, the bits of the priorities that it allows. A
    priority that is not in `bits` was cleared by the columns which lack it, or, when none does, by several together.
    """

    bits: Array
    allowed: tuple[tuple[str, Array], ...] = ()


@frozen(eq=False)
class _Group:
    """Neighbouring priorities with few terms together; `owners` tells whose each term is, `trees` has no terms."""

    first: int
    terms: list[Term] = field(factory=list)
    owners: list[int] = field(factory=list)
    trees: dict[int, Condition] = field(factory=dict)
    """Conditions of too many terms, by the number of the one bit that stands for all of them."""

    def bits_of(self, priority: int) -> int:
        """Give the bits of a priority's terms."""
        return sum(1 << bit for bit, owner in enumerate(self.owners) if owner == priority)


def matches(
    priorities: Sequence[Priority],
    facts: Facts,
    today: date,
    where: ZoneInfo,
    *,
    reasons: bool = False,
    most_terms: int = MOST_TERMS,
) -> Matches:
    """Judge types and conditions of a role's priorities over all rows, on a local date in its zone."""
    dtype = word_for(len(priorities))
    bits = np.zeros(len(facts), dtype=dtype)
    allowed: list[tuple[str, Array]] = []
    for group in _groups(priorities, most_terms):
        words = None
        for path, found in _asked(group, priorities, facts, today, where):
            words = found if words is None else words & found
            if reasons:
                allowed.append((path, _by_priority(group, found, dtype)))
        if words is not None:
            bits |= _by_priority(group, words, dtype)
    return Matches(bits, tuple(allowed))


def word_for(bits: int) -> Any:
    """Give the smallest type that holds so many bits."""
    if bits > _WORD:
        return object
    return next(kind for kind in (np.uint8, np.uint16, np.uint32, np.uint64) if bits <= np.iinfo(kind).bits)


def depends_on_today(priorities: Sequence[Priority]) -> bool:
    """Tell whether the matches change with the local date."""
    return any(leaf.op == "days" for priority in priorities for _, leaf in leaves(priority.where))


def _groups(priorities: Sequence[Priority], most_terms: int) -> Iterator[_Group]:
    group = _Group(0)
    for number, priority in enumerate(priorities):
        terms = terms_of(priority.where, most_terms)
        if len(group.terms) + len(terms or [0]) > _WORD:
            yield group
            group = _Group(number)
        if terms is None:
            assert priority.where is not None
            group.trees[len(group.terms)] = priority.where
        group.terms.extend([frozenset()] if terms is None else terms)
        group.owners.extend([number] * (1 if terms is None else len(terms)))
    if group.terms:
        yield group


def _asked(
    group: _Group, priorities: Sequence[Priority], facts: Facts, today: date, where: ZoneInfo
) -> Iterator[tuple[str, Array]]:
    """Ask each column which terms it allows."""
    dtype = word_for(len(group.terms))
    yield TYPE, _types(group, priorities, facts, dtype)
    for path, wanted in _by_path(group.terms).items():
        for judged in facts.column(path).judged(dict(enumerate(wanted)), today, where):
            yield path, np.take(_table(group, wanted, judged, dtype), judged.codes)
    for bit, condition in group.trees.items():
        true, _ = _truth(condition, facts, today, where)
        yield f"#{group.owners[bit]}", np.where(true, dtype(_every(group)), dtype(_every(group) & ~(1 << bit)))


def _types(group: _Group, priorities: Sequence[Priority], facts: Facts, dtype: Any) -> Array:
    named = [priorities[owner].task_types for owner in group.owners]
    table = [
        sum(1 << bit for bit, names in enumerate(named) if not names or value in names) for value in facts.types.values
    ]
    return np.take(np.array(table or [0], dtype=dtype), facts.types.codes)


def _by_path(terms: Sequence[Term]) -> dict[str, list[Leaf]]:
    found: dict[str, dict[str, Leaf]] = {}
    for term in terms:
        for wanted in term:
            found.setdefault(wanted.leaf.field, {})[wanted.text] = wanted.leaf
    return {path: [listed[text] for text in sorted(listed)] for path, listed in sorted(found.items())}


def _table(group: _Group, wanted: list[Leaf], judged: Judged, dtype: Any) -> Array:
    """Tell for every code which terms are left."""
    needs = [
        (number, verdict, _having(group, Wanted(repr(wanted[number]), verdict, wanted[number])))
        for number in judged.verdicts
        for verdict in (True, False)
    ]
    count = max((len(verdicts) for verdicts in judged.verdicts.values()), default=1)
    table = []
    for code in range(count):
        left = _every(group)
        for number, verdict, bits in needs:
            if judged.verdicts[number][code] is not verdict:
                left &= ~bits
        table.append(left)
    return np.array(table or [0], dtype=dtype)


def _having(group: _Group, wanted: Wanted) -> int:
    return sum(1 << bit for bit, term in enumerate(group.terms) if wanted in term)


def _every(group: _Group) -> int:
    return (1 << len(group.terms)) - 1


def _by_priority(group: _Group, words: Array, dtype: Any) -> Array:
    """Turn bits of terms into bits of priorities."""
    priorities = dict.fromkeys(group.owners)
    if group.owners == list(range(group.first, group.first + len(group.owners))):
        return words if group.first == 0 and words.dtype == dtype else _shifted(words, group.first, dtype)
    found = np.zeros(len(words), dtype=dtype)
    for priority in priorities:
        has = (words & words.dtype.type(group.bits_of(priority))) != 0
        found |= _shifted(has, priority, dtype)
    return found


def _shifted(bits: Array, by: int, dtype: Any) -> Array:
    if dtype is object:
        return np.array([int(each) << by for each in bits.tolist()], dtype=object)
    shifted: Array = bits.astype(dtype) << dtype(by)
    return shifted


def _truth(condition: Condition, facts: Facts, today: date, where: ZoneInfo) -> tuple[Array, Array]:
    """Tell for all rows where a condition is true and where it is false; where it is neither, it is an error."""
    match condition:
        case Leaf():
            (judged,) = facts.column(condition.field).judged({0: condition}, today, where)
            verdicts = judged.verdicts[0]
            return tuple(  # type: ignore[return-value]
                np.take(np.array([v is wanted for v in verdicts] or [False]), judged.codes) for wanted in (True, False)
            )
        case Not():
            true, false = _truth(condition.part, facts, today, where)
            return false, true
        case All() | AnyOf():
            parts = [_truth(part, facts, today, where) for part in condition.parts]
            every = np.ones(len(facts), dtype=bool)
            trues, falses = [true for true, _ in parts], [false for _, false in parts]
            if isinstance(condition, All):
                return np.logical_and.reduce([every, *trues]), np.logical_or.reduce([~every, *falses])
            return np.logical_or.reduce([~every, *trues]), np.logical_and.reduce([every, *falses])


def first_of(bits: Array) -> Array:
    """Give the number of the lowest bit of every row, -1 where there is none.

    >>> first_of(np.array([0, 1, 6, 128], dtype=np.uint8)).tolist()
    [-1, 0, 1, 7]
    """
    if bits.dtype == np.uint8:
        return np.take(_LOWEST, bits)
    if bits.dtype == object:
        return np.array([(each & -each).bit_length() - 1 for each in bits.tolist()], dtype=np.int16)
    lowest = bits & (~bits + bits.dtype.type(1))
    _, exponents = np.frexp(lowest.astype(np.float64))
    numbers: Array = (exponents - 1).astype(np.int16)
    return numbers


_LOWEST = np.array([(each & -each).bit_length() - 1 for each in range(256)], dtype=np.int8)
