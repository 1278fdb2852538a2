"""The time machine: any person's desk and whole queue at any moment, under any policy, over the data of now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import Any

from attrs import frozen

from workplaces_core.answers import Explanation
from workplaces_core.engine import Engine
from workplaces_core.engine.hand_outs import HandOut
from workplaces_core.model import Snapshot
from workplaces_core.policy import Policy
from workplaces_core.wire import dumps
from workplaces_web.live.cards import Named, TaskCard
from workplaces_web.live.screens import DeskView, Screens

_KEPT = 2


@frozen
class KeyPart:
    """One part of a task's place in the queue, with the value it was made of."""

    part: str
    value: Any


@frozen
class Place:
    """One task of a queue: its place, why it is there, and which part of the key puts it behind the one before."""

    position: int
    card: TaskCard
    lane: str
    priority: Named | None
    bucket: str
    shared: bool
    key: tuple[KeyPart, ...]
    after: str | None
    decided_by: str | None


@frozen
class MomentView:
    """A person's desk at a moment, with his queue from the head on; `total` counts the whole queue."""

    desk: DeskView
    queue: tuple[Place, ...]
    total: int


class Moments:
    """Looks at other moments and other policies; the engine of the service is left where it is. Blocking."""

    def __init__(self, screens: Screens) -> None:
        """Look at the account that the screens show."""
        self._screens, self._reach = screens, screens.reach
        self._lock = Lock()
        self._engines: dict[tuple[int, str], Engine] = {}

    def engine(self, policy: Policy) -> Engine:
        """Give an engine of its own for a policy, over the account as it is now; the last few are kept."""
        key = self._reach.news, dumps(policy)
        with self._lock:
            engine = self._engines.pop(key, None) or Engine(policy, self._reach.service.snapshot())
            self._engines[key] = engine
            for old in list(self._engines)[:-_KEPT]:
                del self._engines[old]
            return engine

    def show(self, policy: Policy, user: str, at: datetime, *, limit: int = 200) -> MomentView:
        """Show a person's desk and queue at a moment."""
        engine = self.engine(policy)
        desk = engine.desk(user, now=at, queue=None)
        view = self._screens.of(desk, 20, policy=policy, engine=engine)
        where = self._screens.zone_of(view)
        placed = engine.hand_outs(user, now=at, limit=limit)
        before: Sequence[HandOut | None] = (None, *placed)
        queue = tuple(
            self._place(number, each, previous, at, where)
            for number, (previous, each) in enumerate(zip(before, placed, strict=False), start=1)
        )
        return MomentView(view, queue, len(desk.queue))

    def explain(self, policy: Policy, user: str, task: str, at: datetime) -> tuple[Explanation, Snapshot]:
        """Say why a task is where it is at a moment, with the account it was judged by. Raises UnknownTask."""
        engine = self.engine(policy)
        return engine.explain(user, task, now=at), engine.snapshot()

    def _place(self, number: int, each: HandOut, before: HandOut | None, at: datetime, where: Any) -> Place:
        entry = each.entry
        return Place(
            position=number,
            card=self._screens.cards.card(each.task, at, where),
            lane=entry.lane,
            priority=None if each.priority is None else Named(each.priority.id, each.priority.name),
            bucket=entry.bucket,
            shared=entry.shared,
            key=tuple(KeyPart(part["part"], part["value"]) for part in each.key),
            after=None if before is None else before.task.id,
            decided_by=None if before is None else first_difference(before.key, each.key),
        )


def first_difference(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> str | None:
    """Name the first part of two keys that differs.

    >>> first_difference([{"part": "lane", "value": "exact"}], [{"part": "lane", "value": "priority"}])
    'lane'
    """
    for one, other in zip(before, after, strict=False):
        if one != other:
            return str(other["part"])
    return None
