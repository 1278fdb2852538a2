"""Who is given what, for a simulation, by the live engine: whatever the policy, and whatever changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import attrs

from workplaces_core.changes import Change, Set
from workplaces_core.engine.engine import Engine

if TYPE_CHECKING:
    from workplaces_core.history.simulation.past import Past
    from workplaces_core.model import Task
    from workplaces_core.policy import Policy


class Handed(NamedTuple):
    """What somebody is given, and by which role, priority and lane."""

    task: str
    role: str
    priority: str | None
    lane: str


class LiveDesk:
    """The live engine. What is in hand is marked completed: like a leased task, it is nobody's candidate."""

    def __init__(self, past: Past, policy: Policy) -> None:
        """Index what there is at the beginning."""
        self._engine = Engine(policy, past.before)

    def happen(self, changes: Sequence[Change]) -> None:
        """Make the changes that came from outside at one instant."""
        self._engine.apply(changes)

    def leave(self, task: Task) -> None:
        """Open a task again, as work left it."""
        self._engine.apply([Set("task", task)])

    def take(self, task: Task) -> None:
        """Put a task into somebody's hands."""
        self._engine.apply([Set("task", attrs.evolve(task, completed=True))])

    def given(self, user: str, now: datetime) -> Handed | None:
        """Decide what somebody is given."""
        for found in self._engine.hand_outs(user, now=now, limit=1):
            priority = None if found.priority is None else found.priority.id
            return Handed(found.task.id, found.role.id, priority, found.entry.lane)
        return None

    def next_moment(self, user: str, now: datetime) -> datetime:
        """Tell until when time alone brings nothing to somebody who was just given nothing."""
        return self._engine.next_moment(user, now=now)


def leads(policy: Policy) -> tuple[int, ...]:
    """List how many minutes before their time roles show exact-time tasks."""
    return tuple(sorted({role.exact_time.lead_minutes for role in policy.roles if role.enabled and role.exact_time}))
