"""What is offered to the store, and when something opens again: as the readable decision has it."""

from __future__ import annotations

from hypothesis import given

from workplaces_core import Engine, decide, explain
from workplaces_core.engine.hand_outs import hand_outs_decided
from workplaces_core.engine.openings import opening_decided
from workplaces_core.testing.situations import Situation
from workplaces_core.testing.strategies import situations


@given(situations())
def test_the_engine_offers_the_head_of_the_queue_with_the_key_of_its_explanation(situation: Situation) -> None:
    snapshot, policy, user, now = situation.snapshot, situation.policy, situation.user, situation.now
    desk = decide(snapshot, policy, user=user, now=now)
    offered = Engine(policy, snapshot).hand_outs(user, now=now, limit=3)

    assert [each.entry for each in offered] == list(desk.queue[:3])
    assert offered == hand_outs_decided(snapshot, policy, user, now, 3)
    for each in offered:
        why = explain(snapshot, policy, user=user, task=each.task.id, now=now)
        (role,) = [role for role in why.roles if role.role == each.role.id]
        queued = next(code for code in role.codes if code.code == "queued")
        assert list(each.key) == queued.details["key"]


@given(situations())
def test_the_engine_knows_when_something_opens(situation: Situation) -> None:
    snapshot, policy, user, now = situation.snapshot, situation.policy, situation.user, situation.now

    assert Engine(policy, snapshot).next_opening(user, now=now) == opening_decided(snapshot, policy, user, now)


@given(situations())
def test_nothing_is_handed_out_before_the_next_opening(situation: Situation) -> None:
    snapshot, policy, user, now = situation.snapshot, situation.policy, situation.user, situation.now
    opens = opening_decided(snapshot, policy, user, now)
    engine = Engine(policy, snapshot)
    if engine.next_task(user, now=now) is None and not snapshot.leases and opens is not None:
        moment = now
        while moment < opens:
            assert engine.next_task(user, now=moment) is None
            moment = engine.next_moment(user, now=moment)
