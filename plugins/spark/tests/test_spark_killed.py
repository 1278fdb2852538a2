"""A worker that is killed in the middle of its work costs a retry, and not an answer."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from workplaces_spark import replay
from workplaces_spark.session import session

from tests.history.test_replay import busy_history, everybody
from workplaces_core.history import replay as replay_here
from workplaces_core.history.arrow_form import table_of
from workplaces_core.history.extra import pq
from workplaces_core.policy import CommonQueue, ConditionOp, Leaf, Priority

RULE = '''
"""A rule that kills whoever asks it first, as a machine out of memory would: no word, no last will."""

import os, signal

def parent(process):
    with open(f"/proc/{process}/stat") as stat:
        return int(stat.read().rpartition(")")[2].split()[1])

def worker(_, mark):
    return fatal(mark, os.getpid())

def executor(_, mark):
    # The Java process above the daemon that made this one.
    return fatal(mark, parent(os.getppid()))

def fatal(mark, process):
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return True
    with open(mark, "w") as told:
        told.write(str(process))
    os.kill(process, signal.SIGKILL)
    signal.pause()
'''


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")


@pytest.fixture
def rule(tmp_path, monkeypatch):
    """The module of the rule, on the path of this process."""
    path = tmp_path / "fatal_rule.py"
    path.write_text(RULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "fatal_rule", raising=False)
    return path


def policies(mark, victim):
    """Two policies, one of which asks the rule; every task has a type."""
    rules = __import__("fatal_rule")
    leaf = Leaf("task.type", "fatal", str(mark), ConditionOp("fatal", 1, "text", getattr(rules, victim)))
    fatal = Priority("all", "All", where=leaf, common_queue=CommonQueue())
    return everybody(fatal), everybody(Priority("two", "Two", task_types=("2",)), Priority("rest", "Rest"))


def assert_survived(tmp_path, spark, rule, victim):
    """Replay with a rule that kills, and compare with a replay in which it has killed already."""
    spark.sparkContext.addPyFile(str(rule))
    table, mark, other = table_of(busy_history(days=4, tasks=120)), tmp_path / "killed", tmp_path / "before"
    pq.write_table(table, tmp_path / "h.parquet", row_group_size=100)
    other.touch()
    found = replay(spark, tmp_path / "h.parquet", *policies(mark, victim), rows_at_once=100).replay
    here = replay_here(table, *policies(other, victim), processes=1, rows_at_once=100)

    killed = int(mark.read_text())
    assert killed != os.getpid()
    assert not Path(f"/proc/{killed}").exists()
    assert found.decisions.equals(here.decisions)
    assert found.tasks.equals(here.tasks)
    assert found.summary == here.summary
    assert found.summary["policies"]["a"]["given"] > 0


@pytest.mark.slow
@needs_proc
def test_a_killed_python_worker_costs_no_answer(tmp_path, spark, rule):
    assert_survived(tmp_path, spark, rule, "worker")


@pytest.mark.slow
@needs_proc
def test_a_killed_executor_costs_no_answer(tmp_path, spark, rule):
    """Two executors, Java processes of their own; the new one has to read and check again what the dead one kept."""
    spark.stop()
    cluster = session("local-cluster[2,1,1024]", {"spark.ui.showConsoleProgress": "false"})
    try:
        assert_survived(tmp_path, cluster, rule, "executor")
    finally:
        cluster.stop()
