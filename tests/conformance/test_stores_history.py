"""The history checker finds each thing that cannot be, and nothing in what commands have left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from workplaces_core.adapters.memory_store import MemoryStore
from workplaces_core.adapters.stores import Candidate, Wish
from workplaces_core.changes import Set
from workplaces_core.testing.store_history import Acknowledged, check_history
from workplaces_core.testing.store_restless import TASKS, work_without_pause
from workplaces_core.testing.store_world import AT, QUARTER, held, task
from workplaces_core.work import leases


@pytest.fixture
def store():
    store = MemoryStore()
    store.run(lambda tx: tx.write([Set("task", task(name)) for name in TASKS]))
    return store


def take(store, user="u1", name="t1", at=AT):
    wish = Wish(user, (Candidate(task(name), "sales", "p1", {}),), QUARTER, f"take {store.number()}")
    return store.take(wish, leases.take, at=at).answer


def end(store, lease, event="finished", at=AT):
    store.run(lambda tx: leases.end(tx, lease, event), at=at)


def log(store, event, fence=1, user="u1", name="t1"):
    store.run(lambda tx: tx.append(event, user=user, task=name, fence=fence, details={}), at=AT)


def put(store, lease):
    store.run(lambda tx: tx.put_lease(lease))


def test_nothing_is_found_where_nothing_happened():
    assert check_history(MemoryStore()) == []


def test_nothing_is_found_in_what_commands_leave(store):
    first = take(store)
    take(store, "u2", "t2")
    end(store, first)
    take(store, "u1", "t1")
    take(store, "u3", "t1", at=AT + timedelta(hours=9))  # the first lease has expired, which is told of

    assert check_history(store) == []
    assert [record.event for record in store.log()][-2:] == ["expired", "taken"]


class Heard:
    """The end of a pipe that nobody reads; it breaks after so many words."""

    def __init__(self, most):
        self.most, self.words = most, []

    def send(self, word):
        self.words.append(word)
        if len(self.words) == self.most:
            raise BrokenPipeError


def test_nothing_is_found_in_what_a_restless_worker_leaves(store):
    told = Heard(500)
    work_without_pause(lambda: store, cast("Any", told), ("u1", "u2", "u3"), "life")

    assert check_history(store, told.words) == []
    assert len({word.event for word in told.words}) > 3


def test_what_was_acknowledged_and_is_not_in_the_log_is_found(store):
    lease = take(store)
    lost = Acknowledged("u1", None, "finished", "t1", lease.fence)

    assert check_history(store, [Acknowledged("u1", f"take {len(TASKS)}", "taken", "t1", lease.fence)]) == []
    assert check_history(store, [lost]) == [
        "finished 1 of `t1` by `u1` was acknowledged, and stands in the log 0 times"
    ]


def test_a_command_that_took_effect_twice_is_found(store):
    lease = take(store)
    end(store, lease)
    log(store, "finished")
    found = check_history(store, [Acknowledged("u1", None, "finished", "t1", lease.fence)])

    assert "lease 1 of `t1` by `u1` has ended before: finished" in found[0]
    assert found[1:] == ["finished 1 of `t1` by `u1` was acknowledged, and stands in the log 2 times"]


def test_an_answer_that_is_lost_is_found(store):
    found = check_history(store, [Acknowledged("u1", "k", "taken")])

    assert found == ["key `k` of `u1` was acknowledged, and has no answer"]


WRONG = {
    "a second lease on the task": (
        lambda store: log(store, "taken", 2, "u2"),
        "lease 2 of `t1` by `u2`, but lease 1 of `t1` by `u1` has not",
    ),
    "a second lease of the user": (
        lambda store: log(store, "taken", 2, "u1", "t2"),
        "lease 2 of `t2` by `u1`, but lease 1 of `t1` by `u1`",
    ),
    "a fence given twice": (lambda store: log(store, "taken", 1, "u2", "t2"), "fence 1 was given before"),
    "no fence": (lambda store: log(store, "taken", None, "u2", "t2"), "names no fence, task or user"),
    "an end by another": (
        lambda store: log(store, "finished", 1, "u2"),
        "lease 1 of `t1` by `u2`, but the lease is lease 1 of `t1`",
    ),
    "an end of nothing": (lambda store: log(store, "finished", 9), "lease 9 of `t1` by `u1` was never given"),
    "an end without an end": (lambda store: log(store, "finished"), "is held, and the log says that it is not"),
    "a lost lease": (
        lambda store: store.run(lambda tx: tx.drop_lease("t1")),
        "is held by the log, and there is no such lease",
    ),
    "another user": (lambda store: put(store, held("t1", "u2", 1)), "is not as the log has it"),
    "a lease out of nothing": (
        lambda store: put(store, held("t2", "u2", 2)),
        "is held, and the log says that it is not",
    ),
    "a lost row": (lambda store: store._tables.leases.pop("t1"), "is held by the log, and there is no such lease"),
}


@pytest.mark.parametrize(("act", "problem"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_found(store, act, problem):
    take(store)
    act(store)

    assert problem in "\n".join(check_history(store))


def test_a_fence_that_does_not_grow_is_found(store):
    end(store, take(store))
    end(store, take(store, "u2"))
    store._tables.records[3] = store._tables.records[3].__class__(3, AT, "taken", "u2", "t1", 0)
    found = check_history(store)

    assert "#3 taken: fence 0 of `t1` must be greater than 1" in found


def test_an_entry_out_of_order_is_found(store):
    end(store, take(store))
    records = list(store.log())
    store.log = lambda: iter(records[::-1])

    assert "#1 comes after #2" in check_history(store)


def test_a_lease_that_the_mirror_does_not_have_is_found(store):
    take(store)
    entities = list(store.entities())
    store.entities = lambda: iter([change for change in entities if change.kind != "lease"])

    assert "is not alike among the leases and in the mirror" in check_history(store)[0]


def test_a_transfer_may_be_lost_after_its_lease_has_ended(store):
    end(store, take(store))
    log(store, "lost_race")

    assert check_history(store) == []
