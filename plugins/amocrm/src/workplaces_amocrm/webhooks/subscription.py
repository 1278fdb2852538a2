"""The subscription to webhooks: made and kept as we need it, and watched, because amoCRM switches webhooks off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from attrs import frozen

from workplaces_amocrm.client.port import Api
from workplaces_amocrm.errors import NoRights, NoSuchThing, NotPaid, Refused

PATH = "/api/v4/webhooks"

_CHANGES = ("add", "update", "delete", "responsible")
NEEDED_EVENTS: tuple[str, ...] = (
    *(f"{change}_task" for change in _CHANGES),
    *(f"{change}_{kind}" for kind in ("lead", "contact", "company") for change in (*_CHANGES, "restore")),
    "status_lead",
)
"""The events that can change a desk."""

_POLLING = "changes are still found by polling, only later"
_ADVICE = {
    "working": "webhooks arrive",
    "absent": f"there is no webhook yet; {_POLLING}",
    "incomplete": f"the webhook misses events; subscribe again to add them; for the missing ones {_POLLING}",
    "disabled": (
        "amoCRM switched the webhook off, as it does after many wrong answers in two hours; see that the address can "
        "be reached from outside and answers 200 within two seconds, then switch it on under Settings, API, webhooks, "
        f"or subscribe again with `revive`; meanwhile {_POLLING}"
    ),
    "refused": (
        "amoCRM does not let us manage webhooks: this needs an administrator's token and the Extended or "
        f"Professional plan; nothing else depends on it, {_POLLING}"
    ),
}

Standing = Literal["working", "absent", "incomplete", "disabled", "refused"]


@frozen(kw_only=True)
class HookState:
    """How our webhook stands, and in one sentence what follows from that.

    `missing` are the events we need and do not get.
    """

    standing: Standing
    destination: str
    missing: tuple[str, ...] = ()
    detail: str = ""

    @property
    def works(self) -> bool:
        """Whether every event that we need is sent."""
        return self.standing == "working"

    @property
    def advice(self) -> str:
        """What it means and what to do, for a log or an administrator."""
        return _ADVICE[self.standing] + (f" ({self.detail})" if self.detail else "")


def status(api: Api, destination: str, *, events: Sequence[str] = NEEDED_EVENTS) -> HookState:
    """Look how the webhook to `destination` stands; that amoCRM refuses to say it is an answer, too."""
    try:
        return _state(_found(api, destination), destination, events)
    except (NoRights, NotPaid) as refusal:
        return _refused(destination, refusal, events)


def subscribe(api: Api, destination: str, *, events: Sequence[str] = NEEDED_EVENTS, revive: bool = False) -> HookState:
    """See that amoCRM sends us these events; nothing is written when it does already.

    Events that somebody added by hand to the same address are kept. A webhook that amoCRM switched off stays so,
    because the reason has to go first; `revive` removes it and makes it anew. Raises ValueError for an address that
    amoCRM does not take: it must be HTTPS and in Latin letters.
    """
    _check(destination)
    try:
        return _subscribe(api, destination, events, revive=revive)
    except (NoRights, NotPaid, Refused) as refusal:
        return _refused(destination, refusal, events)


def unsubscribe(api: Api, destination: str) -> None:
    """End the subscription; one that is not there is none. Raises NoRights when the token may not."""
    try:
        api.delete(PATH, {"destination": destination}, lane="bulk")
    except NoSuchThing:
        return


def _subscribe(api: Api, destination: str, events: Sequence[str], *, revive: bool) -> HookState:
    hook = _found(api, destination)
    before = _state(hook, destination, events)
    if before.standing == "disabled" and revive:
        unsubscribe(api, destination)
    elif before.standing in {"working", "disabled"}:
        return before
    wanted = list(dict.fromkeys([*_settings(hook), *events]))
    api.post(PATH, {"destination": destination, "settings": wanted, "sort": _sort(hook)}, lane="bulk")
    return _state(_found(api, destination), destination, events)


def _found(api: Api, destination: str) -> dict[str, Any] | None:
    """Find the webhook; that the filter is honoured is not relied upon."""
    answer = api.get(PATH, [("filter[destination]", destination)], lane="bulk")
    embedded = answer.get("_embedded") if isinstance(answer, dict) else None
    hooks = embedded.get("webhooks") if isinstance(embedded, dict) else None
    ours = (hook for hook in hooks or () if isinstance(hook, dict) and hook.get("destination") == destination)
    return next(ours, None)


def _state(hook: dict[str, Any] | None, destination: str, events: Sequence[str]) -> HookState:
    if hook is None:
        return HookState(standing="absent", destination=destination, missing=tuple(events))
    if hook.get("disabled"):
        return HookState(standing="disabled", destination=destination, missing=tuple(events))
    missing = tuple(event for event in events if event not in _settings(hook))
    standing: Standing = "incomplete" if missing else "working"
    return HookState(standing=standing, destination=destination, missing=missing, detail=", ".join(missing))


def _settings(hook: dict[str, Any] | None) -> list[str]:
    settings = hook.get("settings") if hook else None
    return [event for event in settings if isinstance(event, str)] if isinstance(settings, list) else []


def _sort(hook: dict[str, Any] | None) -> int:
    place = hook.get("sort") if hook else None
    return place if isinstance(place, int) else 10


def _refused(destination: str, reason: Exception, events: Sequence[str]) -> HookState:
    return HookState(standing="refused", destination=destination, missing=tuple(events), detail=str(reason))


def _check(destination: str) -> None:
    parts = urlsplit(destination)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise ValueError(f"destination: `{destination}` must be an https address")
    if not destination.isascii() or not parts.hostname:
        raise ValueError(f"destination: `{destination}` must be in Latin letters, a host name in its `xn--` form")
