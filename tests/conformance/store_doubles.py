"""What stores with one fault each are made of: a suite over a MemoryStore, and a transaction that can be altered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, settings

from workplaces_core.adapters.memory_store import MemoryStore
from workplaces_core.testing.store_suite import StoreSuite


class Altered:
    """A transaction that is as it is but for what a double overrides."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Double(StoreSuite):
    """`breaks` names the tests that have to notice: all that do, when the whole suite is run."""

    class Tx(Altered):
        pass

    class Store(MemoryStore):
        tx: Any

    breaks: tuple[str, ...] = ()
    watch_seconds = 0.5
    generated = settings(StoreSuite.generated, max_examples=25, phases=(Phase.generate,))
    threads = 4
    times = 12

    @pytest.fixture
    def make_store(self):
        base: Any = self.Store

        class Store(base):  # type: ignore[misc]
            tx = self.Tx

            def run(self, act, *, at=None):
                return super().run(lambda inner: act(self.tx(inner)), at=at)

        return Store
