"""One entity changed: looked at, written where it has to be, looked at again; and what a lost answer comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from workplaces_amocrm.client.port import Api
from workplaces_amocrm.errors import NoRights, NoSuchThing, NotSent, RateLimited, Refused, Unreachable
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.writing.attempts import Attempt, Attempts
from workplaces_amocrm.writing.looking import Seen, look, path_of, updated_at_of
from workplaces_amocrm.writing.wishes import Wish
from workplaces_core.adapters.protocols import Done, Forbidden, Gone, Outcome
from workplaces_core.errors import CrmUnavailable, NotAllowed, shown


@frozen
class Means:
    """What writing is done with; `pause` waits for so many seconds, `attempts` are those that may have taken effect."""

    api: Api
    settings: Settings
    pause: Callable[[float], None]
    attempts: Attempts


def fulfil(means: Means, wish: Wish, key: str | None = None) -> Outcome:
    """Change one entity as wished, if that is still to be done.

    Raises what concerns the account, and CrmUnavailable when it is not known how the wish ended; repeating it is safe.
    With the same `key` the repeat knows that there was an attempt, and does not undo what somebody did after it.
    """
    attempt = means.attempts.of(wish.kind, wish.entity_id, key)
    try:
        before = _look(means, wish)
    except (NoRights, Refused) as refusal:
        return forbidden(refusal)
    if before is None:
        outcome: Outcome = Gone("deleted")
    else:
        outcome = wish.judge(before) or _since(wish, attempt.before(), before) or _write(means, wish, before, attempt)
    attempt.end()
    return outcome


def _since(wish: Wish, before: Seen | None, seen: Seen) -> Outcome | None:
    """Judge an entity that is not as wished after a write that may have taken effect; None when it had no effect.

    Whoever wrote the entity after it has the last word, also when he took back what we wrote. `before` is what it
    looked like before that write, None when there was none.
    """
    if before is None:
        return None
    if wish.overtaken(before, seen):
        return Done()
    return None if seen.updated_at == before.updated_at else wish.superseded(seen)


def _look(means: Means, wish: Wish) -> Seen | None:
    return look(means.api, means.settings, wish.kind, wish.entity_id)


def _write(means: Means, wish: Wish, before: Seen, attempt: Attempt) -> Outcome:
    """Send the change of an entity that was looked at just now; the attempt stays noted while its end is not known."""
    body = wish.body | repeated(means.settings, wish, before)
    attempt.begin(before)
    try:
        answer = send(means, path_of(wish.kind, wish.entity_id), body, employee_of(wish, before))
    except NoSuchThing:
        return Gone("deleted")
    except (NoRights, Refused) as refusal:
        attempt.end()
        return _after_refusal(means, wish, refusal)
    except (NotSent, RateLimited, NotAllowed):  # it never came through the door
        attempt.end()
        raise
    except CrmUnavailable as lost:
        return _after_silence(means, wish, before, attempt, lost)
    if not _names(answer, wish):
        unsaid = Unreachable(f"{path_of(wish.kind, wish.entity_id)}: `{shown(answer)}` does not confirm the change")
        return _after_silence(means, wish, before, attempt, unsaid)
    return confirm(means, wish, before, updated_at_of(answer))


def _names(answer: Any, wish: Wish) -> bool:
    return isinstance(answer, dict) and str(answer.get("id")) == wish.entity_id


def send(means: Means, path: str, body: Any, employee: str | None) -> Any:
    """Send a change, in the employee's name where the settings say so and his rights suffice."""
    if employee is None or not means.settings.act_as_employee:
        return means.api.patch(path, body, lane="interactive")
    try:
        return means.api.patch(path, body, lane="interactive", as_user=employee)
    except NoRights:
        return means.api.patch(path, body, lane="interactive")


