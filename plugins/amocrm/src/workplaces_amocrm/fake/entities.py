"""Lists of tasks, leads, contacts and companies, and one of them by id."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import partial
from operator import itemgetter
from typing import Any

from workplaces_amocrm.fake import filtering, paging, rights, showing
from workplaces_amocrm.fake.answers import NOTHING, Reply, problem
from workplaces_amocrm.fake.asking import Known, check, joins
from workplaces_amocrm.fake.query import values
from workplaces_amocrm.fake.shapes import Row
from workplaces_amocrm.fake.world import Call, Refused

_LEADS_JOIN = {"contacts", "loss_reason", "catalog_elements", "is_price_modified_by_robot", "source_id", "source"}
_UNDOCUMENTED = frozenset({"created_by", "task_type_id", "lead_statuses"})
_COMPANY_JOINS = frozenset({"leads", "customers", "catalog_elements", "contacts"})
KNOWN = {
    "tasks": Known(
        filters=frozenset(filtering.MAKERS["tasks"]) - _UNDOCUMENTED,
        undocumented=_UNDOCUMENTED,
        orders=frozenset({"created_at", "complete_till", "id"}),
    ),
    "leads": Known(
        filters=frozenset(filtering.MAKERS["leads"]),
        orders=frozenset({"created_at", "updated_at", "id"}),
        joins=frozenset({*_LEADS_JOIN, "only_deleted"}),
        others=frozenset({"query"}),
    ),
    "contacts": Known(
        filters=frozenset(filtering.MAKERS["contacts"]),
        orders=frozenset({"updated_at", "id"}),
        joins=frozenset({"leads", "customers", "catalog_elements"}),
        others=frozenset({"query"}),
    ),
    "companies": Known(
        filters=frozenset(filtering.MAKERS["companies"]),
        orders=frozenset({"updated_at", "id"}),
        joins=_COMPANY_JOINS,
        others=frozenset({"query"}),
    ),
}


def listing(call: Call, entity: str) -> Reply:
    """Answer with a page of what the caller may see and asks for."""
    known = KNOWN[entity]
    check(call, known)
    asked = tuple(sorted((name, value) for name, value in call.params if name not in {"page", "limit", "with"}))
    deleted = "only_deleted" in joins(call)
    key = (entity, deleted, asked, call.user_id)
    rows = call.world.find(key, partial(_search, call, entity, deleted=deleted), again=paging.number(call) == 1)
    if not_modified := _not_modified(call, rows):
        return not_modified
    return paging.answer(call, entity, rows, _show(call, entity, deleted=deleted), known)


def one(call: Call, entity: str, id_: str) -> Reply:
    """Answer with one entity, or with what is answered for an unknown id."""
    check(call, Known(joins=KNOWN[entity].joins, paged=False))
    row = call.account.table(entity).get(int(id_))
    deleted = "only_deleted" in joins(call)
    if row is None or row.get("is_deleted", False) != deleted:
        return problem(404) if entity == "tasks" and call.settings.unknown_task == 404 else NOTHING
    if not rights.may(call.account, call.user, "view", entity, row, call.settings):
        return problem(403)
    return Reply(200, _show(call, entity, deleted=deleted)(row))


def _show(call: Call, entity: str, *, deleted: bool) -> Callable[[Row], Row]:
    if deleted:
        return partial(_grave, call)
    show, wanted = showing.SHOWN[entity], joins(call)
    return lambda row: show(call, row, wanted)


def _grave(call: Call, row: Row) -> Row:
    kept = {key: row[key] for key in ("id", "updated_at", "updated_by", "is_deleted")}
    return {**kept, "_links": call.link(f"leads/{row['id']}")}


def _search(call: Call, entity: str, *, deleted: bool) -> list[Row]:
    filters = _filters(call, entity)
    rows = _start(call, entity, filters)
    if entity != "tasks":
        rows = [row for row in rows if row["is_deleted"] == deleted]
    for ask in _questions(call, entity, filters):
        rows = [row for row in rows if ask(row)]
    return _sorted(call, entity, rows)


def _start(call: Call, entity: str, filters: dict[str, Any]) -> list[Row]:
    table = call.account.table(entity)
    if "id" in filters:
        return [
            table[int(id_)] for id_ in dict.fromkeys(values(filters["id"])) if id_.isdecimal() and int(id_) in table
        ]
    return list(table.values())


def _questions(call: Call, entity: str, filters: dict[str, Any]) -> list[filtering.Question]:
    makers = filtering.MAKERS[entity]
    asked = [makers[name](call, name, node) for name, node in filters.items() if name in makers]
    visible = rights.sieve(call.account, call.user, entity, call.settings)
    text = next(iter(values(call.query.get("query"))), "").casefold()
    if text:
        asked.append(lambda row: text in str(row["name"]).casefold())
    return [*asked, visible] if visible else asked


def _filters(call: Call, entity: str) -> dict[str, Any]:
    filters = call.query.get("filter", {})
    if not isinstance(filters, dict):
        return {}
    if entity == "tasks":
        return _task_filters(call, filters)
    if filters and not call.settings.is_api_filter_enabled:
        call.blame("filter is not enabled", f"filter of {call.path} in an account without API filtering")
        if call.settings.api_filter_off == "reject":
            raise Refused(problem(400, "API filtering is not enabled"))
        return {}
    return filters


def _task_filters(call: Call, filters: dict[str, Any]) -> dict[str, Any]:
    if "entity_id" in filters and "entity_type" not in filters:
        call.blame("entity_id without entity_type", call.path)
        raise Refused(problem(400, "filter[entity_id] needs filter[entity_type]"))
    if call.settings.undocumented_filters == "support":
        return filters
    return {name: node for name, node in filters.items() if name not in _UNDOCUMENTED}


def _sorted(call: Call, entity: str, rows: list[Row]) -> list[Row]:
    order = call.query.get("order")
    orders = order if isinstance(order, dict) else {}
    wanted = [(name, way) for name, way in orders.items() if name in KNOWN[entity].orders]
    rows = sorted(rows, key=itemgetter("id"))
    for name, way in reversed(wanted or [call.settings.default_order]):
        rows.sort(key=itemgetter(name), reverse=way == "desc")
    return rows


def _not_modified(call: Call, rows: list[Row]) -> Reply | None:
    policy = call.settings.if_modified_since
    if call.since is None or policy == "ignore":
        return None
    try:
        since = parsedate_to_datetime(call.since).timestamp()
    except ValueError:
        return None
    if any(row["updated_at"] > since for row in rows):
        return None
    return Reply(policy)
