"""What a simulation assumes of people, in one place, because every figure depends on it."""

from __future__ import annotations

from typing import Any, Literal

import attrs
from attrs import field, frozen

PRESENCES = ("recorded", "intervals")
SERVICES = ("task", "drawn")


@frozen
class Assumptions:
    """How people of a simulation behave.

    `presence`: `recorded` people ask for work on the days on which they worked in fact, from their first to their
    last deed of that day; with `intervals` everybody is there in all intervals of his roles. In both cases the policy
    hands out nothing outside intervals. `service`: `task` takes the time that very task took, where it is known;
    `drawn` always draws among the times of tasks alike. `pauses`: people rest between two tasks for a time drawn among
    their own recorded pauses, times this number (0: never); None: to be fitted, so that the median wait is as recorded.

    >>> Assumptions(pauses=-1)
    Traceback (most recent call last):
    ValueError: pauses: `-1` must be a number from 0
    """

    presence: Literal["recorded", "intervals"] = field(default="recorded")
    service: Literal["task", "drawn"] = field(default="task")
    pauses: float | None = field(default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot be meant."""
        for name, known in (("presence", PRESENCES), ("service", SERVICES)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name}: `{getattr(self, name)}` must be one of {', '.join(known)}")
        if self.pauses is not None and not 0 <= self.pauses < float("inf"):
            raise ValueError(f"pauses: `{self.pauses}` must be a number from 0")

    def form(self) -> dict[str, Any]:
        """Write them in plain JSON values."""
        return attrs.asdict(self)
