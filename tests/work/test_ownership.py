"""Ownership of what was taken from a common queue: recorded steps, resumed after any fault (semantics, section 10)."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import pytest

from tests.work.office import TODAY, Office, office, policy, task
from workplaces_core import CrmUnavailable, NotAllowed, StaleFence
from workplaces_core.adapters.faults import _Fault, _raising
from workplaces_core.changes import Remove
from workplaces_core.model import Contact, Subject

ON_DEAL = Subject("deal", "d1")
STEPS = [("task", "t1"), ("deal", "d1"), ("contact", "c1"), ("contact", "c2")]


class Killed(BaseException):
    """The process dies here."""


def taken(*, linked: bool = True, subject: Subject | None = ON_DEAL) -> Office:
    desk = office(task("t1", subject=subject), rules=policy(linked=linked))
    desk.service.take("anna")
    return desk


def owners(desk: Office) -> dict[str, str | None]:
    found = desk.crm.snapshot
    held: list[Any] = [
        *found.tasks.values(),
        *found.deals.values(),
        *found.contacts.values(),
        *found.companies.values(),
    ]
    return {entity.id: entity.responsible for entity in held}


def writes(desk: Office) -> list[tuple]:
    return [call[1:] for call in desk.crm.calls if call[0] == "set_responsible"]


def changed(desk: Office) -> list[str]:
    return [name for name, owner in owners(desk).items() if owner == "anna"]


def transfer(desk: Office):
    (saga,) = [saga for saga in desk.store.sagas(open_only=False) if saga.kind == "transfer"]
    return saga


def settle(desk: Office) -> None:
    """Go on until nothing is open any more."""
    for _ in range(20):
        desk.later(minutes=1)
        desk.service.run_due()
        if not desk.store.sagas():
            return
    raise AssertionError(desk.store.sagas())


@pytest.mark.parametrize(
    ("linked", "subject", "expected"),
    [
        (True, ON_DEAL, ["t1", "d1", "c1", "c2"]),
        (False, ON_DEAL, ["t1", "d1"]),
        (True, None, ["t1"]),
        (True, Subject("contact", "c1"), ["t1", "c1"]),
        (False, Subject("contact", "c1"), ["t1"]),
        (True, Subject("company", "o1"), ["t1", "o1"]),
        (False, Subject("company", "o1"), ["t1"]),
        (True, Subject("deal", "absent"), ["t1"]),
    ],
)
def test_what_changes_hands_and_in_which_order(linked, subject, expected) -> None:
    desk = taken(linked=linked, subject=subject)
    desk.service.run_due()

    assert changed(desk) == expected
    assert [call[1] for call in writes(desk)] == expected
    assert transfer(desk).state == "done"


def test_an_own_task_changes_nothing() -> None:
    desk = office(task("t1", "anna", subject=ON_DEAL))
    desk.service.take("anna")
    desk.service.run_due()

    assert writes(desk) == []
    assert desk.store.sagas(open_only=False) == []


def test_what_is_the_takers_already_is_left_alone() -> None:
    desk = office(task("t1", subject=ON_DEAL))
    desk.edit("contact", attrs.evolve(desk.held("contacts", "c1"), responsible="anna"))
    desk.service.sync()
    desk.service.take("anna")
    desk.service.run_due()

    assert [call[1] for call in writes(desk)] == ["t1", "d1", "c2"]


def test_the_desk_says_that_the_task_is_being_assigned() -> None:
    desk = taken()
    assert desk.service.desk("anna").transfer.state == "transferring"
    desk.service.run_due()

    assert desk.service.desk("anna").transfer is None
    assert desk.store.run(lambda tx: tx.entity("task", "t1")).responsible == "anna"


@pytest.mark.parametrize("after", range(len(STEPS)))
def test_a_fault_of_the_crm_at_any_step_is_made_up_for(after) -> None:
    desk = taken()
    desk.crm.faults.fail(CrmUnavailable("500"), times=3, method="set_responsible", after=after)
    desk.service.run_due()
    assert transfer(desk).state == "transferring"
    assert transfer(desk).trouble == "500"
    settle(desk)

    assert changed(desk) == ["t1", "d1", "c1", "c2"]
    assert len(writes(desk)) == len(STEPS)


@pytest.mark.parametrize("after", range(len(STEPS)))
def test_an_answer_that_is_lost_at_any_step_does_no_harm(after) -> None:
    desk = taken()
    desk.crm.faults.lose_answers(method="set_responsible", after=after)
    settle(desk)

    assert transfer(desk).state == "done"
    assert changed(desk) == ["t1", "d1", "c1", "c2"]


@pytest.mark.parametrize("after", range(len(STEPS)))
@pytest.mark.parametrize("lost", [False, True])
def test_a_process_that_dies_at_any_step_is_replaced_by_another(after, lost) -> None:
    desk = taken()

    def die(*_args, **_more):
        raise Killed

    if lost:  # it dies after the CRM has done its part
        desk.crm.faults._script.append(_dying_after(after))
    else:
        desk.crm.faults.fail(Killed(), method="set_responsible", after=after)
    with pytest.raises(Killed):
        desk.service.run_due()
    confirmed = [step.state for step in transfer(desk).steps].count("done")
    before = writes(desk)
    desk.restarted()
    settle(desk)

    assert confirmed == after
    assert transfer(desk).state == "done"
    assert changed(desk) == ["t1", "d1", "c1", "c2"]
    assert not {call[1] for call in before[:confirmed]} & {call[1] for call in writes(desk)[len(before) :]}


def _dying_after(after: int):
    return _Fault("set_responsible", 1, after, then=_raising(Killed()))  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "name"), STEPS)
def test_a_colleague_who_was_faster_wins_and_the_lease_ends(kind, name) -> None:
    desk = taken()
    collection = {"task": "tasks", "deal": "deals", "contact": "contacts"}[kind]
    desk.edit(kind, attrs.evolve(desk.held(collection, name), responsible="zoe"))
    desk.service.run_due()
    shown = desk.service.desk("anna")

    assert owners(desk)[name] == "zoe"
    assert transfer(desk).state == "lost_race"
    assert shown.current is None
    assert [(notice.event, notice.details["responsible"]) for notice in shown.notices] == [("lost_race", "zoe")]
    assert desk.events() == ["taken", "transfer_lost", "lost_race"]


@pytest.mark.parametrize(("kind", "name"), STEPS)
def test_a_step_that_can_never_succeed_ends_the_transfer_visibly(kind, name) -> None:
    desk = taken()
    desk.crm.forbid(kind, name, "no rights")
    desk.service.run_due()
    (alert,) = desk.service.alerts()
    position = [step[1] for step in STEPS].index(name)

    assert (alert.state, alert.trouble) == ("partly_transferred", "no rights")
    assert [step.state for step in alert.steps] == ["done"] * position + ["failed"] + ["pending"] * (3 - position)
    assert changed(desk) == [step[1] for step in STEPS[:position]]
    assert desk.service.desk("anna").current.task == "t1"
    assert desk.service.desk("anna").transfer == alert


def test_an_entity_that_is_gone_ends_the_transfer() -> None:
    desk = taken()
    desk.crm.put(Remove("contact", "c2"))
    desk.service.run_due()

    assert transfer(desk).state == "partly_transferred"
    assert desk.store.run(lambda tx: tx.entity("contact", "c2")) is None


@pytest.mark.parametrize("how", ["deleted", "completed"])
def test_a_task_that_is_gone_ends_the_lease_too(how) -> None:
    desk = taken()
    if how == "deleted":
        desk.crm.put(Remove("task", "t1"))
    else:
        desk.edit("task", attrs.evolve(desk.held("tasks", "t1"), completed=True))
    desk.service.run_due()
    shown = desk.service.desk("anna")

    assert shown.current is None
    assert [notice.event for notice in shown.notices] == [how]


def test_what_a_failed_transfer_changed_can_be_given_back() -> None:
    desk = taken()
    desk.crm.forbid("contact", "c1")
    desk.service.run_due()
    (failed,) = desk.service.alerts()
    undone = desk.service.compensate(failed.id)

    assert undone.state == "done"
    assert changed(desk) == []
    assert [call[1] for call in writes(desk)[-2:]] == ["d1", "t1"]
    assert desk.events()[-1] == "compensated"
    assert desk.service.alerts() == []


def test_nothing_is_given_back_of_a_transfer_that_went_well() -> None:
    desk = taken()
    desk.service.run_due()

    with pytest.raises(NotAllowed, match="`done`"):
        desk.service.compensate(transfer(desk).id)


def test_a_colleagues_later_change_is_not_undone() -> None:
    desk = taken()
    desk.crm.forbid("contact", "c1")
    desk.service.run_due()
    desk.edit("deal", attrs.evolve(desk.held("deals", "d1"), responsible="zoe"))
    (failed,) = desk.service.alerts()
    desk.service.compensate(failed.id)

    assert owners(desk)["d1"] == "zoe"


# -- finishing and postponing through a CRM that fails ----------------------------------------------------------


@pytest.mark.parametrize("act", ["finish", "postpone"])
@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("key", ["k", None])
def test_a_wish_that_the_crm_could_not_hear_is_heard_when_it_is_repeated(act, lost, key) -> None:
    desk = office(task("t1", "anna"))
    lease = desk.service.take("anna")
    method = {"finish": "complete"}.get(act, act)
    if lost:
        desk.crm.faults.lose_answers(method=method)
    else:
        desk.crm.faults.fail(CrmUnavailable("503"), method=method)
    more = {"due": date(2026, 12, 1)} if act == "postpone" else {"result": "ok"}
    with pytest.raises(CrmUnavailable):
        getattr(desk.service, act)("anna", lease.fence, key=key, **more)
    assert desk.service.desk("anna").current.task == "t1"

    record = getattr(desk.service, act)("anna", lease.fence, key=key, **more)

    assert record.event == {"finish": "finished", "postpone": "postponed"}[act]
    assert desk.service.desk("anna").current is None
    assert act == "postpone" or desk.crm.results == {"t1": ["ok"]}
    assert len(desk.store.sagas(open_only=False)) == 1


def test_a_wish_that_nobody_repeats_is_made_true_all_the_same() -> None:
    desk = office(task("t1", "anna"))
    lease = desk.service.take("anna")
    desk.crm.faults.fail(CrmUnavailable("503"), method="complete")
    with pytest.raises(CrmUnavailable):
        desk.service.finish("anna", lease.fence, result="ok", key="k")
    desk.restarted()
    settle(desk)

    assert desk.crm.results == {"t1": ["ok"]}
    assert desk.events() == ["taken", "finished"]
    assert desk.service.finish("anna", lease.fence, result="ok", key="k").event == "finished"


def test_giving_back_takes_the_place_of_a_wish_that_was_not_told_yet() -> None:
    desk = office(task("t1", "anna"))
    lease = desk.service.take("anna")
    desk.crm.faults.fail(CrmUnavailable("503"), method="complete")
    with pytest.raises(CrmUnavailable):
        desk.service.finish("anna", lease.fence, result="ok")
    desk.service.release("anna", lease.fence, reason="not done after all")
    settle_nothing(desk)

    assert desk.crm.results == {}
    assert desk.events() == ["taken", "released"]


def settle_nothing(desk: Office) -> None:
    desk.later(minutes=5)
    desk.service.run_due()
    assert desk.store.sagas() == []


@pytest.mark.parametrize("how", ["deleted", "completed"])
def test_what_ended_in_the_crm_cannot_be_postponed(how) -> None:
    desk = office(task("t1", "anna"))
    lease = desk.service.take("anna")
    if how == "deleted":
        desk.crm.put(Remove("task", "t1"))
    else:
        desk.edit("task", task("t1", "anna", completed=True))

    with pytest.raises(StaleFence, match=how) as refused:
        desk.service.postpone("anna", lease.fence, due=date(2026, 12, 1))
    assert refused.value.lease_ended == how


def test_a_lease_does_not_expire_while_its_wish_is_still_to_be_told() -> None:
    desk = office(task("t1", "anna"), task("t2"))
    lease = desk.service.take("anna")
    desk.crm.faults.fail(CrmUnavailable("503"), times=100, method="complete")
    with pytest.raises(CrmUnavailable):
        desk.service.finish("anna", lease.fence, result="ok")
    desk.later(hours=2)
    desk.service.run_due()
    assert desk.service.take("boris").task == "t2"
    desk.crm.faults.clear()
    settle(desk)

    assert desk.events(task="t1") == ["taken", "finished"]


def test_what_the_crm_refuses_is_said_and_the_lease_stays() -> None:
    desk = office(task("t1", "anna"))
    lease = desk.service.take("anna")
    desk.crm.forbid("task", "t1", "no rights")

    with pytest.raises(NotAllowed, match="no rights"):
        desk.service.finish("anna", lease.fence, key="k")
    with pytest.raises(NotAllowed, match="no rights"):
        desk.service.finish("anna", lease.fence, key="k")
    assert desk.service.desk("anna").current.task == "t1"
    assert [notice.event for notice in desk.service.desk("anna").notices] == ["refused"]


def test_finishing_goes_after_the_transfer_of_the_same_task() -> None:
    desk = taken()
    lease = desk.service.desk("anna").lease
    desk.service.finish("anna", lease.fence, result="ok")

    assert [call[0] for call in desk.crm.calls] == ["set_responsible"] * 4 + ["complete"]
    assert transfer(desk).state == "done"


def test_a_task_that_is_taken_over_belongs_to_who_works_on_it() -> None:
    desk = taken()
    desk.crm.faults.fail(CrmUnavailable("503"), times=1, method="set_responsible", after=1)
    desk.service.run_due()
    desk.later(minutes=15)
    desk.service.take("boris")
    settle(desk)

    assert owners(desk)["t1"] == "boris"
    assert owners(desk)["d1"] == "boris"
    states = {saga.user: saga.state for saga in desk.store.sagas(open_only=False)}
    assert states == {"anna": "lost_race", "boris": "done"}


def test_an_adapter_that_fails_as_none_may_keeps_nobody_else_waiting(monkeypatch) -> None:
    desk = office(task("t1", "anna"), task("t2"))
    lease = desk.service.take("anna")
    taken = desk.service.take("boris")
    complete = desk.crm.complete

    def broken(task_id, **more):
        raise ValueError("a mistake in the adapter")

    monkeypatch.setattr(desk.crm, "complete", broken)
    with pytest.raises(CrmUnavailable, match="ValueError: a mistake in the adapter"):
        desk.service.finish("anna", lease.fence)
    desk.later(seconds=30)
    desk.service.run_due()

    assert desk.held("tasks", "t2").responsible == "boris"
    (stuck,) = desk.service.alerts()
    assert (stuck.task, stuck.is_open) == ("t1", True)
    monkeypatch.setattr(desk.crm, "complete", complete)
    desk.later(seconds=60)
    desk.service.run_due()
    assert desk.held("tasks", "t1").completed
    assert taken.task == "t2"


@pytest.mark.parametrize("act", ["finish", "postpone"])
@pytest.mark.parametrize("how", ["reassigned", "lost_race"])
def test_a_wish_ends_with_its_lease(act, how) -> None:
    desk = office(task("t1", "gone", subject=Subject("contact", "c1")))
    lease = desk.service.take("anna")
    method, more = {"finish": ("complete", {}), "postpone": ("postpone", {"due": date(2026, 12, 1)})}[act]
    desk.crm.faults.fail(CrmUnavailable("503"), method=method)
    if how == "reassigned":
        desk.service.run_due()
        with pytest.raises(CrmUnavailable):
            getattr(desk.service, act)("anna", lease.fence, **more)
        desk.edit("task", attrs.evolve(desk.held("tasks", "t1"), responsible="boris"))
        desk.service.sync()
    else:
        desk.edit("contact", Contact("c1", "Main", "zoe"))
    with pytest.raises(StaleFence) as refused:
        getattr(desk.service, act)("anna", lease.fence, key="k", **more)
    taken = desk.service.take("boris")
    settle_nothing(desk)

    assert refused.value.lease_ended == how
    assert (taken.task, desk.held("tasks", "t1").completed, desk.held("tasks", "t1").due) == ("t1", False, TODAY)
    assert [event for event in desk.events() if event in {"finished", "postponed", "completed"}] == []


def test_what_was_on_its_way_when_its_lease_ended_ends_the_lease_that_it_meets(monkeypatch) -> None:
    desk = office(task("t1", "gone"))
    lease = desk.service.take("anna")
    desk.service.run_due()
    complete = desk.crm.complete

    def meanwhile(task_id, **more):
        desk.edit("task", attrs.evolve(desk.held("tasks", "t1"), responsible="boris"))
        desk.service.sync()
        assert desk.service.take("boris").task == "t1"
        return complete(task_id, **more)

    monkeypatch.setattr(desk.crm, "complete", meanwhile)
    with pytest.raises(StaleFence, match="reassigned"):
        desk.service.finish("anna", lease.fence)

    assert desk.events() == ["taken", "transferred", "reassigned", "taken", "completed"]
    assert [notice.event for notice in desk.service.desk("boris").notices] == ["completed"]
    assert desk.service.take("boris").reason == "nothing_to_do"


def test_his_own_task_comes_back_from_a_transfer_that_was_not_answered() -> None:
    desk = office(task("t1", "boris"))
    lease = desk.service.take("anna")
    desk.crm.faults.lose_answers(method="set_responsible")
    desk.service.run_due()
    assert desk.held("tasks", "t1").responsible == "anna"
    desk.service.release("anna", lease.fence)
    taken = desk.service.take("boris")
    settle_nothing(desk)
    desk.service.sync()

    assert desk.held("tasks", "t1").responsible == "boris"
    assert desk.service.desk("boris").current.task == taken.task
    assert desk.events()[-1] == "transferred"


def test_giving_back_says_of_what_the_crm_was_asked_and_has_not_answered() -> None:
    desk = office(task("t1", "anna"), allow_skip=True)
    lease = desk.service.take("anna")
    desk.crm.faults.lose_answers(method="complete")
    with pytest.raises(CrmUnavailable):
        desk.service.finish("anna", lease.fence, key="k")
    record = desk.service.release("anna", lease.fence)

    assert record.details == {"reason": "", "unanswered": "finish"}
    with pytest.raises(StaleFence, match="released"):
        desk.service.finish("anna", lease.fence, key="k")


def test_a_task_gone_from_a_full_reading_while_its_finish_is_unanswered_was_finished() -> None:
    desk = office(task("t1", "anna"))
    lease = desk.service.take("anna")
    desk.crm.faults.lose_answers(method="complete")
    with pytest.raises(CrmUnavailable):
        desk.service.finish("anna", lease.fence, key="k")
    desk.service.sync(everything=True)

    assert desk.service.finish("anna", lease.fence, key="k").event == "finished"
    assert desk.events() == ["taken", "finished"]


def test_a_wish_in_whose_place_another_came_says_so() -> None:
    desk = office(task("t1", "anna"))
    lease = desk.service.take("anna")
    desk.crm.faults.fail(CrmUnavailable("503"), times=2)
    with pytest.raises(CrmUnavailable):
        desk.service.finish("anna", lease.fence, key="k")
    with pytest.raises(CrmUnavailable):
        desk.service.postpone("anna", lease.fence, due=date(2026, 12, 1))

    with pytest.raises(NotAllowed, match="another wish came in the place of this one"):
        desk.service.finish("anna", lease.fence, key="k")


def test_a_wish_on_its_way_when_its_lease_ended_is_not_sent_again_after_its_worker_died(monkeypatch) -> None:
    desk = office(task("t1", "gone"))
    lease = desk.service.take("anna")
    desk.service.run_due()
    complete = desk.crm.complete

    def dies(task_id, **more):
        desk.edit("task", attrs.evolve(desk.held("tasks", "t1"), responsible="boris"))
        desk.service.sync()
        raise Killed

    monkeypatch.setattr(desk.crm, "complete", dies)
    with pytest.raises(Killed):
        desk.service.finish("anna", lease.fence)
    monkeypatch.setattr(desk.crm, "complete", complete)
    assert desk.service.take("boris").task == "t1"
    settle_nothing(desk)

    assert not desk.held("tasks", "t1").completed
