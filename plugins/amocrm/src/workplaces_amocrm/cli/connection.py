"""The options by which a command is told which account, and how it is let in."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click
from attrs import field, frozen

from workplaces_core.cli.app import say_error
from workplaces_core.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from workplaces_amocrm.adapter import AmoCrm
    from workplaces_amocrm.client.file_cells import FileCells

_FILE = click.Path(dir_okay=False, path_type=Path)


def _from_environment(name: str) -> dict[str, Any]:
    return {"envvar": f"WORKPLACES_AMOCRM_{name}", "show_envvar": True}


base_url_option = click.option(
    "--base-url",
    required=True,
    help="The account, such as https://acme.amocrm.ru.",
    **_from_environment("BASE_URL"),
)
settings_option = click.option("--settings", "settings_path", type=_FILE, help="Further settings, a JSON object.")
client_id_option = click.option("--client-id", help="The integration's id.", **_from_environment("CLIENT_ID"))
client_secret_option = click.option(
    "--client-secret", help="The integration's secret key.", **_from_environment("CLIENT_SECRET")
)
redirect_uri_option = click.option(
    "--redirect-uri", help="The integration's redirect URI.", **_from_environment("REDIRECT_URI")
)
_OPTIONS = (
    base_url_option,
    click.option("--token", help="A long-lived token; better given in the variable.", **_from_environment("TOKEN")),
    click.option("--tokens", "tokens_path", type=_FILE, help="The file that `oauth exchange` keeps tokens in."),
    client_id_option,
    client_secret_option,
    redirect_uri_option,
    settings_option,
)


@frozen(kw_only=True)
class Connection:
    """What the options of a command said; secrets are not shown by `repr`."""

    base_url: str
    token: str | None = field(default=None, repr=False)
    tokens_path: Path | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    redirect_uri: str | None = None
    settings_path: Path | None = None

    @contextmanager
    def crm(self) -> Iterator[AmoCrm]:
        """Open the account, and close it afterwards. Raises InvalidInput, and UsageError without token or tokens."""
        from workplaces_amocrm.adapter import AmoCrm

        settings = read_settings(self.settings_path)
        with quiet_retries():
            crm = AmoCrm.open(base_url=self.base_url, alert=say_error, **self._secrets(), **settings)
            try:
                yield crm
            finally:
                crm.close()

    def _secrets(self) -> dict[str, Any]:
        if self.tokens_path is None:
            if self.token is None:
                raise click.UsageError(
                    "give --token (or WORKPLACES_AMOCRM_TOKEN), or --tokens with the integration's id, secret and URI"
                )
            return {"token": self.token}
        if not self.tokens_path.exists():
            raise InvalidInput([Problem(str(self.tokens_path), None, "is not there, see `oauth exchange`")])
        names = ("client_id", "client_secret", "redirect_uri")
        return {"cells": file_cells(self.tokens_path), **{name: getattr(self, name) for name in names}}


_NAMES = tuple(attribute.name for attribute in attrs.fields(Connection))


@contextmanager
def quiet_retries() -> Iterator[None]:
    """Have nothing told of calls that are tried again: where structlog is installed that goes to standard output."""
    from stamina import instrumentation

    before = instrumentation.get_on_retry_hooks()
    instrumentation.set_on_retry_hooks([])
    try:
        yield
    finally:
        instrumentation.set_on_retry_hooks(before)


def connected(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a connection; it receives them as one `connection`."""

    @functools.wraps(function)
    def call(**values: Any) -> Any:
        connection = Connection(**{name: values.pop(name) for name in _NAMES})
        return function(connection=connection, **values)

    command: Callable[..., Any] = call
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def file_cells(path: Path) -> FileCells:
    """Open the file that tokens are kept in."""
    from workplaces_amocrm.client.file_cells import FileCells

    return FileCells(path)


def read_settings(path: Path | None) -> dict[str, Any]:
    """Read further settings, a JSON object. Raises InvalidInput."""
    import json

    if path is None:
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise InvalidInput([Problem(str(path), None, f"is not JSON: {error}")]) from None
    if not isinstance(found, dict):
        raise InvalidInput([Problem(str(path), found, "must be an object of names and values")])
    options = ("base_url", "token", "client_id", "client_secret", "redirect_uri", "code")
    reserved = (*options, "cells", "alert", "sleep", "language")
    problems = [Problem(f"{path}: {name}", None, "is no setting") for name in reserved if name in found]
    if problems:
        raise InvalidInput(problems)
    return found
