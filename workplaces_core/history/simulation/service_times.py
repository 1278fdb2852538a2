"""How long work takes, from history: by the task itself, else by tasks of its type and person, its type, or all.

A recorded time counts as known when the work ended on the local date on which it began and did not overlap other work
of the same person: what was left open over night, or beside other work, says nothing about how long it took.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.rules.zones import local_date, zone

if TYPE_CHECKING:
    from workplaces_core.history.simulation.past import Past, Spell

ENOUGH = 5
"""So many known times a person must have of a type before they are drawn from."""
_UNKNOWN = timedelta(minutes=5)
"""When nothing at all is known."""


@frozen(eq=False)
class ServiceTimes:
    """Known times. `of_task` by (task, number of the spell); the others sorted."""

    of_task: dict[tuple[str, int], timedelta]
    of_person: dict[tuple[str, str], tuple[timedelta, ...]]
    of_type: dict[str, tuple[timedelta, ...]]
    overall: tuple[timedelta, ...]

    def time(self, task: str, spell: int, type_: str, user: str, seed: int, *, by_task: bool = True) -> timedelta:
        """Tell how long a spell of work takes; drawn times depend on seed, task and spell only, whatever the policy.

        >>> times = ServiceTimes({}, {}, {"call": (timedelta(minutes=3), timedelta(minutes=9))}, ())
        >>> times.time("t1", 0, "call", "u1", 1) == times.time("t1", 0, "call", "u2", 1)
        True
        """
        known = self.of_task.get((task, spell)) if by_task else None
        if known is not None:
            return known
        listed = self.alike(type_, user)
        return listed[int(share(seed, task, spell) * len(listed))]

    def alike(self, type_: str, user: str) -> tuple[timedelta, ...]:
        """Give the times to draw from: of tasks alike."""
        return self.of_person.get((type_, user)) or self.of_type.get(type_) or self.overall or (_UNKNOWN,)


def share(*of: object) -> float:
    """Give a number from 0 to below 1 that depends on these values only.

    >>> share(1, "t1") == share(1, "t1"), 0 <= share(1, "t2") < 1
    (True, True)
    """
    return share_of_text("\0".join(map(str, of)))


def share_of_text(text: str) -> float:
    """Do the same for values joined by zero characters."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=7).digest(), "big") / 2**56


def service_times(past: Past) -> ServiceTimes:
    """Collect the known times of a past."""
    of_task: dict[tuple[str, int], timedelta] = {}
    of_person: dict[tuple[str, str], list[timedelta]] = {}
    of_type: dict[str, list[timedelta]] = {}
    for number, spell in _known(past):
        assert spell.finished is not None
        time = spell.finished - spell.taken
        of_task[spell.task.id, number] = time
        of_person.setdefault((spell.task.type, spell.user), []).append(time)
        of_type.setdefault(spell.task.type, []).append(time)
    return ServiceTimes(
        of_task,
        {key: tuple(sorted(times)) for key, times in of_person.items() if len(times) >= ENOUGH},
        {key: tuple(sorted(times)) for key, times in of_type.items()},
        tuple(sorted(of_task.values())),
    )


def _known(past: Past) -> Iterator[tuple[int, Spell]]:
    where, alone = zone(past.timezone), _alone(past.spells)
    numbers: dict[str, int] = {}
    for spell in past.spells:
        number = numbers[spell.task.id] = numbers.get(spell.task.id, -1) + 1
        if spell.finished is None or id(spell) not in alone:
            continue
        if local_date(spell.taken, where) == local_date(spell.finished, where):
            yield number, spell


def _alone(spells: Iterable[Spell]) -> set[int]:
    """Name the spells during which their person worked on nothing else."""
    busy: dict[str, list[tuple[datetime, datetime, int]]] = {}
    for spell in spells:
        busy.setdefault(spell.user, []).append((spell.taken, spell.finished or spell.taken, id(spell)))
    found: set[int] = set()
    for own in busy.values():
        own.sort()
        end = None
        for number, (since, until, name) in enumerate(own):
            following = own[number + 1][0] if number + 1 < len(own) else None
            if (end is None or since >= end) and (following is None or following >= until):
                found.add(name)
            end = until if end is None else max(end, until)
    return found
