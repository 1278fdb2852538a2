"""The core's conformance suite against the local server, in an account that can filter and in one that cannot."""

from __future__ import annotations

import zlib
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from workplaces_amocrm import AmoCrm
from workplaces_amocrm.fake.account import FakeAccount
from workplaces_amocrm.fake.amo import FakeAmo
from workplaces_amocrm.fake.settings import FakeSettings

from workplaces_core.changes import Change, Kind, Set
from workplaces_core.model import (
    Company,
    Contact,
    Deal,
    FieldDeclaration,
    Snapshot,
    Subject,
    Task,
    User,
)
from workplaces_core.testing.adapter_suite import AdapterSuite, Crm
from workplaces_core.testing.crm_world import world

MOSCOW = ZoneInfo("Europe/Moscow")
MANY = {"deal": "leads", "contact": "contacts", "company": "companies", "task": "tasks"}
ONE = {many: kind for kind, many in MANY.items()}
TYPES = {"number": "numeric", "date": "date", "text": "text"}
BUILT_IN = [
    FieldDeclaration("deal", "pipeline", "Воронка", "option", ("1100",)),
    FieldDeclaration("deal", "stage", "Этап", "option", ("1100000", "1101", "1102", "1103", "142", "143")),
    FieldDeclaration("deal", "price", "Бюджет", "number"),
]


def number(kind: str, name: str) -> str:
    return str(1_000_000 + zlib.crc32(f"{kind} {name}".encode()) % 900_000_000)


def seconds(moment: date) -> int:
    """23:59 in Moscow for a date: said here once more, without the code under test."""
    if isinstance(moment, datetime):
        return int(moment.timestamp())
    return int(datetime.combine(moment, time(23, 59), MOSCOW).timestamp())


class AmoBackDoor:
    """The local server's rows, made of entities and made entities again."""

    def __init__(self, fake: FakeAmo) -> None:
        self.fake = fake

    def put(self, *changes: Change) -> None:
        for change in changes:
            if isinstance(change, Set):
                self._set(MANY[change.kind], change.value)
            elif int(change.id) in self.fake.account.table(MANY[change.kind]):
                self.fake.remove(MANY[change.kind], int(change.id))

    def _set(self, many: str, entity: Any) -> None:
        columns = self.columns(entity)
        if isinstance(entity, Deal):
            for each in entity.contacts:
                self.fake.link(("leads", int(entity.id)), ("contacts", int(each)), main=each == entity.contacts[0])
            if entity.company:
                self.fake.link(("leads", int(entity.id)), ("companies", int(entity.company)))
        if int(entity.id) in self.fake.account.table(many):
            self.fake.edit(many, int(entity.id), columns)
        else:
            self.fake.create(many, {"id": int(entity.id), **columns})

    def columns(self, entity: Any) -> dict[str, Any]:
        if isinstance(entity, Task):
            subject = {}
            if entity.subject:
                subject = {"entity_type": MANY[entity.subject.kind], "entity_id": int(entity.subject.id)}
            return {
                "task_type_id": int(entity.type), "text": entity.text, "created_at": seconds(entity.created),
                "responsible_user_id": int(entity.responsible), "complete_till": seconds(entity.due),
                "is_completed": entity.completed, **subject,
            }  # fmt: skip
        columns = {
            "name": entity.name,
            "responsible_user_id": int(entity.responsible),
            "_embedded": {"tags": [{"name": tag} for tag in entity.tags]},
        }
        values = [
            {"field_id": int(key), "values": [{"value": self._written(value)}]}
            for key, value in entity.fields.items()
            if key.isdecimal()
        ]
        return columns | ({"custom_fields_values": values} if values else {})

    def _written(self, value: Any) -> Any:
        midnight = isinstance(value, date) and datetime.combine(value, time(), MOSCOW)
        return int(midnight.timestamp()) if midnight else str(value)

    def entity(self, kind: Kind, entity_id: str) -> Any:
        row = self.fake.account.table(MANY[kind]).get(int(entity_id)) if entity_id.isdecimal() else None
        if row is None or row.get("is_deleted"):
            return None
        if kind == "task":
            return self._task(row)
        fields = {str(each["field_id"]): self._read(each) for each in row["custom_fields_values"] or ()}
        tags = tuple(tag["name"] for tag in row["_embedded"]["tags"])
        common = (str(row["id"]), row["name"], str(row["responsible_user_id"]), tags)
        if kind != "deal":
            return (Contact if kind == "contact" else Company)(*common, fields)
        own = {"pipeline": str(row["pipeline_id"]), "stage": str(row["status_id"]), "price": row["price"]}
        linked = self.fake.account.linked(("leads", row["id"]), "contacts")
        ordered = sorted(linked, key=lambda pair: not (pair[1] or {}).get("main_contact"))
        companies = [str(key) for key, _ in self.fake.account.linked(("leads", row["id"]), "companies")]
        contacts = tuple(str(key) for key, _ in ordered)
        return Deal(*common, own | fields, contacts, companies[0] if companies else None)

    def _read(self, value: Any) -> Any:
        raw = value["values"][0]["value"]
        if value["field_type"] == "date":
            return datetime.fromtimestamp(raw, MOSCOW).date()
        return int(raw) if value["field_type"] == "numeric" else raw

    def _task(self, row: Any) -> Task:
        local = datetime.fromtimestamp(row["complete_till"], MOSCOW)
        subject = Subject(ONE[row["entity_type"]], str(row["entity_id"])) if row["entity_id"] else None
        return Task(
            str(row["id"]), str(row["task_type_id"]), row["text"], str(row["responsible_user_id"]),
            datetime.fromtimestamp(row["created_at"], UTC),
            local.date() if (local.hour, local.minute) == (23, 59) else local,
            subject, row["is_completed"],
        )  # fmt: skip

    def results(self, task: str) -> list[str]:
        result = self.fake.account.tasks[int(task)]["result"]
        return [result["text"]] if result else []


