"""A whole CRM in memory: for tests, for the demonstration, and as the example of what an adapter must do."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from threading import RLock
from typing import Any, ClassVar, Literal, Self

import attrs

from workplaces_core.adapters.faults import Faults
from workplaces_core.adapters.memory_store import MemoryStore
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
)
from workplaces_core.changes import COLLECTIONS, Change, Kind, Remove, Set, joined, key_of, refuse_impossible
from workplaces_core.errors import ChangesError, CursorLost, Problem
from workplaces_core.model import Snapshot

__all__ = ["MemoryCrm", "MemoryStore"]

_HELD = (*DIRECTORY, *WORK)
_ACCOUNT: Literal["account"] = "account"


class _Held:
    """The entities a CRM holds, and when each was touched last, by a clock that counts changes."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.clock = 0
        self.touched: dict[tuple[Kind, str], int] = {}
        self.entities: dict[Kind, dict[str, Any]] = {_ACCOUNT: {_ACCOUNT: snapshot.account}}
        for kind in _HELD[1:]:
            entities = getattr(snapshot, COLLECTIONS[kind]).values()
            self.entities[kind] = {joined(kind, key_of(entity)): entity for entity in entities}

    def write(self, change: Change) -> None:
        kind, entities = change.kind, self.entities[change.kind]
        if isinstance(change, Set):
            # There is one account, whatever its id.
            key = _ACCOUNT if kind == _ACCOUNT else joined(kind, key_of(change.value))
            entities[key] = change.value
        elif entities.pop(key := change.id, None) is None:
            return
        self.clock += 1
        self.touched[kind, key] = self.clock

    def since(self, clock: int) -> Iterator[Change]:
        """Give the state of all that was touched after a time."""
        for (kind, key), when in self.touched.items():
            if when > clock:
                entity = self.entities[kind].get(key)
                yield Remove(kind, key) if entity is None else Set(kind, entity)

    def sets(self, kinds: Iterable[Kind]) -> list[Set]:
        return [Set(kind, entity) for kind in kinds for entity in self.entities[kind].values()]

    def snapshot(self) -> Snapshot:
        collections = {COLLECTIONS[kind]: self.entities[kind].values() for kind in _HELD[1:]}
        return Snapshot(self.entities[_ACCOUNT][_ACCOUNT], **{name: list(held) for name, held in collections.items()})


