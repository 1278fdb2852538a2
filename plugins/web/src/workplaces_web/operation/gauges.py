"""What is measured at the moment somebody asks for it."""

from __future__ import annotations

from workplaces_web.operation.metrics import METRICS
from workplaces_web.web import Web


def measure(web: Web) -> None:
    """Look at the service, and set what can only be looked at."""
    METRICS.streams.set(web.fanout.connections)
    if not web.reach.is_loaded:
        return
    board = web.board.show()
    METRICS.policy.set(board.policy_version)
    METRICS.leases.set(sum(person.state == "working" for person in board.people))
    for row in board.priorities:
        METRICS.waiting.labels(row.role.id, row.priority.id).set(row.waiting)
