"""The service as one configuration file sets it up: which store, which CRM, and how leases go."""

from __future__ import annotations

import inspect
import os
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workplaces_core.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workplaces_core.adapters.protocols import CrmAdapter
    from workplaces_core.adapters.registry import Registry
    from workplaces_core.adapters.stores import Store
    from workplaces_core.work.desk_service import DeskService

FILE = "workplaces.toml"
PREFIX = "WORKPLACES_"
_WORK = {"lease_minutes": (int, float), "allow_skip": bool, "sync_seconds": (int, float)}
_TABLES = {"database": str, "crm": dict, "work": dict}


def config_option(command: Any) -> Any:
    """Give the options that say where work is kept and which CRM it comes from."""
    command = click.option("--database", help="The store, such as sqlite:///desk.db; also in WORKPLACES_DATABASE.")(
        command
    )
    return click.option(
        "--config", "config_path", type=click.Path(path_type=Path), envvar="WORKPLACES_CONFIG",
        help=f"A TOML file with `database`, [crm] and [work].  [default: {FILE}, if it is there]",
    )(command)  # fmt: skip


def read_config(
    path: Path | None,
    database: str | None,
    environment: Mapping[str, str] = os.environ,
    *,
    tables: Sequence[str] = (),
) -> dict[str, Any]:
    """Read the configuration: the file, over it the environment, over it the command line. Raises InvalidInput.

    WORKPLACES_DATABASE is `database`, WORKPLACES_CRM_TOKEN is `token` in [crm]; values there are texts. Other `tables`
    belong to a plugin, which checks them itself.
    """
    config = _read(path, tables)
    for name, value in environment.items():
        if name.startswith(f"{PREFIX}CRM_"):
            config["crm"] |= {name.removeprefix(f"{PREFIX}CRM_").lower(): value}
    config["database"] = database or environment.get(f"{PREFIX}DATABASE") or config.get("database")
    return config


def _read(path: Path | None, tables: Sequence[str]) -> dict[str, Any]:
    chosen = path or Path(FILE)
    nothing: dict[str, Any] = {"crm": {}, "work": {}, **{table: {} for table in tables}}
    if path is None and not chosen.exists():
        return nothing
    try:
        config = tomllib.loads(chosen.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput([Problem(str(chosen), None, f"cannot be read: {error}")]) from None
    problems = [
        *_problems(config, _TABLES | dict.fromkeys(tables, dict), ""),
        *_problems(config.get("work", {}), _WORK, "work."),
    ]
    if problems:
        raise InvalidInput([Problem(f"{chosen}: {each.path}", each.value, each.message) for each in problems])
    return nothing | config


def _problems(table: Any, known: Mapping[str, Any], within: str) -> Iterator[Problem]:
    for name, value in table.items() if isinstance(table, dict) else ():
        if name not in known:
            yield Problem(f"{within}{name}", value, f"is not known, the settings are {', '.join(known)}")
        elif not isinstance(value, known[name]) or (isinstance(value, bool) and known[name] is not bool):
            yield Problem(f"{within}{name}", value, "has the wrong type")


def open_store(registry: Registry, database: str | None) -> Store:
    """Open the store of a URL; its scheme, up to `+` or `:`, names it. Raises InvalidInput, StoreUnavailable."""
    if not database:
        message = f"is needed: give --database, or `database` in {FILE}"
        raise InvalidInput([Problem("database", None, message)])
    name = database.partition(":")[0].partition("+")[0]
    opener = registry.stores.get(name)
    if opener is None:
        known = ", ".join(sorted(registry.stores)) or "none"
        raise InvalidInput([Problem("database", name, f"is no store that is installed, there are: {known}")])
    knows_rules = "rules" in inspect.signature(opener).parameters
    store: Store = opener(database, rules=registry.rules) if knows_rules else opener(database)
    return store


def open_crm(registry: Registry, settings: Mapping[str, Any], store: Store) -> CrmAdapter:
    """Open the CRM that [crm] names in `adapter`, with the other settings. Raises InvalidInput."""
    left = dict(settings)
    name = left.pop("adapter", None)
    if name not in registry.adapters:
        known = ", ".join(sorted(registry.adapters)) or "none"
        message = "name a CRM adapter here" if name is None else "is no CRM adapter that is installed"
        message += f", there are: {known}"
        raise InvalidInput([Problem("crm.adapter", name, message)])
    adapter = registry.adapters[name]
    if "cells" in inspect.signature(adapter.open).parameters:
        left["cells"] = store.cells
    try:
        return adapter.open(**left)
    except (TypeError, ValueError) as error:
        raise InvalidInput([Problem("crm", None, str(error))]) from None


@contextmanager
def opened_store(config_path: Path | None, database: str | None) -> Iterator[Store]:
    """Open the store alone."""
    from workplaces_core.cli.installed import load

    store = open_store(load(), read_config(config_path, database)["database"])
    try:
        yield store
    finally:
        store.close()


@contextmanager
def opened_service(config_path: Path | None, database: str | None, *, needs_crm: bool = True) -> Iterator[DeskService]:
    """Open the service; without `needs_crm` a configuration without a CRM will do, as long as it was read before."""
    from workplaces_core.cli.installed import load
    from workplaces_core.work.desk_service import DeskService
    from workplaces_core.work.no_crm import NoCrm

    registry, config = load(), read_config(config_path, database)
    store = open_store(registry, config["database"])
    try:
        named = needs_crm or "adapter" in config["crm"]
        adapter = open_crm(registry, config["crm"], store) if named else NoCrm()
        try:
            yield DeskService(adapter=adapter, store=store, **config["work"])
        finally:
            adapter.close()
    finally:
        store.close()
