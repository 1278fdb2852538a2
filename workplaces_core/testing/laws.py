"""The laws of deciding, each a function named as its sentence that any `decide` can be held to.

A law takes something that decides as `workplaces_core.decide` does, and a situation. It returns nothing, or raises
AssertionError with an account of what was broken and of the whole situation. Laws look at desks only, so that what
they judge may be the readable decision, the live engine, or a service; those about reasons take an `explain` too.

>>> from datetime import UTC, datetime
>>> from workplaces_core import decide
>>> from workplaces_core.model import Account, Snapshot
>>> from workplaces_core.policy import Policy
>>> nothing = Situation(Snapshot(Account("acme", "UTC")), Policy(1, ()), "u1", datetime(2026, 11, 24, tzinfo=UTC))
>>> deciding_twice_gives_the_same_bytes(decide, nothing)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Protocol
from zoneinfo import ZoneInfo

import attrs

from workplaces_core import wire
from workplaces_core.answers import Desk, Explanation, QueueEntry
from workplaces_core.model import Snapshot
from workplaces_core.policy import All, AnyOf, Condition, Leaf, Not, Policy, Role
from workplaces_core.testing.ranking import rank
from workplaces_core.testing.situations import Situation, de_morgan, edges, rewritten, shifted, shuffled

TICK = timedelta(microseconds=1)
HORIZON = timedelta(hours=192)

FALSE, TRUE = AnyOf(()), All(())
FAILING = Leaf("task.created", "contains", "0")
"""A condition that errs over every task: each has a `created`, and it is never a text."""


class Decide(Protocol):
    """What decides, called as `workplaces_core.decide` is."""

    def __call__(self, snapshot: Snapshot, policy: Policy, *, user: str, now: datetime) -> Desk:
        """Give a desk."""


class Explain(Protocol):
    """What explains, called as `workplaces_core.explain` is."""

    def __call__(self, snapshot: Snapshot, policy: Policy, *, user: str, task: str, now: datetime) -> Explanation:
        """Give all reasons."""


def desk_of(decide: Decide, situation: Situation) -> Desk:
    """Ask for the desk of a situation."""
    return decide(situation.snapshot, situation.policy, user=situation.user, now=situation.now)


def require(holds: object, account: str, situation: Situation) -> None:
    """Raise AssertionError with an account of what happened and where, unless something holds."""
    if not holds:
        raise AssertionError(f"{account}\n{situation}")


def require_same(found: object, wanted: object, account: str, situation: Situation) -> None:
    """Raise AssertionError unless two answers are equal."""
    require(found == wanted, f"{account}\nfound:  {found}\nwanted: {wanted}", situation)


def _queue(desk: Desk) -> list[str]:
    return [entry.task for entry in desk.queue]


# Order and repetition ---------------------------------------------------------------------------------------


def the_order_of_a_snapshots_lists_never_matters(decide: Decide, situation: Situation, order: Random) -> None:
    """Law 1: nor does the order of members, groups and tags."""
    other = shuffled(situation, order)
    require_same(desk_of(decide, other), desk_of(decide, situation), "another order, another desk", other)


def deciding_twice_gives_the_same_bytes(decide: Decide, situation: Situation) -> None:
    """Law 2: and deciding changes nothing in what it reads."""
    before = str(situation)
    first, second = (wire.dumps(desk_of(decide, situation)) for _ in range(2))
    require_same(second, first, "the second desk differs from the first", situation)
    require_same(str(situation), before, "deciding changed what it was given", situation)


def removing_a_task_never_reorders_the_others(decide: Decide, situation: Situation) -> None:
    """Law 4: nor does adding one, in the queue of any one role."""
    for role in situation.policy.roles:
        alone = situation.with_roles(role)
        queue = desk_of(decide, alone).queue
        for task in situation.snapshot.tasks:
            left = desk_of(decide, alone.without_task(task)).queue
            wanted = tuple(entry for entry in queue if entry.task != task)
            require_same(left, wanted, f"without task `{task}` the queue of role `{role.id}` is another", alone)


def no_task_waits_behind_a_lower_ranked_one(decide: Decide, situation: Situation) -> None:
    """Law 6: whoever reads section 6 aloud, task by task, finds the queue in order, and nobody twice."""
    for role in situation.policy.roles:
        alone = situation.with_roles(role)
        desk = desk_of(decide, alone)
        ranks = [rank(alone, role, entry) for entry in desk.queue]
        for number, (before, after) in enumerate(pairwise(ranks)):
            account = f"in role `{role.id}` place {number + 2} ranks before place {number + 1}: {after} < {before}"
            require(before < after, account, alone)
        head = desk.queue[0].task if desk.queue else None
        require_same(desk.next and desk.next.task, head, "next is not the head of the queue", alone)


# Conditions -------------------------------------------------------------------------------------------------


def _each_priority(situation: Situation) -> Iterator[tuple[Role, int, Condition]]:
    for role in situation.policy.roles:
        for index, priority in enumerate(role.priorities):
            yield role, index, TRUE if priority.where is None else priority.where


def a_further_condition_never_adds_a_task(decide: Decide, situation: Situation, further: Condition) -> None:
    """Law 5: replacing `where` W by `{all: [W, X]}` adds nothing to that role's queue nor to what remains."""
    for role, index, where in _each_priority(situation):
        wide, narrow = (
            desk_of(decide, situation.with_where(role, index, condition))
            for condition in (where, All((where, further)))
        )
        account = f"a further condition {further} at priority {index} of role `{role.id}` added"
        added = set(_queue(narrow)) - set(_queue(wide))
        require(not added, f"{account} {added} to the queue", situation)
        fewer = narrow.remaining.own <= wide.remaining.own and narrow.remaining.shared <= wide.remaining.shared
        require(fewer, f"{account} to what remains: {wide.remaining} became {narrow.remaining}", situation)


