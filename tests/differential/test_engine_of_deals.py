"""Policies that read nothing but the deal and the type of a task: the engine goes a shorter way with them."""

from __future__ import annotations

import random

import attrs
import pytest

import workplaces_core as wp
from tests.differential.cases import random_case
from workplaces_core import changes
from workplaces_core.engine.compiled import is_of_deal

STEPS = 12


def of_deals(policy):
    """Leave out the priorities that read something else."""
    roles = [attrs.evolve(r, priorities=tuple(p for p in r.priorities if is_of_deal(p))) for r in policy.roles]
    return attrs.evolve(policy, roles=tuple(roles))


def drawn_change(rng, mine, other):
    kind = rng.choice(["task", "task", "task", "deal", "deal", "lease", "user", "contact", "skip"])
    held = getattr(mine, changes.COLLECTIONS[kind])
    if held and rng.random() < 0.25:
        return wp.Remove(kind, changes.joined(kind, rng.choice(list(held))))
    offered = list({**held, **getattr(other, changes.COLLECTIONS[kind])}.values())
    if not offered:
        return wp.Remove(kind, "nothing")
    value = rng.choice(offered)
    if kind == "task" and other.tasks:
        like = rng.choice(list(other.tasks.values()))
        names = rng.sample(["due", "responsible", "type", "created", "subject", "completed"], 2)
        value = attrs.evolve(value, **{name: getattr(like, name) for name in names})
    return wp.Set(kind, value)


@pytest.mark.parametrize("seed", range(60))
def test_the_engine_equals_the_decision_after_any_changes(seed):
    rng = random.Random(seed)
    raw, raw_policy, user, now = random_case(rng)
    snapshot, policy = wp.wire.load_snapshot(raw), of_deals(wp.wire.load_policy(raw_policy))
    others = [wp.wire.load_snapshot(random_case(rng)[0]) for _ in range(2)]
    engine = wp.Engine(policy, snapshot)

    for _ in range(STEPS):
        batch = [drawn_change(rng, snapshot, rng.choice(others)) for _ in range(rng.choice([1, 1, 2, 5]))]
        snapshot = changes.apply(snapshot, batch)
        engine.apply(batch)
        for asked in (user, *rng.sample(sorted(snapshot.users), min(2, len(snapshot.users)))):
            right = wp.decide(snapshot, policy, user=asked, now=now)
            assert engine.desk(asked, now=now, queue=None) == right
            assert engine.next_task(asked, now=now) == (right.next and right.next.task)
    assert engine.failures() == wp.condition_failures(policy, snapshot)
