"""`workplaces amocrm demo`: a whole morning over HTTP, from reading an account to a deal that changes hands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from workplaces_amocrm.cli.words import words
from workplaces_core.cli import options, screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workplaces_amocrm.fake import FakeAmo
    from workplaces_core.adapters.stores import FencedLease
    from workplaces_core.model import Snapshot
    from workplaces_core.policy import Policy
    from workplaces_core.work.desk_service import DeskService

_WEEK: dict[str, Any] = {"id": "week", "days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "18:00"}
_RESULT = "Договорились на четверг"


@click.command("demo")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed makes another account.")
@click.option("--tasks", type=click.IntRange(50, 100_000), default=600, show_default=True, help="How many tasks.")
@options.language_option
def command(*, seed: int, tasks: int, language: str) -> None:
    """Read a made-up account over HTTP, hand out two tasks, and show what that changes in the CRM.

    The account lives in the local server of this plugin. One employee finishes a task of his own; another takes one
    from the common queue, and becomes responsible for its deal and contacts.
    """
    from workplaces_amocrm.adapter import AmoCrm
    from workplaces_amocrm.fake import FakeAmo, FakeSettings, generate
    from workplaces_core.adapters.memory import MemoryStore
    from workplaces_core.work.desk_service import DeskService

    said = words(language)
    with FakeAmo.start(generate(seed, tasks), settings=FakeSettings.unthrottled()) as fake:
        now = datetime.fromtimestamp(fake.clock.now(), UTC)
        crm = AmoCrm.open(base_url=fake.url, token=fake.token, integration_rate=500.0, account_rate=500.0)
        service = DeskService(adapter=crm, store=MemoryStore(), clock=lambda: now)
        service.sync()
        snapshot = service.snapshot()
        screen.print_title(said["demo read"].format(url=fake.url, calls=len(fake.requests)))
        screen.print_table([said["kind"], said["amount"]], _amounts(snapshot, said), counts=True)
        own, shared = _chosen(snapshot, now)
        service.publish(_policy(own, shared), author="demo")
        _finish_own(service, fake, own, said, language)
        _take_shared(service, fake, shared, said, language)
        screen.print_title(said["demo clean"].format(writes=len(fake.writes()), violations=len(fake.violations)))
        crm.close()


def _amounts(snapshot: Snapshot, said: dict[str, str]) -> list[list[str]]:
    named = {"user": "users", "task_type": "task_types", "field": "fields", "deal": "deals", "contact": "contacts"}
    found = named | {"company": "companies", "task": "tasks"}
    return [[said[kind], str(len(getattr(snapshot, name)))] for kind, name in found.items()]


def _chosen(snapshot: Snapshot, now: datetime) -> tuple[str, str]:
    """Choose who works on his own tasks and who on the common queue: the busiest active user, and one who is not."""
    counts = {user.id: 0 for user in snapshot.users.values() if user.active}
    for task in snapshot.tasks.values():
        due = task.due.date() if isinstance(task.due, datetime) else task.due
        if task.responsible in counts and due <= now.date():
            counts[task.responsible] += 1
    ranked = sorted(counts, key=lambda user: (-counts[user], user))
    return ranked[0], ranked[-1]


def _policy(own: str, shared: str) -> Policy:
    from workplaces_core.wire import load_policy

    queue = {"from": "anyone", "transfer_linked": True}
    with_deal = {"field": "deal.price", "op": "ge", "value": 100_000}
    return load_policy({
        "format": "workplaces/policy/1", "version": 1,
        "roles": [
            {"id": "sales", "name": "Менеджер", "members": {"users": [own]}, "intervals": [_WEEK],
             "exact_time": {"lead_minutes": 5}, "priorities": [{"id": "all", "name": "Все задачи"}]},
            {"id": "duty", "name": "Дежурный", "members": {"users": [shared]}, "intervals": [_WEEK],
             "priorities": [{"id": "large", "name": "Крупные сделки", "where": with_deal, "common_queue": queue,
                             "order": [{"by": "field", "field": "deal.price", "direction": "desc"}]}]},
        ],
    })  # fmt: skip


def _taken(service: DeskService, user: str, said: dict[str, str], language: str) -> FencedLease:
    from workplaces_core.adapters.stores import FencedLease
    from workplaces_core.sentences import desk_sentences

    screen.print_title(said["demo desk"].format(user=service.snapshot().users[user].name))
    screen.print_lines(desk_sentences(service.desk(user), service.snapshot(), service.policy, language=language))
    lease = service.take(user, key=f"demo-{user}")
    if not isinstance(lease, FencedLease):
        raise click.ClickException(said["demo nothing"])
    return lease


def _finish_own(service: DeskService, fake: FakeAmo, user: str, said: dict[str, str], language: str) -> None:
    lease = _taken(service, user, said, language)
    before = _rows(fake, service.snapshot(), [("tasks", lease.task)])
    service.run_due()
    service.finish(user, lease.fence, result=_RESULT, key=f"demo-{user}-done")
    after = _rows(fake, service.snapshot(), [("tasks", lease.task)])
    _print_change(said["demo finished"], before, after, said)


def _take_shared(service: DeskService, fake: FakeAmo, user: str, said: dict[str, str], language: str) -> None:
    snapshot = service.snapshot()
    lease = _taken(service, user, said, language)
    links = snapshot.links(snapshot.tasks[lease.task])
    concerned = [("tasks", lease.task)]
    if links.deal is not None:
        concerned += [("leads", links.deal.id), *(("contacts", contact) for contact in links.deal.contacts)]
    before = _rows(fake, snapshot, concerned)
    service.run_due()
    _print_change(said["demo taken"], before, _rows(fake, snapshot, concerned), said)


def _rows(fake: FakeAmo, snapshot: Snapshot, concerned: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Look at entities as the CRM has them now: who is responsible, and what became of a task."""
    rows = []
    for entity, entity_id in concerned:
        row = fake.account.table(entity)[int(entity_id)]
        user = snapshot.users.get(str(row["responsible_user_id"]))
        done = "✓ " + row["result"]["text"] if row.get("is_completed") else ""
        rows.append([f"{entity}/{entity_id}", (user.name if user else "") + (f"  {done}" if done else "")])
    return rows


def _print_change(title: str, before: list[list[str]], after: list[list[str]], said: dict[str, str]) -> None:
    changed = [[name, was, now] for (name, was), (_, now) in zip(before, after, strict=True)]
    screen.print_table([said["demo entity"], said["demo before"], said["demo after"]], changed, title=title)