def a_failing_condition_never_admits(decide: Decide, situation: Situation) -> None:
    """Law 7: an error counts as not matching, however deep it stands; beside something true in an `any` it is idle."""
    for role, index, where in _each_priority(situation):
        closed = desk_of(decide, situation.with_where(role, index, FALSE))
        for failing in (FAILING, Not(FAILING), Not(Not(FAILING)), All((where, FAILING)), AnyOf((FAILING, FALSE))):
            desk = desk_of(decide, situation.with_where(role, index, failing))
            account = f"{failing} at priority {index} of role `{role.id}` is not like a condition that is false"
            require_same(desk, closed, account, situation)
        desk = desk_of(decide, situation.with_where(role, index, AnyOf((FAILING, where))))
        plain = desk_of(decide, situation.with_where(role, index, where))
        require_same(desk, plain, f"an error beside priority {index} of role `{role.id}` is not idle", situation)


def not_of_not_changes_nothing(decide: Decide, situation: Situation) -> None:
    """Law 8, first half."""
    other = rewritten(situation, lambda where: Not(Not(where)))
    require_same(desk_of(decide, other), desk_of(decide, situation), "not of not changed the desk", situation)


def de_morgan_holds(decide: Decide, situation: Situation) -> None:
    """Law 8, second half."""
    other = rewritten(situation, de_morgan)
    require_same(desk_of(decide, other), desk_of(decide, situation), "De Morgan changed the desk", situation)


# Roles and leases -------------------------------------------------------------------------------------------


def a_disabled_role_changes_desks_exactly_as_its_absence_would(decide: Decide, situation: Situation) -> None:
    """Law 10."""
    roles = situation.policy.roles
    for number, role in enumerate(roles):
        before, after = roles[:number], roles[number + 1 :]
        off = situation.with_roles(*before, attrs.evolve(role, enabled=False), *after)
        gone = situation.with_roles(*before, *after)
        account = f"role `{role.id}` switched off is not like the role taken away"
        require_same(desk_of(decide, off), desk_of(decide, gone), account, off)


def what_somebody_holds_is_offered_to_nobody(decide: Decide, situation: Situation) -> None:
    """Law 12, as far as deciding goes: a user's current is one live lease, and no live lease is in a queue."""
    desk, snapshot = desk_of(decide, situation), situation.snapshot
    live = [
        lease
        for lease in snapshot.leases.values()
        if lease.expires > situation.now and lease.task in snapshot.tasks and not snapshot.tasks[lease.task].completed
    ]
    own = sorted((lease.since, lease.task) for lease in live if lease.user == situation.user)
    shown = desk.current and (desk.current.since, desk.current.task)
    require_same(shown, own[0] if own else None, "current is not the first live lease", situation)
    offered = {lease.task for lease in live} & set(_queue(desk))
    require(not offered, f"leased and offered: {offered}", situation)


# Time -------------------------------------------------------------------------------------------------------


