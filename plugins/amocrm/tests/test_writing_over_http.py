"""Writing to the local amoCRM over HTTP: whatever goes wrong, a repeat ends it, and nothing is written twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import Factory, define, evolve
from workplaces_amocrm.client.api import AmoApi
from workplaces_amocrm.client.http import HttpxTransport
from workplaces_amocrm.client.tokens import LongLived
from workplaces_amocrm.fake import FakeAccount, FakeAmo, FakeSettings
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.writing import Handover, Writer

from workplaces_core.adapters.protocols import Done, Forbidden, Gone, LostRace, Outcome
from workplaces_core.errors import CrmUnavailable, NotAllowed

ANNA, BORIS, CAROL, LEFT = 201, 202, 203, 204
MOSCOW = ZoneInfo("Europe/Moscow")
TABLES = {"task": "tasks", "deal": "leads", "contact": "contacts", "company": "companies"}


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeAmo]:
    account = FakeAccount.empty()
    account.add_user("Анна", id=ANNA)
    account.add_user("Борис", id=BORIS)
    account.add_user("Карина", id=CAROL)
    account.add_user("Лев", id=LEFT, is_active=False)
    with FakeAmo.start(account, settings=FakeSettings.unthrottled(completion_needs_result=True)) as running:
        yield running


@pytest.fixture(scope="module")
def transport() -> Iterator[HttpxTransport]:
    """Connections that all processes of a test share: making them anew takes longer than a test."""
    transport = HttpxTransport(timeout_seconds=20)
    yield transport
    transport.close()


@pytest.fixture
def impatient() -> Iterator[HttpxTransport]:
    transport = HttpxTransport(timeout_seconds=0.5)
    yield transport
    transport.close()


@define
class Bench:
    """A writer to a running account, and the entity that one test is about."""

    fake: FakeAmo
    settings: Settings
    transport: HttpxTransport
    allowed: set[str] = Factory(set)

    def writer(self, *, token: str | None = None, **changed: Any) -> Writer:
        """A process of its own, which knows nothing of the others; every error of a call reaches the writer."""
        settings = evolve(self.settings, **changed)
        api = AmoApi.open(settings, tokens=LongLived(token or self.fake.token), transport=self.transport)
        return Writer(api, settings, zone=MOSCOW, pause=lambda _: None)

    def new(self, kind: str) -> int:
        columns = {"responsible_user_id": ANNA}
        if kind == "task":
            columns |= {"text": "Перезвонить клиенту", "complete_till": 1_588_885_140}
        return self.fake.create(TABLES[kind], columns)["id"]

    def row(self, kind: str, id_: int) -> dict[str, Any]:
        return self.fake.account.table(TABLES[kind])[id_]

    def applied(self) -> list[Any]:
        """The bodies of writes that took effect, one entity each."""
        bodies = [record.body for record in self.fake.writes(applied=True)]
        return [one for body in bodies for one in (body if isinstance(body, list) else [body])]


@pytest.fixture
def bench(fake: FakeAmo, transport: HttpxTransport) -> Iterator[Bench]:
    settings = Settings(
        base_url=fake.url,
        integration_rate=1000,
        account_rate=1000,
        rate_floor=1000,
        rate_pause_seconds=0,
        retry_first_seconds=0,
        attempts_interactive=1,
        verify_attempts=2,
    )
    made = Bench(fake, settings, transport)
    before = len(fake.violations)
    yield made
    fake.faults.clear()
    assert [str(one) for one in fake.violations[before:] if one.rule not in made.allowed] == []


# -- what is asked for ---------------------------------------------------------------------------------------------

Ask = Callable[[Writer, int], Outcome]


def complete(writer: Writer, id_: int) -> Outcome:
    return writer.complete(str(id_), result="Договорились о встрече", key="k")


def postpone(writer: Writer, id_: int) -> Outcome:
    return writer.postpone(str(id_), due=date(2026, 3, 2), key="k")


def take(kind: Any, user: int | str = BORIS) -> Ask:
    return lambda writer, id_: writer.set_responsible(kind, str(id_), str(user), only_if=str(ANNA), key="k")


ASKED: dict[str, tuple[str, Ask, dict[str, Any]]] = {
    "complete": ("task", complete, {"is_completed": True, "result": {"text": "Договорились о встрече"}}),
    "postpone": ("task", postpone, {"complete_till": 1_772_485_140}),
    **{f"take {kind}": (kind, take(kind), {"responsible_user_id": BORIS}) for kind in TABLES},
}

each = pytest.mark.parametrize("asked", ASKED)


def ask_until_done(bench: Bench, ask: Ask, id_: int, *, times: int = 2) -> None:
    """Ask; after an error ask again from a process that knows nothing of it, as the service does."""
    for _ in range(times):
        try:
            assert ask(bench.writer(), id_) == Done()
        except CrmUnavailable:
            continue
        return
    raise AssertionError(f"not done after {times} times")


@each
def test_a_change_arrives_and_changes_nothing_else(bench, asked):
    kind, ask, columns = ASKED[asked]
    id_ = bench.new(kind)
    before = dict(bench.row(kind, id_))

    assert ask(bench.writer(), id_) == Done()
    assert bench.applied()[-1] == columns
    after = bench.row(kind, id_)
    stamps = {"updated_at", "updated_by", "group_id", "closest_task_at"}
    assert {name: after[name] for name in after if after[name] != before[name] and name not in stamps} == columns


@each
def test_a_repeat_writes_nothing(bench, asked):
    kind, ask, _ = ASKED[asked]
    id_ = bench.new(kind)
    ask(bench.writer(), id_)
    written = len(bench.applied())

    assert ask(bench.writer(), id_) == Done()
    assert len(bench.applied()) == written


# -- what goes wrong on the way ------------------------------------------------------------------------------------

QUICK = [(500, False), (500, True), (502, False), (504, False), (504, True), (429, False), (401, False)]
QUICK += [("reset_before", None), ("reset_after", None), ("lost_answer", None), ("truncated", None)]


def _with_fault(bench: Bench, asked: str, index: int, fault: Any, applied: bool | None, *, times: int = 2) -> None:
    kind, ask, columns = ASKED[asked]
    id_ = bench.new(kind)
    written = len(bench.applied())
    bench.fake.faults.add(fault, index=index, applied=applied)

    ask_until_done(bench, ask, id_, times=times)

    assert bench.applied()[written:] == [columns], "one write took effect, neither none nor two"
    assert {name: bench.row(kind, id_)[name] for name in columns} == columns


@each
@pytest.mark.parametrize("index", range(4))
@pytest.mark.parametrize(("fault", "applied"), QUICK)
def test_after_a_fault_of_any_request_a_repeat_ends_it_with_one_write(bench, asked, index, fault, applied):
    _with_fault(bench, asked, index, fault, applied)


@pytest.mark.slow
@pytest.mark.parametrize("asked", ["complete", "take deal"])
@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after"])
def test_after_silence_to_any_request_repeating_ends_it_with_one_write(bench, impatient, asked, index, fault):
    bench.transport = impatient  # on a busy machine it may give up more often than it was made to
    _with_fault(bench, asked, index, fault, None, times=9)


def _hand_over(bench: Bench, kind: Any, ids: list[int], **changed: Any) -> tuple[Outcome, ...]:
    handovers = [Handover(str(id_), str(BORIS), str(ANNA)) for id_ in ids]
    return bench.writer(**changed).set_responsible_many(kind, handovers)


REQUESTS = [("task", index) for index in range(4)] + [("contact", index) for index in range(10)]
"""Every request of handing over four, and one more: tasks are listed, contacts looked at one by one."""


@pytest.mark.parametrize(("kind", "index"), REQUESTS)
@pytest.mark.parametrize(("fault", "applied"), QUICK)
def test_after_a_fault_of_any_request_of_a_batch_a_repeat_ends_it_with_one_write_each(
    bench, kind, index, fault, applied
):
    ids = [bench.new(kind) for _ in range(4)]
    written = len(bench.applied())
    bench.fake.faults.add(fault, index=index, applied=applied)
    try:
        outcomes = _hand_over(bench, kind, ids)
    except CrmUnavailable:
        outcomes = _hand_over(bench, kind, ids)

    assert outcomes == (Done(),) * 4
    assert sorted(one["id"] for one in bench.applied()[written:] if "id" in one) == ids


@pytest.mark.parametrize("applies", [False, True])
@pytest.mark.parametrize("largest", [1, 2, 3])
def test_a_batch_that_is_too_large_is_halved(bench, largest, applies):
    with switched(bench, gateway_timeout_above=largest, gateway_timeout_applies=applies):
        ids = [bench.new("contact") for _ in range(7)]

        assert _hand_over(bench, "contact", ids) == (Done(),) * 7
        assert {bench.row("contact", id_)["responsible_user_id"] for id_ in ids} == {BORIS}


def test_one_bad_entity_does_not_spoil_the_others(bench):
    ids = [bench.new("contact") for _ in range(5)]
    bench.fake.remove("contacts", ids[1])
    bench.fake.edit("contacts", ids[2], {"responsible_user_id": CAROL})

    outcomes = _hand_over(bench, "contact", ids)

    assert outcomes == (Done(), Gone("deleted"), LostRace(str(CAROL)), Done(), Done())


def test_one_that_is_deleted_under_our_hands_does_not_spoil_the_others(bench):
    ids = [bench.new("task") for _ in range(4)]
    _before_patch(bench, lambda: bench.fake.remove("tasks", ids[1]))

    assert _hand_over(bench, "task", ids) == (Done(), Gone("deleted"), Done(), Done())


# -- what amoCRM does not allow ------------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ["999", "bob", "0"])
@pytest.mark.parametrize("kind", TABLES)
def test_a_user_whom_amocrm_does_not_know_is_forbidden_in_its_words(bench, kind, user):
    id_ = bench.new(kind)

    refused = take(kind, user)(bench.writer(), id_)

    assert isinstance(refused, Forbidden)
    assert user in refused.reason or "responsible_user_id" in refused.reason
    assert bench.row(kind, id_)["responsible_user_id"] == ANNA


def test_a_token_without_the_right_is_told_so_and_a_later_one_can_do_it(bench):
    bench.fake.account.users[CAROL]["rights"]["leads"].update(edit="M")
    id_ = bench.new("deal")

    assert isinstance(take("deal")(bench.writer(token=bench.fake.long_lived(CAROL)), id_), Forbidden)
    assert take("deal")(bench.writer(), id_) == Done()


@pytest.mark.parametrize("index", range(3))
def test_a_refusal_of_one_call_changes_nothing_that_a_repeat_could_not_end(bench, index):
    id_ = bench.new("deal")
    bench.fake.faults.add(403, index=index, body="json")

    assert isinstance(take("deal")(bench.writer(), id_), Forbidden if index < 2 else Done)
    assert take("deal")(bench.writer(), id_) == Done()


@pytest.mark.parametrize("index", range(2))
@pytest.mark.parametrize("status", [402, 403])
def test_an_account_that_refuses_us_is_an_error_and_not_an_outcome(bench, index, status):
    id_ = bench.new("deal")
    bench.fake.faults.add(status, index=index)

    with pytest.raises(NotAllowed):
        take("deal")(bench.writer(), id_)
    assert take("deal")(bench.writer(), id_) == Done()


def test_a_completed_or_deleted_task_is_gone(bench):
    done, deleted = bench.new("task"), bench.new("task")
    complete(bench.writer(), done)
    bench.fake.remove("tasks", deleted)

    assert postpone(bench.writer(), done) == take("task")(bench.writer(), done) == Gone("completed")
    assert postpone(bench.writer(), deleted) == complete(bench.writer(), deleted) == Gone("deleted")
    assert take("task")(bench.writer(), 987_654_321) == Gone("deleted")


def test_a_deal_in_the_bin_is_gone(bench):
    id_ = bench.new("deal")
    bench.fake.remove("leads", id_)

    assert take("deal")(bench.writer(), id_) == Gone("deleted")


# -- where amoCRM may be otherwise than we think -------------------------------------------------------------------


@contextmanager
def switched(bench: Bench, **switches: Any) -> Iterator[None]:
    usual = bench.fake.settings
    bench.fake.settings = evolve(usual, **switches)
    try:
        yield
    finally:
        bench.fake.settings = usual


@pytest.mark.parametrize("switches", [{"unknown_task": 404}, {"unknown_id": 400}], ids=str)
@pytest.mark.parametrize("kind", TABLES)
def test_an_entity_deleted_under_our_hands_is_gone_however_amocrm_says_so(bench, kind, switches):
    with switched(bench, **switches):
        id_ = bench.new(kind)
        _before_patch(bench, lambda: bench.fake.remove(TABLES[kind], id_))

        assert take(kind)(bench.writer(), id_) == Gone("deleted")
        assert take(kind)(bench.writer(), id_) == Gone("deleted")


def test_should_leaving_out_the_responsible_reset_him_he_can_be_repeated(bench):
    bench.allowed.add("unchanged field")  # that is the point
    with switched(bench, patch_resets_responsible=True):
        id_ = bench.new("task")

        assert postpone(bench.writer(repeat_responsible=True), id_) == Done()
        assert complete(bench.writer(repeat_responsible=True), id_) == Done()
    assert bench.row("task", id_)["responsible_user_id"] == ANNA


def test_should_a_deal_take_its_contacts_with_it_they_are_not_written_again(bench):
    with switched(bench, cascade_responsible=True):
        deal, contact = bench.new("deal"), bench.new("contact")
        bench.fake.link(("leads", deal), ("contacts", contact), main=True)

        assert take("deal")(bench.writer(), deal) == Done()
        written = len(bench.applied())
        assert take("contact")(bench.writer(), contact) == Done()
        assert len(bench.applied()) == written


# -- in whose name -------------------------------------------------------------------------------------------------


def test_the_employee_has_done_it_where_the_settings_say_so(bench):
    id_ = bench.new("deal")

    assert take("deal")(bench.writer(act_as_employee=True), id_) == Done()
    assert bench.row("deal", id_)["updated_by"] == BORIS


@pytest.mark.parametrize("refused", [401, 403])
def test_where_he_may_not_be_acted_for_the_token_does_it(bench, refused):
    bench.allowed.add("context refused")  # asking is the only way to find out
    bench.fake.account.users[LEFT]["rights"]["is_free"] = True
    with switched(bench, context_refused=refused):
        id_ = bench.new("deal")

        assert take("deal", LEFT)(bench.writer(act_as_employee=True), id_) == Done()
        assert bench.row("deal", id_)["updated_by"] == bench.fake.account.admin


# -- colleagues ----------------------------------------------------------------------------------------------------


def _before_patch(bench: Bench, act: Callable[[], Any]) -> None:
    """Act once, when the next write reaches the account."""
    waiting = [act]

    def when(asked: Any) -> bool:
        if asked.method == "PATCH" and waiting:
            waiting.pop()()
        return False

    bench.fake.faults.add(500, when=when, times=None)


def test_a_colleague_in_the_gap_between_our_look_and_our_write_is_overwritten(bench):
    """The price of an emulated condition, stated so that nobody takes it for a promise."""
    id_ = bench.new("deal")
    _before_patch(bench, lambda: bench.fake.edit("leads", id_, {"responsible_user_id": CAROL}, by=CAROL))

    assert take("deal")(bench.writer(), id_) == Done()
    assert bench.row("deal", id_)["responsible_user_id"] == BORIS


def test_a_colleague_after_our_lost_answer_stays(bench):
    id_ = bench.new("deal")
    bench.fake.faults.add("lost_answer", index=1)
    bench.fake.faults.add(500, index=2)
    with pytest.raises(CrmUnavailable):
        take("deal")(bench.writer(), id_)
    bench.fake.edit("leads", id_, {"responsible_user_id": CAROL}, by=CAROL)

    assert take("deal")(bench.writer(), id_) == LostRace(str(CAROL))
    assert bench.row("deal", id_)["responsible_user_id"] == CAROL


def _changed_back(bench: Bench, asked: str, id_: int, before: dict[str, Any]) -> None:
    """Let a colleague change an entity back, later than everything so far."""
    bench.fake.clock.advance(5)
    _, _, columns = ASKED[asked]
    bench.fake.edit(
        TABLES[ASKED[asked][0]], id_, {name: before[name] for name in columns if name != "result"}, by=CAROL
    )


@each
@pytest.mark.parametrize("fault", [500, 502, 401, 402, 403, 429, "reset_before", "truncated"])
def test_what_was_accepted_is_done_and_not_sent_again_when_it_cannot_be_looked_at(bench, asked, fault):
    kind, ask, columns = ASKED[asked]
    id_ = bench.new(kind)
    written = len(bench.applied())
    bench.fake.faults.add(fault, when=_LookAfterwards(), times=None)

    assert ask(bench.writer(), id_) == Done()
    assert bench.applied()[written:] == [columns]


class _LookAfterwards:
    """Every request that comes after a write."""

    def __init__(self) -> None:
        self.written = False

    def __call__(self, asked: Any) -> bool:
        after, self.written = self.written, self.written or asked.method == "PATCH"
        return after


@each
@pytest.mark.parametrize("fault", ["lost_answer", "reset_after", "truncated"])
def test_what_a_colleague_changed_back_after_our_lost_answer_stays(bench, asked, fault):
    kind, ask, columns = ASKED[asked]
    id_, writer = bench.new(kind), bench.writer()
    before, written = dict(bench.row(kind, id_)), len(bench.applied())
    bench.fake.clock.advance(5)
    bench.fake.faults.add(fault, index=1)
    bench.fake.faults.add(500, index=2)
    with pytest.raises(CrmUnavailable):
        ask(writer, id_)
    _changed_back(bench, asked, id_, before)

    assert isinstance(ask(writer, id_), LostRace if asked.startswith("take") else Forbidden)
    assert bench.applied()[written:] == [columns]


@each
def test_what_a_colleague_changes_back_before_our_look_stays(bench, asked):
    kind, ask, columns = ASKED[asked]
    id_ = bench.new(kind)
    before, written, after = dict(bench.row(kind, id_)), len(bench.applied()), _LookAfterwards()
    bench.fake.clock.advance(5)
    waiting = [lambda: _changed_back(bench, asked, id_, before)]

    def when(request: Any) -> bool:
        if after(request) and waiting:
            waiting.pop()()
        return False

    bench.fake.faults.add(500, when=when, times=None)

    assert isinstance(ask(bench.writer(), id_), LostRace if asked.startswith("take") else Forbidden)
    assert bench.applied()[written:] == [columns]
