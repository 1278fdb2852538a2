"""What people did in a simulated course of events, as readable objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from workplaces_core.model import Task


@frozen(eq=False)
class Done:
    """A piece of work: `task` as it was when taken, open since `opened`. `finished` may lie after the end."""

    task: Task
    user: str
    opened: datetime
    taken: datetime
    finished: datetime | None
    role: str | None = None
    priority: str | None = None
    lane: str | None = None
    left: Task | None = None
    """The state in which the work left the task, when it did not complete it."""


@frozen(eq=False)
class Course:
    """What happened: pieces of work in the order of taking, and what was open in nobody's hands at the end."""

    done: tuple[Done, ...]
    waiting: tuple[tuple[Task, datetime], ...]
    decisions: int
    """How often somebody asked."""
