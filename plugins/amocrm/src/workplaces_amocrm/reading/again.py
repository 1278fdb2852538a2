"""Entities that amoCRM failed to show while it answered otherwise: when each of them is tried again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import Factory, define

from workplaces_amocrm.reading.fetching import Name

_AT_ONCE = 3
"""So many times an entity is tried again with the very next round."""

_FIRST, _LONGEST = 60, 3600
"""Seconds from one try to the next after that: twice as many each time, up to the longest."""


@define
class Again:
    """Entities to be tried again, each with how often it failed, and when it is due.

    >>> again = Again()
    >>> again.take_over({}, {"leads": {7}}, now=100)
    >>> again.due(100)
    {'leads': {7}}
    >>> again.take_over(again.due(100), {}, now=100)
    >>> again.due(100)
    {}
    """

    _plan: dict[tuple[Name, int], tuple[int, int]] = Factory(dict)

    def due(self, now: int) -> dict[Name, set[int]]:
        """Give what is to be tried now."""
        return _by_name(key for key, (_, at) in self._plan.items() if at <= now)

    def waiting(self, now: int) -> dict[Name, set[int]]:
        """Give what is not to be asked for yet."""
        return _by_name(key for key, (_, at) in self._plan.items() if at > now)

    def take_over(self, tried: Mapping[Name, set[int]], failed: Mapping[Name, set[int]], now: int) -> None:
        """Note which of those that were `tried` came, and which failed, again or for the first time."""
        failures = {(name, entity) for name, ids in failed.items() for entity in ids}
        for name, ids in tried.items():
            for entity in ids:
                if (name, entity) not in failures:
                    self._plan.pop((name, entity), None)
        for key in failures:
            times, at = self._plan.get(key, (0, now))
            if at <= now:
                wait = 0 if times < _AT_ONCE else min(_FIRST << min(times - _AT_ONCE, 9), _LONGEST)
                self._plan[key] = (times + 1, now + wait)


def _by_name(keys: Iterable[tuple[Name, int]]) -> dict[Name, set[int]]:
    found: dict[Name, set[int]] = {}
    for name, entity in keys:
        found.setdefault(name, set()).add(entity)
    return found
