"""Hypothesis strategies over model objects: one for each kind of thing, and `situations` for all of them at once.

Pools are small, so that ties and collisions are common, and everything in a situation happens around one awkward
moment, so that dues, edges of intervals and clock changes meet. `around` is that moment; `weekly=True` keeps to what
means the same a week later: daily and weekly rules, and zones whose offset never changes.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from workplaces_core.testing import pools
from workplaces_core.testing.drawing import dates, field_values, ids, moments, one_of, sampled, zones
from workplaces_core.testing.policy_strategies import (
    common_queues,
    conditions,
    intervals,
    leaves,
    members,
    order_keys,
    paths,
    policies,
    priorities,
    recurrences,
    roles,
)
from workplaces_core.testing.pools import AROUND, IDS, NOBODY
from workplaces_core.testing.situations import Situation, edges
from workplaces_core.testing.snapshot_strategies import (
    changes,
    companies,
    contacts,
    deals,
    declarations,
    entities,
    fields,
    leases,
    skips,
    snapshots,
    tasks,
    users,
)

__all__ = [
    "AROUND",
    "changes",
    "common_queues",
    "companies",
    "conditions",
    "contacts",
    "dates",
    "deals",
    "declarations",
    "entities",
    "field_values",
    "fields",
    "ids",
    "intervals",
    "leases",
    "leaves",
    "members",
    "moments",
    "order_keys",
    "paths",
    "policies",
    "priorities",
    "recurrences",
    "roles",
    "situations",
    "skips",
    "snapshots",
    "tasks",
    "users",
    "zones",
]

_TICK = timedelta(microseconds=1)


@st.composite
def situations(draw: st.DrawFn, *, weekly: bool = False, max_tasks: int = len(IDS["task"])) -> Situation:
    """Draw a snapshot, a policy, a user and a moment that belong together.

    The moment stands at, right before or right after something that matters: a due, the opening of an exact-time
    task, an edge of an interval, the end of a lease or skip, a midnight or a clock change.
    """
    around, zone = draw(sampled(pools.AWKWARD_MOMENTS))
    if weekly:
        zone = draw(zones(weekly=True))
    snapshot = draw(snapshots(around=around, zone=zone, max_tasks=max_tasks))
    policy = draw(policies(around=around, weekly=weekly))
    edge = draw(st.sampled_from([*[around] * 8, *edges(snapshot, policy, around)]))
    now = edge + draw(one_of(0, 0, 0, 1, -1)) * _TICK
    return Situation(snapshot, policy, draw(one_of(*["u1"] * 10, "u2", NOBODY)), now)
