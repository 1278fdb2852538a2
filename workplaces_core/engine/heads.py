"""What is remembered of a user between questions: the head of his queue, its first entries, what is left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from workplaces_core.answers import QueueEntry, Remaining
    from workplaces_core.engine.hours import Stretch
    from workplaces_core.engine.role_index import RoleIndex, Segments

Line = tuple[int, bool, int | None]
"""A place in a queue: row, whether in the exact lane, index of the priority."""

Stamps = tuple[tuple["Segments", int, "Segments", int], ...]
"""Per role, the user's own segments and those of the pool, each with how often they had changed."""


def stamps_of(user: str, roles: Sequence[RoleIndex]) -> Stamps:
    """Take down the counters of a user's roles."""
    return tuple((own, own.stamp, role.shared, role.shared.stamp) for role in roles for own in (role.segments(user),))


def unchanged(stamps: Stamps) -> bool:
    """Tell whether no task that matters to the user came, went or moved since."""
    for own, own_stamp, pool, pool_stamp in stamps:  # noqa: SIM110 - the shortest question has no time for a generator
        if own.stamp != own_stamp or pool.stamp != pool_stamp:
            return False
    return True


@frozen
class Head:
    """The head of a user's queue, good from `since` until `until` while nothing changes."""

    since: datetime
    until: datetime
    task: str | None
    stamps: Stamps


@frozen
class Shown:
    """What a desk shows of a user's queue: its role's place among his, the row at its head, the entries."""

    since: datetime
    until: datetime
    limit: int | None
    chosen: int | None
    head: int | None
    queue: tuple[QueueEntry, ...]
    stamps: Stamps


@frozen
class Left:
    """How much is left for a user, good while nothing changes and no interval of his roles begins or ends."""

    stretches: tuple[Stretch, ...]
    left: Remaining
    stamps: Stamps
