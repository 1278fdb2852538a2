"""Who: which users belong to a role, and which responsibles to the pool of a common queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from workplaces_core.model import User
    from workplaces_core.policy import CommonQueue, Members, Role


class Directory(Protocol):
    """What knows the users: a snapshot, or a live account."""

    @property
    def users(self) -> dict[str, User]:
        """The users by id."""


def is_listed(members: Members, user: str, directory: Directory) -> bool:
    """Tell whether the directory has the user and the list has him or one of his groups, active or not."""
    known = directory.users.get(user)
    return known is not None and (user in members.users or any(group in members.groups for group in known.groups))


def is_member(role: Role, user: str, directory: Directory) -> bool:
    """Tell whether a user belongs to a role: active in the directory, and listed.

    >>> from workplaces_core.model import Account, Snapshot, User
    >>> from workplaces_core.policy import Members, Role
    >>> role = Role("r1", "Sales", members=Members(groups=["g1"]))
    >>> people = [User("u1", "Anna", groups=["g1"]), User("u2", "Ivan", active=False, groups=["g1"])]
    >>> snapshot = Snapshot(Account("acme", "UTC"), users=people)
    >>> [is_member(role, user, snapshot) for user in ("u1", "u2", "u3")]
    [True, False, False]
    """
    return is_listed(role.members, user, directory) and directory.users[user].active


def in_pool(queue: CommonQueue, role: Role, responsible: str, directory: Directory) -> bool:
    """Tell whether a common queue takes the tasks of a responsible; only `anyone` takes those of unknown ones."""
    if queue.pool == "anyone":
        return True
    return is_listed(role.members if queue.pool == "members" else queue.pool, responsible, directory)
