"""The board as it is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import frozen

from workplaces_web.live.cards import Named, TaskCard

State = Literal["working", "idle", "off"]


@frozen
class PersonRow:
    """One employee: at work on `task` since `since`, idle (what he could take is `next`), or without a role now.

    `reason` says why he has nothing to take (`no_role` or `nothing_to_do`), `opens_at` when that ends.
    """

    user: Named
    role: Named | None
    state: State
    task: TaskCard | None
    since: datetime | None
    next: TaskCard | None
    reason: str | None
    opens_at: datetime | None
    done_today: int
    coming: TaskCard | None


@frozen
class PriorityRow:
    """One priority of a role: how many tasks wait in the queues of now, and the one that is due first."""

    role: Named
    priority: Named
    waiting: int
    oldest: TaskCard | None
    oldest_due: str | None
    passed_over: int


@frozen
class ExactTimes:
    """Today's tasks at an exact time: taken in time, taken late, and not taken though their time has come."""

    met: int
    late: int
    missed: int
    missed_tasks: tuple[TaskCard, ...]


@frozen
class StepView:
    """One write to the CRM, and what became of it."""

    action: str
    kind: str
    id: str
    state: str
    outcome: str | None


@frozen
class TransferView:
    """A change of ownership, or a wish the CRM was not told of yet."""

    id: int
    kind: str
    task: str
    title: str
    user: Named
    state: str
    trouble: str | None
    started: datetime | None
    attempts: int
    steps: tuple[StepView, ...]
    can_give_back: bool


@frozen
class Uncovered:
    """Open tasks that no rule could ever hand out: how many, and the first three."""

    count: int
    examples: tuple[TaskCard, ...]


@frozen
class Quarter:
    """What happened in fifteen minutes."""

    at: datetime
    taken: int
    finished: int


@frozen
class BoardView:
    """Everything of now, and the day so far."""

    at: datetime
    zone: str
    policy_version: int
    people: tuple[PersonRow, ...]
    priorities: tuple[PriorityRow, ...]
    exact: ExactTimes
    transfers: tuple[TransferView, ...]
    uncovered: Uncovered
    day: tuple[Quarter, ...]
