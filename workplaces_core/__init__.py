"""Workplaces: decides what each employee should do next, and says why."""

from workplaces_core import wire
from workplaces_core.answers import Desk, Explanation, Finding
from workplaces_core.changes import Remove, Set
from workplaces_core.decision import decide
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
    "Explanation",
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
    "decide",
    "explain",
    "wire",
]
