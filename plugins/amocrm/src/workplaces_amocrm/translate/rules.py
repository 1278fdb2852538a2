"""How records are read: the account's zone, and what amoCRM's documentation leaves open."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Literal

from attrs import frozen

from workplaces_amocrm.translate.due import ALL_DAY, AllDay
from workplaces_core.changes import Entity
from workplaces_core.errors import Problem

Language = Literal["ru", "en"]


@frozen(kw_only=True)
class Rules:
    """How records are read.

    `zone` is the account's; `all_day` the local time that stands for all day; `date_zone` says which midnight the
    number of a date field is; `null_group_is_default` that a user without group belongs to group 0; `language` is that
    of the names which we give to a deal's pipeline, stage and price.
    """

    zone: tzinfo = UTC
    all_day: AllDay = ALL_DAY
    date_zone: Literal["account", "utc"] = "account"
    null_group_is_default: bool = True
    language: Language = "ru"

    @property
    def zone_of_dates(self) -> tzinfo:
        """The zone in which the numbers of date fields are midnights."""
        return self.zone if self.date_zone == "account" else UTC


@frozen
class Translated:
    """What became of one record: the entity, None when the record is set aside; `problems` say what could not be read.

    An entity may come with problems: of a field or a tag that is left out while the rest is good.
    """

    id: str
    value: Entity | None
    problems: tuple[Problem, ...] = ()
