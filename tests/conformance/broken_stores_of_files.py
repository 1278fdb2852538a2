"""Stores of several processes with one fault each: in what they share, or in what a crash leaves.

Not collected by itself: `test_stores_broken` runs this file and compares.
"""

from __future__ import annotations

from functools import partial
from itertools import count

import pytest

from tests.conformance.file_store import CellsApart, FileStore, NewPositions, WithoutLock, WritesLater
from workplaces_core.testing.store_suite import StoreSuite


class Filed(StoreSuite):
    """A suite over a store in a file."""

    Store = FileStore
    breaks: tuple[str, ...] = ()
    processes = 2
    times = 10
    crashes = 8

    @pytest.fixture
    def make_store(self, tmp_path):
        numbers = count()
        return lambda: self.Store(tmp_path / f"{next(numbers)}.store")

    def opener(self, store):
        return partial(self.Store, store.path)


class TestLetsProcessesInAtOnce(Filed):
    breaks = ("test_no_write_of_the_mirror_is_lost", "test_no_write_of_a_cell_is_lost")
    Store = WithoutLock


class TestKeepsCellsInAnotherFile(Filed):
    breaks = ("test_a_process_that_is_killed_leaves_what_it_told_of_and_nothing_by_halves",)
    processes = 1
    Store = CellsApart


class TestAcknowledgesBeforeItHasWritten(Filed):
    breaks = ("test_a_process_that_is_killed_leaves_what_it_told_of_and_nothing_by_halves",)
    processes = 1
    Store = WritesLater


class TestGivesPositionsThatDieWithTheProcess(Filed):
    breaks = ("test_a_position_outlives_the_process",)
    Store = NewPositions
