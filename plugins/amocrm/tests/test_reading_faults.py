"""Every fault at every request of a full reading, a reading of changes, and a take: nothing lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest
from workplaces_amocrm import AmoCrm
from workplaces_amocrm.errors import Unreachable
from workplaces_amocrm.fake.account import FakeAccount
from workplaces_amocrm.fake.amo import FakeAmo
from workplaces_amocrm.fake.generating import generate

from workplaces_core.adapters.cells import MemoryCells
from workplaces_core.adapters.protocols import Done
from workplaces_core.changes import apply
from workplaces_core.errors import CrmUnavailable
from workplaces_core.model import Snapshot
from workplaces_core.testing.crm_world import open_part

KINDS = (
    "killed_before",
    "killed_after",
    "timeout_before",
    429,
    500,
    504,
    "truncated",
    401,
    "reset_before",
    "reset_after",
)
WRITE_KINDS = (*KINDS, "timeout_after", "lost_answer")
SMALL_PAGES: dict[str, Any] = {"page_size": 10, "ids_per_request": 10, "timeout_seconds": 0.15, "pages_ahead": 1}
TRIES = 6


class Killed(BaseException):
    """What ends a process in the middle of something; nobody but the test catches it."""


@attrs.define
class Mortal:
    """An API that dies right before or right after its n-th call."""

    api: Any
    at: int
    after: bool
    calls: int = 0

    def _call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        dies = self.calls == self.at + 1
        if dies and not self.after:
            raise Killed
        answer = getattr(self.api, name)(*args, **kwargs)
        if dies:
            raise Killed
        return answer

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("get", *args, **kwargs)

    def patch(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("patch", *args, **kwargs)


@attrs.define
class Trouble:
    """A server with a fault ahead, and the adapters that a service opens onto it one after another."""

    fake: FakeAmo
    plain: AmoCrm
    again: Callable[..., AmoCrm]
    opened: int = 0
    plan: tuple[Any, int] | None = None

    def expect(self, kind: Any, index: int) -> None:
        self.fake.faults.clear()
        self.opened, self.plan = 0, (kind, index)
        if not str(kind).startswith("killed"):
            self.fake.faults.add(kind, index=index)

    def open(self) -> AmoCrm:
        """The first process may die; the one that is started after it does not."""
        self.opened += 1
        crm = self.again()
        kind, index = self.plan or ("", 0)
        if str(kind).startswith("killed") and self.opened == 1:
            return AmoCrm(Mortal(crm.api, index, kind == "killed_after"), crm.settings)  # type: ignore[arg-type]
        return crm


@pytest.fixture
def trouble(serve) -> Callable[[FakeAccount, int], Trouble]:
    def make(account: FakeAccount, attempts: int) -> Trouble:
        account.now = None
        settings = {**SMALL_PAGES, "attempts_bulk": attempts, "attempts_interactive": attempts}
        fake, crm = serve(account, **settings)
        return Trouble(fake, crm, lambda: AmoCrm(crm.api, crm.settings))

    return make


def full(trouble: Trouble) -> tuple[Snapshot, str]:
    """What a caller does who stores every batch and then the checkpoint, and starts again from what is stored."""
    stored: list[Any] = []
    checkpoint = None
    for _ in range(TRIES):
        crm = trouble.open()
        try:
            directory = list(crm.directory())
            reading = crm.full_reading(checkpoint)
            checkpoint = reading.checkpoint()
            for batch in reading.batches():
                stored += batch
                checkpoint = reading.checkpoint()
            return apply(Snapshot(directory[0].value), [*directory, *stored]), reading.cursor  # type: ignore[arg-type]
        except (CrmUnavailable, Killed):
            continue
    raise AssertionError("it never came through")


def follow(trouble: Trouble, before: Snapshot, cursor: str) -> Snapshot:
    """What a caller does who applies an answer and then stores its cursor."""
    for _ in range(TRIES):
        crm = trouble.open()
        try:
            while (since := crm.read_changes(cursor)).more:
                before, cursor = apply(before, since.changes), since.cursor
            return apply(before, since.changes)
        except (CrmUnavailable, Killed):
            pass
    raise AssertionError("it never came through")


def insist(trouble: Trouble, act: Callable[[AmoCrm], Any]) -> Any:
    """What a caller does who repeats a wish, with its key, until there is an answer."""
    for _ in range(TRIES):
        try:
            return act(trouble.open())
        except (CrmUnavailable, Killed):
            continue
    raise AssertionError("it never came through")


def requests_of(trouble: Trouble, act: Callable[[], Any]) -> tuple[int, Any]:
    """How many requests something takes when all goes well, and what comes of it."""
    trouble.expect("killed_before", 10**6)
    before = len(trouble.fake.requests)
    result = act()
    return len(trouble.fake.requests) - before, result


def a_few(count: int) -> Sequence[int]:
    """The first request, the last, and two between them."""
    return sorted({0, count // 3, count * 2 // 3, count - 1})


AT = pytest.mark.parametrize(
    ("attempts", "chosen"),
    [
        pytest.param(1, a_few, id="comes through, at a few requests"),
        pytest.param(3, a_few, id="is dealt with, at a few requests"),
        pytest.param(1, range, id="comes through, at every request", marks=pytest.mark.soak),
        pytest.param(3, range, id="is dealt with, at every request", marks=pytest.mark.soak),
    ],
)
"""How often a call is tried, so whether a fault reaches the caller; and at which requests there are faults."""


@pytest.mark.slow
@AT
@pytest.mark.parametrize("kind", KINDS)
def test_a_full_reading_loses_nothing_at_any_fault(trouble, kind, attempts, chosen):
    there = trouble(generate(seed=3, tasks=40), attempts)
    count, (expected, _) = requests_of(there, lambda: full(there))

    for index in chosen(count):
        there.expect(kind, index)
        assert full(there)[0] == expected, index
    assert count > 20


@pytest.mark.slow
@AT
@pytest.mark.parametrize("kind", KINDS)
def test_reading_changes_loses_nothing_at_any_fault(trouble, kind, attempts, chosen):
    there = trouble(generate(seed=5, tasks=40), attempts)
    before, cursor = full(there)
    change_much(there.fake)
    expected = open_part(full(there)[0])
    count, after = requests_of(there, lambda: follow(there, before, cursor))
    assert open_part(after) == expected

    for index in chosen(count):
        there.expect(kind, index)
        assert open_part(follow(there, before, cursor)) == expected, index
    assert count > 10


def change_much(fake: FakeAmo) -> None:
    """What a team does in a while: new tasks on old deals, tasks moved, completed and deleted, deals changed."""
    account = fake.account
    open_tasks = [row["id"] for row in account.tasks.values() if not row["is_completed"]]
    staff = [key for key, user in account.users.items() if user["rights"]["is_active"]]
    for number, task in enumerate(open_tasks[:24]):
        if number % 4 == 0:
            fake.edit("tasks", task, {"is_completed": True, "result": {"text": "Готово"}})
        elif number % 4 == 1:
            fake.remove("tasks", task)
        else:
            fake.edit("tasks", task, {"responsible_user_id": staff[number % len(staff)], "text": f"Снова {number}"})
    idle = [key for key, row in account.leads.items() if not row["is_deleted"]][:12]
    for lead in idle:
        fake.edit("leads", lead, {"name": f"Сделка {lead}", "price": 777})
        fake.create(
            "tasks", {"entity_type": "leads", "entity_id": lead, "text": "Новая", "complete_till": 1_900_000_000}
        )


@pytest.mark.slow
@AT
@pytest.mark.parametrize("kind", WRITE_KINDS)
def test_a_take_writes_everything_once_at_any_fault(trouble, kind, attempts, chosen):
    there = trouble(a_deal_with_people(), attempts)
    count, _ = requests_of(there, lambda: take(there))

    for index in chosen(count):
        give_back(there.fake)
        start = len(there.fake.requests)
        there.expect(kind, index)
        take(there)

        applied = [record for record in there.fake.requests[start:] if record.method == "PATCH" and record.applied]
        owners = [there.fake.account.table(many)[1]["responsible_user_id"] for many in TAKEN]
        assert owners == [7] * 4, index
        assert sorted(record.path for record in applied) == sorted(f"/api/v4/{many}/1" for many in TAKEN), index


TAKEN = {"tasks": "task", "leads": "deal", "contacts": "contact", "companies": "company"}


def a_deal_with_people() -> FakeAccount:
    account = FakeAccount.empty()
    account.add_user("Анна", id=5), account.add_user("Борис", id=7)
    for many in ("leads", "contacts", "companies"):
        account.add(many, id=1, responsible_user_id=5)
    account.link(("leads", 1), ("contacts", 1), main=True)
    account.link(("leads", 1), ("companies", 1))
    account.add("tasks", id=1, entity_type="leads", entity_id=1, responsible_user_id=5)
    return account


def take(there: Trouble) -> None:
    for many, kind in TAKEN.items():
        wish = {"only_if": "5", "key": f"take {many}"}
        assert insist(there, lambda crm, kind=kind, wish=wish: crm.set_responsible(kind, "1", "7", **wish)) == Done()


def give_back(fake: FakeAmo) -> None:
    for many in TAKEN:
        fake.edit(many, 1, {"responsible_user_id": 5})


def test_a_reading_gone_on_with_does_not_begin_again(trouble):
    there = trouble(generate(seed=3, tasks=60), 1)
    count, _ = requests_of(there, lambda: full(there))
    start = len(there.fake.requests)
    there.expect(500, count - 2)

    full(there)

    assert len(there.fake.requests) - start < count + count // 2


def test_a_checkpoint_is_good_for_its_account_alone(trouble):
    there, other = trouble(generate(seed=3, tasks=10), 1), trouble(FakeAccount.empty(id=99), 1)
    checkpoint = there.plain.full_reading().checkpoint()

    with pytest.raises(Exception, match="is of account"):
        other.plain.full_reading(checkpoint)


def test_an_error_of_the_network_says_that_trying_again_helps(trouble):
    there = trouble(FakeAccount.empty(), 1)
    there.plain.cursor()
    there.fake.faults.add("reset_before")

    with pytest.raises(Unreachable):
        list(there.plain.read_open())


def test_cells_keep_what_a_sweep_has_to_know(trouble):
    there = trouble(generate(seed=3, tasks=20), 1)
    cells = MemoryCells()
    crm = AmoCrm(there.plain.api, there.plain.settings, cells=cells)
    list(crm.read_open())

    name = f"amocrm/{crm.settings.account_name}/open"
    assert cells.read(name) is not None
