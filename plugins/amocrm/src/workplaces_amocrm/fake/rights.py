"""Who may see and change what: amoCRM's letters A (all), G (own group), M (own), L (linked), D (nothing)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from workplaces_amocrm.fake.account import FakeAccount, group_of, is_admin
from workplaces_amocrm.fake.settings import FakeSettings
from workplaces_amocrm.fake.shapes import Row

Action = Literal["view", "edit", "delete"]


def may(account: FakeAccount, user: Row, action: Action, entity: str, row: Row, settings: FakeSettings) -> bool:
    """Whether a user may do this to a lead, contact, company, or task."""
    if is_admin(user) or entity not in {"leads", "contacts", "companies", "tasks"}:
        return True
    if entity == "tasks":
        return _may_task(account, user, action, row, settings)
    return _reaches(_letter(user, action, entity, row), user, row)


def sieve(account: FakeAccount, user: Row, entity: str, settings: FakeSettings) -> Callable[[Row], bool] | None:
    """What a user sees of a list; None when he sees everything."""
    if is_admin(user):
        return None
    return lambda row: may(account, user, "view", entity, row, settings)


def _may_task(account: FakeAccount, user: Row, action: Action, row: Row, settings: FakeSettings) -> bool:
    own = row["responsible_user_id"] == user["id"]
    if own and action == "view":
        return True
    letter = user["rights"]["tasks"]["edit" if action == "view" else action]
    if action != "view" or settings.task_visibility == "edit" or not row["entity_type"]:
        return _reaches(letter, user, row)
    entity = row["entity_type"]
    target = account.table(entity).get(row["entity_id"]) if entity != "customers" else None
    return _reaches(letter, user, row) if target is None else may(account, user, "view", entity, target, settings)


def _letter(user: Row, action: Action, entity: str, row: Row) -> str:
    letter: str = user["rights"][entity][action]
    if entity != "leads":
        return letter
    for special in user["rights"]["status_rights"] or ():
        if (special["pipeline_id"], special["status_id"]) == (row["pipeline_id"], row["status_id"]):
            letter = special["rights"].get(action, letter)
    return letter


def _reaches(letter: str, user: Row, row: Row) -> bool:
    own = bool(row["responsible_user_id"] == user["id"])
    if letter == "G":
        return own or bool(row["group_id"] == group_of(user))
    return letter == "A" or (letter in {"M", "L"} and own)
