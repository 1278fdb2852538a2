"""Many threads read while one writes: every answer is that of one state, and of one that stood while it was asked."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from threading import Barrier, Thread
from typing import Any

import pytest

from tests.differential.twins import Apply, Ask, Publish
from tests.differential.walks import Walker
from workplaces_core import decide, explain, wire
from workplaces_core.changes import apply
from workplaces_core.check.failures import condition_failures
from workplaces_core.engine import Engine
from workplaces_core.engine.index import Index
from workplaces_core.errors import UnknownTask
from workplaces_core.model import Account, Snapshot, User
from workplaces_core.policy import Policy

READERS, QUESTIONS, STEPS = 4, 60, 90


@contextmanager
def often_switched():
    """Let threads take turns every few bytecodes, so that they really meet."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class History:
    """All states that an engine was in, the one it is going to among them, and how many it has reached."""

    def __init__(self, walker):
        self.states = [(walker.policy, walker.snapshot)]
        self.reached = 0
        self.engine = Engine(walker.policy, walker.snapshot)

    def take(self, step):
        policy, snapshot = self.states[-1]
        if isinstance(step, Publish):
            self.states.append((step.policy, snapshot))
            self.engine.publish(step.policy)
        else:
            self.states.append((policy, apply(snapshot, step.changes)))
            self.engine.apply(step.changes)
        self.reached += 1

    def asked(self, question):
        """Ask, and give the answer with the numbers of the states that may have given it."""
        first = self.reached
        answer = question(self.engine)
        return answer, first, len(self.states)


def desk(user, now, rng):
    return lambda engine: engine.desk(user, now=now, queue=None), lambda policy, snapshot: decide(
        snapshot, policy, user=user, now=now
    )


def head(user, now, rng):
    def decided(policy, snapshot):
        found = decide(snapshot, policy, user=user, now=now).next
        return None if found is None else found.task

    return lambda engine: engine.next_task(user, now=now), decided


def failures(user, now, rng):
    return lambda engine: engine.failures(), condition_failures


def export(user, now, rng):
    return lambda engine: wire.dumps(engine.snapshot()), lambda _, snapshot: wire.dumps(snapshot)


def why(user, now, rng):
    task = rng.choice(("t1", "a", "b"))

    def explained(engine):
        try:
            return engine.explain(user, task, now=now)
        except UnknownTask:
            return None

    def wanted(policy, snapshot):
        return explain(snapshot, policy, user=user, task=task, now=now) if task in snapshot.tasks else None

    return explained, wanted


QUESTIONS_ASKED = (desk, desk, desk, head, head, failures, export, why)


def moments_and_steps(seed):
    """Draw what the writer does and about which users and moments readers ask."""
    walker = Walker(Random(seed))
    history, drawn = History(walker), [walker.step() for _ in range(3 * STEPS)]
    asks = [(step.user, step.now) for step in drawn if isinstance(step, Ask)]
    return history, asks, [step for step in drawn if isinstance(step, (Apply, Publish))][:STEPS]


def run_together(*jobs):
    """Run jobs in threads that start at once; raise what any of them raised."""
    start, raised = Barrier(len(jobs)), []

    def begin(job):
        start.wait()
        try:
            job()
        except BaseException as fault:  # noqa: BLE001 - shown by the test
            raised.append(fault)

    threads = [Thread(target=begin, args=(job,), daemon=True) for job in jobs]
    with often_switched():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    if raised:
        raise raised[0]


def reading(history, asks, rng, answers):
    def read():
        for _ in range(QUESTIONS):
            user, now = rng.choice(asks)
            question, wanted = rng.choice(QUESTIONS_ASKED)(user, now, rng)
            answers.append((wanted, *history.asked(question)))

    return read


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_every_answer_is_that_of_a_state_between_asking_and_answering(seed):
    history, asks, steps = moments_and_steps(seed)
    answers: list[Any] = []
    readers = [reading(history, asks, Random(100 * seed + number), answers) for number in range(READERS)]

    def write():
        for step in steps:
            history.take(step)

    run_together(write, *readers)

    assert len(answers) == READERS * QUESTIONS
    for wanted, answer, first, beyond in answers:
        possible = [wanted(*state) for state in history.states[first:beyond]]
        assert answer in possible, f"none of the states {first} to {beyond} says {answer}"


def test_a_batch_is_seen_as_a_whole():
    """Tasks move from one user to another in pairs: nobody ever sees half a pair."""
    history, asks, _ = moments_and_steps(1)
    pair = wire.load_changes([{"op": "set", "kind": "task", "value": task_form(name, "u1")} for name in ("p1", "p2")])
    gone = wire.load_changes([{"op": "remove", "kind": "task", "id": name} for name in ("p1", "p2")])
    seen = []

    def write():
        for _ in range(60):
            history.engine.apply(pair)
            history.engine.apply(gone)

    def read():
        for _ in range(80):
            tasks = history.engine.snapshot().tasks
            seen.append(("p1" in tasks, "p2" in tasks))
            history.engine.desk(*asks[0][:1], now=asks[0][1])

    run_together(write, read, read)

    assert set(seen) <= {(True, True), (False, False)}


def task_form(name, user):
    return {"id": name, "type": "1", "text": "", "responsible": user, "created": "2026-11-20T08:00:00Z",
            "due": "2026-11-24"}  # fmt: skip


def test_threads_that_ask_at_far_moments_do_not_disturb_each_other():
    """Without changes every answer must be the one of its own moment, wherever others move the clock."""
    history, asks, _ = moments_and_steps(2)
    policy, snapshot = history.states[0]
    wanted = {ask: decide(snapshot, policy, user=ask[0], now=ask[1]) for ask in asks}
    heads = {ask: None if desk.next is None else desk.next.task for ask, desk in wanted.items()}
    wrong = []

    def reader(rng):
        def read():
            for _ in range(100):
                user, now = ask = rng.choice(asks)
                if history.engine.desk(user, now=now, queue=None) != wanted[ask]:
                    wrong.append(ask)
                if history.engine.next_task(user, now=now) != heads[ask]:
                    wrong.append(ask)

        return read

    run_together(*(reader(Random(number)) for number in range(4)))

    assert not wrong


def test_desks_are_answered_by_the_old_policy_while_a_new_one_is_prepared(monkeypatch):
    snapshot = Snapshot(Account("a", "UTC"), users=[User("u1", "Anna")])
    live = Engine(Policy(1, ()), snapshot)
    versions = []

    class Preparing(Index):
        def __init__(self, policy, account):
            super().__init__(policy, account)
            now = datetime(2026, 11, 24, tzinfo=UTC)
            asking = Thread(target=lambda: versions.append(live.desk("u1", now=now).policy_version), daemon=True)
            asking.start()
            asking.join(timeout=5)

    monkeypatch.setattr("workplaces_core.engine.engine.Index", Preparing)
    live.publish(Policy(2, ()))

    assert versions == [1]
    assert live.policy.version == 2
