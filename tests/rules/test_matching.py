"""Which tasks may be given, and which priority takes one."""

from __future__ import annotations

import pytest

from tests.rules.examples import (
    ALWAYS,
    DAY,
    EVERYTHING,
    MINUTE,
    NOW,
    TICK,
    TODAY,
    TOMORROW,
    YESTERDAY,
    at,
    between,
    moment,
    role,
    snapshot,
    task,
)
from workplaces_core.model import Deal, Lease, Skip, Subject
from workplaces_core.policy import CommonQueue, ExactTime, Leaf, Members, Priority
from workplaces_core.rules.matching import (
    admits,
    available,
    current_lease,
    is_exact_today,
    is_live,
    is_skipped,
    may_have,
    opens_at,
    taking,
)

TRUE = Leaf("task.created", "is_set", value=True)
FALSE = Leaf("deal.x", "is_set", value=True)
ERROR = Leaf("task.created", "ge", 0)


def lease(name="t1", user="u1", since=NOW - MINUTE, expires=NOW + MINUTE):
    return Lease(name, user, since, expires)


# Leases and skips -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("left", "live"), [(TICK, True), (0 * TICK, False), (-TICK, False), (DAY, True)])
def test_a_lease_is_live_until_the_instant_it_expires(left, live):
    assert is_live(lease(expires=NOW + left), snapshot(task()), NOW) is live


def test_a_lease_of_an_absent_or_a_completed_task_is_dead():
    assert not is_live(lease(), snapshot(), NOW)
    assert not is_live(lease(), snapshot(task(completed=True)), NOW)


def test_the_current_lease_is_the_first_of_the_users_live_ones():
    tasks = [task(name) for name in ("t1", "t2", "t3", "t4", "t5")]
    leases = [
        lease("t1", since=NOW - 2 * MINUTE, expires=NOW),  # over
        lease("t2", "u2", since=NOW - 9 * MINUTE),  # another's
        lease("t5", since=NOW - MINUTE),
        lease("t4", since=NOW - MINUTE),
        lease("t3", since=NOW),
    ]
    held = snapshot(*tasks, leases=leases)

    assert current_lease(held, "u1", NOW) == leases[3]
    assert current_lease(held, "u2", NOW) == leases[1]
    assert current_lease(held, "u3", NOW) is None
    assert current_lease(held, "u1", NOW - TICK) == leases[0]


@pytest.mark.parametrize(("left", "skipped"), [(TICK, True), (0 * TICK, False), (-TICK, False)])
def test_a_skip_ends_at_its_instant(left, skipped):
    held = snapshot(task(), skips=[Skip("t1", "u1", NOW + left)])

    assert is_skipped(held, "t1", "u1", NOW) is skipped


def test_a_skip_is_one_users_and_one_tasks():
    held = snapshot(task(), skips=[Skip("t1", "u1", NOW + DAY)])

    assert not is_skipped(held, "t1", "u2", NOW)
    assert not is_skipped(held, "t2", "u1", NOW)


def test_available_tasks_are_open_and_neither_leased_nor_skipped():
    deal = Deal("d1", "Acme", None)
    held = snapshot(
        task("open", subject=Subject("deal", "d1")),
        task("done", completed=True),
        task("leased by me"),
        task("leased by another"),
        task("was leased"),
        task("skipped by me"),
        task("skipped by another"),
        task("was skipped"),
        deals=[deal],
        leases=[lease("leased by me"), lease("leased by another", "u2"), lease("was leased", expires=NOW)],
        skips=[
            Skip("skipped by me", "u1", NOW + MINUTE),
            Skip("skipped by another", "u2", NOW + MINUTE),
            Skip("was skipped", "u1", NOW),
        ],
    )
    found = available(held, "u1", NOW)

    assert [each.id for each, _ in found] == ["open", "was leased", "skipped by another", "was skipped"]
    assert [links.deal for _, links in found] == [deal, None, None, None]


# Matching ---------------------------------------------------------------------------------------------------


