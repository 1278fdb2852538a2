"""A small CRM account for tests of adapters, with one of everything an adapter may meet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import attrs

from workplaces_core.changes import Kind
from workplaces_core.model import (
    Account,
    Company,
    Contact,
    Deal,
    FieldDeclaration,
    Fields,
    Group,
    Snapshot,
    Subject,
    Task,
    TaskType,
    User,
)

IdOf = Callable[[Kind, str], str]
"""Gives the id that an entity known here by a name has in the CRM."""

DAY = date(2026, 11, 24)
MOMENT = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
CREATED = datetime(2026, 11, 20, 8, tzinfo=UTC)


def world(id_of: IdOf) -> Snapshot:
    """Make the account.

    deal big ── contacts ivan (main), olga ── company romashka      tasks all_day, timed
    deal linked ── contact olga                                     task on_contact (olga), for olga has two deals
    company lone                                                    task on_company
    deal small                                                      task done, completed: small hangs on nothing
                                                                    task alone, without subject
    """
    return Snapshot(
        Account(id_of("account", "acme"), "Europe/Moscow"),
        users=_users(id_of),
        groups=[Group(id_of("group", name), name.title()) for name in ("sales", "support")],
        task_types=[TaskType(id_of("task_type", name), name.title()) for name in ("call", "meeting")],
        fields=_fields(id_of),
        deals=_deals(id_of),
        contacts=[Contact(id_of("contact", name), name.title(), id_of("user", "anna")) for name in ("ivan", "olga")],
        companies=[
            Company(id_of("company", name), name.title(), id_of("user", "anna")) for name in ("romashka", "lone")
        ],
        tasks=_tasks(id_of),
    )


def _users(id_of: IdOf) -> list[User]:
    sales, support = id_of("group", "sales"), id_of("group", "support")
    return [
        User(id_of("user", "anna"), "Anna", groups=(sales,)),
        User(id_of("user", "bob"), "Bob", groups=(sales, support)),
        User(id_of("user", "carol"), "Carol"),
        User(id_of("user", "gone"), "Gone", active=False, groups=(support,)),
    ]


def _fields(id_of: IdOf) -> list[FieldDeclaration]:
    return [
        FieldDeclaration("deal", id_of("field", "budget"), "Budget", "number"),
        FieldDeclaration("deal", id_of("field", "since"), "Since", "date"),
        FieldDeclaration("contact", id_of("field", "position"), "Position", "text"),
    ]


def _deals(id_of: IdOf) -> list[Deal]:
    ivan, olga, anna = id_of("contact", "ivan"), id_of("contact", "olga"), id_of("user", "anna")
    values: Fields = {id_of("field", "budget"): 150000, id_of("field", "since"): date(2026, 9, 1)}
    company = id_of("company", "romashka")
    return [
        Deal(id_of("deal", "big"), "Big", anna, ("vip", "new"), dict(values), (ivan, olga), company),
        Deal(id_of("deal", "linked"), "Linked", id_of("user", "bob"), contacts=(olga,)),
        Deal(id_of("deal", "small"), "Small", anna),
    ]


def _tasks(id_of: IdOf) -> list[Task]:
    big, small = Subject("deal", id_of("deal", "big")), Subject("deal", id_of("deal", "small"))
    olga, lone = Subject("contact", id_of("contact", "olga")), Subject("company", id_of("company", "lone"))
    return [
        task(id_of, "all_day", big),
        attrs.evolve(task(id_of, "timed", big), due=MOMENT, responsible=id_of("user", "bob")),
        task(id_of, "on_contact", olga),
        task(id_of, "on_company", lone),
        task(id_of, "alone", None),
        attrs.evolve(task(id_of, "done", small), completed=True),
    ]


def task(id_of: IdOf, name: str, subject: Subject | None) -> Task:
    """Make an open all-day task of Anna's."""
    kind, anna = id_of("task_type", "call"), id_of("user", "anna")
    return Task(id_of("task", name), kind, f"Call: {name}", anna, CREATED, DAY, subject)


def open_part(snapshot: Snapshot) -> Snapshot:
    """Give the directory, the open tasks and what they hang on: the part that an adapter owes us.

    >>> sorted(open_part(world(lambda kind, name: name)).deals)
    ['big', 'linked']
    """
    tasks = [task for task in snapshot.tasks.values() if not task.completed]
    held: dict[str, Any] = {"deal": snapshot.deals, "contact": snapshot.contacts, "company": snapshot.companies}
    subjects = {
        task.subject for task in tasks if task.subject is not None and task.subject.id in held[task.subject.kind]
    }
    deals = {deal.id: deal for subject in subjects for deal in _deals_of(subject, snapshot)}
    contacts = _ids(subjects, "contact").union(*(deal.contacts for deal in deals.values()))
    companies = _ids(subjects, "company").union(deal.company for deal in deals.values() if deal.company is not None)
    return attrs.evolve(
        snapshot,
        tasks=tasks,
        deals=deals,
        contacts=[contact for contact in snapshot.contacts.values() if contact.id in contacts],
        companies=[company for company in snapshot.companies.values() if company.id in companies],
    )


def _deals_of(subject: Subject, snapshot: Snapshot) -> list[Deal]:
    return [snapshot.deals[subject.id]] if subject.kind == "deal" else snapshot.deals_linking(subject)


def _ids(subjects: set[Subject], kind: Kind) -> set[str]:
    return {subject.id for subject in subjects if subject.kind == kind}
