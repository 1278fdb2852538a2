"""The audit log: who changed what and when, in pages of a hundred entries, each a cell; nothing is ever taken out."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from workplaces_core.adapters.cells import Cells
from workplaces_web.people import records
from workplaces_web.people.model import AuditEntry

PAGE = 100
Detail = str | int | bool | list[str] | None


@frozen
class AuditPage:
    """A hundred entries, or fewer on the last page."""

    entries: tuple[AuditEntry, ...] = ()


@frozen
class Place:
    """The number of the page that is being written."""

    page: int = 0


class Audit:
    """Writes and reads the audit log; blocking, safe for several threads and processes."""

    def __init__(self, cells: Cells) -> None:
        """Keep the log in cells."""
        self._cells = cells

    def write(self, by: str, action: str, about: str | None = None, **details: Detail) -> None:
        """Write one entry."""
        page, at = self._place(), self._cells.now()
        while True:
            full = list[bool]()

            def added(found: AuditPage | None, page: int = page, full: list[bool] = full) -> AuditPage:
                entries = found.entries if found else ()
                full[:] = [len(entries) >= PAGE]
                if full[0]:
                    return AuditPage(entries)
                entry = AuditEntry(page * PAGE + len(entries) + 1, at, by, action, about, details)
                return AuditPage((*entries, entry))

            records.update(self._cells, _cell(page), AuditPage, added)
            if not full[0]:
                return
            page += 1
            self._move(page)

    def newest(self, before: int | None = None, limit: int = PAGE) -> list[AuditEntry]:
        """Give entries, the newest first; `before` is the number of the last one that was seen."""
        found = []
        for entry in self._backwards(before):
            found.append(entry)
            if len(found) >= limit:
                break
        return found

    def _backwards(self, before: int | None) -> Iterator[AuditEntry]:
        first = self._place() if before is None else min(self._place(), (max(before, 1) - 1) // PAGE)
        for page in range(first, -1, -1):
            kept = records.read(self._cells, _cell(page), AuditPage)
            for entry in reversed(kept.entries if kept else ()):
                if before is None or entry.number < before:
                    yield entry

    def _place(self) -> int:
        return (records.read(self._cells, "web/audit", Place) or Place()).page

    def _move(self, page: int) -> None:
        records.update(self._cells, "web/audit", Place, lambda found: Place(max(page, found.page if found else 0)))


def _cell(page: int) -> str:
    return f"web/audit/{page}"
