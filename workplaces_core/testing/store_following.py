"""The suite for stores: random writes, and followers who began at any time; in the end all know the same."""

# ruff: noqa: D102 - the name of a test or a rule is its sentence

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from workplaces_core.adapters.stores import Transaction
from workplaces_core.changes import Change
from workplaces_core.model import Lease
from workplaces_core.testing.drawing import ids
from workplaces_core.testing.snapshot_strategies import changes
from workplaces_core.testing.store_under_test import MakeStore, Mirror, applied, exactly, fail_after, follow, mirror
from workplaces_core.testing.store_world import held

_WRITTEN = st.lists(changes().filter(lambda change: change.kind != "lease"), min_size=1, max_size=4)


class Following(RuleBasedStateMachine):
    """A store, what should be in it, and those who follow it: each with a position and what he knows by it."""

    def __init__(self, make_store: MakeStore) -> None:
        super().__init__()
        self.store = make_store()
        self.expected: Mirror = {}
        self.followers: list[tuple[str, Mirror]] = [(self.store.position(), {})]

    @rule(written=_WRITTEN)
    def something_is_written(self, written: list[Change]) -> None:
        self.store.run(lambda tx: tx.write(written))
        self.expected = applied(self.expected, written)

    @rule(written=_WRITTEN)
    def something_is_taken_back(self, written: list[Change]) -> None:
        fail_after(self.store, lambda tx: tx.write(written))

    @rule(task=ids("task"), user=ids("user"), fence=st.integers(1, 99))
    def a_lease_is_given(self, task: str, user: str, fence: int) -> None:
        lease = held(task, user, fence)

        def act(tx: Transaction) -> None:
            before = tx.lease_of(user)
            if before is not None and before.task != task:
                tx.drop_lease(before.task)
            tx.put_lease(lease)

        self.store.run(act)
        self.expected = {key: value for key, value in self.expected.items() if not _holds(value, user)}
        self.expected["lease", task] = Lease(task, user, lease.since, lease.expires)

    @rule(task=ids("task"))
    def a_lease_is_dropped(self, task: str) -> None:
        self.store.run(lambda tx: tx.drop_lease(task))
        self.expected.pop(("lease", task), None)

    @rule()
    def somebody_begins_to_follow(self) -> None:
        position = self.store.position()
        self.followers.append((position, mirror(self.store)))

    @rule(who=st.integers(0, 99), limit=st.sampled_from([1, 2, 5]))
    def a_follower_reads_a_page(self, who: int, limit: int) -> None:
        position, known = self.followers[who % len(self.followers)]
        page = self.store.feed(position, limit=limit)
        self.followers[who % len(self.followers)] = page.position, applied(known, page.changes)

    @rule(who=st.integers(0, 99), limit=st.sampled_from([1, 3, 1000]))
    def a_follower_reads_to_the_end(self, who: int, limit: int) -> None:
        position, known = self.followers[who % len(self.followers)]
        changes, end = follow(self.store, position, limit=limit)
        self.followers[who % len(self.followers)] = end, applied(known, changes)

        assert exactly(self.followers[who % len(self.followers)][1]) == exactly(self.expected)

    @precondition(lambda machine: len(machine.followers) > 1)
    @rule()
    def everybody_looks(self) -> None:
        assert exactly(mirror(self.store)) == exactly(self.expected)

    def teardown(self) -> None:
        try:
            self.everybody_looks()
            for who in range(len(self.followers)):
                self.a_follower_reads_to_the_end(who, 1000)
        finally:
            self.store.close()


def _holds(value: Any, user: str) -> bool:
    return isinstance(value, Lease) and value.user == user


class FollowingTests:
    """Followers converge."""

    generated: settings

    def test_whoever_follows_from_any_position_knows_what_the_mirror_knows(self, make_store: MakeStore) -> None:
        run_state_machine_as_test(lambda: Following(make_store), settings=self.generated)  # type: ignore[arg-type]
