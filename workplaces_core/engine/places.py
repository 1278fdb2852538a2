"""Where tasks stand: in which segments of which roles, and in which joint classes; and how they come and go there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.engine.counting import Joint, number_of

if TYPE_CHECKING:
    from workplaces_core.engine.account import LiveAccount
    from workplaces_core.engine.compiled import Match
    from workplaces_core.engine.filling import Filling
    from workplaces_core.engine.ordered import Rank
    from workplaces_core.engine.people import People, Who
    from workplaces_core.engine.role_index import RoleIndex
    from workplaces_core.model import Task

_KEPT = 65_536


@frozen(eq=False)
class Place:
    """Where all tasks of alike people stand that match alike, and are exact or are not.

    Each role comes with the mask of a segment, its owner's or the pool's; each joint with the bits of a class.
    """

    own: tuple[tuple[RoleIndex, int], ...]
    shared: tuple[tuple[RoleIndex, int], ...]
    joint_own: Match | None
    joint_shared: tuple[tuple[Joint, Match], ...]


class Places:
    """The places of all tasks under one policy, remembered for those alike, with the joint classes of several roles.

    A task must be taken out from where it was put: as the same task, with the same match, under the same directory.
    """

    def __init__(self, roles: Sequence[RoleIndex], people: People) -> None:
        """Start empty."""
        self._roles, self._people = roles, people
        self._kept = 0
        self._joint_own: dict[str, Joint] = {}
        self._joint_shared: dict[tuple[int, ...], Joint] = {}

    def gather(self, filling: Filling, task: Task, match: Match, row: int) -> None:
        """Gather a row for all that it belongs in."""
        place = self.of(task, match)
        for role, mask in place.own:
            filling.add(role.segment(task.responsible, mask), role.due_key(task.due), row)
        for role, mask in place.shared:
            filling.add(role.segment(None, mask), role.due_key(task.due), row)
        if place.joint_own is not None:
            filling.count(self.joint_own(task.responsible).of(place.joint_own), number_of(task.due))
        for joint, bits in place.joint_shared:
            filling.count(joint.of(bits), number_of(task.due))

    def add(self, task: Task, match: Match, row: int) -> None:
        """Put a row where it belongs."""
        place, due = self.of(task, match), task.due
        for role, mask in place.own:
            role.add(task.responsible, mask, role.due_key(due), row)
        for role, mask in place.shared:
            role.add(None, mask, role.due_key(due), row)
        if place.joint_own is not None:
            self.joint_own(task.responsible).add(place.joint_own, due)
        for joint, bits in place.joint_shared:
            joint.add(bits, due)

    def remove(self, task: Task, match: Match, row: int) -> None:
        """Take a row out."""
        place, due = self.of(task, match), task.due
        for role, mask in place.own:
            role.remove(task.responsible, mask, role.due_key(due), row)
        for role, mask in place.shared:
            role.remove(None, mask, role.due_key(due), row)
        if place.joint_own is not None:
            self.joint_own(task.responsible).remove(place.joint_own, due)
        for joint, bits in place.joint_shared:
            joint.remove(bits, due)

    def move(self, old: Task, task: Task, match: Match, row: int) -> None:
        """Give a row another due within the sets it is in."""
        place = self.of(task, match)
        for role, mask in place.own:
            role.move(task.responsible, mask, role.due_key(old.due), role.due_key(task.due), row)
        for role, mask in place.shared:
            role.move(None, mask, role.due_key(old.due), role.due_key(task.due), row)
        if place.joint_own is not None:
            self.joint_own(task.responsible).move(place.joint_own, old.due, task.due)
        for joint, bits in place.joint_shared:
            joint.move(bits, old.due, task.due)

    def stamp(self, task: Task, match: Match) -> None:
        """Mark all that a task belongs in as changed."""
        place = self.of(task, match)
        for role, _ in place.own:
            role.stamp(task.responsible)
        for role, _ in place.shared:
            role.stamp(None)

    def of(self, task: Task, match: Match) -> Place:
        """Tell where a task belongs."""
        who, is_exact = self._people.known.get(task.responsible), isinstance(task.due, datetime)
        if who is None:
            who = self._people.who(task.responsible)
        key = match << 1 | is_exact
        place = who.places.get(key)
        if place is None:
            self._kept += 1
            if self._kept > _KEPT:
                self._forget()
            place = who.places[key] = self._find(who, match, is_exact=is_exact)
        return place

    def _find(self, who: Who, match: Match, *, is_exact: bool) -> Place:
        own, shared = match & who.own, match & who.pool
        his = [self._roles[number] for number in who.roles]
        joints = [(joint, self.shared_bits(roles, shared)) for roles, joint in self._joint_shared.items()]
        return Place(
            own=tuple((role, mask) for role in his if (mask := role.own_mask(match, is_exact=is_exact)) is not None),
            shared=tuple((role, mask) for role in self._roles if (mask := shared >> role.offset & role.full)),
            # One role needs no joint classes; an exact time may be handed out without a match.
            joint_own=own if len(his) > 1 and (own or is_exact) else None,
            joint_shared=tuple((joint, bits) for joint, bits in joints if bits),
        )

    def _forget(self) -> None:
        self._people.forget_places()
        self._kept = 0

    # -- what several roles share

    def joint_own(self, user: str) -> Joint:
        """Give the classes of the user's own tasks over all his roles."""
        found = self._joint_own.get(user)
        if found is None:
            found = self._joint_own[user] = Joint()
        return found

    def forget_own(self, user: str) -> None:
        """Let go of the classes of a user all of whose tasks were taken out."""
        self._joint_own.pop(user, None)

    def joint_shared(self, roles: tuple[int, ...], standing: Callable[[], Iterable[tuple[Task, Match]]]) -> Joint:
        """Give the classes of pool tasks that at least two of some roles match; filled, when new, by what stands."""
        joint = self._joint_shared.get(roles)
        if joint is None:
            joint = self._joint_shared[roles] = Joint()
            self._forget()
            for task, match in standing():
                bits = self.shared_bits(roles, match & self._people.pool(task.responsible))
                if bits:
                    joint.add(bits, task.due)
        return joint

    def shared_bits(self, roles: tuple[int, ...], match: Match) -> Match:
        """Keep the bits of some roles when at least two of them have any, else none."""
        bits = [match & self._roles[number].full << self._roles[number].offset for number in roles]
        return sum(bits) if len([each for each in bits if each]) > 1 else 0


def ranking(account: LiveAccount) -> Rank:
    """Give what ranks the rows of an account as they stand: by their tasks from before the changes in hand."""
    tasks: list[Any] = account.tasks
    before = account.before

    def rank(row: int) -> tuple[datetime, str]:
        task = before.get(row) or tasks[row]
        return task.created, task.id

    return rank
