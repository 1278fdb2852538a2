"""Filters of a list, each a question that is asked of every row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from workplaces_amocrm.fake.asking import whole
from workplaces_amocrm.fake.query import values
from workplaces_amocrm.fake.shapes import Row
from workplaces_amocrm.fake.world import Call

Question = Callable[[Row], bool]
Maker = Callable[[Call, str, Any], Question]


def numbers(call: Call, name: str, node: Any) -> Question:
    """One of these numbers."""
    wanted = frozenset(whole(call, value, f"filter[{name}]") for value in values(node))
    return lambda row: row[name] in wanted


def texts(_: Call, name: str, node: Any) -> Question:
    """One of these texts."""
    wanted = frozenset(values(node))
    return lambda row: row[name] in wanted


def truth(call: Call, name: str, node: Any) -> Question:
    """Yes or no, as 1 or 0."""
    wanted = {bool(whole(call, value, f"filter[{name}]")) for value in values(node)}
    return lambda row: row[name] in wanted


def span(call: Call, name: str, node: Any) -> Question:
    """Within a range; a bare value is where the range begins."""
    begin, end = bounds(call, name, node)
    return lambda row: row[name] is not None and begin <= row[name] <= end


def bounds(call: Call, name: str, node: Any) -> tuple[float, float]:
    """Both ends of a range, both included."""
    if not isinstance(node, dict) or not node.keys() & {"from", "to"}:
        first = whole(call, next(iter(values(node)), None), f"filter[{name}]")
        return first + (0 if call.settings.bare_range_inclusive else 1), float("inf")
    begin, end = node.get("from"), node.get("to")
    return (
        whole(call, begin, f"filter[{name}][from]") if begin else float("-inf"),
        whole(call, end, f"filter[{name}][to]") if end else float("inf"),
    )


def named(name: str, maker: Maker) -> Maker:
    """Ask about a column of another name than the filter's."""
    return lambda call, _, node: maker(call, name, node)


def stages(call: Call, name: str, node: Any) -> Question:
    """In one of these stages: `filter[statuses][0][pipeline_id]` with `[status_id]`."""
    pairs = frozenset(
        tuple(whole(call, one.get(key), f"filter[{name}][{key}]") for key in ("pipeline_id", "status_id"))
        for one in (node.values() if isinstance(node, dict) else ())
        if isinstance(one, dict)
    )
    return lambda row: (row["pipeline_id"], row["status_id"]) in pairs


def stages_of_deal(call: Call, name: str, node: Any) -> Question:
    """Tasks of deals in one of these stages."""
    ask, leads = stages(call, name, node), call.account.leads
    return lambda row: row["entity_type"] == "leads" and row["entity_id"] in leads and ask(leads[row["entity_id"]])


def custom(call: Call, name: str, node: Any) -> Question:
    """Custom fields hold what is asked for: a range, enum ids, 1 or 0, or texts."""
    asked = list(_custom(call, name, node if isinstance(node, dict) else {}))
    return lambda row: all(ask(row) for ask in asked)


def _custom(call: Call, name: str, node: dict[str, Any]) -> Iterator[Question]:
    for key, below in node.items():
        field = whole(call, key, f"filter[{name}]")
        if isinstance(below, dict) and below.keys() & {"from", "to"}:
            yield _within(field, *bounds(call, f"{name}][{key}", below))
        else:
            yield _holds(field, frozenset(values(below)))


def _held(row: Row, field: int) -> list[Row]:
    found = (one["values"] for one in row["custom_fields_values"] or () if one["field_id"] == field)
    return next(found, [])


def _within(field: int, begin: float, end: float) -> Question:
    return lambda row: any(begin <= float(one["value"]) <= end for one in _held(row, field))


def _holds(field: int, wanted: frozenset[str]) -> Question:
    def ask(row: Row) -> bool:
        return any(str(one.get("enum_id")) in wanted or _plain(one.get("value")) in wanted for one in _held(row, field))

    return ask


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


_COMMON: dict[str, Maker] = {
    "id": numbers,
    "name": texts,
    "created_by": numbers,
    "updated_by": numbers,
    "responsible_user_id": numbers,
    "created_at": span,
    "updated_at": span,
    "closest_task_at": span,
    "custom_fields_values": custom,
}
MAKERS: dict[str, dict[str, Maker]] = {
    "leads": {
        **_COMMON,
        "price": span,
        "closed_at": span,
        "pipeline_id": numbers,
        "statuses": stages,
    },
    "contacts": _COMMON,
    "companies": _COMMON,
    "tasks": {
        "id": numbers,
        "responsible_user_id": numbers,
        "is_completed": truth,
        "task_type": named("task_type_id", numbers),
        "entity_type": texts,
        "entity_id": numbers,
        "updated_at": span,
        "created_by": numbers,
        "task_type_id": numbers,
        "lead_statuses": stages_of_deal,
    },
}
