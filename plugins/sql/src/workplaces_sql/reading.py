"""The statements that read beside the transactions: the mirror, the log, sagas, policies, notices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from attrs import frozen
from sqlalchemy import bindparam, func, select

from workplaces_sql import tables as t
from workplaces_sql.statements import LEASE_COLUMNS, compiled, dialect_named

NO_LIMIT = 2**62


@frozen
class ReadStatements:
    """The texts of the statements, with named parameters in the style of the driver."""

    account: str
    entities: str
    held: str
    leases: str
    notices: str
    open_sagas: str
    all_sagas: str
    policies: str
    policy: str
    newest_policy: str
    newest_version: str
    cell: str


@cache
def read_statements_for(name: str) -> ReadStatements:
    """Compile all statements for a database."""
    entity, lease, notice, saga, policy = t.entity, t.lease, t.notice, t.saga, t.policy
    shown = select(entity.c.kind, entity.c.id, entity.c.value).where(entity.c.value.is_not(None))
    published = select(policy.c.policy, policy.c.author, policy.c.at, policy.c.comment)
    user = bindparam("user_id", type_=notice.c.user_id.type)
    sagas = select(*saga.columns).limit(bindparam("most", type_=policy.c.version.type))
    version = bindparam("version", type_=policy.c.version.type)
    newest = published.order_by(policy.c.version.desc())
    built: dict[str, Any] = {
        "account": shown.where(entity.c.kind == "account"),
        "entities": shown.where(entity.c.kind != "account"),
        "held": select(lease.c.task_id, lease.c.user_id, lease.c.since, lease.c.expires),
        "leases": select(*(lease.c[name] for name in LEASE_COLUMNS)).order_by(lease.c.fence),
        "notices": select(*notice.columns).where(notice.c.user_id == user).order_by(notice.c.number),
        "open_sagas": sagas.where(saga.c.state == "transferring").order_by(saga.c.id),
        "all_sagas": sagas.order_by(saga.c.id.desc()),
        "policies": newest,
        "policy": published.where(policy.c.version == version),
        "newest_policy": newest.limit(1),
        "newest_version": select(func.max(policy.c.version)),
        "cell": select(t.cell.c.value, t.cell.c.version).where(
            t.cell.c.name == bindparam("name", type_=t.cell.c.name.type)
        ),
    }
    dialect = dialect_named(name)
    return ReadStatements(**{each: compiled(statement, dialect) for each, statement in built.items()})


@cache
def log_statement(name: str, filters: Sequence[str], events: int) -> str:
    """Compile the question for a page of the log that is filtered by these, and by so many events."""
    log = t.log
    after, up_to = (bindparam(name, type_=log.c.number.type) for name in ("after", "up_to"))
    statement = select(*log.columns).where(log.c.number > after, log.c.number <= up_to)
    if "since" in filters:
        statement = statement.where(log.c.at >= bindparam("since", type_=log.c.at.type))
    for column in ("user_id", "task_id"):
        if column in filters:
            statement = statement.where(log.c[column] == bindparam(column, type_=log.c[column].type))
    if events:
        names = [bindparam(f"event_{number}", type_=log.c.event.type) for number in range(events)]
        statement = statement.where(log.c.event.in_(names))
    most = bindparam("most", type_=log.c.number.type)
    return compiled(statement.order_by(log.c.number).limit(most), dialect_named(name))
