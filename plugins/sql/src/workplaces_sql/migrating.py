"""The schema of a database brought to the version that this code knows: forwards only, one process at a time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy import inspect as inspected

from workplaces_core.errors import StoreUnavailable
from workplaces_sql.tables import VERSION


def found_version(connection: Connection) -> str | None:
    """Give the version of the schema, None when the database has none of our tables."""
    if not inspected(connection).has_table("wp_version"):
        return None
    return connection.execute(text("SELECT version_num FROM wp_version")).scalar()


def upgrade(connection: Connection, *, up_to: str = VERSION) -> None:
    """Run the missing migrations; the caller has begun a transaction in which nobody else may do so.

    Raises StoreUnavailable for a database of a newer version: it would be misread.
    """
    found = found_version(connection)
    if found == up_to:
        return
    # Only here: Alembic takes a second to import, and most starts find nothing to do.
    from alembic import command  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = alembic_config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreUnavailable(too_new(found))
    config.attributes["connection"] = connection
    command.upgrade(config, up_to)


def refuse_other(found: str | None) -> None:
    """Raise StoreUnavailable when a database does not have the version that this code knows."""
    if found is None:
        raise StoreUnavailable("the database has no tables of Workplaces, run `workplaces db upgrade`")
    if found > VERSION:
        raise StoreUnavailable(too_new(found))
    if found < VERSION:
        raise StoreUnavailable(
            f"the database has version `{found}`, `{VERSION}` is needed: run `workplaces db upgrade`"
        )


def too_new(found: str) -> str:
    """Say that a database is of a newer version."""
    return f"the database has version `{found}`, this workplaces-sql knows `{VERSION}` at most: install a newer one"


def alembic_config() -> Any:
    """Give the settings of Alembic: where the migrations are."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "workplaces_sql:migrations")
    config.set_main_option("path_separator", "os")
    return config
