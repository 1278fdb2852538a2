"""Stores with one fault each in sagas, policies and cells.

Not collected by itself: `test_stores_broken` runs this file and compares.
"""

from __future__ import annotations

from typing import Any

import attrs

from tests.conformance.store_doubles import Altered, Double
from workplaces_core.adapters.cells import Cell, MemoryCells
from workplaces_core.adapters.memory_store import MemoryStore
from workplaces_core.errors import PolicyError, Problem
from workplaces_core.policy import Policy

# -- sagas ------------------------------------------------------------------------------------------------------


class TestNumbersSagasByTask(Double):
    breaks = (
        "test_a_new_saga_is_given_an_id",
        "test_no_number_is_given_twice",
        "test_the_open_sagas_of_a_task_come_in_the_order_in_which_they_were_begun",
    )

    class Tx(Altered):
        def put_saga(self, saga):
            known = [each.id for each in self._tables.sagas.values() if each.task == saga.task]
            return self.inner.put_saga(saga if saga.id or not known else attrs.evolve(saga, id=known[-1]))


class TestForgetsTheWorkerOfASaga(Double):
    breaks = (
        "test_a_saga_is_kept_as_it_was",
        "test_a_saga_is_replaced_by_its_later_state",
        "test_the_sagas_at_which_somebody_works_are_open_and_have_a_worker",
    )

    class Tx(Altered):
        def put_saga(self, saga):
            return self.inner.put_saga(attrs.evolve(saga, worker=None))


class TestGivesEverySagaATime(Double):
    breaks = ("test_a_saga_may_have_no_steps_and_no_times",)

    class Tx(Altered):
        def put_saga(self, saga):
            return self.inner.put_saga(attrs.evolve(saga, started=saga.started or self.at))


class TestNeverFindsNoSaga(Double):
    breaks = ("test_a_saga_that_was_never_begun_is_not_there",)

    class Tx(Altered):
        def saga(self, saga_id):
            found = self.inner.saga(saga_id)
            assert found is not None
            return found


class TestAddsEveryStateOfASaga(Double):
    breaks = (
        "test_a_command_sees_that_it_ended_a_saga",
        "test_a_saga_is_replaced_by_its_later_state",
        "test_all_sagas_come_the_newest_first",
        "test_the_open_sagas_come_in_the_order_in_which_they_were_begun",
        "test_the_open_sagas_of_a_task_come_in_the_order_in_which_they_were_begun",
        "test_the_sagas_at_which_somebody_works_are_open_and_have_a_worker",
    )

    class Tx(Altered):
        def put_saga(self, saga):
            return self.inner.put_saga(attrs.evolve(saga, id=0))


class TestOrdersSagasByTheirLastChange(Double):
    breaks = (
        "test_all_sagas_come_the_newest_first",
        "test_the_open_sagas_come_in_the_order_in_which_they_were_begun",
        "test_the_open_sagas_of_a_task_come_in_the_order_in_which_they_were_begun",
    )

    class Tx(Altered):
        def put_saga(self, saga):
            self._set(self._tables.sagas, saga.id, None)
            return self.inner.put_saga(saga)


class TestFindsSagasThatEnded(Double):
    breaks = (
        "test_a_command_sees_that_it_ended_a_saga",
        "test_the_open_sagas_of_a_task_come_in_the_order_in_which_they_were_begun",
    )

    class Tx(Altered):
        def sagas_of(self, task):
            return [saga for saga in self._tables.sagas.values() if saga.task == task]


class TestFindsSagasByTheBeginningOfATask(Double):
    breaks = ("test_the_open_sagas_of_a_task_come_in_the_order_in_which_they_were_begun",)

    class Tx(Altered):
        def sagas_of(self, task):
            return [each for each in self._tables.sagas.values() if each.is_open and each.task.startswith(task)]


class TestFindsWorkersOfSagasThatEnded(Double):
    breaks = ("test_the_sagas_at_which_somebody_works_are_open_and_have_a_worker",)

    class Tx(Altered):
        def worked_sagas(self):
            return [saga for saga in self._tables.sagas.values() if saga.worker is not None]


class TestFindsSagasWithoutAWorker(Double):
    breaks = ("test_the_sagas_at_which_somebody_works_are_open_and_have_a_worker",)

    class Tx(Altered):
        def worked_sagas(self):
            return [saga for saga in self._tables.sagas.values() if saga.is_open]


class TestGivesSagasWithoutLimit(Double):
    breaks = (
        "test_all_sagas_come_the_newest_first",
        "test_the_open_sagas_come_in_the_order_in_which_they_were_begun",
    )

    class Store(MemoryStore):
        def sagas(self, *, open_only=True, limit=None):
            return super().sagas(open_only=open_only)


class TestTakesALimitOfNoneForNoLimit(Double):
    breaks = (
        "test_all_sagas_come_the_newest_first",
        "test_the_open_sagas_come_in_the_order_in_which_they_were_begun",
    )

    class Store(MemoryStore):
        def sagas(self, *, open_only=True, limit=None):
            return super().sagas(open_only=open_only, limit=limit or None)


