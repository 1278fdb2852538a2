"""How often: calls of one caller, counted by each process; failed sign-ins, counted in cells for all processes."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta
from math import ceil
from threading import Lock
from time import monotonic

from attrs import field, frozen
from litestar.exceptions import TooManyRequestsException

from workplaces_core.adapters.cells import Cells
from workplaces_web.people import records
from workplaces_web.settings import Rates

_CALLERS = 10_000
_PEOPLE_AN_ADDRESS = 10
ADDRESS = "address "
_BUCKETS = 512
_KEPT_A_BUCKET = 50


class CallRate:
    """A bucket of calls for each caller, filled evenly; `n` processes let `n` times as many through."""

    def __init__(self, a_minute: int) -> None:
        """Let so many calls a minute through."""
        self._most, self._a_second = float(a_minute), a_minute / 60
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def count(self, key: str) -> None:
        """Count a call. Raises TooManyRequestsException when the bucket is empty."""
        now = monotonic()
        with self._lock:
            left, since = self._left.pop(key, (self._most, now))
            left = min(self._most, left + (now - since) * self._a_second)
            self._left[key] = (left - 1 if left >= 1 else left), now
            if len(self._left) > _CALLERS:
                self._left.popitem(last=False)
        if left < 1:
            raise too_many(ceil((1 - left) / self._a_second))


def too_many(seconds: int) -> TooManyRequestsException:
    """Make the error that says when to try again."""
    return TooManyRequestsException("too many requests, try again later", headers={"Retry-After": str(max(1, seconds))})


@frozen
class Tries:
    """Failed tries under one name: how many, and since when."""

    count: int
    since: datetime


@frozen
class Bucket:
    """The names that share a cell: there are endlessly many names, but only so many cells."""

    names: dict[str, Tries] = field(factory=dict)


class SignInRate:
    """Failed sign-ins by login and by address, in cells that all processes share; blocking."""

    def __init__(self, cells: Cells, rates: Rates) -> None:
        """Count in cells."""
        self._cells, self._rates = cells, rates

    def refuse_if_spent(self, *names: str) -> None:
        """Raise TooManyRequestsException when one of the names has failed too often."""
        now = self._cells.now()
        for name in names:
            key, cell = _place(name)
            found = records.read(self._cells, cell, Bucket) or Bucket()
            tries = found.names.get(key)
            if tries is not None and tries.count >= self._most(name) and now < self._ends(tries):
                raise too_many(ceil((self._ends(tries) - now).total_seconds()))

    def _most(self, name: str) -> int:
        """Give how often a name may fail; many people may share one address."""
        return self._rates.sign_in_tries * (_PEOPLE_AN_ADDRESS if name.startswith(ADDRESS) else 1)

    def failed(self, *names: str) -> None:
        """Count a failure under each of the names."""
        now = self._cells.now()
        for name in names:
            key, cell = _place(name)
            records.update(self._cells, cell, Bucket, lambda found, key=key: self._counted(found, key, now))  # type: ignore[misc]

    def _counted(self, found: Bucket | None, key: str, now: datetime) -> Bucket:
        kept = {name: tries for name, tries in (found.names if found else {}).items() if now < self._ends(tries)}
        before = kept.pop(key, Tries(0, now))
        kept[key] = Tries(before.count + 1, before.since)
        return Bucket(dict(list(kept.items())[-_KEPT_A_BUCKET:]))

    def _ends(self, tries: Tries) -> datetime:
        return tries.since + timedelta(minutes=self._rates.sign_in_minutes)


def _place(name: str) -> tuple[str, str]:
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return digest[:24], f"web/tries/{int(digest[-8:], 16) % _BUCKETS}"
