"""The store in memory passes the suite that every store must pass."""

from __future__ import annotations

import pytest

from workplaces_core.adapters.memory_store import MemoryStore
from workplaces_core.testing.store_suite import StoreSuite


class TestMemoryStore(StoreSuite):
    @pytest.fixture
    def make_store(self):
        return MemoryStore
