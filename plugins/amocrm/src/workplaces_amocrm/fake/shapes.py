"""Rows as amoCRM shows them, with every key there is, made from the few that matter."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

WON, LOST = 142, 143
ALL = {"view": "A", "edit": "A", "add": "A", "delete": "A", "export": "A"}
SINGULAR = {"leads": "lead", "contacts": "contact", "companies": "company", "tasks": "task", "customers": "customer"}
_COLORS = ("#fffeb2", "#fffd7f", "#fff000", "#ffeab2", "#ffdc7f", "#ffce5a")


def user(id_: int, name: str, *, group: int = 0, admin: bool = False, **rights: Any) -> Row:
    """Make an active user who may do everything, except what only administrators may.

    >>> user(7, "Анна", is_active=False)["rights"]["is_active"]
    False
    """
    general = {
        **{entity: dict(ALL) for entity in ("leads", "contacts", "companies")},
        "tasks": {"edit": "A", "delete": "A"},
        "mail_access": True,
        "catalog_access": True,
        "is_admin": admin,
        "is_free": False,
        "is_active": True,
        "group_id": group,
        "role_id": None,
        "status_rights": None,
    }
    return {"id": id_, "name": name, "email": f"user{id_}@example.ru", "lang": "ru", "rights": {**general, **rights}}


def only(letter: str) -> Row:
    """Rights to view, edit and delete what a letter says: `A` all, `G` own group, `M` own, `D` nothing.

    >>> only("M")["edit"]
    'M'
    """
    return {"view": letter, "edit": letter, "add": "A", "delete": letter, "export": "D"}


def task(id_: int, account_id: int, now: int, **given: Any) -> Row:
    """Make an open task that hangs on nothing and is due within a day."""
    return {
        "id": id_,
        "created_by": given.get("responsible_user_id", 0),
        "updated_by": given.get("responsible_user_id", 0),
        "created_at": now,
        "updated_at": now,
        "responsible_user_id": 0,
        "group_id": 0,
        "entity_id": None,
        "entity_type": None,
        "duration": 0,
        "is_completed": False,
        "task_type_id": 1,
        "text": "Связаться с клиентом",
        "result": [],
        "complete_till": now + 86400,
        "account_id": account_id,
        **given,
    }


def lead(id_: int, account_id: int, now: int, **given: Any) -> Row:
    """Make a deal without money, tags, or people."""
    return {
        "id": id_,
        "name": f"Сделка #{id_}",
        "price": 0,
        "responsible_user_id": 0,
        "group_id": 0,
        "status_id": 0,
        "pipeline_id": 0,
        "loss_reason_id": None,
        "source_id": None,
        "created_by": 0,
        "updated_by": 0,
        "created_at": now,
        "updated_at": now,
        "closed_at": None,
        "closest_task_at": None,
        "is_deleted": False,
        "custom_fields_values": None,
        "score": None,
        "account_id": account_id,
        "labor_cost": None,
        "_embedded": {"tags": []},
        **given,
    }


def contact(id_: int, account_id: int, now: int, **given: Any) -> Row:
    """Make a person."""
    names = {"first_name": "", "last_name": ""}
    return {**company(id_, account_id, now), "name": f"Контакт #{id_}", **names, **given}


def company(id_: int, account_id: int, now: int, **given: Any) -> Row:
    """Make a company."""
    return {
        "id": id_,
        "name": f"Компания #{id_}",
        "responsible_user_id": 0,
        "group_id": 0,
        "created_by": 0,
        "updated_by": 0,
        "created_at": now,
        "updated_at": now,
        "is_deleted": False,
        "closest_task_at": None,
        "custom_fields_values": None,
        "account_id": account_id,
        "_embedded": {"tags": []},
        **given,
    }


MAKERS = {"leads": lead, "contacts": contact, "companies": company, "tasks": task}


def pipeline(id_: int, account_id: int, name: str, statuses: list[tuple[int, str]], *, main: bool = False) -> Row:
    """Make a pipeline: the unsorted status, yours, and the two ends that every pipeline has.

    >>> row = pipeline(10, 1, "Продажи", [(11, "Новая")])
    >>> [(status["id"], status["type"]) for status in row["_embedded"]["statuses"]]
    [(10000, 1), (11, 0), (142, 0), (143, 0)]
    """
    ends = [(WON, "Успешно реализовано"), (LOST, "Закрыто и не реализовано")]
    listed = [(id_ * 1000, "Неразобранное"), *statuses, *ends]
    rows = [_status(id_, account_id, place, status) for place, status in enumerate(listed)]
    return {
        "id": id_,
        "name": name,
        "sort": 1,
        "is_main": main,
        "is_unsorted_on": True,
        "is_archive": False,
        "account_id": account_id,
        "_embedded": {"statuses": rows},
    }


def _status(pipeline_id: int, account_id: int, place: int, status: tuple[int, str]) -> Row:
    id_, name = status
    last = id_ in {WON, LOST}
    return {
        "id": id_,
        "name": name,
        "sort": (10000 if id_ == WON else 11000) if last else 10 * (place + 1),
        "is_editable": place > 0 and not last,
        "pipeline_id": pipeline_id,
        "color": {WON: "#ccff66", LOST: "#d5d8db"}.get(id_, _COLORS[place % len(_COLORS)]),
        "type": 0 if place else 1,
        "account_id": account_id,
    }


def task_type(id_: int, name: str, code: str | None = None, color: str | None = None) -> Row:
    """Make a type of tasks."""
    return {"id": id_, "name": name, "color": color, "icon_id": None, "code": code}


def custom_field(
    id_: int,
    account_id: int,
    entity: str,
    type_: str,
    name: str,
    *,
    code: str | None = None,
    enums: dict[int, str] | None = None,
) -> Row:
    """Make a custom field; `enums` names the choices of a list by id."""
    choices = [{"id": key, "value": value, "sort": 500, "code": None} for key, value in (enums or {}).items()]
    return {
        "id": id_,
        "name": name,
        "code": code,
        "sort": id_,
        "type": type_,
        "entity_type": entity,
        **({"is_computed": False} if entity == "leads" else {}),
        "is_predefined": code is not None,
        "is_deletable": code is None,
        "is_api_only": False,
        "group_id": None,
        "enums": choices or None,
        "required_statuses": [],
        "hidden_statuses": [],
        "remind": None,
        "currency": "RUB" if type_ == "monetary" else None,
        "settings": None,
        "nested": None,
        "chained_lists": None,
        "tracking_callback": None,
        "search_in": None,
        "account_id": account_id,
    }
