"""`.venv-spark/bin/python -m benchmarks.spark`: the replay on Spark with two workers against processes of one machine.

Both read the same Parquet file, and their results are compared first. Spark is started and warm, what its start takes
is told apart; processes of one machine start anew in every round, as they always do. Rounds take turns.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Row, alternate, ratio, spell
from benchmarks.replay import history, replay_policies
from benchmarks.report import circumstances, heading, line, verdict
from workplaces_core.history.extra import np, pa, pc, pq
from workplaces_core.history.local import Replay, replay
from workplaces_core.history.reading import read_history

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Spark is imported where it is used: the processes of the local replay import this module as well.

WORKERS = 2
PROMISE = 0.7


def accounts(hand_outs: int, count: int, people: int) -> pa.Table:
    """Accounts of one size, each with people, deals and tasks of its own; their events are mixed as they happen."""
    together = pa.concat_tables(
        _renamed(history(hand_outs // count // 5, max(20, people // count), 5, 40, seed), f"bench-{seed}")
        for seed in range(count)
    )
    order = np.argsort(together.column("at").cast(pa.int64()).to_numpy(), kind="stable")
    return together.take(pa.array(order)).combine_chunks()


def _renamed(table: pa.Table, name: str) -> pa.Table:
    is_account = pc.equal(table.column("kind"), "account")
    value = pc.replace_substring(table.column("value"), '{"id":"bench"', f'{{"id":"{name}"', max_replacements=1)
    columns = {
        "account": pa.array([name] * table.num_rows),
        "id": pc.if_else(is_account, name, table.column("id")),
        "value": pc.if_else(is_account, value, table.column("value")),
    }
    return pa.table([columns.get(each, table.column(each)) for each in table.column_names], schema=table.schema)


def start(master: str) -> tuple[Any, str]:
    """Start Spark, and tell how long that took, with a first small job."""
    from workplaces_spark.session import session  # noqa: PLC0415

    began = perf_counter()
    spark = session(master, {"spark.ui.showConsoleProgress": "false"})
    spark.range(1).count()
    return spark, f"Spark {spark.version} started in {spell(perf_counter() - began)}"


def there(spark: Any, path: Path, *, valid: bool) -> Replay:
    """Replay on Spark."""
    from workplaces_spark import replay as replay_there  # noqa: PLC0415

    found: Replay = replay_there(spark, path, *replay_policies(), valid=valid).replay
    return found


def here(path: Path, *, valid: bool) -> Replay:
    """Replay in processes of this machine."""
    table = pq.read_table(path) if valid else read_history(path).table
    return replay(table, *replay_policies(), processes=WORKERS)


def rows(spark: Any, path: Path, about: str, rounds: int) -> Iterator[Row]:
    """Compare both, on rows that were found valid before, and with every row checked."""
    for valid, promise in ((True, "replay on Spark, rows found valid"), (False, "replay on Spark, rows checked")):
        ours: Callable[[], Replay] = partial(there, spark, path, valid=valid)
        theirs: Callable[[], Replay] = partial(here, path, valid=valid)
        same = _is_same(ours(), theirs())  # this also warms both up
        times = alternate({"spark": ours, "local": theirs}, rounds)
        yield Row(
            promise, f"{about}; {'the same tables' if same else '**other tables**'}", spell(median(times["spark"])),
            f"{WORKERS} local processes: {spell(median(times['local']))}", ratio(times, "local", "spark"), PROMISE,
            at_least=True, unit="of the speed",
        )  # fmt: skip


def _is_same(one: Replay, other: Replay) -> bool:
    return one.decisions.equals(other.decisions) and one.tasks.equals(other.tasks) and one.summary == other.summary


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark", description=__doc__)
    parser.add_argument("--hand-outs", type=int, default=400_000, help="hand-outs of the replay")
    parser.add_argument("--accounts", type=int, nargs="+", default=[1, 20], help="in so many accounts")
    parser.add_argument("--people", type=int, default=500, help="people of all accounts")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--master", default=f"local-cluster[{WORKERS},1,2048]", help="two workers, unless given")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print one table, and say what is not kept."""
    options, load = parse(arguments), os.getloadavg()[0]
    found: list[Row] = []
    with TemporaryDirectory() as folder:
        spark, told = start(options.master)
        print(f"\n{heading()}")
        for count in options.accounts:
            table = accounts(options.hand_outs, count, options.people)
            path = Path(folder, f"{count}.parquet")
            pq.write_table(table, path, compression="zstd", row_group_size=65_536)
            about = f"{options.hand_outs:,} hand-outs, {count} accounts, {table.num_rows:,} events, two policies"
            for row in rows(spark, path, about, options.rounds):
                found.append(row)
                print(line(row), flush=True)
        spark.stop()
    print(f"\n{verdict(found)}\n")
    facts = circumstances(" ".join(["python -m benchmarks.spark", *sys.argv[1:]]), load)
    facts |= {"start-up": f"{told}, master {options.master}"}
    facts["versions"] += f", numpy {np.__version__}, pyarrow {pa.__version__}"
    for name, text in facts.items():
        print(f"- {name}: {text}")


if __name__ == "__main__":
    main()
