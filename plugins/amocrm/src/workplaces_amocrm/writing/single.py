"""One entity changed: looked at, written where it has to be, looked at again; and what a lost answer comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from workplaces_amocrm.client.port import Api
from workplaces_amocrm.errors import NoRights, NoSuchThing, NotSent, RateLimited, Refused, Unreachable
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.writing.looking import Seen, look, path_of
from workplaces_amocrm.writing.wishes import Wish
from workplaces_core.adapters.protocols import Done, Forbidden, Gone, Outcome
from workplaces_core.errors import CrmUnavailable


@frozen
class Means:
    """What writing is done with; `pause` waits for so many seconds."""

    api: Api
    settings: Settings
    pause: Callable[[float], None]


def fulfil(means: Means, wish: Wish) -> Outcome:
    """Change one entity as wished, if that is still to be done.

    Raises what concerns the account, and CrmUnavailable when it is not known how the wish ended; repeating it is safe.
    """
    try:
        before = _look(means, wish)
    except (NoRights, Refused) as refusal:
        return forbidden(refusal)
    if before is None:
        return Gone("deleted")
    return wish.judge(before) or write(means, wish, before)


def _look(means: Means, wish: Wish) -> Seen | None:
    return look(means.api, means.settings, wish.kind, wish.entity_id)


def write(means: Means, wish: Wish, before: Seen) -> Outcome:
    """Send the change of an entity that was looked at just now."""
    body = wish.body | repeated(means.settings, wish, before)
    try:
        send(means, path_of(wish.kind, wish.entity_id), body, employee_of(wish, before))
    except NoSuchThing:
        return Gone("deleted")
    except (NoRights, Refused) as refusal:
        return _after_refusal(means, wish, refusal)
    except (NotSent, RateLimited):  # it never came through the door
        raise
    except CrmUnavailable as lost:
        return _after_silence(means, wish, lost)
    return confirm(means, wish, before)


def send(means: Means, path: str, body: Any, employee: str | None) -> Any:
    """Send a change, in the employee's name where the settings say so and his rights suffice."""
    if employee is None or not means.settings.act_as_employee:
        return means.api.patch(path, body, lane="interactive")
    try:
        return means.api.patch(path, body, lane="interactive", as_user=employee)
    except NoRights:
        return means.api.patch(path, body, lane="interactive")


def confirm(means: Means, wish: Wish, before: Seen) -> Outcome:
    """See that an accepted change holds.

    An entity that is out of sight now is done: handing it over may take it from the eyes of the token's user.
    """
    if not means.settings.verify_writes:
        return Done()
    for attempt in range(means.settings.verify_attempts):
        if attempt:
            means.pause(means.settings.verify_wait_seconds)
        if (outcome := _verdict(means, wish, before)) is not None:
            return outcome
    return unconfirmed(means, wish)


def _verdict(means: Means, wish: Wish, before: Seen) -> Outcome | None:
    try:
        after = _look(means, wish)
    except (NoRights, Refused):
        return Done()
    return judged_after(wish, before, after)


def judged_after(wish: Wish, before: Seen, after: Seen | None) -> Outcome | None:
    """Judge an entity whose change was accepted; None when it looks as if nothing had been written."""
    if after is None:
        return Done()
    return wish.judge(after) or (Done() if wish.overtaken(before, after) else None)


def unconfirmed(means: Means, wish: Wish) -> Outcome:
    """Find out why a change was accepted and yet does not show: a user whom nobody knows, or it comes late."""
    reason = _why_not(means.api, wish.user) if wish.user is not None else None
    if reason is None:
        raise Unreachable(f"{path_of(wish.kind, wish.entity_id)}: the change was accepted but does not show yet")
    return Forbidden(reason)


def _why_not(api: Api, user: str) -> str | None:
    try:
        answer = api.get(f"/api/v4/users/{user}", lane="interactive")
    except NoRights:
        return None
    except NoSuchThing:
        answer = None
    if answer is None:
        return f"there is no user `{user}` in amoCRM"
    rights = answer.get("rights") if isinstance(answer, dict) else None
    inactive = isinstance(rights, dict) and rights.get("is_active") is False
    return f"user `{user}` is not active in amoCRM" if inactive else None


def _after_silence(means: Means, wish: Wish, lost: CrmUnavailable) -> Outcome:
    """Look what became of a change whose answer was lost; raises that loss again when nothing tells."""
    try:
        seen = _look(means, wish)
    except (CrmUnavailable, NoRights, Refused):
        raise lost from None
    if seen is None:
        return Gone("deleted")
    if (outcome := wish.judge(seen)) is None:
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
