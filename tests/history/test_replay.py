"""The replay answers as the readable decision does, however the history is cut, stored and shared out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import attrs
import pytest

from tests.history.histories import event_of, random_case, work_event
from workplaces_core import wire
from workplaces_core.changes import Set
from workplaces_core.decision import decide
from workplaces_core.errors import ChangesError, InvalidInput
from workplaces_core.explanation import explain
from workplaces_core.history import decide_partition, replay, snapshot_before
from workplaces_core.history.arrow_form import SCHEMA, events_of, table_of
from workplaces_core.history.events import FINISHED, TAKEN, Event, open_work
from workplaces_core.history.extra import pa
from workplaces_core.history.outcome import DECISIONS
from workplaces_core.history.readable import handed_out
from workplaces_core.history.splitting import carried_in, numbered
from workplaces_core.history.task_fates import TASKS
from workplaces_core.model import Account, Deal, Skip, Subject, Task, User
from workplaces_core.policy import (
    CommonQueue,
    ExactTime,
    Interval,
    Leaf,
    Members,
    OrderKey,
    Policy,
    Priority,
    Role,
)

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
EVERY_DAY = Interval("all", 8 * 60, 18 * 60, days=(0, 1, 2, 3, 4, 5, 6))
MANY = 130_001


def answers(row, side):
    """What a row of the table says a policy gives."""
    return {name: row[f"{side}_{name}"] for name in ("role", "task", "lane", "priority", "bucket", "shared")}


def answer(desk):
    """The same of a desk."""
    head = desk.queue[0] if desk.queue else None
    role = desk.role.id if desk.role else None
    if head is None:
        return {"role": role} | dict.fromkeys(("task", "lane", "priority", "bucket", "shared"))
    told = {name: getattr(head, name) for name in ("task", "lane", "priority", "bucket", "shared")}
    return {"role": role, **told}


def assert_replay_equals_decide(case):
    rows = decide_partition(table_of(case.events), case.a, case.b).to_pylist()
    recorded = list(handed_out(case.events))
    assert len(rows) == len(recorded)
    for row, found in zip(rows, recorded, strict=True):
        assert (row["number"], row["user"], row["taken"]) == (found.number, found.user, found.event.id)
        for side, policy in (("a", case.a), ("b", case.b)):
            desk = decide(found.before, policy, user=found.user, now=found.event.at)
            assert answers(row, side) == answer(desk), (found.number, side)
            assert row[f"{side}_version"] == policy.version


@pytest.mark.parametrize("seeds", [range(first, first + 20) for first in range(0, 100, 20)], ids=str)
def test_every_answer_is_that_of_decide(seeds):
    for seed in seeds:
        assert_replay_equals_decide(random_case(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [range(first, first + 100) for first in range(1000, 1500, 100)], ids=str)
def test_every_answer_is_that_of_decide_at_length(seeds):
    for seed in seeds:
        assert_replay_equals_decide(random_case(seed))


def test_the_random_histories_are_worth_something():
    tables = [decide_partition(table_of(case.events), case.a, case.b) for case in map(random_case, range(60))]
    rows = [row for table in tables for row in table.to_pylist()]

    assert sum(row["a_task"] is not None for row in rows) > 300
    assert {row["a_lane"] for row in rows} == {None, "exact", "priority"}
    assert {row["a_bucket"] for row in rows} == {None, "overdue", "today"}
    assert {row["a_shared"] for row in rows} == {None, True, False}
    assert len({row["reason"] for row in rows}) > 5


# -- reasons


def codes_of(why, role, priority):
    """The codes of a priority in an explanation."""
    (found,) = [each for each in why.roles if each.role == role]
    return {code.code for each in found.priorities if each.priority == priority for code in each.codes}


def key_of(why, role):
    """The key of a queued task, None when it is not queued."""
    (found,) = [each for each in why.roles if each.role == role]
    return next((code.details["key"] for code in found.codes if code.code == "queued"), None)


def test_reasons_are_those_of_explain():
    seen = set()
    for case in map(random_case, range(100, 180)):
        for row in decide_partition(table_of(case.events), case.a, case.b).to_pylist():
            if row["same"] or row["reason"] in {"only_a", "only_b", "other_role"}:
                continue
            before = snapshot_before(case.events, row["number"])
            why, of_b = (
                explain(before, case.b, user=row["user"], task=row[f"{side}_task"], now=row["at"]) for side in "ab"
            )
            seen.add(row["reason"])
            key = key_of(why, row["b_role"])
            if row["reason"] == "order":
                parts = zip(key_of(of_b, row["b_role"]), key, strict=False)
                # Two values of an order key that both rank last differ in writing only.
                named = [one["part"] for one, other in parts if one != other]
                assert row["part"] in named
                assert row["part"] == named[0] or named[0].startswith("order")
                continue
            assert key is None
            if row["part"] is None:
                (role,) = [each for each in why.roles if each.role == row["b_role"]]
                assert row["reason"] == "no_priority" or row["reason"] in {code.code for code in role.codes}
            else:
                assert row["reason"] in codes_of(why, row["b_role"], row["part"])
    assert seen >= {"order", "condition_false", "interval_not_active", "wrong_type"}


def test_the_same_task_needs_no_reason_and_another_one_does():
    for case in map(random_case, range(180, 220)):
        for row in decide_partition(table_of(case.events), case.a, case.b).to_pylist():
            assert row["same"] is (row["a_task"] == row["b_task"])
            assert (row["reason"] is None) is row["same"]


# -- the ways a history is cut


@pytest.mark.parametrize("seed", range(220, 240))
def test_days_with_what_was_carried_in_give_what_the_whole_gives(seed):
    case = random_case(seed, steps=80)
    table = table_of(case.events)
    whole, cut = (replay(table, case.a, case.b, processes=1, rows_at_once=size) for size in (10**9, 5))

    assert cut.decisions.equals(whole.decisions)
    assert cut.tasks.equals(whole.tasks)
    assert cut.summary == whole.summary


def test_what_is_carried_in_is_much_less():
    events = busy_history(days=6, tasks=200)
    table = numbered(table_of(events))

    assert carried_in(table.slice(0, table.num_rows - 1)).num_rows < table.num_rows / 3


def test_skips_that_are_written_alike_are_both_carried_in():
    skips = [Skip("a/b", "c", MONDAY), Skip("a", "b/c", MONDAY)]
    table = numbered(table_of(event_of(MONDAY, Set("skip", skip)) for skip in skips))

    assert carried_in(table).num_rows == 2


def test_two_processes_give_the_bytes_of_one(tmp_path):
    table = pa.concat_tables([table_of(random_case(seed, account=f"a{seed}").events) for seed in range(240, 246)])
    case = random_case(240)
    for count in (1, 2):
        replay(table, case.a, case.b, processes=count, rows_at_once=20).write(tmp_path / str(count))

    for name in ("decisions.parquet", "tasks.parquet", "summary.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_batches_of_any_size_give_the_same():
    case = random_case(246, steps=60)
    table = table_of(case.events)
    pieces = pa.Table.from_batches(table.to_batches(max_chunksize=7))

    assert pieces.column("id").num_chunks > 5
    assert decide_partition(pieces, case.a, case.b).equals(decide_partition(table, case.a, case.b))


def test_accounts_do_not_know_each_other():
    cases_ = [random_case(seed, account=f"acme-{seed}") for seed in (247, 248)]
    mixed = sorted((event for case in cases_ for event in case.events), key=lambda event: event.at)
    together = replay(table_of(mixed), cases_[0].a, processes=1)
    apart = [replay(table_of(case.events), cases_[0].a, processes=1) for case in cases_]

    assert together.decisions.equals(pa.concat_tables([each.decisions for each in apart]).combine_chunks())


def test_the_start_and_the_end_of_the_days_asked_for_are_kept():
    case = random_case(249, steps=60)
    table = table_of(case.events)
    every = decide_partition(table, case.a).to_pylist()
    start, end = every[5]["at"], every[-5]["at"]
    some = decide_partition(table, case.a, start=start, end=end).to_pylist()

    assert some == [row for row in every if start <= row["at"] < end]


# -- large


def busy_history(days, tasks, takes=2, seed=1):
    """Many tasks, taken again and again."""
    rng = Random(seed)
    users = [f"u{number}" for number in range(20)]
    events = [event_of(MONDAY, Set("account", Account("acme", "Europe/Moscow")))]
    events += [event_of(MONDAY, Set("user", User(user, user))) for user in users]
    for number in range(tasks):
        at = MONDAY + timedelta(seconds=rng.randrange(days * 86_400))
        due = at.date() if number % 3 else at + timedelta(hours=rng.randrange(9))
        task = Task(f"t{number}", str(number % 3), "", rng.choice(users), at, due)
        events.append(event_of(at, Set("task", task)))
        for _ in range(takes):
            at += timedelta(minutes=rng.randrange(1, 500))
            user = rng.choice(users)
            events += [work_event(at, TAKEN, task.id, user), work_event(at, FINISHED, task.id, user)]
        events.append(event_of(at, Set("task", attrs.evolve(task, completed=True))))
    return sorted(events, key=lambda event: event.at)


def everybody(*priorities, **kwargs):
    """A policy of one role for all the users of busy histories."""
    members = Members([f"u{number}" for number in range(20)])
    return Policy(1, (Role("r1", "Sales", members=members, intervals=(EVERY_DAY,), priorities=priorities, **kwargs),))


@pytest.mark.slow
def test_more_rows_than_any_batch_holds_are_joined_by_id_and_not_by_position():
    events = busy_history(days=9, tasks=MANY // 8 + 1, takes=3)
    a = everybody(Priority("all", "All", common_queue=CommonQueue()), exact_time=ExactTime(5))
    b = everybody(Priority("two", "Two", task_types=("2",), common_queue=CommonQueue()), Priority("rest", "Rest"))
    table = table_of(events)
    found = replay(table, a, b, processes=2, rows_at_once=30_000)

    assert table.num_rows > MANY
    assert found.decisions.column("number").to_pylist() == [
        number for number, event in enumerate(events) if event.kind == TAKEN
    ]
    rows = found.decisions.to_pylist()
    wanted = set(Random(2).sample(range(len(rows)), 12))
    for at in sorted(wanted):
        row = rows[at]
        before = wire.load_snapshot(open_work(events[: row["number"]], row["at"]))
        for side, policy in (("a", a), ("b", b)):
            assert answers(row, side) == answer(decide(before, policy, user=row["user"], now=row["at"]))


# -- moments of a grid


def test_at_moments_of_a_grid_every_active_user_is_asked_as_things_are_just_after():
    for case in map(random_case, range(250, 265)):
        moments = sorted({event.at for event in case.events[-20:]})
        rows = decide_partition(table_of(case.events), case.a, moments=moments).to_pylist()
        asked = [row for row in rows if row["number"] is None]
        assert {row["taken"] for row in asked} <= {None}
        for row in asked:
            past = [event for event in case.events if event.at <= row["at"]]
            before = snapshot_before(past, len(past))
            assert answers(row, "a") == answer(decide(before, case.a, user=row["user"], now=row["at"]))
        users = snapshot_before(case.events, len(case.events)).users.values()
        assert [row["user"] for row in asked if row["at"] == moments[-1]] == sorted(u.id for u in users if u.active)


def test_a_grid_begins_with_the_account_and_does_not_change_when_days_are_cut():
    case = random_case(265, steps=50)
    table = table_of(case.events)
    whole, cut = (
        replay(table, case.a, every=timedelta(hours=7), processes=1, rows_at_once=size) for size in (10**9, 5)
    )

    assert whole.summary["moments"] > 0
    key = [("number", "ascending"), ("at", "ascending"), ("user", "ascending")]
    assert cut.decisions.sort_by(key).equals(whole.decisions.sort_by(key))


# -- what became of tasks


def story(*events):
    """A small history: Anna and Ivan, a day of work in Moscow."""
    people = [User("u1", "Анна"), User("u2", "Иван"), User("u3", "Пётр", active=False)]
    first = [event_of(MONDAY, Set("account", Account("acme", "Europe/Moscow")))]
    return table_of([*first, *(event_of(MONDAY, Set("user", user)) for user in people), *events])


def at(hour, minute=0):
    """A moment of Monday, Moscow time."""
    return MONDAY + timedelta(hours=hour - 3, minutes=minute)


def task(id_, *, due=None, type_="1", responsible="u1"):
    """A task of Monday."""
    return event_of(at(7), Set("task", Task(id_, type_, "", responsible, at(7), due or MONDAY.date())))


CALLS = Priority("calls", "Звонки", task_types=("1",))
MAIL = Priority("mail", "Письма", task_types=("2",))
TWO = Members(["u1", "u2"])


def policy(*priorities, version=1, **kwargs):
    """A policy of one role for Anna and Ivan."""
    return Policy(version, (Role("r1", "Sales", members=TWO, intervals=(EVERY_DAY,), priorities=priorities, **kwargs),))


def fates(table, *policies):
    """Tasks of a replay by id."""
    return {row["task"]: row for row in replay(table, *policies, processes=1).tasks.to_pylist()}


def test_a_task_that_no_rule_covers_is_told():
    table = story(task("t1"), task("t2", type_="3"), task("t3", responsible="u3"), task("t4", due=at(10), type_="3"))
    found = fates(table, policy(CALLS), policy(attrs.evolve(CALLS, common_queue=CommonQueue()), exact_time=ExactTime()))

    assert {id_: (row["a_covered"], row["b_covered"]) for id_, row in found.items()} == {
        "t1": (True, True), "t2": (False, False), "t3": (False, True), "t4": (False, True),
    }  # fmt: skip


def test_an_exact_time_call_is_met_when_it_is_given_in_time():
    table = story(
        task("soon", due=at(10)),
        task("later", due=at(12)),
        task("today"),
        work_event(at(9, 58), TAKEN, "today", "u1"),
        work_event(at(12, 30), TAKEN, "later", "u1"),
    )
    found = fates(table, policy(CALLS, exact_time=ExactTime(5)))

    assert {id_: row["a_met"] for id_, row in found.items()} == {"soon": True, "later": False, "today": None}
    assert {id_: row["met"] for id_, row in found.items()} == {"soon": False, "later": False, "today": None}
    assert found["soon"]["a_first"] == at(9, 58)
    assert found["soon"]["due"] == at(10)


def test_what_waits_longer_and_shorter_is_told():
    table = story(
        task("call"),
        task("mail", type_="2"),
        work_event(at(9), TAKEN, "call", "u1"),
        work_event(at(10), TAKEN, "mail", "u1"),
    )
    found = replay(table, policy(CALLS, MAIL), policy(MAIL, CALLS, version=2), processes=1)

    assert [(row["a_task"], row["b_task"]) for row in found.decisions.to_pylist()] == [
        ("call", "mail"),
        ("mail", "mail"),
    ]
    waiting = found.summary["waiting"]
    assert (waiting["shorter"], waiting["only_a"], waiting["longer"]) == (1, 1, 0)
    assert waiting["shorter_median_seconds"] == 3600
    assert found.summary["differences"]["reasons"] == [{"reason": "order", "part": "priority", "count": 1}]


def test_who_gains_and_who_loses_work_is_told():
    table = story(task("call"), work_event(at(9), TAKEN, "call", "u2"), work_event(at(9, 5), TAKEN, "nothing", "u1"))
    shared = attrs.evolve(CALLS, common_queue=CommonQueue())
    found = replay(table, policy(CALLS), policy(shared, version=2), processes=1).summary

    assert [(row["user"], row["a"], row["b"]) for row in found["people"]] == [("u2", 0, 1), ("u1", 0, 0)]


def test_what_somebody_took_is_his_until_he_is_done():
    given = decide_partition(
        story(
            task("t1"),
            *(work_event(at(9), TAKEN, "t1", "u1"), work_event(at(9, 1), TAKEN, "x", "u1")),
            *(work_event(at(9, 2), FINISHED, "t1", "u1"), work_event(at(9, 3), TAKEN, "x", "u1")),
        ),
        policy(CALLS),
    )

    assert given.column("a_task").to_pylist() == ["t1", None, "t1"]


def test_a_skipped_task_is_passed_over_until_it_may_be_given_again():
    given = decide_partition(
        story(
            task("t1"),
            task("t2"),
            event_of(at(8), Set("skip", Skip("t1", "u1", at(10)))),
            *(work_event(at(hour), TAKEN, "x", "u1") for hour in (9, 10)),
        ),
        policy(CALLS),
    )

    assert given.column("a_task").to_pylist() == ["t2", "t1"]


def test_a_change_of_a_deal_moves_its_tasks():
    where = Leaf("deal.price", "ge", 10)
    deals = [
        event_of(at(hour), Set("deal", Deal("d1", "Сделка", None, (), {"price": p}))) for hour, p in ((7, 5), (10, 50))
    ]
    hangs = event_of(at(7), Set("task", Task("t1", "1", "", "u1", at(7), MONDAY.date(), Subject("deal", "d1"))))
    asked = [work_event(at(hour), TAKEN, "x", "u1") for hour in (9, 11)]
    events = sorted([*deals, hangs, *asked], key=lambda event: event.at)
    given = decide_partition(story(*events), policy(attrs.evolve(CALLS, where=where)))

    assert given.column("a_task").to_pylist() == [None, "t1"]


# -- input


def test_an_empty_history_gives_empty_tables():
    found = replay(SCHEMA.empty_table(), policy(CALLS), processes=1)

    assert found.decisions.schema.equals(DECISIONS)
    assert found.tasks.schema.equals(TASKS)
    assert found.decisions.num_rows == found.tasks.num_rows == 0


def test_a_table_without_the_columns_of_a_history_is_refused():
    with pytest.raises(InvalidInput) as refused:
        decide_partition(pa.table({"at": [1]}), policy(CALLS))

    assert [problem.path for problem in refused.value.problems] == ["account", "op", "kind", "id", "value"]


def test_a_value_that_cannot_be_meant_is_refused_with_the_number_of_its_event():
    bad = Event(at(8), "acme", "set", "task", "t1", {"id": "t1", "due": "tomorrow"})
    with pytest.raises(ChangesError, match=r"event 4: .*value\.due"):
        decide_partition(story(bad), policy(CALLS))


def test_nobody_is_asked_before_the_account_is_known():
    with pytest.raises(InvalidInput, match="before the account is known"):
        decide_partition(table_of([work_event(at(9), TAKEN, "t1", "u1")]), policy(CALLS))


def test_events_survive_the_table():
    events = random_case(266).events

    assert list(events_of(table_of(events))) == events


def test_an_order_of_its_own_decides():
    by_price = OrderKey("field", "deal.price", "desc")
    deals = [event_of(at(7), Set("deal", Deal(f"d{p}", "Сделка", None, (), {"price": p}))) for p in (5, 50)]
    tasks = [
        event_of(at(7), Set("task", Task(f"t{p}", "1", "", "u1", at(7), MONDAY.date(), Subject("deal", f"d{p}"))))
        for p in (5, 50)
    ]
    table = story(*deals, *tasks, work_event(at(9), TAKEN, "t5", "u1"))
    found = decide_partition(table, policy(attrs.evolve(CALLS, order=(by_price,))), policy(CALLS)).to_pylist()

    assert [(row["a_task"], row["b_task"], row["reason"], row["part"]) for row in found] == [
        ("t50", "t5", "order", "id")
    ]
