"""A store in one file, which is read and replaced as a whole under a lock: slow, plain, and safe for processes."""

from __future__ import annotations

import fcntl
import pickle
import time
from contextlib import contextmanager
from threading import RLock
from typing import Any

import attrs

from workplaces_core.adapters.memory_store import MemoryStore

READS = ("position", "number", "feed", "leases", "notices", "sagas", "policies", "policy")


class FileStore:
    """Everything is done by a MemoryStore that lives for one call."""

    position: Any
    feed: Any

    def __init__(self, path):
        self.path = path
        self.lock = RLock()
        self.cells = FileCells(self)
        self.now = MemoryStore().now
        for name in READS:
            setattr(self, name, self._read(name))

    def _read(self, name):
        def read(*arguments, **options):
            with self.memory(kept=False) as memory:
                return getattr(memory, name)(*arguments, **options)

        return read

    @contextmanager
    def memory(self, *, kept):
        with self.lock, self.locked():
            memory = MemoryStore()
            if self.path.exists():
                memory._tables, memory.cells._cells = pickle.loads(self.path.read_bytes())
            yield memory
            if kept:
                self.keep(memory)

    @contextmanager
    def locked(self):
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def keep(self, memory):
        written = self.path.with_suffix(".new")
        written.write_bytes(pickle.dumps((memory._tables, memory.cells._cells)))
        written.replace(self.path)

    def run(self, act, *, at=None):
        with self.memory(kept=True) as memory:
            return memory.run(act, at=at)

    def take(self, wish, act, *, at=None):
        return self.run(lambda tx: act(tx, wish), at=at)

    def entities(self):
        with self.memory(kept=False) as memory:
            return iter(list(memory.entities()))

    def log(self, **filters):
        with self.memory(kept=False) as memory:
            return iter(list(memory.log(**filters)))

    def wait(self, position, *, seconds):
        """Look now and then: a file tells nobody that it was replaced."""
        end = time.monotonic() + seconds
        version = self.feed(position).policy_version
        while self.position() == position and self.feed(position).policy_version == version and time.monotonic() < end:
            time.sleep(0.005)

    def close(self):
        """Nothing is open between two calls."""


class FileCells:
    def __init__(self, store):
        self.store = store

    def read(self, name):
        with self.store.memory(kept=False) as memory:
            return memory.cells.read(name)

    def swap(self, name, value, *, version):
        with self.store.memory(kept=True) as memory:
            return memory.cells.swap(name, value, version=version)

    def now(self):
        return self.store.now()


class WithoutLock(FileStore):
    """Two processes read the same, and one replaces what the other has written."""

    @contextmanager
    def locked(self):
        yield

    def keep(self, memory):
        time.sleep(0.002)
        super().keep(memory)


class CellsApart(FileStore):
    """A file for the cells and one for the rest: a crash between the two leaves a command half done."""

    def keep(self, memory):
        cells = memory.cells._cells
        memory.cells._cells = self.cells_kept()
        super().keep(memory)
        if cells != memory.cells._cells:
            time.sleep(0.02)
        self.path.with_suffix(".cells").write_bytes(pickle.dumps(cells))

    def cells_kept(self):
        kept = self.path.with_suffix(".cells")
        return pickle.loads(kept.read_bytes()) if kept.exists() else {}

    @contextmanager
    def memory(self, *, kept):
        with super().memory(kept=kept) as memory:
            memory.cells._cells = self.cells_kept()
            yield memory


class WritesLater(FileStore):
    """Every fiftieth command only is written at once: what was acknowledged meanwhile is lost in a crash."""

    unwritten = None
    count = 0

    def keep(self, memory):
        self.count += 1
        if self.count % 50:
            self.unwritten = memory
        else:
            super().keep(memory)
            self.unwritten = None

    @contextmanager
    def memory(self, *, kept):
        if self.unwritten is None:
            with super().memory(kept=kept) as memory:
                yield memory
        else:
            with self.lock:
                yield self.unwritten
                if kept:
                    self.keep(self.unwritten)

    def close(self):
        if self.unwritten is not None:
            super().keep(self.unwritten)


class NewPositions(FileStore):
    """Positions are known to one process only."""

    def __init__(self, path):
        super().__init__(path)
        plain, feed = self.position, self.feed
        self.position = lambda: f"{id(self)}-{plain()}"
        self.feed = lambda position, *, limit=1000: self._feed(feed, position, limit)

    def _feed(self, feed, position, limit):
        mine, _, number = position.rpartition("-")
        found = feed(number if mine == str(id(self)) else "lost", limit=limit)
        return attrs.evolve(found, position=f"{id(self)}-{found.position}")
