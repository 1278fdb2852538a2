"""The corpus: scenarios worked by hand from the contract, one file a theme, in plain JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import workplaces_core as wp
from workplaces_core.wire.forms import read_instant

FILES = sorted(Path(__file__).parent.joinpath("corpus").glob("*.json"))
CASES = [(file.stem, case) for file in FILES for case in json.loads(file.read_text(encoding="utf-8"))["cases"]]
SCENARIOS = [pytest.param(case, id=f"{name}: {case['name']}") for name, case in CASES if "asks" in case]
REFUSALS = [pytest.param(case, id=f"{name}: {case['name']}") for name, case in CASES if "refuse" in case]
LOAD: dict[str, Callable[[Any], Any]] = {
    "policy": wp.wire.load_policy,
    "snapshot": wp.wire.load_snapshot,
    "changes": wp.wire.load_changes,
}


def test_the_corpus_is_there():
    assert len(SCENARIOS) >= 60
    assert len(REFUSALS) >= 25
    assert len({case.id for case in SCENARIOS + REFUSALS}) == len(CASES), "two cases have the same name"


@pytest.mark.parametrize("case", SCENARIOS)
def test_scenario(case):
    policy, snapshot = wp.wire.load_policy(case["policy"]), wp.wire.load_snapshot(case["snapshot"])
    for ask in case["asks"]:
        now = read_instant(ask["now"])
        if "desk" in ask:
            assert wp.wire.dump(wp.decide(snapshot, policy, user=ask["user"], now=now)) == ask["desk"]
        else:
            why = wp.explain(snapshot, policy, user=ask["user"], task=ask["task"], now=now)
            assert wp.wire.dump(why) == ask["explain"]


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal(case):
    with pytest.raises(wp.InvalidInput) as refused:
        LOAD[case["refuse"]](case["value"])

    assert sorted(problem.path for problem in refused.value.problems) == sorted(case["paths"])
