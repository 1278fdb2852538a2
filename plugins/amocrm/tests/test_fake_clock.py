"""The local amoCRM: its clock runs until it is stopped, and everything goes by it, from many threads at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from workplaces_amocrm.fake import FakeAccount, FakeAmo, FakeClock, FakeSettings

NOON = 1_700_000_000


def test_a_clock_runs_from_where_it_starts_and_stands_where_it_is_set() -> None:
    clock = FakeClock(NOON)
    first = clock.exact()
    while clock.exact() == first:
        pass
    assert NOON <= first < clock.exact()
    clock.set(NOON)
    clock.advance(1.5)
    assert (clock.exact(), clock.now(), clock.stopped) == (NOON + 1.5, NOON + 1, True)
    clock.real()
    assert abs(clock.exact() - time.time()) < 60
    assert not clock.stopped


def test_what_changes_is_stamped_with_the_servers_time() -> None:
    account = FakeAccount.empty(now=NOON)
    account.add("tasks", id=1)
    with FakeAmo.start(account, settings=FakeSettings.unthrottled()) as fake:
        fake.clock.set(NOON + 500.9)
        fake.ask("PATCH", "tasks/1", {"text": "Да"})
        assert account.tasks[1]["updated_at"] == NOON + 500
        fake.clock.set(NOON + 100)
        fake.ask("PATCH", "tasks/1", {"text": "Нет"})

    assert account.tasks[1]["updated_at"] == NOON + 500, "a stamp never goes back"


def test_many_threads_write_and_every_request_counts_once() -> None:
    account = FakeAccount.empty()
    for number in range(1, 41):
        account.add("tasks", id=number)
    with FakeAmo.start(account, settings=FakeSettings.unthrottled()) as fake, ThreadPoolExecutor(8) as pool:
        done = pool.map(lambda id_: fake.ask("PATCH", f"tasks/{id_}", {"text": f"{id_}"}).status_code, account.tasks)
        assert set(done) == {200}
        assert [record.n for record in fake.requests] == list(range(40))

    assert {task["text"] for task in account.tasks.values()} == {str(id_) for id_ in account.tasks}
    assert len(account.events) == 40
