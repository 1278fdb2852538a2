"""The sweep: all open tasks are read again, a few pages a round, to prove that nothing was missed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from attrs import Factory, define, frozen

from workplaces_amocrm.client.pages import Page
from workplaces_amocrm.reading.fetching import Fetching
from workplaces_amocrm.reading.known import Known
from workplaces_amocrm.reading.lists import OPEN, backwards, entities, last_page, updated
from workplaces_amocrm.translate.wire import changed_at, is_completed, number_of, numbers_of

PAGES_A_ROUND = 10
"""So few that a round of changes is not much later for them."""


@frozen
class SweepReport:
    """What a sweep found: when it ended, how many tasks are open, and how many of each kind had been missed.

    `proven` is false when it was not known what had been given, as after a restart without cells: then every open task
    was given once more, but what is gone could not be told. `recalled` says that an earlier process had noted in the
    cells what it gave: what it gave after its last note counts as missed here, though it was not.
    """

    at: int
    open_tasks: int
    new: int
    changed: int
    gone: int
    proven: bool
    recalled: bool = False

    @property
    def missed(self) -> int:
        """How many tasks had to be corrected."""
        return self.new + self.changed + self.gone


@define
class Sweep:
    """One sweep under way.

    It reads the open tasks not changed since `until`, which is a little before it began, from the last page to the
    first. Rows only leave that list, so each that stays is met. What was not met is not therefore gone: it is looked at
    by its id, and what changed since comes as a change.
    """

    _known: Known
    _proves: bool
    _began_with: frozenset[int]
    _until: int
    _page: int | None = None
    _met: set[int] = Factory(set)
    _suspects: set[int] = Factory(set)

    @classmethod
    def begin(cls, known: Known | None, until: int) -> Sweep:
        """Begin a sweep against what is known to have been given, None when nothing is known."""
        known_now = Known() if known is None else known
        return cls(known_now, known is not None, frozenset(known_now.tasks), until)

    def step(self, fetching: Fetching, give: Callable[[Iterable[Any]], None]) -> bool:
        """Read a few pages; tells whether all are read. Without proof everything that is met is given."""
        for page in self._pages(fetching):
            self._meet(page.items, give)
            self._page = page.number - 1
        return self._page == 0

    def correct(
        self, fetching: Fetching, at: int, recent: int
    ) -> tuple[SweepReport, Sequence[dict[str, Any]], tuple[int, ...]]:
        """Look once more at all that seems to have been missed, and give what really was: records, and ids of no task.

        What was changed while the sweep was under way, and came as a change, is no longer different from what is known;
        what was changed since `recent` will come as one.
        """
        lost = self._began_with & self._known.tasks.keys() - self._met
        known = dict(self._known.tasks)
        records, gone = [], []
        new = changed = 0
        for batch in fetching.fetch("tasks", self._suspects | lost):
            there = {number_of(record): record for record in batch.records}
            gone += [each for each in batch.ids if each in known and _is_over(there.get(each), recent)]
            for each, record in there.items():
                if self._proves and _is_settled(record, recent) and not self._known.has(record):
                    records.append(record)
                    new, changed = new + (each not in known), changed + (each in known)
        open_tasks = len(self._met | (known.keys() - set(gone)))
        report = SweepReport(at, open_tasks, new, changed, len(gone), self._proves)
        return report, records, tuple(gone)

    def _pages(self, fetching: Fetching) -> Iterator[Page]:
        read = partial(fetching.page, entities(fetching.settings, "tasks", (*OPEN, *updated(until=self._until))))
        if self._page is None:
            self._page, only = last_page(read)
            if only is not None:
                yield only
                return
        for number, page in enumerate(backwards(read, self._page, fetching.settings.pages_ahead), 1):
            yield page
            if number == PAGES_A_ROUND:
                return

    def _meet(self, items: Sequence[dict[str, Any]], give: Callable[[Iterable[Any]], None]) -> None:
        self._met.update(numbers_of(items))
        if self._proves:
            self._suspects.update(numbers_of(record for record in items if not self._known.has(record)))
        else:
            give(items)


def _is_over(record: dict[str, Any] | None, recent: int) -> bool:
    """Tell whether a task is deleted, or completed so long ago that this should have been given."""
    if record is None:
        return True
    return is_completed(record) and (changed_at(record) or 0) < recent


def _is_settled(record: dict[str, Any], recent: int) -> bool:
    return not is_completed(record) and (changed_at(record) or 0) < recent
