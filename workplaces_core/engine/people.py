"""Who may have what under a policy: the roles of each user, and the common queues that take his tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from workplaces_core.rules.membership import Directory, in_pool, is_member

if TYPE_CHECKING:
    from workplaces_core.engine.compiled import Match, Slot
    from workplaces_core.policy import Role


@frozen(eq=False)
class Who:
    """What the directory says of users who have it alike.

    `roles` are the numbers of their roles in policy order, `own` the bits of all priorities of these, `pool` the bits
    of the common-queue priorities that take their tasks, `either` both. `places` is for remembering where such tasks
    stand.
    """

    roles: tuple[int, ...]
    own: Match
    pool: Match
    either: Match
    places: dict[int, Any] = field(factory=dict)


class People:
    """What the directory says of users, worked out when it is asked for and kept until they change."""

    def __init__(self, roles: Sequence[Role], slots: Sequence[Slot], directory: Directory) -> None:
        """Start with nobody worked out."""
        self._roles, self._slots, self._directory = roles, slots, directory
        self._common = [(slot, queue) for slot in slots if (queue := slot.priority.common_queue) is not None]
        self.known: dict[str, Who] = {}
        self._alike: dict[tuple[tuple[int, ...], Match], Who] = {}

    def who(self, user: str) -> Who:
        """Give what is said of a user; of an unknown one, the pools that take anyone."""
        found = self.known.get(user)
        if found is None:
            roles, pool = self._roles_of(user), self._pools_of(user)
            found = self._alike.get((roles, pool))
            if found is None:
                own = sum(slot.bit for slot in self._slots if slot.role_number in roles)
                found = self._alike[roles, pool] = Who(roles, own, pool, own | pool)
            self.known[user] = found
        return found

    def pool(self, user: str) -> Match:
        """Give the bits of all common-queue priorities that take a user's tasks."""
        return self.who(user).pool

    def forget(self, user: str) -> None:
        """Work a user out anew when he is asked for next."""
        self.known.pop(user, None)

    def forget_places(self) -> None:
        """Remember of nobody where his tasks stand."""
        for who in self._alike.values():
            who.places.clear()

    def _roles_of(self, user: str) -> tuple[int, ...]:
        return tuple(number for number, role in enumerate(self._roles) if is_member(role, user, self._directory))

    def _pools_of(self, user: str) -> Match:
        return sum(slot.bit for slot, queue in self._common if in_pool(queue, slot.role, user, self._directory))
