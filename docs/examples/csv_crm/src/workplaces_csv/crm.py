"""The adapter: what it can do, how the folder is read, and how one cell is changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Self

import attrs

import workplaces_core as wp
from workplaces_core.adapters.protocols import (
    DIRECTORY,
    EVERYTHING,
    WORK,
    Capabilities,
    ChangesSince,
    Done,
    Forbidden,
    Gone,
    LostRace,
    Outcome,
    OwnedKind,
    emulated,
    unsupported,
)
from workplaces_core.changes import COLLECTIONS, Kind, joined, key_of
from workplaces_core.errors import CursorLost
from workplaces_core.model import FieldDeclaration
from workplaces_csv import tables
from workplaces_csv.translation import COLUMNS, COMPLETION, Types, changes

Contents = dict[str, wp.Set]
"""What the folder holds, by place: `task/t1`."""


class CsvCrm:
    """A folder with `account.csv`, `users.csv`, `tasks.csv` and so on, one file a kind."""

    capabilities: ClassVar[Capabilities] = attrs.evolve(
        EVERYTHING,
        read_changes=emulated("a cursor carries a digest of every row, the folder is compared with it"),
        watch=unsupported("files do not tell when they change; read at intervals"),
        conditional=emulated("the row is read right before it is written; a file saved in that moment is overwritten"),
    )

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._problems: tuple[wp.Problem, ...] = ()
        self._lock = Lock()

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Use a folder that is there."""
        if not Path(folder).is_dir():
            raise ValueError(f"`{folder}` must be a folder")
        return cls(Path(folder))

    def close(self) -> None:
        """Nothing is kept open."""

    # -- reading -----------------------------------------------------------------------------------------

    def directory(self) -> Iterator[wp.Set]:
        """Read the account, users, groups, task types and fields."""
        return iter([each for each in self._read().values() if each.kind in DIRECTORY])

    def read_open(self) -> Iterator[Sequence[wp.Set]]:
        """Read open tasks, and all deals, contacts and companies, in one batch: they are in memory anyway."""
        found = [each for each in self._read().values() if each.kind in WORK]
        yield [each for each in found if not getattr(each.value, "completed", False)]

    def cursor(self) -> str:
        """Give a digest of every row: that is all there is to remember, so it survives a restart."""
        return json.dumps(_digests(self._read()))

    def read_changes(self, cursor: str) -> ChangesSince:
        """Compare the folder with the digests of a cursor."""
        then, contents = _remembered(cursor), self._read()
        now = _digests(contents)
        changed = [each for place, each in contents.items() if then.get(place) != now[place]]
        removed = [wp.Remove(*place.split("/", 1)) for place in then if place not in now]  # type: ignore[arg-type]
        return ChangesSince((*changed, *removed), json.dumps(now))

    def set_aside(self) -> Sequence[wp.Problem]:
        """List the rows that could not be translated when the folder was read last."""
        return self._problems

    def watch(self, notify: Callable[[], None]) -> Callable[[], None]:
        """Refuse: see the capabilities."""
        self.capabilities.require("watch")
        return notify

    # -- writing: keys need not be remembered, for the row itself tells whether it is as asked -----------------

    def complete(self, task: str, *, result: str, key: str) -> Outcome:
        """Set `completed` and `result`; a task that is completed already keeps its result."""
        del key
        outcome = self._change("task", task, lambda *_: {"completed": "true", "result": result})
        return Done() if outcome == Gone("completed") else outcome

    def postpone(self, task: str, *, due: date, key: str) -> Outcome:
        """Set `due`."""
        del key
        return self._change("task", task, lambda *_: {"due": due.isoformat()})

    def set_responsible(self, kind: OwnedKind, entity_id: str, user: str, *, only_if: str | None, key: str) -> Outcome:
        """Set `responsible`, if it is still the one that was seen."""
        del key

        def decide(found: Any, contents: Contents) -> Outcome | dict[str, str]:
            if found.responsible == user:
                return Done()
            if found.responsible != only_if:
                return LostRace(found.responsible)
            return {"responsible": user} if f"user/{user}" in contents else Forbidden(f"user `{user}` is unknown")

        return self._change(kind, entity_id, decide)

    def _change(
        self, kind: Kind, entity_id: str, decide: Callable[[Any, Contents], Outcome | dict[str, str]]
    ) -> Outcome:
        """Look at an entity, decide on an outcome or on cells to write, and write them."""
        with self._lock:
            contents = self._read()
            if f"{kind}/{entity_id}" not in contents:
                return Gone("deleted")
            found = contents[f"{kind}/{entity_id}"].value
            if getattr(found, "completed", False):
                return Gone("completed")
            decided = decide(found, contents)
            if not isinstance(decided, dict):
                return decided
            tables.write_cells(self._table(kind), entity_id, decided)
            return Done()

    # -- the folder --------------------------------------------------------------------------------------

    def _table(self, kind: Kind) -> tables.Table:
        required = COLUMNS[kind] + (COMPLETION if kind == "task" else ())
        return tables.read(self._folder / f"{COLLECTIONS.get(kind, kind)}.csv", required)

    def _read(self) -> Contents:
        """Read the whole folder; what cannot be translated is set aside, the rest goes on."""
        declared = [each.value for each in changes("field", self._table("field"), {}) if isinstance(each, wp.Set)]
        types: Types = {
            (field.entity, field.id): field.type for field in declared if isinstance(field, FieldDeclaration)
        }
        found = [each for kind in (*DIRECTORY, *WORK) for each in changes(kind, self._table(kind), types)]
        self._problems = tuple(each for each in found if isinstance(each, wp.Problem))
        sets = [each for each in found if isinstance(each, wp.Set)]
        if not any(each.kind == "account" for each in sets):
            raise wp.CrmUnavailable("account.csv: has no row that can be read")
        return {_place(each): each for each in sets}


def _place(each: wp.Set) -> str:
    # The account has one place whatever its id, for it is replaced, never removed.
    return "account/" if each.kind == "account" else f"{each.kind}/{joined(each.kind, key_of(each.value))}"


def _digests(contents: Contents) -> dict[str, str]:
    texts = {place: wp.wire.dumps(each.value) for place, each in contents.items()}
    return {place: hashlib.sha256(text.encode()).hexdigest()[:16] for place, text in texts.items()}


def _remembered(cursor: str) -> dict[str, str]:
    try:
        digests = json.loads(cursor)
    except ValueError:
        digests = None
    if not isinstance(digests, dict):
        raise CursorLost(f"`{cursor[:40]}` is not a cursor of this folder")
    return digests
