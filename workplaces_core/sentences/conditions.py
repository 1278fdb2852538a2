"""Conditions in words: why one does not hold, by the leaves that are to blame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.policy import All, AnyOf, Condition, Leaf, Not
from workplaces_core.rules.conditions import kind
from workplaces_core.wire import forms

if TYPE_CHECKING:
    from workplaces_core.sentences.language import Comparison
    from workplaces_core.sentences.wording import Wording

Judged = dict[str, dict[str, Any]]
"""The leaves of a `condition_false` or `condition_error`, by their path."""

_NEGATED = {"true": "false", "false": "true", "error": "error"}
_TIMES = ("date", "instant")


@frozen
class Blame:
    """Walks a condition and finds what keeps it from being true."""

    judged: Judged
    wording: Wording

    def lines(self, condition: Condition, path: str = "where", *, negated: bool = False) -> Iterator[tuple[int, str]]:
        """Give the sentences with their depth; nothing for a part that is as the rule wants it.

        Under `not` the roles of all and any change places: it wants each part of an any to fail, and one of an all.
        """
        if self.verdict(condition, path, negated=negated) == "true":
            return
        match condition:
            case Leaf():
                yield 0, self.leaf(condition, self.judged[path], negated=negated)
            case Not():
                yield from self.lines(condition.part, f"{path}.not", negated=not negated)
            case All() | AnyOf():
                yield from self._parts(condition, path, negated=negated)

    def _parts(self, condition: All | AnyOf, path: str, *, negated: bool) -> Iterator[tuple[int, str]]:
        name = "all" if isinstance(condition, All) else "any"
        one_would_do = isinstance(condition, AnyOf) is not negated and len(condition.parts) != 1
        if one_would_do:
            yield 0, self.wording.phrase("none of these" if condition.parts else "no alternatives")
        for number, part in enumerate(condition.parts):
            for depth, text in self.lines(part, f"{path}.{name}[{number}]", negated=negated):
                yield depth + one_would_do, text

    def verdict(self, condition: Condition, path: str, *, negated: bool) -> str:
        """Judge a part from the verdicts of its leaves; negated, the opposite."""
        match condition:
            case Leaf():
                judged = self.judged[path]["verdict"]
                return _NEGATED[judged] if negated else judged
            case Not():
                return self.verdict(condition.part, f"{path}.not", negated=not negated)
        name = "all" if isinstance(condition, All) else "any"
        found = [
            self.verdict(part, f"{path}.{name}[{number}]", negated=negated)
            for number, part in enumerate(condition.parts)
        ]
        deciding, other = ("true", "false") if isinstance(condition, AnyOf) is not negated else ("false", "true")
        return deciding if deciding in found else "error" if "error" in found else other

    def leaf(self, leaf: Leaf, judged: dict[str, Any], *, negated: bool = False) -> str:
        """Put one leaf into words: the field, its value, and what it is or is not."""
        verdict, value = judged["verdict"], judged["value"]
        words = self._words(leaf, value)
        holds, fails, asked = (template.format(**words) for template in self._comparison(leaf))
        if value is None:
            return self.wording.phrase("missing", **words, asked=asked)
        if verdict == "error":
            return self.wording.phrase("wrong kind", **words, asked=asked, kind=self._kind(value))
        sentence = holds if verdict == "true" else fails
        return self.wording.phrase("must not", sentence=sentence) if negated else sentence

    def _words(self, leaf: Leaf, value: Any) -> dict[str, str]:
        wording, path = self.wording, leaf.field
        words = {"field": wording.field(path), "value": wording.value(path, value), "op": leaf.op}
        if leaf.custom is None and leaf.op == "days":
            return words | {"constant": wording.day_range(*leaf.value)}
        if leaf.custom is None and leaf.op == "between":
            bounds = dict(zip(("low", "high"), leaf.value, strict=True))
            words |= {name: wording.value(path, forms.field_value_form(bound)) for name, bound in bounds.items()}
            # With one open end, the other bound is all there is to say.
            return words | {"constant": words["high" if bounds["low"] is None else "low"]}
        return words | {"constant": wording.value(path, forms.field_value_form(leaf.value))}

    def _comparison(self, leaf: Leaf) -> Comparison:
        language, op, constant = self.wording.language, leaf.op, leaf.value
        if leaf.custom is not None:
            return language.comparisons["custom"]
        if op == "between":
            low, high = leaf.value
            if low is None and high is None:
                return language.comparisons["between any"]
            if low is not None and high is not None:
                return language.comparisons["between"]
            op, constant = ("le", high) if low is None else ("ge", low)
        if op in language.times and kind(constant) in _TIMES:
            return language.times[op]
        return language.comparisons[op]

    def _kind(self, form: Any) -> str:
        value = tuple(form) if isinstance(form, list) else forms.read_scalar(form)
        return self.wording.language.kinds[kind(value)]
