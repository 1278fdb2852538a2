"""Counting with the first few examples."""

from __future__ import annotations

from attrs import define, field

EXAMPLES = 3


@define
class Tally:
    """How often something was seen, and the first three times; who counts in order gets the first by that order.

    >>> tally = Tally()
    >>> for name in "abcd":
    ...     tally.add(name)
    >>> tally.count, tally.examples
    (4, ['a', 'b', 'c'])
    """

    count: int = 0
    examples: list[str] = field(factory=list)

    def add(self, example: str) -> None:
        """Count one more."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)
