"""A database that is gone, full or not to be written: a clear error, nothing half done, and it recovers by itself."""

from __future__ import annotations

import os
import sqlite3
import threading

import pytest
from workplaces_sql import SqlStore, postgres_pool, postgres_store, writer
from workplaces_sql.testing import postgres

from workplaces_core.changes import Set
from workplaces_core.errors import CursorLost, StoreUnavailable
from workplaces_core.testing.store_under_test import mirror
from workplaces_core.testing.store_world import task


def write(store, *names):
    store.run(lambda tx: tx.write([Set("task", task(name)) for name in names]))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "desk.db"


@pytest.fixture
def store(path):
    store = SqlStore.open(f"sqlite:///{path}")
    yield store
    store.close()


class TestSqlite:
    def test_a_file_that_is_gone_is_told_of_and_never_made_anew(self, store, path, tmp_path):
        write(store, "t1")
        for suffix in ("", "-wal", "-shm"):
            (tmp_path / f"desk.db{suffix}").rename(tmp_path / f"away.db{suffix}")
        with pytest.raises(StoreUnavailable, match="is gone"):
            write(store, "t2")
        with pytest.raises(StoreUnavailable, match="is gone"):
            mirror(store)
        assert not path.exists()

    def test_it_goes_on_when_the_file_is_back(self, store, path, tmp_path):
        write(store, "t1")
        store.close()
        again = SqlStore.open(f"sqlite:///{path}")
        path.rename(tmp_path / "away.db")
        with pytest.raises(StoreUnavailable):
            write(again, "t2")
        (tmp_path / "away.db").rename(path)
        write(again, "t3")

        assert {name for _, name in mirror(again)} == {"t1", "t3"}
        again.close()

    def test_a_reader_waits_while_another_process_opens_or_closes_the_file(self, store, path):
        write(store, "t1")
        store.close()
        again = SqlStore.open(f"sqlite:///{path}")
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")  # as the last one to close the file does, and whoever recovers it
        threading.Timer(0.3, other.close).start()

        assert {name for _, name in mirror(again)} == {"t1"}
        again.close()

    def test_a_full_disk_leaves_nothing_half_done(self, store, path):
        write(store, "t1")
        # As full as a disk: the file may not grow by another page.
        connection = store._database._writer._connected()
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 2}")
        with pytest.raises(StoreUnavailable, match="full"):
            write(store, *(f"n{number}" for number in range(5000)))
        assert {name for _, name in mirror(store)} == {"t1"}

        write(store, "t2")  # on a new connection, which knows no such limit

        assert {name for _, name in mirror(store)} == {"t1", "t2"}

    def test_everybody_who_shared_the_transaction_is_told(self, store):
        write(store, "t1")
        begun, told = threading.Event(), []

        def slow(tx):
            begun.set()
            second.wait_until_queued()
            tx.write([Set("task", task("t2"))])

        class Second(threading.Thread):
            def run(self):
                try:
                    write(store, *(f"n{number}" for number in range(5000)))
                except StoreUnavailable as error:
                    told.append(error)

            def wait_until_queued(self):
                while not store._database._writer._calls:
                    pass

        second = Second()
        connection = store._database._writer._connected()
        connection.execute(f"PRAGMA max_page_count={connection.execute('PRAGMA page_count').fetchone()[0] + 2}")
        first = threading.Thread(target=lambda: (begun.wait(), second.start()))
        first.start()
        with pytest.raises(StoreUnavailable):
            store.run(slow)
        first.join()
        second.join()

        assert len(told) == 1
        assert {name for _, name in mirror(store)} == {"t1"}

    @pytest.mark.skipif(os.name != "posix", reason="file modes")
    def test_a_database_that_cannot_be_written_can_still_be_read(self, store):
        write(store, "t1")
        store._database._writer._connected().execute("PRAGMA query_only=ON")
        with pytest.raises(StoreUnavailable, match="readonly"):
            write(store, "t2")

        assert {name for _, name in mirror(store)} == {"t1"}

    def test_a_command_that_another_process_keeps_waiting_is_told_so(self, store, path, monkeypatch):
        monkeypatch.setattr(writer, "_PATIENCE", 0.05)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            write(store, "t1")
        other.execute("ROLLBACK")
        other.close()
        write(store, "t2")

        assert {name for _, name in mirror(store)} == {"t2"}

    def test_a_command_inside_a_command_is_refused_instead_of_waiting_for_itself(self, store):
        with pytest.raises(RuntimeError, match="inside"):
            store.run(lambda tx: store.run(lambda inner: inner.next_fence()))

    def test_a_store_that_was_closed_says_so(self, store):
        store.close()
        store.close()
        with pytest.raises(StoreUnavailable, match="closed"):
            write(store, "t1")

    def test_a_file_that_was_put_in_its_place_is_read_and_written_and_what_was_followed_is_lost(self, store, path):
        write(store, "t1")
        backup = path.with_name("backup.db")
        with sqlite3.connect(path) as source, sqlite3.connect(backup) as copy:
            source.backup(copy)
        write(store, "t2")
        of_before = store.position()
        source.close()
        copy.close()
        for suffix in ("-wal", "-shm"):
            path.with_name(f"desk.db{suffix}").unlink(missing_ok=True)
        backup.replace(path)

        assert {name for _, name in mirror(store)} == {"t1"}
        write(store, "t3", "t4", "t5")
        assert {name for _, name in mirror(store)} == {"t1", "t3", "t4", "t5"}
        with pytest.raises(CursorLost):
            store.feed(of_before)
        assert store.feed(store.position()).changes == ()

    def test_an_empty_file_in_its_place_has_no_tables(self, store, path):
        write(store, "t1")
        for suffix in ("", "-wal", "-shm"):
            path.with_name(f"desk.db{suffix}").unlink(missing_ok=True)
        path.touch()
        with pytest.raises(StoreUnavailable, match="no tables of Workplaces"):
            write(store, "t2")
        with pytest.raises(StoreUnavailable, match="no tables of Workplaces"):
            mirror(store)

    def test_a_file_that_is_no_database_is_refused(self, path):
        path.write_text("нет" * 1000)
        with pytest.raises(StoreUnavailable, match="not a database"):
            SqlStore.open(f"sqlite:///{path}")