def shifting_everything_by_whole_weeks_shifts_the_desk(decide: Decide, situation: Situation, weeks: int) -> None:
    """Law 11: and changes nothing else. For situations whose rules and zones mean the same every week."""
    by = timedelta(weeks=weeks)
    later = shifted(situation, by)
    wanted = shifted(desk_of(decide, situation), by)
    require_same(desk_of(decide, later), wanted, f"{weeks} weeks later the desk is another", situation)


def until_is_an_instant_at_which_the_role_really_ends(decide: Decide, situation: Situation) -> None:
    """Law 14: the role is active at every change of its intervals before `until`, and not at it.

    Without `until` it is active at every change up to the horizon of 192 hours, and at the horizon itself.
    """
    for role in situation.policy.roles:
        alone = situation.with_roles(role)
        shown = desk_of(decide, alone).role
        if shown is None:
            continue
        last = shown.until or situation.now + HORIZON
        for moment in _changes_until(decide, alone, last):
            active = desk_of(decide, alone.at(moment)).role
            require(active is not None, f"role `{role.id}` is over at {moment}, before {last}", alone)
        ended = desk_of(decide, alone.at(last)).role is None
        require(ended == (shown.until is not None), f"role `{role.id}` must end at {shown.until}", alone)


def _changes_until(decide: Decide, alone: Situation, last: datetime) -> Iterator[datetime]:
    moment = alone.now
    while moment < last:
        yield moment
        shown = desk_of(decide, alone.at(moment)).role
        after = None if shown is None else shown.interval_until
        if after is None:
            break
        yield after - TICK
        require(after > moment, f"interval_until {after} is not after {moment}", alone)
        moment = after
    yield last - TICK


def the_next_role_really_opens_then(decide: Decide, situation: Situation) -> None:
    """What stands with law 14: at `next_role.from` a role is active, and right before it none is."""
    coming = desk_of(decide, situation).next_role
    if coming is None:
        return
    opened = desk_of(decide, situation.at(coming.starts)).role
    require(opened is not None, f"nothing opens at {coming.starts}", situation)
    (role,) = (role for role in situation.policy.roles if role.id == coming.id)
    alone = desk_of(decide, situation.with_roles(role).at(coming.starts)).role
    require(alone is not None, f"role `{coming.id}` does not open at {coming.starts}", situation)
    for moment in {*edges(situation.snapshot, situation.policy, situation.now), coming.starts - TICK}:
        if situation.now <= moment < coming.starts:
            early = desk_of(decide, situation.at(moment)).role
            require(early is None, f"a role is active at {moment}, before {coming.starts}", situation)


# What remains -----------------------------------------------------------------------------------------------


def remaining_never_counts_a_task_twice(decide: Decide, situation: Situation) -> None:
    """Law 15, first half: what remains of all tasks is what remains of each alone, and that is at most one."""
    whole = desk_of(decide, situation).remaining
    counted = []
    for name, task in situation.snapshot.tasks.items():
        only = attrs.evolve(situation, snapshot=attrs.evolve(situation.snapshot, tasks={name: task}))
        left = desk_of(decide, only).remaining
        counted.append((left.own, left.shared))
        allowed = [(0, 0), (1, 0) if task.responsible == situation.user else (0, 1)]
        require(counted[-1] in allowed, f"task `{name}` counts as {left}", only)
    wanted = (sum(own for own, _ in counted), sum(shared for _, shared in counted))
    require_same((whole.own, whole.shared), wanted, "what remains is not the sum of its tasks", situation)


def nothing_is_handed_out_today_beyond_what_remains(decide: Decide, situation: Situation) -> None:
    """Law 15, second half: so zero remains only if no later moment before the role's day ends hands out a task.

    Nothing else happens meanwhile: no lease and no skip expires. A moment counts while the role's date is today's.
    """
    left = desk_of(decide, situation).remaining
    handed = {
        (entry.task, entry.shared)
        for role in situation.policy.roles
        for moment in _later_today(situation, role)
        for entry in desk_of(decide, _undisturbed(situation).with_roles(role).at(moment)).queue
    }
    shared = {task for task, is_shared in handed if is_shared}
    own = {task for task, is_shared in handed if not is_shared}
    enough = len(own) <= left.own and len(shared) <= left.shared
    require(enough, f"{left} counts, but {own} (own) and {shared} (shared) are handed out today", situation)


