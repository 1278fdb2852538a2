"""The decision against an implementation of the contract that shares no code with it."""

from __future__ import annotations

import json
import random

from hypothesis import given
from hypothesis import strategies as st

import workplaces_core as wp
from tests.differential import oracle
from tests.differential.cases import random_case

seeds = st.integers(min_value=0, max_value=2**40)


def told(case):
    snapshot, policy, user, now = case
    return json.dumps({"snapshot": snapshot, "policy": policy, "user": user, "now": str(now)}, ensure_ascii=False)


@given(seed=seeds)
def test_desks_are_those_of_the_oracle(seed):
    case = snapshot, policy, user, now = random_case(random.Random(seed))

    desk = wp.decide(wp.wire.load_snapshot(snapshot), wp.wire.load_policy(policy), user=user, now=now)

    assert wp.wire.dump(desk) == oracle.decide(snapshot, policy, user, now), told(case)


@given(seed=seeds)
def test_explanations_are_those_of_the_oracle(seed):
    case = snapshot, policy, user, now = random_case(random.Random(seed))
    loaded = wp.wire.load_snapshot(snapshot), wp.wire.load_policy(policy)

    for task in snapshot.get("tasks", []):
        why = wp.explain(*loaded, user=user, task=task["id"], now=now)

        assert wp.wire.dump(why) == oracle.explain(snapshot, policy, user, task["id"], now), told(case)


def test_random_cases_are_worth_comparing():
    """A generator that only makes empty desks would prove nothing."""
    desks = [oracle.decide(*random_case(random.Random(seed))) for seed in range(300)]

    assert sum(desk["role"] is not None for desk in desks) > 100
    assert sum(len(desk["queue"]) > 2 for desk in desks) > 50
    assert sum(any(entry["lane"] == "exact" for entry in desk["queue"]) for desk in desks) > 30
    assert sum(any(entry["shared"] for entry in desk["queue"]) for desk in desks) > 50
    assert sum(desk["current"] is not None for desk in desks) > 20
    assert sum(desk["next_role"] is not None for desk in desks) > 10