@pytest.mark.slow
class TestPostgres:
    @pytest.fixture
    def own(self, server, monkeypatch):
        """A server that may be killed; `server` is asked for so that there is none where there cannot be any."""
        monkeypatch.setattr(postgres_pool, "_BACK_AGAIN", 0.2)
        monkeypatch.setattr(postgres_store, "_PATIENCE", 1.0)
        with postgres() as own:
            yield own

    def test_it_goes_on_when_a_killed_server_is_back(self, own):
        store = SqlStore.open(own.fresh())
        write(store, "t1")
        own.kill()
        with pytest.raises(StoreUnavailable, match="does not answer"):
            write(store, "t2")
        with pytest.raises(StoreUnavailable):
            mirror(store)
        assert store.now() is not None if store._database._offset else True
        own.start()
        write(store, "t3")

        assert {name for _, name in mirror(store)} == {"t1", "t3"}
        store.close()

    def test_a_connection_that_died_in_the_pool_is_not_noticed(self, server):
        store = SqlStore.open(server.fresh(migrated=True))
        write(store, "t1")
        store.run(_kill_others)
        write(store, "t2")

        assert {name for _, name in mirror(store)} == {"t1", "t2"}
        store.close()

    def test_a_database_that_may_not_be_written_is_told_of(self, server):
        url = server.fresh(migrated=True)
        store = SqlStore.open(url)
        write(store, "t1")
        with store._database._pool.connection() as connection:
            connection.execute("SET default_transaction_read_only = on")
        with pytest.raises(StoreUnavailable, match="read-only"):
            write(store, "t2")

        assert {name for _, name in mirror(store)} == {"t1"}
        store.close()

    def test_no_message_shows_the_password(self, server):
        url = server.url("nowhere").replace("postgres@", "postgres:geheim@")
        with pytest.raises(StoreUnavailable) as caught:
            SqlStore.open(url)

        assert "geheim" not in str(caught.value)
        assert caught.value.__cause__ is None


def _kill_others(tx):
    tx._session._cursor.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()"
    )
