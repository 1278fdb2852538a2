"""Who is handed out what, over an encoded past: prepared once for a policy, and then as a run goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from attrs import define, field

from workplaces_core.changes import Change, Set, about
from workplaces_core.history.extra import Array, np
from workplaces_core.history.facts import instant
from workplaces_core.history.role_queues import RoleQueues
from workplaces_core.history.simulation.standing import (
    ANYTHING,
    NOBODY,
    ROW_SHIFT,
    StandingQueues,
    StandingRole,
    Zoned,
    standing_role,
)
from workplaces_core.history.tables import word_for
from workplaces_core.history.versions import Directory
from workplaces_core.rules.intervals import RoleMoment
from workplaces_core.rules.membership import is_member

if TYPE_CHECKING:
    from workplaces_core.history.facts import Facts
    from workplaces_core.history.simulation.encoding import Encoding
    from workplaces_core.history.simulation.past import Past
    from workplaces_core.model import Account
    from workplaces_core.policy import Policy, Role


FAR = 2**62
"""A moment that never comes."""


class Waiting(Protocol):
    """The queues of one role in a run."""

    @property
    def until(self) -> int:
        """When the role's date or active intervals change next; in microseconds."""

    @property
    def is_active(self) -> bool:
        """Whether the role is active."""

    def go_to(self, now: int, /) -> None:
        """Be at a moment."""

    def heaps(self, person: int, /) -> tuple[Sequence[int], Sequence[int]]:
        """Give two lists, the same all the time: while both are empty, a person (by code) is handed out nothing."""

    def meet(self, directory: Directory, now: int, /) -> Array:
        """Learn who is who, and tell which rows can matter."""

    def first(self, person: int, now: int, /) -> int:
        """Give what a person (by code) is handed out, as `standing` packs it, NOBODY for nothing."""

    def add(self, row: int, now: int, /) -> None:
        """Take in a row that opened."""


class RefilledQueues:
    """The queues of any role, made anew at the beginning of every stretch of time."""

    def __init__(self, facts: Facts, policy: Policy, role: Role, account: Account, is_open: bytearray) -> None:
        """Start empty; nobody is known until `meet`."""
        self._policy, self._role, self._account = policy, role, account
        self._queues = RoleQueues(facts, policy, role, account, is_open)
        self.add, self.go_to = self._queues.add, self._queues.go_to

    @property
    def until(self) -> int:
        """The end of the stretch."""
        return self._queues.until

    @property
    def is_active(self) -> bool:
        """Whether the role is active."""
        return self._queues.is_active

    def heaps(self, _: int) -> tuple[Sequence[int], Sequence[int]]:
        """Tell nothing: only `first` knows."""
        return ANYTHING, ANYTHING

    def meet(self, directory: Directory, now: int) -> Array:
        """Learn who is who."""
        self._queues.meet(directory, RoleMoment.of(self._role, self._policy, self._account, instant(now)))
        relevant: Array = self._queues.relevant
        return relevant

    def first(self, person: int, now: int) -> int:
        """Give what a person is handed out."""
        queues = self._queues
        queues.go_to(now)
        place = queues.head(person, now)
        if place is None:
            return NOBODY
        return int(place.row << ROW_SHIFT | place.priority + 1 << 1 | place.is_exact)


@define(eq=False)
class Prepared:
    """A policy over an encoded past, for all runs; `roles` are the enabled ones by their number in the policy."""

    past: Past
    policy: Policy
    encoding: Encoding
    roles: list[tuple[int, Role, StandingRole | None]]
    people: dict[str, int]
    beginning: Directory = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Keep the people of the beginning: what is known of them serves all runs."""
        self.beginning = Directory(dict(self.past.before.users))

    @classmethod
    def of(cls, past: Past, policy: Policy, encoding: Encoding) -> Prepared:
        """Prepare."""
        zoned: dict[str, Zoned] = {}
        roles = [
            (number, role, standing_role(encoding.facts, role, policy, past, zoned))
            for number, role in enumerate(policy.roles)
            if role.enabled
        ]
        return cls(past, policy, encoding, roles, {name: n for n, name in enumerate(encoding.facts.people.values)})


class HandingOut:
    """What everybody would be handed out in one run, while tasks open and close. Moments only grow."""

    def __init__(self, prepared: Prepared, now: int) -> None:
        """Open what is open at the beginning."""
        self.prepared, encoding = prepared, prepared.encoding
        self.is_open = bytearray(len(encoding.facts))
        for row in encoding.before:
            self.is_open[row] = 1
        account = prepared.past.before.account
        self.roles: list[tuple[int, Role, Waiting]] = [
            (
                number,
                role,
                RefilledQueues(encoding.facts, prepared.policy, role, account, self.is_open)
                if standing is None
                else StandingQueues(standing, self.is_open),
            )
            for number, role, standing in prepared.roles
        ]
        self._users = dict(prepared.past.before.users)
        self._meet(prepared.beginning, now)

    def _meet(self, directory: Directory, now: int) -> None:
        self._directory = directory
        self._roles_of: dict[str, list[tuple[int, Waiting]]] = {}
        self.until = 0
        interest: Array = np.zeros(len(self.prepared.encoding.facts), dtype=word_for(len(self.roles)))
        for bit, (_, _, waiting) in enumerate(self.roles):
            relevant = waiting.meet(directory, now).astype(bool)
            interest |= np.array([0, 1 << bit], dtype=interest.dtype)[relevant.astype(np.int8)]
        self.interest: list[int] = interest.tolist()
        self.concerned: dict[int, list[Waiting]] = {
            bits: [waiting for bit, (_, _, waiting) in enumerate(self.roles) if bits >> bit & 1]
            for bits in np.unique(interest).tolist()
        }

    def change_users(self, changes: Iterable[Change], now: int) -> None:
        """Learn who is who from now on."""
        for change in changes:
            if isinstance(change, Set):
                self._users[about(change)] = change.value  # type: ignore[assignment]
            else:
                self._users.pop(change.id, None)
        self._meet(Directory(dict(self._users)), now)

    def advance(self, now: int) -> None:
        """Be at a moment, when the date or the active intervals of a role changed."""
        for _, _, waiting in self.roles:
            if waiting.until <= now:
                waiting.go_to(now)
        self.until = min((waiting.until for _, _, waiting in self.roles), default=FAR)

    def until_of(self, user: str) -> int:
        """Tell until when the hours of a user's roles stay as they are."""
        return min((waiting.until for _, waiting in self._all_of(user)), default=FAR)

    def roles_of(self, user: str) -> list[tuple[int, Sequence[int], Sequence[int], Waiting]]:
        """List a user's active roles, in policy order: number, the lists of `heaps`, queues."""
        person = self.prepared.people.get(user, NOBODY)
        return [(number, *each.heaps(person), each) for number, each in self._all_of(user) if each.is_active]

    def _all_of(self, user: str) -> list[tuple[int, Waiting]]:
        """List a user's enabled roles, by number, in policy order."""
        if user not in self._roles_of:
            self._roles_of[user] = [
                (number, waiting) for number, role, waiting in self.roles if is_member(role, user, self._directory)
            ]
        return self._roles_of[user]
