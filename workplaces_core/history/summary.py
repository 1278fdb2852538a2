"""The figures of a replay, from its tables: plain data, ready for JSON."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from workplaces_core.history.extra import pa, pc

if TYPE_CHECKING:
    from workplaces_core.policy import Policy

FORMAT = "workplaces/replay-summary/1"
_EXAMPLES = 10


def summary(decisions: pa.Table, tasks: pa.Table, policy_a: Policy, policy_b: Policy | None) -> dict[str, Any]:
    """Sum a replay up. With one policy, all that compares two is left out."""
    sides = ["a"] if policy_b is None else ["a", "b"]
    versions = {"a": policy_a.version} | ({} if policy_b is None else {"b": policy_b.version})
    recorded = decisions.filter(pc.is_valid(decisions.column("number")))
    found: dict[str, Any] = {
        "format": FORMAT,
        "span": _span(decisions),
        "accounts": len(pc.unique(decisions.column("account"))),
        "hand_outs": recorded.num_rows,
        "moments": decisions.num_rows - recorded.num_rows,
        "policies": {
            side: {"version": versions[side], **_given(recorded, side), "tasks": _tasks(tasks, side)} for side in sides
        },
        "tasks": {"all": tasks.num_rows, **_in_fact(tasks)},
        "priorities": _priorities(recorded, sides),
    }
    if policy_b is not None:
        found |= {"differences": _differences(recorded), "people": _people(recorded), "waiting": _waiting(tasks)}
    return found


def _span(decisions: pa.Table) -> dict[str, Any] | None:
    if not decisions.num_rows:
        return None
    ends = pc.min_max(decisions.column("at")).as_py()
    return {"from": _text(ends["min"]), "until": _text(ends["max"])}


def _text(moment: Any) -> str:
    return str(moment.isoformat().replace("+00:00", "Z"))


def _given(recorded: pa.Table, side: str) -> dict[str, int]:
    task = recorded.column(f"{side}_task")
    return {
        "given": recorded.num_rows - task.null_count,
        "nothing": task.null_count,
        "no_role": recorded.column(f"{side}_role").null_count,
        "as_taken": _count(pc.equal(task, recorded.column("taken"))),
        "exact_lane": _count(pc.equal(recorded.column(f"{side}_lane"), "exact")),
        "shared": _count(recorded.column(f"{side}_shared")),
    }


def _tasks(tasks: pa.Table, side: str) -> dict[str, Any]:
    covered = tasks.column(f"{side}_covered")
    uncovered = tasks.filter(pc.invert(covered)).column("task")
    met = tasks.column(f"{side}_met")
    return {
        "ever_given": tasks.num_rows - tasks.column(f"{side}_first").null_count,
        "exact_met": _count(met),
        "exact_missed": _count(pc.invert(met)),
        "uncovered": len(uncovered),
        "uncovered_first": uncovered.slice(0, _EXAMPLES).to_pylist(),
    }


def _in_fact(tasks: pa.Table) -> dict[str, int]:
    met = tasks.column("met")
    return {
        "taken": tasks.num_rows - tasks.column("taken").null_count,
        "exact": tasks.num_rows - met.null_count,
        "exact_met": _count(met),
        "exact_missed": _count(pc.invert(met)),
    }


def _priorities(recorded: pa.Table, sides: list[str]) -> list[dict[str, Any]]:
    """Count what each priority of each role gave; a task in the exact lane under no priority counts under null."""
    found: dict[tuple[Any, Any], dict[str, int]] = {}
    for side in sides:
        given = recorded.filter(pc.is_valid(recorded.column(f"{side}_task")))
        for row in _counted(given, f"{side}_role", f"{side}_priority"):
            found.setdefault((row[0], row[1]), dict.fromkeys(sides, 0))[side] = row[2]
    order = sorted(found, key=lambda key: (key[0], key[1] or ""))
    return [{"role": role, "priority": priority, **found[role, priority]} for role, priority in order]


def _differences(recorded: pa.Table) -> dict[str, Any]:
    other = recorded.filter(pc.invert(recorded.column("same")))
    rows = sorted(_counted(other, "reason", "part"), key=lambda row: (-row[2], row[0], row[1] or ""))
    return {
        "same": recorded.num_rows - other.num_rows,
        "different": other.num_rows,
        "reasons": [{"reason": reason, "part": part, "count": count} for reason, part, count in rows],
    }


def _people(recorded: pa.Table) -> list[dict[str, Any]]:
    """Tell who gains and who loses work: at how many of his hand-outs each policy has a task for him."""
    columns = {
        "account": recorded.column("account"),
        "user": recorded.column("user"),
        "asked": pc.cast(pc.is_valid(recorded.column("user")), pa.int64()),
        "a": pc.cast(pc.is_valid(recorded.column("a_task")), pa.int64()),
        "b": pc.cast(pc.is_valid(recorded.column("b_task")), pa.int64()),
        "different": pc.cast(pc.invert(recorded.column("same")), pa.int64()),
    }
    sums = ("asked", "a", "b", "different")
    grouped = pa.table(columns).group_by(["account", "user"], use_threads=False).aggregate([(n, "sum") for n in sums])
    rows = [
        {"account": r["account"], "user": r["user"], **{n: r[f"{n}_sum"] for n in sums}} for r in grouped.to_pylist()
    ]
    return sorted(rows, key=lambda row: (row["a"] - row["b"], row["account"], row["user"]))


def _waiting(tasks: pa.Table) -> dict[str, Any]:
    """Compare when each task was first given: later under B is longer, earlier is shorter."""
    first_a, first_b = (tasks.column(f"{side}_first").cast(pa.int64()) for side in ("a", "b"))
    moved = pc.subtract(first_b, first_a).drop_null().to_pylist()
    longer, shorter = [each for each in moved if each > 0], [-each for each in moved if each < 0]
    return {
        "longer": len(longer),
        "shorter": len(shorter),
        "alike": len(moved) - len(longer) - len(shorter),
        "only_a": _count(pc.and_(pc.is_valid(first_a), pc.is_null(first_b))),
        "only_b": _count(pc.and_(pc.is_null(first_a), pc.is_valid(first_b))),
        "longer_median_seconds": _seconds(longer),
        "shorter_median_seconds": _seconds(shorter),
    }


def _seconds(values: list[int]) -> float | None:
    return median(values) / 1_000_000 if values else None


def _counted(table: pa.Table, one: str, other: str) -> list[tuple[Any, Any, int]]:
    grouped = table.group_by([one, other], use_threads=False).aggregate([([], "count_all")])
    return [(row[one], row[other], row["count_all"]) for row in grouped.to_pylist()]


def _count(flags: pa.ChunkedArray) -> int:
    return int(pc.sum(flags).as_py() or 0)
