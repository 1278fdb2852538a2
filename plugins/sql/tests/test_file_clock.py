"""One clock for all who have a SQLite file open, though each may have another idea of the time."""

from __future__ import annotations

import itertools
import time

import pytest
from workplaces_sql import SqlStore, file_clock
from workplaces_sql.file_clock import APART, FileClock
from workplaces_sql.sqlite import SqliteSession, connect
from workplaces_sql.statements import statements_for

MINUTE = 60_000_000
STATEMENTS = statements_for("sqlite")


@pytest.fixture
def path(tmp_path):
    SqlStore.open(f"sqlite:///{tmp_path / 'desk.db'}", clock=None).close()
    connection = connect(tmp_path / "desk.db")
    connection.execute("DELETE FROM wp_counter WHERE name IN ('boot', 'clock')")
    connection.close()
    return tmp_path / "desk.db"


def agreed(path, clock: FileClock) -> int:
    """What a transaction of a process with this clock is dated."""
    connection = connect(path)
    connection.execute("BEGIN IMMEDIATE")
    session = SqliteSession(connection, STATEMENTS)
    at = clock.agree(session)
    session.keep_counters()
    connection.execute("COMMIT")
    connection.close()
    return at


def process(says: int, *, running: int = 5, boot: int | None = 7) -> FileClock:
    return FileClock(lambda: says, lambda: running, boot)


def test_who_comes_later_goes_by_the_clock_of_the_first(path) -> None:
    assert agreed(path, process(1000 * MINUTE)) == 1000 * MINUTE
    late = process(1001 * MINUTE, running=5 + 10)

    assert agreed(path, late) == 1000 * MINUTE + 10
    assert late.now() == 1000 * MINUTE + 10


@pytest.mark.parametrize("wrong", [-MINUTE, MINUTE, -APART, APART])
def test_a_clock_that_is_set_while_processes_run_moves_nothing(path, wrong) -> None:
    says = [1000 * MINUTE]
    clock = FileClock(lambda: says[0], lambda: 5, 7)
    agreed(path, clock)
    says[0] += wrong

    assert agreed(path, clock) == clock.now() == 1000 * MINUTE


def hours(path, many: int, *wrong: int) -> list[int]:
    """What transactions are dated, one a second, by processes in turn whose clocks are so wrong; less the true time."""
    connection = connect(path)
    connection.execute("BEGIN IMMEDIATE")
    session = SqliteSession(connection, STATEMENTS)
    dated = []
    for second in range(many * 3600):
        true = 1000 * MINUTE + second * 1_000_000
        clock = FileClock(lambda: true + wrong[second % len(wrong)], lambda: true - 999 * MINUTE, 7)  # noqa: B023
        dated.append(clock.agree(session) - true)
    connection.execute("ROLLBACK")
    connection.close()
    return dated


@pytest.mark.parametrize("wrong", [-3 * MINUTE, 3 * MINUTE])
def test_the_clock_of_a_file_follows_slowly_and_never_goes_back(path, wrong) -> None:
    agreed(path, process(1000 * MINUTE, running=MINUTE))
    off = hours(path, 4, wrong)

    assert abs(off[0]) < 100_000
    assert abs(off[-1] - wrong) <= 1_000_000
    assert max(abs(after - before) for before, after in itertools.pairwise(off)) <= 20_000  # of the second that passed


def test_clocks_that_are_wrong_in_both_ways_pull_it_nowhere(path) -> None:
    agreed(path, process(1000 * MINUTE, running=MINUTE))
    off = hours(path, 1, MINUTE, -MINUTE, 0)

    assert max(map(abs, off)) <= 1_100_000


@pytest.mark.parametrize("apart", [-APART - 1, APART + 1])
def test_a_file_that_is_minutes_wrong_is_set_for_all(path, apart) -> None:
    first = process(1000 * MINUTE)
    agreed(path, first)

    assert agreed(path, process(1000 * MINUTE + apart)) == 1000 * MINUTE + apart
    assert agreed(path, FileClock(lambda: 1000 * MINUTE + apart, lambda: 5, 7)) == 1000 * MINUTE + apart


def test_a_machine_that_was_started_again_has_its_own_time(path) -> None:
    agreed(path, process(1000 * MINUTE))

    assert agreed(path, process(1001 * MINUTE, running=0, boot=8)) == 1001 * MINUTE


def test_a_system_that_does_not_number_its_runs_leaves_each_process_its_clock(path) -> None:
    agreed(path, process(1000 * MINUTE))

    assert agreed(path, process(1001 * MINUTE, boot=None)) == 1001 * MINUTE


def test_stores_in_one_file_have_one_time(tmp_path, monkeypatch) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    right = SqlStore.open(url)
    wrong_time = time.time_ns() + 1000 * MINUTE
    monkeypatch.setattr(file_clock.time, "time_ns", lambda: wrong_time)
    wrong = SqlStore.open(url)

    assert right.now() <= wrong.now() <= wrong.run(lambda tx: tx.at) <= right.now()
    right.close()
    wrong.close()
