"""`simulate`: the recorded past, the simulated present, and what another policy would make of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.history.extra import pa, pc, pq
from workplaces_core.history.simulation.assumptions import Assumptions
from workplaces_core.history.simulation.calibrating import FIT_STEPS, calibration, fitted_pauses
from workplaces_core.history.simulation.confidence import differences, estimates
from workplaces_core.history.simulation.course import People
from workplaces_core.history.simulation.measures import Numbers, days, heat, measures, used
from workplaces_core.history.simulation.past import Past, read_past
from workplaces_core.history.simulation.presence import spans_of
from workplaces_core.history.simulation.running import Run, Running
from workplaces_core.history.simulation.work_table import recorded_table
from workplaces_core.wire.forms import moment_text

if TYPE_CHECKING:
    from workplaces_core.policy import Policy

FORMAT = "workplaces/simulation/1"
SEEDS = 5
RECORDED = "recorded"
SIDES = ("a", "b")
_LONGEST = 10

Progress = Callable[[float], None]
"""Called with the share of the work that is done, from 0 to 1."""


@frozen(eq=False)
class Simulation:
    """What was found: tables of WORK, of what was recorded and of the first seed of each policy; figures for JSON."""

    past: Past
    policies: tuple[Policy, ...]
    tables: dict[str, pa.Table]
    figures: dict[str, Any]

    def write(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write simulation.json and work.parquet; the same simulation gives the same bytes."""
        out = Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        content = json.dumps(self.figures, ensure_ascii=False, indent=1) + "\n"
        (out / "simulation.json").write_text(content, encoding="utf-8")
        return [out / "simulation.json", self.write_work(out)]

    def write_work(self, folder: str | os.PathLike[str]) -> Path:
        """Write work.parquet, a piece of work a row; its column `side` tells recorded, a and b apart."""
        path = Path(folder) / "work.parquet"
        sides = [table.add_column(0, "side", pa.repeat(side, len(table))) for side, table in self.tables.items()]
        pq.write_table(pa.concat_tables(sides), path, compression="zstd")
        return path


def simulate(  # noqa: PLR0913 - named as on the command line
    history: Any,
    policy: Policy,
    against: Policy | None = None,
    *,
    seeds: int = SEEDS,
    seed: int = 1,
    assumptions: Assumptions = Assumptions(),  # noqa: B008 - frozen
    account: str | None = None,
    processes: int = 1,
    progress: Progress | None = None,
) -> Simulation:
    """Simulate a history under a policy, and against another, with the same seeds for both.

    `history` is a file, an Arrow table, events, or a Past. `seeds` runs are made of each policy, numbered from `seed`.
    Where assumptions leave `pauses` open they are fitted, so that under the first policy the median wait becomes the
    recorded one. Raises InvalidInput, ChangesError.
    """
    past = history if isinstance(history, Past) else read_past(history, account)
    policies = (policy,) if against is None else (policy, against)
    people, numbers = People.of(past), range(seed, seed + seeds)
    told = _Told(progress, len(policies) * seeds + (FIT_STEPS if assumptions.pauses is None else 0))
    running, recorded = Running(past, people, assumptions, processes), recorded_table(past)
    fitted = assumptions.pauses is None
    if fitted:
        running = _fitted(running, recorded, policy, seed, told)
    wanted = [(side, one, number) for side, one in zip(SIDES, policies, strict=False) for number in numbers]
    found: dict[str, list[Run]] = {side: [] for side in SIDES[: len(policies)]}
    for (side, _, _), ran in zip(wanted, running.runs([(one, n) for _, one, n in wanted], told.inside), strict=True):
        found[side].append(ran)
        told.step()
    made = _Made(past, policies, running.assumptions, people, recorded, found)
    figures = {**_about(made, fitted=fitted, seeds=list(numbers)), **made.figures()}
    return Simulation(past, policies, {RECORDED: recorded, **{s: runs[0].table for s, runs in found.items()}}, figures)