def test_no_types_admit_every_type():
    assert admits(Priority("p", "P"), task(type="9"))
    assert admits(Priority("p", "P", task_types=("1", "2")), task(type="2"))
    assert not admits(Priority("p", "P", task_types=("1", "2")), task(type="3"))


def test_a_user_may_have_his_own_and_what_the_pool_of_a_common_queue_lends():
    mine, theirs, ghosts = task(), task(responsible="u2"), task(responsible="ghost")
    common = Priority("p", "P", common_queue=CommonQueue(Members(["u2"])))

    def may(priority):
        return [may_have(priority, role(), "u1", each, snapshot()) for each in (mine, theirs, ghosts)]

    assert may(EVERYTHING) == [True, False, False]
    assert may(common) == [True, True, False]
    assert may(Priority("p", "P", common_queue=CommonQueue("anyone"))) == [True, True, True]
    assert may(Priority("p", "P", common_queue=CommonQueue("members"))) == [True, False, False]


LATER = between("10:00", "11:00", "later")


def taken_by(*priorities, of=None, intervals=(ALWAYS, LATER), now=NOW):
    owner = role(priorities=priorities, intervals=intervals)
    of = of or task()
    held = snapshot(of)
    return taking(moment(owner, now), held, "u1", of, held.links(of))


COMMON = Priority("c", "C", common_queue=CommonQueue())
PASSED_OVER = [
    Priority("x", "X", intervals=("later",)),
    Priority("x", "X", intervals=()),
    Priority("x", "X", task_types=("2",)),
    Priority("x", "X", where=FALSE),
    Priority("x", "X", where=ERROR),
]


@pytest.mark.parametrize("priority", PASSED_OVER, ids=str)
def test_a_priority_that_does_not_match_passes_the_task_on(priority):
    assert taken_by(priority) is None
    assert taken_by(priority, EVERYTHING) == 1
    assert taken_by(EVERYTHING, priority) == 0
    assert taken_by(priority, priority, EVERYTHING, EVERYTHING) == 2


def test_the_first_priority_that_matches_takes():
    assert taken_by(Priority("a", "A", where=TRUE, task_types=("1",), intervals=("later", "always")), EVERYTHING) == 0


def test_somebody_elses_task_passes_over_priorities_that_are_not_common():
    theirs = task(responsible="u2")

    assert taken_by(EVERYTHING, of=theirs) is None
    assert taken_by(EVERYTHING, COMMON, COMMON, of=theirs) == 1


def test_a_priority_without_intervals_of_its_own_follows_the_role():
    assert taken_by(EVERYTHING, intervals=(between("10:00", "11:00"),)) is None
    assert taken_by(EVERYTHING, intervals=(between("10:00", "11:00"),), now=at("10:00")) == 0


# Exact time -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "zone", "exact"),
    [
        (NOW, "UTC", True),
        (at("00:00"), "UTC", True),
        (at("2026-11-23T23:59"), "UTC", False),
        (at("2026-11-25T00:00"), "UTC", False),
        (at("2026-11-24T23:59"), "UTC", True),
        (TODAY, "UTC", False),
        (YESTERDAY, "UTC", False),
        (TOMORROW, "UTC", False),
        (at("2026-11-23T22:00"), "Europe/Moscow", True),
        (at("2026-11-24T21:00"), "Europe/Moscow", False),
    ],
)
def test_exact_time_tasks_of_today(due, zone, exact):
    timed = role(exact_time=ExactTime(5))

    assert is_exact_today(moment(timed, zone=zone), task(due=due)) is exact
    assert is_exact_today(moment(role(), zone=zone), task(due=due)) is False


@pytest.mark.parametrize(("lead", "opens"), [(0, "12:00"), (5, "11:55"), (1440, "2026-11-23T12:00")])
def test_an_exact_time_task_opens_its_lead_before_it_is_due(lead, opens):
    assert opens_at(role(exact_time=ExactTime(lead)), task(due=at("12:00"))) == at(opens)
