"""Managing webhooks: who is told of what, one subscription for each address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from workplaces_amocrm.fake.account import is_admin
from workplaces_amocrm.fake.answers import NOTHING, Flaw, Reply, invalid, problem
from workplaces_amocrm.fake.asking import Known, check
from workplaces_amocrm.fake.query import values
from workplaces_amocrm.fake.shapes import Row
from workplaces_amocrm.fake.world import Call

_KNOWN = Known(filters=frozenset({"destination"}))
_MOST = 100
_FIVE = ("lead", "contact", "company", "customer", "task")
EVENTS = frozenset(
    {
        *(f"{action}_{entity}" for action in ("add", "update", "delete", "responsible") for entity in _FIVE),
        *(f"restore_{entity}" for entity in ("lead", "contact", "company")),
        *(f"note_{entity}" for entity in ("lead", "contact", "company", "customer")),
        *("status_lead", "add_talk", "update_talk", "add_chat_template_review"),
    }
)
"""What can be subscribed to."""


def listing(call: Call) -> Reply:
    """Answer with the subscriptions, to administrators."""
    check(call, _KNOWN)
    if not _may(call):
        return problem(403)
    filters = call.query.get("filter", {})
    wanted = values(filters.get("destination"))
    rows = [row for row in call.account.webhooks.values() if not wanted or row["destination"] in wanted]
    body = {"_total_items": len(rows), "_links": call.link("webhooks"), "_embedded": {"webhooks": rows}}
    return Reply(200, body) if rows else NOTHING


def subscribe(call: Call) -> Reply:
    """Add a subscription, or change the one of this address."""
    if not _may(call):
        return problem(403)
    sent = call.body if isinstance(call.body, dict) else {}
    if flaws := _flaws(sent):
        return invalid(flaws)
    row = _of(call, sent["destination"])
    if row is None and len(call.account.webhooks) >= _MOST:
        return problem(422, f"An account has at most {_MOST} webhooks")
    row = _fresh(call, sent["destination"]) if row is None else row
    row.update(settings=list(dict.fromkeys(sent["settings"])), updated_at=call.world.clock.now())
    row["sort"] = sent.get("sort", row["sort"])
    call.account.webhooks[row["id"]] = row
    return Reply(201, row)


def unsubscribe(call: Call) -> Reply:
    """Remove the subscription of an address."""
    if not _may(call):
        return problem(403)
    row = _of(call, call.body.get("destination") if isinstance(call.body, dict) else None)
    if row is None:
        return problem(404)
    del call.account.webhooks[row["id"]]
    return NOTHING


def _may(call: Call) -> bool:
    return is_admin(call.user) and call.settings.hooks_allowed


def _of(call: Call, destination: Any) -> Row | None:
    return next((row for row in call.account.webhooks.values() if row["destination"] == destination), None)


def _fresh(call: Call, destination: str) -> Row:
    now = call.world.clock.now()
    about = {"created_at": now, "updated_at": now, "account_id": call.account.id, "created_by": call.user_id}
    key = call.account.new_id()
    return {"id": key, "destination": destination, **about, "sort": 10, "disabled": False, "settings": []}


def _flaws(sent: Row) -> list[Flaw]:
    flaws = []
    destination = sent.get("destination")
    parts = urlsplit(destination if isinstance(destination, str) else "")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not parts.hostname.isascii():
        flaws.append(Flaw("InvalidUrl", "destination", "This value is not a valid URL."))
    settings = sent.get("settings")
    if not isinstance(settings, list) or not settings or not EVENTS.issuperset(map(str, settings)):
        flaws.append(Flaw("NotSupportedChoice", "settings", "The value you selected is not a valid choice."))
    return flaws
