"""A store of several processes, as plain as can be, passes the whole suite: what crashes and races, too."""

from __future__ import annotations

from functools import partial
from itertools import count

import pytest

from tests.conformance.file_store import FileStore
from workplaces_core.testing.store_suite import StoreSuite


class TestFileStore(StoreSuite):
    processes = 2
    times = 10

    @pytest.fixture
    def make_store(self, tmp_path):
        numbers = count()
        return lambda: FileStore(tmp_path / f"{next(numbers)}.store")

    def opener(self, store):
        return partial(FileStore, store.path)
