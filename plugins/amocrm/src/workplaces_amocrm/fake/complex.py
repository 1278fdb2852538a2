"""Deals with their contact and company in one call, at most 50 of them."""

from __future__ import annotations

from typing import Any

from workplaces_amocrm.fake import changing
from workplaces_amocrm.fake.accepting import accept
from workplaces_amocrm.fake.answers import Flaw, Reply, invalid
from workplaces_amocrm.fake.shapes import Row
from workplaces_amocrm.fake.world import Call
from workplaces_amocrm.fake.writing import batch

_LARGEST = 50


def create_complex(call: Call) -> Reply:
    """Add each deal, and the contacts and the company that it names."""
    sent = batch(call, _LARGEST)
    flaws = [flaw for place, one in enumerate(sent) for flaw in _flaws(call, one, str(place))]
    if flaws:
        return invalid(flaws)
    return Reply(200, [_create(call, one, str(one.get("request_id", place))) for place, one in enumerate(sent)])


def _parts(sent: Row) -> list[tuple[str, Row]]:
    embedded: dict[str, Any] = sent.get("_embedded") or {}
    named = [(kind, one) for kind in ("contacts", "companies") for one in embedded.get(kind) or ()]
    return [("leads", sent), *named]


def _flaws(call: Call, sent: Row, request_id: str) -> list[Flaw]:
    return [flaw for kind, one in _parts(sent) for flaw in accept(call.account, kind, None, one, request_id)[1]]


def _create(call: Call, sent: Row, request_id: str) -> Row:
    made: dict[str, int] = {}
    for kind, one in _parts(sent):
        columns, _, _ = accept(call.account, kind, None, one)
        given = {"responsible_user_id": call.user_id, **columns}
        known = one.get("id") if kind != "leads" else None
        made[kind] = known or changing.create(call.world, kind, given, by=call.user_id)["id"]
        if kind != "leads":
            call.account.link(("leads", made["leads"]), (kind, made[kind]), main=kind == "contacts")
    said = {"id": made["leads"], "contact_id": made.get("contacts"), "company_id": made.get("companies")}
    return {**said, "request_id": [request_id], "merged": False}
