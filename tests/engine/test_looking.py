"""What may be looked up in an engine without copying the account."""

from __future__ import annotations

from hypothesis import given

from workplaces_core import Engine
from workplaces_core.testing.situations import Situation
from workplaces_core.testing.strategies import situations


@given(situations())
def test_tasks_links_and_the_directory_are_those_of_the_snapshot(situation: Situation) -> None:
    snapshot = situation.snapshot
    engine = Engine(situation.policy, snapshot)

    for task in snapshot.tasks.values():
        assert engine.task(task.id) == task
        assert engine.links(task) == snapshot.links(task)
    assert engine.task("absent") is None
    directory = engine.directory()
    assert (directory.account, directory.users, directory.groups) == (snapshot.account, snapshot.users, snapshot.groups)
    assert (directory.task_types, directory.fields) == (snapshot.task_types, snapshot.fields)
    assert directory.tasks == {}
