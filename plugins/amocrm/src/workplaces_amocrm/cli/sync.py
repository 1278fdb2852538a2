"""`workplaces amocrm sync`: everything open, as a snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workplaces_amocrm.cli.connection import Connection, connected
from workplaces_amocrm.cli.words import words
from workplaces_core.cli import options, screen

if TYPE_CHECKING:
    from workplaces_amocrm.adapter import AmoCrm
    from workplaces_amocrm.cli.working_file import WorkingFile
    from workplaces_amocrm.reading.full import FullReading

_SHOWN = ("user", "group", "task_type", "field", "deal", "contact", "company", "task")


@click.command("sync")
@connected
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The snapshot to write.")
@click.option(
    "--cursor-out", type=click.Path(dir_okay=False, path_type=Path), help="The file for the cursor, for `delta`."
)
@click.option(
    "--resume",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file to keep what was read in: the same command after a crash goes on from there.",
)
@options.json_option
@options.language_option
def command(
    *, connection: Connection, out: Path, cursor_out: Path | None, resume: Path | None, as_json: bool, language: str
) -> None:
    """Read every open task with all it hangs on, and write a snapshot.

    The cursor that is printed is that of the moment before the reading: `delta` goes on from it. What cannot be read
    is set aside, a line each on standard error; the rest is written.
    """
    from workplaces_amocrm.cli.output import replacing, say_set_aside, write_text
    from workplaces_amocrm.cli.working_file import WorkingFile

    _refuse_missing_folders(out, cursor_out, resume)
    with connection.crm() as crm, WorkingFile.open(resume) as work:
        reading = _read(crm, work, language)
        with replacing(out) as stream:
            work.write_snapshot(stream)
        if cursor_out is not None:
            write_text(cursor_out, reading.cursor)
        aside = say_set_aside(_set_aside(crm, work))
        counts = {kind: work.counts().get(kind, 0) for kind in _SHOWN} | {"aside": aside}
    if resume is not None:
        resume.unlink()
    if as_json:
        screen.print_json({"counts": counts, "cursor": reading.cursor, "out": str(out)})
        return
    _print(counts, reading.cursor, out, language)


def _read(crm: AmoCrm, work: WorkingFile, language: str) -> FullReading:
    """Read everything into the working file; what was read before an error stays there, to be gone on with."""
    from workplaces_amocrm.cli.progress import progress_bar
    from workplaces_core.errors import WorkError

    with progress_bar(language) as tell:
        reading = crm.full_reading(work.checkpoint(), tell=tell)
        work.put_directory(crm.directory())
        try:
            for batch in reading.batches():
                work.put(batch)
                if work.is_save_due():
                    work.save(reading.checkpoint(), _set_aside(crm, work))
        except WorkError:
            work.save(reading.checkpoint(), _set_aside(crm, work))
            raise
    return reading


def _set_aside(crm: AmoCrm, work: WorkingFile) -> list[str]:
    return list(dict.fromkeys([*work.set_aside(), *map(str, crm.set_aside())]))


def _refuse_missing_folders(*paths: Path | None) -> None:
    """See that files can be written before minutes are spent on what is to be in them."""
    from workplaces_core.errors import InvalidInput, Problem

    missing = [path for path in paths if path is not None and not path.absolute().parent.is_dir()]
    if missing:
        raise InvalidInput([Problem(str(path), None, "its folder is not there") for path in missing])


def _print(counts: dict[str, int], cursor: str, out: Path, language: str) -> None:
    from workplaces_core.sentences import LANGUAGES

    said = words(language)
    rows = [[said[name], LANGUAGES[language].number(amount)] for name, amount in counts.items()]
    screen.print_table([said["kind"], said["amount"]], rows, counts=True)
    click.echo(said["written"].format(path=out))
    click.echo(said["cursor"].format(cursor=cursor))
