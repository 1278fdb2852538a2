"""`workplaces db`, and the history that it exports."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from workplaces_sql import SqlStore
from workplaces_sql.retention import Retention

from workplaces_core.adapters.stores import Candidate, Wish
from workplaces_core.changes import Remove, Set
from workplaces_core.cli.app import run
from workplaces_core.history.events import Event, open_work
from workplaces_core.model import Account
from workplaces_core.testing.store_world import task
from workplaces_core.work.leases import end, take

AT = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/desk.db"
    return request.getfixturevalue("server").fresh(migrated=True)


def worked(url, **settings):
    """A day in which a task came, was taken, was done, and went."""
    with closing(SqlStore.open(url, **settings)) as store:
        written = [Set("account", Account("acme", "Europe/Moscow")), Set("task", task("t1"))]
        store.run(lambda tx: tx.write(written), at=AT)
        wish = Wish("u1", (Candidate(task("t1"), "r", None, {}),), 15 * MINUTE)
        store.take(wish, take, at=AT + MINUTE)
        store.run(lambda tx: end(tx, tx.lease_of("u1"), "finished"), at=AT + 2 * MINUTE)
        store.run(lambda tx: tx.write([Remove("task", "t1")]), at=AT + 3 * MINUTE)


def test_the_history_tells_what_changed_and_who_did_what_in_time_order(url, tmp_path):
    worked(url)
    out = tmp_path / "history.jsonl"
    assert run(["db", "export-history", "--database", url, "--out", str(out)]) == 0

    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    told = [(line["at"], line["account"], line["op"], line["kind"], line["id"]) for line in lines]
    assert told == [
        ("2026-11-24T07:40:00Z", "acme", "set", "account", "acme"),
        ("2026-11-24T07:40:00Z", "acme", "set", "task", "t1"),
        ("2026-11-24T07:41:00Z", "acme", "set", "taken", "t1"),
        ("2026-11-24T07:42:00Z", "acme", "set", "finished", "t1"),
        ("2026-11-24T07:43:00Z", "acme", "remove", "task", "t1"),
    ]
    assert json.loads(lines[2]["value"]) == {"user": "u1", "task": "t1", "fence": 1}


def test_the_history_can_be_read_by_those_who_replay_it(url):
    worked(url)
    with closing(SqlStore.open(url)) as store:
        events = list(store.history())
    parts = [Event(each.at, each.account, each.op, each.kind, each.id, each.value) for each in events]

    assert open_work(parts, AT + MINUTE)["leases"][0]["user"] == "u1"
    assert open_work(parts, AT + 3 * MINUTE)["tasks"] == []


def test_what_was_written_before_the_journal_begins_stands_at_its_beginning(url):
    retention = Retention(journal=timedelta(days=1))
    with closing(SqlStore.open(url, retention=retention)) as store:
        written = [Set("account", Account("acme", "UTC")), Set("task", task("t1")), Set("task", task("t2"))]
        store.run(lambda tx: tx.write(written), at=AT)
        later = [Set("task", task("t2", str(number))) for number in range(1200)]
        store.run(lambda tx: tx.write(later), at=AT + timedelta(days=2))
        told = [(event.kind, event.id) for event in store.history()]

        assert told[:3] == [("account", "acme"), ("task", "t1"), ("task", "t2")]
        assert len(told) == 2 + 1200


def test_a_database_in_which_all_is_well_has_no_findings(url, capsys):
    worked(url)
    assert run(["db", "check", "--database", url]) == 0
    assert capsys.readouterr().out == "nothing is wrong\n"


def test_what_cannot_be_read_is_a_finding(url, capsys):
    worked(url)
    with closing(SqlStore.open(url)) as store:
        store.run(lambda tx: tx._session.do(tx._sql.put_entity, kind="task", id="bad", value="[", number=1))
    assert run(["db", "check", "--database", url]) == 1
    assert "mirror: cannot be read" in capsys.readouterr().out


def test_upgrading_twice_changes_nothing(url):
    assert run(["db", "upgrade", "--database", url]) == 0
    assert run(["db", "upgrade", "--database", url]) == 0


@pytest.mark.parametrize("wrong", ["nonsense", "mysql://root:geheim@h/d", "sqlite://", "sqlite:///:memory:"])
def test_a_url_that_names_no_database_is_wrong_usage_and_shows_no_password(wrong, capsys):
    assert run(["db", "check", "--database", wrong]) == 2
    assert "geheim" not in capsys.readouterr().err


def test_there_is_no_history_before_the_crm_was_read(url, capsys):
    SqlStore.open(url).close()
    assert run(["db", "export-history", "--database", url]) != 0
    assert "never read" in capsys.readouterr().err