class MemoryCrm:
    """A CRM that holds a snapshot and does everything an adapter can do.

    What colleagues do in the CRM itself is `put`; what they see there is `snapshot` and `results`. `faults` is the
    script of what goes wrong; `calls` lists the writes that were asked for and reached the CRM. Leases and skips of the
    snapshot are left out, they are ours. Thread-safe.

    >>> from datetime import UTC, datetime
    >>> from workplaces_core.model import Account, Task, User
    >>> call = Task("t1", "1", "Call back", "u1", datetime(2026, 11, 20, tzinfo=UTC), date(2026, 11, 24))
    >>> crm = MemoryCrm(Snapshot(Account("acme", "Europe/Moscow"), users=[User("u2", "Bob")], tasks=[call]))
    >>> start = crm.cursor()
    >>> crm.set_responsible("task", "t1", "u2", only_if="u1", key="k1")
    Done()
    >>> crm.set_responsible("task", "t1", "u3", only_if="u1", key="k2")
    LostRace(responsible='u2')
    >>> [change.value.responsible for change in crm.read_changes(start).changes]
    ['u2']
    """

    capabilities: ClassVar[Capabilities] = EVERYTHING

    def __init__(self, snapshot: Snapshot, *, batch: int = 250) -> None:
        self.faults = Faults()
        self.results: dict[str, list[str]] = {}
        self.calls: list[tuple[Any, ...]] = []
        self._held = _Held(snapshot)
        self._batch = batch
        self._run = secrets.token_hex(4)
        self._lock = RLock()
        self._answers: dict[str, tuple[tuple[Any, ...], Outcome]] = {}
        self._forbidden: dict[tuple[str, str], str] = {}
        self._watchers: list[Callable[[], None]] = []

    @classmethod
    def open(cls, snapshot: Snapshot) -> Self:
        """Make a CRM that holds a snapshot."""
        return cls(snapshot)

    def close(self) -> None:
        """End all watches."""
        self._watchers.clear()

    # -- the CRM itself, as colleagues use it --------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot:
        """What the CRM holds now, completed tasks too."""
        with self._lock:
            return self._held.snapshot()

    def put(self, *changes: Change) -> None:
        """Change the CRM beneath us, all at once. Raises ChangesError for what a CRM cannot hold."""
        refuse_impossible(changes)
        strange = [number for number, change in enumerate(changes) if change.kind not in _HELD]
        if strange:
            raise ChangesError(Problem(f"[{n}].kind", changes[n].kind, "is ours, no CRM holds it") for n in strange)
        with self._lock:
            for change in changes:
                self._held.write(change)
        self._notify()

    def forbid(self, kind: OwnedKind, entity_id: str, reason: str = "no rights") -> None:
        """Answer Forbidden from now on to whatever would change one entity."""
        self._forbidden[kind, entity_id] = reason

    # -- the adapter: reading ------------------------------------------------------------------------------

    def directory(self) -> Iterator[Set]:
        """Read the account, users, groups, task types and fields."""
        with self.faults.around("directory"), self._lock:
            return iter(self._held.sets(DIRECTORY))

    def read_open(self) -> Iterator[Sequence[Set]]:
        """Read open tasks, and all deals, contacts and companies, in batches."""
        with self._lock:
            found = [change for change in self._held.sets(WORK) if not getattr(change.value, "completed", False)]
        for start in range(0, max(len(found), 1), self._batch):
            with self.faults.around("read_open"):
                yield found[start : start + self._batch]

    def cursor(self) -> str:
        """Give a cursor for now; no other MemoryCrm takes it."""
        with self.faults.around("cursor"), self._lock:
            return f"{self._run}:{self._held.clock}"

    def read_changes(self, cursor: str) -> ChangesSince:
        """Read the state of everything that was touched since a cursor."""
        with self.faults.around("read_changes"), self._lock:
            run, _, clock = cursor.partition(":")
            if run != self._run or not clock.isdecimal():
                raise CursorLost(f"`{cursor}` is not a cursor of this CRM")
            return ChangesSince(tuple(self._held.since(int(clock))), f"{self._run}:{self._held.clock}")

    def set_aside(self) -> Sequence[Problem]:
        """List nothing: what is in memory needs no translation."""
        return ()

    def watch(self, notify: Callable[[], None]) -> Callable[[], None]:
        """Call `notify` after every change, in the thread that made it."""
        with self.faults.around("watch"), self._lock:
            self._watchers.append(notify)
        return lambda: self._watchers.remove(notify) if notify in self._watchers else None

    # -- the adapter: writing ------------------------------------------------------------------------------

    def complete(self, task: str, *, result: str, key: str) -> Outcome:
        """Complete a task; one that is completed already keeps its result."""
        return self._once(key, ("complete", task, result), lambda: self._completed(task, result))

    def postpone(self, task: str, *, due: date, key: str) -> Outcome:
        """Give an open task another due."""
        return self._once(key, ("postpone", task, due), lambda: self._postponed(task, due))

    def set_responsible(self, kind: OwnedKind, entity_id: str, user: str, *, only_if: str | None, key: str) -> Outcome:
        """Make a user responsible, if the responsible is still `only_if`; looking and writing are one step here."""
        asked = (kind, entity_id, user, only_if)
        return self._once(key, ("set_responsible", *asked), lambda: self._handed_over(*asked))

    def _completed(self, task: str, result: str) -> Outcome:
        found = self._held.entities["task"].get(task)
        if found is not None and found.completed:
            return Done()
        outcome = _gone(found) or self._write("task", found, completed=True)
        if isinstance(outcome, Done):
            self.results.setdefault(task, []).append(result)
        return outcome

    def _postponed(self, task: str, due: date) -> Outcome:
        found = self._held.entities["task"].get(task)
        return _gone(found) or self._write("task", found, due=due)

    def _handed_over(self, kind: OwnedKind, entity_id: str, user: str, only_if: str | None) -> Outcome:
        found: Any = self._held.entities[kind].get(entity_id)
        gone = _gone(found)
        if gone is not None:
            return gone
        if found.responsible == user:
            return Done()
        if found.responsible != only_if:
            return LostRace(found.responsible)
        if user not in self._held.entities["user"]:
            return Forbidden(f"user `{user}` is not in the CRM")
        return self._write(kind, found, responsible=user)

    def _write(self, kind: OwnedKind, found: Any, **state: Any) -> Outcome:
        reason = self._forbidden.get((kind, found.id))
        if reason is not None:
            return Forbidden(reason)
        self._held.write(Set(kind, attrs.evolve(found, **state)))
        return Done()

    def _once(self, key: str, call: tuple[Any, ...], act: Callable[[], Outcome]) -> Outcome:
        """Act, unless the key was given before: then give the first answer again."""
        with self.faults.around(call[0]):
            with self._lock:
                before = self._held.clock
                first, answer = self._answers.get(key) or (call, act())
                if first != call:
                    raise ValueError(f"key `{key}` was given for another call before: {first}")
                self._answers[key] = call, answer
                self.calls.append(call)
                changed = self._held.clock != before
            if changed:
                self._notify()
            return answer

    def _notify(self) -> None:
        # Not under the lock: a watcher may read at once, also in another thread.
        for notify in tuple(self._watchers):
            notify()


def _gone(found: Any) -> Gone | None:
    if found is None:
        return Gone("deleted")
    return Gone("completed") if getattr(found, "completed", False) else None
