"""What changes hands with a task from a common queue, in which order, and how it is given back (section 10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workplaces_core.adapters.stores import Saga, Step

if TYPE_CHECKING:
    from workplaces_core.adapters.protocols import OwnedKind
    from workplaces_core.engine.hand_outs import HandOut
    from workplaces_core.model import Company, Contact, Deal, Task


def changing_hands(chosen: HandOut, user: str) -> tuple[Step, ...]:
    """List the steps that make the taker responsible: none for his own task.

    The task, then its deal when that is the subject; with `transfer_linked` also the deal's contacts, the main one
    first, or the contact or company that is the subject. What is his already needs no step.
    """
    if chosen.task.responsible == user:
        return ()
    return tuple(
        Step("set_responsible", kind, entity.id, user, (entity.responsible,))
        for kind, entity in _owned(chosen)
        if entity.responsible != user
    )


def _owned(chosen: HandOut) -> Iterator[tuple[OwnedKind, Task | Deal | Contact | Company]]:
    queue = chosen.priority.common_queue if chosen.priority is not None else None
    linked = queue is not None and queue.transfer_linked
    subject, links = chosen.task.subject, chosen.links
    yield "task", chosen.task
    if subject is None:
        return
    if subject.kind == "deal" and links.deal is not None:
        yield "deal", links.deal
        if linked:
            yield from (("contact", contact) for contact in chosen.contacts)
    elif linked and subject.kind == "contact" and links.contact is not None:
        yield "contact", links.contact
    elif linked and subject.kind == "company" and links.company is not None:
        yield "company", links.company


def giving_back(saga: Saga) -> tuple[Step, ...]:
    """List the steps that undo what a transfer changed, the last change first, where it is still the taker's."""
    return tuple(
        Step("set_responsible", step.kind, step.id, step.only_if[0], (saga.user,))
        for step in reversed(saga.steps)
        if step.state == "done" and step.only_if and step.only_if[0] is not None
    )
