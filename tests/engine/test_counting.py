"""What is left: each task once, however many roles could hand it out, counted by positions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential import cases
from workplaces_core import decide, wire
from workplaces_core.answers import Remaining
from workplaces_core.engine import Engine
from workplaces_core.engine.counting import Joint, _united, number_of
from workplaces_core.model import Account, Snapshot, Task, User
from workplaces_core.policy import CommonQueue, ExactTime, Interval, Members, Policy, Priority, Role

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY = date(2026, 11, 24)
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
HOUR = timedelta(hours=1)
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@pytest.mark.slow
@given(st.integers(0, 2**40), st.integers(2, 4))
def test_what_is_left_of_many_tasks_in_several_roles_is_what_the_decision_counts(seed, number):
    """Roles that all have the same members and many tasks of few dues, so that most are shared and tied."""
    rng = Random(seed)
    anchor, zone = cases.random_anchor(rng)
    roles = [{**cases.random_role(rng, f"r{n}", zone, anchor), "enabled": True} for n in range(number)]
    for role in roles:
        role["members"] = {"users": list(cases.USERS)}
    policy = wire.load_policy({"format": "workplaces/policy/1", "version": 1, "roles": roles})
    snapshot = {
        **cases.random_snapshot(rng, zone, anchor),
        "tasks": [cases.random_task(rng, f"t{n}", anchor) for n in range(rng.choice((20, 80)))],
    }
    now = cases.random_now(rng, snapshot, wire.dump(policy), anchor)
    loaded = wire.load_snapshot(snapshot)
    engine = Engine(policy, loaded)

    for user in ("u1", "u2"):
        assert engine.desk(user, now=now, queue=0).remaining == decide(loaded, policy, user=user, now=now).remaining


# By hand ----------------------------------------------------------------------------------------------------


def role(name, start=0, end=1440, pool="anyone", lead=None, **other):
    """Make a role with one interval and one common queue of anyone, or of nobody."""
    queue = None if pool is None else CommonQueue(pool)
    return Role(
        name, name, members=Members(["u1"]), intervals=(Interval("i", start, end, days=EVERY_DAY),),
        exact_time=None if lead is None else ExactTime(lead),
        priorities=(Priority("p", "P", common_queue=queue),), **other,
    )  # fmt: skip


def call(name, responsible="u1", due=TODAY):
    return Task(name, "1", "", responsible, NOW, due)


def left(roles, tasks, now=NOW):
    snapshot = Snapshot(Account("a", "UTC"), users=[User("u1", "U"), User("u2", "U")], tasks=tasks)
    engine = Engine(Policy(1, tuple(roles)), snapshot)
    found = engine.desk("u1", now=now, queue=0).remaining
    assert found == decide(snapshot, Policy(1, tuple(roles)), user="u1", now=now).remaining
    return found


def test_a_task_that_three_roles_could_hand_out_counts_once():
    tasks = [call("t1"), call("t2", "u2")]

    assert left([role("a"), role("b"), role("c")], tasks) == Remaining(1, 1)


def test_an_own_task_in_a_common_queue_is_own_and_not_shared():
    assert left([role("a")], [call("t1")]) == Remaining(1, 0)
    assert left([role("a"), role("b", pool=None)], [call("t1")]) == Remaining(1, 0)


def test_a_role_that_is_over_today_leaves_nothing_but_another_may():
    over, later = role("a", 60, 120), role("b", 1200, 1260)

    assert left([over], [call("t1"), call("t2", "u2")]) == Remaining(0, 0)
    assert left([over, later], [call("t1"), call("t2", "u2")]) == Remaining(1, 1)


def test_an_exact_time_that_opens_after_the_last_interval_is_not_left():
    early = [call("t1", due=NOW + 3 * HOUR), call("t2", due=NOW + 6 * HOUR)]

    assert left([role("a", 0, 12 * 60 + 55, lead=5)], early) == Remaining(1, 0)
    assert left([role("a", 0, 11 * 60 + 55, lead=5)], early) == Remaining(0, 0)
    assert left([role("a", 0, 11 * 60 + 56, lead=5)], early) == Remaining(1, 0)
    assert left([role("a", 0, 11 * 60 + 55, lead=5), role("b", 0, 600)], early) == Remaining(2, 0)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Apia", "Etc/GMT+11", "America/New_York"])
def test_roles_in_zones_with_another_today_count_each_task_once(zone):
    tasks = [call(f"t{n}", owner, TODAY + timedelta(days=n)) for n in (-1, 0, 1) for owner in ("u1",)]
    tasks += [call(f"x{n}", "u2", NOW + n * 12 * HOUR) for n in (-3, -1, 0, 1, 2, 3)]

    left([role("a"), role("b", timezone=zone)], tasks)
    left([role("a", lead=30), role("b", timezone=zone, lead=0)], tasks)


def test_a_skipped_task_is_not_left_and_comes_back():
    snapshot = Snapshot(Account("a", "UTC"), users=[User("u1", "U")], tasks=[call("t1"), call("t2", "u2")])
    engine = Engine(Policy(1, (role("a"), role("b"))), snapshot)
    skips = [{"task": name, "user": "u1", "until": "2026-11-24T10:00:00Z"} for name in ("t1", "t2")]
    engine.apply(wire.load_changes([{"op": "set", "kind": "skip", "value": skip} for skip in skips]))

    assert engine.desk("u1", now=NOW).remaining == Remaining(0, 0)
    assert engine.desk("u1", now=NOW + HOUR).remaining == Remaining(1, 1)


@given(st.lists(st.tuples(st.integers(-5, 20), st.integers(-5, 20)), max_size=6))
def test_united_ranges_hold_the_same_numbers_once(ranges):
    united = _united(ranges)

    assert [n for low, high in united for n in range(low, high)] == sorted(
        {n for low, high in ranges for n in range(low, high)}
    )


DUES = (TODAY, TODAY + timedelta(days=1), date.min, date.max, NOW, NOW + HOUR, EARLIEST, LATEST)


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(DUES), st.integers(0, 9)), max_size=40))
def test_a_joint_counts_a_due_under_its_match_until_it_is_taken_out_or_moved(moves):
    joint = Joint()
    plain: dict[int, tuple[int, date]] = {}
    for match, due, row in moves:
        if row not in plain:
            joint.add(match, due)
            plain[row] = match, due
        elif plain[row][0] == match:
            joint.move(match, plain[row][1], due)
            plain[row] = match, due
        else:
            joint.remove(*plain.pop(row))

    assert joint.classes.keys() == {match for match, _ in plain.values()}
    for match, held in joint.classes.items():
        numbers = sorted(number_of(due) for each, due in plain.values() if each == match)
        assert len(held) == len(numbers)
        for due in DUES:
            assert held.count_below(number_of(due)) == sum(number < number_of(due) for number in numbers)


def test_every_date_counts_below_every_instant():
    assert number_of(date.max) < number_of(EARLIEST)
    assert sorted(map(number_of, DUES), key=lambda number: number) == [
        number_of(due)
        for due in (date.min, TODAY, TODAY + timedelta(days=1), date.max, EARLIEST, NOW, NOW + HOUR, LATEST)
    ]
