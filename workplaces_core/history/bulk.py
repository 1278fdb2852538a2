"""Everybody's own queue in one role at one moment, for any number of tasks: classified and ordered as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.history.extra import Array, np
from workplaces_core.history.facts import Facts
from workplaces_core.history.places import PRIORITY_SHIFT, Places, sorted_by_person, taken
from workplaces_core.history.tables import Matches, matches
from workplaces_core.rules.ordering import microseconds

if TYPE_CHECKING:
    from workplaces_core.rules.intervals import RoleMoment

MINUTE = 60_000_000


@frozen(eq=False)
class OwnQueues:
    """The queues one after another: `people` are codes of `facts.people`, `rows` those of facts, in queue order.

    `exact` tells the exact lane, `priorities` the number of the priority that takes each task, -1 for none. `matches`
    has for all rows which priorities admit them, and, when asked for, why not the others.
    """

    people: Array
    rows: Array
    exact: Array
    priorities: Array
    matches: Matches


def own_queues(facts: Facts, places: Places, moment: RoleMoment, *, reasons: bool = False) -> OwnQueues:
    """Order every person's own tasks as his desk in this role would, were they all there is to do.

    `places` are those of the role (they do not depend on the moment, so they are worked out once).
    """
    role, now, today = moment.role, microseconds(moment.now), moment.today.toordinal()
    active = sum(1 << n for n, priority in enumerate(role.priorities) if moment.is_priority_active(priority))
    found = matches(role.priorities, facts, moment.today, moment.where, reasons=reasons)
    takers = taken(found.bits, active)
    candidates = places.due_days <= today
    exact = np.zeros(len(facts), dtype=bool)
    if role.exact_time is not None:
        exact = (places.due_days == today) & ~facts.all_day
        shows = facts.due - role.exact_time.lead_minutes * MINUTE <= now
        candidates &= ~exact | shows
    rows = np.flatnonzero(candidates & (exact | (takers >= 0)) & moment.is_active)
    is_exact, priorities = exact[rows], takers[rows]
    lane = 1 << PRIORITY_SHIFT + len(role.priorities).bit_length()
    keys = places.keys(rows, np.maximum(priorities, 0), now, today)
    keys = np.where(is_exact, places.plain.places[rows].astype(np.int64) << 1, keys | lane)
    people, keys = sorted_by_person(facts.people.codes[rows], keys, len(facts.people.values))
    by_priority = keys >= lane
    ordered = np.where(
        by_priority, places.rows(keys & (lane - 1)), places.plain.rows[np.where(by_priority, 0, keys >> 1)]
    )
    return OwnQueues(people, ordered, ~by_priority, takers[ordered], found)
