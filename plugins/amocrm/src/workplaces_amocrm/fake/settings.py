"""How strict and how modern the local server is: every point that nobody could verify on amoCRM is a switch here."""

from __future__ import annotations

from typing import Any, Literal

from attrs import evolve, frozen


@frozen(kw_only=True)
class FakeSettings:
    """The switches, with what is known of amoCRM, or else what is hardest on a client, as defaults.

    Times are seconds, `None` switches a rule off. Violations are logged whatever is set here.

    >>> FakeSettings(rate_client=None).rate_account
    50
    >>> FakeSettings.strict().unknown_filters
    'reject'
    """

    # limits
    rate_client: int | None = 7  # requests a second of one integration
    rate_account: int | None = 50  # and of everybody in the account
    rate_window: Literal["sliding", "calendar"] = "sliding"
    retry_after: int | None = None  # amoCRM sends no Retry-After as far as anybody saw
    block_after: int | None = 100  # so many 429 and the account answers 403 until it is reset
    oversized_batch: Literal[400, 504] = 400  # more than 250 entities in one call
    gateway_timeout_above: int | None = None  # 504 when a batch is larger
    gateway_timeout_applies: bool = False  # whether what was answered with 504 took effect all the same

    # account
    is_api_filter_enabled: bool = False
    api_filter_off: Literal["ignore", "reject"] = "ignore"  # what a filter of deals does when it is not enabled
    is_paid: bool = True  # 402 for everything otherwise
    hooks_allowed: bool = True  # the tariff includes webhooks
    domain: str | None = None  # host of the account as tokens name it; None: where the server listens
    token_lifetime: int = 86400
    refresh_lifetime: int = 90 * 86400
    code_lifetime: int = 20 * 60
    oauth_failure: Literal[400, 401] = 400
    context_refused: Literal[401, 403] = 401  # X-Context-User-ID of a user that is unknown or free

    # reading
    default_limit: int = 50
    default_order: tuple[str, Literal["asc", "desc"]] = ("id", "asc")
    over_limit: Literal["cap", "reject"] = "cap"
    next_link: Literal["when_full", "when_more"] = "when_full"  # when_full: also before an empty last page
    unknown_filters: Literal["ignore", "reject"] = "ignore"
    unknown_parameters: Literal["ignore", "reject"] = "ignore"
    undocumented_filters: Literal["support", "ignore"] = "ignore"  # created_by, task_type_id, lead_statuses of tasks
    bare_range_inclusive: bool = True  # filter[updated_at]=T also gives what changed in that very second
    if_modified_since: Literal["ignore", 304, 204] = "ignore"
    unknown_task: Literal[204, 404] = 204
    entityless: tuple[int | None, str | None] = (None, None)  # entity_id and entity_type of a task of nothing
    default_group_null: bool = True  # rights.group_id of who is in group 0
    numbers_as_text: bool = True  # numeric, price and monetary fields as text, not as numbers
    task_visibility: Literal["entity", "edit"] = "entity"  # whose tasks a user sees: by deal or by his right to edit
    closest_task_fresh: bool = True
    events_newest_first: bool = True

    # writing
    unknown_fields: Literal["ignore", "reject"] = "ignore"
    unknown_id: Literal[400, 404] = 404  # PATCH of one entity that is not there; in a batch always 400
    completion_needs_result: bool = False
    patch_needs_task_fields: bool = False  # text and complete_till required in every PATCH, as the table says
    patch_resets_responsible: bool = False  # a task's PATCH without one gives the task to the user of the token
    touch_unchanged: bool = True  # whether writing what is there already counts as a change of `updated_at`
    inactive_responsible: Literal["accept", "reject"] = "accept"
    cascade_responsible: bool = False  # whether a deal takes its open tasks and contacts with it

    # events and webhooks
    task_responsible_events: bool = False
    task_responsible_hooks: bool = True
    hook_timeout: float = 2.0  # of the machine's clock
    hook_retries: tuple[int, ...] = (300, 900, 900, 3600)  # the last two only after 499 and 5xx
    hook_failures_to_disable: int = 100
    hooks_drop_every: int | None = None  # every n-th delivery is lost
    hooks_duplicate_every: int | None = None
    hooks_reorder: bool = False  # every second delivery comes after the one that follows it
    completion_hooks: Literal[1, 2] = 1  # 2: completing with a result tells of the end and then of the result
    hook_time_zone: Literal["account", "UTC"] = "account"

    @classmethod
    def strict(cls, **changed: Any) -> FakeSettings:
        """Refuse what would otherwise only be logged."""
        strict = cls(
            over_limit="reject",
            unknown_filters="reject",
            unknown_parameters="reject",
            unknown_fields="reject",
            api_filter_off="reject",
            completion_needs_result=True,
        )
        return evolve(strict, **changed)

    @classmethod
    def unthrottled(cls, **changed: Any) -> FakeSettings:
        """Answer as fast as the machine allows."""
        return evolve(cls(rate_client=None, rate_account=None), **changed)
