"""Every code a finding can have: how severe it is and when it is given. Codes are stable, the reference lists them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

from workplaces_core.answers import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence


@frozen
class Meaning:
    """What stands behind a code."""

    severity: Literal["error", "warning"]
    when: str


def _error(when: str) -> Meaning:
    return Meaning("error", when)


def _warning(when: str) -> Meaning:
    return Meaning("warning", when)


CODES: dict[str, Meaning] = {
    # settings that name what is not there
    "unknown_user": _error("a setting names a user whom the directory does not have"),
    "unknown_group": _error("a setting names a group that the directory does not have"),
    "unknown_type": _error("a setting names a task type that the directory does not have"),
    "unknown_field": _error("a setting names a field that is neither declared nor found in the data"),
    "unknown_option": _error("a condition names an option that its field does not have"),
    "unknown_interval": _error("a priority names an interval that its role does not have"),
    "undeclared_field": _warning("a setting names a field that the data have and nobody declared"),
    # settings that do not fit their field
    "wrong_kind": _error("a condition compares a field with a value of another kind"),
    "eq_on_list": _error("`eq` or `in` asks a list, which never equals a single value"),
    "order_not_sortable": _warning("an order key reads a field that is neither a number nor a date"),
    # settings that cannot work
    "never_matches": _error("a priority can never take a task: it has no hours, or its condition is never true"),
    "shadowed": _error("priorities before it take every task that a priority could take"),
    "role_without_members": _warning("nobody belongs to a role"),
    "role_without_intervals": _warning("a role has no intervals"),
    "role_without_priorities": _warning("a role has no priorities"),
    "many_roles": _warning("a user has more than 8 enabled roles"),
    # hours
    "interval_never_occurs": _warning("an interval does not occur any more"),
    "roles_overlap": _warning("two enabled roles of one user are open at the same time"),
    "clock_change": _warning("a clock change makes an interval longer or shorter in the coming year"),
    "midnight_crossing": _warning("an interval crosses midnight in a role with exact time, whose lane ends there"),
    "exact_time_between_intervals": _warning("an exact-time task is due when nobody who could have it works"),
    # tasks and data
    "tasks_not_covered": _warning("open tasks that no enabled role could ever hand out"),
    "deal_in_doubt": _warning("a role asks for the deal of tasks whose contact or company has several"),
    "condition_errs": _warning("a comparison fails on open tasks, because the field holds another kind of value"),
    "dangling_reference": _warning("data refer to what the snapshot does not have"),
    "value_of_other_kind": _warning("a field holds values of another kind than declared"),
}
"""All codes, in the order of the reference page."""

# The keys of a policy in the order in which they stand there, then the kinds of data.
_STEPS = (
    "roles", "members", "users", "groups", "intervals", "exact_time", "priorities", "task_types", "where", "all", "any",
    "not", "field", "op", "value", "order", "common_queue", "from", "deals", "contacts", "companies", "tasks", "leases",
    "skips",
)  # fmt: skip


def finding(code: str, path: str, message: str, **details: Any) -> Finding:
    """Make a finding of a known code; `details` are plain JSON values.

    >>> finding("unknown_user", "roles[0].members.users[1]", "`u9` is nobody").severity
    'error'
    """
    return Finding(code, path, CODES[code].severity, message, details)


def position(found: Finding) -> tuple[int, ...]:
    """Give the place of a finding: by its path as it stands in the policy, data last.

    >>> first, second = (finding("shadowed", f"roles[0].priorities[{n}]", "") for n in (2, 10))
    >>> position(first) < position(second)
    True
    """
    steps = re.findall(r"\w+", found.path)
    return tuple(int(step) if step.isdigit() else _STEPS.index(step) for step in steps)


def listed(names: Sequence[str]) -> str:
    """Write names for a message."""
    return ", ".join(f"`{name}`" for name in names)
