"""What the web needs of the running service beyond its commands: its engine, its news, its clock, single entities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from workplaces_core import DeskService
from workplaces_core.adapters.stores import Store
from workplaces_core.engine import Engine
from workplaces_core.model import Links, Snapshot, Task, TaskType, User, is_instant
from workplaces_core.policy import Policy
from workplaces_core.rules.zones import zone

_SOON, _LONG = timedelta(seconds=1), timedelta(minutes=10)
"""How long what was found of exact times is good: while there are news, and while there are none."""

_AHEAD = timedelta(hours=24)


class Reach:
    """Reads beside the service; safe for many threads."""

    def __init__(self, service: DeskService) -> None:
        """Read beside a service."""
        self.service = service
        self._lock = Lock()
        self._directory: tuple[int, Snapshot] | None = None
        self._timed: tuple[int, datetime, dict[str, list[Task]]] | None = None

    @property
    def store(self) -> Store:
        """The store of the service."""
        return self.service.store

    @property
    def engine(self) -> Engine:
        """The engine, up to date."""
        return self.service.engine

    @property
    def now(self) -> datetime:
        """The service's time."""
        return self.service.now()

    # -- news ---------------------------------------------------------------------------------------------

    @property
    def news(self) -> int:
        """How often desks may have changed."""
        return self.service.news

    def wait(self, news: int, seconds: float) -> None:
        """Return when there are news since `news`, or after so many seconds."""
        self.service.wait(news, seconds)

    @property
    def is_loaded(self) -> bool:
        """Whether the account was read by anybody."""
        return self.service._live.is_loaded  # noqa: SLF001 - asking must not read the account, as `engine` does

    # -- single entities ----------------------------------------------------------------------------------

    def task(self, task_id: str) -> Task | None:
        """Find an open task."""
        return self.engine.task(task_id)

    def links(self, task: Task) -> Links:
        """Find what a task belongs to."""
        return self.engine.links(task)

    @property
    def users(self) -> Mapping[str, User]:
        """All users of the CRM."""
        return self.directory().users

    @property
    def task_types(self) -> Mapping[str, TaskType]:
        """All types of tasks."""
        return self.directory().task_types

    def user_name(self, user: str | None) -> str | None:
        """Name a user; one nobody knows is named by his id."""
        found = None if user is None else self.users.get(user)
        return user if found is None else found.name

    @property
    def account_zone(self) -> ZoneInfo:
        """The zone of the account."""
        return zone(self.directory().account.timezone)

    def directory(self) -> Snapshot:
        """Give users, groups, types of tasks and fields; made anew only when there are news."""
        engine, news = self.engine, self.news
        kept = self._directory
        if kept is None or kept[0] != news:
            kept = self._directory = news, engine.directory()
        return kept[1]

    @property
    def policy(self) -> Policy:
        """The policy in use."""
        return self.engine.policy

    def timed(self, user: str) -> list[Task]:
        """Give the user's own exact-time tasks of the coming day, the earliest first, as of a few seconds ago."""
        now, news = self.now, self.news
        kept = self._timed
        if kept is None or not _fresh(kept[1], now, _LONG if kept[0] == news else _SOON):
            with self._lock:
                kept = self._timed = news, now, _by_owner(self.open_tasks(), now)
        owned = kept[2].get(user)
        return [task for task in owned if isinstance(task.due, datetime) and task.due > now] if owned else []

    def open_tasks(self) -> Iterator[Task]:
        """List all open tasks."""
        return (task for task in self.service.snapshot().tasks.values() if not task.completed)


def _fresh(since: datetime, now: datetime, lasting: timedelta) -> bool:
    """Tell whether something was found at most so long ago; a clock that went back makes nothing fresh."""
    return timedelta() <= now - since < lasting


def _by_owner(tasks: Iterator[Task], now: datetime) -> dict[str, list[Task]]:
    found: dict[str, list[Task]] = {}
    for task in tasks:
        if is_instant(task.due) and not task.completed and now < task.due <= now + _AHEAD:
            found.setdefault(task.responsible, []).append(task)
    for owned in found.values():
        owned.sort(key=lambda task: (task.due, task.id))
    return found
