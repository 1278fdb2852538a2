"""The whole of it under fire: processes on a real store and a CRM over HTTP, killed at random, and the database too."""

from __future__ import annotations

import itertools
from collections import Counter
from contextlib import contextmanager
from random import Random

import pytest
from workplaces_amocrm.fake import FakeAmo, FakeSettings, generate
from workplaces_sql.testing import NoPostgres, postgres

from tests.e2e.crew import Place, Worker, crew, opened
from workplaces_core.model import User
from workplaces_core.policy import CommonQueue, Interval, Members, Policy, Priority, Role
from workplaces_core.testing.store_history import check_history

FAULTS: tuple[tuple[str | int, float], ...] = (
    (500, 0), (502, 0), ("reset_before", 0), ("reset_after", 0), ("lost_answer", 0), ("truncated", 0), ("slow", 1),
)  # fmt: skip
"""What a CRM does wrong, with the seconds that it takes for it; some of it takes effect all the same. No 429: at the
rate of this run a pause after one is as long as the run."""
ALWAYS = Interval("always", start=0, end=24 * 60, days=tuple(range(7)))


def rules(users: list[str]) -> Policy:
    shared = CommonQueue(pool="anyone", transfer_linked=True)
    role = Role(
        "all", "All", members=Members(users=users), intervals=(ALWAYS,),
        priorities=(Priority("common", "Common", common_queue=shared),),
    )  # fmt: skip
    return Policy(1, (role,))


@contextmanager
def database(kind: str, folder):
    """A database to work on, and what kills it and starts it again (nothing, where it is only a file)."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'desk.db'}", None
        return
    try:
        with postgres() as server:

            def crash() -> None:
                server.kill()
                server.start()

            yield server.fresh(migrated=True), crash
    except NoPostgres as reason:
        pytest.skip(str(reason))


def go_wrong(fake: FakeAmo, share: float) -> None:
    """Let each of the faults happen to a share of all calls."""
    random = Random(share)
    for kind, delay in FAULTS:
        fake.faults.add(kind, when=lambda _: random.random() < share, times=None, delay=delay)


def survive(
    kind: str, folder, *, faults: float, size: int, commands: int, kills: int, outages: int, tasks: int
) -> None:
    account = generate(3, tasks)
    with (
        FakeAmo.start(account, settings=FakeSettings.unthrottled()) as fake,
        database(kind, folder) as (url, crash),
    ):
        fake.clock.real()
        service, crm = opened(Place(url, fake.url, fake.token, ()))
        service.sync()
        people = [user.id for user in service.snapshot().users.values() if is_at_work(user)][: 2 * size]
        service.publish(rules(people))
        place = Place(url, fake.url, fake.token, tuple(people))
        go_wrong(fake, faults)
        acknowledged = rage(place, crash, size=size, commands=commands, kills=kills, outages=outages)
        fake.faults.clear()
        settle(service)

        with_store = service.store
        assert check_history(with_store, acknowledged) == []
        assert not [saga for saga in with_store.sagas(open_only=False) if saga.is_open]
        assert_mirror_is_crm(service, fake)
        assert_no_write_was_repeated(fake)
        service.stop()
        crm.close()
        with_store.close()


def is_at_work(user: User) -> bool:
    return user.active


def rage(place: Place, crash, *, size: int, commands: int, kills: int, outages: int):
    """Let them work; kill one now and then, and the database; give all that was ever acknowledged."""
    random, workers, gone = Random(size), list(crew(place, size)), list[Worker]()
    total = itertools.count()
    deadly = sorted(random.sample(range(1, commands), kills))
    fatal = sorted(random.sample(range(1, commands), outages if crash else 0))
    done = 0
    while done < commands:
        heard = [worker for worker in workers if worker.hear(0.02)]
        done += len(heard)
        silent = [worker for worker in workers if not worker.process.is_alive()]
        assert not silent, f"{[worker.name for worker in silent]} ended by themselves"
        if deadly and done >= deadly[0]:
            deadly.pop(0)
            victim = workers.pop(random.randrange(len(workers)))
            victim.kill()
            gone.append(victim)
            workers.append(Worker.start(place, f"again{next(total)}"))
        if fatal and done >= fatal[0]:
            fatal.pop(0)
            crash()
    for worker in workers:
        worker.kill()
    return [each for worker in [*workers, *gone] for each in worker.acknowledged]


def settle(service) -> None:
    """Let a last process bring to an end what the others left behind."""
    service.start()
    for _ in range(600):
        if not service.store.sagas():
            break
        service.wait(service.news, 0.2)
        service.run_due()
    service.sync()


def assert_mirror_is_crm(service, fake) -> None:
    """What we say of open tasks is what the CRM has."""
    held = {task.id: (task.responsible, task.completed) for task in service.snapshot().tasks.values()}
    with_crm = {
        str(number): (str(row["responsible_user_id"]), row["is_completed"])
        for number, row in fake.account.tasks.items()
        if str(number) in held
    }
    assert with_crm == {task: state for task, state in held.items() if task in with_crm}


def assert_no_write_was_repeated(fake) -> None:
    """What was confirmed is not sent again: that would change nothing, and the server notes such writes."""
    broken = Counter(each.rule for each in fake.violations)
    assert not broken, fake.violations[:5]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_is_lost_or_doubled_when_processes_and_the_database_are_killed(kind, tmp_path) -> None:
    survive(kind, tmp_path, faults=0.005, size=2, commands=80, kills=1, outages=1, tasks=200)


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("faults", [0, 0.005])
def test_eight_processes_and_thousands_of_commands_survive_as_well(kind, faults, tmp_path) -> None:
    survive(kind, tmp_path, faults=faults, size=8, commands=6000, kills=40, outages=6, tasks=4000)
