"""`python -m benchmarks`: measure every promise side by side, print one table, and say which promise is not kept."""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import changes, classification, desks, growth, start_and_memory
from benchmarks.measure import Row
from benchmarks.report import as_json, circumstances, command, heading, line, verdict
from benchmarks.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FULL, QUICK, SMALL, PEERS_WORKLOAD = 1_000_000, 100_000, 10_000, 100_000
QUICK_SHARE = 0.1
"""So much of half a year is simulated."""


def classification_part(options: argparse.Namespace, _: World) -> Iterable[Row]:
    """Which priority takes a task."""
    return classification.rows(min(options.tasks, PEERS_WORKLOAD), slow_peers=not options.quick)


def desks_part(_: argparse.Namespace, world: World) -> Iterable[Row]:
    """A desk."""
    return desks.rows(world, World(min(SMALL, world.size)))


def heads_part(_: argparse.Namespace, world: World) -> Iterable[Row]:
    """Just the head."""
    return desks.head_rows(world)


def start_part(_: argparse.Namespace, world: World) -> Iterable[Row]:
    """Start."""
    return start_and_memory.start_rows(world)


def memory_part(_: argparse.Namespace, world: World) -> Iterable[Row]:
    """Memory."""
    return start_and_memory.memory_rows(world.size)


def changes_part(_: argparse.Namespace, world: World) -> Iterable[Row]:
    """A change."""
    return changes.rows(world)


def growth_part(options: argparse.Namespace, _: World) -> Iterable[Row]:
    """Growth."""
    sizes = [size for size in growth.TASKS if size <= options.tasks]
    roles = growth.ROLES[:5] if options.quick else growth.ROLES
    return growth.rows(sizes, roles, None if options.quick or not growth.can_draw() else options.picture)


def replay_part(options: argparse.Namespace, _: World) -> Iterable[Row]:
    """Histories: tasks in bulk, and a replay."""
    replay = import_module("benchmarks.replay")
    quick = ["--task-people", "100", "--hand-outs", "20000", "--people", "50", "--rounds", "3"]
    asked: Iterable[Row] = replay.measured(
        replay.parse(["--tasks", str(options.tasks), *(quick if options.quick else [])])
    )
    return asked


def simulate_part(options: argparse.Namespace, _: World) -> Iterable[Row]:
    """A simulation."""
    asked: Iterable[Row] = import_module("benchmarks.simulate").rows(QUICK_SHARE if options.quick else 1.0)
    return asked


PARTS = {
    "classification": classification_part,
    "desks": desks_part,
    "heads": heads_part,
    "changes": changes_part,
    "start": start_part,
    "memory": memory_part,
    "growth": growth_part,
    "replay": replay_part,
    "simulate": simulate_part,
}
NEEDS = {
    "desks": "sortedcontainers",
    "changes": "sortedcontainers",
    "replay": "pyarrow",
    "simulate": "pyarrow",
}
"""What a part cannot be measured without."""


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--tasks", type=int, help="open tasks of the large account (default 1,000,000)")
    parser.add_argument("--quick", action="store_true", help="10,000 and 100,000 tasks, no slow peers")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this part alone; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found as JSON, too")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw growth there, unless --quick (matplotlib)")
    options = parser.parse_args(arguments)
    options.tasks = options.tasks or (QUICK if options.quick else FULL)
    return options


def measured(options: argparse.Namespace) -> Iterator[Row]:
    """Measure all that was asked for, a row at a time."""
    world = World(options.tasks)
    for name, part in PARTS.items():
        if options.only and name not in options.only:
            continue
        if name in NEEDS and find_spec(NEEDS[name]) is None:
            remark = f"{name} did not run: {NEEDS[name]} is not installed"
            yield Row(name, "", "", "T: not run", None, 0, remark=remark)
            continue
        print(f"measuring {name} ...", file=sys.stderr)
        yield from part(options, world)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write what was asked for."""
    options, load = parse(arguments), os.getloadavg()[0]
    print(heading())
    rows = []
    for row in measured(options):
        rows.append(row)
        print(line(row), flush=True)
    facts = circumstances(command(), load)
    print(f"\n{verdict(rows)}\n")
    for name, text in facts.items():
        print(f"- {name}: {text}")
    if options.json is not None:
        options.json.write_text(json.dumps(as_json(rows, facts), ensure_ascii=False, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
