"""The explanation of one task from the live index: the same walk, with places in queues read instead of worked out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from workplaces_core.explanation import Question, Queues, Standing
from workplaces_core.rules.ordering import BY_PRIORITY, EXACT, Placed, place

if TYPE_CHECKING:
    from workplaces_core.answers import Explanation
    from workplaces_core.engine.account import LiveAccount
    from workplaces_core.engine.heads import Line
    from workplaces_core.engine.view import View
    from workplaces_core.model import Links, Snapshot, Task
    from workplaces_core.rules.intervals import RoleMoment


def explain_live(view: View, task: Task) -> Explanation:
    """Explain a task of the account to the user of a view. Finding its place takes time as long as it stands behind."""
    index = view.index
    snapshot = cast("Snapshot", AccountNow(view.account))
    return Question(snapshot, index.policy, view.user, task, view.now, LiveQueues(view)).answer()


class LiveQueues(Queues):
    """Where a user's tasks stand, read from the index."""

    def __init__(self, view: View) -> None:
        """Look at the view of a user."""
        self._view = view
        chosen, _ = view.chosen()
        self.shown = None if chosen is None else chosen[0].role.id

    def standing(self, task: Task, moment: RoleMoment) -> Standing | None:
        """Find a task in the queue of an active role of the user."""
        view = self._view
        row = view.account.row(task.id)
        before: Line | None = None
        role_now = next(each for each in view.roles if each[0].role.id == moment.role.id)
        for position, line in enumerate(view.lines(role_now), 1):
            if line[0] == row:
                earlier = None if before is None else self._placed(before, moment)
                return Standing(position, self._placed(line, moment), earlier)
            before = line
        return None

    def _placed(self, line: Line, moment: RoleMoment) -> Placed:
        task = self._view.task(line)
        _, is_exact, index = line
        links = self._view.account.links(task)
        return place(task, links, moment, EXACT if is_exact else BY_PRIORITY, index)


class AccountNow:
    """A live account as an explanation reads a snapshot, without copying it."""

    def __init__(self, account: LiveAccount) -> None:
        """Look at an account."""
        self.account, self.users = account.account, account.users
        self.leases, self.skips = account.leases, account.skips
        self.tasks: Mapping[str, Task] = _Tasks(account)
        self._live = account

    def links(self, task: Task) -> Links:
        """Find what a task belongs to."""
        return self._live.links(task)


class _Tasks(Mapping[str, Any]):
    """The tasks of a live account by id."""

    def __init__(self, account: LiveAccount) -> None:
        self._account = account

    def __getitem__(self, task_id: str) -> Any:
        task = self._account.task(task_id)
        if task is None:
            raise KeyError(task_id)
        return task

    def __iter__(self) -> Iterator[str]:
        return (task.id for task in self._account.tasks if task is not None)

    def __len__(self) -> int:
        return sum(task is not None for task in self._account.tasks)
