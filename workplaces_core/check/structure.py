"""Settings that cannot work: empty roles, priorities that never match or never get their turn, too many roles."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from workplaces_core.check.codes import finding, listed
from workplaces_core.check.implication import can_be_true
from workplaces_core.check.shadowing import shadows
from workplaces_core.check.tally import EXAMPLES
from workplaces_core.errors import shown
from workplaces_core.policy import Leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workplaces_core.answers import Finding
    from workplaces_core.check.review import Review, RoleReview
    from workplaces_core.policy import Condition, Priority

MOST_ROLES = 8


def empty_roles(review: Review) -> Iterator[Finding]:
    """Report roles without members, intervals or priorities."""
    for each in review.roles:
        role, name = each.role, shown(each.role.id)
        if not (role.members.users or role.members.groups):
            yield finding(
                "role_without_members", f"{each.path}.members", f"role `{name}` has no members, name users or groups"
            )
        elif review.snapshot is not None and not each.users:
            text = f"nobody active in the directory belongs to role `{name}`, name users or groups who are"
            yield finding("role_without_members", f"{each.path}.members", text)
        if not role.intervals:
            text = f"role `{name}` has no intervals and is never active, add its working time"
            yield finding("role_without_intervals", f"{each.path}.intervals", text)
        if not role.priorities:
            text = f"role `{name}` has no priorities and hands out no tasks, add one"
            yield finding("role_without_priorities", f"{each.path}.priorities", text)


def never_matching(review: Review) -> Iterator[Finding]:
    """Report priorities without hours, or with a condition that is never true."""
    for each in review.roles:
        for path, priority in each.priorities():
            if _lacks_hours(each, priority):
                text = f"`{shown(priority.id)}` has no interval that still occurs, give it one that does"
                yield finding("never_matches", f"{path}.intervals", text, reason="intervals")
            if not can_be_true(*_conditions(priority)):
                text = f"the condition of `{shown(priority.id)}` is never true, correct what excludes itself in it"
                yield finding("never_matches", f"{path}.where", text, reason="condition")


def _lacks_hours(each: RoleReview, priority: Priority) -> bool:
    # Of a role without intervals its priorities need not be told as well, unless they ask for none themselves.
    return not each.open_in(priority) and (priority.intervals is not None or bool(each.role.intervals))


def _conditions(priority: Priority) -> list[Condition | None]:
    types = priority.task_types
    return [priority.where, Leaf("task.type", "in", types) if types else None]


def shadowed(review: Review) -> Iterator[Finding]:
    """Report priorities that never take a task, because others before them take all that they could."""
    for each in review.roles:
        for number, (path, priority) in enumerate(each.priorities()):
            if each.open_in(priority) and can_be_true(*_conditions(priority)):
                by = [each.role.priorities[index].id for index in shadows(each, number)]
                if by:
                    names = listed([shown(name) for name in by])
                    leave = "leaves none" if len(by) == 1 else "leave none"
                    text = f"`{shown(priority.id)}` never takes a task, {names} before it {leave}"
                    yield finding("shadowed", path, f"{text}; move it up or narrow what stands before it", by=by)


def users_of_many_roles(review: Review) -> Iterator[Finding]:
    """Report users who have more enabled roles than anybody can follow."""
    numbers = Counter(user for each in review.enabled for user in sorted(each.users))
    users = sorted(user for user, number in numbers.items() if number > MOST_ROLES)
    if users:
        shown_users = listed([shown(user) for user in users[:EXAMPLES]])
        text = f"{shown_users} and no others" if len(users) <= EXAMPLES else f"{shown_users} and others"
        yield finding(
            "many_roles",
            "roles",
            f"{text} have more than {MOST_ROLES} enabled roles, at most {MOST_ROLES} are meant",
            count=len(users),
            examples=users[:EXAMPLES],
            most=max(numbers.values()),
        )
