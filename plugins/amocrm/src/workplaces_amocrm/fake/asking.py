"""Which parameters an endpoint knows; the others are logged, and refused where the server is strict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from workplaces_amocrm.fake.answers import problem
from workplaces_amocrm.fake.query import words
from workplaces_amocrm.fake.world import Call, Refused


@frozen(kw_only=True)
class Known:
    """What an endpoint accepts in its query; `total` tells whether its envelope counts."""

    filters: frozenset[str] = frozenset()
    undocumented: frozenset[str] = frozenset()
    orders: frozenset[str] = frozenset()
    joins: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    cap: int = 250
    paged: bool = True
    total: bool = False


def check(call: Call, known: Known) -> None:
    """Log what is not known; refuse it where the settings say so."""
    allowed = {"filter", "order", "with"} | known.others | ({"page", "limit"} if known.paged else set())
    unknown = set(call.query) - allowed
    _report(call, "unknown parameter", unknown, call.settings.unknown_parameters)
    filters = call.query.get("filter", {})
    strange = set(filters) - known.filters - known.undocumented if isinstance(filters, dict) else {"filter"}
    _report(call, "unknown filter", strange, call.settings.unknown_filters)
    _report(call, "undocumented filter", set(filters) & known.undocumented, "ignore")
    _report(call, "unknown with", set(joins(call)) - known.joins, call.settings.unknown_parameters)
    order = call.query.get("order", {})
    fields = set(order) if isinstance(order, dict) else {"order"}
    _report(call, "unknown order", fields - known.orders, call.settings.unknown_parameters)


def joins(call: Call) -> frozenset[str]:
    """What `with` asks for."""
    return frozenset(words(call.query.get("with")))


def whole(call: Call, value: Any, name: str) -> int:
    """Read a whole number of a query; anything else is refused."""
    try:
        return int(value)
    except (TypeError, ValueError):
        call.blame("bad value", f"{name}={value}")
        raise Refused(problem(400, f"{name} must be an integer")) from None


def _report(call: Call, rule: str, names: Iterable[str], policy: str) -> None:
    found = sorted(names)
    for name in found:
        call.blame(rule, f"{name} of {call.path}")
    if found and policy == "reject":
        raise Refused(problem(400, f"{rule}: {', '.join(found)}"))
