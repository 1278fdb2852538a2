"""Following one account: rounds of changes, the sweep, the directory now and then, and what webhooks told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock

from attrs import define, evolve, field

from workplaces_amocrm.reading.changes import STAGES, Round, named
from workplaces_amocrm.reading.cursor import Cursor
from workplaces_amocrm.reading.fetching import Fetching
from workplaces_amocrm.reading.hanging import Ids, no_ids
from workplaces_amocrm.reading.known import Known
from workplaces_amocrm.reading.sweep import Sweep, SweepReport
from workplaces_amocrm.reading.translation import Translation
from workplaces_amocrm.translate.wire import numbers_of
from workplaces_amocrm.webhooks.inbox import Inbox
from workplaces_core.adapters.cells import Cells
from workplaces_core.adapters.protocols import ChangesSince
from workplaces_core.changes import Change, Remove, Set, about
from workplaces_core.errors import CursorLost

PAGES_AN_ANSWER = 20
"""How many pages of changes are read for one answer; the rest comes with the next one."""

LISTED_EVERY = 600
"""Seconds between two readings of the directory, which has no changes of its own."""

OLDEST = 30 * 86400
"""Seconds after which a cursor is lost: by then reading everything is cheaper, and surer, than a month of changes."""


@define
class Following:
    """What is remembered between two answers, for one follower; without it answers are right, and take more calls.

    A sweep holds what amoCRM has against what was given. What it corrects is given again until the cursor that came
    with it comes back, so that an answer that was lost loses nothing. With `cells` this survives a restart.
    """

    inbox: Inbox
    _cells: Cells
    _cell: str
    known: Known = field(factory=Known)
    proven: bool = False
    """Whether `known` is all that was given, so that a sweep can tell what is gone."""
    last_sweep: SweepReport | None = None
    _sweep: Sweep | None = None
    _corrections: list[Change] = field(factory=list)
    _given: Ids = field(factory=no_ids)
    _fresh: Ids = field(factory=no_ids)
    _answered: str = ""
    _begun: bool = False
    _unsaved: bool = False
    _recalled: bool = False
    _directory: set[tuple[str, str]] = field(factory=set)
    _lock: Lock = field(factory=Lock)

    def begin(self, known: Known, given: Ids) -> None:
        """Start anew after a complete reading of everything; the cursor that comes next goes with it."""
        with self._lock:
            self.known, self.proven = known, True
            self._given, self._begun, self._recalled = given, True, False
            self._sweep, self._corrections = None, []
            self._save()

    def recall(self) -> None:
        """Take up what an earlier process left in the cells, if it left anything."""
        cell = self._cells.read(self._cell)
        if cell is not None and not self.proven:
            try:
                self.known, self.proven = Known.load(cell.value), True
                self._recalled = True
            except ValueError:
                return

    def end(self) -> None:
        """Note in the cells what was given, for the process that comes next."""
        with self._lock:
            if self.proven:
                self._save()

    def read(
        self,
        at: Cursor,
        now: int,
        fetching: Fetching,
        translation: Translation,
        directory: Callable[[], Iterable[Set]],
    ) -> ChangesSince:
        """Read what changed since a cursor, as much as is good for one answer."""
        if at.since < now - OLDEST:
            raise CursorLost(f"the cursor is {(now - at.since) // 86400} days old, read everything again")
        with self._lock:
            self._arrived(confirmed=at.dump() == self._answered)
            # What a sweep corrected comes first: it is older than anything that is read now.
            round_ = Round(fetching, translation, self.known, at, self._given, self._fresh, list(self._corrections))
            waiting = self.inbox.take()
            try:
                after = self._round(round_, at, now)
                if after.until == 0:
                    after = self._extras(round_, after, now, directory)
                round_.look(named(waiting.ids))
            except BaseException:
                self.inbox.give_back(waiting)
                self._sweep = None
                raise
            self._answered = after.dump()
            return ChangesSince(tuple(round_.changes), self._answered, more=after.until != 0)

    def _round(self, round_: Round, at: Cursor, now: int) -> Cursor:
        """Read stages from where the cursor stands; the one that comes back has `until` 0 when all are through."""
        stage, page, until = at.stage, at.page, at.until or now
        for _ in range(PAGES_AN_ANSWER):
            more = STAGES[stage](round_, page)
            stage, page = (stage, page + 1) if more else (stage + 1, 1)
            if stage == len(STAGES):
                return evolve(at, since=until, until=0, stage=0, page=1, turn=at.turn + 1)
        return evolve(at, until=until, stage=stage, page=page, turn=at.turn + 1)

    def _extras(self, round_: Round, after: Cursor, now: int, directory: Callable[[], Iterable[Set]]) -> Cursor:
        """What comes with the last answer of a round: corrections of the sweep, and the directory when it is due."""
        start = len(round_.changes)
        due = now - after.swept >= round_.settings.sweep_minutes * 60
        if (due or self._sweep is not None) and self._swept(round_, now):
            after = evolve(after, swept=now)
        self._corrections += round_.changes[start:]
        if now - after.listed >= LISTED_EVERY:
            round_.changes += self._listed(directory)
            after = evolve(after, listed=now)
        return after

    def _swept(self, round_: Round, now: int) -> bool:
        """Sweep a few pages, tell whether that was all; the corrections are in the round then."""
        if self._sweep is None:
            self._sweep = Sweep.begin(round_.fetching, self.known if self.proven else None)
        if not self._sweep.step(lambda records: round_.give("tasks", numbers_of(records), list(records))):
            return False
        recent = now - round_.settings.updated_overlap_seconds
        report, records, gone = self._sweep.correct(now, recent)
        self.last_sweep, self._recalled = evolve(report, recalled=self._recalled), False
        before = dict(self.known.tasks)
        try:
            round_.give("tasks", numbers_of(records), records)
        except BaseException:
            self.known.tasks = before  # nothing was given, so the next sweep has to find it again
            raise
        round_.changes += [Remove("task", str(each)) for each in gone]
        self.known.drop(gone)
        self._sweep, self.proven, self._unsaved = None, True, True
        return True

    def _listed(self, directory: Callable[[], Iterable[Set]]) -> list[Change]:
        sets = list(directory())
        gone = self._directory - self.remember(sets)
        return [*sets, *(Remove(kind, each) for kind, each in sorted(gone) if kind != "account")]  # type: ignore[arg-type]

    def remember(self, sets: Iterable[Set]) -> set[tuple[str, str]]:
        """Remember what the directory holds, so that the next reading can tell what is gone."""
        self._directory = {(change.kind, about(change)) for change in sets}
        return self._directory

    def _arrived(self, *, confirmed: bool) -> None:
        """Note whether what the last answer brought has arrived: its cursor came back. Else nobody knows."""
        if confirmed:
            self._corrections = []
            for name, ids in self._fresh.items():
                self._given[name] |= ids
            if self._unsaved:
                self._save()
        elif not self._begun:
            self._given = no_ids()
        self._fresh, self._begun = no_ids(), False

    def _save(self) -> None:
        self._unsaved = False
        cell = self._cells.read(self._cell)
        self._cells.swap(self._cell, self.known.dump(), version=cell.version if cell else 0)
