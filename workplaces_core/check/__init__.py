"""The check: what is wrong, or probably not meant, in a policy, by itself and over the data at hand.

Read `codes` for everything it can say. `references` finds names that mean nothing, `structure` settings that cannot
work, `hours` what the clock does to intervals, `coverage` tasks that fall through, `entities` and `failures` data
that does not fit.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from workplaces_core.check.codes import position
from workplaces_core.check.coverage import between_intervals, deals_in_doubt, uncovered
from workplaces_core.check.entities import dangling, other_kinds
from workplaces_core.check.failures import condition_failures, failing_conditions
from workplaces_core.check.hours import clock_changes, midnight_crossings, never_occurring, overlaps
from workplaces_core.check.references import unknown_or_unfit
from workplaces_core.check.review import Review
from workplaces_core.check.structure import empty_roles, never_matching, shadowed, users_of_many_roles
from workplaces_core.decision import moment_of_decision

if TYPE_CHECKING:
    from workplaces_core.answers import Finding
    from workplaces_core.model import Snapshot
    from workplaces_core.policy import Policy

__all__ = ["check", "condition_failures"]

_OF_POLICY = (
    unknown_or_unfit, empty_roles, never_matching, shadowed, users_of_many_roles, never_occurring, overlaps,
    clock_changes, midnight_crossings,
)  # fmt: skip
_OF_DATA = (between_intervals, uncovered, deals_in_doubt, dangling, other_kinds, failing_conditions)


def check(policy: Policy, snapshot: Snapshot | None = None, *, now: datetime | None = None) -> tuple[Finding, ...]:
    """List what is wrong, or probably not meant, in a policy; with a snapshot also what shows only over data.

    Findings of settings come first, in the order of the policy, then those of data. They do not depend on the order
    of any list of the snapshot. An error is a setting that is certainly useless or wrong; all else is a warning.

    `now` is an aware datetime of the years 1970 to 2199, else ValueError; what has ended before it is not looked at.
    None means the current moment: nothing else in the core reads the clock.

    >>> from workplaces_core.policy import Interval, Members, Policy, Priority, Role
    >>> day = Interval("day", start=9 * 60, end=18 * 60, days=(0, 1, 2, 3, 4))
    >>> priorities = (Priority("all", "All"), Priority("calls", "Calls", task_types=["1"]))
    >>> role = Role("sales", "Sales", members=Members(["u1"]), intervals=(day,), priorities=priorities)
    >>> (found,) = check(Policy(1, (role,)), now=datetime(2026, 11, 24, tzinfo=UTC))
    >>> found.severity, found.code, found.path, found.details
    ('error', 'shadowed', 'roles[0].priorities[1]', {'by': ['all']})
    >>> found.message
    '`"calls"` never takes a task, `"all"` before it leaves none; move it up or narrow what stands before it'
    """
    moment = moment_of_decision(datetime.now(UTC) if now is None else now)
    review = Review(policy, snapshot, moment)
    found = chain.from_iterable(look(review) for look in _OF_POLICY)
    if snapshot is not None:
        found = chain(found, chain.from_iterable(look(review, snapshot) for look in _OF_DATA))
    return tuple(sorted(found, key=position))
