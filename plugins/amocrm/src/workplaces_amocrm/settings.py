"""Settings of one account: where it is, how fast it may be asked, and what its documentation leaves open."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from attrs import Attribute, field, fields_dict, frozen

from workplaces_amocrm.webhooks.subscription import NEEDED_EVENTS
from workplaces_core.errors import InvalidInput, Problem

Check = Callable[[Any, "Attribute[Any]", Any], None]


def _check(is_right: Callable[[Any], bool], message: str) -> Check:
    def check(_: Any, attribute: Attribute[Any], value: Any) -> None:
        if not is_right(value):
            raise InvalidInput([Problem(f"settings.{attribute.name}", value, message)])

    return check


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(low: int, high: int) -> Check:
    return _check(
        lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high,
        f"must be a whole number from {low} to {high}",
    )


def _number(low: float, high: float) -> Check:
    return _check(lambda value: _is_number(value) and low <= value <= high, f"must be a number from {low} to {high}")


def _one_of(*allowed: object) -> Check:
    names = ", ".join(f"`{value}`" for value in allowed)
    return _check(lambda value: any(value is right or value == right for right in allowed), f"must be one of {names}")


def _is_base_url(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query and parts.port != 0
    except ValueError:  # a port or an address that is none
        return False


def _is_zone(value: Any) -> bool:
    try:
        return value is None or bool(ZoneInfo(value).key)
    except (ValueError, TypeError, OSError, LookupError):
        return False


def _is_card(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("/") and "{id}" in value


_URL = _check(_is_base_url, "must be the account's own address, such as `https://acme.amocrm.ru`")
_SWITCH = _check(lambda value: isinstance(value, bool), "must be true or false")
_MAYBE = _check(
    lambda value: value is None or isinstance(value, bool), "must be true, false, or null to ask the account"
)
_TEXT = _check(lambda value: isinstance(value, str), "must be a text")
_ZONE = _check(_is_zone, "must be the name of a time zone, such as `Europe/Moscow`, or null for the account's own")
_MINUTE = _check(
    lambda value: isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value) is not None,
    "must be a time of day such as `23:59`",
)
_CARD = _check(_is_card, "must be a path with `{id}` in it, such as `/leads/detail/{id}`")
_EVENTS = _check(
    lambda value: isinstance(value, tuple) and all(isinstance(name, str) and name for name in value),
    "must be a list of names of webhook events, such as `update_task`",
)


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@frozen(kw_only=True)
class Settings:
    """Settings of one account; whatever is not accepted raises `InvalidInput` that names the setting and its value.

    Where amoCRM's documentation is silent the default is the answer that cannot do harm; the plugin's README lists
    those settings with the reasons.

    >>> Settings(base_url="https://acme.amocrm.ru").host
    'acme.amocrm.ru'
    >>> Settings(base_url="https://acme.amocrm.ru", page_size=500)
    Traceback (most recent call last):
    workplaces_core.errors.InvalidInput: settings.page_size: `500` must be a whole number from 1 to 250
    """

    # Where the account is
    base_url: str = field(validator=_URL)
    """The account's own address; a path in it is kept in front of every call."""
    account: str = field(default="", validator=_TEXT)
    """The name under which processes share tokens and budget, kept for ever; empty: the host of `base_url`."""

    # How fast the account may be asked
    integration_rate: float = field(default=7.0, validator=_number(0.1, 1000))
    """Calls a second for this integration within the account."""
    account_rate: float = field(default=50.0, validator=_number(0.1, 1000))
    """Calls a second for all integrations of ours within the account."""
    rate_headroom: float = field(default=0.02, validator=_number(0, 0.5))
    """The share by which calls are spaced wider than the rate says, so that delays on the way bunch none together."""
    rate_floor: float = field(default=0.5, validator=_number(0.01, 1000))
    """Calls a second below which the answer 429 no longer halves the rate."""
    rate_recovery: float = field(default=0.1, validator=_number(0.001, 1000))
    """By how many calls a second the rate grows back in each second after it was halved."""
    rate_pause_seconds: float = field(default=1.0, validator=_number(0, 600))
    """How long nothing is sent after a 429 that does not say how long to wait."""
    honour_retry_after: bool = field(default=True, validator=_SWITCH)
    """Whether `Retry-After` is followed where an answer has it."""
    html_403_blocks: bool = field(default=True, validator=_SWITCH)
    """Whether a 403 that is not JSON means that the account is blocked, and everything stops until a person acts."""

    # How long to wait, how often to repeat
    timeout_seconds: float = field(default=20.0, validator=_number(0.01, 600))
    """How long to wait for a connection, and for each part of an answer."""
    attempts_bulk: int = field(default=6, validator=_whole(1, 100))
    """How often a background call is tried before its error is raised."""
    attempts_interactive: int = field(default=3, validator=_whole(1, 100))
    """How often a call that an employee waits for is tried before its error is raised."""
    retry_first_seconds: float = field(default=0.5, validator=_number(0, 600))
    """The pause before the second try; each further pause is twice as long."""
    retry_longest_seconds: float = field(default=30.0, validator=_number(0, 3600))
    """The longest pause between two tries."""
    refresh_ahead_seconds: float = field(default=300.0, validator=_number(0, 43200))
    """How long before an access token expires it is replaced."""

    # Reading
    page_size: int = field(default=250, validator=_whole(1, 250))
    """Entities a page: tasks, deals, contacts, companies, users, tags."""
    events_page_size: int = field(default=100, validator=_whole(1, 100))
    """Events a page."""
    fields_page_size: int = field(default=50, validator=_whole(1, 250))
    """Custom fields a page."""
    ids_per_request: int = field(default=250, validator=_whole(1, 250))
    """How many ids one request asks for by `filter[id][]`; halved for a while where the address is too long."""
    pages_ahead: int = field(default=8, validator=_whole(1, 32))
    """How many pages of one long list may be under way at a time, so that slow answers do not waste the rate."""
    array_spelling: Literal["brackets", "indexed"] = field(default="brackets", validator=_one_of("brackets", "indexed"))
    """How several values of a filter are spelled: `filter[id][]=1` or `filter[id][0]=1`."""
    last_page: Literal["next_link", "empty_page"] = field(
        default="next_link", validator=_one_of("next_link", "empty_page")
    )
    """What ends a list: a page without a link to the next one (or an empty one), or only an empty page."""
    send_order: bool = field(default=True, validator=_SWITCH)
    """Whether lists are asked for in the order of ids, where that is allowed."""
    lead_filters: bool | None = field(default=None, validator=_MAYBE)
    """Whether deals, contacts and companies can be filtered, a paid option; null: ask the account."""
    unknown_task: Literal["either", "204", "404"] = field(default="either", validator=_one_of("either", "204", "404"))
    """Which answers to a task's id mean that there is no such task."""
    users_readable: bool | None = field(default=None, validator=_MAYBE)
    """Whether the token may read users, which takes an administrator's; null: find out by asking."""

    # What changed
    updated_overlap_seconds: int = field(default=60, validator=_whole(0, 86400))
    """How far before the last reading the next one begins, for changes that became visible late."""
    events_overlap_seconds: int = field(default=60, validator=_whole(0, 86400))
    """Likewise for events."""
    poll_seconds: float = field(default=15.0, validator=_number(0.1, 86400))
    """How often changes are read when no webhook calls."""
    sweep_minutes: float = field(default=360.0, validator=_number(1, 100_000))
    """How often everything open is read again to prove that nothing was missed."""

    # Translation
    zone: str | None = field(default=None, validator=_ZONE)
    """The zone of all-day tasks and of dates; null: the account's own."""
    all_day_time: str = field(default="23:59", validator=_MINUTE)
    """The local time of a task's deadline that means all day, whatever its seconds."""
    null_group_is_default: bool = field(default=True, validator=_SWITCH)
    """Whether a user whose `group_id` is null belongs to group 0."""
    date_zone: Literal["account", "utc"] = field(default="account", validator=_one_of("account", "utc"))
    """Which midnight the number of a date field is."""
    lead_card: str = field(default="/leads/detail/{id}", validator=_CARD)
    """The path of a deal's card in the web interface."""
    contact_card: str = field(default="/contacts/detail/{id}", validator=_CARD)
    """The path of a contact's card."""
    company_card: str = field(default="/companies/detail/{id}", validator=_CARD)
    """The path of a company's card."""

    # Writing
    batch_size: int = field(default=50, validator=_whole(1, 250))
    """Entities one call changes; more than 50 is advised against."""
    split_refused_batches: bool = field(default=True, validator=_SWITCH)
    """Whether the entities of a refused batch are read again and sent one by one, as some may have been changed."""
    act_as_employee: bool = field(default=False, validator=_SWITCH)
    """Whether changes are made in the employee's name and with his rights, or with those of the token."""
    repeat_responsible: bool = field(default=False, validator=_SWITCH)
    """Whether a change of a task repeats its responsible, should leaving it out ever reset it."""
    result_when_empty: str = field(default="Выполнено", validator=_TEXT)
    """The result of a completed task when the employee wrote none; amoCRM asks for one."""
    verify_writes: bool = field(default=True, validator=_SWITCH)
    """Whether a change is read back."""
    verify_attempts: int = field(default=3, validator=_whole(1, 20))
    """How often a change is read back until it shows."""
    verify_wait_seconds: float = field(default=0.5, validator=_number(0, 60))
    """The pause between two of these readings."""

    # Webhooks
    hook_events: tuple[str, ...] = field(default=NEEDED_EVENTS, converter=_listed, validator=_EVENTS)
    """Which events are subscribed to."""

    @property
    def host(self) -> str:
        """Give host and port of the account."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2].lower()

    @property
    def account_name(self) -> str:
        """Give the name under which processes share what belongs to the account."""
        return self.account or self.host

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Make settings of names and values, as they stand in a file.

        >>> Settings.of({"base_url": "https://acme.amocrm.ru", "paje_size": 50})
        Traceback (most recent call last):
        workplaces_core.errors.InvalidInput: settings.paje_size: `50` is not a setting of amoCRM
        """
        known = fields_dict(cls)
        unknown = [
            Problem(f"settings.{name}", values[name], "is not a setting of amoCRM")
            for name in values
            if name not in known
        ]
        if "base_url" not in values:
            unknown.append(Problem("settings.base_url", None, "must be given"))
        if unknown:
            raise InvalidInput(unknown)
        return cls(**values)
