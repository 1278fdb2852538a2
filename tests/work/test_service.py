"""The service as an integrator uses it: policies, previews, several processes, what runs in the background."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from tests.work.office import MORNING, accounts, office, policy, task
from workplaces_core import CrmUnavailable, DeskService, Engine, PolicyError
from workplaces_core.adapters.memory import MemoryCrm, MemoryStore
from workplaces_core.adapters.stores import FencedLease, Nothing
from workplaces_core.changes import Set
from workplaces_core.errors import CursorLost
from workplaces_core.work import live
from workplaces_core.work.leadership import Candidacy
from workplaces_core.work.sagas import name_of


def test_without_a_policy_nobody_has_a_role() -> None:
    service = DeskService(adapter=MemoryCrm(accounts(task("t1"))), store=MemoryStore(), clock=lambda: MORNING)

    assert service.take("anna") == Nothing("no_role", None)
    assert service.desk("anna").policy_version == 0


def test_a_policy_needs_a_greater_version() -> None:
    desk = office(task("t1"))

    with pytest.raises(PolicyError, match="greater than 1"):
        desk.service.publish(policy(1))
    assert desk.service.desk("anna").policy_version == 1


def test_a_policy_is_used_by_every_process_and_leaves_leases_alone() -> None:
    desk = office(task("t1"), task("t2"))
    first = desk.service
    lease = first.take("anna")
    desk.restarted().publish(policy(2, members=("boris",)), author="zoe", comment="less")

    assert first.desk("anna").policy_version == 2
    assert first.desk("anna").role is None
    assert first.desk("anna").current.task == lease.task
    versions = [(each.policy.version, each.author, each.comment) for each in first.policies()]
    assert versions == [(2, "zoe", "less"), (1, None, "")]


def test_work_goes_on_under_the_old_policy_while_a_new_one_is_prepared(monkeypatch) -> None:
    desk = office(task("t1"), task("t2"))
    working = desk.deaf()
    preparing, go_on = threading.Event(), threading.Event()

    def slow(*args):
        preparing.set()
        assert go_on.wait(20)
        return Engine(*args)

    monkeypatch.setattr(live, "Engine", slow)
    publishing = threading.Thread(target=working.publish, args=[policy(2)])
    publishing.start()
    assert preparing.wait(20)
    lease = working.take("anna")
    assert working.desk("anna").policy_version == 1
    go_on.set()
    publishing.join(20)

    assert working.desk("anna").policy_version == 2
    assert working.desk("anna").current.task == lease.task == "t1"


def test_a_process_that_has_lost_the_feed_reads_the_mirror_again() -> None:
    desk = office(task("t1"), task("t2"))
    following = desk.service
    desk.restarted().take("anna")
    old = desk.store.feed

    def lost(position, **more):
        desk.store.feed = old
        raise CursorLost("trimmed")

    desk.store.feed = lost

    assert [entry.task for entry in following.desk("boris").queue] == ["t2"]


def test_an_old_version_can_be_published_again() -> None:
    desk = office(task("t1"))
    desk.service.publish(policy(5, members=("boris",)))
    again = desk.service.republish(1, author="zoe")

    assert again.version == 6
    assert desk.service.desk("anna").role is not None
    with pytest.raises(PolicyError, match="`4`"):
        desk.service.republish(4)


def test_publishing_says_what_check_finds() -> None:
    published = office().service.publish(policy(2, members=()))

    assert "role_without_members" in {finding.code for finding in published.findings}


def test_a_preview_says_whose_next_task_changes_and_why_and_changes_nothing() -> None:
    desk = office(task("t1", "zoe"), task("t2"))
    before = list(desk.store.log())
    seen = desk.service.preview(policy(2, members=("boris",)))

    assert [(each.user, each.before, each.after) for each in seen.changes] == [("anna", "t1", None)]
    assert seen.unchanged == 2
    assert "not_a_member" in {code.code for role in seen.changes[0].before_why.roles for code in role.codes}
    assert list(desk.store.log()) == before
    assert desk.service.desk("anna").policy_version == 1


def test_a_store_names_itself_once() -> None:
    store = MemoryStore()
    assert name_of(store) == name_of(store) != name_of(MemoryStore())


def test_only_one_candidate_leads_and_a_dead_one_is_followed() -> None:
    now = [MORNING]
    store = MemoryStore(lambda: now[0])
    first, second = Candidacy(store.cells, "a"), Candidacy(store.cells, "b")
    assert first.lead()
    assert not second.lead()
    now[0] += timedelta(seconds=11)

    assert second.lead()
    assert not first.lead()


def test_many_threads_never_share_a_task() -> None:
    users = [f"u{n}" for n in range(20)]
    desk = office(*(task(f"t{n}") for n in range(20)), rules=policy(members=users))
    desk.crm.put(*(Set("user", attrs.evolve(desk.held("users", "anna"), id=user)) for user in users))
    desk.service.sync()
    services = [desk.service, desk.restarted(), desk.restarted()]
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda n: services[n % 3].take(users[n]), range(20)))

    assert all(isinstance(lease, FencedLease) for lease in found)
    assert len({lease.task for lease in found}) == 20
    assert len({lease.fence for lease in found}) == 20


# -- in the background -----------------------------------------------------------------------------------------


@pytest.fixture
def running():
    """Two processes on one store, both running; by the machine's clock, on a policy that is always active."""
    crm, store = MemoryCrm(accounts(task("t1", due=datetime.now(UTC).date()))), MemoryStore()
    services = [DeskService(adapter=crm, store=store, sync_seconds=0.05) for _ in range(2)]
    role = policy().roles[0]
    always = attrs.evolve(role.intervals[0], days=tuple(range(7)), start=0, end=24 * 60)
    services[0].publish(attrs.evolve(policy(), roles=(attrs.evolve(role, intervals=(always,)),)))
    for service in services:
        service.start()
    yield crm, store, services
    for service in services:
        service.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("workplaces-")]


