"""The decision itself, part by part: which role, which task, what it is called, what is shown of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.rules.examples import (
    ALWAYS,
    DAY,
    EVERYTHING,
    HOUR,
    MINUTE,
    NOW,
    TICK,
    TODAY,
    TOMORROW,
    YESTERDAY,
    at,
    between,
    policy,
    role,
    snapshot,
    task,
)
from workplaces_core import decide
from workplaces_core.answers import Current, Desk, DeskRole, Next, NextRole, QueueEntry, Remaining
from workplaces_core.decision import moment_of_decision, title
from workplaces_core.model import Account, Company, Contact, Deal, Lease, Links, Skip, Subject
from workplaces_core.policy import CommonQueue, ExactTime, Interval, Leaf, Members, Priority

COMMON = Priority("common", "C", common_queue=CommonQueue())


def desk(held, *roles, user="u1", now=NOW):
    return decide(held, policy(*roles), user=user, now=now)


def queue(held, *roles, **asked):
    return [entry.task for entry in desk(held, *roles, **asked).queue]


# The whole desk ---------------------------------------------------------------------------------------------


def test_a_whole_desk():
    deal = Deal("d1", "Acme", None)
    held = snapshot(
        task("a", subject=Subject("deal", "d1")),
        task("b", due=YESTERDAY),
        task("c", responsible="u2"),
        task("held"),
        deals=[deal],
        leases=[Lease("held", "u1", NOW - MINUTE, NOW + MINUTE)],
    )
    shift = (between("09:00", "18:00"), between("09:00", "12:00", "i2"))

    assert desk(held, role(intervals=shift, priorities=(EVERYTHING, COMMON))) == Desk(
        user="u1",
        at=NOW,
        policy_version=1,
        role=DeskRole("r1", "R1", at("18:00"), at("12:00")),
        current=Current("held", NOW - MINUTE, "Call back", "task"),
        next=Next("b", "Call back", "task"),
        remaining=Remaining(2, 1),
        next_role=None,
        queue=(
            QueueEntry("b", "priority", "all", "overdue", shared=False),
            QueueEntry("a", "priority", "all", "today", shared=False),
            QueueEntry("c", "priority", "common", "today", shared=True),
        ),
    )


def test_an_empty_desk():
    assert desk(snapshot(), user="ghost") == Desk("ghost", NOW, 1, None, None, None, Remaining(0, 0), None, ())


# The moment -------------------------------------------------------------------------------------------------


def test_now_is_shown_in_utc():
    moscow = NOW.astimezone(timezone(timedelta(hours=3)))

    assert desk(snapshot(task()), role(), now=moscow) == desk(snapshot(task()), role())
    assert desk(snapshot(), now=moscow).at.tzinfo is UTC


def test_a_naive_now_is_an_error():
    with pytest.raises(ValueError, match="has no time zone, give an aware datetime"):
        desk(snapshot(), now=datetime(2026, 11, 24))


FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC) - TICK


@pytest.mark.parametrize("now", [FIRST, LAST])
def test_the_years_1970_to_2199_are_decided(now):
    assert moment_of_decision(now) == now
    assert desk(snapshot(), role(), now=now).role is not None


@pytest.mark.parametrize("now", [FIRST - TICK, LAST + TICK, datetime.min.replace(tzinfo=UTC)])
def test_other_years_are_an_error(now):
    with pytest.raises(ValueError, match="must lie in the years 1970 to 2199"):
        moment_of_decision(now)


# The role ---------------------------------------------------------------------------------------------------

SALES = Priority("sales", "S", task_types=("1",))
SERVICE = Priority("service", "S", task_types=("2",))


def chosen(held, *roles, **asked):
    found = desk(held, *roles, **asked).role
    return found and found.id


def test_the_first_active_role_with_something_to_do_is_chosen():
    sales, service = role("sales", priorities=(SALES,)), role("service", priorities=(SERVICE,))

    assert chosen(snapshot(task(type="1"), task("t2", type="2")), sales, service) == "sales"
    assert chosen(snapshot(task(type="1"), task("t2", type="2")), service, sales) == "service"
    assert chosen(snapshot(task(type="2")), sales, service) == "service"
    assert chosen(snapshot(task(type="3")), sales, service) == "sales"
    assert chosen(snapshot(), sales, service) == "sales"


def test_a_role_is_not_chosen_when_disabled_inactive_or_another_ones():
    others = [
        role("off", enabled=False),
        role("later", intervals=(between("10:00", "11:00"),)),
        role("theirs", members=Members(["u2"])),
    ]

    assert chosen(snapshot(task()), *others) is None
    assert chosen(snapshot(task()), *others, role("mine")) == "mine"


def test_the_queue_is_the_chosen_roles_only():
    sales, service = role("sales", priorities=(SALES,)), role("service", priorities=(SERVICE,))

    assert queue(snapshot(task("a", type="2"), task("b", type="1")), sales, service) == ["b"]


def test_an_unknown_or_inactive_user_has_no_role():
    for user in ("ghost", "u3"):
        assert desk(snapshot(task(responsible=user)), role(members=Members([user])), user=user).role is None


def test_an_unknown_user_may_still_hold_a_task():
    held = snapshot(task(), leases=[Lease("t1", "ghost", NOW, NOW + MINUTE)])

    assert desk(held, role(), user="ghost").current == Current("t1", NOW, "Call back", "task")


def test_the_next_role_is_the_earliest_and_of_several_the_first():
    ten, noon = between("10:00", "11:00"), between("12:00", "13:00")
    late, early, same = role("late", intervals=(noon,)), role("early", intervals=(ten,)), role("same", intervals=(ten,))

    assert desk(snapshot(), late, early, same).next_role == NextRole("early", at("10:00"))
    assert desk(snapshot(), late, same, early).next_role == NextRole("same", at("10:00"))
    assert desk(snapshot(), late).next_role == NextRole("late", at("12:00"))


def test_there_is_a_next_role_only_when_none_is_active():
    later = role("later", intervals=(between("10:00", "11:00"),))

    assert desk(snapshot(), later, role("now")).next_role is None
    assert desk(snapshot(), role("off", enabled=False, intervals=later.intervals)).next_role is None
    assert desk(snapshot(), role("never", intervals=())).next_role is None
    assert desk(snapshot(), role("never", intervals=()), later).next_role == NextRole("later", at("10:00"))


# The queue --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "queued"),
    [
        (TODAY, True),
        (YESTERDAY, True),
        (TOMORROW, False),
        (at("23:59"), True),
        (at("2026-11-25T00:00"), False),
    ],
)
def test_what_is_due_later_waits_for_its_day(due, queued):
    assert queue(snapshot(task(due=due)), role()) == ["t1"] * queued


def test_a_day_begins_where_the_role_is():
    tomorrow = snapshot(task(due=TOMORROW))

    assert queue(tomorrow, role(timezone="Asia/Tokyo"), now=at("15:00")) == ["t1"]
    assert queue(tomorrow, role(timezone="Asia/Tokyo"), now=at("15:00") - TICK) == []


def test_a_condition_that_errs_admits_nothing_and_stops_nothing():
    failing = Priority("failing", "F", where=Leaf("task.created", "ge", 0))

    assert queue(snapshot(task()), role(priorities=(failing,))) == []
    assert desk(snapshot(task()), role(priorities=(failing, EVERYTHING))).queue[0].priority == "all"


def test_skips_and_leases_take_tasks_out():
    held = snapshot(
        task("a"),
        task("b"),
        task("c"),
        leases=[Lease("a", "u2", NOW, NOW + MINUTE)],
        skips=[Skip("b", "u1", NOW + MINUTE)],
    )

    assert queue(held, role()) == ["c"]
    assert queue(held, role(), now=NOW + MINUTE) == ["a", "b", "c"]


# The exact lane ---------------------------------------------------------------------------------------------


def lanes(*tasks, now=NOW, lead=5, **parts):
    shown = desk(snapshot(*tasks), role(exact_time=ExactTime(lead), **parts), now=now)
    return [(entry.task, entry.lane, entry.priority) for entry in shown.queue]


def test_an_exact_time_task_shows_its_lead_before_it_is_due():
    timed = task(due=at("12:00"))

    assert lanes(timed, now=at("11:55") - TICK) == []
    assert lanes(timed, now=at("11:55")) == [("t1", "exact", "all")]
    assert lanes(timed, now=at("12:00") + TICK) == [("t1", "exact", "all")]
    assert lanes(timed, now=at("23:59")) == [("t1", "exact", "all")]
    assert lanes(timed, now=at("2026-11-25T00:00")) == [("t1", "priority", "all")]
    assert lanes(timed, now=at("12:00"), lead=0) == [("t1", "exact", "all")]
    assert lanes(timed, now=at("12:00") - TICK, lead=0) == []


def test_an_own_exact_time_task_needs_no_priority_today_but_tomorrow_it_does():
    timed = task(due=at("09:00"))

    assert lanes(timed, priorities=()) == [("t1", "exact", None)]
    assert lanes(timed, priorities=(), now=NOW + DAY) == []


def test_somebody_elses_exact_time_task_needs_a_common_queue():
    theirs = task(due=at("09:00"), responsible="u2")

    assert lanes(theirs) == []
    assert lanes(theirs, priorities=(EVERYTHING, COMMON)) == [("t1", "exact", "common")]
    assert lanes(theirs, priorities=(COMMON,), now=at("08:54")) == []


def test_without_the_flag_an_exact_time_task_is_one_of_its_day():
    shown = desk(snapshot(task(due=at("12:00"))), role()).queue

    assert [(entry.lane, entry.bucket) for entry in shown] == [("priority", "today")]


def test_the_exact_lane_goes_before_every_priority():
    assert [name for name, _, _ in lanes(task("a", due=YESTERDAY), task("b", due=at("09:05")))] == ["b", "a"]


def test_a_desk_shows_lane_bucket_and_whose_task_it_is():
    held = snapshot(task("a", due=NOW - TICK, responsible="u2"), task("b", due=NOW), task("c", due=TODAY))
    shown = desk(held, role(exact_time=ExactTime(5), priorities=(COMMON,))).queue

    assert shown == (
        QueueEntry("a", "exact", "common", "overdue", shared=True),
        QueueEntry("b", "exact", "common", "today", shared=False),
        QueueEntry("c", "priority", "common", "today", shared=False),
    )


# Titles and the current task --------------------------------------------------------------------------------

DEAL, CONTACT, COMPANY = Deal("d", "Deal", None), Contact("c", "Contact", None), Company("o", "Company", None)
NAMELESS = (Deal("d", "", None), Contact("c", "", None), Company("o", "", None))


@pytest.mark.parametrize(
    ("links", "wanted"),
    [
        (Links(DEAL, CONTACT, COMPANY), ("Deal", "deal")),
        (Links(None, CONTACT, COMPANY), ("Contact", "contact")),
        (Links(None, None, COMPANY), ("Company", "company")),
        (Links(), ("Call back", "task")),
        (Links(NAMELESS[0], CONTACT, COMPANY), ("Contact", "contact")),
        (Links(NAMELESS[0], NAMELESS[1], COMPANY), ("Company", "company")),
        (Links(*NAMELESS), ("Call back", "task")),
        (Links(NAMELESS[0], None, COMPANY), ("Company", "company")),
    ],
    ids=str,
)
def test_a_title_is_the_first_name_there_is(links, wanted):
    assert title(task(), links) == wanted


def test_the_current_task_has_a_title_too_and_outlives_its_role():
    held = snapshot(
        task(subject=Subject("contact", "c")),
        contacts=[CONTACT],
        leases=[Lease("t1", "u1", NOW - HOUR, NOW + TICK)],
    )

    assert desk(held).current == Current("t1", NOW - HOUR, "Contact", "contact")
    assert desk(held, now=NOW + TICK).current is None


def test_next_is_the_head_of_the_queue():
    held = snapshot(task("b", subject=Subject("company", "o")), task("c"), companies=[COMPANY])

    assert desk(held, role()).next == Next("b", "Company", "company")
    assert desk(snapshot(), role()).next is None


# Time shown -------------------------------------------------------------------------------------------------


def test_until_and_interval_until_are_those_of_the_chosen_role():
    first = role("first", priorities=(SERVICE,), intervals=(between("08:00", "10:00"),))
    second = role("second", intervals=(between("08:00", "12:00"), between("11:00", "12:00", "i2")))

    assert desk(snapshot(task()), first, second).role == DeskRole("second", "SECOND", at("12:00"), at("11:00"))


def test_the_accounts_zone_serves_roles_that_name_none():
    shift = role(intervals=(Interval("i", 9 * 60, 18 * 60, days=(1,)),))
    held = snapshot(account=Account("a", "Asia/Tokyo"))

    assert desk(held, shift, now=at("08:59")).role == DeskRole("r1", "R1", at("09:00"), at("09:00"))
    assert desk(held, shift, now=at("09:00")).role is None
    assert desk(held, role(intervals=(ALWAYS,)), now=at("09:00")).role == DeskRole("r1", "R1", None, None)
