"""Changes of ownership as a supervisor reads them: what was changed, what was not, and whether it can be undone."""

from __future__ import annotations

from workplaces_core.adapters.stores import Saga
from workplaces_core.work.ownership import giving_back
from workplaces_web.board.views import StepView, TransferView
from workplaces_web.live.cards import Cards

_FAILED = {"partly_transferred", "lost_race"}


def transfer_view(saga: Saga, cards: Cards) -> TransferView:
    """Write a transfer; the title is that of the task, its id when the task is gone."""
    task = cards.reach.task(saga.task)
    can_give_back = saga.kind == "transfer" and saga.state in _FAILED and bool(giving_back(saga))
    return TransferView(
        id=saga.id,
        kind=saga.kind,
        task=saga.task,
        title=saga.task if task is None else cards.title(task),
        user=cards.named_user(saga.user),
        state=saga.state,
        trouble=saga.trouble,
        started=saga.started,
        attempts=saga.attempts,
        steps=tuple(StepView(step.action, step.kind, step.id, step.state, step.outcome) for step in saga.steps),
        can_give_back=can_give_back,
    )
