"""A made-up account: rows as amoCRM shows them, by id, which tests fill and the local server serves and changes."""

from __future__ import annotations

import time
from itertools import count
from typing import Any

from attrs import Factory, define

from workplaces_amocrm.fake import shapes
from workplaces_amocrm.fake.shapes import Row

Place = tuple[str, int]
"""An entity type in the plural, and an id: `("leads", 7)`."""

_PLURAL = {one: many for many, one in shapes.SINGULAR.items()}


@define(kw_only=True)
class FakeAccount:
    """Everything one account holds.

    Rows lack only what depends on the address of the server (`_links`) and what amoCRM joins in while it answers
    (contacts and companies of a deal, which stand in `links`). Change a served account with `FakeAmo.edit`; what is
    changed here directly leaves `updated_at` alone and makes no event.

    >>> account = FakeAccount.empty(timezone="Asia/Yekaterinburg")
    >>> deal = account.add("leads", name="Кондиционеры", price=90000)
    >>> task = account.add("tasks", entity_type="leads", entity_id=deal["id"], complete_till=1_700_000_000)
    >>> task["responsible_user_id"] == account.admin
    True
    """

    id: int = 31415926
    name: str = "Северный ветер"
    subdomain: str = "fake"
    timezone: str = "Europe/Moscow"
    country: str = "RU"
    currency: str = "RUB"
    now: int | None = None
    """When the account was made up; the server's clock starts there. None: it shows the machine's time."""

    users: dict[int, Row] = Factory(dict)
    groups: dict[int, Row] = Factory(dict)
    roles: dict[int, Row] = Factory(dict)
    task_types: dict[int, Row] = Factory(dict)
    pipelines: dict[int, Row] = Factory(dict)
    loss_reasons: dict[int, Row] = Factory(dict)
    custom_fields: dict[Place, Row] = Factory(dict)
    tags: dict[Place, Row] = Factory(dict)
    leads: dict[int, Row] = Factory(dict)
    contacts: dict[int, Row] = Factory(dict)
    companies: dict[int, Row] = Factory(dict)
    tasks: dict[int, Row] = Factory(dict)
    links: dict[Place, dict[Place, Row | None]] = Factory(dict)
    events: dict[str, Row] = Factory(dict)
    webhooks: dict[int, Row] = Factory(dict)
    _last_id: int = 0

    @classmethod
    def empty(cls, timezone: str = "Europe/Moscow", **given: Any) -> FakeAccount:
        """Only what no account lacks: an administrator, group 0, the two task types, and a pipeline."""
        account = cls(timezone=timezone, **given)
        account.groups[0] = {"id": 0, "name": "Отдел продаж", "uuid": None}
        account.task_types[1] = shapes.task_type(1, "Связаться", "FOLLOW_UP")
        account.task_types[2] = shapes.task_type(2, "Встреча", "MEETING")
        account.add_user("Администратор", id=101, admin=True)
        statuses = [(1101, "Первичный контакт"), (1102, "Переговоры"), (1103, "Согласование договора")]
        account.pipelines[1100] = shapes.pipeline(1100, account.id, "Воронка", statuses, main=True)
        return account

    @property
    def admin(self) -> int:
        """The first active administrator."""
        return next(id_ for id_, user in self.users.items() if is_admin(user))

    def table(self, entity: str) -> dict[int, Row]:
        """The rows of leads, contacts, companies, or tasks."""
        if entity not in shapes.MAKERS:
            raise KeyError(f"no such entities: `{entity}`; there are {', '.join(shapes.MAKERS)}")
        rows: dict[int, Row] = getattr(self, entity)
        return rows

    def add_user(self, name: str, *, id: int | None = None, group: int = 0, admin: bool = False, **rights: Any) -> Row:  # noqa: A002
        """Add a user; further keywords are rights: `is_active=False`, `leads=only("M")`."""
        key = self.new_id() if id is None else id
        self.users[key] = shapes.user(key, name, group=group, admin=admin, **rights)
        return self.users[key]

    def add_group(self, id: int, name: str) -> Row:  # noqa: A002
        """Add a group of users."""
        self.groups[id] = {"id": id, "name": name, "uuid": f"00000000-0000-4000-8000-{id:012d}"}
        return self.groups[id]

    def add(self, entity: str, **given: Any) -> Row:
        """Add a row of leads, contacts, companies, or tasks, with defaults for what is not given."""
        key = given.pop("id", None)
        key = self.new_id() if key is None else key
        owner = given.setdefault("responsible_user_id", self.admin)
        given.setdefault("group_id", group_of(self.users.get(owner)))
        if entity == "leads":
            given = {**self._first_stage(given.get("pipeline_id")), **given}
        row = shapes.MAKERS[entity](key, self.id, self.moment(), **given)
        self.table(entity)[key] = row
        return row

    def add_field(self, entity: str, type_: str, name: str, *, id: int | None = None, **more: Any) -> Row:  # noqa: A002
        """Add a custom field; `code` and `enums` as in `shapes.custom_field`."""
        key = self.new_id() if id is None else id
        self.custom_fields[entity, key] = shapes.custom_field(key, self.id, entity, type_, name, **more)
        return self.custom_fields[entity, key]

    def tag(self, entity: str, name: str) -> Row:
        """Find the tag of this name among those of an entity type, or add it."""
        known = (row for (kind, _), row in self.tags.items() if kind == entity and row["name"] == name)
        row = next(known, None)
        if row is None:
            key = self.new_id()
            row = self.tags[entity, key] = {"id": key, "name": name, "color": None}
        return row

    def link(self, one: Place, other: Place, *, main: bool = False) -> None:
        """Tie two entities to each other; `main` marks the main contact of a deal."""
        about = {"main_contact": main} if "contacts" in {one[0], other[0]} else None
        self.links.setdefault(one, {})[other] = about
        self.links.setdefault(other, {})[one] = about

    def unlink(self, one: Place, other: Place) -> None:
        """Untie them."""
        self.links.get(one, {}).pop(other, None)
        self.links.get(other, {}).pop(one, None)

    def linked(self, place: Place, entity: str) -> list[tuple[int, Row | None]]:
        """Ids of one type that an entity is tied to and that are not deleted, with what is known of the tie."""
        tied = [(id_, about) for (kind, id_), about in self.links.get(place, {}).items() if kind == entity]
        return [(id_, about) for id_, about in tied if self.there((entity, id_))]

    def there(self, place: Place) -> bool:
        """Whether an entity exists and is not deleted."""
        row = self.table(place[0]).get(place[1])
        return row is not None and not row.get("is_deleted", False)

    def new_id(self) -> int:
        """An id that nothing in the account has."""
        if not self._last_id:
            tables: list[Any] = [self.users, self.leads, self.contacts, self.companies, self.tasks, self.webhooks]
            pairs = [id_ for table in (self.tags, self.custom_fields) for _, id_ in table]
            self._last_id = max((*(key for table in tables for key in table), *pairs, 1_000_000))
        for key in count(self._last_id + 1):
            if not any(key in self.table(entity) for entity in shapes.MAKERS) and key not in self.users:
                self._last_id = key
                break
        return self._last_id

    def moment(self) -> int:
        """The time that rows get which are added here."""
        return int(time.time()) if self.now is None else self.now

    def _first_stage(self, pipeline_id: int | None) -> Row:
        key = next(iter(self.pipelines)) if pipeline_id is None else pipeline_id
        stages = self.pipelines[key]["_embedded"]["statuses"]
        return {"pipeline_id": key, "status_id": next(row["id"] for row in stages if row["type"] == 0)}


def plural(entity: str) -> str:
    """Name an entity type in the plural, however it came.

    >>> plural("lead"), plural("leads")
    ('leads', 'leads')
    """
    return _PLURAL.get(entity, entity)


def is_admin(user: Row) -> bool:
    """Whether a user is an administrator and at work."""
    return bool(user["rights"]["is_admin"] and user["rights"]["is_active"])


def group_of(user: Row | None) -> int:
    """The group of a user; amoCRM's default one has number 0, or none at all."""
    return (user["rights"]["group_id"] or 0) if user else 0
