"""Writing to the screen: plain text and tables, with colours only where a terminal shows them; canonical JSON."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from workplaces_core.sentences.language import plain
from workplaces_core.wire import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from workplaces_core.sentences import Line

_WIDTH = 120
"""How wide a table is where there is no terminal and COLUMNS says nothing."""

_STYLES = {"for": "green", "against": "yellow", None: "bold"}


def print_json(value: Any) -> None:
    """Print canonical JSON, in UTF-8 wherever it goes."""
    click.echo(dumps(value).encode())


def console() -> Console:
    """Give a console that knows whether it is a terminal, and honours NO_COLOR and COLUMNS.

    It raises BrokenPipeError when its reader has left.
    """
    from rich.console import Console

    class Screen(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    is_terminal = sys.stdout is not None and sys.stdout.isatty()  # None: standard output is closed
    width = None if is_terminal or "COLUMNS" in os.environ else _WIDTH
    return Screen(width=width, highlight=False, markup=False, emoji=False)


def print_lines(lines: Iterable[Line]) -> None:
    """Print sentences; what speaks for a task and what against it in different colours."""
    from rich.text import Text

    screen = console()
    for line in lines:
        style = _STYLES[line.side] if line.side or not line.depth or line.priority else ""
        screen.print(Text("  " * line.depth + plain(line.text, longest=None), style=style), soft_wrap=True)


def print_title(text: str) -> None:
    """Print a heading with an empty line before it."""
    from rich.text import Text

    console().print(Text(f"\n{text}", style="bold"), soft_wrap=True)


def print_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None, counts: bool = False
) -> None:
    """Print a table; texts of the account are made safe to print, and nothing in them is taken for markup.

    With `counts` the last column holds numbers.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE, title=title and Text(title), title_justify="left", pad_edge=False, show_edge=False)
    for heading in headings:
        table.add_column(
            Text(heading), overflow="fold", justify="right" if counts and heading == headings[-1] else "left"
        )
    for row in rows:
        table.add_row(*(Text(plain(cell, longest=None)) for cell in row))
    console().print(table)
