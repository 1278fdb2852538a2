"""`workplaces replay --engine spark`, which is the command `replay-spark`: the replay of the core, on Spark."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workplaces_core.cli import options
from workplaces_core.cli.history_files import set_aside_option, set_aside_stream
from workplaces_core.cli.replay import every_option, print_result, print_set_aside, set_aside_figure
from workplaces_core.errors import InvalidInput, Problem, WorkplacesError
from workplaces_spark.session import LOCAL, session

if TYPE_CHECKING:
    from workplaces_spark.distributed import Distributed


class SparkFailed(WorkplacesError):
    """A job that Spark gave up."""


def main(arguments: Sequence[str]) -> int:
    """Run the command and give the exit code; errors are raised, the command line of the core shows them."""
    result = command.main(list(arguments), prog_name="workplaces replay --engine spark", standalone_mode=False)
    return result if isinstance(result, int) else 0


@click.command("replay-spark", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("history", metavar="HISTORY")
@options.policy_option
@click.option("--against", "against_path", type=click.Path(path_type=Path), help="Another policy, to compare with.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="The folder to write the tables to.")
@every_option
@click.option("--engine", type=click.Choice(["spark"]), expose_value=False, help="This one.")
@click.option("--master", help=f"Where Spark runs: {LOCAL}, spark://host:7077, yarn, …  [default: {LOCAL}]")
@click.option("--processes", type=click.IntRange(min=1), help="How many cores of this machine work, without --master.")
@click.option("--conf", "settings", multiple=True, metavar="KEY=VALUE", help="A setting of Spark; may be repeated.")
@click.option(
    "--scratch",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder all workers see; a history that is not Parquet is first made so there.  [default: a temporary one]",
)
@set_aside_option
@options.json_option
@options.language_option
def command(
    *,
    history: str,
    policy_path: Path,
    against_path: Path | None,
    out: Path | None,
    every: timedelta | None,
    master: str | None,
    processes: int | None,
    settings: Sequence[str],
    scratch: Path | None,
    set_aside: Path | None,
    as_json: bool,
    language: str,
) -> int:
    """Show what policies would have given at every recorded hand-out, worked out on Apache Spark.

    HISTORY is Parquet: a file, a folder of files, or what Spark finds under that name; or a file of JSON Lines on this
    machine. What is printed and written is what the local engine prints and writes.
    """
    policies = options.read_policy(policy_path), None if against_path is None else options.read_policy(against_path)
    where = master or (LOCAL if processes is None else f"local[{processes},4]")
    conf = dict(map(_setting, settings))
    with ExitStack() as stack:
        aside = set_aside_stream(stack, set_aside)
        found = _replayed(where, conf, history, policies, every=every, set_aside=aside, scratch=scratch)
    print_set_aside(found.bad, set_aside, language)
    found.replay.summary.update(set_aside_figure(found.bad))
    print_result(found.replay, out, language, as_json=as_json)
    return 0


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.startswith("spark."):
        raise InvalidInput([Problem("--conf", text, "must be KEY=VALUE, such as spark.executor.memory=4g")])
    return key, value


def _replayed(where: str, conf: dict[str, str], history: str, policies: Any, **asked: Any) -> Distributed:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    from workplaces_spark.distributed import replay

    spark = session(where, conf)
    try:
        return replay(spark, history, *policies, **asked)
    except (PySparkException, Py4JError) as error:
        reason = str(error).strip().splitlines()
        raise SparkFailed(f"Spark gave up: {reason[-1] if reason else type(error).__name__}") from None
    finally:
        spark.stop()
