"""A history of an account's tasks, as far as amoCRM's log of events tells it, for replay and simulation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from attrs import Factory, define, frozen

from workplaces_amocrm.adapter import AmoCrm
from workplaces_amocrm.client.pages import Listing, pages
from workplaces_amocrm.client.port import Params
from workplaces_amocrm.reading.directory import AccountFacts, account_facts
from workplaces_amocrm.reading.fetching import Fetching
from workplaces_amocrm.reading.full import FullReading
from workplaces_amocrm.reading.hanging import Hanging
from workplaces_amocrm.reading.lists import ROOT, several
from workplaces_amocrm.reading.translation import Aside, Translation
from workplaces_amocrm.task_past import TYPES, Past, TaskEvent, event_of, past_of
from workplaces_core.adapters.protocols import DIRECTORY
from workplaces_core.changes import Entity, about
from workplaces_core.changes import Set as SetChange
from workplaces_core.errors import Problem
from workplaces_core.history.events import FINISHED, Event
from workplaces_core.model import Account, Task
from workplaces_core.wire import dump


@frozen
class Period:
    """From when until when, both included."""

    start: datetime
    end: datetime


@define
class Told:
    """What was found: the account as it is now, the tasks' events, and the events that could not be read."""

    account: Account
    entities: dict[tuple[str, str], Entity] = Factory(dict)
    tasks: dict[str, Task] = Factory(dict)
    events: dict[str, list[TaskEvent]] = Factory(dict)
    problems: list[Problem] = Factory(list)

    def take(self, sets: Iterable[SetChange]) -> None:
        """Take entities as they are now."""
        for each in sets:
            if isinstance(each.value, Task):
                self.tasks[each.value.id] = each.value
            else:
                self.entities[each.kind, about(each)] = each.value

    @property
    def gone(self) -> list[str]:
        """The tasks that have events and are not there any more."""
        return [task for task in self.events if task not in self.tasks]


def read(crm: AmoCrm, period: Period) -> Told:
    """Read what a history is made of: everything open, the events since the start, and the tasks that they name.

    Events after the end are read too: what a task was at the end is what it is now without them.
    """
    facts = account_facts(crm.api, crm.settings, Aside())
    told = Told(facts.account)
    reading: FullReading = crm.full_reading()
    told.take(crm.directory())
    for batch in reading.batches():
        told.take(batch)
    _read_events(crm, facts, period, told)
    _read_rest(crm, facts, told)
    told.problems += crm.set_aside()
    return told


def _read_events(crm: AmoCrm, facts: AccountFacts, period: Period, told: Told) -> None:
    """Read events, and put each task's in the order in which they happened."""
    since = int(period.start.timestamp())
    params: Params = [
        ("filter[created_at]", str(since - 1)),
        *several("filter[type]", TYPES, crm.settings),
        *several("filter[entity]", ["task"], crm.settings),
    ]
    limit = crm.settings.events_page_size
    listing = Listing.of(crm.settings, f"{ROOT}/events", "events", params, limit=limit, order=None)
    found: dict[str, TaskEvent] = {}
    for page in pages(crm.api, listing):
        for raw in page.items:
            event = event_of(raw, facts.rules)
            if isinstance(event, Problem):
                told.problems.append(event)
            elif event is not None:
                found[str(raw.get("id"))] = event
    for event in in_order(list(found.values())):
        if event.at >= period.start:
            told.events.setdefault(event.task, []).append(event)


def in_order(events: Sequence[TaskEvent]) -> list[TaskEvent]:
    """Sort events by time. Those of one second stay as they were listed, or the other way round in a list newest first.

    Seconds are all that amoCRM notes, and in which order it lists them is not documented.
    """
    newest_first = len(events) > 1 and events[0].at > events[-1].at
    return sorted(reversed(events) if newest_first else events, key=lambda event: event.at)


def _read_rest(crm: AmoCrm, facts: AccountFacts, told: Told) -> None:
    """Read the tasks that are not open any more, and what they hang on."""
    fetching = Fetching(crm.api, crm.settings, facts.filters)
    translation, hanging = Translation(facts.rules, Aside()), Hanging()
    for batch in fetching.fetch("tasks", [int(task) for task in told.gone]):
        for record in batch.records:
            hanging.add_task(record)
        told.take(translation.sets("tasks", batch.records))
    for found in hanging.read(fetching.fetch):
        told.take(translation.sets(found.name, found.records))
    told.problems += translation.aside.problems()


@frozen
class Story:
    """The events of a history in order, and how much of it is not as one would wish."""

    events: tuple[Event, ...]
    finished: int
    gone: int
    differing: int


def story(told: Told, period: Period) -> Story:
    """Make the history of a period (pure): everything as it was at the start, then what happened."""
    pasts = {id_: past_of(task, told.events.get(id_, ())) for id_, task in told.tasks.items()}
    make = _Maker(told.account.id)
    first = [*_things(told, make, period), *_open_at(pasts, make, period)]
    later = [event for past in pasts.values() for event in _happened(past, make, period)]
    later += [event for id_ in told.gone for event in _ends(told.events[id_], make, period)]
    later.sort(key=lambda event: event.at)
    return Story(
        events=(*first, *later),
        finished=sum(event.kind == FINISHED for event in later),
        gone=len(told.gone),
        differing=sum(not past.agrees for past in pasts.values()),
    )


@frozen
class _Maker:
    account: str

    def set(self, at: datetime, kind: str, id_: str, value: Any) -> Event:
        return Event(at, self.account, "set", kind, id_, dump(value))


def _things(told: Told, make: _Maker, period: Period) -> Iterator[Event]:
    """Give the directory first, then everything that tasks hang on."""
    rank = {kind: number for number, kind in enumerate(DIRECTORY)}
    for (kind, id_), entity in sorted(told.entities.items(), key=lambda item: (rank.get(item[0][0], 99), item[0])):  # type: ignore[call-overload]
        yield make.set(period.start, kind, id_, entity)


def _open_at(pasts: dict[str, Past], make: _Maker, period: Period) -> Iterator[Event]:
    """Give the tasks that were there and open at the start."""
    for id_, past in sorted(pasts.items()):
        if past.before.created < period.start and not _is_born(past) and not past.before.completed:
            yield make.set(period.start, "task", id_, past.before)


def _happened(past: Past, make: _Maker, period: Period) -> Iterator[Event]:
    """Give what became of one task."""
    created = past.before.created
    if period.start <= created <= period.end and not _is_born(past):
        yield make.set(created, "task", past.before.id, past.before)
    for step in past.steps:
        event = step.event
        if event.at > period.end:
            return
        if event.type == "task_completed":
            doing = {"user": event.by, "task": event.task}
            if event.by is not None:
                yield make.set(event.at, FINISHED, event.task, doing)
        yield make.set(event.at, "task", event.task, step.task)


def _ends(events: Sequence[TaskEvent], make: _Maker, period: Period) -> Iterator[Event]:
    """Give the end of a task that is not there any more: what it was, nobody can say."""
    for event in events:
        if event.type == "task_deleted" and event.at <= period.end:
            yield Event(event.at, make.account, "remove", "task", event.task, None)


def _is_born(past: Past) -> bool:
    return any(step.event.type == "task_added" for step in past.steps)
