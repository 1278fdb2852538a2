"""Databases of every version: earlier ones are brought forward with all that is in them, newer ones refused."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool
from workplaces_sql import SqlStore
from workplaces_sql.migrating import alembic_config, upgrade
from workplaces_sql.tables import VERSION, metadata

from workplaces_core.changes import Set
from workplaces_core.errors import StoreUnavailable
from workplaces_core.testing.store_under_test import mirror
from workplaces_core.testing.store_world import task

MAKERS = {
    "0001": [
        """INSERT INTO wp_entity (kind, id, value, number) VALUES ('task', 't1',
        '2026-11-20T08:00:00+00:00\x1f2026-11-24\x1f1\x1fu1\x1f\x1f\x1f\x1fЗвонок', 1)""",
    ],
    "0002": [
        """INSERT INTO wp_entity (kind, id, value, number) VALUES ('task', 't1',
        '2026-11-20T08:00:00+00:00\x1f2026-11-24\x1f1\x1fu1\x1f\x1f\x1f\x1fЗвонок', 1)""",
    ],
}
"""What a database of each version may hold, written by hand: the code of today could not have written it."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/desk.db"
    return request.getfixturevalue("server").fresh()


def engine_of(url):
    return create_engine(url, poolclass=NullPool)


def make(url, version):
    with engine_of(url).begin() as connection:
        upgrade(connection, up_to=version)
        for statement in MAKERS[version]:
            connection.execute(text(statement))


def test_the_newest_version_is_the_last_migration():
    script = ScriptDirectory.from_config(alembic_config())
    assert script.get_heads() == [VERSION]
    assert {each.revision for each in script.walk_revisions()} == MAKERS.keys()


@pytest.mark.parametrize("version", MAKERS)
def test_a_database_of_an_earlier_version_is_brought_forward_with_all_that_is_in_it(url, version):
    make(url, version)
    with closing(SqlStore.open(url)) as store:
        assert mirror(store)["task", "t1"].text == "Звонок"
        store.run(lambda tx: tx.write([Set("task", task("t2"))]))
        assert len(mirror(store)) == 2


@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
def test_the_tables_are_those_that_the_code_knows(url):
    SqlStore.open(url).close()
    found = inspect(engine_of(url))
    assert set(metadata.tables) <= set(found.get_table_names())
    for name, table in metadata.tables.items():
        columns = {each["name"]: each["nullable"] for each in found.get_columns(name) if each["name"] != "xid"}
        assert columns == {each.name: each.nullable for each in table.columns}, name
        assert {each["name"] for each in found.get_indexes(name) if not each.get("unique")} >= {
            each.name for each in table.indexes
        }, name


def test_a_database_of_a_newer_version_is_refused(url):
    SqlStore.open(url).close()
    with engine_of(url).begin() as connection:
        connection.execute(text("UPDATE wp_version SET version_num = '9999'"))
    for migrate in (True, False):
        with pytest.raises(StoreUnavailable, match=r"`9999`.*install a newer one"):
            SqlStore.open(url, migrate=migrate)


def test_without_migrating_a_database_without_tables_is_refused(url):
    if url.startswith("sqlite"):
        with pytest.raises(StoreUnavailable, match="is not there"):
            SqlStore.open(url, migrate=False)
    else:
        with pytest.raises(StoreUnavailable, match="db upgrade"):
            SqlStore.open(url, migrate=False)


def test_several_may_start_at_once(url):
    failures = []

    def start():
        try:
            SqlStore.open(url).close()
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
