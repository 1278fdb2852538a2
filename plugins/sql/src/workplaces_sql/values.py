"""Entities, instants and details as the texts and numbers in which the tables keep them; the same on every database."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from workplaces_core.changes import Kind, Set
from workplaces_core.model import (
    Account,
    Company,
    Contact,
    Deal,
    FieldDeclaration,
    Group,
    Skip,
    Subject,
    Task,
    TaskType,
    User,
    instant,
)
from workplaces_sql.quick_tasks import APART, PARTS, due_of, sets_of_tasks

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_sorted_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True).encode


def _encoding() -> Callable[[Any], str]:
    """Give what writes JSON. CPython's own encoder is made once here, and not once a text as `encode` does."""
    encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return encoder.encode
    options = {"indent": None, "key_separator": ":", "item_separator": ",", "sort_keys": False}
    write = make(
        markers=None, default=encoder.default, encoder=json.encoder.encode_basestring, skipkeys=False, allow_nan=False,
        **options,
    )  # fmt: skip
    return lambda value: "".join(write(value, 0))


_json = _encoding()


def micros(moment: datetime) -> int:
    """Give an instant as whole microseconds since 1970.

    >>> micros(datetime(2026, 11, 24, 7, 40, 0, 5, tzinfo=UTC))
    1795506000000005
    """
    return (instant(moment) - _EPOCH) // _MICROSECOND


def moment(number: int) -> datetime:
    """Give the instant that `micros` wrote, in UTC.

    >>> moment(1795506000000005).isoformat()
    '2026-11-24T07:40:00.000005+00:00'
    """
    return _EPOCH + timedelta(0, 0, number)


def some_micros(value: datetime | None) -> int | None:
    """Give an instant that may be missing."""
    return None if value is None else micros(value)


def some_moment(number: int | None) -> datetime | None:
    """Give back an instant that may be missing."""
    return None if number is None else moment(number)


def details_text(details: Any) -> str:
    """Write JSON values as compact text."""
    return _json(details)


# -- entities -----------------------------------------------------------------------------------------------


def text_of(kind: Kind, entity: Any) -> str:
    """Write an entity without the id under which it is kept: equal entities give equal texts, others do not.

    >>> text_of("user", User("u1", "Анна", groups=("g2", "g1")))
    '["Анна",true,["g1","g2"]]'
    """
    return _WRITE[kind](entity)


def entity_of(kind: Kind, entity_id: str, text: str) -> Any:
    """Read an entity that `text_of` wrote.

    >>> entity_of("group", "g1", '["Продажи"]')
    Group(id='g1', name='Продажи')
    """
    return _READ[kind](entity_id, text)


