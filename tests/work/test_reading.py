"""Reading the CRM into the mirror: nothing missed, nothing of ours overwritten, one cursor for all processes."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import pytest

from tests.work.office import accounts, office, policy, task
from workplaces_core import CrmUnavailable, DeskService, NotAllowed
from workplaces_core.adapters.memory import MemoryCrm, MemoryStore
from workplaces_core.adapters.protocols import EVERYTHING, unsupported
from workplaces_core.changes import COLLECTIONS, Remove, Set, joined, key_of
from workplaces_core.model import Account, Snapshot
from workplaces_core.work.reading import Reader


def crm_and_store(snapshot: Snapshot) -> tuple[Any, MemoryStore]:
    return MemoryCrm(snapshot), MemoryStore()


def mirrored(store) -> dict:
    return {(change.kind, joined(change.kind, key_of(change.value))): change.value for change in store.entities()}


def in_crm(crm) -> dict:
    found = {("account", crm.snapshot.account.id): crm.snapshot.account}
    for kind, name in COLLECTIONS.items():
        for entity in getattr(crm.snapshot, name).values():
            if kind != "task" or not entity.completed:
                found[kind, joined(kind, key_of(entity))] = entity
    return found


def test_the_first_reading_fills_the_mirror() -> None:
    crm, store = crm_and_store(accounts(task("t1"), task("t2")))
    reading = Reader(store, crm).read()

    assert reading.full
    assert mirrored(store) == in_crm(crm)


def test_the_next_reading_brings_only_what_changed() -> None:
    crm, store = crm_and_store(accounts(task("t1"), task("t2")))
    reader = Reader(store, crm)
    reader.read()
    crm.put(Set("task", task("t3")), Remove("task", "t1"), Set("task", task("t2", text="new")))
    reading = reader.read()

    assert (reading.full, reading.changed) == (False, 3)
    assert mirrored(store) == in_crm(crm)


def test_a_lost_cursor_means_reading_everything() -> None:
    crm, store = crm_and_store(accounts(task("t1"), task("t2")))
    Reader(store, crm).read()
    moved = MemoryCrm(accounts(task("t2"), task("t3")))  # cursors of another run are lost

    assert Reader(store, moved).read().full
    assert mirrored(store) == in_crm(moved)


def test_a_crm_that_cannot_tell_what_changed_is_read_whole() -> None:
    class Mute(MemoryCrm):
        capabilities = attrs.evolve(EVERYTHING, read_changes=unsupported("it cannot tell"))

    crm, store = Mute(accounts(task("t1"))), MemoryStore()
    reader = Reader(store, crm)
    reader.read()
    crm.put(Set("task", task("t3")))

    assert reader.read().full
    assert mirrored(store) == in_crm(crm)


@pytest.mark.parametrize("method", ["cursor", "directory", "read_open", "read_changes"])
def test_a_reading_that_fails_loses_nothing(method) -> None:
    crm, store = crm_and_store(accounts(task("t1")))
    reader = Reader(store, crm)
    crm.faults.fail(CrmUnavailable("503"), method=method)
    with pytest.raises(CrmUnavailable):
        reader.read()
    crm.put(Set("task", task("t2")))
    reader.read()

    assert mirrored(store) == in_crm(crm)


def test_what_changes_while_everything_is_read_is_not_missed() -> None:
    crm, store = crm_and_store(accounts(task("t1")))
    crm.faults.meanwhile(lambda: crm.put(Set("task", task("late"))), method="read_changes")
    Reader(store, crm).read()

    assert mirrored(store) == in_crm(crm)


def test_an_old_reading_does_not_bring_back_what_we_completed_meanwhile() -> None:
    desk = office(task("t1", "anna"), task("t2"))
    lease = desk.service.take("anna")
    other = DeskService(adapter=desk.crm, store=desk.store, clock=lambda: desk.now)
    desk.edit("task", task("t1", "anna", text="seen before it was completed"))
    old = desk.crm.read_changes

    def slow(cursor):
        page = old(cursor)  # t1 is still open in this answer
        desk.service.finish("anna", lease.fence)
        return page

    desk.crm.read_changes = slow
    other.sync()
    desk.crm.read_changes = old
    assert mirrored(desk.store)["task", "t1"].completed
    other.sync()

    assert mirrored(desk.store)["task", "t1"].completed
    assert desk.events() == ["taken", "finished"]


def test_what_was_passed_over_is_read_again() -> None:
    crm, store = crm_and_store(accounts(task("t1")))
    reader = Reader(store, crm)
    reader.read()
    crm.put(Set("task", task("t1", text="theirs")))
    old = crm.read_changes

    def slow(cursor):
        page = old(cursor)
        store.run(lambda tx: tx.write([Set("task", task("t1", text="ours"))]))
        return page

    crm.read_changes = slow
    reader.read()
    assert mirrored(store)["task", "t1"].text == "ours"
    crm.read_changes = old
    reader.read()

    assert mirrored(store)["task", "t1"].text == "theirs"


def test_two_readers_at_once_do_not_move_the_cursor_back() -> None:
    crm, store = crm_and_store(accounts(task("t1")))
    Reader(store, crm).read()
    slow, fast = Reader(store, crm), Reader(store, crm)
    crm.put(Set("task", task("t1", text="one")))
    old = crm.read_changes

    def overtaken(cursor):
        page = old(cursor)
        crm.read_changes = old
        crm.put(Set("task", task("t1", text="two")))
        fast.read()
        return page

    crm.read_changes = overtaken
    slow.read()

    assert mirrored(store)["task", "t1"].text == "two"
    assert Reader(store, crm).read().changed == 0


def test_a_store_of_another_account_is_refused() -> None:
    store = MemoryStore()
    Reader(store, MemoryCrm(accounts(task("t1")))).read()

    with pytest.raises(NotAllowed, match="`acme`"):
        Reader(store, MemoryCrm(Snapshot(Account("other", "UTC")))).read()


def test_our_own_completion_that_is_read_first_is_still_a_finish() -> None:
    desk = office(task("t1", "anna"))
    lease = desk.service.take("anna")
    desk.crm.faults.lose_answers(method="complete")
    with pytest.raises(CrmUnavailable):
        desk.service.finish("anna", lease.fence, result="ok")
    desk.service.sync()
    assert desk.events() == ["taken"]
    desk.later(minutes=2)
    desk.service.run_due()

    assert desk.events() == ["taken", "finished"]
    assert desk.service.desk("anna").notices == ()


def test_a_desk_before_any_reading_reads_by_itself() -> None:
    service = DeskService(adapter=MemoryCrm(accounts(task("t1", due=date(2026, 11, 20)))), store=MemoryStore())
    service.publish(policy())

    assert service.desk("anna").policy_version == 1
