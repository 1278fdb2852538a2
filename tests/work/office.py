"""A small office for tests of work: two employees with a common queue, a dismissed colleague, and a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from attrs import define, field

from workplaces_core import DeskService
from workplaces_core.adapters.memory import MemoryCrm, MemoryStore
from workplaces_core.adapters.stores import Store
from workplaces_core.changes import Set
from workplaces_core.model import Account, Company, Contact, Deal, Snapshot, Task, User
from workplaces_core.policy import CommonQueue, ExactTime, Interval, Members, Policy, Priority, Role

MORNING = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)  # Tuesday, 10:00 in Moscow
TODAY = date(2026, 11, 24)
WEEK = Interval("week", start=9 * 60, end=18 * 60, days=(0, 1, 2, 3, 4))


def task(name: str, responsible: Any = "gone", **more: Any) -> Task:
    values: dict[str, Any] = {"type": "1", "text": f"text of {name}", "created": MORNING, "due": TODAY} | more
    return Task(name, responsible=responsible, **values)


def accounts(*tasks: Task) -> Snapshot:
    return Snapshot(
        Account("acme", "Europe/Moscow"),
        users=[User("anna", "Anna"), User("boris", "Boris"), User("gone", "Gone", active=False), User("zoe", "Zoe")],
        deals=[Deal("d1", "Ромашка, 20 шт", "gone", contacts=("c1", "c2"), company="o1")],
        contacts=[Contact("c1", "Main", "gone"), Contact("c2", "Second", "gone")],
        companies=[Company("o1", "Ромашка", "gone")],
        tasks=list(tasks),
    )


def policy(version: int = 1, *, linked: bool = True, exact: bool = False, members=("anna", "boris")) -> Policy:
    shared = CommonQueue(pool="anyone", transfer_linked=linked)
    role = Role(
        "sales",
        "Sales",
        members=Members(users=list(members)),
        intervals=(WEEK,),
        exact_time=ExactTime(5) if exact else None,
        priorities=(Priority("common", "Common", common_queue=shared),),
    )
    return Policy(version, (role,))


@define
class Office:
    """A service over a CRM and a store in memory, with hands on all of them."""

    crm: Any
    store: Any
    now: datetime = MORNING
    service: Any = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.service = self.restarted()

    def restarted(self, **settings) -> Any:
        """Another process on the same store."""
        self.service = DeskService(adapter=self.crm, store=self.store, clock=lambda: self.now, **settings)
        return self.service

    def deaf(self) -> Any:
        """The service as one that has not yet heard of what others write: as if its follower were slow."""
        self.service.desk("anna")
        self.service._background._threads = [None]
        return self.service

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def edit(self, kind, entity) -> None:
        """What a colleague does in the CRM."""
        self.crm.put(Set(kind, entity))

    def held(self, collection: str, name: str):
        return getattr(self.crm.snapshot, collection)[name]

    def events(self, *, task: str | None = None) -> list[str]:
        return [record.event for record in self.store.log(task=task) if record.event != "published"]


def office(*tasks: Task, rules: Policy | None = None, store: Store | None = None, **settings) -> Office:
    made = Office(MemoryCrm(accounts(*tasks)), store or MemoryStore())
    made.restarted(**settings)
    made.service.publish(rules or policy())
    return made
