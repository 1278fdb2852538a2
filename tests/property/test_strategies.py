"""The strategies themselves: what a law is to be held against must really occur, and often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import find, settings
from hypothesis import strategies as st

from tests.property.sampling import sample
from workplaces_core import decide, explain, wire
from workplaces_core.changes import KINDS, Remove, Set
from workplaces_core.model import Links
from workplaces_core.policy import OPERANDS, leaves
from workplaces_core.recurrence import dates_in_year, parse
from workplaces_core.rules.conditions import verdict
from workplaces_core.testing import strategies
from workplaces_core.testing.pools import FIXED_OFFSETS, NEVER
from workplaces_core.testing.situations import Situation, clock_changes

SAMPLE = 500
PARTS = (
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSETPOS"),
    *("BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH"),
)

#: about so many of a hundred situations at the least. What is drawn depends on the modules that are loaded, since
#: hypothesis tries their constants too, so the test fails below half of that.
FLOORS = {
    "a role": 35,
    "no role": 25,
    "a queue of two or more": 12,
    "a queue of four or more": 2,
    "an exact lane": 7,
    "somebody else's task": 4,
    "both buckets in one queue": 3,
    "two priorities in one queue": 1,
    "nothing left": 20,
    "more left than queued": 6,
    "a current task": 2,
    "a next role": 7,
    "an end": 7,
    "a change within": 3,
    "a role that is not the first": 4,
    "two hours around a clock change": 10,
    "a title of a deal": 3,
    "decided by lane": 2,
    "decided by bucket": 2,
    "decided by due": 4,
    "decided by id": 2,
    "completed": 4,
    "leased": 3,
    "skipped": 5,
    "role_disabled": 4,
    "not_a_member": 8,
    "role_not_active": 25,
    "later_day": 20,
    "not_yet": 5,
    "not_chosen": 3,
    "interval_not_active": 25,
    "wrong_type": 25,
    "condition_false": 20,
    "condition_error": 5,
    "not_responsible": 30,
    "outside_pool": 8,
    "matched_earlier": 12,
    "takes": 25,
}


def features(situation: Situation) -> set[str]:
    desk = decide(situation.snapshot, situation.policy, user=situation.user, now=situation.now)
    buckets, owners = {entry.bucket for entry in desk.queue}, {entry.priority for entry in desk.queue}
    left = desk.remaining.own + desk.remaining.shared
    role = desk.role
    told = {
        "a role": role is not None,
        "no role": role is None,
        "a queue of two or more": len(desk.queue) > 1,
        "a queue of four or more": len(desk.queue) > 3,
        "an exact lane": any(entry.lane == "exact" for entry in desk.queue),
        "somebody else's task": any(entry.shared for entry in desk.queue),
        "both buckets in one queue": len(buckets) > 1,
        "two priorities in one queue": len(owners - {None}) > 1,
        "nothing left": left == 0,
        "more left than queued": left > len(desk.queue),
        "a current task": desk.current is not None,
        "a next role": desk.next_role is not None,
        "an end": role is not None and role.until is not None,
        "a change within": role is not None and role.until != role.interval_until,
        "a role that is not the first": role is not None and role.id != situation.policy.roles[0].id,
        "two hours around a clock change": any(changes_around(situation.now, zone) for zone in zones_of(situation)),
    }
    titled = {f"a title of a {desk.next.title_from}"} if desk.next else set()
    return {name for name, holds in told.items() if holds} | titled | set(reasons(situation))


def zones_of(situation: Situation) -> set[str]:
    return {situation.snapshot.account.timezone} | {role.timezone for role in situation.policy.roles if role.timezone}


def changes_around(now: datetime, zone: str) -> bool:
    return any(clock_changes(ZoneInfo(zone), now - timedelta(hours=1), now + timedelta(hours=1)))


def reasons(situation: Situation) -> Iterator[str]:
    for task in situation.snapshot.tasks:
        why = explain(situation.snapshot, situation.policy, user=situation.user, task=task, now=situation.now)
        of_priorities = [code for role in why.roles for priority in role.priorities for code in priority.codes]
        for code in [*why.codes, *(code for role in why.roles for code in role.codes), *of_priorities]:
            yield code.code
            if "decided_by" in code.details:
                yield f"decided by {code.details['decided_by']}"


def test_everything_a_law_speaks_of_happens_often():
    counted = Counter(name for situation in sample(strategies.situations(), SAMPLE) for name in features(situation))
    rare = {name: counted[name] for name, floor in FLOORS.items() if counted[name] * 200 < floor * SAMPLE}

    assert rare == {}


def test_conditions_use_every_op_and_come_out_true_false_and_in_error():
    drawn = sample(st.tuples(strategies.conditions(), strategies.tasks(), strategies.deals()), SAMPLE)
    ops = {leaf.op for condition, _, _ in drawn for _, leaf in leaves(condition)}
    judged = Counter(
        verdict(condition, task, Links(deal), strategies.AROUND.date(), ZoneInfo("UTC"))
        for condition, task, deal in drawn
    )

    assert ops == set(OPERANDS)
    assert min(judged[True], judged[False], judged[None]) > SAMPLE / 20


def test_recurrences_use_every_part_and_some_never_occur():
    drawn = sample(strategies.recurrences(), SAMPLE)
    parts = {part.partition("=")[0] for text in drawn for part in text.split(";")}
    start = strategies.AROUND.date()
    silent = [text for text in drawn if not any(dates_in_year(text, start, start.year + n) for n in range(5))]

    assert parts == set(PARTS)
    assert SAMPLE / 50 < len(silent) < SAMPLE / 2
    assert set(NEVER) <= set(silent)


def test_weekly_situations_mean_the_same_every_week():
    for situation in sample(strategies.situations(weekly=True), 100):
        intervals = [interval for role in situation.policy.roles for interval in role.intervals]
        for rule in [parse(interval.rrule) for interval in intervals if interval.rrule]:
            assert rule.freq in {"DAILY", "WEEKLY"}
            assert not rule.by_month
            assert not rule.by_month_day
        assert zones_of(situation) <= set(FIXED_OFFSETS)


def test_changes_are_of_every_kind_and_both_ops():
    drawn = sample(strategies.changes(), SAMPLE)

    assert {change.kind for change in drawn if isinstance(change, Set)} == set(KINDS)
    assert {change.kind for change in drawn if isinstance(change, Remove)} == set(KINDS) - {"account"}


def test_a_failure_shrinks_to_a_small_situation():
    queued = find(
        strategies.situations(),
        lambda each: decide(each.snapshot, each.policy, user=each.user, now=each.now).queue != (),
        settings=settings(database=None, derandomize=True, max_examples=1000),
    )

    assert len(queued.snapshot.tasks) == 1
    assert len(queued.policy.roles) == 1


def test_every_drawn_document_is_one_that_loading_admits():
    for situation in sample(strategies.situations(), 100):
        assert wire.load_policy(wire.dump(situation.policy)) == situation.policy
        assert wire.load_snapshot(wire.dump(situation.snapshot)) == situation.snapshot
