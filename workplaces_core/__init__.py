"""Workplaces: decides what each employee should do next, and says why."""

from workplaces_core import adapters, wire
from workplaces_core.answers import Desk, Explanation, Failure, Finding
from workplaces_core.changes import Remove, Set
from workplaces_core.check import check, condition_failures
from workplaces_core.decision import decide
from workplaces_core.engine import Engine
from workplaces_core.errors import (
    ChangesError,
    CrmUnavailable,
    InvalidInput,
    NotAllowed,
    PluginError,
    PolicyError,
    Problem,
    SnapshotError,
    UnknownTask,
    WorkError,
    WorkplacesError,
)
from workplaces_core.explanation import explain
from workplaces_core.model import Snapshot
from workplaces_core.policy import Policy

__all__ = [
    "ChangesError",
    "CrmUnavailable",
    "Desk",
    "Engine",
    "Explanation",
    "Failure",
    "Finding",
    "InvalidInput",
    "NotAllowed",
    "PluginError",
    "Policy",
    "PolicyError",
    "Problem",
    "Remove",
    "Set",
    "Snapshot",
    "SnapshotError",
    "UnknownTask",
    "WorkError",
    "WorkplacesError",
    "adapters",
    "check",
    "condition_failures",
    "decide",
    "explain",
    "wire",
]
