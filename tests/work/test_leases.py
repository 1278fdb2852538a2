"""Leases: one task, one person, whatever is asked in whatever order (semantics, section 9)."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import attrs
import pytest

from tests.work.office import MORNING, TODAY, office, policy, task
from workplaces_core import InvalidInput, KeyReused, NotAllowed, NotYours, StaleFence, wire
from workplaces_core.adapters.stores import FencedLease, Nothing
from workplaces_core.changes import Remove
from workplaces_core.model import Skip


def ids(lease) -> str:
    assert isinstance(lease, FencedLease)
    return lease.task


def test_take_leases_the_head_of_the_queue() -> None:
    desk = office(task("t2", due=date(2026, 11, 23)), task("t1"))

    lease = desk.service.take("anna")

    assert ids(lease) == "t2"
    assert (lease.since, lease.expires) == (MORNING, MORNING + timedelta(minutes=15))
    assert (lease.role, lease.priority) == ("sales", "common")


def test_taking_again_gives_the_lease_one_has() -> None:
    desk = office(task("t1"), task("t2"))

    assert desk.service.take("anna") == desk.service.take("anna")
    assert desk.events() == ["taken"]


def test_two_employees_never_get_the_same_task() -> None:
    desk = office(task("t1"), task("t2"))

    assert {ids(desk.service.take("anna")), ids(desk.service.take("boris"))} == {"t1", "t2"}


def test_a_process_that_lags_behind_gets_the_next_task() -> None:
    desk = office(task("t1"), task("t2"))
    slow = desk.deaf()
    desk.restarted().take("anna")

    assert ids(slow.take("boris")) == "t2"


def test_a_task_that_has_changed_since_it_was_chosen_is_decided_upon_again() -> None:
    desk = office(task("t1", "anna"), task("t2", "anna"), rules=policy(exact=True))
    slow = desk.deaf()
    desk.edit("task", task("t1", "anna", due=date(2026, 12, 24)))
    desk.restarted().sync()

    assert ids(slow.take("anna")) == "t2"


def test_nothing_says_that_there_is_no_role_and_when_the_next_begins() -> None:
    desk = office(task("t1"))
    desk.later(hours=12)

    assert desk.service.take("anna") == Nothing("no_role", MORNING + timedelta(hours=23))


def test_nothing_says_when_the_next_hidden_task_opens() -> None:
    call = MORNING + timedelta(hours=2)
    desk = office(task("call", "anna", due=call), rules=policy(exact=True))

    assert desk.service.take("anna") == Nothing("nothing_to_do", call - timedelta(minutes=5))


def test_nothing_says_when_a_skip_ends() -> None:
    desk = office(task("t1"), allow_skip=True)
    lease = desk.service.take("anna")
    desk.service.skip("anna", lease.fence, minutes=20, reason="no answer")

    assert desk.service.take("anna") == Nothing("nothing_to_do", MORNING + timedelta(minutes=20))


def test_somebody_without_a_role_is_given_nothing() -> None:
    assert office(task("t1")).service.take("zoe") == Nothing("no_role", None)


def test_a_renewed_lease_lasts_on_and_an_unrenewed_one_expires() -> None:
    desk = office(task("t1", "anna"))
    lease = desk.service.take("anna")
    desk.later(minutes=10)
    renewed = desk.service.renew("anna", lease.fence)
    desk.later(minutes=14)
    assert desk.service.desk("anna").current.task == "t1"
    desk.later(minutes=1)

    assert renewed.expires == desk.now
    assert desk.service.desk("anna").current is None
    assert desk.service.run_due().expired == 1
    assert desk.events() == ["taken", "expired"]
    assert [notice.event for notice in desk.service.desk("anna").notices] == ["expired"]


def test_renewing_never_makes_a_lease_shorter() -> None:
    desk = office(task("t1"))
    lease = desk.service.take("anna")

    assert desk.restarted(lease_minutes=1).renew("anna", lease.fence).expires == lease.expires


def test_an_expired_task_is_taken_over_and_the_takeover_is_recorded() -> None:
    desk = office(task("t1"))
    first = desk.service.take("anna")
    desk.later(minutes=15)
    second = desk.service.take("boris")

    assert ids(second) == "t1"
    assert second.fence > first.fence
    assert [record.event for record in desk.store.log(task="t1") if record.user == "anna"][:2] == ["taken", "expired"]
    with pytest.raises(StaleFence, match="expired"):
        desk.service.finish("anna", first.fence, result="late")
    assert desk.crm.results == {}


@pytest.mark.parametrize("act", ["renew", "finish", "postpone", "release", "skip"])
def test_an_old_fence_is_refused_and_nothing_happens(act) -> None:
    desk = office(task("t1"), allow_skip=True)
    lease = desk.service.take("anna")
    desk.service.release("anna", lease.fence)
    before = desk.crm.snapshot
    more = {"postpone": {"due": TODAY}}.get(act, {})

    with pytest.raises(StaleFence, match="has ended: released") as refused:
        getattr(desk.service, act)("anna", lease.fence, **more)

    assert refused.value.lease_ended == "released"
    assert desk.crm.snapshot == before


@pytest.mark.parametrize("act", ["renew", "finish", "release"])
def test_somebody_elses_lease_is_not_ones_own(act) -> None:
    desk = office(task("t1"))
    lease = desk.service.take("anna")

    with pytest.raises(NotYours):
        getattr(desk.service, act)("boris", lease.fence)


def test_a_fence_that_never_was_is_stale() -> None:
    with pytest.raises(StaleFence, match="`77`"):
        office(task("t1")).service.finish("anna", 77)


def test_finishing_completes_the_task_in_the_crm_and_ends_the_lease() -> None:
    desk = office(task("t1"), task("t2"))
    lease = desk.service.take("anna")

    record = desk.service.finish("anna", lease.fence, result="agreed")

    assert record.event == "finished"
    assert desk.held("tasks", "t1").completed
    assert desk.crm.results == {"t1": ["agreed"]}
    assert desk.service.desk("anna").current is None
    assert ids(desk.service.take("anna")) == "t2"


@pytest.mark.parametrize("due", [date(2026, 11, 30), MORNING + timedelta(hours=3)])
def test_postponing_moves_the_task_in_the_crm_and_ends_the_lease(due) -> None:
    desk = office(task("t1"))
    lease = desk.service.take("anna")

    assert desk.service.postpone("anna", lease.fence, due=due).event == "postponed"
    assert desk.held("tasks", "t1").due == due
    assert desk.service.desk("anna").current is None


def test_a_naive_due_is_refused() -> None:
    desk = office(task("t1"))
    lease = desk.service.take("anna")

    with pytest.raises(ValueError, match="time zone"):
        desk.service.postpone("anna", lease.fence, due=MORNING.replace(tzinfo=None))


def test_what_no_crm_can_hold_is_refused_before_it_is_recorded() -> None:
    desk = office(task("t1"), allow_skip=True)
    fence = desk.service.take("anna").fence
    late = datetime(2199, 12, 31, 23, tzinfo=timezone(timedelta(hours=-3)))

    for due in (date(2200, 1, 1), date(1969, 12, 31), late):
        with pytest.raises(InvalidInput, match=r"due: .* years 1970 to 2199"):
            desk.service.postpone("anna", fence, due=due)
    for path, act in (
        ("result", lambda: desk.service.finish("anna", fence, result="\ud800")),
        ("reason", lambda: desk.service.release("anna", fence, reason="\ud800")),
        ("reason", lambda: desk.service.skip("anna", fence, reason="\ud800")),
        ("key", lambda: desk.service.finish("anna", fence, key="\ud800")),
        ("key", lambda: desk.service.take("anna", key="\ud800")),
    ):
        with pytest.raises(InvalidInput, match=rf"{path}: .* without lone surrogates"):
            act()
    assert [saga.kind for saga in desk.store.sagas(open_only=False)] == ["transfer"]
    assert desk.service.finish("anna", fence).event == "finished"


def test_a_released_task_returns_to_its_place() -> None:
    desk = office(task("t1"), task("t2"))
    lease = desk.service.take("anna")
    desk.service.release("anna", lease.fence, reason="wrong number")

    assert ids(desk.service.take("boris")) == "t1"
    (released,) = desk.store.log(events=["released"])
    assert released.details == {"reason": "wrong number"}


def test_a_skipped_task_is_not_seen_for_a_while_by_who_skipped_it() -> None:
    desk = office(task("t1"), task("t2"), allow_skip=True)
    lease = desk.service.take("anna")
    desk.service.skip("anna", lease.fence, minutes=20)

    assert ids(desk.service.take("anna")) == "t2"
    assert ids(desk.service.take("boris")) == "t1"


def test_skipping_is_off_unless_allowed() -> None:
    desk = office(task("t1"))
    lease = desk.service.take("anna")

    with pytest.raises(NotAllowed, match="allow_skip"):
        desk.service.skip("anna", lease.fence)


def test_a_skip_that_the_process_has_not_heard_of_still_counts() -> None:
    desk = office(task("t1"))
    slow = desk.deaf()
    skipping = desk.restarted(allow_skip=True)
    skipping.skip("anna", skipping.take("anna").fence)

    assert isinstance(slow.take("anna"), Nothing)


# -- repeated commands -------------------------------------------------------------------------------------


def test_a_repeated_key_gives_the_first_answer_again() -> None:
    desk = office(task("t1"), task("t2"), allow_skip=True)
    service = desk.service
    lease = service.take("anna", key="k1")
    finished = service.finish("anna", lease.fence, result="done", key="k2")
    other = service.take("anna", key="k3")
    released = service.release("anna", other.fence, reason="r", key="k4")
    again = service.take("anna", key="k5")
    skipped = service.skip("anna", again.fence, reason="s", minutes=5, key="k6")
    nothing = service.take("anna", key="k7")
    count = len(list(desk.store.log()))

    assert service.take("anna", key="k1") == lease
    assert service.finish("anna", lease.fence, result="done", key="k2") == finished
    assert service.take("anna", key="k3") == other
    assert service.release("anna", other.fence, reason="r", key="k4") == released
    assert service.skip("anna", again.fence, reason="s", minutes=5, key="k6") == skipped
    assert isinstance(nothing, Nothing)
    assert service.take("anna", key="k7") == nothing
    assert len(list(desk.store.log())) == count
    assert desk.crm.results == {"t1": ["done"]}


def test_that_there_was_nothing_is_an_answer_that_stays() -> None:
    desk = office()
    nothing = desk.service.take("anna", key="k")
    desk.edit("task", task("new"))
    desk.service.sync()

    assert desk.service.take("anna", key="k") == nothing
    assert ids(desk.service.take("anna", key="another")) == "new"


def test_a_key_of_another_command_is_refused() -> None:
    desk = office(task("t1"))
    lease = desk.service.take("anna", key="k")

    with pytest.raises(KeyReused, match="`k`"):
        desk.service.finish("anna", lease.fence, key="k")


def test_keys_of_two_users_have_nothing_to_do_with_each_other() -> None:
    desk = office(task("t1"), task("t2"))

    assert desk.service.take("anna", key="k") != desk.service.take("boris", key="k")


# -- changes in the CRM beneath us -------------------------------------------------------------------------


def taken_away(desk, change) -> list[str]:
    desk.service.take("anna")
    desk.crm.put(change) if isinstance(change, Remove) else desk.edit("task", change)
    desk.service.sync()
    shown = desk.service.desk("anna")
    assert shown.current is None
    return [notice.event for notice in shown.notices]


def test_a_task_that_is_completed_in_the_crm_ends_its_lease() -> None:
    assert taken_away(office(task("t1", "anna")), task("t1", "anna", completed=True)) == ["completed"]


def test_a_task_that_is_deleted_in_the_crm_ends_its_lease() -> None:
    assert taken_away(office(task("t1", "anna")), Remove("task", "t1")) == ["deleted"]


def test_a_task_that_is_given_to_somebody_else_ends_its_lease() -> None:
    assert taken_away(office(task("t1", "anna")), task("t1", "zoe")) == ["reassigned"]


def test_other_changes_of_a_task_do_not_end_its_lease() -> None:
    desk = office(task("t1", "gone"))
    desk.service.take("anna")
    desk.edit("task", attrs.evolve(desk.held("tasks", "t1"), text="another text"))
    desk.service.sync()

    assert desk.service.desk("anna").current.task == "t1"


def test_a_notice_stays_until_it_is_read() -> None:
    desk = office(task("t1", "anna"), task("t2"))
    taken_away(desk, task("t1", "anna", completed=True))
    desk.service.take("anna")
    (notice,) = desk.service.desk("anna").notices
    assert (notice.task, notice.title) == ("t1", "text of t1")

    desk.service.dismiss("anna", notice.number)

    assert desk.service.desk("anna").notices == ()


# -- what the log and the desk say -------------------------------------------------------------------------


def test_a_hand_out_is_recorded_with_its_decision() -> None:
    desk = office(task("t1"), task("t2"))
    lease = desk.service.take("anna")
    (record,) = desk.store.log(events=["taken"])

    assert (record.user, record.task, record.fence, record.at) == ("anna", "t1", lease.fence, MORNING)
    assert record.details["policy_version"] == 1
    assert [record.details[name] for name in ("role", "priority", "lane")] == ["sales", "common", "priority"]
    assert [part["part"] for part in record.details["key"]] == ["lane", "priority", "bucket", "due", "created", "id"]
    assert record.details["passed_over"] == []


def test_those_who_were_faster_are_recorded_as_passed_over() -> None:
    desk = office(task("t1"), task("t2"))
    slow = desk.deaf()
    desk.restarted().take("anna")
    slow.take("boris")

    assert next(iter(desk.store.log(user="boris"))).details["passed_over"] == ["t1"]


def test_the_desk_of_the_service_is_that_of_the_engine_and_dumps_alike() -> None:
    desk = office(task("t1"), task("t2"))
    desk.service.take("anna")
    shown = desk.service.desk("anna")

    assert wire.dump(shown) == wire.dump(desk.service._live.engine.desk("anna", now=desk.now))
    assert shown.lease.task == shown.current.task == "t1"


def test_a_skip_is_part_of_the_mirror() -> None:
    desk = office(task("t1"), allow_skip=True)
    desk.service.skip("anna", desk.service.take("anna").fence, minutes=20)

    held = [change.value for change in desk.store.entities() if change.kind == "skip"]
    assert held == [Skip("t1", "anna", MORNING + timedelta(minutes=20))]
