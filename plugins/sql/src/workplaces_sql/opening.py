"""From a URL to an open database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from workplaces_sql.database import Database
from workplaces_sql.retention import Retention

_RULE = "give `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/DATABASE`"
_POSTGRESQL = {"postgresql", "postgres", "postgresql+psycopg"}


def open_database(url: str, *, clock: Callable[[], int] | None, migrate: bool, retention: Retention) -> Database:
    """Open a database, or raise ValueError when the URL names none that we know."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError(f"the database URL cannot be read, {_RULE}") from None
    if parsed.drivername in {"sqlite", "sqlite+pysqlite"}:
        from workplaces_sql.sqlite_store import SqliteDatabase  # noqa: PLC0415 - only one of the two is needed

        return SqliteDatabase(_path(parsed), clock=clock, migrate=migrate, retention=retention)
    if parsed.drivername in _POSTGRESQL:
        from workplaces_sql.postgres_store import PostgresDatabase  # noqa: PLC0415

        return PostgresDatabase(parsed, clock=clock, migrate=migrate, retention=retention)
    raise ValueError(f"`{parsed.render_as_string(hide_password=True)}` is no database that is known here, {_RULE}")


def _path(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise ValueError("a SQLite store needs a file, as in `sqlite:///desk.db`; `MemoryStore` keeps nothing")
    return Path(url.database).absolute()
