"""Takes that share a transaction on SQLite give what they give one after the other, in every situation chance makes."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from threading import Thread
from time import sleep

import attrs
import pytest
from workplaces_sql import SqlStore, writer
from workplaces_sql.calls import Call, Calls
from workplaces_sql.together import Together
from workplaces_sql.values import micros

from workplaces_core.adapters.memory_store import MemoryStore
from workplaces_core.adapters.stores import Candidate, Step, Wish
from workplaces_core.changes import Remove, Set
from workplaces_core.model import Skip, Task
from workplaces_core.testing.store_under_test import exactly, tables
from workplaces_core.work.leases import end, take

AT = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
USERS = ("Анна", "u\0", "u2", "u3", "u4")
TASKS = 8


def task(number, text="x", *, completed=False):
    return Task(f"t{number}", "1", text, "u9", AT, date(2026, 11, 24), None, completed)


def wish(random, step):
    user = random.choice(USERS)

    def candidate(number):
        steps = (Step("set_responsible", "task", f"t{number}", user, ("u9", None)),)
        seen = task(number, completed=True) if random.random() < 0.1 else task(number, random.choice("xxxxy"))
        return Candidate(
            seen, "r", random.choice([None, "p"]), {"key": ['"\\ё\0', 1.5]}, steps * (random.random() < 0.3)
        )

    numbers = sorted(random.sample(range(TASKS + 1), random.randrange(TASKS + 1)))
    return Wish(user, tuple(map(candidate, numbers)), timedelta(minutes=random.choice([1, 15])),
                random.choice([None, None, f"k{step}", "k"]))  # fmt: skip


def act(random, now):
    """Something that may stand in the way of a take."""
    number, user = random.randrange(TASKS), random.choice(USERS)
    kind = random.choice(["end", "end", "end", "end", "write", "skip", "conclude", "conclude"])
    if kind == "write":
        change = (
            Remove("task", f"t{number}") if random.random() < 0.2 else Set("task", task(number, random.choice("xy")))
        )
        return lambda tx: tx.write([change])
    if kind == "skip":
        skip = Skip(f"t{number}", user, now + timedelta(minutes=random.choice([0, 3, -3])))
        return lambda tx: tx.write([Set("skip", skip)])
    if kind == "conclude":
        return lambda tx: [tx.put_saga(attrs.evolve(saga, state="done")) for saga in tx.sagas_of(f"t{number}")]
    return lambda tx: (lease := tx.lease_of(user)) and end(tx, lease, "released")


def told(store, how, wished, now):
    try:
        return exactly(store.run(partial(how, wish=wished), at=now))
    except Exception as error:  # noqa: BLE001
        return repr(error)


@pytest.mark.parametrize("seed", range(8))
def test_takes_of_one_transaction_do_as_they_do_one_after_the_other(tmp_path, monkeypatch, seed):
    settled = []
    original = Together._settles

    def spied(self, each):
        done = original(self, each)
        if done and each.given is not None:
            settled.append(each.wish)
        return done

    monkeypatch.setattr(Together, "_settles", spied)
    random, now, together = Random(seed), AT, 0
    memory = MemoryStore()
    with closing(SqlStore.open(f"sqlite:///{tmp_path}/desk.db")) as store:
        for each in (memory, store):
            each.run(lambda tx: tx.write([Set("task", task(number)) for number in range(TASKS)]), at=now)
        for step in range(120):
            now += timedelta(microseconds=random.choice([1, 1_000_000, 60_000_000, 300_000_000]))
            if random.random() < 0.5:
                done = act(random, now)
                for each in (memory, store):
                    each.run(done, at=now)
                continue
            calls = [
                Call(partial(take, wish=wished), micros(now), wished)
                for wished in (wish(random, f"{step}-{number}") for number in range(random.randrange(1, 6)))
            ]
            settled.clear()
            store._database._writer._commit(calls)
            together += len(settled)
            # First those that were done together, in the order in which they got theirs.
            rank = {id(wished): place for place, wished in enumerate(settled)}
            in_turn = sorted(calls, key=lambda call: rank.get(id(call.wish), len(rank)))
            for call in in_turn:
                answered = exactly(call.given) if call.error is None else repr(call.error)
                assert answered == told(memory, take, call.wish, now)
        assert exactly(tables(store, users=USERS, keys=["k"])) == exactly(tables(memory, users=USERS, keys=["k"]))
    assert together > 10


def test_leases_of_before_are_not_trusted_once_another_process_has_written(tmp_path):
    url = f"sqlite:///{tmp_path}/desk.db"
    offer = tuple(Candidate(task(number), "r", None, {}) for number in range(2))
    with closing(SqlStore.open(url)) as store, closing(SqlStore.open(url)) as other:
        store.run(lambda tx: tx.write([Set("task", task(number)) for number in range(2)]), at=AT)
        first = store.take(Wish("u1", offer, timedelta(minutes=15)), take, at=AT)
        other.run(lambda tx: end(tx, tx.lease_of("u1"), "released"), at=AT)
        again = store.take(Wish("u2", offer, timedelta(minutes=15)), take, at=AT)

    assert (first.answer.task, again.answer.task) == ("t0", "t0")


def test_one_whose_decision_cannot_be_written_down_is_told_alone(tmp_path):
    with closing(SqlStore.open(f"sqlite:///{tmp_path}/desk.db")) as store:
        store.run(lambda tx: tx.write([Set("task", task(number)) for number in range(2)]), at=AT)
        wishes = [
            Wish("u1", (Candidate(task(0), "r", None, {"key": float("nan")}),), timedelta(minutes=15)),
            Wish("u2", (Candidate(task(1), "r", None, {}),), timedelta(minutes=15)),
        ]
        calls = [Call(partial(take, wish=wished), micros(AT), wished) for wished in wishes]
        store._database._writer._commit(calls)
        held = [lease.user for lease in store.leases()]

    assert isinstance(calls[0].error, ValueError)
    assert calls[1].given.answer.task == "t1"
    assert held == ["u2"]


@pytest.mark.parametrize("bad", [{"user": "\ud800"}, {"key": "\ud800"}])
def test_one_whose_name_cannot_be_written_at_all_is_told_alone(tmp_path, bad):
    with closing(SqlStore.open(f"sqlite:///{tmp_path}/desk.db")) as store:
        store.run(lambda tx: tx.write([Set("task", task(number)) for number in range(2)]), at=AT)
        good = Wish("u2", (Candidate(task(1), "r", None, {}),), timedelta(minutes=15))
        wishes = [Wish(**{"user": "u1", "candidates": good.candidates, "lease_for": good.lease_for, **bad}), good]
        calls = [Call(partial(take, wish=wished), micros(AT), wished) for wished in wishes]
        store._database._writer._commit(calls)

    assert isinstance(calls[0].error, UnicodeEncodeError)
    assert calls[1].given.answer.task == "t1"


def call(store, many=1):
    """Run commands of as many threads, one after the other but at the same time."""
    callers = [Thread(target=lambda: store.run(lambda tx: tx.next_fence())) for _ in range(many)]
    for caller in callers:
        caller.start()
        sleep(0.01)
    return callers


def call_together(store, many):
    """Run commands in one transaction, so that the writer waits for as many to come again."""

    def first(tx):
        others.extend(call(store, many - 1))
        while len(store._database._writer._calls) < many - 1:
            sleep(0.001)

    others = []
    store.run(first)
    for caller in others:
        caller.join(10)
    assert not any(caller.is_alive() for caller in others)


def test_a_store_that_is_closed_while_its_writer_waits_for_others_answers_who_called(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(writer, "_COMING_SECONDS", 600.0)
    store = SqlStore.open(f"sqlite:///{tmp_path / 'desk.db'}")
    call_together(store, 2)
    answers = []
    caller = Thread(target=lambda: answers.append(store.run(lambda tx: tx.next_fence())))
    caller.start()
    while not store._database._writer._calls:
        sleep(0.001)
    store.close()
    caller.join(60)

    assert answers == [2]


def test_who_is_awaited_goes_into_the_same_transaction(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(writer, "_COMING_SECONDS", 600.0)
    together = []
    commit = writer.Writer._commit

    def seen(self, calls) -> None:
        commit(self, calls)
        together.append(len(calls))

    monkeypatch.setattr(writer.Writer, "_commit", seen)
    with closing(SqlStore.open(f"sqlite:///{tmp_path / 'desk.db'}")) as store:
        call_together(store, 3)
        for caller in call(store, 3):
            caller.join(60)

    assert together == [3, 3]


def test_where_nobody_wakes_the_next_the_writer_does(tmp_path, monkeypatch) -> None:
    answer = Calls.answer

    def broken(self, calls) -> None:
        answer(self, [Call(lambda _: None, None, None), *calls])  # of one who was interrupted, before all others

    monkeypatch.setattr(Calls, "answer", broken)
    with closing(SqlStore.open(f"sqlite:///{tmp_path / 'desk.db'}")) as store:
        call_together(store, 3)

        assert store.run(lambda tx: tx.next_fence()) == 3
