"""`workplaces amocrm oauth`: the first tokens of an integration that renews them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from workplaces_amocrm.cli.connection import (
    base_url_option,
    client_id_option,
    client_secret_option,
    file_cells,
    read_settings,
    redirect_uri_option,
    settings_option,
)
from workplaces_core.cli.app import say_error


@click.group("oauth")
def command() -> None:
    """Tokens that are renewed; with a long-lived token none of this is needed."""


@command.command("exchange")
@base_url_option
@client_id_option
@client_secret_option
@redirect_uri_option
@click.option("--code", required=True, help="The code that the consent gave; it is good for 20 minutes, and once.")
@click.option(
    "--tokens",
    "tokens_path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to keep the tokens in, readable by its owner only.",
)
@settings_option
def exchange(*, base_url: str, code: str, tokens_path: Path, settings_path: Path | None, **app: Any) -> None:
    """Exchange a code for the first pair of tokens, and keep it for the other commands (--tokens)."""
    from workplaces_amocrm.client.oauth import OAuthTokens
    from workplaces_amocrm.client.pair import OAuthApp
    from workplaces_amocrm.settings import Settings

    settings = Settings.of({"base_url": base_url, **read_settings(settings_path)})
    tokens = OAuthTokens.open(settings, OAuthApp(**app), cells=file_cells(tokens_path), alert=say_error)
    try:
        tokens.exchange_code(code)
    finally:
        tokens.close()
    click.echo(f"tokens are kept in {tokens_path}")
