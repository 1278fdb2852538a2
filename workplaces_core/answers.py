"""What the core answers: desks, explanations and findings, all frozen."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from attrs import field, frozen

from workplaces_core.policy import Bucket

TitleFrom = Literal["deal", "contact", "company", "task"]
Lane = Literal["exact", "priority"]


@frozen
class DeskRole:
    """The role a desk works in, and until when. An instant beyond the horizon of 192 hours is None."""

    id: str
    name: str
    until: datetime | None
    interval_until: datetime | None


@frozen
class Current:
    """The task a user holds now."""

    task: str
    since: datetime
    title: str
    title_from: TitleFrom


@frozen
class Next:
    """The task a user would be given now."""

    task: str
    title: str
    title_from: TitleFrom


@frozen
class Remaining:
    """How many tasks are left today: the user's own, and those of common queues."""

    own: int
    shared: int


@frozen
class NextRole:
    """The role a user without an active one gets next, and when."""

    id: str
    starts: datetime


@frozen
class QueueEntry:
    """One task in a queue; in the exact lane `priority` is the one that would take it, or None."""

    task: str
    lane: Lane
    priority: str | None
    bucket: Bucket
    shared: bool


@frozen
class Desk:
    """What one employee sees at one moment."""

    user: str
    at: datetime
    policy_version: int
    role: DeskRole | None
    current: Current | None
    next: Next | None
    remaining: Remaining
    next_role: NextRole | None
    queue: tuple[QueueEntry, ...]


@frozen
class Code:
    """One reason, by its stable name; `details` in wire form."""

    code: str
    details: dict[str, Any] = field(factory=dict)


@frozen
class PriorityReasons:
    """Why one priority takes a task, or not."""

    priority: str
    codes: tuple[Code, ...]


@frozen
class RoleReasons:
    """Why a task stands in one role's queue, or not."""

    role: str
    codes: tuple[Code, ...]
    priorities: tuple[PriorityReasons, ...]


@frozen
class Explanation:
    """Why a task is here, or not, for one user at one moment: all roles of the policy, all priorities of each."""

    user: str
    task: str
    at: datetime
    codes: tuple[Code, ...]
    roles: tuple[RoleReasons, ...]


@frozen
class Finding:
    """Something `check` noticed; `path` leads to the setting in the policy, or to the kind of data."""

    code: str
    path: str
    severity: Literal["error", "warning"]
    message: str
    details: dict[str, Any] = field(factory=dict)


@frozen
class Failure:
    """A leaf of a condition that errs: on how many open tasks of an admitted type, and the first three by id.

    `leaf` is its path inside the priority, such as `where.all[0]`.
    """

    role: str
    priority: str
    leaf: str
    count: int
    examples: tuple[str, ...]
