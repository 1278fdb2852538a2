"""Several workers at one transfer: one at a time, replaced when it is dead, harmless when it was only slow."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from time import monotonic, sleep

import attrs
import pytest

from tests.work.office import Office, office, task
from workplaces_core import CrmUnavailable
from workplaces_core.adapters.stores import Saga, Step
from workplaces_core.model import Subject
from workplaces_core.work import claims
from workplaces_core.work.commands import begin
from workplaces_core.work.sagas import claim

HOUR = timedelta(hours=1)
OWNED = (("tasks", "t1"), ("deals", "d1"))


def taken() -> Office:
    desk = office(task("t1", subject=Subject("deal", "d1")))
    desk.service.take("anna")
    return desk


def waited_for(condition) -> bool:
    deadline = monotonic() + 20
    while not condition() and monotonic() < deadline:
        sleep(0.005)
    return bool(condition())


def writes(desk: Office) -> list[tuple]:
    return [call[2:] for call in desk.crm.calls if call[0] == "set_responsible"]


def test_what_one_worker_is_at_no_other_touches() -> None:
    desk = taken()
    first, second = desk.service, desk.restarted()
    desk.crm.faults.meanwhile(second.run_due, method="set_responsible", after=1)
    first.run_due()

    assert [call[0] for call in writes(desk)] == ["t1", "d1", "c1", "c2"]


@pytest.mark.parametrize("after", range(4))
def test_a_worker_that_was_only_slow_changes_nothing_any_more(after) -> None:
    desk = taken()
    slow, second = desk.service, desk.restarted()

    def overtake() -> None:
        desk.later(seconds=16)
        second.run_due()

    desk.crm.faults.meanwhile(overtake, method="set_responsible", after=after)
    slow.run_due()

    assert [saga.state for saga in desk.store.sagas(open_only=False)] == ["done"]
    assert desk.events().count("transferred") == 1
    assert desk.held("contacts", "c2").responsible == "anna"


def test_a_worker_that_waits_for_a_slow_crm_keeps_its_claim(monkeypatch) -> None:
    monkeypatch.setattr(claims, "_SIGN_SECONDS", 0.005)
    desk = taken()
    slow, second = desk.service, desk.restarted()

    def wait_long() -> None:
        for _ in range(3):
            desk.later(seconds=10)
            assert waited_for(lambda: desk.store.sagas()[0].worked_until == desk.now + claims.CLAIM)
            second.run_due()

    desk.crm.faults.meanwhile(wait_long, method="set_responsible")
    slow.run_due()

    assert [call[0] for call in writes(desk)] == ["t1", "d1", "c1", "c2"]


def test_a_crm_that_never_answers_does_not_hold_a_transfer_for_ever(monkeypatch) -> None:
    monkeypatch.setattr(claims, "_SIGN_SECONDS", 0.001)
    monkeypatch.setattr(claims, "_LONGEST_CALL", 0.0)
    desk = taken()
    slow, second = desk.service, desk.restarted()

    meanwhile = list[list[str]]()

    def hang() -> None:
        desk.later(seconds=16)
        sleep(0.1)  # a hundred signs long
        second.run_due()
        meanwhile.append([call[0] for call in writes(desk)])

    desk.crm.faults.meanwhile(hang, method="set_responsible")
    slow.run_due()

    assert meanwhile == [["t1", "d1", "c1", "c2"]]
    assert desk.events().count("transferred") == 1


def test_only_who_has_a_claim_keeps_it() -> None:
    desk = taken()
    worked = desk.store.run(partial(claim, saga_id=1, worker="first"), at=desk.now).saga
    desk.later(seconds=16)
    desk.store.run(partial(claims.prolong, saga_id=1, worker="second"), at=desk.now)

    assert list(desk.store.sagas()) == [worked]


def test_what_stops_a_worker_that_was_replaced_does_not_stop_the_other() -> None:
    desk = taken()
    slow, kept = desk.service, list[Saga]()

    def overtake() -> None:
        desk.later(seconds=16)
        kept.append(desk.store.run(partial(claim, saga_id=1, worker="second"), at=desk.now).saga)
        raise CrmUnavailable("the first had no answer")

    desk.crm.faults.meanwhile(overtake, method="set_responsible")
    slow.run_due()

    assert list(desk.store.sagas()) == kept


@pytest.mark.parametrize("next_user", ["anna", "boris"])
@pytest.mark.parametrize("after", range(4))
def test_who_takes_a_task_over_waits_for_the_step_that_is_on_its_way(after, next_user) -> None:
    desk = taken()
    first, second = desk.service, desk.restarted()
    during = list[list[tuple]]()

    def overtake() -> None:
        second.release("anna", 1, reason="not now")
        assert second.take(next_user).task == "t1"
        before = len(desk.crm.calls)
        second.run_due()
        during.append(desk.crm.calls[before:])

    desk.crm.faults.meanwhile(overtake, method="set_responsible", after=after)
    first.run_due()
    second.run_due()

    assert during == [[]]
    assert {kind: desk.held(kind, name).responsible for kind, name in OWNED} == dict.fromkeys(dict(OWNED), next_user)
    sagas = {saga.fence: saga.state for saga in desk.store.sagas(open_only=False)}
    assert sagas.pop(2, "done") == "done"
    assert sagas == {1: "done" if next_user == "anna" or after == 3 else "lost_race"}


@pytest.mark.parametrize("answer", ["none", "lost"])
def test_a_transfer_that_was_taken_over_is_not_tried_again(answer) -> None:
    desk = taken()
    first, second = desk.service, desk.restarted()

    def overtake() -> None:
        second.release("anna", 1, reason="not now")
        second.take("boris")
        if answer == "none":
            raise CrmUnavailable("503")
        desk.later(seconds=16)  # the first is dead, or so slow that it counts as dead
        second.run_due()
        raise CrmUnavailable("no answer")

    desk.crm.faults.meanwhile(overtake, method="set_responsible", after=1)
    first.run_due()
    second.run_due()

    assert [call[0] for call in writes(desk) if call[1] == "anna"] == ["t1"]
    assert desk.held("deals", "d1").responsible == "boris"
    assert [saga.state for saga in desk.store.sagas(open_only=False)] == ["done", "lost_race"]
    assert desk.events().count("transfer_lost") == 1


def test_the_late_write_of_a_transfer_that_was_taken_over_ends_no_lease() -> None:
    desk = taken()
    first, second = desk.service, desk.restarted()

    def overtake() -> None:
        second.release("anna", 1, reason="not now")
        second.take("boris")
        desk.edit("task", attrs.evolve(desk.held("tasks", "t1"), responsible="anna"))  # what is just being written
        second.sync()

    desk.crm.faults.meanwhile(overtake, method="set_responsible")
    first.run_due()
    second.run_due()

    assert desk.service.desk("boris").lease.fence == 2
    assert desk.held("tasks", "t1").responsible == "boris"


def test_a_colleague_may_take_a_task_back_while_the_rest_of_its_transfer_goes_on() -> None:
    desk = taken()
    desk.crm.faults.fail(CrmUnavailable("503"), method="set_responsible", after=1)
    desk.service.run_due()
    assert desk.service.desk("anna").transfer.state == "transferring"
    desk.edit("task", attrs.evolve(desk.held("tasks", "t1"), responsible="gone"))
    desk.service.sync()

    assert desk.events()[-1] == "reassigned"
    assert desk.service.desk("anna").lease is None


def test_two_transfers_do_not_write_the_same_deal_at_once() -> None:
    desk = office(*(task(name, subject=Subject("deal", "d1")) for name in ("t1", "t2")))
    first, second = desk.service, desk.restarted()
    assert first.take("anna").task == "t1"
    during = list[list[str]]()

    def overtake() -> None:
        assert second.take("boris").task == "t2"
        before = len(desk.crm.calls)
        second.run_due()
        during.append([call[2] for call in desk.crm.calls[before:]])

    desk.crm.faults.meanwhile(overtake, method="set_responsible", after=1)
    first.run_due()
    second.run_due()

    assert during == [["t2"]]
    assert {saga.task: saga.state for saga in desk.store.sagas(open_only=False)} == {"t1": "done", "t2": "lost_race"}
    assert desk.held("deals", "d1").responsible == "anna"


def test_a_slow_worker_does_not_undo_a_lost_race() -> None:
    desk = taken()
    slow, second = desk.service, desk.restarted()

    def overtake() -> None:
        desk.later(seconds=16)
        desk.crm.faults.clear()
        desk.edit("deal", attrs.evolve(desk.held("deals", "d1"), responsible="zoe"))
        second.run_due()
        desk.edit("deal", attrs.evolve(desk.held("deals", "d1"), responsible="gone"))

    desk.crm.faults.meanwhile(overtake, method="set_responsible", after=1)
    slow.run_due()
    (saga,) = desk.store.sagas(open_only=False)

    assert saga.state == "lost_race"
    assert desk.events() == ["taken", "transfer_lost", "lost_race"]


def test_the_sagas_of_a_task_go_in_the_order_of_their_beginning() -> None:
    desk = taken()
    step = Step("complete", "task", "t1", "ok")
    later = desk.store.run(lambda tx: tx.put_saga(Saga(0, "finish", "t1", "anna", 1, (step,))))

    assert desk.store.run(lambda tx: claim(tx, later.id, "worker")) == later


def test_the_mirror_says_at_once_who_was_faster() -> None:
    desk = taken()
    desk.edit("deal", attrs.evolve(desk.held("deals", "d1"), responsible="zoe"))
    desk.service.run_due()

    assert desk.store.run(lambda tx: tx.entity("deal", "d1")).responsible == "zoe"


def test_a_change_of_ours_of_which_the_answer_was_lost_does_not_stop_who_comes_after() -> None:
    desk = taken()
    desk.crm.faults.lose_answers(method="set_responsible")
    desk.service.run_due()
    assert desk.held("tasks", "t1").responsible == "anna"
    assert desk.store.run(lambda tx: tx.entity("task", "t1")).responsible == "gone"
    desk.later(minutes=15)
    lease = desk.service.take("boris")
    desk.service.run_due()

    assert desk.held("tasks", "t1").responsible == "boris"
    assert desk.service.desk("boris").lease == lease


def test_a_crm_that_asks_to_wait_is_left_alone_so_long() -> None:
    desk = taken()
    desk.crm.faults.fail(CrmUnavailable("429", retry_after=90), method="set_responsible")
    desk.service.run_due()
    desk.later(seconds=60)
    desk.service.run_due()
    assert writes(desk) == []
    desk.later(seconds=31)
    desk.service.run_due()

    assert len(writes(desk)) == 4


def test_a_wish_that_is_on_its_way_is_not_replaced_but_joined() -> None:
    desk = office(task("t1", "anna"))
    lease = desk.service.take("anna")
    first, second = desk.service, desk.restarted()
    joined = []

    def meanwhile() -> None:
        with pytest.raises(CrmUnavailable, match="just being told"):
            second.release("anna", lease.fence)
        second_wish = partial(
            begin, user="anna", fence=lease.fence, kind="finish", value="two", key="k2", lease_for=HOUR
        )
        joined.append(desk.store.run(second_wish, at=desk.now))

    desk.crm.faults.meanwhile(meanwhile, method="complete")
    record = first.finish("anna", lease.fence, result="one", key="k1")

    assert desk.crm.results == {"t1": ["one"]}
    assert [saga.steps[0].value for saga in joined] == ["one"]
    assert second.finish("anna", lease.fence, result="two", key="k2") == record
