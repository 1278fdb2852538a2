"""Writes whose outcome is not known yet: what each entity looked like before, for a repeat to tell what came after."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from attrs import astuple, frozen

from workplaces_amocrm.errors import Unreachable
from workplaces_amocrm.writing.looking import Seen
from workplaces_core.adapters.cells import Cells
from workplaces_core.adapters.protocols import OwnedKind
from workplaces_core.errors import StoreUnavailable

_MOST = 500

_Notes = dict[str, Any]
"""What was seen before each write, by the name of the attempt; the oldest come first."""


class Attempts:
    """The attempts that may have taken effect, in one cell. Safe for several threads and processes.

    An attempt is noted before its write is sent and forgotten when it is known how it ended, so the cell is small
    unless amoCRM is away. Of more than 500 attempts the oldest are forgotten: their repeats go by the state alone.
    """

    def __init__(self, cells: Cells, account: str) -> None:
        self._cells = cells
        self._cell = f"amocrm/{account}/writes"

    def of(self, kind: OwnedKind, entity_id: str, key: str | None) -> Attempt:
        """Give the attempt at changing one entity under a key; without a key nothing is noted of it."""
        return Attempt(self, None if key is None else f"{key} {kind} {entity_id}")

    def begin(self, name: str, before: Seen) -> None:
        """Note what an entity looks like before it is written. Raises Unreachable when that cannot be noted."""

        def noted(notes: _Notes) -> _Notes:
            others = [(one, seen) for one, seen in notes.items() if one != name]
            return dict([*others, (name, astuple(before))][-_MOST:])

        try:
            self._change(noted)
        except StoreUnavailable as error:
            raise Unreachable(f"a change was not sent, as it could not be noted first: {error}") from error

    def earlier(self, name: str) -> Seen | None:
        """Give what an entity looked like before the last attempt of this name, unless it is known how that ended."""
        try:
            noted = self._read()[0].get(name)
        except StoreUnavailable as error:
            raise Unreachable(f"earlier attempts at a change are not known: {error}") from error
        return None if noted is None else Seen(*noted)

    def end(self, name: str) -> None:
        """Forget an attempt: it is known how it ended. The note may stay when the store is away; it does no harm."""
        with suppress(StoreUnavailable):
            self._change(lambda notes: {one: seen for one, seen in notes.items() if one != name})

    def _change(self, change: Callable[[_Notes], _Notes]) -> None:
        while True:
            notes, version = self._read()
            after = change(notes)
            if after == notes or self._cells.swap(self._cell, json.dumps(after), version=version):
                return

    def _read(self) -> tuple[_Notes, int]:
        cell = self._cells.read(self._cell)
        return (json.loads(cell.value), cell.version) if cell else ({}, 0)


@frozen
class Attempt:
    """One attempt by its name; without a name it is not noted, and its repeat goes by the state alone."""

    _attempts: Attempts
    _name: str | None

    def begin(self, before: Seen) -> None:
        """Note what the entity looks like before it is written."""
        if self._name is not None:
            self._attempts.begin(self._name, before)

    def before(self) -> Seen | None:
        """Give what the entity looked like before an earlier attempt, unless it is known how that ended."""
        return None if self._name is None else self._attempts.earlier(self._name)

    def end(self) -> None:
        """Forget the attempt: it is known how it ended."""
        if self._name is not None:
            self._attempts.end(self._name)
