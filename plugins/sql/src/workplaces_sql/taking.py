"""Taking in one statement on PostgreSQL: what `wp_take` is given, and what it gave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from workplaces_core.adapters.stores import Candidate, FencedLease, Wish
from workplaces_core.work.answers import kept_text, taken_form
from workplaces_core.work.leases import TAKE
from workplaces_sql.postgres import EVERYTHING, number_of, stored
from workplaces_sql.rows import steps_text
from workplaces_sql.transaction import task_name, user_name
from workplaces_sql.values import details_text, moment, task_text

FIRST_FEW = 24
"""How many candidates go with one statement; of most, the first or second is free."""

STATEMENT = "SELECT * FROM wp_take(%s, %s, %s, %s, %s, %s, %s, %s)"

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER_EQUAL = ""


def arguments(wish: Wish, candidates: Sequence[Candidate], at: int | None, passed: str) -> tuple[Any, ...]:
    """Give what the statement is given for some of the candidates; `passed` is what it said of those before."""
    return (
        at,
        stored(wish.user),
        stored(wish.key),
        wish.lease_for // _MICROSECOND,
        EVERYTHING,
        number_of(user_name(wish.user)),
        passed,
        details_text([_form(wish, each) for each in candidates]),  # one text, as the driver is slow with lists
    )


def _form(wish: Wish, candidate: Candidate) -> list[Any]:
    task = candidate.task
    return [
        stored(task.id),
        number_of(task_name(task.id)),
        # A completed task is never free, so it is given a text that no row has.
        _NEVER_EQUAL if task.completed else stored(task_text(task)),
        stored(f"{task.id}/{wish.user}"),
        stored(candidate.role),
        stored(candidate.priority),
        _opened(candidate.decision),
        steps_text(candidate.steps) if candidate.steps else None,
        None if wish.key is None else _answer(wish, candidate),
        details_text(task.id),
    ]


def _opened(decision: dict[str, Any]) -> str:
    """Write a decision record up to where the statement goes on with what was passed over, and until when."""
    others = {name: value for name, value in decision.items() if name not in {"passed_over", "expires"}}
    text = details_text(others)[:-1]
    return text + "," if others else text


def _answer(wish: Wish, candidate: Candidate) -> str:
    """Write the answer to a key with marks in place of what is not known yet."""
    lease = FencedLease(candidate.task.id, wish.user, -1, _EPOCH, _EPOCH, candidate.role, candidate.priority)
    return kept_text(TAKE, taken_form(lease))


def lease_given(wish: Wish, candidate: Candidate, fence: int, since: int) -> FencedLease:
    """Give the lease that the statement gave."""
    begun = moment(since)
    return FencedLease(
        candidate.task.id, wish.user, fence, begun, begun + wish.lease_for, candidate.role, candidate.priority
    )
