"""What a store knows of the past, in the form that data teams replay: `workplaces/history/1`."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import chain
from typing import Any

from sqlalchemy import func, literal_column, select

from workplaces_core.changes import Kind
from workplaces_core.errors import NotAllowed
from workplaces_core.history.events import Event
from workplaces_core.model import Account
from workplaces_core.wire import dump
from workplaces_sql import tables as t
from workplaces_sql.database import Database, Reader
from workplaces_sql.reading import read_statements_for
from workplaces_sql.session import Row
from workplaces_sql.statements import compiled, dialect_named
from workplaces_sql.values import entity_of, moment


def history(database: Database) -> Iterator[Event]:
    """Give all events that are kept, in time order: changes of the mirror, who took a task, who finished one.

    Leases are left out: what people did is told by `taken` and `finished`. What was last written before the journal
    begins (see `Retention`) stands at its beginning. Raises NotAllowed when the mirror has no account yet.
    """
    with database.reading() as reader:
        accounts = reader.rows(read_statements_for(database.name).account)
        if not accounts:
            raise NotAllowed("there is no history yet, the CRM was never read into this database")
        account: Account = entity_of("account", "", accounts[0][2])
        statements = _statements(database.name)
        begins = reader.rows(statements["begins"])[0][0] or database.now()
        old = [(begins, *row) for row in reader.rows(statements["old"])]
        changes = (_change(account, row) for row in chain(old, _streamed(reader, statements["journal"])))
        # The log is read beside the journal, page by page, since one connection streams one statement at a time.
        yield from merge(changes, _done(database, account, statements["done"]), key=lambda event: event.at)


def _statements(name: str) -> dict[str, str]:
    journal, entity, log = t.journal, t.entity, t.log
    first = select(func.coalesce(func.min(journal.c.number), literal_column(str(2**62)))).scalar_subquery()
    columns = (journal.c.at, journal.c.kind, journal.c.id, t.past.c.value)
    told = select(*columns).join(t.past, t.past.c.number == journal.c.number)
    kept = select(entity.c.kind, entity.c.id, entity.c.value).where(entity.c.value.is_not(None))
    people = select(log.c.at, log.c.event, log.c.user_id, log.c.task_id, log.c.fence)
    built: dict[str, Any] = {
        "begins": select(func.min(journal.c.at)),
        "old": kept.where(entity.c.number < first).order_by(entity.c.kind, entity.c.id),
        "journal": told.order_by(journal.c.at, journal.c.number),
        "done": people.where(log.c.event.in_(["taken", "finished"])).order_by(log.c.at, log.c.number),
    }
    dialect = dialect_named(name)
    return {each: compiled(statement, dialect) for each, statement in built.items()}


def _streamed(reader: Reader, statement: str) -> Iterator[Row]:
    return chain.from_iterable(reader.stream(statement))


def _change(account: Account, row: Row) -> Event:
    at, kind, entity_id, text = row
    if text is None:
        return Event(moment(at), account.id, "remove", kind, entity_id, None)
    value = entity_of(_kind(kind), entity_id, text)
    return Event(moment(at), account.id, "set", kind, entity_id or value.id, dump(value))


def _kind(name: str) -> Kind:
    return name  # type: ignore[return-value]  # only kinds are ever written


def _done(database: Database, account: Account, statement: str) -> Iterator[Event]:
    with database.reading() as reader:
        for at, event, user, task, fence in _streamed(reader, statement):
            yield Event(moment(at), account.id, "set", event, task, {"user": user, "task": task, "fence": fence})
