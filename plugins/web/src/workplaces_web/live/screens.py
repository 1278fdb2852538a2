"""A desk as a screen shows it: the service's desk with cards, names, the coming call, and why there is nothing."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import attrs
from attrs import frozen
from litestar.serialization import encode_json

from workplaces_core.answers import Desk, QueueEntry
from workplaces_core.engine import Engine
from workplaces_core.policy import Policy, Role
from workplaces_core.rules.zones import zone
from workplaces_core.work.desks import WorkDesk
from workplaces_web.live.cards import Cards, Named, TaskCard
from workplaces_web.live.reach import Reach
from workplaces_web.settings import WebSettings

_NO_MOMENT = datetime.min.replace(tzinfo=UTC)


@frozen
class RoleNow:
    """The role a desk works in; `until` and `interval_until` are null beyond the horizon of 192 hours."""

    id: str
    name: str
    until: datetime | None
    interval_until: datetime | None


@frozen
class RoleLater:
    """The role that comes next when there is none now."""

    id: str
    name: str
    starts: datetime


@frozen
class Holding:
    """The task in hand. `fence` goes with every command about it; the lease ends at `expires` unless it is renewed.

    `transfer` says how far the change of ownership has come, null when there was none to make.
    """

    card: TaskCard
    since: datetime
    fence: int | None
    expires: datetime | None
    transfer: str | None
    transfer_trouble: str | None


@frozen
class QueueRow:
    """One task in the queue."""

    task: str
    title: str
    lane: str
    priority: Named | None
    bucket: str
    shared: bool


@frozen
class Offer:
    """What `take` would give now: a preview, not a promise."""

    card: TaskCard
    lane: str
    priority: Named | None
    shared: bool


@frozen
class Coming:
    """An own call at an exact time that lies ahead; it enters the queue at `opens_at`."""

    card: TaskCard
    opens_at: datetime


@frozen
class Left:
    """How much is left today: own tasks, and those of common queues."""

    own: int
    shared: int


@frozen
class NothingNow:
    """Why there is nothing to take (`no_role` or `nothing_to_do`), and when something opens next."""

    reason: Literal["no_role", "nothing_to_do"] | None
    opens_at: datetime | None


@frozen
class NoticeView:
    """What ended beneath the employee, or what of his wishes was refused; it stays until he dismisses it."""

    number: int
    at: datetime
    event: str
    task: str
    title: str
    details: dict[str, Any]


@frozen
class DeskView:
    """An employee's desk now."""

    user: str
    name: str
    at: datetime
    zone: str
    policy_version: int
    role: RoleNow | None
    next_role: RoleLater | None
    current: Holding | None
    next: Offer | None
    coming: Coming | None
    left: Left
    nothing: NothingNow | None
    notices: tuple[NoticeView, ...]
    queue: tuple[QueueRow, ...]


