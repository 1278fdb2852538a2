"""Following one account: rounds of changes, the sweep, the directory now and then, and what webhooks told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock

from attrs import define, evolve, field

from workplaces_amocrm.errors import NoRights, NoSuchThing, Refused
from workplaces_amocrm.reading.again import Again
from workplaces_amocrm.reading.changes import STAGES, Place, Round, named
from workplaces_amocrm.reading.cursor import Cursor
from workplaces_amocrm.reading.fetching import Fetching, Name
from workplaces_amocrm.reading.hanging import Ids, no_ids
from workplaces_amocrm.reading.known import Known
from workplaces_amocrm.reading.sweep import Sweep, SweepReport
from workplaces_amocrm.reading.translation import Translation
from workplaces_amocrm.translate.rules import Translated
from workplaces_amocrm.translate.wire import numbers_of
from workplaces_amocrm.webhooks.inbox import Inbox
from workplaces_core.adapters.cells import Cells
from workplaces_core.adapters.protocols import ChangesSince
from workplaces_core.changes import Change, Remove, Set, about
from workplaces_core.errors import CrmUnavailable, CursorLost, Problem

_log = logging.getLogger(__name__)

PAGES_AN_ANSWER = 20
"""How many pages of changes are read for one answer; the rest comes with the next one."""

LISTED_EVERY = 600
"""Seconds between two readings of the directory, which has no changes of its own."""

AGAIN_AFTER = 600
"""Seconds after which a sweep that failed is gone on with."""

NEWS_AT_MOST = 5_000
"""With more tasks than that given since the last note, all that is known is noted anew."""

_OF_ONE_CALL = (CrmUnavailable, NoRights, NoSuchThing, Refused)
"""What may be wrong with one call, and not with the account as a whole."""

OLDEST = 30 * 86400
"""Seconds after which a cursor is lost: by then reading everything is cheaper, and surer, than a month of changes."""


@define
class Following:
    """What is remembered between two answers, for one follower; without it answers are right, and take more calls.

    A sweep holds what amoCRM has against what was given. What it corrects is given again until the cursor that came
    with it comes back, so that an answer that was lost loses nothing. With `cells` what is known survives a crash: each
    round notes there which tasks it gives, beside the note of the whole, before its answer is given.
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
    _sweep_from: int = 0
    _again: Again = field(factory=Again)
    _noted: str = ""
    _directory: set[tuple[str, str]] = field(factory=set)
    _lock: Lock = field(factory=Lock)

    def begin(self, known: Known | None, given: Ids, failed: dict[Name, set[int]], now: int) -> None:
        """Start anew after a complete reading of everything; the cursor that comes next goes with it.

        `known` is None when it was gone on with, and not all of what it gave is known any more. What `failed` is tried
        again with the next rounds.
        """
        with self._lock:
            self._again.take_over({}, failed, now)
            if known is None:
                return
            self.known, self.proven = known, True
            self._given, self._begun, self._recalled = given, True, False
            self._sweep, self._corrections = None, []
            self._save()

    def recall(self) -> None:
        """Take up what an earlier process left in the cells, if it left anything."""
        cell = self._cells.read(self._cell)
        if cell is not None and not self.proven:
            try:
                news = self._cells.read(self._news_cell)
                self.known, self.proven = Known.load(cell.value, news.value if news else ""), True
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
            until = at.until or max(now, at.since)
            round_ = Round(
                fetching, translation, self.known, at, until, self._given, self._fresh, list(self._corrections)
            )
            fetching.failed = self._again.waiting(now)
            waiting, tried = self.inbox.take(), self._again.due(now)
            try:
                after = self._round(round_, at)
                self._note_news()
                if after.until == 0:
                    after = self._extras(round_, after, now, tried, directory)
                round_.look(named(waiting.ids))
            except BaseException:
                self.inbox.give_back(waiting)
                self._sweep = None
                raise
            self._again.take_over(tried if after.until == 0 else {}, fetching.failed, now)
            self._answered = after.dump()
            return ChangesSince(tuple(round_.changes), self._answered, more=after.until != 0)

    def _round(self, round_: Round, at: Cursor) -> Cursor:
        """Read stages from where the cursor stands; the one that comes back has `until` 0 when all are through."""
        stage, place = at.stage, Place(at.part, at.page)
        for _ in range(PAGES_AN_ANSWER):
            onward = STAGES[stage](round_, place)
            stage, place = (stage + 1, Place()) if onward is None else (stage, onward)
            if stage == len(STAGES):
                return evolve(at, since=round_.until, until=0, stage=0, part=0, page=1, turn=at.turn + 1)
        return evolve(at, until=round_.until, stage=stage, part=place.part, page=place.page, turn=at.turn + 1)

    def _extras(
        self,
        round_: Round,
        after: Cursor,
        now: int,
        tried: dict[Name, set[int]],
        directory: Callable[[], Iterable[Set]],
    ) -> Cursor:
        """What comes with the last answer of a round: what could not be read before, the sweep, the directory when due.

        One that fails is noted, and tried again later. What was read until then is given, and nothing is removed.
        """
        start = len(round_.changes)
        with self._extra(round_, "again"):
            try:
                round_.try_again(tried)
            except BaseException:
                tried.clear()  # nobody knows which of them came, so all stay to be tried
                raise
        due = now - after.swept >= round_.settings.sweep_minutes * 60
        if (due or self._sweep is not None) and now >= self._sweep_from:
            self._sweep_from = now + AGAIN_AFTER
            with self._extra(round_, "sweep"):
                if self._swept(round_, now):
                    after = evolve(after, swept=now)
                self._sweep_from = 0
        self._corrections += round_.changes[start:]
        if now - after.listed >= LISTED_EVERY:
            after = evolve(after, listed=now)
            with self._extra(round_, "directory"):
                round_.changes += self._listed(directory)
        return after

    @contextmanager
    def _extra(self, round_: Round, name: str) -> Iterator[None]:
        """Note that an extra could not be read, or that it could; only what is wrong with the account is raised."""
        problems: tuple[Problem, ...] = ()
        try:
            yield
        except _OF_ONE_CALL as error:
            _log.warning("amoCRM: the %s could not be read, it is tried again later: %s", name, error)
            problems = (Problem(name, None, f"could not be read, is tried again later: {error}"),)
        round_.translation.aside.note(name, Translated(name, None, problems))

    def _swept(self, round_: Round, now: int) -> bool:
        """Sweep a few pages, tell whether that was all; the corrections are in the round then."""
        recent = now - round_.settings.updated_overlap_seconds
        if self._sweep is None:
            self._sweep = Sweep.begin(self.known if self.proven else None, max(recent, 0))
        sweep, fetching = self._sweep, round_.fetching
        if not sweep.step(fetching, lambda records: round_.give("tasks", numbers_of(records), list(records))):
            return False
        report, records, gone = sweep.correct(fetching, now, recent)
        before = dict(self.known.tasks)
        try:
            round_.give("tasks", numbers_of(records), records)
        except BaseException:
            self.known.tasks = before  # not all was given, so it has to be found again
            raise
        self.last_sweep, self._recalled = evolve(report, recalled=self._recalled), False
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
        """Note all that is known; what was noted beside it is part of it then."""
        self._unsaved = False
        self._put(self._cell, self.known.dump())
        self.known.news.clear()
        if self._cells.read(self._news_cell) is not None:
            self._put(self._news_cell, "")
        self._noted = ""

    def _note_news(self) -> None:
        """Note which tasks are given with this answer, unless something of it has to be found again after a crash."""
        if not self.proven or self._corrections or not self.known.news:
            return
        if len(self.known.news) > NEWS_AT_MOST:
            self._save()
            return
        news = self.known.dump_news()
        if news != self._noted:
            self._put(self._news_cell, news)
            self._noted = news

    def _put(self, name: str, text: str) -> None:
        cell = self._cells.read(name)
        self._cells.swap(name, text, version=cell.version if cell else 0)

    @property
    def _news_cell(self) -> str:
        return f"{self._cell}/since"
