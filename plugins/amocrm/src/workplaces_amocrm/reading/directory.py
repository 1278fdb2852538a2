"""Reading the directory: account, users, groups, task types, and the fields of deals, contacts and companies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from workplaces_amocrm.client.pages import Listing, pages
from workplaces_amocrm.client.port import Api
from workplaces_amocrm.errors import NoRights, NoSuchThing, Unreachable
from workplaces_amocrm.reading.lists import ROOT
from workplaces_amocrm.reading.translation import Aside
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.translate import directory as translate
from workplaces_amocrm.translate.rules import Language, Rules, Translated
from workplaces_amocrm.translate.wire import embedded, flag_of
from workplaces_core.changes import Set
from workplaces_core.errors import CrmUnavailable
from workplaces_core.model import Account, EntityKind

FIELDS: dict[Literal["leads", "contacts", "companies"], EntityKind] = {
    "leads": "deal",
    "contacts": "contact",
    "companies": "company",
}
LISTS = ("account", "users_groups", "task_types", "users", "pipelines", "fields")
"""Under which names the problems of the directory are noted."""

_WITH = "users_groups,task_types,datetime_settings,is_api_filter_enabled"


@frozen
class AccountFacts:
    """What has to be known of an account before anything else of it is read; `raw` is what it said."""

    account: Account
    rules: Rules
    filters: bool
    raw: Any


def account_facts(api: Api, settings: Settings, aside: Aside, language: Language = "ru") -> AccountFacts:
    """Ask the account for its id, its time zone, and whether it can filter. Raises CrmUnavailable when it has no id."""
    try:
        raw = api.get(f"{ROOT}/account", (("with", _WITH),))
    except NoSuchThing as error:
        raise Unreachable(f"{error}: there is no account at this address now") from None
    read = translate.account(raw, settings.zone)
    aside.note("account", read)
    if not isinstance(read.value, Account):
        problems = "; ".join(map(str, read.problems))
        raise CrmUnavailable(f"the account cannot be read, a zone may be set by `zone`: {problems}")
    rules = Rules(
        zone=ZoneInfo(read.value.timezone),
        all_day=settings.all_day_time,
        date_zone=settings.date_zone,
        null_group_is_default=settings.null_group_is_default,
        language=language,
    )
    return AccountFacts(read.value, rules, _filters(raw, settings), raw)


def _filters(raw: Any, settings: Settings) -> bool:
    if settings.lead_filters is not None:
        return settings.lead_filters
    try:
        return flag_of(raw.get("is_api_filter_enabled"))
    except ValueError:
        return False


def read_directory(api: Api, settings: Settings, facts: AccountFacts, aside: Aside) -> Iterator[Set]:
    """Read the directory of an account whose facts were read just now.

    Raises NoRights when the token may not read users, and Unreachable when there are none: an empty list of them would
    dismiss everybody. With the setting `users_readable` false they are not asked for.
    """
    aside.forget(set(LISTS) - {"account"})
    yield Set("account", facts.account)
    yield from _sets("users_groups", embedded(facts.raw, "users_groups"), translate.group, aside)
    yield from _sets("task_types", embedded(facts.raw, "task_types"), translate.task_type, aside)
    if settings.users_readable is not False:
        yield from _sets("users", _users(api, settings), lambda raw: translate.user(raw, facts.rules), aside)
    declared, problems = translate.attributes(_pipelines(api), facts.rules)
    aside.note("pipelines", Translated("", None, tuple(problems)))
    yield from (Set("field", each) for each in declared)
    for name, kind in FIELDS.items():
        raws = _listed(api, f"{name}/custom_fields", "custom_fields", settings, settings.fields_page_size)
        yield from _sets("fields", raws, lambda raw, kind=kind: translate.declaration(kind, raw), aside)  # type: ignore[misc]


def _users(api: Api, settings: Settings) -> Iterator[Any]:
    """Read the users; an account has at least one, so that an answer without any is broken."""
    found = False
    try:
        for raw in _listed(api, "users", "users", settings, settings.page_size, (("with", "group"),)):
            found = True
            yield raw
    except NoRights as error:
        raise NoRights(
            f"{error}; users can be read with an administrator's token alone, or say `users_readable=False`"
        ) from None
    if not found:
        raise Unreachable("amoCRM listed no users, and an account has at least one")


def _pipelines(api: Api) -> list[Any]:
    try:
        answer = api.get(f"{ROOT}/leads/pipelines")
    except NoSuchThing:
        return []
    if answer is not None and not isinstance(answer, dict):
        raise Unreachable(f"`{ROOT}/leads/pipelines` answered with a {type(answer).__name__}, it must be a list")
    return embedded(answer, "pipelines")


def _listed(
    api: Api, path: str, name: str, settings: Settings, limit: int, params: tuple[tuple[str, str], ...] = ()
) -> Iterator[Any]:
    listing = Listing.of(settings, f"{ROOT}/{path}", name, params, limit=limit, order=None)
    for page in pages(api, listing):
        yield from page.items


def _sets(name: str, raws: Iterable[Any], reader: Callable[[Any], Translated], aside: Aside) -> Iterator[Set]:
    kinds: Any = {"users_groups": "group", "task_types": "task_type", "users": "user", "fields": "field"}
    for raw in raws:
        read = reader(raw)
        aside.note(name, evolve(read, id=read.problems[0].path) if read.problems else read)
        if read.value is not None:
            yield Set(kinds[name], read.value)


def tag_names(api: Api, settings: Settings, name: Literal["leads", "contacts", "companies"]) -> list[str]:
    """List the tags that deals, contacts or companies may have, for pickers: tags are no field."""
    raws = _listed(api, f"{name}/tags", "tags", settings, settings.page_size)
    return sorted({raw["name"] for raw in raws if isinstance(raw.get("name"), str)})
