"""The first version: what is kept, under which keys.

Written out instead of read from `tables.py`: what a migration does must never change with the code around it.
"""

import sqlalchemy as sa
from alembic import op

from workplaces_sql.migrations.taking_0001 import INSTANT, TAKE

revision = "0001"
down_revision = None

_OPEN = sa.text("state = 'transferring'")


def _text(name: str, **rest: object) -> sa.Column[str]:
    return sa.Column(name, sa.Text, **rest)  # type: ignore[arg-type]


def _number(name: str, *, key: bool = False, nullable: bool = False) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite") if key else sa.BigInteger()
    return sa.Column(name, kind, primary_key=key, nullable=nullable, autoincrement=False)


def upgrade() -> None:
    """Make all tables."""
    _make_mirror()
    _make_leases()
    _make_log()
    _make_sagas()
    _make_rest()
    if op.get_bind().dialect.name == "postgresql":
        _make_postgresql()
    else:
        for name in ("write", "fence", "record", "notice", "saga"):
            op.execute(sa.text(f"INSERT INTO wp_counter (name, value) VALUES ('{name}', 0)"))  # noqa: S608
    op.execute(sa.text("INSERT INTO wp_counter (name, value) VALUES ('pruned', 0)"))


def _make_mirror() -> None:
    op.create_table("wp_counter", _text("name", primary_key=True), _number("value"), sqlite_with_rowid=False)
    op.create_table(
        "wp_entity",
        _text("kind", primary_key=True),
        _text("id", primary_key=True),
        _text("value"),
        _number("number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wp_journal",
        _number("number", key=True),
        _text("kind", nullable=False),
        _text("id", nullable=False),
        _number("at"),
    )
    op.create_table("wp_past", _number("number", key=True), _text("value"))


def _make_leases() -> None:
    op.create_table(
        "wp_lease",
        _text("task_id", primary_key=True),
        _text("user_id", nullable=False, unique=True),
        _number("fence"),
        _number("since"),
        _number("expires"),
        _text("role", nullable=False),
        _text("priority"),
        _number("number"),
        sqlite_with_rowid=False,
    )


def _make_log() -> None:
    op.create_table(
        "wp_log",
        _number("number", key=True),
        _number("at"),
        _text("event", nullable=False),
        _text("user_id"),
        _text("task_id"),
        _number("fence", nullable=True),
        _text("details", nullable=False),
    )
    op.create_index("wp_log_fence", "wp_log", ["fence"])
    op.create_index("wp_log_at", "wp_log", ["at"])
    op.create_table(
        "wp_notice",
        _number("number", key=True),
        _text("user_id", nullable=False),
        _number("at"),
        _text("event", nullable=False),
        _text("task_id", nullable=False),
        _text("title", nullable=False),
        _text("details", nullable=False),
    )
    op.create_index("wp_notice_user", "wp_notice", ["user_id"])
    op.create_table(
        "wp_answer",
        _text("user_id", primary_key=True),
        _text("key", primary_key=True),
        _text("answer", nullable=False),
        _number("at"),
        sqlite_with_rowid=False,
    )
    op.create_index("wp_answer_at", "wp_answer", ["at"])


def _make_sagas() -> None:
    op.create_table(
        "wp_saga",
        _number("id", key=True),
        _text("kind", nullable=False),
        _text("task_id", nullable=False),
        _text("user_id", nullable=False),
        _number("fence"),
        _text("steps", nullable=False),
        _text("state", nullable=False),
        _number("started", nullable=True),
        _number("attempts"),
        _number("not_before", nullable=True),
        _text("worker"),
        _number("worked_until", nullable=True),
        _text("trouble"),
    )
    op.create_index("wp_saga_open", "wp_saga", ["task_id", "id"], sqlite_where=_OPEN, postgresql_where=_OPEN)


def _make_rest() -> None:
    op.create_table(
        "wp_policy",
        _number("version", key=True),
        _text("policy", nullable=False),
        _text("author"),
        _number("at"),
        _text("comment", nullable=False),
    )
    op.create_table(
        "wp_cell",
        _text("name", primary_key=True),
        _text("value", nullable=False),
        _number("version"),
        sqlite_with_rowid=False,
    )


def _make_postgresql() -> None:
    """Sequences, the transaction behind each entry of the journal, and the function that takes in one statement."""
    for name in ("write", "fence", "record", "notice", "saga"):
        op.execute(sa.text(f"CREATE SEQUENCE wp_{name}_seq"))
    op.execute(sa.text("ALTER TABLE wp_journal ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()"))
    op.execute(sa.text("CREATE INDEX wp_journal_xid ON wp_journal (xid, number)"))
    # Leases come and go: the room they leave is swept early, or whoever looks for a free task wades through it.
    op.execute(
        sa.text("ALTER TABLE wp_lease SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500)")
    )
    op.get_bind().exec_driver_sql(INSTANT)
    op.get_bind().exec_driver_sql(TAKE)
