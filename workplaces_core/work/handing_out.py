"""From a user's queue to an offer for the store: its first tasks, each with the decision and what changes hands."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from workplaces_core.adapters.stores import Candidate, FencedLease, Given, Nothing, Store, Wish
from workplaces_core.changes import Set
from workplaces_core.engine import Engine
from workplaces_core.engine.hand_outs import HandOut
from workplaces_core.model import Lease
from workplaces_core.work import leases
from workplaces_core.work.ownership import changing_hands

CANDIDATES = 16
"""How many heads of a queue are offered to the store at once."""


def hand_out(engine: Engine, store: Store, wish: Wish, *, now: datetime, at: datetime | None = None) -> Given | None:
    """Fill a wish with what the engine would hand out now, and ask the store.

    None when everything offered was taken, or changed, since the engine heard of it: follow the store and ask again.
    """
    chosen = engine.hand_outs(wish.user, now=now, limit=CANDIDATES)
    if not chosen:
        answer = _nothing(engine, wish.user, now)
        return store.run(partial(leases.nothing, user=wish.user, key=wish.key, answer=answer), at=at)
    offered = tuple(candidate(each, wish.user, engine.policy.version) for each in chosen)
    return store.take(Wish(wish.user, offered, wish.lease_for, wish.key), leases.take, at=at)


def candidate(chosen: HandOut, user: str, version: int) -> Candidate:
    """Write down the decision to hand out a task."""
    entry = chosen.entry
    decision = {
        "policy_version": version,
        "role": chosen.role.id,
        "priority": entry.priority,
        "lane": entry.lane,
        "bucket": entry.bucket,
        "shared": entry.shared,
        "responsible": chosen.task.responsible,
        "key": list(chosen.key),
    }
    return Candidate(chosen.task, chosen.role.id, entry.priority, decision, changing_hands(chosen, user))


def _nothing(engine: Engine, user: str, now: datetime) -> Nothing:
    desk = engine.desk(user, now=now, queue=1)
    return Nothing("no_role" if desk.role is None else "nothing_to_do", engine.next_opening(user, now=now))


def as_change(lease: FencedLease) -> Set:
    """Give a lease as a change of the snapshot."""
    return Set("lease", Lease(lease.task, lease.user, lease.since, lease.expires))
