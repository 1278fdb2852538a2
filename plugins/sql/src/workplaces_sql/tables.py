"""The tables, as SQLAlchemy knows them: what is kept, under which keys, and what must be unique."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text, text

VERSION = "0002"
"""The newest version of the schema that this code knows; the last revision in `migrations/versions`."""

COUNTERS = ("write", "fence", "record", "notice", "saga")
"""What is counted. On PostgreSQL each is a sequence `wp_NAME_seq`, on SQLite a row of `wp_counter`."""

metadata = MetaData()

# SQLite numbers rows itself only in a column that is called INTEGER.
_Number = BigInteger().with_variant(Integer(), "sqlite")

counter = Table(
    "wp_counter",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

entity = Table(
    "wp_entity",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("value", Text),  # missing: it was removed, only the number of that write is kept
    Column("number", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

journal = Table(
    "wp_journal",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# Apart from the journal: its entries are all alike, so that takes add them at its end and never fill gaps between
# longer ones, which on PostgreSQL costs a copy of a whole page each.
past = Table(
    "wp_past",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("value", Text),  # missing: that write removed the entity
)

lease = Table(
    "wp_lease",
    metadata,
    Column("task_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False, unique=True),
    Column("fence", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("role", Text, nullable=False),
    Column("priority", Text),
    Column("number", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

log = Table(
    "wp_log",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    Column("user_id", Text),
    Column("task_id", Text),
    Column("fence", BigInteger),
    Column("details", Text, nullable=False),
    Index("wp_log_fence", "fence"),
    Index("wp_log_at", "at"),
)

notice = Table(
    "wp_notice",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("user_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    Column("task_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("details", Text, nullable=False),
    Index("wp_notice_user", "user_id"),
)

answer = Table(
    "wp_answer",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("answer", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("wp_answer_at", "at"),
    sqlite_with_rowid=False,
)

_is_open = text("state = 'transferring'")

saga = Table(
    "wp_saga",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("task_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("steps", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started", BigInteger),
    Column("attempts", BigInteger, nullable=False),
    Column("not_before", BigInteger),
    Column("worker", Text),
    Column("worked_until", BigInteger),
    Column("trouble", Text),
    Index("wp_saga_open", "task_id", "id", sqlite_where=_is_open, postgresql_where=_is_open),
)

policy = Table(
    "wp_policy",
    metadata,
    Column("version", _Number, primary_key=True, autoincrement=False),
    Column("policy", Text, nullable=False),
    Column("author", Text),
    Column("at", BigInteger, nullable=False),
    Column("comment", Text, nullable=False),
)

cell = Table(
    "wp_cell",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
