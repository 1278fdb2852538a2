"""A made-up Russian account of any size: the same seed gives the same account, on every machine."""

from __future__ import annotations

from random import Random
from zoneinfo import ZoneInfo

from workplaces_amocrm.fake import made_customers, made_directory, made_tasks
from workplaces_amocrm.fake.account import FakeAccount

NOW = 1_795_506_000
"""A working Tuesday, 2026-11-24, 10:40 in Moscow."""


def generate(
    seed: int = 1,
    tasks: int = 200,
    *,
    leads: int | None = None,
    contacts: int | None = None,
    companies: int | None = None,
    users: int = 14,
    timezone: str = "Europe/Moscow",
    now: int = NOW,
) -> FakeAccount:
    """Make up an account: people in groups, two pipelines, every type of custom field, deals, and tasks of all sorts.

    There are 3 deals for 5 tasks, and fewer contacts and companies, unless sizes are given. Among the tasks are
    all-day ones (23:59 in the account's zone) and exact ones, overdue and later ones, some of contacts, of companies,
    of nothing, of a deleted deal, of users who are not there any more; about one in twelve is completed. Some
    users are inactive, one of them an administrator; group 0 has members.

    >>> account = generate(seed=7, tasks=50)
    >>> len(account.tasks), len(account.leads), account == generate(seed=7, tasks=50)
    (50, 30, True)
    """
    rng = Random(seed)
    account = FakeAccount(timezone=timezone, now=now)
    made_directory.fill(rng, account, users)
    deals = max(3, tasks * 3 // 5) if leads is None else leads
    people = max(2, deals * 9 // 10) if contacts is None else contacts
    firms = max(2, deals * 2 // 5) if companies is None else companies
    made_customers.fill(rng, account, deals, people, firms)
    made_tasks.fill(rng, account, tasks, ZoneInfo(timezone))
    return account
