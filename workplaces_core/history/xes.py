"""Work items of an event log in XES (IEEE 1849), read trace by trace, whatever the size of the file."""

from __future__ import annotations

import gzip
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple
from xml.parsers import expat

from attrs import evolve, field, frozen

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.history.mapping import XES, Mapping
from workplaces_core.history.work_items import Rejected, WorkItem, item_of

_AT_ONCE = 1 << 16

Attributes = dict[str, str]


class _Event(NamedTuple):
    """An event with its number in the file, counted from 1."""

    number: int
    attributes: Attributes

    def rejected(self, key: str, message: str) -> Rejected:
        """Set it aside because of one of its attributes."""
        row = tuple(f"{name}={value}" for name, value in self.attributes.items())
        return Rejected(self.number, key, self.attributes.get(key), message, row)


@frozen(eq=False)
class _Trace:
    """One case: its attributes, None where an event stands outside of a trace, and its events."""

    attributes: Attributes | None
    events: list[_Event] = field(factory=list)


class _Reader:
    """Collects traces as the parser goes through the file."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.traces: list[_Trace] = []
        self._file = str(path)
        self._path: list[str] = []
        self._trace, self._count = _Trace({}), 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = _refuse

    def _begin(self, name: str, attributes: Attributes) -> None:
        name = name.rpartition(":")[2]
        match self._path:
            case [] if name != "log":
                raise InvalidInput([Problem(self._file, name, "is not XES: the outermost element must be log")])
            case [_] if name == "trace":
                self._trace = _Trace({})
            case [_] if name == "event":
                self._trace = _Trace(None)
                self._begin_event()
            case [_, "trace"] if name == "event":
                self._begin_event()
            case [_, "trace"] if self._trace.attributes is not None:
                self._trace.attributes[attributes.get("key", "")] = attributes.get("value", "")
            case [_, "event"] | [_, "trace", "event"]:
                self._trace.events[-1].attributes[attributes.get("key", "")] = attributes.get("value", "")
        self._path.append(name)

    def _begin_event(self) -> None:
        self._count += 1
        self._trace.events.append(_Event(self._count, {}))

    def _end(self, _: str) -> None:
        name = self._path.pop()
        if name in ("trace", "event") and len(self._path) == 1:
            self.traces.append(self._trace)


def _refuse(*_: Any) -> None:
    # Entities could make a small file endless; XES needs none.
    raise InvalidInput([Problem("", None, "must have no document type")])


def read_xes(path: str | os.PathLike[str], mapping: Mapping = XES) -> Iterator[WorkItem | Rejected]:
    """Read work items; `line` of what is set aside counts the events of the file. Raises InvalidInput, OSError."""
    reader = _Reader(path)
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
    if trace.attributes is None:
        yield from (
            event.rejected("event", "stands outside of a trace: its case is not known") for event in trace.events
        )
    elif mapping.start is not None or mapping.lifecycle is None:
        yield from (_item(trace, event, event, mapping) for event in trace.events)
    else:
        yield from _pairs(trace, mapping, mapping.lifecycle)


def _pairs(trace: _Trace, mapping: Mapping, lifecycle: str) -> Iterator[WorkItem | Rejected]:
    """Give the items of a trace whose events begin and complete work, then what was begun and never completed."""
    begun: dict[tuple[str | None, str | None], deque[_Event]] = {}
    for event in trace.events:
        step = event.attributes.get(lifecycle, mapping.completes).lower()
        work = event.attributes.get(mapping.activity), event.attributes.get(mapping.resource)
        if step == mapping.begins.lower():
            begun.setdefault(work, deque()).append(event)
        elif step == mapping.completes.lower():
            # Work that nobody began took no time: the log knows only that it was done.
            starts = begun.get(work)
            yield _item(trace, starts.popleft() if starts else event, event, mapping)
    for event in sorted(event for events in begun.values() for event in events):
        yield event.rejected(lifecycle, "begins what the same resource does not complete in the rest of its trace")


def _item(trace: _Trace, begin: _Event, end: _Event, mapping: Mapping) -> WorkItem | Rejected:
    case = (trace.attributes or {}).get(mapping.case)
    sources = {
        "activity": (end, mapping.activity),
        "resource": (end, mapping.resource),
        "start": (begin, mapping.start or mapping.complete),
        "complete": (end, mapping.complete),
    }

    def refuse(name: str, message: str) -> Rejected:
        if name != "case":
            event, key = sources[name]
            return event.rejected(key, message)
        return evolve(end.rejected(mapping.case, message), column=f"{mapping.case} of the trace", value=case)

    cells = {name: event.attributes.get(key) for name, (event, key) in sources.items()}
    return item_of({"case": case, **cells}, mapping, refuse)
