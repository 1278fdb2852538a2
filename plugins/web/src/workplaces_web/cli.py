"""`workplaces serve`."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from workplaces_core.errors import InvalidInput, WorkplacesError

if TYPE_CHECKING:
    from workplaces_web.serving.config import Config


@click.command("serve")
@click.option("--demo", is_flag=True, help="A made-up account, nothing to configure, and a choice of people to be.")
@click.option("--once", is_flag=True, help="With --demo: start, see that the pages answer, say where to look, and end.")
@click.option("--host", help="Where to listen.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="The port to listen on.  [default: 8000]")
@click.option("--workers", type=int, help="How many processes to serve with; they need a common database.")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    envvar="WORKPLACES_CONFIG",
    help="A TOML file with `database`, [crm], [work] and [web].  [default: workplaces.toml, if it is there]",
)
@click.option("--database", help="The store, such as sqlite:///desk.db; also in WORKPLACES_DATABASE.")
@click.option("--print-config", is_flag=True, help="Print the configuration as it counts, secrets masked, and exit.")
def command(
    *, demo: bool, once: bool, host: str | None, port: int | None, workers: int | None, config_path: Path | None,
    database: str | None, print_config: bool,
) -> None:  # fmt: skip
    """Serve the desk, the admin and the JSON API."""
    from workplaces_web.serving.config import effective, read_config

    if once and not demo:
        raise click.UsageError("--once goes with --demo: what serves in earnest does not end by itself")
    overrides = {"host": host, "port": port, "workers": workers, "database": database}
    config = read_config(config_path, overrides)
    if print_config:
        click.echo(json.dumps(effective(config), ensure_ascii=False, indent=2, default=str))
        return
    if demo:
        _demonstrate(config, config_path, once=once, port=port)
        return
    if config.web.workers > 1:
        # Before anything that counts is imported: how counters are kept is settled then.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="workplaces-metrics-")
    from workplaces_web.serving.run import serve
    from workplaces_web.serving.worker import Plan

    serve(Plan(config))


def _demonstrate(config: Config, path: Path | None, *, once: bool, port: int | None) -> None:
    """Serve the demonstration, on a port that is free when none was asked for."""
    from workplaces_core.cli.installed import load
    from workplaces_web.serving import demo
    from workplaces_web.serving import once as looking
    from workplaces_web.serving.run import serve
    from workplaces_web.serving.worker import Plan

    chosen = port or looking.free_port(config.web.host, config.web.port)
    web = attrs.evolve(config.web, workers=1, port=chosen)
    if once:
        arguments = ["--demo", "--host", web.host, "--port", str(chosen), *(["--config", str(path)] if path else [])]
        looking.once(f"http://{web.host}:{chosen}", arguments)
    else:
        serve(Plan(attrs.evolve(config, database=demo.database(load()), web=web), demo=True))


def run(arguments: Sequence[str]) -> int:
    """Run the command and give the exit code; errors become one line each on standard error."""
    try:
        command.main(list(arguments), prog_name="workplaces serve", standalone_mode=False)
    except click.UsageError as error:
        click.echo(f"workplaces serve: {error.format_message()}", err=True)
        return 2
    except InvalidInput as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        return 2
    except WorkplacesError as error:
        click.echo(str(error), err=True)
        return 2
    return 0
