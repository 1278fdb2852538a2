"""The suite for stores: sagas, policies and cells."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import attrs
import pytest

from workplaces_core.adapters.cells import Cell
from workplaces_core.adapters.stores import Saga, Step, Store, Transaction
from workplaces_core.errors import PolicyError
from workplaces_core.testing.store_under_test import each_of, exactly, fail_after, tables
from workplaces_core.testing.store_world import AT, QUARTER, TICK, policy, published, saga


class SagaTests:
    """Sagas are kept under ids of the store, and come in the order in which they were begun."""

    def test_a_new_saga_is_given_an_id(self, store: Store) -> None:
        first, second = store.run(lambda tx: (tx.put_saga(saga("t1")), tx.put_saga(saga("t1"))))

        assert 0 < first.id < second.id
        assert (first, second) == (saga("t1", id=first.id), saga("t1", id=second.id))

    def test_a_saga_is_kept_as_it_was(self, store: Store) -> None:
        full = saga(
            "t/1",
            kind="compensate",
            user="ю4",
            fence=2**40,
            attempts=3,
            not_before=AT + TICK,
            worker="w/1",
            worked_until=AT + QUARTER,
            trouble="нет прав",
        )
        kept = store.run(lambda tx: tx.put_saga(full))

        assert exactly(store.run(lambda tx: tx.saga(kept.id))) == exactly(attrs.evolve(full, id=kept.id))
        assert exactly(list(store.sagas())) == exactly([kept])

    def test_a_saga_may_have_no_steps_and_no_times(self, store: Store) -> None:
        kept = store.run(lambda tx: tx.put_saga(Saga(0, "finish", "t1", "u1", 1, ())))

        assert store.run(lambda tx: tx.saga(kept.id)) == kept == Saga(kept.id, "finish", "t1", "u1", 1, ())

    def test_a_saga_that_was_never_begun_is_not_there(self, store: Store) -> None:
        assert store.run(lambda tx: tx.saga(12345)) is None

    def test_a_saga_is_replaced_by_its_later_state(self, store: Store) -> None:
        kept = store.run(lambda tx: tx.put_saga(saga()))
        steps = (attrs.evolve(kept.steps[0], state="done", outcome="ок"), Step("complete", "task", "t1", "Готово"))
        later = attrs.evolve(kept, steps=steps, attempts=1, worker="w", worked_until=AT)

        assert store.run(lambda tx: (tx.put_saga(later), tx.saga(kept.id))) == (later, later)
        assert list(store.sagas()) == [later]

    def test_the_open_sagas_of_a_task_come_in_the_order_in_which_they_were_begun(self, store: Store) -> None:
        begun = _begin(store, "t1", "t2", "t1", "t1")
        store.run(lambda tx: tx.put_saga(attrs.evolve(begun[2], state="lost_race")))
        changed = store.run(lambda tx: tx.put_saga(attrs.evolve(begun[0], attempts=5)))

        assert store.run(lambda tx: list(tx.sagas_of("t1"))) == [changed, begun[3]]
        assert store.run(lambda tx: list(tx.sagas_of("t"))) == []

    def test_the_sagas_at_which_somebody_works_are_open_and_have_a_worker(self, store: Store) -> None:
        begun = _begin(store, "t1", "t2", "t3", "t1")
        at = attrs.evolve(begun[1], worker="w", worked_until=AT), attrs.evolve(begun[3], worker="v", worked_until=AT)
        ended = attrs.evolve(begun[2], worker="w", worked_until=AT, state="done")
        store.run(lambda tx: [tx.put_saga(each) for each in (*at, ended)])

        assert sorted(store.run(lambda tx: tx.worked_sagas()), key=lambda each: each.id) == list(at)

    def test_a_command_sees_that_it_ended_a_saga(self, store: Store) -> None:
        (begun,) = _begin(store, "t1")

        def act(tx: Transaction) -> list[Saga]:
            tx.put_saga(attrs.evolve(begun, state="done"))
            return list(tx.sagas_of("t1"))

        assert store.run(act) == []

    @pytest.mark.parametrize("limit", [None, 0, 1, 2, 9])
    def test_the_open_sagas_come_in_the_order_in_which_they_were_begun(self, store: Store, limit: int | None) -> None:
        begun = _begin(store, "t1", "t2", "t3", "t4")
        store.run(lambda tx: tx.put_saga(attrs.evolve(begun[1], state="partly_transferred")))
        first = store.run(lambda tx: tx.put_saga(attrs.evolve(begun[0], attempts=5)))

        assert list(store.sagas(limit=limit)) == [first, *begun[2:]][:limit]

    @pytest.mark.parametrize("limit", [None, 0, 1, 2, 9])
    def test_all_sagas_come_the_newest_first(self, store: Store, limit: int | None) -> None:
        begun = _begin(store, "t1", "t2", "t3")
        ended = store.run(lambda tx: tx.put_saga(attrs.evolve(begun[1], state="refused")))

        assert list(store.sagas(open_only=False, limit=limit)) == [begun[2], ended, begun[0]][:limit]


class PolicyTests:
    """Policies are kept for ever, each under a greater version."""

    def test_at_first_there_is_no_policy(self, store: Store) -> None:
        assert store.run(lambda tx: tx.newest_version()) == 0
        assert store.policy() is None
        assert store.policy(1) is None
        assert list(store.policies()) == []

    def test_a_policy_is_kept_as_it_was(self, store: Store) -> None:
        whole, plain = published(3), published(2**40, author=None, comment="", at=AT + TICK)
        store.run(each_of(lambda tx: tx.add_policy(whole), lambda tx: tx.add_policy(plain)))

        assert exactly(store.policy(3)) == exactly(whole)
        assert exactly(store.policy()) == exactly(plain)
        assert list(store.policies()) == [plain, whole]
        assert store.policy(4) is None

    def test_a_command_sees_the_version_it_published(self, store: Store) -> None:
        def act(tx: Transaction) -> int:
            tx.add_policy(published(3))
            return tx.newest_version()

        assert store.run(act) == published(3).policy.version

    @pytest.mark.parametrize("version", [2, 3])
    def test_a_policy_of_no_greater_version_is_refused(self, store: Store, version: int) -> None:
        store.run(lambda tx: tx.add_policy(published(3)))
        before = tables(store)

        with pytest.raises(PolicyError):
            store.run(lambda tx: tx.add_policy(published(version, policy=policy(version, "Другая"))))
        assert tables(store) == before


class CellTests:
    """A cell is replaced only by who saw what stands in it."""

    awkward_ids: Sequence[str]
    awkward_texts: Sequence[str]

    def test_a_cell_is_not_there_at_first(self, store: Store) -> None:
        assert store.cells.read("c") is None
        assert store.run(lambda tx: tx.cell("c")) is None

    def test_a_cell_counts_its_writes(self, store: Store) -> None:
        for version, text in enumerate(("a", "b", "b")):
            assert store.cells.swap("c", text, version=version)
            assert store.cells.read("c") == store.run(lambda tx: tx.cell("c")) == Cell(text, version + 1)

    @pytest.mark.parametrize("version", [0, 1, 3])
    def test_a_cell_that_has_changed_is_not_replaced(self, store: Store, version: int) -> None:
        for number in range(2):
            store.cells.swap("c", f"v{number}", version=number)

        assert not store.cells.swap("c", "late", version=version)
        assert store.cells.read("c") == Cell("v1", 2)

    def test_what_is_not_there_is_not_replaced(self, store: Store) -> None:
        assert not store.cells.swap("c", "x", version=1)
        assert store.cells.read("c") is None

    def test_awkward_names_and_texts_are_kept(self, store: Store) -> None:
        kept = {name: f"{name} {text}" for name, text in zip(self.awkward_ids, cycle(self.awkward_texts), strict=False)}
        for name, text in kept.items():
            assert store.cells.swap(name, text, version=0)

        assert {name: store.cells.read(name) for name in kept} == {name: Cell(text, 1) for name, text in kept.items()}

    def test_a_command_reads_and_writes_cells(self, store: Store) -> None:
        store.cells.swap("c", "before", version=0)

        seen = store.run(lambda tx: (tx.cell("c"), tx.swap("c", "after", version=1), tx.cell("c")))

        assert seen == (Cell("before", 1), True, Cell("after", 2))
        assert store.cells.read("c") == Cell("after", 2)

    def test_a_command_that_came_too_late_for_a_cell_may_go_on(self, store: Store) -> None:
        store.cells.swap("c", "before", version=0)

        def act(tx: Transaction) -> bool:
            swapped = tx.swap("c", "late", version=0)
            tx.append("refused", user=None, task=None, fence=None, details={})
            return swapped

        assert not store.run(act)
        assert store.cells.read("c") == Cell("before", 1)
        assert [record.event for record in store.log()] == ["refused"]

    def test_a_cell_whose_write_was_taken_back_still_has_its_version(self, store: Store) -> None:
        store.cells.swap("c", "before", version=0)
        fail_after(store, lambda tx: tx.swap("c", "never", version=1))

        assert store.cells.swap("c", "after", version=1)


def _begin(store: Store, *tasks: str) -> list[Saga]:
    def begin(task: str) -> Saga:
        return store.run(lambda tx: tx.put_saga(saga(task)))

    return [begin(task) for task in tasks]
