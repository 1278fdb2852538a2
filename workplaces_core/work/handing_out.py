"""From a user's queue to an offer for the store: its first tasks, each with the decision and what changes hands."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from workplaces_core.adapters.stores import Candidate, FencedLease, Given, Nothing, Store, Wish
from workplaces_core.changes import Change, Set
from workplaces_core.engine import Engine
from workplaces_core.engine.hand_outs import HandOut
from workplaces_core.model import Lease
from workplaces_core.work import leases
from workplaces_core.work.ownership import changing_hands

FEWEST, MOST = 4, 32
"""How many heads of a queue are offered to the store at once."""


class Enough:
    """How many heads to offer: as many as were gone lately, and some more. Others are as fast as they just were.

    >>> enough = Enough()
    >>> enough.count
    4
    >>> enough.learn(None)  # all that were offered were gone
    >>> enough.count
    6
    >>> for _ in range(50):
    ...     enough.learn(8)
    >>> enough.count
    18
    """

    def __init__(self) -> None:
        """Begin with the fewest."""
        self._wanted = float(FEWEST)

    @property
    def count(self) -> int:
        """How many to offer now."""
        return int(self._wanted + 0.5)

    def learn(self, place: int | None) -> None:
        """Take note of which one was had, counted from 1; None when all were gone."""
        if place is None:
            self._wanted = min(MOST, self._wanted * 1.5)
        else:
            self._wanted += (min(MOST, max(FEWEST, 2.25 * place)) - self._wanted) / 8


def hand_out(
    engine: Engine, store: Store, wish: Wish, *, now: datetime, at: datetime | None = None, enough: Enough | None = None
) -> Given:
    """Fill a wish with what the engine would hand out now, and ask the store.

    No answer when everything offered was taken, or changed, since the engine heard of it: let it hear, and ask again.
    """
    chosen = engine.hand_outs(wish.user, now=now, limit=MOST if enough is None else enough.count)
    if not chosen:
        answer = _nothing(engine, wish.user, now)
        return store.run(partial(leases.nothing, user=wish.user, key=wish.key, answer=answer), at=at)
    offered = tuple(candidate(each, wish.user, engine.policy.version) for each in chosen)
    given = store.take(Wish(wish.user, offered, wish.lease_for, wish.key), leases.take, at=at)
    if enough is not None and (given.answer is None or given.new):
        enough.learn(_place(given, offered))
    return given


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


def _place(given: Given, offered: tuple[Candidate, ...]) -> int | None:
    taken = given.answer.task if isinstance(given.answer, FencedLease) else None
    return next((place for place, each in enumerate(offered, 1) if each.task.id == taken), None)


def _nothing(engine: Engine, user: str, now: datetime) -> Nothing:
    desk = engine.desk(user, now=now, queue=1)
    return Nothing("no_role" if desk.role is None else "nothing_to_do", engine.next_opening(user, now=now))


def news_of(given: Given) -> list[Change]:
    """Give what a take told of leases, as changes of the snapshot: a new one, and those of others that it met."""
    news = [Set("lease", lease) for lease in given.others]
    if given.new and isinstance(given.answer, FencedLease):
        lease = given.answer
        news.append(Set("lease", Lease(lease.task, lease.user, lease.since, lease.expires)))
    return list(news)
