"""Rounds of reading the CRM into the mirror: everything the first time, then only what changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from attrs import define, field, frozen

from workplaces_core.adapters.protocols import DIRECTORY, WORK, CrmAdapter
from workplaces_core.adapters.stores import Store, T, Transaction
from workplaces_core.changes import Change, Kind, Remove, Set, about
from workplaces_core.errors import CursorLost, NotAllowed, Problem
from workplaces_core.model import Account
from workplaces_core.work.live import read_mirror
from workplaces_core.work.mirror import Mirrored, mirror

CELL = "reading"
_BATCH = 500
_OURS: tuple[Kind, ...] = (*DIRECTORY, *WORK)


@frozen
class Reading:
    """What a round of reading brought: whether all was read, what changed, and what could not be translated."""

    full: bool
    changed: int
    leases_ended: int
    set_aside: tuple[Problem, ...] = ()


@define
class _Tally:
    """What the batches of a round amount to."""

    changed: int = 0
    ended: int = 0
    passed_over: int = 0

    def add(self, batch: Mirrored) -> None:
        self.changed += batch.changed
        self.ended += batch.ended
        self.passed_over += batch.passed_over


@define
class Reader:
    """Reads one CRM into one store. Rounds of several processes may overlap: the later one sees that, and stops.

    `at` gives the moment of a transaction, None for the store's own time.
    """

    store: Store
    adapter: CrmAdapter
    at: Callable[[], datetime | None] = lambda: None
    _follows: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._follows = self.adapter.capabilities.read_changes.is_there

    def read(self, *, everything: bool = False) -> Reading:
        """Read one round: what changed since the last one, or everything when there is no usable cursor.

        Raises what the adapter raises; what was written until then stays, the next round goes on from the old cursor.
        """
        cursor = None if everything else self.cursor()
        tally = _Tally()
        full = cursor is None
        try:
            if cursor is not None:
                self._follow(cursor, tally)
        except CursorLost:
            full = True
        if full:
            self._read_all(tally)
        return Reading(full, tally.changed, tally.ended, tuple(self.adapter.set_aside()))

    def cursor(self) -> str | None:
        """Give the cursor from which the next round goes on."""
        cell = self.store.cells.read(CELL)
        found: str | None = None if cell is None else json.loads(cell.value)["cursor"]
        return found

    def _follow(self, cursor: str, tally: _Tally) -> None:
        """Read what changed, page by page. A page of which something was passed over is read again next time."""
        while True:
            read_from = self.store.number()
            page = self.adapter.read_changes(cursor)
            batch = self._run(partial(_turn, page=page.changes, read_from=read_from, old=cursor, new=page.cursor))
            if batch is None:
                return  # another process has read on meanwhile
            tally.add(batch)
            if batch.passed_over or not page.more:
                return
            cursor = page.cursor

    def _read_all(self, tally: _Tally) -> None:
        """Read everything, write what differs from the mirror, remove what is no longer there, then catch up."""
        read_from = self.store.number()
        cursor = self.adapter.cursor() if self._follows else None
        seen = {(change.kind, about(change)): change for change in self._everything()}
        held = read_mirror(self.store)
        _refuse_other_account(seen, held)
        news: list[Change] = [change for key, change in seen.items() if held.get(key) != change]
        news += [Remove(kind, entity_id) for kind, entity_id in held if (kind, entity_id) not in seen and kind in _OURS]
        if not held:
            self._run(partial(_write, changes=news))
            tally.changed += len(news)
        else:
            for batch in _batches(news):
                tally.add(self._run(partial(mirror, changes=batch, read_from=read_from)))
        self._run(partial(_move, old=None, new=cursor))
        if cursor is not None:
            self._follow(cursor, tally)

    def _run(self, act: Callable[[Transaction], T]) -> T:
        return self.store.run(act, at=self.at())

    def _everything(self) -> Iterator[Set]:
        yield from self.adapter.directory()
        for batch in self.adapter.read_open():
            yield from batch


def _refuse_other_account(seen: dict[Any, Set], held: dict[Any, Set]) -> None:
    accounts = [
        change.value.id for found in (seen, held) for change in found.values() if isinstance(change.value, Account)
    ]
    if len(set(accounts)) > 1:
        raise NotAllowed(f"the store belongs to account `{accounts[1]}`, the CRM is account `{accounts[0]}`")


def _write(tx: Transaction, changes: Sequence[Change]) -> None:
    tx.write(changes)


def _turn(tx: Transaction, page: Sequence[Change], read_from: int, old: str, new: str) -> Mirrored | None:
    """Write a page and move the cursor in one transaction, unless somebody has moved it."""
    if _kept(tx)[0] != old:
        return None
    batch = mirror(tx, page, read_from=read_from)
    if not batch.passed_over:
        _move(tx, old, new)
    return batch


def _kept(tx: Transaction) -> tuple[str | None, int]:
    cell = tx.cell(CELL)
    return (None, 0) if cell is None else (json.loads(cell.value)["cursor"], cell.version)


def _move(tx: Transaction, old: str | None, new: str | None) -> None:
    kept, version = _kept(tx)
    if old is None or kept == old:
        tx.swap(CELL, json.dumps({"cursor": new}), version=version)


def _batches(changes: Iterable[Change]) -> Iterator[list[Change]]:
    left = iter(changes)
    while batch := list(islice(left, _BATCH)):
        yield batch
