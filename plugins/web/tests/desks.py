"""A small office behind the web: two employees, a supervisor, an administrator, and browsers for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from attrs import define, field
from litestar.testing import TestClient
from workplaces_web.app import create_app
from workplaces_web.operation.metrics import METRICS
from workplaces_web.settings import Passwords, WebSettings
from workplaces_web.web import Web

from workplaces_core import DeskService
from workplaces_core.adapters.memory import MemoryCrm, MemoryStore
from workplaces_core.changes import Set
from workplaces_core.model import (
    Account,
    Company,
    Contact,
    Deal,
    FieldDeclaration,
    Group,
    Snapshot,
    Subject,
    Task,
    TaskType,
    User,
)
from workplaces_core.policy import CommonQueue, ExactTime, Interval, Members, Policy, Priority, Role

MORNING = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)  # Tuesday, 10:00 in Moscow
TODAY = date(2026, 11, 24)
WEEK = Interval("week", start=9 * 60, end=18 * 60, days=(0, 1, 2, 3, 4))
PASSWORD = "верный пароль 1"
CHEAP = Passwords(time_cost=1, memory_kib=8, lanes=1)


def task(name: str, responsible: str = "gone", **more: Any) -> Task:
    values: dict[str, Any] = {"type": "1", "text": f"text of {name}", "created": MORNING, "due": TODAY} | more
    return Task(name, responsible=responsible, **values)


def account(*tasks: Task) -> Snapshot:
    return Snapshot(
        Account("acme", "Europe/Moscow"),
        users=[User("anna", "Анна", groups=["g1"]), User("boris", "Борис"), User("gone", "Ушёл", active=False),
               User("zoe", "Зоя")],
        groups=[Group("g1", "Продажи")],
        task_types=[TaskType("1", "Звонок"), TaskType("2", "Встреча")],
        fields=[FieldDeclaration("deal", "price", "Бюджет", "number")],
        deals=[Deal("d1", "Ромашка, 20 шт", "gone", tags=["vip"], fields={"price": 150000}, contacts=("c1", "c2"),
                    company="o1")],
        contacts=[Contact("c1", "Ирина", "gone"), Contact("c2", "Пётр", "gone")],
        companies=[Company("o1", "Ромашка", "gone")],
        tasks=list(tasks),
    )  # fmt: skip


def policy(version: int = 1, *, members: tuple[str, ...] = ("anna", "boris"), exact: bool = True) -> Policy:
    role = Role(
        "sales",
        "Отдел продаж",
        members=Members(users=list(members)),
        intervals=(WEEK,),
        exact_time=ExactTime(5) if exact else None,
        priorities=(Priority("common", "Общие", common_queue=CommonQueue(pool="anyone", transfer_linked=True)),),
    )
    return Policy(version, (role,))


@define
class Office:
    """The service over a CRM and a store in memory, the application, and the people who use it."""

    crm: MemoryCrm
    settings: WebSettings
    now: datetime = MORNING
    store: MemoryStore = field(init=False)
    service: DeskService = field(init=False)
    app: Any = field(init=False)
    web: Web = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.store = MemoryStore(lambda: self.now)
        self.service = DeskService(
            adapter=self.crm, store=self.store, clock=lambda: self.now, allow_skip=True, observer=METRICS.observe
        )
        self.app = create_app(self.settings, self.service, runs_service=False)
        self.web = self.app.state.web

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def edit(self, kind: Any, entity: Any) -> None:
        """What a colleague does in the CRM."""
        self.crm.put(Set(kind, entity))
        self.service.sync()

    def person(self, name: str, role: str, user: str | None = None):
        person = self.web.people.create(name, role, source="local", login=name, user=user)
        return self.web.people.set_password(person.id, PASSWORD)

    @contextmanager
    def browser(self, login: str | None = None, app: Any = None) -> Iterator[TestClient]:
        """A browser, signed in as somebody."""
        with TestClient(app or self.app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
            if login is not None:
                sign_in(client, login)
            yield client


def sign_in(client: TestClient, login: str, password: str = PASSWORD) -> None:
    answer = client.post("/api/v1/session", json={"login": login, "password": password})
    assert answer.status_code == 201, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]


def office(*tasks: Task, rules: Policy | None = None, **settings: Any) -> Office:
    made = Office(MemoryCrm(account(*tasks)), WebSettings(passwords=CHEAP, **settings))
    made.service.publish(rules or policy(), author="u9")
    made.person("anna", "employee", "anna")
    made.person("boris", "employee", "boris")
    made.person("zoe", "supervisor", "zoe")
    made.person("root", "administrator")
    return made


SUBJECT = Subject("deal", "d1")