class Screens:
    """Makes screens of desks; blocking."""

    def __init__(self, reach: Reach, settings: WebSettings) -> None:
        """Show the desks of a service."""
        self.reach, self.cards = reach, Cards(reach, settings)

    def show(self, user: str, *, queue: int = 20) -> DeskView:
        """Show a user's desk now."""
        return self.of(self.reach.service.desk(user, queue=max(queue, 1)), queue)

    def of(self, desk: Desk, queue: int, *, policy: Policy | None = None, engine: Engine | None = None) -> DeskView:
        """Show a desk; one that is decided under another `policy` by another `engine` is shown with these."""
        rules = policy or self.reach.policy
        shown = desk.role or desk.next_role
        role = None if shown is None else next((each for each in rules.roles if each.id == shown.id), None)
        where = self._zone(role)
        return DeskView(
            user=desk.user,
            name=self.reach.user_name(desk.user) or desk.user,
            at=desk.at,
            zone=where.key,
            policy_version=desk.policy_version,
            role=_role_now(desk),
            next_role=_role_later(desk, role),
            current=self._holding(desk, where),
            next=self._offer(desk, role, where),
            coming=self._coming(desk, role, where),
            left=Left(desk.remaining.own, desk.remaining.shared),
            nothing=self._nothing(desk, engine or self.reach.engine),
            notices=_notices(desk),
            queue=tuple(self._row(entry, role) for entry in desk.queue[:queue]),
        )

    def zone_of(self, view: DeskView) -> ZoneInfo:
        """Give the zone whose times a screen shows."""
        return zone(view.zone)

    def _zone(self, role: Role | None) -> ZoneInfo:
        return self.reach.account_zone if role is None or role.timezone is None else zone(role.timezone)

    def _holding(self, desk: Desk, where: ZoneInfo) -> Holding | None:
        card = None if desk.current is None else self.cards.by_id(desk.current.task, desk.at, where)
        if desk.current is None or card is None:
            return None
        since = desk.current.since
        lease = desk.lease if isinstance(desk, WorkDesk) else None
        transfer = desk.transfer if isinstance(desk, WorkDesk) else None
        return Holding(
            card=card,
            since=since,
            fence=None if lease is None else lease.fence,
            expires=None if lease is None else lease.expires,
            transfer=None if transfer is None else transfer.state,
            transfer_trouble=None if transfer is None else transfer.trouble,
        )

    def _offer(self, desk: Desk, role: Role | None, where: ZoneInfo) -> Offer | None:
        card = None if desk.next is None else self.cards.by_id(desk.next.task, desk.at, where)
        if card is None or not desk.queue:
            return None
        head = desk.queue[0]
        return Offer(card, head.lane, _priority(role, head.priority), head.shared)

    def _coming(self, desk: Desk, role: Role | None, where: ZoneInfo) -> Coming | None:
        if role is None or role.exact_time is None:
            return None
        held = desk.current and desk.current.task
        task = next((each for each in self.reach.timed(desk.user) if each.id != held), None)
        if task is None or not isinstance(task.due, datetime):
            return None
        opens_at = task.due - timedelta(minutes=role.exact_time.lead_minutes)
        return Coming(self.cards.card(task, desk.at, where), opens_at)

    @staticmethod
    def _nothing(desk: Desk, engine: Engine) -> NothingNow | None:
        if desk.current is not None or desk.next is not None:
            return None
        reason: Literal["no_role", "nothing_to_do"] = "no_role" if desk.role is None else "nothing_to_do"
        return NothingNow(reason, engine.next_opening(desk.user, now=desk.at))

    def _row(self, entry: QueueEntry, role: Role | None) -> QueueRow:
        task = self.reach.task(entry.task)
        title = entry.task if task is None else self.cards.title(task)
        return QueueRow(entry.task, title, entry.lane, _priority(role, entry.priority), entry.bucket, entry.shared)


def _role_now(desk: Desk) -> RoleNow | None:
    role = desk.role
    return None if role is None else RoleNow(role.id, role.name, role.until, role.interval_until)


def _role_later(desk: Desk, role: Role | None) -> RoleLater | None:
    later = desk.next_role
    return None if later is None else RoleLater(later.id, role.name if role else later.id, later.starts)


def _notices(desk: Desk) -> tuple[NoticeView, ...]:
    notices = desk.notices if isinstance(desk, WorkDesk) else ()
    return tuple(NoticeView(each.number, each.at, each.event, each.task, each.title, each.details) for each in notices)


def _priority(role: Role | None, priority: str | None) -> Named | None:
    if role is None or priority is None:
        return None
    return next((Named(each.id, each.name) for each in role.priorities if each.id == priority), None)


def content_id(view: DeskView) -> str:
    """Give a name for what a screen shows, the same in every process: all but the moment and the heartbeat."""
    current = None if view.current is None else attrs.evolve(view.current, expires=None)
    shown = encode_json(attrs.evolve(view, at=_NO_MOMENT, current=current))
    return hashlib.sha256(shown).hexdigest()[:20]
