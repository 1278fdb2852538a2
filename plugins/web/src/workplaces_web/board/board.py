"""The board: everybody and everything of now, made at most once a second for all who look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

from attrs import frozen

from workplaces_core.answers import Desk
from workplaces_core.check import check
from workplaces_core.model import Task
from workplaces_core.rules.membership import is_member
from workplaces_core.rules.zones import local_date
from workplaces_web.board.day import QUARTER, DayLog, Tally
from workplaces_web.board.transfers import transfer_view
from workplaces_web.board.views import BoardView, ExactTimes, PersonRow, Quarter, Uncovered
from workplaces_web.board.waiting import waiting
from workplaces_web.live.cards import Named
from workplaces_web.live.screens import NothingNow, Screens

_FRESH = timedelta(seconds=1)
_CHECK_SECONDS = 30.0
_SHOWN_MISSED = 20
_ORDER = {"idle": 0, "working": 1, "off": 2}


@frozen
class _Found:
    """Something that was found out, until when it is good, and under which policy."""

    value: Uncovered
    until: float
    version: int


class Board:
    """Makes the board; blocking, safe for many threads."""

    def __init__(self, screens: Screens) -> None:
        """Show everybody of the account that the screens show."""
        self._screens, self._reach, self._cards = screens, screens.reach, screens.cards
        self._days = DayLog(screens.reach.store)
        self._lock = Lock()
        self._kept: tuple[int, BoardView] | None = None
        self._uncovered: _Found | None = None

    def show(self) -> BoardView:
        """Show the board of now, or the one of less than a second ago when nothing happened since."""
        news, now = self._reach.news, self._reach.now
        with self._lock:
            kept = self._kept
            if kept is None or kept[0] != news or not timedelta() <= now - kept[1].at < _FRESH:
                kept = self._kept = news, self._make()
            return kept[1]

    def _make(self) -> BoardView:
        now, where = self._reach.now, self._reach.account_zone
        tally = self._days.tally(now, where)
        desks = self._desks(now)
        rows = sorted(self._people(desks, tally), key=lambda row: (_ORDER[row.state], row.user.name, row.user.id))
        policy = self._reach.policy
        return BoardView(
            at=now,
            zone=where.key,
            policy_version=policy.version,
            people=tuple(rows),
            priorities=tuple(waiting(desks, policy, self._cards, tally, where)),
            exact=self._exact(now, tally),
            transfers=tuple(transfer_view(each, self._cards) for each in self._reach.service.alerts()),
            uncovered=self._uncovered_tasks(now),
            day=_quarters(tally, now),
        )

    # -- people -------------------------------------------------------------------------------------------

    def _desks(self, now: datetime) -> list[Desk]:
        """Give the desks of everybody who has a role that is switched on."""
        engine = self._reach.engine
        roles = [role for role in engine.policy.roles if role.enabled]
        snapshot = self._reach.service.snapshot()
        users = [user for user in snapshot.users if any(is_member(role, user, snapshot) for role in roles)]
        return [engine.desk(user, now=now, queue=None) for user in users]

    def _people(self, desks: Sequence[Desk], tally: Tally) -> list[PersonRow]:
        return [self._person(desk, tally) for desk in desks]

    def _person(self, desk: Desk, tally: Tally) -> PersonRow:
        view = self._screens.of(desk, 0)
        held, offer, coming = view.current, view.next, view.coming
        nothing = view.nothing or NothingNow(None, None)
        return PersonRow(
            user=Named(view.user, view.name),
            role=None if view.role is None else Named(view.role.id, view.role.name),
            state="working" if held else "off" if view.role is None else "idle",
            task=None if held is None else held.card,
            since=None if held is None else held.since,
            next=None if offer is None else offer.card,
            reason=nothing.reason,
            opens_at=view.next_role.starts if view.next_role else nothing.opens_at,
            done_today=tally.done[desk.user],
            coming=None if coming is None else coming.card,
        )

    # -- the rest -----------------------------------------------------------------------------------------

    def _exact(self, now: datetime, tally: Tally) -> ExactTimes:
        held = {lease.task for lease in self._reach.store.leases()}
        where = self._reach.account_zone
        missed = [
            task
            for task in self._reach.open_tasks()
            if isinstance(task.due, datetime) and task.due < now and local_date(task.due, where) == tally.day
            if task.id not in held
        ]
        missed.sort(key=_due)
        cards = tuple(self._cards.card(task, now, where) for task in missed[:_SHOWN_MISSED])
        return ExactTimes(len(tally.met), len(tally.late), len(missed), cards)

    def _uncovered_tasks(self, now: datetime) -> Uncovered:
        kept, version = self._uncovered, self._reach.policy.version
        if kept is None or kept.until <= monotonic() or kept.version != version:
            value = self._look_for_uncovered(now)
            kept = self._uncovered = _Found(value, monotonic() + _CHECK_SECONDS, version)
        return kept.value

    def _look_for_uncovered(self, now: datetime) -> Uncovered:
        where = self._reach.account_zone
        for found in check(self._reach.policy, self._reach.service.snapshot(), now=now):
            if found.code == "tasks_not_covered":
                cards = [self._cards.by_id(task, now, where) for task in found.details["examples"]]
                return Uncovered(found.details["count"], tuple(card for card in cards if card is not None))
        return Uncovered(0, ())


def _due(task: Task) -> tuple[float, str]:
    assert isinstance(task.due, datetime)
    return task.due.timestamp(), task.id


def _quarters(tally: Tally, now: datetime) -> tuple[Quarter, ...]:
    """List the quarters of an hour from the first in which something happened to the one of now."""
    happened = [*tally.taken, *tally.finished]
    last = max((now - tally.begins) // QUARTER, max(happened, default=0))
    first = min(happened, default=last)
    return tuple(
        Quarter(tally.begins + number * QUARTER, tally.taken[number], tally.finished[number])
        for number in range(first, last + 1)
    )
