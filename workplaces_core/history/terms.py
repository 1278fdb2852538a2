"""A condition as terms: alternatives, each a set of leaves with the verdict it wants, True or False.

A condition is true exactly when all leaves of some term have the wanted verdict. An error is neither, so it admits
nothing, as in the evaluator: `not` of an error is no truth either.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, frozen

from workplaces_core.policy import All, AnyOf, Condition, Leaf, Not


@frozen
class Wanted:
    """A leaf that must have a verdict. Leaves are told apart as they are written: else 1, 1.0 and True were equal."""

    text: str
    verdict: bool
    leaf: Leaf = field(eq=False)

    def opposite(self) -> Wanted:
        """Give the same leaf with the other verdict."""
        return Wanted(self.text, not self.verdict, self.leaf)


Term = frozenset[Wanted]

MOST_TERMS = 16
"""A condition of more terms is judged as a tree of masks instead."""


def terms_of(condition: Condition | None, most: int = MOST_TERMS) -> list[Term] | None:
    """Write a condition as terms; None when there would be more than `most`.

    >>> a, b = Leaf("deal.price", "ge", 5), Leaf("deal.tags", "has_any", ("vip",))
    >>> [[wanted.verdict for wanted in term] for term in terms_of(Not(All((a, b))))]
    [[False], [False]]
    >>> terms_of(AnyOf((a, b)), most=1) is None
    True
    """
    if condition is None:
        return [frozenset()]
    try:
        return _terms(condition, wanted=True, most=most)
    except _TooMany:
        return None


class _TooMany(Exception):
    """More terms than wanted."""


def _terms(condition: Condition, *, wanted: bool, most: int) -> list[Term]:
    match condition:
        case Leaf():
            return [frozenset({Wanted(repr(condition), wanted, condition)})]
        case Not():
            return _terms(condition.part, wanted=not wanted, most=most)
        case All() | AnyOf():
            parts = [_terms(part, wanted=wanted, most=most) for part in condition.parts]
            # `all` is true when every part is, false when one is; `any` the other way round.
            if isinstance(condition, All) is wanted:
                return _product(parts, most)
            return _bounded([term for part in parts for term in part], most)


def _product(parts: Iterable[list[Term]], most: int) -> list[Term]:
    together: list[Term] = [frozenset()]
    for part in parts:
        together = _bounded([one | other for one in together for other in part], most)
    return together


def _bounded(terms: list[Term], most: int) -> list[Term]:
    kept = [term for term in dict.fromkeys(terms) if not any(each.opposite() in term for each in term)]
    if len(kept) > most:
        raise _TooMany
    return kept