def _later_today(situation: Situation, role: Role) -> Iterator[datetime]:
    where = ZoneInfo(role.timezone or situation.snapshot.account.timezone)
    today = situation.now.astimezone(where).date()
    for moment in sorted({situation.now, *edges(situation.snapshot, situation.policy, situation.now)}):
        if moment >= situation.now and moment.astimezone(where).date() == today:
            yield moment


def _undisturbed(situation: Situation) -> Situation:
    """Let what is leased or skipped now be so for days to come."""
    snapshot, ends = situation.snapshot, situation.now + timedelta(days=9)
    leases = [attrs.evolve(each, expires=ends) for each in snapshot.leases.values() if each.expires > situation.now]
    skips = [attrs.evolve(each, until=ends) for each in snapshot.skips.values() if each.until > situation.now]
    return attrs.evolve(situation, snapshot=attrs.evolve(snapshot, leases=leases, skips=skips))


# Reasons ----------------------------------------------------------------------------------------------------

TASK_REASONS = frozenset({"completed", "leased", "skipped"})
ROLE_REASONS = frozenset({"role_disabled", "not_a_member", "role_not_active", "later_day", "not_yet"})
PRIORITY_REASONS = frozenset(
    {"interval_not_active", "wrong_type", "condition_false", "condition_error", "not_responsible", "outside_pool"}
)


def every_task_is_queued_or_explained(decide: Decide, explain: Explain, situation: Situation) -> None:
    """Law 9: every task is in the queue, hidden as not yet, or its explanation says in every role why it is not."""
    desk = desk_of(decide, situation)
    for name in situation.snapshot.tasks:
        why = explain(situation.snapshot, situation.policy, user=situation.user, task=name, now=situation.now)
        _require_reasons(why, situation)
        stands = [number for number, task in enumerate(_queue(desk), 1) if task == name]
        require_same(_shown_at(why), stands, f"the explanation of `{name}` puts it elsewhere", situation)


def _shown_at(why: Explanation) -> list[int]:
    """Give the positions at which the explanation says that the desk shows the task."""
    return [
        code.details["position"]
        for role in why.roles
        for code in role.codes
        if code.code == "queued" and all(other.code != "not_chosen" for other in role.codes)
    ]


def _require_reasons(why: Explanation, situation: Situation) -> None:
    on_task = {code.code for code in why.codes} & TASK_REASONS
    for role in why.roles:
        codes = {code.code for code in role.codes}
        blocked = on_task | (codes & ROLE_REASONS)
        walks = [{code.code for code in priority.codes} for priority in role.priorities]
        refused = all(codes & PRIORITY_REASONS for codes in walks)
        account = f"task `{why.task}` in role `{role.role}`: {codes or '{}'}, priorities {walks}"
        for number, walk in enumerate(walks):
            first = not walk & PRIORITY_REASONS and "matched_earlier" not in walk
            require(("takes" in walk) == first, f"{account}: priority {number} takes, or does not", situation)
        if "queued" in codes:
            lane = next(code.details["lane"] for code in role.codes if code.code == "queued")
            require(not blocked and (lane == "exact" or not refused), f"{account}: why is it queued?", situation)
        else:
            require(blocked or refused, f"{account}: no reason why it is not queued", situation)


def every_place_is_explained_by_the_first_part_that_differs(
    decide: Decide, explain: Explain, situation: Situation
) -> None:
    """What stands with law 9: `queued` names the task before and the first part of the key in which they differ."""
    for role in situation.policy.roles:
        alone = situation.with_roles(role)
        queue = desk_of(decide, alone).queue
        for number, entry in enumerate(queue):
            why = explain(alone.snapshot, alone.policy, user=alone.user, task=entry.task, now=alone.now)
            (told,) = (code.details for code in why.roles[0].codes if code.code == "queued")
            found = (told.get("after"), told.get("decided_by"))
            account = f"the place of `{entry.task}` in role `{role.id}` is not well explained"
            wanted: tuple[object, object] = (None, None)
            if number:
                differs = _first_difference(alone, role, queue[number - 1], entry)
                wanted = (queue[number - 1].task, told["key"][differs]["part"])
            require_same(found, wanted, account, alone)


def _first_difference(alone: Situation, role: Role, before: QueueEntry, entry: QueueEntry) -> int:
    ranks = zip(rank(alone, role, before), rank(alone, role, entry), strict=False)
    return next(number for number, (theirs, ours) in enumerate(ranks) if theirs != ours)
