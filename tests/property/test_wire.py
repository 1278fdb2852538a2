"""Law 13: what is dumped loads equal, and is dumped again to the same bytes."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workplaces_core import decide, explain, wire
from workplaces_core.changes import apply
from workplaces_core.model import Account, Deal, Snapshot
from workplaces_core.testing.strategies import changes, policies, situations, snapshots


def require_round_trip(value, load):
    text = wire.dumps(value)

    assert load(json.loads(text)) == load(text) == load(wire.dump(value)) == value
    assert wire.dumps(load(text)) == text
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False) == text


@given(policies())
def test_a_dumped_policy_loads_equal(policy):
    require_round_trip(policy, wire.load_policy)


@given(snapshots())
def test_a_dumped_snapshot_loads_equal(snapshot):
    require_round_trip(snapshot, wire.load_snapshot)


FIELD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.text(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(st.text()).map(tuple),
)


@given(st.text(min_size=1), st.dictionaries(st.text(min_size=1), FIELD_VALUES))
def test_any_text_is_an_id_and_every_field_value_keeps_its_kind(name, fields):
    snapshot = Snapshot(Account("acme", "UTC"), deals=[Deal(name, name, name, [name], fields, [name], name)])
    require_round_trip(snapshot, wire.load_snapshot)
    loaded = wire.load_snapshot(wire.dumps(snapshot)).deals[name].fields

    assert {each: (type(value), str(value)) for each, value in loaded.items()} == {
        each: (type(value), str(value)) for each, value in fields.items()
    }


@given(st.lists(changes(), max_size=5))
def test_dumped_changes_load_equal(listed):
    require_round_trip(listed, wire.load_changes)


@given(snapshots(), st.lists(changes(), max_size=5))
def test_changes_mean_the_same_after_a_journey(snapshot, listed):
    arrived = wire.load_changes(wire.dump(listed))

    assert wire.dumps(apply(wire.load_snapshot(wire.dump(snapshot)), arrived)) == wire.dumps(apply(snapshot, listed))


@given(situations())
def test_a_decision_is_the_same_after_a_journey_of_what_it_reads(situation):
    snapshot = wire.load_snapshot(wire.dump(situation.snapshot))
    policy = wire.load_policy(wire.dump(situation.policy))
    asked = {"user": situation.user, "now": situation.now}

    assert decide(snapshot, policy, **asked) == decide(situation.snapshot, situation.policy, **asked)


@given(situations())
def test_desks_and_explanations_are_canonical_json(situation):
    asked = {"user": situation.user, "now": situation.now}
    answers: list[Any] = [decide(situation.snapshot, situation.policy, **asked)]
    answers += [explain(situation.snapshot, situation.policy, task=task, **asked) for task in situation.snapshot.tasks]
    for answer in answers:
        text = wire.dumps(answer)
        assert json.loads(text) == wire.dump(answer)
        assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False) == text
