"""A process or a server that stands still, in the middle of anything: the others go on, and nobody waits for ever."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from workplaces_sql import SqlStore, postgres_log, postgres_pool, postgres_store, transaction
from workplaces_sql.testing import _children, postgres
from workplaces_sql.turns import Turns

from workplaces_core.changes import Set
from workplaces_core.errors import StoreUnavailable
from workplaces_core.testing.store_under_test import mirror
from workplaces_core.testing.store_world import task
from workplaces_core.work import background

GENEROUS = 20.0


class Command(threading.Thread):
    """A command that does one thing, stands still, and then does the other."""

    def __init__(self, store, first, then=lambda _: None):
        super().__init__(daemon=True)
        self.store, self.first, self.then = store, first, then
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.tries, self.found, self.given, self.error = 0, None, None, None
        self.start()
        assert self.reached.wait(GENEROUS)

    def run(self):
        try:
            self.given = self.store.run(self._act)
        except BaseException as error:  # noqa: BLE001 - it is looked at by the test
            self.error = error

    def _act(self, tx):
        self.tries += 1
        self.found = self.first(tx)
        self.reached.set()
        assert self.go_on.wait(GENEROUS)
        return self.then(tx)

    def end(self):
        self.go_on.set()
        self.join(GENEROUS)
        return self.given


def look_at(name):
    return lambda tx: tx.entity("task", name)


def note(tx):
    return tx.append("finished", user="u1", task=None, fence=None, details={}).number


def refused(act):
    with pytest.raises(StoreUnavailable):
        act()
    return True


def large_write(store):
    begun = store.position()
    tasks = [task(f"t{number % 8}", text=str(number)) for number in range(10)]
    store.run(lambda tx: tx.write([Set("task", each) for each in tasks]))

    last = {each.id: each for each in tasks}
    assert {change.value.id: change.value for change in store.entities()} == last
    assert {change.value.id: change.value for change in store.feed(begun).changes} == last


class Stuck:
    """Whatever it is asked, it does not answer before `go_on`, and then it fails; but it may be told something."""

    def __init__(self):
        self.go_on = threading.Event()
        self.cells = self

    def tell(self):
        pass

    def __getattr__(self, name):
        return self._stand_still

    def _stand_still(self, *_, **__):
        self.go_on.wait(GENEROUS)
        raise StoreUnavailable("it was stuck")


def test_a_stop_waits_once_for_all_threads_that_are_stuck(monkeypatch):
    monkeypatch.setattr(background, "_JOIN_SECONDS", 0.5)
    stuck = Stuck()
    threads = background.Background(stuck, stuck, stuck, 1.0)
    threads.start(None)
    running, waits = list(threads._threads), []
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "join", lambda _, seconds: (waits.append(seconds), time.sleep(seconds)))
        threads.stop()
    stuck.go_on.set()
    for thread in running:
        thread.join(GENEROUS)

    assert len(waits) == 3
    assert sum(waits) <= 0.5


@pytest.fixture
def shorter(monkeypatch):
    """A server that ends a silent transaction sooner."""
    shortened = postgres_pool._SETTINGS.replace("'5s'", "'600ms'")
    assert shortened != postgres_pool._SETTINGS
    monkeypatch.setattr(postgres_pool, "_SETTINGS", shortened)


@pytest.fixture
def opened(server):
    """Stores in one new database."""
    url, stores = server.fresh(migrated=True), []

    def another():
        stores.append(SqlStore.open(url))
        return stores[-1]

    yield another
    for store in stores:
        store.close()


@pytest.mark.slow
class TestPostgres:
    def test_a_silent_transaction_is_ended_and_its_command_run_again(self, shorter, opened):
        store, other = opened(), opened()
        still = Command(store, look_at("t1"), lambda tx: tx.write([Set("task", task("t1"))]))

        other.run(look_at("t1"))  # waits until the server has ended the transaction

        still.end()
        assert still.error is None
        assert still.tries > 1
        assert {name for _, name in mirror(other)} == {"t1"}

    def test_what_a_command_raises_after_a_silence_is_raised(self, shorter, opened):
        store, other = opened(), opened()
        still = Command(store, look_at("t1"), lambda _: {}["missing"])
        other.run(look_at("t1"))
        still.end()

        assert isinstance(still.error, KeyError)

    def test_a_large_write_is_written_in_parts_and_of_one_key_the_last_stays(self, opened, monkeypatch):
        monkeypatch.setattr(transaction, "_BULK", 3)
        large_write(opened())

    def test_a_reader_may_take_his_time(self, shorter, opened):
        store = opened()
        store.run(lambda tx: tx.write([Set("task", task("t1")), Set("task", task("t2"))]))
        with store._database.reading() as reader:
            reader.rows("SELECT 1")
            time.sleep(0.9)
            assert reader.rows("SELECT count(*) FROM wp_entity") == [(2,)]

    def test_who_asks_for_what_a_silent_one_holds_keeps_nobody_else_waiting(self, opened, monkeypatch):
        monkeypatch.setattr(postgres_store, "_PATIENCE", 1.5)
        store, other, third = opened(), opened(), opened()
        still = Command(store, look_at("t1"))
        asking = threading.Thread(target=refused, args=(lambda: other.run(look_at("t1")),))
        asking.start()
        longest = 0.0
        while asking.is_alive():
            begun = time.monotonic()
            third.run(look_at("t2"))
            longest = max(longest, time.monotonic() - begun)
        still.end()

        assert longest < 4.0, "they were queued behind the one that asked"

    def test_who_was_in_the_way_holds_what_he_named_from_the_beginning(self, opened):
        store, other = opened(), opened()
        still = Command(store, look_at("t2"))
        held = []

        def act(tx):
            held.append(set(tx._session._held))
            if len(held) == 1:
                threading.Timer(0.7, still.go_on.set).start()  # it is given up before that
            tx.entity("task", "t1")
            tx.entity("task", "t2")

        other.run(act)
        still.end()

        assert held == [set(), {"task t1", "task t2"}]

    def test_the_log_that_is_followed_gives_nothing_before_which_an_entry_may_still_appear(self, opened, monkeypatch):
        monkeypatch.setattr(postgres_log, "_PATIENCE", 0.05)
        store, other = opened(), opened()
        first = store.run(note)
        assert [record.number for record in other.log(after=first)] == []
        late = Command(store, note)
        early = other.run(note)

        assert list(other.log(after=first)) == []
        assert [record.number for record in other.log()] == [first, early]  # not followed: all that is there
        late.end()
        assert [record.number for record in other.log(after=first)] == [late.found, early]
        assert late.found < early
        assert [record.number for record in other.log(after=first, limit=1)] == [late.found]
        assert list(other.log(after=first, user="u2")) == []

    def test_who_begins_to_follow_waits_for_those_who_just_write(self, opened, monkeypatch):
        monkeypatch.setattr(postgres_log, "_PATIENCE", GENEROUS)
        store, other = opened(), opened()
        late = Command(store, note)
        early = other.run(note)
        threading.Timer(0.1, late.go_on.set).start()

        assert [record.number for record in other.log()] == [late.found, early]
        late.end()

    def test_the_moment_of_a_command_is_not_before_it_held_what_it_reads(self, opened):
        store, other = opened(), opened()
        moments = []
        slow = Command(store, lambda _: None, lambda tx: (tx.entity("task", "t1"), moments.append(tx.at)))
        moments.append(other.run(lambda tx: (tx.entity("task", "t1"), tx.at)[1]))
        slow.end()

        assert moments == sorted(moments)

    def test_a_close_ends_even_while_the_server_stands_still(self, server, monkeypatch):
        monkeypatch.setattr(postgres_store, "_CLOSING", 0.5)
        with postgres() as own:
            store = SqlStore.open(own.fresh())
            store.run(lambda tx: tx.write([Set("task", task("t1"))]))
            pids = [own._process.pid, *_children(own._process.pid)]
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            told = []
            asking = threading.Thread(target=lambda: told.append(refused(store.leases)), daemon=True)
            asking.start()
            time.sleep(0.2)
            closing = threading.Thread(target=store.close, daemon=True)
            closing.start()
            closing.join(GENEROUS)
            asking.join(GENEROUS)

            assert not closing.is_alive()
            assert told == [True]


class TestSqlite:
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "desk.db"

    @pytest.fixture
    def store(self, path):
        store = SqlStore.open(f"sqlite:///{path}")
        yield store
        store.close()

    def test_a_large_write_is_written_in_parts_and_of_one_key_the_last_stays(self, store, monkeypatch):
        monkeypatch.setattr(transaction, "_BULK", 3)
        large_write(store)

    def test_who_has_the_turn_and_does_not_write_is_not_waited_for(self, store, path, monkeypatch):
        store.run(look_at("t1"))
        with Turns(path) as other:
            assert other.taken()
            begun = time.monotonic()
            store.run(look_at("t1"))
            assert store._database._writer._turn_seconds < 1.0
            store.run(look_at("t1"))
            assert time.monotonic() - begun < 5.0
        store.run(look_at("t1"))
        assert store._database._writer._turn_seconds == 1.0
