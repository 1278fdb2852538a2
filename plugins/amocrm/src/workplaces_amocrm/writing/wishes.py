"""What is wished of one entity: what its state says to the wish, and the keys that would have to change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, tzinfo
from typing import Any

from attrs import frozen

from workplaces_amocrm.translate.due import ALL_DAY, complete_till_of, due_of
from workplaces_amocrm.writing.looking import Seen, is_number
from workplaces_core.adapters.protocols import Done, Forbidden, Gone, LostRace, Outcome, OwnedKind
from workplaces_core.errors import shown

Judge = Callable[[Seen], Outcome | None]
"""What the present state says to a wish: how it ends, or None when there is something to write."""


@frozen
class Wish:
    """One entity to be changed: what to send, and how its state is judged.

    The state tells whether a wish is fulfilled. `overtaken` is asked when, after a write that took effect or may have
    done so, the entity is not as wished: whether it is not as before either, so that somebody else has written since,
    who then has the last word. `superseded` is how the wish ends when the entity was written since, and is as it was
    before all the same. `user` is who is to be responsible, None when that is not what is wished.
    """

    kind: OwnedKind
    entity_id: str
    body: dict[str, Any]
    judge: Judge
    superseded: Callable[[Seen], Outcome]
    overtaken: Callable[[Seen, Seen], bool] = lambda _before, _after: False
    user: str | None = None


def to_complete(task: str, result: str) -> Wish:
    """Wish a task completed; one that is so already keeps the result it has.

    >>> to_complete("7", "Продано").judge(Seen("7", "1", completed=True))
    Done()
    """
    unfit = None if _is_text(result) else Forbidden(f"result: {shown(result)} must be a text without lone surrogates")

    def judge(seen: Seen) -> Outcome | None:
        return Done() if seen.completed else unfit

    return Wish("task", task, {"is_completed": True, "result": {"text": result}}, judge, _changed_back)


def to_postpone(task: str, due: date, zone: tzinfo, all_day: str = ALL_DAY) -> Wish:
    """Wish an open task due at another time; a due that means the same already is not written.

    `all_day` is the local time that stands for a whole day. A due that amoCRM cannot hold is forbidden.

    >>> from zoneinfo import ZoneInfo
    >>> wish = to_postpone("7", date(2020, 5, 7), ZoneInfo("Europe/Moscow"))
    >>> wish.body, wish.judge(Seen("7", "1", complete_till=1588885199))
    ({'complete_till': 1588885140}, Done())
    """
    try:
        wanted = complete_till_of(due, zone, all_day)
        meant = due_of(wanted, zone, all_day)
    except ValueError as error:
        return _unfit_due(task, f"amoCRM cannot hold `{due}` as a due: {error}")

    def judge(seen: Seen) -> Outcome | None:
        if seen.completed:
            return Gone("completed")
        return Done() if _is_due(seen, meant, zone, all_day) else None

    def overtaken(before: Seen, after: Seen) -> bool:
        return bool(after.complete_till != before.complete_till)

    return Wish("task", task, {"complete_till": wanted}, judge, _changed_back, overtaken)


def to_hand_over(kind: OwnedKind, entity_id: str, user: str, only_if: str | None) -> Wish:
    """Wish a user responsible, if the responsible is still `only_if`.

    >>> wish = to_hand_over("deal", "7", "2", only_if="1")
    >>> wish.judge(Seen("7", "3")), wish.judge(Seen("7", "2")), wish.judge(Seen("7", "1"))
    (LostRace(responsible='3'), Done(), None)
    """

    def judge(seen: Seen) -> Outcome | None:
        if seen.completed:
            return Gone("completed")
        if seen.responsible == user:
            return Done()
        if seen.responsible != only_if:
            return LostRace(seen.responsible)
        return None if is_number(user) else Forbidden(f"there is no user {shown(user)} in amoCRM")

    body = {"responsible_user_id": int(user)} if is_number(user) else {}
    return Wish(kind, entity_id, body, judge, lambda seen: LostRace(seen.responsible), user=user)


def _changed_back(_seen: Seen) -> Outcome:
    """Say that a task was written after our attempt, and is as it was before it; nobody can tell the reason.

    An employee can: he is told so, and what a colleague did stays until he has decided.
    """
    return Forbidden("somebody changed the task in amoCRM after this was sent, and it is as before: look at it there")


def _unfit_due(task: str, reason: str) -> Wish:
    """Wish what cannot be: there is nothing to send, only an answer."""

    def judge(seen: Seen) -> Outcome:
        return Gone("completed") if seen.completed else Forbidden(reason)

    return Wish("task", task, {}, judge, _changed_back)


def _is_text(text: str) -> bool:
    """Whether a text can be sent at all: a lone surrogate has no place in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_due(seen: Seen, due: date, zone: tzinfo, all_day: str) -> bool:
    """Whether a task is due as wished: the same kind of due at the same time."""
    try:
        present = due_of(seen.complete_till, zone, all_day)
    except ValueError:
        return False
    return type(present) is type(due) and present == due