def until(desks, holds):
    """Follow a watch until something holds; a watch that never shows it fails the run by its own time limit."""
    for desk in desks:
        if holds(desk):
            return desk
    raise AssertionError("the watch ended")


def test_a_change_in_the_crm_reaches_the_watch_of_every_process(running) -> None:
    crm, _, (first, second) = running
    desks = [first.watch("anna"), second.watch("anna")]
    crm.put(Set("task", task("new", due=datetime.now(UTC).date(), text="new")))

    for watched in desks:
        until(watched, lambda desk: {"t1", "new"} == {entry.task for entry in desk.queue})


def test_taking_sets_off_the_transfer_and_the_other_process_sees_it(running) -> None:
    crm, _, (first, second) = running
    watched = second.watch("boris")
    next(watched)
    lease = first.take("anna")
    until(watched, lambda desk: not desk.queue)
    until(first.watch("anna"), lambda desk: desk.lease is not None and desk.transfer is None)

    assert lease.task == "t1"
    assert crm.snapshot.tasks["t1"].responsible == "anna"


def test_it_is_told_how_many_processes_use_a_policy(running) -> None:
    _, _, (first, second) = running
    until(first.watch("anna"), lambda _: first.applied(1).applied == 2)
    first.publish(attrs.evolve(first.policy, version=2))
    until(second.watch("anna"), lambda desk: desk.policy_version == 2)
    second.stop()

    assert first.applied(2).processes == 1


def test_a_crm_that_is_gone_for_a_while_stops_nothing(running) -> None:
    crm, _, (first, _) = running
    crm.faults.fail(CrmUnavailable("503"), times=5)
    crm.put(Set("task", task("new", due=datetime.now(UTC).date())))

    until(first.watch("anna"), lambda desk: len(desk.queue) == 2)


def test_stopping_ends_the_watches() -> None:
    desk = office(task("t1"))
    service = desk.service
    service.start()
    watched = service.watch("anna")
    next(watched)
    ended = threading.Thread(target=lambda: list(watched))
    ended.start()
    service.stop()
    ended.join(10)

    assert not ended.is_alive()
