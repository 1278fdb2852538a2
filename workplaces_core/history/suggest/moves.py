"""Small changes of a policy: a role or a priority one place up, an edge of an interval some time earlier or later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeVar

import attrs
from attrs import frozen

from workplaces_core.policy import DAY_MINUTES, Interval, Policy, Role

T = TypeVar("T")
STEP = 60
"""By how many minutes an edge of an interval is moved."""


@frozen
class Move:
    """One change. `what` is a role, priority or interval; `edge` and `minutes` are of intervals only."""

    kind: Literal["role", "priority", "interval"]
    role: str
    what: str
    edge: Literal["start", "end"] | None = None
    minutes: int = 0

    def form(self) -> dict[str, Any]:
        """Write it in plain JSON values."""
        return attrs.asdict(self)


def moves(policy: Policy) -> Iterator[Move]:
    """List what may be changed: orders first, then hours; only what people of an enabled role would notice.

    >>> from workplaces_core.policy import Members, Priority
    >>> role = Role("r", "R", members=Members(["u"]), priorities=(Priority("p", "P"), Priority("q", "Q")))
    >>> [(move.kind, move.what) for move in moves(Policy(1, (role,)))]
    [('priority', 'q')]
    """
    enabled = [role for role in policy.roles if role.enabled]
    yield from (Move("role", role.id, role.id) for role in enabled[1:])
    for role in enabled:
        yield from (Move("priority", role.id, priority.id) for priority in role.priorities[1:])
    for role in enabled:
        for interval in role.intervals:
            for edge in ("start", "end"):
                for minutes in (-STEP, STEP):
                    move = Move("interval", role.id, interval.id, edge, minutes)
                    if _moved(interval, move) is not None:
                        yield move


def made(policy: Policy, move: Move) -> Policy:
    """Give the policy that a move makes, under the next version."""
    if move.kind == "role":
        return attrs.evolve(policy, version=policy.version + 1, roles=_up(policy.roles, move.what))
    roles = tuple(_changed(role, move) if role.id == move.role else role for role in policy.roles)
    return attrs.evolve(policy, version=policy.version + 1, roles=roles)


def _changed(role: Role, move: Move) -> Role:
    if move.kind == "priority":
        return attrs.evolve(role, priorities=_up(role.priorities, move.what))
    intervals = tuple((_moved(each, move) or each) if each.id == move.what else each for each in role.intervals)
    return attrs.evolve(role, intervals=intervals)


def _up(items: Sequence[Any], id_: str) -> tuple[Any, ...]:
    """Put an item one place up."""
    at = next(number for number, each in enumerate(items) if each.id == id_)
    return (*items[: at - 1], items[at], items[at - 1], *items[at + 1 :]) if at else tuple(items)


def _moved(interval: Interval, move: Move) -> Interval | None:
    """Move an edge; None when the interval would become empty, cross midnight, or leave the day."""
    if interval.crosses_midnight:
        return None
    start, end = interval.start, interval.end
    if move.edge == "start":
        start += move.minutes
    else:
        end += move.minutes
    if not 0 <= start < end <= DAY_MINUTES:
        return None
    return attrs.evolve(interval, start=start, end=end)
