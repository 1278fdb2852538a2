"""What may be handed out to a user now: the head of his queue, with the decision in full and who else is concerned."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.answers import QueueEntry
from workplaces_core.decision import choose_role, queue_entry, roles_of
from workplaces_core.model import Contact, Links, Task
from workplaces_core.policy import Priority, Role
from workplaces_core.rules.intervals import RoleMoment
from workplaces_core.rules.matching import available
from workplaces_core.rules.ordering import BY_PRIORITY, EXACT, Placed, parts, place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from workplaces_core.engine.view import View
    from workplaces_core.model import Entities, Snapshot
    from workplaces_core.policy import Policy


@frozen
class HandOut:
    """A task in the queue of the chosen role, as it is now; `contacts` are those of its deal, the main one first.

    `key` names the parts of its place in the queue with their values, as an explanation does; `priority` is the one
    that takes it, None for an own task in the exact lane that none would take.
    """

    task: Task
    links: Links
    contacts: tuple[Contact, ...]
    role: Role
    priority: Priority | None
    entry: QueueEntry
    key: tuple[dict[str, Any], ...]


def hand_outs(view: View, limit: int) -> tuple[HandOut, ...]:
    """List the first tasks of a user's queue, read from the live index."""
    chosen, lines = view.chosen()
    if chosen is None:
        return ()
    moment = RoleMoment.of(chosen[0].role, view.index.policy, view.account.account, view.now)
    found = []
    for line in islice(lines, limit):
        task = view.task(line)
        _, is_exact, index = line
        placed = place(task, view.account.links(task), moment, EXACT if is_exact else BY_PRIORITY, index)
        found.append(_hand_out(placed, moment, view.user, view.account))
    return tuple(found)


def hand_outs_decided(snapshot: Snapshot, policy: Policy, user: str, now: datetime, limit: int) -> tuple[HandOut, ...]:
    """List the same as the readable decision has it."""
    active = [moment for moment in roles_of(snapshot, policy, user, now) if moment.is_active]
    moment, queue = choose_role(active, snapshot, user, available(snapshot, user, now))
    if moment is None:
        return ()
    return tuple(_hand_out(placed, moment, user, snapshot) for placed in queue[:limit])


def _hand_out(placed: Placed, moment: RoleMoment, user: str, entities: Entities) -> HandOut:
    return HandOut(
        task=placed.task,
        links=placed.links,
        contacts=tuple(_contacts(placed.links, entities)),
        role=moment.role,
        priority=None if placed.index is None else moment.role.priorities[placed.index],
        entry=queue_entry(placed, moment, user),
        key=tuple({"part": part, "value": value} for part, value in parts(placed, moment)),
    )


def _contacts(links: Links, entities: Entities) -> Iterator[Contact]:
    for contact_id in links.deal.contacts if links.deal else ():
        contact = entities.contacts.get(contact_id)
        if contact is not None:
            yield contact
