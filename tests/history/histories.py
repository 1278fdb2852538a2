"""Random histories: what happens to an account, who takes what, and two policies to replay them under."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from attrs import frozen

from tests.differential import cases
from tests.differential.walks import Walker
from workplaces_core import wire
from workplaces_core.changes import COLLECTIONS, Change, Remove, Set, about, apply
from workplaces_core.decision import decide
from workplaces_core.history.events import FINISHED, TAKEN, Event
from workplaces_core.policy import Policy

HALF_A_WEEK = 40 * 3600


@frozen
class Case:
    """A history of one account, and two policies."""

    events: list[Event]
    a: Policy
    b: Policy


def event_of(at: datetime, change: Change, account: str = "acme") -> Event:
    """A change as an event."""
    if isinstance(change, Remove):
        return Event(at, account, "remove", change.kind, change.id, None)
    return Event(at, account, "set", change.kind, about(change), wire.dump(change.value))


def work_event(at: datetime, kind: str, task: str, user: str, account: str = "acme") -> Event:
    """What somebody did."""
    return Event(at, account, "set", kind, task, {"user": user, "task": task})


def beginning(at: datetime, walker: Walker, account: str = "acme") -> list[Event]:
    """The events that make a snapshot."""
    snapshot = walker.snapshot
    entities = [(kind, each) for kind, name in COLLECTIONS.items() for each in getattr(snapshot, name).values()]
    return [event_of(at, Set(kind, each), account) for kind, each in [("account", snapshot.account), *entities]]


def random_case(seed: int, steps: int = 40, account: str = "acme") -> Case:
    """Draw a case: moments that matter, changes of every kind, hand-outs of what is at hand and of what is not."""
    rng = Random(seed)
    walker = Walker(rng)
    moments = sorted(
        cases.clamped(
            walker.now
            + rng.choice((0, 0, 1)) * timedelta(seconds=rng.randint(-HALF_A_WEEK, HALF_A_WEEK))
            + timedelta(microseconds=rng.randint(-1, 1))
        )
        for _ in range(steps)
    )
    events, taken = beginning(min(moments), walker, account), list[str]()
    for at in moments:
        walker.now, roll = at, rng.random()
        if roll < 0.35:
            changes = walker.changes()
            walker.snapshot = apply(walker.snapshot, changes)
            events += [event_of(at, change, account) for change in changes]
        elif roll < 0.85 or not taken:
            user = walker.user()
            taken.append(_task(rng, walker, user))
            events.append(work_event(at, TAKEN, taken[-1], user, account))
        else:
            events.append(work_event(at, FINISHED, rng.choice(taken), "u1", account))
    return Case(events, walker.policy, walker.fresh_policy())


def _task(rng: Random, walker: Walker, user: str) -> str:
    head = decide(walker.snapshot, walker.policy, user=user, now=walker.now).next
    return head.task if head is not None and rng.random() < 0.6 else rng.choice(cases.TASKS)
