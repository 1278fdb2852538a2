"""A situation: the four things one decision is asked with, and ways to change them that laws speak of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import attrs
from attrs import frozen

from workplaces_core import wire
from workplaces_core.model import Snapshot
from workplaces_core.policy import All, AnyOf, Condition, Interval, Not, Policy, Role

T = TypeVar("T")

_SECOND, _MINUTE, _DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
_UNTIL = re.compile(r"(?<=UNTIL=)[0-9]{8}")


@frozen
class Situation:
    """Who asks what he shall do, when, under which policy and with which data.

    >>> from datetime import UTC
    >>> from workplaces_core.model import Account
    >>> situation = Situation(Snapshot(Account("acme", "UTC")), Policy(1, ()), "u1", datetime(2026, 11, 24, tzinfo=UTC))
    >>> print(str(situation).splitlines()[0])
    user `u1` at 2026-11-24T00:00:00+00:00
    """

    snapshot: Snapshot
    policy: Policy
    user: str
    now: datetime

    def __str__(self) -> str:
        """Give everything there is to know about it, as text that `wire` loads again."""
        policy, snapshot = (
            json.dumps(wire.dump(document), ensure_ascii=False, indent=1) for document in (self.policy, self.snapshot)
        )
        return f"user `{self.user}` at {self.now.isoformat()}\npolicy:\n{policy}\nsnapshot:\n{snapshot}"

    def at(self, now: datetime) -> Situation:
        """Ask the same at another moment."""
        return attrs.evolve(self, now=now)

    def with_roles(self, *roles: Role) -> Situation:
        """Ask under a policy that has only these roles."""
        return attrs.evolve(self, policy=attrs.evolve(self.policy, roles=roles))

    def with_where(self, role: Role, index: int, where: Condition | None) -> Situation:
        """Ask under a policy that has only this role, with another condition at one of its priorities."""
        priorities = list(role.priorities)
        priorities[index] = attrs.evolve(priorities[index], where=where)
        return self.with_roles(attrs.evolve(role, priorities=tuple(priorities)))

    def without_task(self, task: str) -> Situation:
        """Ask of a snapshot that lacks a task; leases and skips of it stay."""
        tasks = {name: each for name, each in self.snapshot.tasks.items() if name != task}
        return attrs.evolve(self, snapshot=attrs.evolve(self.snapshot, tasks=tasks))


def edges(snapshot: Snapshot, policy: Policy, around: datetime) -> Iterator[datetime]:
    """List the instants at which something changes on the local date of a moment and on the one after.

    Those are dues, openings of exact-time tasks, ends of leases and skips, and what the starts and ends of intervals
    and midnight may mean, by the clock of each role; clock changes too.
    """
    leads = {0} | {role.exact_time.lead_minutes for role in policy.roles if role.exact_time is not None}
    for task in snapshot.tasks.values():
        if isinstance(task.due, datetime):
            yield from (task.due - lead * _MINUTE for lead in sorted(leads))
    yield from (lease.expires for lease in snapshot.leases.values())
    yield from (skip.until for skip in snapshot.skips.values())
    for role in policy.roles:
        where = ZoneInfo(role.timezone or snapshot.account.timezone)
        walls = {0} | {wall for interval in role.intervals for wall in (interval.start, interval.end)}
        yield from _instants_of(sorted(walls), where, around)
        yield from clock_changes(where, around - _DAY, around + 2 * _DAY)


def _instants_of(walls: Sequence[int], where: ZoneInfo, around: datetime) -> Iterator[datetime]:
    today = datetime.combine(around.astimezone(where).date(), datetime.min.time(), where)
    for wall in walls:
        for day in (today, today + _DAY):
            yield from {(day + wall * _MINUTE).replace(fold=fold).astimezone(UTC) for fold in (0, 1)}


def clock_changes(where: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """List the instants between two others at which the offset of a zone changes.

    >>> [*clock_changes(ZoneInfo("Europe/Berlin"), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))]
    [datetime.datetime(2026, 3, 29, 1, 0, tzinfo=datetime.timezone.utc)]
    """
    before = first.replace(microsecond=0)
    while before < last:
        after = before + _DAY / 4
        if _offset(before, where) != _offset(after, where):
            low, high = before, after
            while high - low > _SECOND:
                middle = low + (high - low) // _SECOND // 2 * _SECOND
                low, high = (middle, high) if _offset(middle, where) == _offset(before, where) else (low, middle)
            yield high
        before = after


def _offset(moment: datetime, where: ZoneInfo) -> timedelta | None:
    return moment.astimezone(where).utcoffset()


def shuffled(situation: Situation, order: Random) -> Situation:
    """Put every list of a situation whose order means nothing into another order.

    Those are the lists of the snapshot, the groups of a user, tags, members, and the task types of a priority. The
    order of roles, intervals, priorities, order keys and of a deal's contacts has a meaning, it stays.
    """
    snapshot = situation.snapshot
    lists = {a.name: [*getattr(snapshot, a.name).values()] for a in attrs.fields(Snapshot) if a.name != "account"}
    for entities in lists.values():
        order.shuffle(entities)
    mixed = {name: [_mixed(entity, order) for entity in entities] for name, entities in lists.items()}
    roles = tuple(_mixed_role(role, order) for role in situation.policy.roles)
    return Situation(
        Snapshot(snapshot.account, **mixed),
        attrs.evolve(situation.policy, roles=roles),
        situation.user,
        situation.now,
    )


def _mixed(entity: T, order: Random) -> T:
    """Shuffle the lists of one object whose order means nothing."""
    if not attrs.has(type(entity)):
        return entity
    changed: dict[str, Any] = {}
    for name in ("groups", "tags", "users", "task_types"):
        if hasattr(entity, name):
            changed[name] = order.sample(values := list(getattr(entity, name)), len(values))
    return attrs.evolve(entity, **changed)  # type: ignore[misc]


def _mixed_role(role: Role, order: Random) -> Role:
    priorities = []
    for priority in role.priorities:
        queue = priority.common_queue
        if queue is not None:
            queue = attrs.evolve(queue, pool=_mixed(queue.pool, order))
        priorities.append(attrs.evolve(_mixed(priority, order), common_queue=queue))
    return attrs.evolve(role, members=_mixed(role.members, order), priorities=tuple(priorities))


def shifted(value: T, by: timedelta) -> T:
    """Move every date and instant in a situation, a desk or any other value of the core by a span of time.

    Whole days move dates as they move instants. The UNTIL of a recurrence moves too; whether the rule means the same
    afterwards is for the caller to know.

    >>> from datetime import UTC
    >>> shifted((date(2026, 11, 24), datetime(2026, 11, 24, 8, tzinfo=UTC), "text", 5), timedelta(weeks=1))
    (datetime.date(2026, 12, 1), datetime.datetime(2026, 12, 1, 8, 0, tzinfo=datetime.timezone.utc), 'text', 5)
    """
    moved: Any = value
    kind: Any = type(value)
    match value:
        case date():
            moved = value + by
        case tuple():
            moved = tuple(shifted(part, by) for part in value)
        case dict():
            moved = {key: shifted(part, by) for key, part in value.items()}
        case _ if attrs.has(kind):
            parts = {a.alias: shifted(getattr(value, a.name), by) for a in attrs.fields(kind)}
            if isinstance(value, Interval) and value.rrule is not None:
                parts["rrule"] = _UNTIL.sub(lambda found: _until_after(found[0], by), value.rrule)
            moved = kind(**parts)
    return moved  # type: ignore[no-any-return]


def _until_after(text: str, by: timedelta) -> str:
    return (date(int(text[:4]), int(text[4:6]), int(text[6:])) + by).strftime("%Y%m%d")


def rewritten(situation: Situation, rewrite: Callable[[Condition], Condition]) -> Situation:
    """Ask under a policy whose conditions are all rewritten."""
    roles = [
        attrs.evolve(
            role,
            priorities=tuple(
                attrs.evolve(priority, where=None if priority.where is None else rewrite(priority.where))
                for priority in role.priorities
            ),
        )
        for role in situation.policy.roles
    ]
    return situation.with_roles(*roles)


def de_morgan(condition: Condition) -> Condition:
    """Write every `all` as a `not` of `any`, and every `any` as a `not` of `all`.

    >>> from workplaces_core.policy import Leaf
    >>> a, b = Leaf("deal.tags", "is_set", True), Leaf("deal.name", "is_set", True)
    >>> de_morgan(AnyOf((a, b))) == Not(All((Not(a), Not(b))))
    True
    """
    match condition:
        case All(parts):
            return Not(AnyOf(tuple(Not(de_morgan(part)) for part in parts)))
        case AnyOf(parts):
            return Not(All(tuple(Not(de_morgan(part)) for part in parts)))
        case Not(part):
            return Not(de_morgan(part))
    return condition
