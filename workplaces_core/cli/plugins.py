"""`workplaces plugins`: what is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workplaces_core.cli import options, screen
from workplaces_core.cli.installed import load
from workplaces_core.cli.words import Words

if TYPE_CHECKING:
    from workplaces_core.adapters.registry import Plugin


@click.command("plugins")
@options.json_option
@options.language_option
def command(*, as_json: bool, language: str) -> None:
    """List what is installed, and what each plugin registered.

    A plugin that cannot be loaded is named on standard error: exit code 2.
    """
    plugins = load().plugins
    if as_json:
        screen.print_json(list(plugins))
        return
    words = Words(language)
    rows = [[each.name, _distribution(each), _registered(each, words)] for each in plugins]
    screen.print_table(words.row("plugin", "distribution", "registered"), rows)


def _distribution(plugin: Plugin) -> str:
    return f"{plugin.distribution} {plugin.version}" if plugin.distribution else ""


def _registered(plugin: Plugin, words: Words) -> str:
    if plugin.blocked:
        return words["blocked"]
    return ", ".join(f"{thing.kind} {thing.name}" for thing in plugin.registered)
