"""`workplaces serve`."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import attrs
import click

from workplaces_core.errors import InvalidInput, WorkplacesError


@click.command("serve")
@click.option("--demo", is_flag=True, help="A made-up account, nothing to configure, and a choice of people to be.")
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
    *, demo: bool, host: str | None, port: int | None, workers: int | None, config_path: Path | None,
    database: str | None, print_config: bool,
) -> None:  # fmt: skip
    """Serve the desk, the admin and the JSON API."""
    from workplaces_web.serving.config import effective, read_config

    overrides = {"host": host, "port": port, "workers": workers, "database": database}
    config = read_config(config_path, overrides)
    if print_config:
        click.echo(json.dumps(effective(config), ensure_ascii=False, indent=2, default=str))
        return
    if config.web.workers > 1:
        # Before anything that counts is imported: how counters are kept is settled then.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="workplaces-metrics-")
    from workplaces_core.cli.installed import load
    from workplaces_web.serving import demo as demonstration
    from workplaces_web.serving.run import serve
    from workplaces_web.serving.worker import Plan

    if demo:
        config = attrs.evolve(config, database=demonstration.database(load()), web=attrs.evolve(config.web, workers=1))
    serve(Plan(config, demo=demo))


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
