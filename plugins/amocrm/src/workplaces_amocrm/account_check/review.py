"""The review of an account: what is asked of amoCRM, and what each answer, or refusal, means for the plugin."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from attrs import frozen

from workplaces_amocrm.account_check.findings import Finding, finding
from workplaces_amocrm.client.port import Api
from workplaces_amocrm.errors import (
    AccountBlocked,
    ConsentNeeded,
    NoRights,
    NoSuchThing,
    NotPaid,
    RateLimited,
    Refused,
)
from workplaces_amocrm.settings import Settings
from workplaces_core.errors import CrmUnavailable, NotAllowed, WorkError

USUAL_RATE = 7
"""Calls a second that amoCRM allows one integration without a paid package."""

_WITH = "users_groups,task_types,datetime_settings,is_api_filter_enabled"
_MOST_PAGES = 40  # 10,000 users: a broken list must not keep the check for ever
_HOUR = 3600
_EDITED = ("tasks", "leads", "contacts", "companies")


Rows = list[dict[str, Any]]


@frozen
class Account:
    """The answers the review is made of: a list is None where the token may not read it, an error where it failed."""

    about: dict[str, Any]
    users: Rows | WorkError | None
    hooks: Rows | WorkError | None


def check_account(api: Api, settings: Settings) -> list[Finding]:
    """Look at an account and say what the plugin can do in it, worst first. Never raises what amoCRM answers."""
    try:
        about = _dict(api.get("/api/v4/account", [("with", _WITH)]))
    except WorkError as failure:
        return [_failed(failure, settings)]
    if not about:
        return [finding("account.not_found", address=settings.base_url)]
    account = Account(about, _tried(api, "users"), _tried(api, "webhooks"))
    order = ("error", "warning", "info")
    return sorted(_findings(account, settings), key=lambda found: order.index(found.severity))


def _findings(account: Account, settings: Settings) -> Iterator[Finding]:
    yield finding("account.found", name=account.about.get("name"), id=account.about.get("id"))
    yield _zone(account, settings)
    yield from _failures(account, settings)
    if not isinstance(account.users, WorkError):
        yield from _rights(account.users, account.about.get("current_user_id"))
        yield from _users(account.users or [], account, settings)
    yield from _types(account)
    yield _filters(account, settings)
    if not isinstance(account.hooks, WorkError):
        yield from _hooks(account.hooks, settings)
    yield from _rate(settings)


def _failures(account: Account, settings: Settings) -> Collection[Finding]:
    """What kept parts of the account from being looked at, each once."""
    failures = [one for one in (account.users, account.hooks) if isinstance(one, WorkError)]
    return {found.code: found for found in (_failed(failure, settings) for failure in failures)}.values()


def _failed(failure: WorkError, settings: Settings) -> Finding:
    match failure:
        case ConsentNeeded():
            return finding("token.rejected")
        case NotPaid():
            return finding("account.not_paid")
        case AccountBlocked():
            return finding("account.blocked")
        case NoSuchThing():
            return finding("account.not_found", address=settings.base_url)
        case RateLimited():
            return finding("rate.exceeded")
        case CrmUnavailable() | NotAllowed() | Refused() | _:
            return finding("account.unreachable", reason=str(failure) or type(failure).__name__)


def _tried(api: Api, name: str) -> Rows | WorkError | None:
    """Read a whole list, None when the token may not."""
    try:
        return _all(api, name)
    except (NoRights, NoSuchThing, Refused):
        return None
    except WorkError as failure:
        return failure


def _all(api: Api, name: str) -> Rows:
    found: Rows = []
    for page in range(1, _MOST_PAGES + 1):
        answer = _dict(api.get(f"/api/v4/{name}", [("page", str(page)), ("limit", "250")]))
        found += _list(_dict(answer.get("_embedded")).get(name))
        if not _dict(answer.get("_links")).get("next"):
            break
    return found


def _zone(account: Account, settings: Settings) -> Finding:
    zone = _dict(_embedded(account).get("datetime_settings")).get("timezone")
    chosen = settings.zone
    if chosen is not None:
        return finding("zone.differs" if zone and zone != chosen else "zone.found", chosen=chosen, zone=zone or chosen)
    if not isinstance(zone, str) or not zone:
        return finding("zone.missing")
    try:
        return finding("zone.found", zone=ZoneInfo(zone).key)
    except (ValueError, OSError, LookupError):
        return finding("zone.unknown", zone=zone)


def _rights(users: Rows | None, current: Any) -> Iterator[Finding]:
    if users is None:
        yield finding("token.not_admin")
        return
    mine = next((user for user in users if user.get("id") == current), {})
    rights = _dict(mine.get("rights"))
    if rights.get("is_admin") is not False:  # only an administrator is given the list of users
        yield finding("token.admin")
    elif limited := [name for name in _EDITED if _dict(rights.get(name)).get("edit") != "A"]:
        yield finding("token.limited", what=", ".join(limited))


def _users(users: Rows, account: Account, settings: Settings) -> Iterator[Finding]:
    if account.users is None:
        return
    active = [user for user in users if _dict(user.get("rights")).get("is_active") is not False]
    yield finding("users.count", active=len(active), total=len(users)) if active else finding("users.none")
    groups = [_dict(user.get("rights")).get("group_id") for user in active]
    if (without := sum(group is None for group in groups)) > 0:
        yield finding("groups.default" if settings.null_group_is_default else "groups.unmapped", count=without)
    listed = {group.get("id") for group in _list(_embedded(account).get("users_groups"))}
    unknown = sorted({str(group) for group in groups if group is not None and group not in listed})
    if unknown:
        yield finding("groups.unknown", groups=", ".join(unknown))


def _types(account: Account) -> Iterator[Finding]:
    types, groups = (_list(_embedded(account).get(name)) for name in ("task_types", "users_groups"))
    yield finding("task_types.count", count=len(types), groups=len(groups)) if types else finding("task_types.none")


def _filters(account: Account, settings: Settings) -> Finding:
    if account.about.get("is_api_filter_enabled"):
        return finding("filters.on")
    return finding("filters.contradicted" if settings.lead_filters else "filters.off")


def _hooks(hooks: Rows | None, settings: Settings) -> Iterator[Finding]:
    if hooks is None:
        yield finding("hooks.refused", seconds=f"{settings.poll_seconds:g}")
        return
    # The rest of an address is a secret that lets in whoever knows it.
    disabled = {urlsplit(str(hook.get("destination"))).netloc for hook in hooks if hook.get("disabled")}
    if disabled:
        yield finding("hooks.disabled", hosts=", ".join(sorted(disabled)))
    if hooks:
        yield finding("hooks.found", count=len(hooks))
    else:
        yield finding("hooks.none", seconds=f"{settings.poll_seconds:g}")


def _rate(settings: Settings) -> Iterator[Finding]:
    rate = min(settings.integration_rate, settings.account_rate)
    hourly = round(rate / (1 + settings.rate_headroom) * settings.page_size * _HOUR)
    yield finding("rate.budget", rate=f"{rate:g}", hourly=hourly)
    if rate > USUAL_RATE:
        yield finding("rate.above", rate=f"{rate:g}", usual=USUAL_RATE)


def _embedded(account: Account) -> dict[str, Any]:
    return _dict(account.about.get("_embedded"))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> Rows:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
