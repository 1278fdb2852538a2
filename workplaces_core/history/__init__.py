"""History: what happened in an account, as changes in time order, and what people really did beside them.

`events` is the form (`workplaces/history/1`), `validating` and `reading` take it from files, `describing` sums it up;
`work_items` and `xes` make it of a log of finished work items, and `observed_policy` a policy that such a log lets one
guess. `local` replays it under policies on one machine, `partition` a piece of it anywhere, `readable` the slow way;
`simulation` lets people work through it.

What needs pyarrow and numpy (the extra `history`) is imported only when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_WHERE = {
    "Assumptions": "simulation.assumptions",
    "Event": "events",
    "Outcome": "partition",
    "Replay": "local",
    "Simulation": "simulation.simulate",
    "decide_partition": "partition",
    "open_work": "events",
    "read_history": "reading",
    "replay": "local",
    "replay_partition": "partition",
    "simulate": "simulation.simulate",
    "snapshot_before": "readable",
}
"""Public names, and the modules that have them."""

__all__ = sorted(_WHERE)  # noqa: PLE0605 - a list of texts all the same


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _WHERE:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
