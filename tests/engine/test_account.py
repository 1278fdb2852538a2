"""The live account: it is the snapshot that changes make, and no task whose links change goes unnoticed."""

from __future__ import annotations

from random import Random

import attrs
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.twins import Apply
from tests.differential.walks import Walker
from workplaces_core.changes import COLLECTIONS, Remove, Set, apply
from workplaces_core.engine.account import LiveAccount, OneToMany
from workplaces_core.model import Account, Company, Contact, Deal, Snapshot, Subject, Task
from workplaces_core.testing.pools import AROUND

seeds = st.integers(0, 2**40)


def batches(walker, number):
    """Draw batches of changes, each with the snapshot before and after."""
    while number:
        before, step = walker.snapshot, walker.step()
        if isinstance(step, Apply):
            number -= 1
            yield before, step.changes, walker.snapshot


def touched_by(account, changes):
    touched: set[int] = set()
    for change in changes:
        account.change(change, touched)
    return touched


def readings(snapshot):
    """Give what an index reads of every task: the task, what it is linked to, its lease."""
    return {name: (task, snapshot.links(task), snapshot.leases.get(name)) for name, task in snapshot.tasks.items()}


def rows_of(account):
    return {task.id: row for row, task in enumerate(account.tasks) if task is not None}


def linked(found, name):
    return found[name][1] if name in found else None


@given(seeds)
def test_a_task_whose_reading_changes_is_touched(seed):
    walker = Walker(Random(seed))
    account = LiveAccount(walker.snapshot)
    for before, changes, after in batches(walker, 8):
        old, new, rows = readings(before), readings(after), rows_of(account)
        touched = touched_by(account, changes)
        rows |= rows_of(account)

        altered = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        missed = {name for name in altered if rows[name] not in touched}
        assert not missed, f"{missed} by {changes}"
        relinked = {name for name in altered if linked(old, name) != linked(new, name)}
        assert {rows[name] for name in relinked} <= account.relinked
        account.settle()


@given(seeds)
def test_what_a_row_held_before_a_batch_is_known_until_notice_is_taken(seed):
    walker = Walker(Random(seed))
    account = LiveAccount(walker.snapshot)
    for _, changes, _ in batches(walker, 8):
        held = list(account.tasks)
        touched_by(account, changes)

        for row, task in enumerate(account.tasks):
            before = held[row] if row < len(held) else None
            assert account.before.get(row, task) == before
        account.settle()
        assert not account.before


@given(seeds)
def test_the_account_is_the_snapshot_that_the_changes_make(seed):
    walker = Walker(Random(seed))
    account = LiveAccount(walker.snapshot)
    for _, changes, after in batches(walker, 8):
        touched_by(account, changes)
        account.settle()

        assert account.snapshot() == after
        assert {name: account.task(name) for name in after.tasks} == after.tasks
        assert {name: account.row(name) for name in after.tasks} == rows_of(account)


@given(seeds)
def test_links_are_those_of_the_snapshot(seed):
    walker = Walker(Random(seed))
    account = LiveAccount(walker.snapshot)
    for _, changes, after in batches(walker, 8):
        touched_by(account, changes)
        account.settle()

        assert {name: account.links(task) for name, task in after.tasks.items()} == {
            name: after.links(task) for name, task in after.tasks.items()
        }


@given(seeds)
def test_a_row_belongs_to_one_task_and_stays_his(seed):
    walker = Walker(Random(seed))
    account = LiveAccount(walker.snapshot)
    for before, changes, _ in batches(walker, 12):
        rows = rows_of(account)
        touched_by(account, changes)
        now = rows_of(account)

        assert now == {name: account.row(name) for name in now}
        stayed = rows.keys() & now.keys() & before.tasks.keys()
        assert {name: now[name] for name in stayed} == {name: rows[name] for name in stayed}
        newcomers = now.keys() - rows.keys()
        assert not {now[name] for name in newcomers} & set(rows.values()), "a row changed hands inside a batch"
        account.settle()


def test_rows_of_removed_tasks_are_used_again_after_the_batch():
    account = LiveAccount(Snapshot(Account("a", "UTC"), tasks=[call("t1"), call("t2")]))
    for number in range(50):
        touched_by(account, [Remove("task", f"t{number + 1}"), Set("task", call(f"t{number + 3}"))])
        account.settle()

    assert len(rows_of(account)) == 2
    assert len(account.tasks) <= 4


# By hand ----------------------------------------------------------------------------------------------------


def call(name, kind="deal", subject="d1"):
    return Task(name, "1", "", "u1", AROUND, AROUND.date(), Subject(kind, subject))


def world():
    return Snapshot(
        Account("a", "UTC"),
        deals=[Deal("d1", "", None, contacts=["c1"], company="o1"), Deal("d2", "", None)],
        contacts=[Contact("c1", "", None), Contact("c2", "", None)],
        companies=[Company("o1", "", None)],
        tasks=[call("on deal"), call("on contact", "contact", "c1"), call("on company", "company", "o1"),
               call("on other contact", "contact", "c2"), call("on other deal", "deal", "d2")],
    )  # fmt: skip


def touched_names(*changes):
    account = LiveAccount(world())
    rows = rows_of(account)
    touched = touched_by(account, changes)
    return {name for name, row in rows.items() if row in touched}


def test_a_deal_touches_its_tasks_and_those_of_its_contacts_and_company():
    deal = attrs.evolve(world().deals["d1"], name="Another")

    assert touched_names(Set("deal", deal)) == {"on deal", "on contact", "on company"}
    assert touched_names(Remove("deal", "d1")) == {"on deal", "on contact", "on company"}


def test_a_second_deal_of_a_contact_touches_the_tasks_of_that_contact_but_not_those_of_the_first_deal():
    second = attrs.evolve(world().deals["d2"], contacts=("c1",))

    touched = touched_names(Set("deal", second))

    assert touched >= {"on contact", "on other deal"}
    assert "on other contact" not in touched


def test_a_deal_that_lets_go_of_a_contact_touches_the_tasks_of_that_contact():
    deal = attrs.evolve(world().deals["d1"], contacts=("c2",), company=None)

    assert touched_names(Set("deal", deal)) == {"on deal", "on contact", "on company", "on other contact"}


def test_a_contact_touches_its_tasks_and_those_of_its_deals():
    assert touched_names(Remove("contact", "c1")) >= {"on contact", "on deal"}
    assert touched_names(Remove("contact", "c2")) == {"on other contact"}


def test_what_is_not_there_touches_nothing():
    assert touched_names(Remove("deal", "gone"), Remove("task", "gone"), Remove("lease", "gone")) == set()


def test_every_collection_is_copied_so_that_the_snapshot_given_stays_as_it_is():
    given_snapshot = world()
    kept = apply(given_snapshot, [])
    account = LiveAccount(given_snapshot)
    touched_by(account, [Remove("task", "on deal"), Remove("deal", "d1"), Remove("contact", "c1")])

    assert given_snapshot == kept
    assert all(getattr(given_snapshot, name) is not getattr(account, name) for name in COLLECTIONS.values())


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("ab"), st.sampled_from("abcdefghijklmno")), max_size=60))
def test_one_to_many_keeps_each_item_once_in_the_order_of_coming(moves):
    kept = OneToMany()
    plain: dict[str, dict[str, None]] = {"a": {}, "b": {}}
    for adds, key, item in moves:
        if adds and item not in plain[key]:
            kept.add(key, item)
            plain[key][item] = None
        elif not adds:
            kept.discard(key, item)
            plain[key].pop(item, None)

    assert {key: list(kept.of(key)) for key in plain} == {key: list(items) for key, items in plain.items()}
