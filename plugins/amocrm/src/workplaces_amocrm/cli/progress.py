"""How far a reading is, as a bar on a terminal: what is known is said as known, what is estimated as estimated."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workplaces_amocrm.cli.words import words

if TYPE_CHECKING:
    from workplaces_amocrm.reading.progress import Progress


def said(progress: Progress, language: str = "en") -> str:
    """Say how far a reading is, in calls.

    >>> from workplaces_amocrm.reading.progress import Progress
    >>> said(Progress("tasks", 3, 40, "estimated")), said(Progress("leads", 30, 38, "counted"))
    ('3 of about 40 calls', '30 of 38 calls')
    >>> said(Progress("leads", 30, None, "unknown"))
    '30 calls, how many are left is not known'
    """
    name = {"estimated": "about", "counted": "of", "unknown": "unknown"}[progress.basis]
    if progress.total is None:
        name = "unknown"
    return words(language)[name].format(done=progress.done, total=progress.total)


@contextmanager
def progress_bar(language: str) -> Iterator[Callable[[Progress], None]]:
    """Show a bar on standard error while the block runs; give what to tell of each step. Silent without a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"))
    console = Console(stderr=True)
    with Bar(*columns, TimeElapsedColumn(), TextColumn("≈"), TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task("", total=None, said="")

        def tell(progress: Progress) -> None:
            description = words(language)[progress.stage]
            told = said(progress, language)
            bar.update(task, description=description, completed=progress.done, total=progress.total, said=told)

        yield tell
