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
    KeyReused,
    NotAllowed,
    NotYours,
    PluginError,
    PolicyError,
    Problem,
    SnapshotError,
    StaleFence,
    StoreUnavailable,
    UnknownTask,
    WorkError,
    WorkplacesError,
)
from workplaces_core.explanation import explain
from workplaces_core.model import Snapshot
from workplaces_core.policy import Policy
from workplaces_core.work.desk_service import DeskService

__all__ = [
    "ChangesError",
    "CrmUnavailable",
    "Desk",
    "DeskService",
    "Engine",
    "Explanation",
    "Failure",
    "Finding",
    "InvalidInput",
    "KeyReused",
    "NotAllowed",
    "NotYours",
    "PluginError",
    "Policy",
    "PolicyError",
    "Problem",
    "Remove",
    "Set",
    "Snapshot",
    "SnapshotError",
    "StaleFence",
    "StoreUnavailable",
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
