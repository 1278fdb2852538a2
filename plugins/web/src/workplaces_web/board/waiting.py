"""What waits: the queues that people have now, put together by role and priority."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from workplaces_core.answers import Desk
from workplaces_core.model import Task, is_instant
from workplaces_core.policy import Policy
from workplaces_core.rules.zones import day_end
from workplaces_web.board.day import Tally
from workplaces_web.board.views import PriorityRow
from workplaces_web.live.cards import Cards, Named, due_text


def waiting(desks: Iterable[Desk], policy: Policy, cards: Cards, tally: Tally, where: ZoneInfo) -> list[PriorityRow]:
    """List the priorities of all enabled roles with what waits in them; each task counts once a priority."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    now = None
    for desk in desks:
        now = desk.at
        for entry in desk.queue if desk.role is not None else ():
            if desk.role is not None and entry.priority is not None:
                found.setdefault((desk.role.id, entry.priority), {})[entry.task] = None
    rows = []
    for role in policy.roles:
        for priority in role.priorities if role.enabled else ():
            tasks = [task for each in found.get((role.id, priority.id), ()) if (task := cards.reach.task(each))]
            oldest = min(tasks, key=lambda task: _due_order(task, where), default=None)
            rows.append(
                PriorityRow(
                    role=Named(role.id, role.name),
                    priority=Named(priority.id, priority.name),
                    waiting=len(tasks),
                    oldest=None if oldest is None or now is None else cards.card(oldest, now, where),
                    oldest_due=None if oldest is None else due_text(oldest.due),
                    passed_over=tally.passed_over[role.id, priority.id],
                )
            )
    return rows


def _due_order(task: Task, where: ZoneInfo) -> tuple[float, str]:
    moment = task.due if is_instant(task.due) else day_end(task.due, where)
    return moment.timestamp(), task.id  # type: ignore[attr-defined]
