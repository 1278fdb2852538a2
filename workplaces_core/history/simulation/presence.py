"""When people are there in a simulation: on their recorded days, or in all intervals of their roles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from workplaces_core.rules.intervals import merged, occurrences
from workplaces_core.rules.membership import is_member
from workplaces_core.rules.zones import local_date, zone

if TYPE_CHECKING:
    from workplaces_core.history.simulation.assumptions import Assumptions
    from workplaces_core.history.simulation.attendance import Attendance, Span
    from workplaces_core.history.simulation.past import Past
    from workplaces_core.policy import Policy, Role

_DAY = timedelta(days=1)


def spans_of(
    past: Past, attendance: Attendance, policy: Policy, assumptions: Assumptions
) -> Mapping[str, tuple[Span, ...]]:
    """Give everybody's spans under a policy. Members are those of the first moment."""
    if assumptions.presence == "recorded":
        return attendance.spans
    roles = {role.id: working_time(role, policy, past) for role in policy.roles if role.enabled}
    return {
        user: tuple(
            merged(
                span
                for role in policy.roles
                if role.enabled and is_member(role, user, past.before)
                for span in roles[role.id]
            )
        )
        for user in sorted(past.before.users)
    }


def working_time(role: Role, policy: Policy, past: Past) -> list[Span]:
    """Give the spans in which a role is active, within the time of a past."""
    where = zone(role.timezone or past.timezone)
    off = frozenset(role.days_off + policy.days_off)
    first, last = local_date(past.start, where) - 2 * _DAY, local_date(past.end, where) + _DAY
    spans = merged(span for each in role.intervals for span in occurrences(each, off, where, first, last))
    return [(max(s, past.start), min(e, past.end)) for s, e in spans if e > past.start and s < past.end]
