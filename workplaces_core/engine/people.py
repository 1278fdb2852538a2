"""Who may have what under a policy: the roles of each user, and the common queues that take his tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from workplaces_core.rules.membership import Directory, in_pool, is_member

if TYPE_CHECKING:
    from workplaces_core.engine.compiled import Match, Slot
    from workplaces_core.policy import Role

Who = tuple[tuple[int, ...], int]
"""The numbers of a user's roles, and the bits of the common-queue priorities whose pools he is in."""


class People:
    """What the directory says of users, worked out when it is asked for and kept until they change."""

    def __init__(self, roles: Sequence[Role], slots: Iterable[Slot], directory: Directory) -> None:
        """Start with nobody worked out."""
        self._roles, self._directory = roles, directory
        self._common = [(slot, queue) for slot in slots if (queue := slot.priority.common_queue) is not None]
        self._known: dict[str, Who] = {}

    def who(self, user: str) -> Who:
        """Give the roles of a user, in policy order, and his pools; of an unknown one, the pools that take anyone."""
        found = self._known.get(user)
        if found is None:
            found = self._known[user] = (self._roles_of(user), self._pools_of(user))
        return found

    def forget(self, user: str) -> None:
        """Work a user out anew when he is asked for next."""
        self._known.pop(user, None)

    def _roles_of(self, user: str) -> tuple[int, ...]:
        return tuple(number for number, role in enumerate(self._roles) if is_member(role, user, self._directory))

    def _pools_of(self, user: str) -> Match:
        return sum(slot.bit for slot, queue in self._common if in_pool(queue, slot.role, user, self._directory))
