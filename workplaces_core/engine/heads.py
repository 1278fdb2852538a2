"""Remembered heads of queues: which task comes first for a user, and until when nothing can have changed it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from workplaces_core.engine.role_index import RoleIndex


@frozen
class Head:
    """The head of a user's queue, good from `since` until `until` while the stamps of his roles stay the same."""

    since: datetime
    until: datetime
    task: str | None
    stamps: tuple[tuple[RoleIndex, int | None, int | None], ...]

    def holds(self, user: str, now: datetime) -> bool:
        """Tell whether it is still good."""
        if not self.since <= now < self.until:
            return False
        for role, own, pool in self.stamps:
            if role.stamps.get(user) != own or role.stamps.get(None) != pool:
                return False
        return True