class TestGivesAllSagasTheOldestFirst(Double):
    breaks = ("test_all_sagas_come_the_newest_first",)

    class Store(MemoryStore):
        def sagas(self, *, open_only=True, limit=None):
            found = super().sagas(open_only=open_only)
            return (found if open_only else found[::-1])[:limit]


# -- policies ---------------------------------------------------------------------------------------------------


class TestHasAPolicyAtFirst(Double):
    breaks = ("test_at_first_there_is_no_policy",)

    class Tx(Altered):
        def newest_version(self):
            return self.inner.newest_version() or 1


class TestForgetsDaysOff(Double):
    breaks = ("test_a_policy_is_kept_as_it_was",)

    class Tx(Altered):
        def add_policy(self, published):
            kept = Policy(published.policy.version, published.policy.roles)
            self.inner.add_policy(attrs.evolve(published, policy=kept))


class TestGivesPoliciesTheOldestFirst(Double):
    breaks = ("test_a_policy_is_kept_as_it_was",)

    class Store(MemoryStore):
        def policies(self):
            return super().policies()[::-1]


class TestPublishesAfterTheEnd(Double):
    breaks = ("test_a_command_sees_the_version_it_published",)

    class Tx(Altered):
        def __init__(self, inner):
            super().__init__(inner)
            self.before = inner.newest_version()

        def newest_version(self):
            return self.before


class TestPublishesAVersionAgain(Double):
    breaks = ("test_a_policy_of_no_greater_version_is_refused",)

    class Tx(Altered):
        def add_policy(self, published):
            if published.policy.version < self.newest_version():
                raise PolicyError([Problem("version", published.policy.version, "must be greater")])
            self._set(self._tables.policies, published.policy.version, published)


class TestRefusesPoliciesWithAnErrorOfItsDatabase(Double):
    breaks = ("test_a_policy_of_no_greater_version_is_refused",)

    class Tx(Altered):
        def add_policy(self, published):
            assert published.policy.version > self.newest_version(), "duplicate key"
            self.inner.add_policy(published)


# -- cells ------------------------------------------------------------------------------------------------------


class WithCells(MemoryStore):
    """A store whose cells are of its own kind."""

    Cells: Any

    def __init__(self):
        super().__init__()
        self.cells = self.Cells()


class TestLosesUpdatesOfCells(Double):
    """The version is not looked at."""

    breaks = (
        "test_a_cell_that_has_changed_is_not_replaced",
        "test_what_is_not_there_is_not_replaced",
    )

    class Store(WithCells):
        class Cells(MemoryCells):
            def swap(self, name, value, *, version):
                found = self.read(name)
                return super().swap(name, value, version=found.version if found else 0)


class TestCountsOnlyWhatIsDifferent(Double):
    breaks = ("test_a_cell_counts_its_writes",)

    class Store(WithCells):
        class Cells(MemoryCells):
            def swap(self, name, value, *, version):
                found = self.read(name)
                if found is not None and found.value == value:
                    return found.version == version
                return super().swap(name, value, version=version)


class TestMakesEveryCell(Double):
    breaks = (
        "test_a_cell_is_not_there_at_first",
        "test_no_write_of_a_cell_is_lost",
        "test_what_is_not_there_is_not_replaced",
    )

    class Store(WithCells):
        class Cells(MemoryCells):
            def read(self, name):
                return super().read(name) or Cell("", 0)


class TestKeepsCellsUnderShortNames(Double):
    breaks = ("test_awkward_names_and_texts_are_kept",)

    class Store(WithCells):
        class Cells(MemoryCells):
            def read(self, name):
                return super().read(name.strip().lower())

            def swap(self, name, value, *, version):
                return super().swap(name.strip().lower(), value, version=version)


class TestRefusesCommandsThatCameTooLateForACell(Double):
    breaks = ("test_a_command_that_came_too_late_for_a_cell_may_go_on",)

    class Tx(Altered):
        def swap(self, name, value, *, version):
            swapped = self.inner.swap(name, value, version=version)
            assert swapped, "the cell has changed"
            return swapped


class TestWritesCellsEvenWhenTakenBack(Double):
    breaks = (
        "test_a_cell_whose_write_was_taken_back_still_has_its_version",
        "test_a_command_that_does_much_and_raises_leaves_nothing",
        "test_a_command_that_is_interrupted_leaves_nothing",
        "test_a_command_that_raises_leaves_nothing",
        "test_after_a_command_that_raised_the_next_one_works",
    )

    class Tx(Altered):
        def swap(self, name, value, *, version):
            return self._cells.swap(name, value, version=version)

        def cell(self, name):
            return self._cells.read(name)


class TestShowsCellsAsTheyWereBefore(Double):
    breaks = ("test_a_command_reads_and_writes_cells",)

    class Tx(Altered):
        def cell(self, name):
            return self._cells.read(name)
