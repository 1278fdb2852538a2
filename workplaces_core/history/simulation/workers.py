"""The people of a past in numbers: when they are there, how long they rest, how long first spells of work take them."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import timedelta
from itertools import repeat
from typing import TYPE_CHECKING

from attrs import field, frozen

from workplaces_core.history.extra import np
from workplaces_core.history.simulation.encoding import durations, instants
from workplaces_core.history.simulation.service_times import share_of_text

if TYPE_CHECKING:
    from workplaces_core.history.simulation.assumptions import Assumptions
    from workplaces_core.history.simulation.course import People
    from workplaces_core.history.simulation.encoding import Encoding
    from workplaces_core.history.simulation.past import Past
    from workplaces_core.history.simulation.service_times import ServiceTimes

UNKNOWN = -1
_MICROSECOND = timedelta(microseconds=1)
_NEAR_HALF = 1e-3


@frozen(eq=False)
class Workers:
    """Everybody who can come to work, by number, in order of their ids; all times in microseconds.

    `spans` are the spans of presence, both ends included, None where everybody is always there; `pauses` those to draw
    from, as long as they are assumed to be; `times` has the time of every task's first spell, UNKNOWN where it must be
    drawn.
    """

    names: list[str]
    spans: list[list[tuple[int, int]]] | None
    pauses: list[array[int]]
    times: array[int]
    known: ServiceTimes
    is_by_task: bool
    _alike: dict[tuple[str, int], array[int]] = field(factory=dict)

    @classmethod
    def of(cls, past: Past, people: People, assumptions: Assumptions, encoding: Encoding) -> Workers:
        """Work them out."""
        times = array("q", [UNKNOWN]) * len(encoding.names)
        if assumptions.service == "task":
            known = people.times.of_task
            first = map(known.get, zip(encoding.names, repeat(0), strict=False))
            times = array("q", durations(list(first)).tobytes())
        if assumptions.presence == "intervals":
            names, spans = sorted(past.before.users), None
        else:
            names, spans = sorted(people.attendance.spans), _spans(people)
        pauses = _pauses(names, people, assumptions.pauses or 0.0)
        return cls(names, spans, pauses, times, people.times, assumptions.service == "task")

    def draw(self, encoding: Encoding, row: int, spell: int, user: int, seed: int) -> int:
        """Tell how long a spell of work on a task in some state takes, where `times` does not."""
        state = encoding.states[row]
        if spell and self.is_by_task:
            known = self.known.of_task.get((state.id, spell))
            if known is not None:
                return known // _MICROSECOND
        listed = self._alike.get((state.type, user))
        if listed is None:
            listed = array("q", durations(self.known.alike(state.type, self.names[user])).tobytes())
            self._alike[state.type, user] = listed
        return listed[int(share_of_text(f"{seed}\0{state.id}\0{spell}") * len(listed))]


def _spans(people: People) -> list[list[tuple[int, int]]]:
    found = []
    for _, spans in sorted(people.attendance.spans.items()):
        ends = [instants([span[side] for span in spans]).tolist() for side in (0, 1)]
        found.append(list(zip(*ends, strict=True)))
    return found


def _pauses(names: list[str], people: People, factor: float) -> list[array[int]]:
    if not factor:
        return [array("q") for _ in names]
    scaled: dict[int, array[int]] = {}
    found = []
    for name in names:
        pauses = people.attendance.pauses_of(name)
        if id(pauses) not in scaled:
            scaled[id(pauses)] = array("q", times_over(pauses, factor))
        found.append(scaled[id(pauses)])
    return found


def times_over(pauses: Sequence[timedelta], factor: float) -> list[int]:
    """Multiply times by a number, to whole microseconds, as Python does it.

    >>> times_over([timedelta(microseconds=5), timedelta(seconds=2)], 0.5)
    [2, 1000000]
    """
    exact = durations(pauses) * factor
    found: list[int] = np.rint(exact).astype(np.int64).tolist()
    # Python rounds the exact product once. Where that may differ, it is asked.
    for near in np.flatnonzero(np.abs(exact - np.floor(exact) - 0.5) < _NEAR_HALF).tolist():
        found[near] = (pauses[near] * factor) // _MICROSECOND
    return found
