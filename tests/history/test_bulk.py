"""Tables of tasks are encoded without objects, and everybody's own queue is that of his desk."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import attrs
import pytest

from tests.differential import cases
from workplaces_core import wire
from workplaces_core.decision import role_queue
from workplaces_core.errors import InvalidInput
from workplaces_core.history.arrow_facts import facts_of
from workplaces_core.history.bulk import own_queues
from workplaces_core.history.columns import Numbers, Texts
from workplaces_core.history.extra import np, pa
from workplaces_core.history.facts import paths_of
from workplaces_core.history.places import Places
from workplaces_core.history.tables import matches
from workplaces_core.model import Account, Deal, Snapshot, Subject, Task
from workplaces_core.policy import ExactTime, Interval, Leaf, Members, OrderKey, Policy, Priority, Role
from workplaces_core.rules.conditions import read
from workplaces_core.rules.intervals import RoleMoment

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY = date(2026, 11, 24)


def table_of(snapshot, paths):
    """The tasks of a snapshot as a table; each column in the one type its values have."""
    tasks = list(snapshot.tasks.values())
    is_exact = [isinstance(task.due, datetime) for task in tasks]
    at = pa.timestamp("us", tz="UTC")
    columns = {
        "id": [task.id for task in tasks],
        "type": [task.type for task in tasks],
        "responsible": [task.responsible for task in tasks],
        "created": pa.array([task.created for task in tasks], at),
        "due_date": pa.array(
            [None if exact else task.due for task, exact in zip(tasks, is_exact, strict=True)], pa.date32()
        ),
        "due_at": pa.array([task.due if exact else None for task, exact in zip(tasks, is_exact, strict=True)], at),
    }
    for path in paths:
        values = [read(path, task, snapshot.links(task)) for task in tasks]
        columns[path] = [list(value) if isinstance(value, tuple) else value for value in values]
    return pa.table(columns)


def account(count, seed=1):
    """Tasks with typed fields, of five people; ties are common."""
    rng = Random(seed)
    deals = [
        Deal(
            f"d{n}", "", None, rng.sample(["vip", "new", "old"], rng.randrange(4)),
            {"price": rng.choice([None, 5, 5, 100, 2**53 + 1]), "share": rng.choice([0.5, None, 1.5]),
             "stage": rng.choice(["a", "b", None]), "signed": rng.choice([TODAY, None, TODAY - timedelta(days=2)]),
             "hot": rng.choice([True, False, None])},
        )
        for n in range(count)
    ]  # fmt: skip
    dues = [TODAY, TODAY - timedelta(days=3), TODAY + timedelta(days=1), NOW, NOW - timedelta(days=1)]
    dues += [NOW + timedelta(minutes=minutes) for minutes in (-30, 4, 5, 6, 300)]
    tasks = [
        Task(
            f"t{n}", rng.choice("123"), "", f"u{rng.randrange(5)}", NOW - timedelta(hours=rng.randrange(3)),
            rng.choice(dues), Subject("deal", f"d{n}"),
        )
        for n in range(count)
    ]  # fmt: skip
    return Snapshot(Account("acme", "Europe/Moscow"), deals=deals, tasks=tasks)


def policy(exact_time):
    """Conditions over every kind of column."""
    leaves = (
        Leaf("deal.price", "ge", 100), Leaf("deal.share", "lt", 1), Leaf("deal.tags", "has_all", ("vip", "new")),
        Leaf("deal.signed", "days", (-2, -1)), Leaf("deal.hot", "eq", True), Leaf("deal.stage", "in", ("a", "c")),
        Leaf("deal.stage", "ge", 5), Leaf("task.type", "eq", "2"), Leaf("deal.absent", "is_set", True),
    )  # fmt: skip
    order = (OrderKey("field", "deal.price", "desc"), OrderKey("field", "deal.share", "asc"))
    priorities = [Priority(f"p{n}", "", where=leaf, first=("today", "overdue")[n % 2]) for n, leaf in enumerate(leaves)]
    priorities[4] = attrs.evolve(priorities[4], order=order)
    rest = Priority("rest", "", task_types=("1", "3"), order=order)
    week = Interval("week", 0, 1440, days=tuple(range(7)))
    members = Members([f"u{n}" for n in range(5)])
    role = Role("r1", "", members=members, intervals=(week,), exact_time=exact_time, priorities=(*priorities, rest))
    return Policy(1, (role,))


@pytest.mark.parametrize("exact_time", [None, ExactTime(5)], ids=["ordinary", "exact time"])
@pytest.mark.parametrize("pieces", [1000, 7])
def test_everybodys_own_queue_is_that_of_his_desk(exact_time, pieces):
    snapshot, rules = account(400), policy(exact_time)
    table = pa.Table.from_batches(table_of(snapshot, set(paths_of(rules)) - {"deal.absent"}).to_batches(pieces))
    facts = facts_of(table, paths_of(rules))
    moment = RoleMoment.of(rules.roles[0], rules, snapshot.account, NOW)
    found = own_queues(facts, Places(facts, moment.role, "Europe/Moscow"), moment, reasons=True)
    for code, user in enumerate(facts.people.values):
        own = [(task, snapshot.links(task)) for task in snapshot.tasks.values() if task.responsible == user]
        wanted = role_queue(moment, snapshot, user, own) if user else []
        mine = found.people == code
        assert [facts.ids[row] for row in found.rows[mine]] == [placed.task.id for placed in wanted]
        assert found.exact[mine].tolist() == [placed.lane == 0 for placed in wanted]
        assert found.priorities[mine].tolist() == [-1 if p.index is None else p.index for p in wanted]
    assert len(found.rows) > 150


def test_a_role_that_is_not_active_has_no_queue():
    snapshot, rules = account(50), policy(None)
    facts = facts_of(table_of(snapshot, set(paths_of(rules)) - {"deal.absent"}), paths_of(rules))
    off = attrs.evolve(rules.roles[0], days_off=(TODAY,))
    moment = RoleMoment.of(off, rules, snapshot.account, NOW)

    assert len(own_queues(facts, Places(facts, off, "UTC"), moment).rows) == 0


def test_reasons_tell_which_columns_cleared_a_priority():
    snapshot, rules = account(200), policy(None)
    facts = facts_of(table_of(snapshot, set(paths_of(rules)) - {"deal.absent"}), paths_of(rules))
    moment = RoleMoment.of(rules.roles[0], rules, snapshot.account, NOW)
    found = matches(moment.role.priorities, facts, moment.today, moment.where, reasons=True)
    together = np.bitwise_and.reduce([allowed for _, allowed in found.allowed])

    assert together.tolist() == found.bits.tolist()
    assert {path for path, _ in found.allowed} >= {"task.type", "deal.price", "deal.tags"}


def test_columns_of_one_type_are_kept_as_such_and_plugins_see_whole_values():
    table = table_of(account(20), ["deal.price", "deal.tags"])
    facts, whole = facts_of(table, ["deal.price", "deal.tags"]), facts_of(table, ["deal.tags"], ["deal.tags"])

    assert isinstance(facts.column("deal.price"), Numbers)
    assert isinstance(facts.column("deal.tags"), Texts)
    assert [whole.column("deal.tags").value(row) for row in range(20)] == [
        facts.column("deal.tags").value(row) for row in range(20)
    ]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda table: table.drop_columns(["type"]), "type: is required"),
        (lambda table: pa.concat_tables([table, table]), "no id may stand twice"),
        (lambda table: table.set_column(5, "due_at", pa.nulls(20, pa.timestamp("us", tz="UTC"))), "either due_date or"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(spoil, says):
    with pytest.raises(InvalidInput, match=says):
        facts_of(spoil(table_of(account(20), [])), [])


def test_random_accounts_match_from_tables_as_from_objects():
    for seed in range(40):
        rng = Random(seed)
        anchor, zone_name = cases.random_anchor(rng)
        rules = wire.load_policy(cases.random_policy(rng, zone_name, anchor))
        snapshot = wire.load_snapshot(cases.random_snapshot(rng, zone_name, anchor))
        facts = facts_of(table_of(snapshot, []), ["task.text"])
        for role in rules.roles:
            plain = [attrs.evolve(priority, where=None) for priority in role.priorities]
            moment = RoleMoment.of(role, rules, snapshot.account, anchor)
            found = matches(plain, facts, moment.today, moment.where).bits.tolist()
            assert found == [
                sum(1 << n for n, p in enumerate(plain) if not p.task_types or task.type in p.task_types)
                for task in snapshot.tasks.values()
            ]
