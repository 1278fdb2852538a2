"""Every statement of a transaction, written once in SQLAlchemy and compiled once for each database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen
from sqlalchemy import Table, bindparam, delete, func, literal_column, null, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql import ClauseElement

from workplaces_sql import tables as t

LEASE_COLUMNS = ("task_id", "user_id", "fence", "since", "expires", "role", "priority")

_LEASE: Any = literal_column("'lease'")


@frozen
class Statements:
    """The texts of the statements, with named parameters in the style of the driver."""

    entity: str
    touched: str
    put_entity: str
    put_journal: str
    put_past: str
    lease_of: str
    lease_on: str
    lease_as_held: str
    put_lease: str
    drop_lease: str
    bury_lease: str
    tasks_of_fence: str
    records_of: str
    append: str
    notify: str
    dismiss: str
    answer: str
    remember: str
    saga_task: str
    saga: str
    sagas_of: str
    worked_sagas: str
    put_saga: str
    newest_version: str
    add_policy: str
    cell: str
    new_cell: str
    swap_cell: str
    oldest: str
    prune_journal: str
    prune_past: str
    prune_answers: str
    put_counter: str


def dialect_named(name: str) -> Dialect:
    """Give the dialect of `sqlite` or `postgresql`, with named parameters."""
    return PGDialect_psycopg() if name == "postgresql" else sqlite.dialect(paramstyle="named")  # type: ignore[no-untyped-call]


def compiled(statement: ClauseElement, dialect: Dialect) -> str:
    """Give a statement as text; constants stand in it, what a call has to give stays a named parameter."""
    made = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    return _PARAMETER.sub(lambda found: _constant(made.params, found), str(made))


_PARAMETER = re.compile(r":(\w+)\b|%\((\w+)\)s(?:::[A-Z]+)?")


def _constant(values: Mapping[str, Any], found: re.Match[str]) -> str:
    value = values.get(found[1] or found[2])
    if value is None:
        return found[0]
    assert isinstance(value, int | str)
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def statements_for(name: str) -> Statements:
    """Compile all statements for a database."""
    dialect = dialect_named(name)
    insert: Any = postgresql.insert if name == "postgresql" else sqlite.insert
    built = {**_mirror(insert), **_leases(insert), **_log(insert), **_sagas(insert), **_kept(insert)}
    return Statements(**{each: compiled(statement, dialect) for each, statement in built.items()})


def _values(table: Table) -> dict[str, Any]:
    return {column.name: bindparam(column.name, type_=column.type) for column in table.columns}


def _upsert(insert: Any, table: Table) -> Any:
    keys = [column.name for column in table.primary_key]
    statement = insert(table).values(_values(table))
    others = {each.name: statement.excluded[each.name] for each in table.columns if each.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=others)


def _upsert_greatest(insert: Any) -> Any:
    """Counters never go back."""
    statement = insert(t.counter).values(_values(t.counter))
    greatest = func.greatest if insert is postgresql.insert else func.max
    value = greatest(t.counter.c.value, statement.excluded.value)
    return statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})


def _is(table: Table, *names: str) -> list[Any]:
    return [table.c[name] == bindparam(name, type_=table.c[name].type) for name in names]


def _mirror(insert: Any) -> dict[str, Any]:
    entity, lease = t.entity, t.lease
    its_number = select(lease.c.number).where(
        lease.c.task_id == bindparam("id", type_=lease.c.task_id.type),
        bindparam("kind", type_=entity.c.kind.type) == _LEASE,
    )
    numbers = union_all(select(entity.c.number).where(*_is(entity, "kind", "id")), its_number).subquery()
    journal = t.journal
    # What a position is compared with, in the terms of the database.
    mark = literal_column("xid::text::bigint") if insert is postgresql.insert else journal.c.number
    return {
        "entity": select(entity.c.value).where(*_is(entity, "kind", "id")),
        "touched": select(func.max(numbers.c.number)),
        "put_entity": _upsert(insert, entity),
        "put_journal": insert(journal).values(_values(journal)),
        "put_past": insert(t.past).values(_values(t.past)),
        "oldest": select(func.min(journal.c.number)),
        "prune_journal": delete(journal)
        .where(journal.c.number <= bindparam("up_to"), journal.c.at < bindparam("before"))
        .returning(mark),
        "prune_past": delete(t.past).where(
            t.past.c.number < select(func.min(journal.c.number)).scalar_subquery(),
            t.past.c.number <= bindparam("up_to"),
        ),
        "put_counter": _upsert_greatest(insert),
    }


def _leases(insert: Any) -> dict[str, Any]:
    lease = t.lease
    shown = select(*(lease.c[name] for name in LEASE_COLUMNS))
    dropped = {"kind": _LEASE, "id": bindparam("task_id"), "value": null(), "number": bindparam("number")}
    bury = insert(t.entity).values(dropped)
    return {
        "lease_of": shown.where(*_is(lease, "user_id")),
        "lease_on": shown.where(*_is(lease, "task_id")),
        "lease_as_held": select(lease.c.task_id, lease.c.user_id, lease.c.since, lease.c.expires),
        "put_lease": _upsert(insert, lease),
        "drop_lease": delete(lease).where(*_is(lease, "task_id")),
        "bury_lease": bury.on_conflict_do_update(index_elements=["kind", "id"], set_={"number": bury.excluded.number}),
    }


def _log(insert: Any) -> dict[str, Any]:
    log, notice, answer = t.log, t.notice, t.answer
    return {
        "tasks_of_fence": select(log.c.task_id).distinct().where(*_is(log, "fence")),
        "records_of": select(*log.columns).where(*_is(log, "fence")).order_by(log.c.number),
        "append": insert(log).values(_values(log)),
        "notify": insert(notice).values(_values(notice)),
        "dismiss": delete(notice).where(*_is(notice, "user_id"), notice.c.number <= bindparam("up_to")),
        "answer": select(answer.c.answer).where(*_is(answer, "user_id", "key")),
        "remember": insert(answer).values(_values(answer)),
        "prune_answers": delete(answer).where(answer.c.at < bindparam("before")),
    }


def _sagas(insert: Any) -> dict[str, Any]:
    saga = t.saga
    whole = select(*saga.columns)
    is_open = saga.c.state == literal_column("'transferring'")
    return {
        "saga_task": select(saga.c.task_id).where(*_is(saga, "id")),
        "saga": whole.where(*_is(saga, "id")),
        "sagas_of": whole.where(*_is(saga, "task_id"), is_open).order_by(saga.c.id),
        "worked_sagas": whole.where(is_open, saga.c.worker.is_not(None)),
        "put_saga": _upsert(insert, saga),
    }


def _kept(insert: Any) -> dict[str, Any]:
    policy, cell = t.policy, t.cell
    new = insert(cell).values(name=bindparam("name"), value=bindparam("value"), version=literal_column("1"))
    version = bindparam("version", type_=cell.c.version.type)
    return {
        "newest_version": select(func.max(policy.c.version)),
        "add_policy": insert(policy).values(_values(policy)),
        "cell": select(cell.c.value, cell.c.version).where(*_is(cell, "name")),
        "new_cell": new.on_conflict_do_nothing(),
        "swap_cell": update(cell)
        .values(value=bindparam("new_value"), version=version + literal_column("1"))
        .where(*_is(cell, "name"), cell.c.version == version),
    }
