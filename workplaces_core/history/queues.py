"""One policy over encoded tasks: what any person would be given at a moment, while tasks open and close."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.history.extra import Array, np
from workplaces_core.history.facts import Facts, instant
from workplaces_core.history.role_queues import Place, RoleQueues, reader
from workplaces_core.history.tables import word_for
from workplaces_core.rules.intervals import RoleMoment
from workplaces_core.rules.membership import is_member

if TYPE_CHECKING:
    from workplaces_core.model import Account
    from workplaces_core.policy import Policy
    from workplaces_core.rules.membership import Directory


@frozen
class Given:
    """What a person would be given: the role he would work in (by number, -1 for none), and the task's place."""

    role: int
    place: Place | None


NOTHING = Given(-1, None)


class Queues:
    """The queues of all roles of a policy. Moments may only grow to be fast; any are right."""

    def __init__(self, facts: Facts, policy: Policy, account: Account, is_open: bytearray) -> None:
        """Prepare; nobody is known until `meet`. `is_open` has a byte a row, 1 where it can be handed out."""
        self.facts, self.policy, self.account = facts, policy, account
        self._is_open = is_open
        self.roles = [
            (number, RoleQueues(facts, policy, role, account, is_open))
            for number, role in enumerate(policy.roles)
            if role.enabled
        ]
        self._by_number = dict(self.roles)
        self._codes = {person: code for code, person in enumerate(facts.people.values)}
        self._roles_of: dict[str, list[tuple[int, RoleQueues]]] = {}
        self._directory: Directory | None = None

    def meet(self, directory: Directory, now: int) -> None:
        """Learn who is who from now on."""
        self._directory = directory
        self._roles_of = {}
        interest: Array = np.zeros(len(self.facts), dtype=word_for(len(self.roles)))
        for bit, (_, role) in enumerate(self.roles):
            role.meet(directory, RoleMoment.of(role.role, self.policy, self.account, instant(now)))
            interest |= np.array([0, 1 << bit], dtype=interest.dtype)[role.relevant]
        self._interest = reader(interest)

    def opened(self, row: int, now: int) -> None:
        """Take in a row that can be handed out from now on."""
        left = self._interest[row]
        while left:
            lowest = left & -left
            self.roles[lowest.bit_length() - 1][1].add(row, now)
            left ^= lowest

    def code(self, user: str) -> int:
        """Give the code of a person, -1 when no task was ever his."""
        return self._codes.get(user, -1)

    def roles_of(self, user: str) -> list[tuple[int, RoleQueues]]:
        """List a user's enabled roles, by number, in policy order."""
        found = self._roles_of.get(user)
        if found is None:
            assert self._directory is not None
            found = [each for each in self.roles if is_member(each[1].role, user, self._directory)]
            self._roles_of[user] = found
        return found

    def given(self, user: str, now: int, skipped: Collection[str] = ()) -> Given:
        """Tell what a user would be given: the head of the first of his active roles that has one."""
        first, person = -1, self.code(user)
        for number, role in self.roles_of(user):
            role.go_to(now)
            if role.is_active:
                place = role.head(person, now, skipped)
                if place is not None:
                    return Given(number, place)
                first = number if first < 0 else first
        return NOTHING if first < 0 else Given(first, None)

    def role(self, number: int) -> RoleQueues:
        """Give the queues of a role by its number in the policy."""
        return self._by_number[number]
