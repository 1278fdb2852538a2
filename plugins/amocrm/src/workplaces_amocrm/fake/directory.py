"""What rarely changes: the account itself, users, pipelines, loss reasons, custom fields and tags."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from workplaces_amocrm.fake import paging
from workplaces_amocrm.fake.account import is_admin
from workplaces_amocrm.fake.answers import NOTHING, Reply, problem
from workplaces_amocrm.fake.asking import Known, check, joins, whole
from workplaces_amocrm.fake.query import values
from workplaces_amocrm.fake.shapes import Row
from workplaces_amocrm.fake.world import Call
from workplaces_amocrm.fake.writing import batch

_ACCOUNT_JOINS = (
    "amojo_id amojo_rights users_groups task_types version entity_names datetime_settings drive_url "
    "is_api_filter_enabled invoices_settings"
)
_ACCOUNT = Known(joins=frozenset(_ACCOUNT_JOINS.split()), paged=False)
_USERS = Known(joins=frozenset(["role", "group", "uuid", "amojo_id", "user_rank", "phone_number"]), total=True)
_PIPELINES = Known(total=True)
_FIELDS = Known(filters=frozenset({"type"}), orders=frozenset({"sort", "id"}), cap=50, total=True)
_TAGS = Known(filters=frozenset({"name", "id"}), others=frozenset({"query"}))


def account(call: Call) -> Reply:
    """Answer with the account; parts of it only when asked for."""
    check(call, _ACCOUNT)
    wanted = joins(call)
    body = {**_account(call), **{key: value for key, value in _optional(call).items() if key in wanted}}
    embedded = {key: value for key, value in _parts(call).items() if key in wanted}
    return Reply(200, {**body, "_links": call.link("account"), **({"_embedded": embedded} if embedded else {})})


def _account(call: Call) -> Row:
    of = call.account
    return {
        "id": of.id,
        "name": of.name,
        "subdomain": call.world.subdomain,
        "created_at": 1_500_000_000,
        "created_by": 0,
        "updated_at": 1_600_000_000,
        "updated_by": 0,
        "current_user_id": call.user_id,
        "country": of.country,
        "currency": of.currency,
        "currency_symbol": "₽" if of.currency == "RUB" else None,
        "customers_mode": "disabled",
        "is_unsorted_on": True,
        "mobile_feature_version": 0,
        "is_loss_reason_enabled": bool(of.loss_reasons),
        "is_helpbot_enabled": False,
        "is_technical_account": False,
        "contact_name_display_order": 1,
    }


def _optional(call: Call) -> Row:
    return {
        "amojo_id": "00000000-0000-4000-8000-000000000000",
        "version": 13,
        "drive_url": f"{call.base}/drive",
        "is_api_filter_enabled": call.settings.is_api_filter_enabled,
    }


def _parts(call: Call) -> Row:
    return {
        "amojo_rights": {"can_direct": True, "can_create_groups": True},
        "users_groups": list(call.account.groups.values()),
        "task_types": list(call.account.task_types.values()),
        "entity_names": {"leads": {"ru": {"plural_form": {"dative": "сделкам", "default": "сделки"}}}},
        "datetime_settings": _datetime_settings(call),
        "invoices_settings": {"lang": "ru", "currency": call.account.currency},
    }


def _datetime_settings(call: Call) -> Row:
    offset = datetime.fromtimestamp(call.world.clock.now(), ZoneInfo(call.account.timezone)).strftime("%z")
    return {
        "date_pattern": "d.m.Y H:i",
        "short_date_pattern": "d.m.Y",
        "short_time_pattern": "H:i",
        "date_format": "d.m.Y",
        "time_format": "H:i:s",
        "timezone": call.account.timezone,
        "timezone_offset": f"{offset[:3]}:{offset[3:]}",
    }


def users(call: Call) -> Reply:
    """Answer with a page of users, to administrators."""
    check(call, _USERS)
    if not may_administer(call):
        return problem(403)
    return paging.answer(call, "users", list(call.account.users.values()), lambda row: _user(call, row), _USERS)


def user(call: Call, id_: str) -> Reply:
    """Answer with one user, to administrators."""
    check(call, Known(joins=_USERS.joins, paged=False))
    if not may_administer(call):
        return problem(403)
    row = call.account.users.get(int(id_))
    return Reply(200, _user(call, row)) if row else NOTHING


def may_administer(call: Call) -> bool:
    """Whether the caller may see users and webhooks; external integrations never may see users."""
    external = call.world.tokens.integrations[call.client].kind == "external" and "/users" in call.path
    return is_admin(call.user) and not external


def _user(call: Call, row: Row) -> Row:
    rights = row["rights"]
    group = rights["group_id"] or 0
    if call.settings.default_group_null and not group:
        rights = {**rights, "group_id": None}
    wanted = joins(call)
    embedded: dict[str, Any] = {}
    if "role" in wanted:
        role = call.account.roles.get(rights["role_id"])
        embedded["roles"] = [{**role, "_links": call.link(f"roles/{role['id']}")}] if role else []
    if "group" in wanted:
        named = call.account.groups.get(group)
        embedded["groups"] = [{"id": named["id"], "name": named["name"]}] if named else []
    more: dict[str, Any] = {name: None for name in ("uuid", "amojo_id", "user_rank", "phone_number") if name in wanted}
    return {**row, **more, "rights": rights, "_links": call.link(f"users/{row['id']}"), "_embedded": embedded}


def pipelines(call: Call) -> Reply:
    """Answer with every pipeline."""
    check(call, _PIPELINES)
    rows = list(call.account.pipelines.values())
    shown = [_pipeline(call, row) for row in rows]
    body = {"_total_items": len(rows), "_links": call.link("leads/pipelines"), "_embedded": {"pipelines": shown}}
    return Reply(200, body) if rows else NOTHING


def pipeline(call: Call, id_: str) -> Reply:
    """Answer with one pipeline."""
    row = call.account.pipelines.get(int(id_))
    return Reply(200, _pipeline(call, row)) if row else problem(404)


def statuses(call: Call, id_: str) -> Reply:
    """Answer with the statuses of a pipeline."""
    row = call.account.pipelines.get(int(id_))
    if row is None:
        return problem(404)
    shown = _pipeline(call, row)["_embedded"]["statuses"]
    links = call.link(f"leads/pipelines/{id_}/statuses")
    return Reply(200, {"_total_items": len(shown), "_links": links, "_embedded": {"statuses": shown}})


def _pipeline(call: Call, row: Row) -> Row:
    base = f"leads/pipelines/{row['id']}"
    stages = [{**one, "_links": call.link(f"{base}/statuses/{one['id']}")} for one in row["_embedded"]["statuses"]]
    return {**row, "_links": call.link(base), "_embedded": {"statuses": stages}}


def loss_reasons(call: Call) -> Reply:
    """Answer with a page of the reasons why deals are lost."""
    check(call, _PIPELINES)
    rows = list(call.account.loss_reasons.values())
    return paging.answer(call, "loss_reasons", rows, lambda row: _linked(call, "leads/loss_reasons", row), _PIPELINES)


def custom_fields(call: Call, entity: str) -> Reply:
    """Answer with a page of the custom fields of an entity type: at most 50, whatever is asked."""
    check(call, _FIELDS)
    rows = [row for (kind, _), row in call.account.custom_fields.items() if kind == entity]
    filters = call.query.get("filter", {})
    if wanted := set(values(filters.get("type"))):
        rows = [row for row in rows if row["type"] in wanted]
    for name, way in reversed(list(call.query.get("order", {}).items())):
        rows = sorted(rows, key=lambda row: row[name], reverse=way == "desc")
    place = f"{entity}/custom_fields"
    return paging.answer(call, "custom_fields", rows, lambda row: _linked(call, place, row), _FIELDS)


def custom_field(call: Call, entity: str, id_: str) -> Reply:
    """Answer with one custom field."""
    row = call.account.custom_fields.get((entity, int(id_)))
    return Reply(200, _linked(call, f"{entity}/custom_fields", row)) if row else NOTHING


def tags(call: Call, entity: str) -> Reply:
    """Answer with a page of the tags of an entity type."""
    check(call, _TAGS)
    rows = [row for (kind, _), row in call.account.tags.items() if kind == entity]
    filters = call.query.get("filter", {})
    if "name" in filters:
        rows = [row for row in rows if row["name"] in values(filters["name"])]
    if "id" in filters:
        ids = {whole(call, value, "filter[id]") for value in values(filters["id"])}
        rows = [row for row in rows if row["id"] in ids]
    if text := call.query.get("query"):
        rows = [row for row in rows if text.casefold() in row["name"].casefold()]
    return paging.answer(call, "tags", rows, dict, _TAGS)


def add_tags(call: Call, entity: str) -> Reply:
    """Add tags; a name that is there already gives its id."""
    rows = []
    for place, sent in enumerate(batch(call)):
        name = sent.get("name")
        if not isinstance(name, str) or not name:
            return problem(400, "A tag needs a name")
        row = call.account.tag(entity, name)
        rows.append({**row, "request_id": str(sent.get("request_id", place))})
    call.world.version += 1
    links = call.link(f"{entity}/tags")
    return Reply(200, {"_total_items": len(rows), "_links": links, "_embedded": {"tags": rows}})


def _linked(call: Call, place: str, row: Row) -> Row:
    return {**row, "_links": call.link(f"{place}/{row['id']}")}
