"""A task as people read it: names instead of ids, the way to its card, how late it is."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from attrs import frozen

from workplaces_core.decision import title as title_of
from workplaces_core.model import Company, Contact, Deal, EntityKind, Task
from workplaces_core.rules.zones import local_date
from workplaces_core.wire.forms import moment_text
from workplaces_web.live.reach import Reach
from workplaces_web.settings import WebSettings


@frozen
class Named:
    """Something of the account with its name, and the address of its card in the CRM."""

    id: str
    name: str
    url: str | None = None


@frozen
class TaskCard:
    """A task for people. `due` is a date for an all-day task, an instant for one at an exact time."""

    task: str
    title: str
    title_from: str
    type: Named
    text: str
    due: str
    exact_time: bool
    overdue: bool
    overdue_days: int
    responsible: Named | None
    deal: Named | None
    contact: Named | None
    company: Named | None
    url: str | None


@frozen
class Cards:
    """Makes cards of tasks from what the account knows now."""

    reach: Reach
    settings: WebSettings

    def card(self, task: Task, now: datetime, where: ZoneInfo) -> TaskCard:
        """Make the card of a task at a moment in a zone."""
        links = self.reach.links(task)
        title, title_from = title_of(task, links)
        late = lateness(task.due, now, where)
        kind = self.reach.task_types.get(task.type)
        return TaskCard(
            task=task.id,
            title=title,
            title_from=title_from,
            type=Named(task.type, kind.name if kind else task.type),
            text=task.text,
            due=due_text(task.due),
            exact_time=isinstance(task.due, datetime),
            overdue=late is not None,
            overdue_days=late or 0,
            responsible=self.user(task.responsible),
            deal=self._named("deal", links.deal),
            contact=self._named("contact", links.contact),
            company=self._named("company", links.company),
            url=self._url(task),
        )

    def by_id(self, task_id: str, now: datetime, where: ZoneInfo) -> TaskCard | None:
        """Make the card of an open task, None when it is gone."""
        task = self.reach.task(task_id)
        return None if task is None else self.card(task, now, where)

    def title(self, task: Task) -> str:
        """Give the title of a task."""
        return title_of(task, self.reach.links(task))[0]

    def user(self, user: str | None) -> Named | None:
        """Name a user, or nobody."""
        return None if user is None else self.named_user(user)

    def named_user(self, user: str) -> Named:
        """Name a user."""
        return Named(user, self.reach.user_name(user) or user)

    def _named(self, kind: EntityKind, entity: Deal | Contact | Company | None) -> Named | None:
        return None if entity is None else Named(entity.id, entity.name, self._card_url(kind, entity.id))

    def _url(self, task: Task) -> str | None:
        if task.subject is not None:
            return self._card_url(task.subject.kind, task.subject.id)
        return self.settings.card_url("task", task.id)

    def _card_url(self, kind: EntityKind, entity_id: str) -> str | None:
        """Give what the settings say, else what the CRM's adapter knows."""
        return self.settings.card_url(kind, entity_id) or self.reach.service.card_url(kind, entity_id)


def due_text(due: date) -> str:
    """Write a due as the wire has it."""
    return moment_text(due)


def lateness(due: date, now: datetime, where: ZoneInfo) -> int | None:
    """Give how many local days a task is overdue (0: since today), None when it is not.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
    >>> lateness(date(2026, 11, 22), now, ZoneInfo("UTC")), lateness(date(2026, 11, 24), now, ZoneInfo("UTC"))
    (2, None)
    """
    today = local_date(now, where)
    if isinstance(due, datetime):
        return (today - local_date(due, where)).days if due < now else None
    return (today - due).days if due < today else None
