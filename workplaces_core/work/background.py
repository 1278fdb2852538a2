"""What runs beside the callers: following the store, telling the CRM, and, in one process of all, reading the CRM."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from time import monotonic
from typing import Protocol

from workplaces_core.adapters.stores import Store
from workplaces_core.errors import WorkError
from workplaces_core.work.leadership import Candidacy
from workplaces_core.work.live import Live
from workplaces_core.work.presence import Presence

_LOG = logging.getLogger("workplaces.work")
_FOLLOW_SECONDS = 0.5
_DUE_SECONDS = 1.0
_PRESENCE_SECONDS = 3.0
_JOIN_SECONDS = 30.0


class Rounds(Protocol):
    """What a round does; the service is one."""

    def sync(self) -> object:
        """Read the CRM."""
        ...

    def run_due(self) -> object:
        """End what has expired, send what is due."""
        ...


class Background:
    """Three threads, each a loop over rounds that may fail: what fails is logged, and the next round comes."""

    def __init__(self, rounds: Rounds, live: Live, store: Store, sync_seconds: float) -> None:
        """Prepare; nothing runs yet."""
        self._rounds, self._live, self._store = rounds, live, store
        self._sync_seconds = sync_seconds
        self._stopping = Event()
        self._due = Event()
        self._news = Event()
        self._threads: list[Thread] = []
        self._unwatch: Callable[[], None] | None = None
        name = secrets.token_hex(8)
        self._candidacy = Candidacy(store.cells, name)
        self._presence = Presence(store.cells, name)

    @property
    def runs(self) -> bool:
        """Whether the threads run."""
        return bool(self._threads) and not self._stopping.is_set()

    @property
    def stopped(self) -> bool:
        """Whether an end was asked for."""
        return self._stopping.is_set()

    def start(self, watch: Callable[[Callable[[], None]], Callable[[], None]] | None) -> None:
        """Let the threads run; `watch` calls back when the CRM has news. Doing it twice changes nothing."""
        if self.runs:
            return
        self._stopping.clear()
        self._unwatch = None if watch is None else watch(self._news.set)
        self._threads = [
            Thread(target=loop, name=f"workplaces-{loop.__name__.strip('_')}", daemon=True)
            for loop in (self._follow, self._send, self._read)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each thread finish what it is at, and end; one that takes too long ends with the process."""
        self._stopping.set()
        self._due.set()
        self._news.set()
        self._live.tell()
        if self._unwatch is not None:
            self._unwatch()
            self._unwatch = None
        deadline = monotonic() + _JOIN_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - monotonic()))
        self._threads = []

    def wake(self) -> None:
        """Send at once what has just become due."""
        self._due.set()

    # -- the loops ------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Follow the store; say that this process is there now and then, and at once when it uses another policy."""
        told, version = monotonic(), -1
        while not self._stopping.is_set():
            if self._attempt("follow", self._live.follow):
                used = self._live.engine.policy.version
                if used != version or monotonic() - told > _PRESENCE_SECONDS:
                    told, version = monotonic(), used
                    self._attempt("tell", partial(self._presence.tell, used))
                self._attempt("wait", partial(self._store.wait, self._live.position, seconds=_FOLLOW_SECONDS))
            else:
                self._stopping.wait(_FOLLOW_SECONDS)
        self._attempt("leave", self._presence.leave)

    def _send(self) -> None:
        while not self._stopping.is_set():
            self._due.clear()
            self._attempt("send", self._rounds.run_due)
            self._due.wait(_DUE_SECONDS)

    def _read(self) -> None:
        """Lead, if nobody else does, and read; resign at the end, so that another process need not wait."""
        next_round = monotonic()
        while not self._stopping.is_set():
            leads = self._attempt("lead", self._candidacy.lead)
            if leads and (self._news.is_set() or monotonic() >= next_round):
                self._news.clear()
                self._attempt("read", self._rounds.sync)
                next_round = monotonic() + self._sync_seconds
            self._news.wait(min(2.0, self._sync_seconds))
        self._attempt("resign", self._candidacy.resign)

    def _attempt(self, what: str, act: Callable[[], object]) -> bool:
        """Do one thing; whatever goes wrong is logged, and never ends the loop."""
        try:
            return act() is not False
        except WorkError as error:
            _LOG.warning("%s failed, it will be tried again: %s", what, error, extra={"round": what})
        except Exception:  # noqa: BLE001 - a round that fails must not end the loop
            _LOG.exception("%s failed unexpectedly, it will be tried again", what, extra={"round": what})
        self._stopping.wait(_FOLLOW_SECONDS)
        return False
