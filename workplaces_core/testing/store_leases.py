"""The suite for stores: leases, one a task and one a user, and fences that only grow."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from workplaces_core.adapters.stores import FencedLease, Store, Transaction
from workplaces_core.changes import Remove
from workplaces_core.testing.store_under_test import each_of, entity, fail_after, follow, refused, tables, touched
from workplaces_core.testing.store_world import AT, QUARTER, TICK, held


class LeaseTests:
    """A store keeps the leases it was given, and never two that exclude each other."""

    awkward_ids: Sequence[str]

    def test_nobody_holds_anything_at_first(self, store: Store) -> None:
        assert list(store.leases()) == []
        assert store.run(lambda tx: (tx.lease_of("u1"), tx.lease_on("t1"))) == (None, None)

    def test_a_lease_is_found_by_task_and_by_user(self, store: Store) -> None:
        lease = held("t1", "u1", expires=AT + QUARTER + TICK)
        _put(store, lease, held("t2", "u2", 2, role="роль", priority=None))

        assert store.run(lambda tx: (tx.lease_of("u1"), tx.lease_on("t1"))) == (lease, lease)
        assert store.run(lambda tx: (tx.lease_of("u3"), tx.lease_on("t3"))) == (None, None)
        assert sorted(each.task for each in store.leases()) == ["t1", "t2"]

    def test_a_command_sees_the_leases_it_put_and_dropped(self, store: Store) -> None:
        lease = held()

        def act(tx: Transaction) -> list[FencedLease | None]:
            tx.put_lease(lease)
            there = [tx.lease_of("u1"), tx.lease_on("t1")]
            tx.drop_lease("t1")
            return [*there, tx.lease_of("u1"), tx.lease_on("t1"), tx.entity("lease", "t1")]

        assert store.run(act) == [lease, lease, None, None, None]

    def test_leases_on_awkward_ids_are_kept_apart(self, store: Store) -> None:
        leases = [held(name, name[::-1] + "u", number) for number, name in enumerate(self.awkward_ids, start=1)]
        _put(store, *leases)

        assert sorted(store.leases(), key=_fence) == leases
        assert store.run(lambda tx: [tx.lease_on(lease.task) for lease in leases]) == leases
        assert store.run(lambda tx: [tx.lease_of(lease.user) for lease in leases]) == leases

    def test_a_lease_takes_the_place_of_the_one_on_its_task(self, store: Store) -> None:
        _put(store, held("t1", "u1", 1))
        later = held("t1", "u2", 2)
        _put(store, later)

        assert list(store.leases()) == [later]
        assert store.run(lambda tx: (tx.lease_of("u1"), tx.lease_of("u2"))) == (None, later)

    def test_a_lease_may_be_renewed(self, store: Store) -> None:
        _put(store, held())
        renewed = held(expires=AT + 2 * QUARTER)
        _put(store, renewed)

        assert list(store.leases()) == [renewed]
        assert entity(store, "lease", "t1").expires == AT + 2 * QUARTER

    def test_a_user_who_holds_a_task_is_never_given_another(self, store: Store) -> None:
        _put(store, held("t1", "u1", 1))
        before = tables(store)

        assert refused(store, lambda tx: tx.put_lease(held("t2", "u1", 2)))
        assert tables(store) == before

    def test_a_user_may_change_the_task_within_a_command(self, store: Store) -> None:
        _put(store, held("t1", "u1", 1))
        other = held("t2", "u1", 2)
        store.run(each_of(lambda tx: tx.drop_lease("t1"), lambda tx: tx.put_lease(other)))

        assert list(store.leases()) == [other]

    def test_a_lease_that_has_expired_is_there_until_it_is_dropped(self, store: Store) -> None:
        lease = held()
        _put(store, lease)

        assert store.run(lambda tx: (tx.lease_on("t1"), tx.lease_of("u1")), at=AT + timedelta(days=9)) == (lease, lease)
        assert list(store.leases()) == [lease]

    def test_a_dropped_lease_frees_task_and_user(self, store: Store) -> None:
        _put(store, held("t1", "u1"), held("t2", "u2", 2))
        store.run(lambda tx: tx.drop_lease("t1"))

        assert [lease.task for lease in store.leases()] == ["t2"]
        assert entity(store, "lease", "t1") is None
        _put(store, held("t1", "u3", 3), held("t3", "u1", 4))

    def test_leases_touch_what_they_are_on(self, store: Store) -> None:
        numbers = [touched(store, "lease", "t1")]
        for act in (lambda tx: tx.put_lease(held()), lambda tx: tx.put_lease(held()), lambda tx: tx.drop_lease("t1")):
            store.run(act)
            numbers.append(touched(store, "lease", "t1"))

        assert numbers == sorted(set(numbers))
        assert numbers[-1] <= store.number()

    def test_leases_are_told_of_in_the_feed(self, store: Store) -> None:
        start = store.position()
        _put(store, held())
        taken, middle = follow(store, start)
        store.run(lambda tx: tx.drop_lease("t1"))

        assert [(change.kind, change.value.expires) for change in taken] == [("lease", AT + QUARTER)]  # type: ignore[union-attr]
        assert follow(store, middle)[0] == [Remove("lease", "t1")]

    # -- fences -------------------------------------------------------------------------------------------

    def test_fences_grow_within_a_command_and_from_one_to_the_next(self, store: Store) -> None:
        fences = [fence for _ in range(3) for fence in store.run(lambda tx: [tx.next_fence(), tx.next_fence()])]

        assert fences == sorted(set(fences))
        assert fences[0] > 0

    def test_a_fence_that_was_used_is_never_given_again(self, store: Store) -> None:
        def take(tx: Transaction) -> int:
            fence = tx.next_fence()
            tx.put_lease(held(fence=fence))
            return fence

        first = store.run(take)
        store.run(lambda tx: tx.drop_lease("t1"))
        fail_after(store, take)

        assert store.run(take) > first


def _fence(lease: FencedLease) -> int:
    return lease.fence


def _put(store: Store, *leases: FencedLease) -> None:
    def act(tx: Transaction) -> None:
        for lease in leases:
            tx.put_lease(lease)

    store.run(act)