def confirm(means: Means, wish: Wish, before: Seen, written_at: int | None) -> Outcome:
    """See that an accepted change holds; `written_at` is the `updated_at` of the answer.

    The answer has confirmed the change already. The look only finds out what amoCRM accepts without doing it, such as
    a responsible who is not active, and who has changed the entity since. So where the look cannot be had, for
    whatever reason, the change is done, and never an error: an error would have it sent again, over what somebody may
    have changed since. An entity that is out of sight now is done for the same reason, and because handing it over may
    take it from the eyes of the token's user.
    """
    after = None
    for number in range(means.settings.verify_attempts if means.settings.verify_writes else 0):
        if number:
            means.pause(means.settings.verify_wait_seconds)
        try:
            after = _look(means, wish)
        except (CrmUnavailable, NotAllowed, Refused):
            return Done()
        if (outcome := judged_after(wish, before, after)) is not None:
            return outcome
    return Done() if after is None else _not_shown(means, wish, before, after, written_at)


def judged_after(wish: Wish, before: Seen, after: Seen | None) -> Outcome | None:
    """Judge an entity whose change was accepted; None when it looks as if nothing had been written."""
    if after is None:
        return Done()
    return wish.judge(after) or (Done() if wish.overtaken(before, after) else None)


def _not_shown(means: Means, wish: Wish, before: Seen, after: Seen, written_at: int | None) -> Outcome:
    """Judge an entity that does not show a change that was accepted.

    The user may be one whom amoCRM ignores. When the entity was written no earlier than by us, somebody has changed it
    back. Otherwise the change comes late, or amoCRM does not tell: it is done, as amoCRM said so.
    """
    reason = _why_not(means.api, wish.user) if wish.user is not None else None
    if reason is not None:
        return Forbidden(reason)
    if after.updated_at is None or written_at is None or after.updated_at == before.updated_at:
        return Done()
    return wish.superseded(after) if after.updated_at >= written_at else Done()


def _why_not(api: Api, user: str) -> str | None:
    try:
        answer = api.get(f"/api/v4/users/{user}", lane="interactive")
    except (CrmUnavailable, NotAllowed, Refused):
        return None
    except NoSuchThing:
        answer = None
    if answer is None:
        return f"there is no user `{user}` in amoCRM"
    rights = answer.get("rights") if isinstance(answer, dict) else None
    inactive = isinstance(rights, dict) and rights.get("is_active") is False
    return f"user `{user}` is not active in amoCRM" if inactive else None


def _after_silence(means: Means, wish: Wish, before: Seen, attempt: Attempt, lost: CrmUnavailable) -> Outcome:
    """Look what became of a change whose answer was lost.

    Raises that loss again when the change had no effect, or nothing tells; in the latter case the attempt stays noted.
    """
    try:
        seen = _look(means, wish)
    except (CrmUnavailable, NoRights, Refused):
        raise lost from None
    if seen is None:
        return Gone("deleted")
    if (outcome := wish.judge(seen) or _since(wish, before, seen)) is None:
        attempt.end()
        raise lost
    return outcome


def _after_refusal(means: Means, wish: Wish, refusal: NoRights | Refused) -> Outcome:
    """Look whether a change was refused because the entity is not any more what it was a moment ago."""
    try:
        seen = _look(means, wish)
    except (NoRights, Refused):
        return forbidden(refusal)
    return Gone("deleted") if seen is None else wish.judge(seen) or forbidden(refusal)


def repeated(settings: Settings, wish: Wish, before: Seen) -> dict[str, Any]:
    """Repeat the responsible of a task, where the settings fear that leaving him out resets him."""
    wanted = settings.repeat_responsible and wish.kind == "task" and wish.user is None and before.responsible
    return {"responsible_user_id": int(before.responsible)} if wanted and before.responsible else {}


def employee_of(wish: Wish, before: Seen) -> str | None:
    """In whose name a change is: whoever takes the entity over, or has the task already."""
    return wish.user or before.responsible


def forbidden(refusal: NoRights | Refused) -> Forbidden:
    """Say what amoCRM does not accept, in its own words."""
    problems = refusal.problems if isinstance(refusal, Refused) else ()
    return Forbidden("; ".join(map(str, problems)) or str(refusal) or "amoCRM does not allow it")
