"""Both databases pass the suite of the core."""

from __future__ import annotations

import itertools
from functools import partial

import pytest
from hypothesis import settings
from workplaces_sql import SqlStore

from workplaces_core.testing.store_suite import StoreSuite


class TestSqlite(StoreSuite):
    """A file for each store."""

    @pytest.fixture
    def make_store(self, tmp_path):
        numbers = itertools.count()
        self.paths = {}

        def make():
            url = f"sqlite:///{tmp_path}/{next(numbers)}.db"
            store = SqlStore.open(url)
            self.paths[id(store)] = url
            return store

        return make

    def opener(self, store):
        return partial(SqlStore.open, self.paths[id(store)])


class TestPostgres(StoreSuite):
    """A database for each store, on a server that is there for all."""

    generated = settings(StoreSuite.generated, max_examples=10, deadline=None)

    @pytest.fixture
    def make_store(self, server):
        self.urls = {}

        def make():
            url = server.fresh(migrated=True)
            store = SqlStore.open(url)
            self.urls[id(store)] = url
            return store

        return make

    def opener(self, store):
        return partial(SqlStore.open, self.urls[id(store)])
