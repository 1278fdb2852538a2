"""The local server's clock: it runs like the machine's until a test stops it and moves it by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock


class FakeClock:
    """Unix time that everything in the local server goes by.

    >>> clock = FakeClock()
    >>> clock.set(1_700_000_000)
    >>> clock.advance(0.5)
    >>> clock.now(), clock.exact()
    (1700000000, 1700000000.5)
    """

    def __init__(self, start: float | None = None) -> None:
        self._lock = Lock()
        self._stopped_at: float | None = None
        self._ahead = 0.0 if start is None else start - time.time()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> int:
        """Whole seconds, as amoCRM stamps what changes."""
        return int(self.exact())

    def exact(self) -> float:
        """Seconds with their fraction, which the rate limits go by."""
        with self._lock:
            return time.time() + self._ahead if self._stopped_at is None else self._stopped_at

    @property
    def stopped(self) -> bool:
        """Whether it moves only by hand."""
        return self._stopped_at is not None

    def set(self, moment: float) -> None:
        """Stop at this moment."""
        with self._lock:
            self._stopped_at = moment
        self._tell()

    def advance(self, seconds: float) -> None:
        """Move on; a running clock goes on running from there."""
        with self._lock:
            if self._stopped_at is None:
                self._ahead += seconds
            else:
                self._stopped_at += seconds
        self._tell()

    def real(self) -> None:
        """Follow the machine's clock from now on."""
        with self._lock:
            self._stopped_at, self._ahead = None, 0.0
        self._tell()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call this whenever somebody moved the clock."""
        self._listeners.append(listener)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
