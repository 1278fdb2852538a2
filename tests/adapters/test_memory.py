"""The CRM in memory beyond the conformance suite: its back door, its scripted faults, its threads."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workplaces_core.adapters.memory import MemoryCrm
from workplaces_core.adapters.protocols import Done, Forbidden, Gone, LostRace
from workplaces_core.adapters.reading import read_everything
from workplaces_core.changes import Remove, Set, apply
from workplaces_core.errors import ChangesError, CrmUnavailable, CursorLost, NotAllowed
from workplaces_core.model import Account, Deal, FieldDeclaration, Lease, Skip, Snapshot, Task, User
from workplaces_core.testing.crm_world import open_part

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
USERS = [User(name, name.title()) for name in ("anna", "bob", "carol")]


def task(name, responsible="anna", **state):
    return Task(name, "1", "", responsible, NOW, date(2026, 11, 24), **state)


@pytest.fixture
def crm():
    lease, skip = Lease("t1", "anna", NOW, NOW), Skip("t1", "bob", NOW)
    tasks = [task(f"t{n}") for n in range(1, 6)]
    account = Account("acme", "Europe/Moscow")
    return MemoryCrm(Snapshot(account, users=USERS, tasks=tasks, leases=[lease], skips=[skip]), batch=2)


def complete(crm, name="t1", key="k"):
    return crm.complete(name, result="Sold", key=key)


# -- the back door ---------------------------------------------------------------------------------------


def test_leases_and_skips_are_ours(crm):
    assert not crm.snapshot.leases
    assert not crm.snapshot.skips
    with pytest.raises(ChangesError, match="no CRM holds it"):
        crm.put(Set("task", task("t9")), Set("lease", Lease("t1", "anna", NOW, NOW)))
    assert "t9" not in crm.snapshot.tasks


def test_an_impossible_change_changes_nothing(crm):
    with pytest.raises(ChangesError):
        crm.put(Set("task", task("t9")), Remove("account", "acme"))

    assert "t9" not in crm.snapshot.tasks


def test_there_is_one_account_whatever_its_id(crm):
    start = crm.cursor()
    crm.put(Set("account", Account("renamed", "UTC")))

    assert crm.read_changes(start).changes == (Set("account", Account("renamed", "UTC")),)
    assert crm.snapshot.account.id == "renamed"


def test_fields_are_removed_by_their_joined_id(crm):
    crm.put(Set("field", FieldDeclaration("deal", "a.b", "A", "text")))
    crm.put(Remove("field", "deal.a.b"))

    assert crm.snapshot.fields == {}


def test_what_is_forbidden_is_answered_with_its_reason(crm):
    crm.forbid("task", "t1", "locked by an administrator")
    locked = Forbidden("locked by an administrator")

    assert complete(crm) == locked
    assert crm.postpone("t1", due=NOW, key="k2") == locked
    assert crm.set_responsible("task", "t1", "bob", only_if="anna", key="k3") == locked
    assert crm.snapshot.tasks["t1"] == task("t1")
    assert crm.results == {}


def test_calls_lists_what_reached_the_crm(crm):
    crm.faults.fail(CrmUnavailable(), method="complete")
    with pytest.raises(CrmUnavailable):
        complete(crm)
    complete(crm)

    assert crm.calls == [("complete", "t1", "Sold")]


# -- keys ------------------------------------------------------------------------------------------------


def test_the_same_key_gives_the_first_answer_again(crm):
    assert crm.set_responsible("task", "t1", "bob", only_if="carol", key="k") == LostRace("anna")
    crm.put(Set("task", task("t1", "carol")))

    assert crm.set_responsible("task", "t1", "bob", only_if="carol", key="k") == LostRace("anna")
    assert crm.snapshot.tasks["t1"].responsible == "carol"


def test_a_key_for_another_call_is_refused(crm):
    complete(crm)

    with pytest.raises(ValueError, match="`k` was given for another call before"):
        complete(crm, "t2")
    assert not crm.snapshot.tasks["t2"].completed


# -- faults ----------------------------------------------------------------------------------------------


def test_a_call_that_fails_does_nothing(crm):
    crm.faults.fail(CrmUnavailable("429", retry_after=2), times=2, method="complete")
    for _ in range(2):
        with pytest.raises(CrmUnavailable) as refused:
            complete(crm)
        assert refused.value.retry_after == 2
        assert not crm.snapshot.tasks["t1"].completed

    assert complete(crm) == Done()


def test_a_lost_answer_is_of_a_call_that_was_done(crm):
    crm.faults.lose_answers(method="complete")
    with pytest.raises(CrmUnavailable, match="answer was lost"):
        complete(crm)

    assert crm.snapshot.tasks["t1"].completed
    assert complete(crm) == Done()
    assert crm.results["t1"] == ["Sold"]


def test_faults_wait_for_their_method_and_their_turn(crm):
    crm.faults.fail(NotAllowed("token revoked"), method="complete", after=1)

    assert crm.postpone("t1", due=NOW, key="k1") == Done()
    assert complete(crm, "t1", "k2") == Done()
    with pytest.raises(NotAllowed, match="token revoked"):
        complete(crm, "t2", "k3")
    assert complete(crm, "t2", "k3") == Done()


def test_a_fault_of_any_method_meets_the_next_call(crm):
    crm.faults.fail(CrmUnavailable())

    with pytest.raises(CrmUnavailable):
        crm.cursor()
    assert crm.cursor()


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("directory", lambda crm: crm.directory()),
        ("read_open", lambda crm: list(crm.read_open())),
        ("cursor", lambda crm: crm.cursor()),
        ("read_changes", lambda crm: crm.read_changes("")),
        ("watch", lambda crm: crm.watch(list)),
        ("complete", complete),
        ("postpone", lambda crm: crm.postpone("t1", due=NOW, key="k")),
        ("set_responsible", lambda crm: crm.set_responsible("task", "t1", "bob", only_if="anna", key="k")),
    ],
)
def test_every_method_can_fail(crm, method, call):
    crm.faults.fail(CrmUnavailable("503"), method=method)

    with pytest.raises(CrmUnavailable, match="503"):
        call(crm)


def test_a_reading_may_break_off_in_the_middle(crm):
    crm.faults.fail(CrmUnavailable("504"), method="read_open", after=1)
    batches = crm.read_open()

    assert len(next(batches)) == 2
    with pytest.raises(CrmUnavailable):
        next(batches)


def test_a_colleague_may_be_faster(crm):
    crm.faults.meanwhile(lambda: crm.put(Set("task", task("t1", "carol"))), method="set_responsible")

    assert crm.set_responsible("task", "t1", "bob", only_if="anna", key="k") == LostRace("carol")


def test_a_colleague_may_delete_first(crm):
    crm.faults.meanwhile(lambda: crm.put(Remove("task", "t1")), method="complete")

    assert complete(crm) == Gone("deleted")


def test_cleared_faults_do_not_come(crm):
    crm.faults.fail(CrmUnavailable(), times=9)
    crm.faults.clear()

    assert complete(crm) == Done()


# -- reading on ------------------------------------------------------------------------------------------


def test_a_cursor_of_another_crm_is_refused(crm):
    with pytest.raises(CursorLost):
        MemoryCrm(crm.snapshot).read_changes(crm.cursor())


def test_what_was_touched_often_comes_once_in_its_last_state(crm):
    start = crm.cursor()
    for name in ("bob", "carol", "bob"):
        crm.put(Set("task", task("t1", name)))
    crm.put(Set("task", task("t2", "bob")), Remove("task", "t2"), Remove("task", "never there"))

    assert crm.read_changes(start).changes == (Set("task", task("t1", "bob")), Remove("task", "t2"))


IDS = st.sampled_from(["a", "b", "c"])
CHANGES = st.one_of(
    st.builds(lambda name, done: Set("task", task(name, completed=done)), IDS, st.booleans()),
    st.builds(lambda name, who: Set("deal", Deal(name, name, who)), IDS, st.sampled_from(["anna", None])),
    st.builds(Remove, st.sampled_from(["task", "deal"]), IDS),
)


@given(st.lists(st.lists(CHANGES, max_size=3), max_size=6))
def test_whoever_reads_on_knows_what_a_full_reader_knows(rounds):
    crm = MemoryCrm(Snapshot(Account("acme", "UTC")))
    reading = read_everything(crm)
    known, cursor = reading.snapshot, reading.cursor or ""
    for changes in rounds:
        crm.put(*changes)
        since = crm.read_changes(cursor)
        known, cursor = apply(known, since.changes), since.cursor

    assert open_part(known) == open_part(read_everything(crm).snapshot) == open_part(crm.snapshot)


# -- threads and watches ---------------------------------------------------------------------------------


@pytest.fixture
def slow(crm, monkeypatch):
    """Let every write take so long that whoever does not wait for it gets in between."""
    write = crm._held.write

    def slowly(change):
        time.sleep(0.005)
        write(change)

    monkeypatch.setattr(crm._held, "write", slowly)


@pytest.mark.usefixtures("slow")
def test_changes_made_together_are_seen_together(crm):
    seen = []
    with ThreadPoolExecutor(2) as pool:
        done = pool.submit(crm.put, *(Set("task", task(f"new{n}")) for n in range(4)))
        while not done.done():
            seen.append(len(crm.snapshot.tasks))

    assert set(seen) <= {5, 9}


@pytest.mark.usefixtures("slow")
def test_of_many_at_once_one_wins(crm):
    users = [User(f"u{n}", "") for n in range(8)]
    crm.put(*(Set("user", user) for user in users))

    def take(user):
        return crm.set_responsible("task", "t1", user.id, only_if="anna", key=user.id)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(take, users))

    winner = crm.snapshot.tasks["t1"].responsible
    assert outcomes.count(Done()) == 1
    assert outcomes.count(LostRace(winner)) == 7


@pytest.mark.usefixtures("slow")
def test_the_same_wish_from_many_threads_has_one_effect(crm):
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: complete(crm), range(20)))

    assert set(outcomes) == {Done()}
    assert crm.results["t1"] == ["Sold"]


def test_a_watcher_may_read_at_once(crm):
    start, seen = crm.cursor(), []
    stop = crm.watch(lambda: seen.append(len(crm.read_changes(start).changes)))
    complete(crm)
    crm.put(Set("task", task("t2", "bob")))
    stop()
    stop()
    complete(crm, "t3", "k3")

    assert seen == [1, 2]


def test_a_watcher_is_told_only_of_changes(crm):
    told = []
    crm.watch(lambda: told.append(1))
    complete(crm)
    complete(crm)
    crm.set_responsible("task", "t2", "anna", only_if="bob", key="k2")

    assert len(told) == 1


def test_closing_ends_all_watches(crm):
    told = []
    crm.watch(lambda: told.append(1))
    crm.close()
    crm.close()
    complete(crm)

    assert told == []
