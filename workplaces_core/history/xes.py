"""Work items of an event log in XES (IEEE 1849), read trace by trace, whatever the size of the file."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from attrs import field, frozen

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.history.mapping import XES, Mapping
from workplaces_core.history.work_items import SYSTEM, Rejected, WorkItem, item_of

_AT_ONCE = 1 << 16

Attributes = dict[str, str]


@frozen(eq=False)
class _Trace:
    """One case: its attributes, and its events with their numbers in the file."""

    attributes: Attributes = field(factory=dict)
    events: list[tuple[int, Attributes]] = field(factory=list)


class _Reader:
    """Collects traces as the parser goes through the file."""

    def __init__(self) -> None:
        self.traces: list[_Trace] = []
        self._path: list[str] = []
        self._trace, self._count = _Trace(), 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = _refuse

    def _begin(self, name: str, attributes: Attributes) -> None:
        name = name.rpartition(":")[2]
        match self._path:
            case [_] if name == "trace":
                self._trace = _Trace()
            case [_, "trace"] if name == "event":
                self._count += 1
                self._trace.events.append((self._count, {}))
            case [_, "trace"]:
                self._trace.attributes[attributes.get("key", "")] = attributes.get("value", "")
            case [_, "trace", "event"]:
                self._trace.events[-1][1][attributes.get("key", "")] = attributes.get("value", "")
        self._path.append(name)

    def _end(self, _: str) -> None:
        name = self._path.pop()
        if name == "trace" and len(self._path) == 1:
            self.traces.append(self._trace)


def _refuse(*_: Any) -> None:
    # Entities could make a small file endless; XES needs none.
    raise InvalidInput([Problem("", None, "must have no document type")])


def read_xes(path: str | os.PathLike[str], mapping: Mapping = XES) -> Iterator[WorkItem | Rejected]:
    """Read work items; `line` of what is set aside counts the events of the file. Raises InvalidInput, OSError."""
    reader = _Reader()
    with _opened(path) as stream:
        while True:
            content = stream.read(_AT_ONCE)
            try:
                reader.parser.Parse(content, not content)
            except expat.ExpatError as error:
                raise InvalidInput([Problem(str(path), None, f"is not XML: {error}")]) from None
            for trace in reader.traces:
                yield from _items(trace, mapping)
            reader.traces.clear()
            if not content:
                return


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    opening: Any = gzip.open if Path(path).suffix == ".gz" else open
    with opening(path, "rb") as stream:
        yield stream


def _items(trace: _Trace, mapping: Mapping) -> Iterator[WorkItem | Rejected]:
    begun: dict[tuple[str, str], list[str]] = {}
    for number, event in trace.events:
        cells = _cells(trace, event, mapping)
        if mapping.start is None and mapping.lifecycle is not None:
            step = event.get(mapping.lifecycle, mapping.completes).lower()
            work = cells["activity"], cells["resource"]
            if step == mapping.begins.lower():
                begun.setdefault(work, []).append(cells["complete"])
                continue
            if step != mapping.completes.lower():
                continue
            # Work that nobody began took no time: the log knows only that it was done.
            starts = begun.get(work)
            cells["start"] = starts.pop(0) if starts else cells["complete"]
        yield item_of(cells, number, tuple(f"{name}={value}" for name, value in event.items()))


def _cells(trace: _Trace, event: Attributes, mapping: Mapping) -> dict[str, str]:
    resource = event.get(mapping.resource, "")
    cells = {
        "case": trace.attributes.get(mapping.case, ""),
        "activity": event.get(mapping.activity, ""),
        "resource": SYSTEM if resource in mapping.system else resource,
        "complete": mapping.instant(event.get(mapping.complete, "")),
    }
    if mapping.start is not None:
        cells["start"] = mapping.instant(event.get(mapping.start, ""))
    return cells
