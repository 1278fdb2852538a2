"""What a counted course gives, in columns: pieces of work as numbers, to be made a table, or readable objects."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.history.extra import Array, np
from workplaces_core.history.facts import instant
from workplaces_core.history.simulation.done import Course, Done
from workplaces_core.history.simulation.standing import ROW_SHIFT

if TYPE_CHECKING:
    from workplaces_core.history.simulation.encoding import Encoding
    from workplaces_core.history.simulation.past import Past
    from workplaces_core.policy import Policy

FIELDS = ("place", "user", "role", "opened", "taken", "finished")
"""What is noted of every piece: `place` as `standing` packs it, numbers, and instants in microseconds."""


@frozen(eq=False)
class Work:
    """Pieces of work in the order of taking, FIELDS one after the other, and (rows, since when) of what was waiting."""

    policy: Policy
    encoding: Encoding
    users: Sequence[str]
    pieces: list[int]
    waiting: tuple[Sequence[int], Sequence[int]]
    decisions: int

    def __len__(self) -> int:
        """Count the pieces."""
        return len(self.pieces) // len(FIELDS)

    def columns(self) -> dict[str, Array]:
        """Give the fields as columns."""
        table = np.frombuffer(array("q", self.pieces), dtype=np.int64).reshape(-1, len(FIELDS))
        return {name: table[:, number] for number, name in enumerate(FIELDS)}

    def course(self, past: Past) -> Course:
        """Write it as a course of objects."""
        states = self.encoding.states
        open_now = tuple((states[row], instant(since)) for row, since in zip(*self.waiting, strict=True))
        return Course(tuple(self._done(past)), open_now, self.decisions)

    def _done(self, past: Past) -> Iterator[Done]:
        states, roles, width = self.encoding.states, self.policy.roles, len(FIELDS)
        spells: dict[str, int] = {}
        for first in range(0, len(self.pieces), width):
            place, user, number, opened, taken, finished = self.pieces[first : first + width]
            task, role = states[place >> ROW_SHIFT], roles[number]
            spell = spells[task.id] = spells.get(task.id, -1) + 1
            priority, endings = priorities_of(place), past.endings.get(task.id, ())
            yield Done(
                task,
                self.users[user],
                instant(opened),
                instant(taken),
                instant(finished),
                role.id,
                None if priority < 0 else role.priorities[priority].id,
                LANES[place & 1],
                endings[spell] if spell < len(endings) else None,
            )


LANES = ("priority", "exact")


def priorities_of(place: Any) -> Any:
    """Give the number of the priority that handed out, -1 for none; of a number, or of many.

    >>> priorities_of(7 << ROW_SHIFT | 3 << 1), priorities_of(7 << ROW_SHIFT | 1)
    (2, -1)
    """
    return (place >> 1 & (1 << ROW_SHIFT - 1) - 1) - 1
