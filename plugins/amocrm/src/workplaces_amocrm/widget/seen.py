"""Which disposable tokens were used already: each is accepted once, by one process or by all that share cells."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Protocol

from workplaces_core.adapters.cells import Cells

_SHARDS = 16


class Seen(Protocol):
    """The tokens that were used. Safe for several threads; what expired is forgotten."""

    def first_time(self, jti: str, until: datetime) -> bool:
        """Note a token, which nobody accepts after `until`; False when it was noted before."""
        ...


def _now() -> datetime:
    return datetime.now(UTC)


class MemorySeen:
    """The used tokens of one process.

    >>> from datetime import timedelta
    >>> seen, later = MemorySeen(), _now() + timedelta(minutes=30)
    >>> seen.first_time("d628f123", later), seen.first_time("d628f123", later)
    (True, False)
    """

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        self._now, self._lock = now, Lock()
        self._until: dict[str, datetime] = {}

    def first_time(self, jti: str, until: datetime) -> bool:
        """Note a token."""
        with self._lock:
            self._forget(self._now())
            if jti in self._until:
                return False
            self._until[jti] = until
            return True

    def _forget(self, now: datetime) -> None:
        """Forget what expired, oldest first: all live equally long, so looking further back is rarely worth it."""
        while self._until:
            oldest = next(iter(self._until))
            if self._until[oldest] >= now:
                return
            del self._until[oldest]


class SharedSeen:
    """The used tokens of all processes that share cells.

    They lie in a few cells rather than one, so that many employees who open their desks at nine do not wait for one
    another; each cell forgets what expired whenever it is written.
    """

    def __init__(self, cells: Cells, prefix: str = "amocrm/widget/seen") -> None:
        self._cells, self._prefix = cells, prefix

    def first_time(self, jti: str, until: datetime) -> bool:
        """Note a token. May raise StoreUnavailable, and then it counts as not accepted."""
        digest = hashlib.sha256(jti.encode("utf-8", "surrogatepass")).hexdigest()
        name = f"{self._prefix}/{int(digest[0], 16) % _SHARDS}"
        while True:
            cell = self._cells.read(name)
            known: dict[str, float] = json.loads(cell.value) if cell else {}
            if digest in known:
                return False
            now = self._cells.now().timestamp()
            kept = {key: end for key, end in known.items() if end >= now} | {digest: until.timestamp()}
            # INVARIANT: whoever swaps first has accepted the token; everybody else reads again and finds it.
            if self._cells.swap(name, json.dumps(kept), version=cell.version if cell else 0):
                return True