class _Told:
    """Tells how far the work is: whole runs, and shares of the one going on."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def inside(self, share: float) -> None:
        if self._progress is not None:
            self._progress((self._done + share) / self._total)

    def step(self) -> None:
        self._done += 1
        self.inside(0.0)


def _fitted(running: Running, recorded: pa.Table, policy: Policy, seed: int, told: _Told) -> Running:
    """Let people rest so long that under a policy the median wait becomes the recorded one."""
    past = running.past

    def median_with(pauses: float) -> float:
        table = running.resting(pauses).run(policy, seed, told.inside).table
        told.step()
        return _median(table, past)

    return running.resting(fitted_pauses(_median(recorded, past), median_with))


def _median(table: pa.Table, past: Past) -> float:
    return float(pc.quantile(pa.array(Numbers.of(table, past.end).waiting), 0.5)[0].as_py() or 0.0)


def _about(made: _Made, *, fitted: bool, seeds: Sequence[int]) -> dict[str, Any]:
    past, times = made.past, made.people.times
    return {
        "format": FORMAT,
        "account": past.account,
        "timezone": past.timezone,
        "span": {"from": moment_text(past.start), "until": moment_text(past.end)},
        "policies": {side: {"version": each.version} for side, each in zip(SIDES, made.policies, strict=False)},
        "assumptions": {**made.assumptions.form(), "pauses_fitted": fitted, "seeds": list(seeds)},
        "names": _names(made),
        "service_times": {"pieces": len(past.spells), "known": len(times.of_task)},
    }


def _names(made: _Made) -> dict[str, dict[str, str]]:
    before = made.past.before
    return {
        "types": {each.id: each.name for each in before.task_types.values()},
        "users": {each.id: each.name for each in before.users.values()},
        "priorities": {
            f"{role.id} / {priority.id}": f"{role.name} · {priority.name}"
            for policy in made.policies
            for role in policy.roles
            for priority in role.priorities
        },
    }


@frozen(eq=False)
class _Made:
    """All runs, and what is worked out of them."""

    past: Past
    policies: tuple[Policy, ...]
    assumptions: Assumptions
    people: People
    recorded: pa.Table
    runs: dict[str, list[Run]]

    def figures(self) -> dict[str, Any]:
        """Work everything out."""
        measured = {side: [self._measures(side, each.table) for each in runs] for side, runs in self.runs.items()}
        recorded = self._measures(RECORDED, self.recorded)
        found = {
            "calibration": self._calibration(recorded, measured["a"]),
            RECORDED: recorded,
            "simulated": {side: estimates(each) for side, each in measured.items()},
            "differences": differences(measured["a"], measured["b"]) if "b" in measured else None,
        }
        tables = {RECORDED: self.recorded, **{side: runs[0].table for side, runs in self.runs.items()}}
        numbers = {side: Numbers.of(table, self.past.end) for side, table in tables.items()}
        start, end, where = self.past.start, self.past.end, self.past.timezone
        return found | {
            "heat": {side: heat(each, start, end, where) for side, each in numbers.items()},
            "days": {side: days(each, end, where) for side, each in numbers.items()},
            "people": self._people(tables, numbers),
            "longest": {side: list(_longest(table, numbers[side])) for side, table in tables.items()},
            "decisions": {side: sum(each.decisions for each in runs) for side, runs in self.runs.items()},
        }

    def _spans(self, side: str) -> Any:
        # What was recorded is measured within the same spans as the simulated present, so that they can be compared.
        policy = self.policies[0 if side == RECORDED else SIDES.index(side)]
        return spans_of(self.past, self.people.attendance, policy, self.assumptions)

    def _measures(self, side: str, table: pa.Table) -> dict[str, Any]:
        return measures(table, self._spans(side), self.past.end, self.past.timezone)

    def _calibration(self, recorded: dict[str, Any], simulated: list[dict[str, Any]]) -> dict[str, Any]:
        end, where = self.past.end, self.past.timezone
        real, seen = Numbers.of(self.recorded, end), [Numbers.of(each.table, end) for each in self.runs["a"]]
        counts = days(real, end, where), [days(each, end, where) for each in seen]
        return calibration(recorded, simulated, counts, (real, seen[0]))

    def _people(self, tables: dict[str, pa.Table], numbers: dict[str, Numbers]) -> list[dict[str, Any]]:
        found = {side: used(table, numbers[side], self._spans(side)) for side, table in tables.items()}
        names = sorted({name for each in found.values() for name in each})
        empty = {"present": 0.0, "busy": 0.0, "taken": 0.0}
        return [{"user": name, **{side: each.get(name, empty) for side, each in found.items()}} for name in names]


def _longest(table: pa.Table, numbers: Numbers) -> Iterator[dict[str, Any]]:
    """Give the tasks that waited longest."""
    for row in numbers.waiting.argsort(kind="stable")[::-1][:_LONGEST].tolist():
        cells = table.slice(row, 1).to_pylist()[0]
        kept = {name: cells[name] for name in ("task", "type", "user", "role", "priority")}
        times = {name: None if cells[name] is None else moment_text(cells[name]) for name in ("ready", "taken")}
        yield {**kept, **times, "waited": float(numbers.waiting[row])}