def sets_of(rows: Sequence[Sequence[Any]]) -> list[Set]:
    """Read a batch of entities (kind, id, value), those of other kinds than tasks first."""
    others = [
        Set(kind, _READ[kind](entity_id, text)) for kind, entity_id, text in rows if kind != "task" or text[0] == "["
    ]
    tasks = [(entity_id, text) for kind, entity_id, text in rows if kind == "task" and text[0] != "["]
    return others + sets_of_tasks(tasks)


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Let the collector of cycles rest while a large account is read.

    There are no cycles in it, and the collector would go through all of it again and again while it grows, which takes
    as long as reading it.
    """
    rests = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if rests:
            gc.enable()


def task_text(task: Task) -> str:
    """Write a task in one flat line, which is read several times faster than JSON; the free text comes last.

    >>> due = date(2026, 11, 24)
    >>> task_text(Task("t1", "1", "Звонок", "u1", datetime(2026, 11, 20, 8, tzinfo=UTC), due)).split(APART)
    ['2026-11-20T08:00:00+00:00', '2026-11-24', '1', 'u1', '', '', '', 'Звонок']
    """
    subject = task.subject
    kind, subject_id = ("", "") if subject is None else (subject.kind, subject.id)
    done = "1" if task.completed else ""
    head = (task.created.isoformat(), task.due.isoformat(), task.type, task.responsible, kind, subject_id, done)
    line = APART.join((*head, task.text))
    if line.count(APART, 0, len(line) - len(task.text)) == PARTS and "\0" not in line:
        return line
    return _json([*head, task.text])  # an id with a separator in it; a JSON text begins with a bracket


def task_of(entity_id: str, text: str) -> Task:
    """Read a task that `task_text` wrote."""
    parts = json.loads(text) if text[0] == "[" else text.split(APART, PARTS)
    created, due, type_id, responsible, kind, subject, done, words = parts
    return Task(
        entity_id,
        sys.intern(type_id),
        words,
        sys.intern(responsible),
        datetime.fromisoformat(created),
        due_of(due),
        Subject(cast("Any", kind), subject) if kind else None,
        done == "1",
    )


def _owned_text(entity: Contact | Company) -> str:
    return _sorted_json([entity.name, entity.responsible, entity.tags, _fields_form(entity.fields)])


def _deal_text(deal: Deal) -> str:
    fields = _fields_form(deal.fields)
    return _sorted_json([deal.name, deal.responsible, deal.tags, fields, deal.contacts, deal.company])


def _deal_of(entity_id: str, text: str) -> Deal:
    name, responsible, tags, fields, contacts, company = json.loads(text)
    return Deal(entity_id, name, responsible, tags, _fields_of(fields), contacts, company)


def _contact_of(entity_id: str, text: str) -> Contact:
    name, responsible, tags, fields = json.loads(text)
    return Contact(entity_id, name, responsible, tags, _fields_of(fields))


def _company_of(entity_id: str, text: str) -> Company:
    name, responsible, tags, fields = json.loads(text)
    return Company(entity_id, name, responsible, tags, _fields_of(fields))


def _fields_form(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _form(value) if isinstance(value, date) else value for name, value in fields.items()}


def _form(value: date) -> dict[str, str]:
    return {"instant" if isinstance(value, datetime) else "date": value.isoformat()}


def _fields_of(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _value_of(value) if isinstance(value, (dict, list)) else value for name, value in fields.items()}


def _value_of(form: Any) -> Any:
    if isinstance(form, list):
        return tuple(form)
    if "date" in form:
        return date.fromisoformat(form["date"])
    return datetime.fromisoformat(form["instant"])


def _user_of(entity_id: str, text: str) -> User:
    name, active, groups = json.loads(text)
    return User(entity_id, name, active, groups)


def _field_of(entity_id: str, text: str) -> FieldDeclaration:
    entity, _, field_id = entity_id.partition(".")
    name, kind, options = json.loads(text)
    return FieldDeclaration(entity, field_id, name, kind, None if options is None else tuple(options))  # type: ignore[arg-type]


def _skip_of(_: str, text: str) -> Skip:
    task, user, until = json.loads(text)
    return Skip(task, user, datetime.fromisoformat(until))


_WRITE: dict[Kind, Callable[[Any], str]] = {
    "account": lambda account: _json([account.id, account.timezone]),
    "user": lambda user: _json([user.name, user.active, user.groups]),
    "group": lambda group: _json([group.name]),
    "task_type": lambda task_type: _json([task_type.name]),
    "field": lambda field: _json([field.name, field.type, field.options]),
    "deal": _deal_text,
    "contact": _owned_text,
    "company": _owned_text,
    "task": task_text,
    "skip": lambda skip: _json([skip.task, skip.user, skip.until.isoformat()]),
}
_READ: dict[Kind, Callable[[str, str], Any]] = {
    "account": lambda _, text: Account(*json.loads(text)),
    "user": _user_of,
    "group": lambda entity_id, text: Group(entity_id, *json.loads(text)),
    "task_type": lambda entity_id, text: TaskType(entity_id, *json.loads(text)),
    "field": _field_of,
    "deal": _deal_of,
    "contact": _contact_of,
    "company": _company_of,
    "task": task_of,
    "skip": _skip_of,
}