def account_of(snapshot: Snapshot) -> FakeAccount:
    account = FakeAccount.empty(timezone=snapshot.account.timezone, id=int(snapshot.account.id))
    account.users.clear(), account.groups.clear(), account.task_types.clear()
    for group in snapshot.groups.values():
        account.add_group(int(group.id), group.name)
    for each in snapshot.task_types.values():
        account.task_types[int(each.id)] = {
            "id": int(each.id),
            "name": each.name,
            "color": None,
            "icon_id": None,
            "code": None,
        }
    for user in snapshot.users.values():
        account.add_user(
            user.name, id=int(user.id), group=int(user.groups[0]), admin=user.name == "Anna", is_active=user.active
        )
    for field in snapshot.fields.values():
        if field.id.isdecimal():
            account.add_field(MANY[field.entity], TYPES[field.type], field.name, id=int(field.id))
    return account


class AmoSuite(AdapterSuite):
    awkward_ids = ("1", "7", "999999999", "1234567890")
    awkward_texts = tuple(text for text in AdapterSuite.awkward_texts if text)  # a task has a text
    holds_nobody = False
    filters = True

    def id_of(self, kind: Kind, name: str) -> str:
        return number(kind, name)

    def as_held(self, entity: Any) -> Any:
        """amoCRM has one group for a user, and a pipeline, a stage and a price for every deal."""
        if isinstance(entity, User):
            return attrs.evolve(entity, groups=entity.groups[:1] or ("0",))
        if isinstance(entity, Deal):
            return attrs.evolve(entity, fields={"pipeline": "1100", "stage": "1101", "price": 0, **entity.fields})
        return entity

    def reopened(self, crm: Crm) -> AmoCrm:
        return self.again()

    @pytest.fixture
    def make_crm(self, serve):
        def make(snapshot: Snapshot) -> tuple[AmoCrm, AmoBackDoor]:
            switches = FakeSettings.unthrottled(is_api_filter_enabled=self.filters)
            fake, crm = serve(account_of(snapshot), fake=switches)
            self.again = lambda: AmoCrm(crm.api, crm.settings)
            door = AmoBackDoor(fake)
            for kind in ("company", "contact", "deal", "task"):
                held = {"company": snapshot.companies, "contact": snapshot.contacts, "deal": snapshot.deals}
                door.put(*(Set(kind, each) for each in held.get(kind, snapshot.tasks).values()))
            return crm, door

        return make

    @pytest.fixture
    def crm(self, make_crm) -> Crm:
        """The directory declares pipeline, stage and price of its own accord, which the world does not know."""
        plain = world(self.id_of)
        held = {
            name: [self.as_held(entity) for entity in getattr(plain, name).values()]
            for name in ("users", "groups", "task_types", "deals", "contacts", "companies", "tasks")
        }
        snapshot = Snapshot(plain.account, fields=[*plain.fields.values(), *BUILT_IN], **held)
        adapter, door = make_crm(snapshot)
        return Crm(adapter, door, self, snapshot)


class TestAccountThatFilters(AmoSuite):
    pass


class TestAccountThatDoesNotFilter(AmoSuite):
    filters = False
