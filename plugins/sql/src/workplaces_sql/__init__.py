"""The store of Workplaces in SQLite or PostgreSQL, and what it registers; nothing heavy is imported with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workplaces_core.adapters.hookspecs import hookimpl

if TYPE_CHECKING:
    from workplaces_core.adapters.registrars import CommandRegistrar, StoreRegistrar
    from workplaces_core.policy import RuleSet
    from workplaces_sql.store import SqlStore

__all__ = ["SqlStore"]


def __getattr__(name: str) -> Any:
    if name != "SqlStore":
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    from workplaces_sql.store import SqlStore  # noqa: PLC0415 - SQLAlchemy takes a second, listing plugins does not

    return SqlStore


def open_store(url: str, *, rules: RuleSet | None = None, **settings: Any) -> SqlStore:
    """Open a store, as `SqlStore.open` does; `rules` are those that plugins brought, for policies that use them."""
    from workplaces_sql.store import SqlStore  # noqa: PLC0415

    return SqlStore.open(url, rules=rules, **settings)


def _db(arguments: Sequence[str]) -> int:
    from workplaces_sql.cli import main  # noqa: PLC0415

    return main(arguments)


@hookimpl
def workplaces_register_stores(registrar: StoreRegistrar) -> None:
    """Register both databases under their names; the URL tells which one it is."""
    registrar.add("sqlite", open_store)
    registrar.add("postgresql", open_store)


@hookimpl
def workplaces_register_commands(registrar: CommandRegistrar) -> None:
    """Register the command `db`."""
    registrar.add("db", _db, summary="Upgrade or check the database, or export its history.")
