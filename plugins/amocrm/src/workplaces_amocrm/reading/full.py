"""A full reading: every open task with all that it hangs on, in batches; left at any page, it can be gone on with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from workplaces_amocrm.client.pages import Page
from workplaces_amocrm.reading.checkpoint import Checkpoint
from workplaces_amocrm.reading.cursor import Cursor
from workplaces_amocrm.reading.fetching import Fetching
from workplaces_amocrm.reading.hanging import Ids
from workplaces_amocrm.reading.known import Known
from workplaces_amocrm.reading.lists import OPEN, ReadPage, backwards, entities, last_page, updated
from workplaces_amocrm.reading.progress import Progress, Tell, calls_left
from workplaces_amocrm.reading.translation import Translation
from workplaces_amocrm.translate.wire import is_deleted
from workplaces_core.changes import Set

_ALL_TASKS = -1
"""Stands for the page to read next when no page of tasks is left, neither of the settled ones nor of the recent."""


class FullReading:
    """One full reading.

    `batches` gives what is read; after each batch, `checkpoint()` is the text from which another reading goes on as if
    this one had never stopped, once what was given so far is stored. `cursor` is that of the moment before the
    beginning: what changed since comes with `read_changes`.

    Invariant: every task that is open when the reading ends was given, or comes with the changes since the cursor.
    First comes the list of open tasks not changed since shortly before the beginning, from its last page to the first:
    rows only leave it, so none is passed by, see `updated` and `backwards`. What leaves has changed, and so have the
    tasks that were opened again meanwhile, which never stand in that list: they come after it, and with the changes.
    """

    def __init__(
        self,
        fetching: Fetching,
        translation: Translation,
        start: Checkpoint,
        *,
        tell: Tell = lambda _: None,
        ended: Callable[[Known | None, Ids, Ids], None] = lambda *_: None,
    ) -> None:
        self._known = Known()
        self._ended = ended
        # What was given before a reading was gone on with is not known any more.
        self._knows = start.page is None
        self._fetching = fetching
        self._translation = translation
        self._at = start
        self._page = start.page
        self._pages = start.pages
        self._hanging = start.hanging
        self._tell = tell
        self._done = 0

    @property
    def cursor(self) -> str:
        """The cursor to read on from when everything is read."""
        return self._at.cursor

    def checkpoint(self) -> str:
        """Give what is needed to go on after the batches given so far."""
        at = self._at
        return Checkpoint(
            account=at.account, cursor=at.cursor, page=self._page, pages=self._pages, hanging=self._hanging
        ).dump()

    def batches(self) -> Iterator[Sequence[Set]]:
        """Read everything that is still to be read. What it raises does not spoil the checkpoint."""
        for page in self._settled():
            self._page = page.number - 1
            self._done += 1
            yield self._tasks(page)
        if self._page != _ALL_TASKS:
            self._page = 0
            for page in self._recent():
                if page.number == 1:
                    self._page = _ALL_TASKS
                self._done += 1
                yield self._tasks(page)
            self._page = _ALL_TASKS
        leads_read = 0
        for found in self._hanging.read(partial(self._fetching.fetch, through_all=True)):
            self._done += 1
            leads_read += len(found.ids) if found.name == "leads" else 0
            self._report(found.name, leads_read)
            yield list(self._translation.sets(found.name, found.records))
        self._ended(self._known if self._knows else None, self._hanging.given, self._fetching.failed)

    def _settled(self) -> Iterator[Page]:
        """Read the open tasks that have not changed since the edge, from the last page to the first."""
        read = self._reader(until=self._edge)
        if self._page is None:
            self._page, only = last_page(read)
            self._pages = self._page
            if only is not None:
                yield only
                return
        yield from backwards(read, max(self._page, 0), self._fetching.settings.pages_ahead)

    def _recent(self) -> Iterator[Page]:
        """Read the open tasks that changed since; what is passed by because others enter comes with the changes."""
        read = self._reader(since=self._edge)
        last, only = last_page(read)
        yield from backwards(read, last, 1) if only is None else (only,)

    def _reader(self, **span: int) -> ReadPage:
        listing = entities(self._fetching.settings, "tasks", (*OPEN, *updated(**span)))
        return partial(self._fetching.page, listing)

    @property
    def _edge(self) -> int:
        """So long before the beginning that what changed until then shows in every list."""
        begun = Cursor.load(self._at.cursor, self._at.account).since
        return max(begun - self._fetching.settings.updated_overlap_seconds, 0)

    def _tasks(self, page: Page) -> list[Set]:
        records = [record for record in page.items if not is_deleted(record)]
        sets = [change for change in self._translation.sets("tasks", records) if not change.value.completed]  # type: ignore[union-attr]
        for record in records:
            self._hanging.add_task(record)
            self._known.note(record)
        self._report("tasks", 0)
        return sets

    def _report(self, stage: str, leads_read: int) -> None:
        pages_left = max(self._page or 0, 0)
        left, basis = calls_left(
            self._hanging,
            pages=self._pages,
            pages_done=self._pages - pages_left,
            leads_read=leads_read,
            per_call=self._fetching.settings.ids_per_request,
        )
        total = self._done + pages_left + left
        if self._fetching.filters:
            self._tell(Progress(stage, self._done, total, "estimated" if pages_left else basis))  # type: ignore[arg-type]
        else:
            self._tell(Progress(stage, self._done, None, "unknown"))  # type: ignore[arg-type]
