"""Several entities of one kind handed over in few calls, each with an outcome of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from workplaces_amocrm.errors import BatchTooLarge, NoRights, NoSuchThing, NotSent, RateLimited, Refused
from workplaces_amocrm.writing.looking import Seen, entities_of, look_at_many, path_of, updated_at_of
from workplaces_amocrm.writing.single import Means, confirm, employee_of, forbidden, fulfil, judged_after, send
from workplaces_amocrm.writing.wishes import Wish, to_hand_over
from workplaces_core.adapters.protocols import Done, Gone, Outcome, OwnedKind
from workplaces_core.errors import CrmUnavailable, NotAllowed

Outcomes = dict[str, Outcome]
"""How each entity's wish ended, by its id."""


@frozen
class Handover:
    """One entity to be handed over, if its responsible is still `only_if`."""

    entity_id: str
    user: str
    only_if: str | None


def hand_over(means: Means, kind: OwnedKind, handovers: Sequence[Handover]) -> tuple[Outcome, ...]:
    """Hand several entities over; the outcomes stand in the order of the handovers.

    Raises ValueError when an entity is named twice, and otherwise what one handover raises: what was done by then
    stays done, and repeating all of them writes only what is missing. Several handovers have no key, so a repeat goes
    by the state alone: of what was taken back to exactly `only_if` in between, it cannot know that.
    """
    wishes = {one.entity_id: to_hand_over(kind, one.entity_id, one.user, one.only_if) for one in handovers}
    if len(wishes) != len(handovers):
        raise ValueError(f"an entity is handed over twice among `{[one.entity_id for one in handovers]}`")
    outcomes: Outcomes = {}
    for part in _parts(means, list(wishes.values())):
        outcomes |= _fulfil_all(means, kind, part)
    return tuple(outcomes[one.entity_id] for one in handovers)


def _parts(means: Means, wishes: Sequence[Wish]) -> Iterator[Sequence[Wish]]:
    """Cut into batches; where changes are in an employee's name, one batch is in one name."""
    named = means.settings.act_as_employee
    for user in dict.fromkeys(wish.user for wish in wishes) if named else [None]:
        his = [wish for wish in wishes if not named or wish.user == user]
        size = means.settings.batch_size
        yield from (his[start : start + size] for start in range(0, len(his), size))


def _fulfil_all(means: Means, kind: OwnedKind, wishes: Sequence[Wish]) -> Outcomes:
    if len(wishes) == 1:
        return _one_by_one(means, wishes)
    try:
        seen = _look(means, kind, wishes)
    except (NoRights, Refused):
        return _one_by_one(means, wishes)
    ended = {wish.entity_id: _judged(wish, seen[wish.entity_id]) for wish in wishes}
    left = [wish for wish in wishes if ended[wish.entity_id] is None]
    written = _write_all(means, kind, left, seen) if left else {}
    return {name: outcome for name, outcome in ended.items() if outcome is not None} | written


def _judged(wish: Wish, seen: Seen | None) -> Outcome | None:
    return Gone("deleted") if seen is None else wish.judge(seen)


def _write_all(means: Means, kind: OwnedKind, wishes: Sequence[Wish], seen: Mapping[str, Seen | None]) -> Outcomes:
    before = {name: one for name, one in seen.items() if one is not None}
    body = [{"id": int(wish.entity_id), **wish.body} for wish in wishes]
    try:
        answer = send(means, path_of(kind), body, employee_of(wishes[0], before[wishes[0].entity_id]))
    except BatchTooLarge:
        return _halved(means, kind, wishes)
    except NoSuchThing:
        return _one_by_one(means, wishes)
    except (NoRights, Refused) as refusal:
        return _taken_apart(means, wishes, refusal)
    except (NotSent, RateLimited):
        raise
    except CrmUnavailable as lost:
        return _after_silence(means, kind, wishes, lost)
    return _confirm_all(means, kind, wishes, before, answer)


def _halved(means: Means, kind: OwnedKind, wishes: Sequence[Wish]) -> Outcomes:
    """Go on with half as many in a call. Each half is looked at again: the whole may have taken effect all the same."""
    middle = len(wishes) // 2
    if not middle:
        return _one_by_one(means, wishes)
    return _fulfil_all(means, kind, wishes[:middle]) | _fulfil_all(means, kind, wishes[middle:])


def _taken_apart(means: Means, wishes: Sequence[Wish], refusal: NoRights | Refused) -> Outcomes:
    """Go on one by one: a bad entity must not spoil the others, some of which may even have been changed."""
    if means.settings.split_refused_batches:
        return _one_by_one(means, wishes)
    return {wish.entity_id: forbidden(refusal) for wish in wishes}


def _one_by_one(means: Means, wishes: Sequence[Wish]) -> Outcomes:
    return {wish.entity_id: fulfil(means, wish) for wish in wishes}


def _after_silence(means: Means, kind: OwnedKind, wishes: Sequence[Wish], lost: CrmUnavailable) -> Outcomes:
    try:
        seen = _look(means, kind, wishes)
    except (CrmUnavailable, NoRights, Refused):
        raise lost from None
    outcomes = {wish.entity_id: _judged(wish, seen[wish.entity_id]) for wish in wishes}
    known = {name: outcome for name, outcome in outcomes.items() if outcome is not None}
    if len(known) < len(wishes):
        raise lost
    return known


def _confirm_all(
    means: Means, kind: OwnedKind, wishes: Sequence[Wish], before: Mapping[str, Seen], answer: Any
) -> Outcomes:
    """See that what was answered holds; what the answer leaves out was not accepted, and goes alone."""
    answered = {str(entity.get("id")): updated_at_of(entity) for entity in entities_of(kind, answer)}
    accepted = [wish for wish in wishes if wish.entity_id in answered]
    late = [wish for wish in wishes if wish.entity_id not in answered]
    after = _seen_after(means, kind, accepted, before)
    doubtful = [wish for wish in accepted if wish.entity_id not in after]
    confirmed = {
        wish.entity_id: confirm(means, wish, before[wish.entity_id], answered[wish.entity_id]) for wish in doubtful
    }
    return after | confirmed | _one_by_one(means, late)


def _seen_after(means: Means, kind: OwnedKind, wishes: Sequence[Wish], before: Mapping[str, Seen]) -> Outcomes:
    """Judge in as few calls as on looking before; an entity that shows no change yet is left out.

    Where the look cannot be had, all are done: amoCRM has accepted them.
    """
    if not means.settings.verify_writes:
        return {}
    try:
        seen = _look(means, kind, wishes)
    except (NoRights, Refused):
        return {}
    except (CrmUnavailable, NotAllowed):
        return {wish.entity_id: Done() for wish in wishes}
    judged = {name: judged_after(wish, before[name], seen[name]) for wish in wishes for name in [wish.entity_id]}
    return {name: outcome for name, outcome in judged.items() if outcome is not None}


def _look(means: Means, kind: OwnedKind, wishes: Sequence[Wish]) -> dict[str, Seen | None]:
    return look_at_many(means.api, means.settings, kind, [wish.entity_id for wish in wishes])
