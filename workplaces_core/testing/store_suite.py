"""The conformance suite for stores. Inherit from StoreSuite, say how an empty store is made, and run pytest.

    class TestAcmeStore(StoreSuite):
        @pytest.fixture
        def make_store(self, tmp_path):
            numbers = itertools.count()
            return lambda: AcmeStore.open(tmp_path / f"{next(numbers)}.db")

        def opener(self, store):
            return partial(AcmeStore.open, store.path)

A store that has no `opener` is one of a single process, and what asks for more is skipped. New tests that a store must
pass come with minor releases only, never with a patch.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from workplaces_core.adapters.stores import Store
from workplaces_core.testing.store_commands import CommandTests
from workplaces_core.testing.store_concurrency import ConcurrencyTests
from workplaces_core.testing.store_crash import CrashTests
from workplaces_core.testing.store_feed import FeedTests
from workplaces_core.testing.store_following import FollowingTests
from workplaces_core.testing.store_kept import CellTests, PolicyTests, SagaTests
from workplaces_core.testing.store_leases import LeaseTests
from workplaces_core.testing.store_log import AnswerTests, LogTests, NoticeTests
from workplaces_core.testing.store_mirror import MirrorTests
from workplaces_core.testing.store_taking import TakingTests
from workplaces_core.testing.store_under_test import MakeStore, Opener

__all__ = ["MakeStore", "Opener", "StoreSuite"]


class StoreSuite(
    MirrorTests,
    CommandTests,
    FeedTests,
    FollowingTests,
    LeaseTests,
    LogTests,
    NoticeTests,
    AnswerTests,
    SagaTests,
    PolicyTests,
    CellTests,
    TakingTests,
    ConcurrencyTests,
    CrashTests,
):
    """What every store must pass. One member has to be given, `make_store`; the others have defaults."""

    awkward_ids: tuple[str, ...] = (
        "t1", "T1", "t/1", "t.1", "a b", " ", "  ", "0", "00", "é", "e\u0301", "задача", "😀", "\uffff", '"', "a,b",
        "%", "_", "\\", "#1", "it's", "null",
    )  # fmt: skip
    """Ids that the store can hold, the more awkward the better."""

    awkward_texts: tuple[str, ...] = (
        "Счёт № 5, «срочно» 😀", """'quotes' and "quotes\"""", r"a,b;c|d\e %s %(x)s :x", "two\nlines\r\n\t", " x ", "",
        "nul \x00 and \x01", "\u2028\ufeff\uffff", "null", "я" * 20_000,
    )  # fmt: skip
    """Texts that the store can hold, the more awkward the better."""

    watch_seconds = 10.0
    """How soon whoever waits has to be told, also on a machine that is busy."""

    generated = settings(max_examples=25, stateful_step_count=30, deadline=None)
    """How many random situations are tried, by hypothesis; each of them makes a store, or two."""

    threads = 8
    """How many threads share the store at once."""

    processes = 4
    """How many processes open the store at once; 0 when it is for one process only."""

    times = 20
    """How often each of them does what it does."""

    crashes = 6
    """How often processes are killed; each time costs as much as starting one or two."""

    @pytest.fixture
    def make_store(self) -> MakeStore:
        """Give a function that makes a new, empty store, each time another one."""
        raise NotImplementedError("a suite has to say how a store is made: override the fixture `make_store`")

    def opener(self, store: Store) -> Opener | None:
        """Give a function that opens the same store once more, in any process; None when that cannot be."""
        del store
        return None

    def reopened(self, store: Store) -> Store | None:
        """Give the store as it is after it was closed and opened; None when nothing outlives its closing."""
        opener = self.opener(store)
        if opener is None:
            return None
        store.close()
        return opener()

    @pytest.fixture
    def store(self, make_store: MakeStore) -> Iterator[Store]:
        """Give an empty store, and close it after the test."""
        store = make_store()
        yield store
        store.close()
