"""What follows from the shape of conditions alone: one that is never true, one that is true only where others are.

Answers are certain: "never" and "implied" hold for all data, at every moment. A question that would take too long to
decide is answered as if there were a counterexample.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from workplaces_core.check.candidates import Literal, Wanted, are_too_many, candidates, offsets
from workplaces_core.check.kinds import ANY_DAY, ANYWHERE
from workplaces_core.policy import All, AnyOf, Condition, Leaf, Not
from workplaces_core.rules.conditions import compare, is_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from workplaces_core.model import FieldValue

_TRUE: Wanted = frozenset({True})
_NOT_TRUE: Wanted = frozenset({False, None})
_MOST_EFFORT = 200_000
_MOST_CHOICES = 100

Demand = tuple[Condition | None, Wanted]
"""A condition and the verdicts it must have."""


def can_be_true(*conditions: Condition | None) -> bool:
    """Tell whether several conditions can be true together; False is certain.

    >>> rich, poor = Leaf("deal.price", "gt", 10), Leaf("deal.price", "le", 10)
    >>> can_be_true(All((rich, poor))), can_be_true(All((rich, Not(poor))))
    (False, True)
    """
    return _Search().finds([(condition, _TRUE) for condition in conditions], {})


def implies(conditions: Iterable[Condition | None], others: Iterable[Condition | None]) -> bool:
    """Tell whether some of the others is true whenever all of the conditions are; True is certain.

    >>> rich, richer = Leaf("deal.price", "ge", 10), Leaf("deal.price", "gt", 20)
    >>> implies([richer], [rich]), implies([rich], [richer]), implies([None], [rich, Not(rich)])
    (True, False, False)

    The last answer is False, because a price that is no number is neither.
    """
    demands = [(condition, _TRUE) for condition in conditions] + [(other, _NOT_TRUE) for other in others]
    return not _Search().finds(demands, {})


class _Search:
    """A search for a world in which conditions have the verdicts wanted of them."""

    def __init__(self) -> None:
        self.effort = 0
        self.choices = 0

    @property
    def is_too_long(self) -> bool:
        """Whether to give up and answer that there is such a world."""
        return self.effort > _MOST_EFFORT or self.choices > _MOST_CHOICES

    def finds(self, demands: Sequence[Demand], held: Mapping[str, list[Literal]]) -> bool:
        """Tell whether all demands can be met beside what is held of each path already."""
        waiting, choices, held = list(demands), list[Demand](), dict(held)
        self.effort += 1
        while waiting:
            condition, wanted = waiting.pop()
            match condition:
                case None:
                    if True not in wanted:
                        return False
                case Leaf():
                    if not self.holds(held, condition, wanted):
                        return False
                case Not():
                    waiting.append((condition.part, _mirrored(wanted)))
                case All() | AnyOf():
                    if isinstance(condition, All) == (True in wanted):
                        waiting += [(part, wanted) for part in condition.parts]
                    else:
                        choices.append((condition, wanted))
        return self.chooses(choices, held)

    def chooses(self, choices: Sequence[Demand], held: Mapping[str, list[Literal]]) -> bool:
        """Tell whether all choices can be made: each asks for one part of a tree."""
        if not choices:
            return True
        (condition, wanted), *rest = choices
        assert isinstance(condition, All | AnyOf)
        self.choices += 1
        found = self.is_too_long or any(self.finds([*rest, (part, wanted)], held) for part in condition.parts)
        self.choices -= 1
        return found

    def holds(self, held: dict[str, list[Literal]], leaf: Leaf, wanted: Wanted) -> bool:
        """Add a literal to those held of its path; tell whether one value satisfies them all."""
        literals = [*held.get(leaf.field, ())]
        for number, (other, allowed) in enumerate(literals):
            if _same(leaf, other):
                wanted &= allowed
                literals[number] = (leaf, wanted)
                break
        else:
            literals.append((leaf, wanted))
        held[leaf.field] = literals
        return bool(wanted) and self.satisfiable(leaf.field, literals)

    def satisfiable(self, path: str, literals: Sequence[Literal]) -> bool:
        if are_too_many(literals):
            return True
        days = sorted(set(offsets(literals)))
        for value in candidates(path, literals):
            for offset in days:
                self.effort += sum(len(leaf.value) if isinstance(leaf.value, tuple) else 1 for leaf, _ in literals)
                if self.is_too_long or all(_allows(literal, value, offset) for literal in literals):
                    return True
        return False


def _mirrored(wanted: Wanted) -> Wanted:
    return frozenset(None if verdict is None else not verdict for verdict in wanted)


def _same(leaf: Leaf, other: Leaf) -> bool:
    # By their texts: 1, 1.0 and True are equal, and are not the same constant.
    return leaf.op == other.op and leaf.custom == other.custom and repr(leaf.value) == repr(other.value)


def _allows(literal: Literal, value: FieldValue | None, offset: int) -> bool:
    leaf, wanted = literal
    if value is None:
        return False in wanted
    assert not is_missing(value)
    if leaf.custom is not None:
        return True  # whatever a plugin's op says of a present value
    if leaf.op == "days":
        low, high = leaf.value
        within = (low is None or low <= offset) and (high is None or offset <= high)
        return (within if isinstance(value, date) else None) in wanted
    return compare(leaf, value, ANY_DAY, ANYWHERE) in wanted
