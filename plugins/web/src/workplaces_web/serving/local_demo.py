"""The demonstration over a CRM that a plugin starts on this machine: rules and people are made from what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from workplaces_core import Engine
from workplaces_core.adapters.protocols import CrmAdapter
from workplaces_core.adapters.registrars import LocalCrm
from workplaces_core.adapters.registry import Registry
from workplaces_core.adapters.stores import Store
from workplaces_core.cli.configured import open_crm
from workplaces_core.model import Snapshot
from workplaces_core.policy import CommonQueue, ExactTime, Interval, Members, OrderKey, Policy, Priority, Role

_EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
_NOON, _MIDNIGHT = 12 * 60, 24 * 60
_EMPLOYEES = 4


@frozen
class Started:
    """A local CRM that runs, and an adapter onto it."""

    crm: LocalCrm
    adapter: CrmAdapter

    def stop(self) -> None:
        """End both."""
        self.adapter.close()
        self.crm.stop()


def start(registry: Registry, store: Store) -> Started | None:
    """Start the first CRM that some plugin can start here, None when none can."""
    for name, starting in sorted(registry.local_crms.items()):
        crm = starting()
        return Started(crm, open_crm(registry, {"adapter": name, **crm.settings}, store))
    return None


def policy_for(snapshot: Snapshot) -> Policy:
    """Make rules for an account that nobody knows: a role a group, around the clock, with a common queue.

    What its busiest user and its dismissed ones are responsible for is the common queue, as an account's robot that
    receives all requests would have it.
    """
    busiest = _busiest(snapshot)
    dismissed = [user.id for user in snapshot.users.values() if not user.active]
    pool = Members(users=[busiest, *dismissed])
    groups = [group for group in snapshot.groups.values() if _active_in(snapshot, group.id)]
    return Policy(1, tuple(_role(group.id, group.name, [*snapshot.task_types], pool) for group in groups))


def _role(group: str, name: str, types: Sequence[str], pool: Members) -> Role:
    return Role(
        id=f"group-{group}",
        name=name,
        members=Members(groups=[group]),
        intervals=(
            Interval("утро", start=0, end=_NOON, days=_EVERY_DAY),
            Interval("день", start=_NOON, end=_MIDNIGHT, days=_EVERY_DAY),
        ),
        exact_time=ExactTime(5),
        priorities=(
            Priority(
                "calls", "Звонки по дорогим сделкам", task_types=tuple(types[:1]), first="today",
                order=(OrderKey("field", "deal.price", "desc"),),
            ),
            Priority("own", "Свои задачи", task_types=tuple(types[1:])),
            Priority("common", "Новые заявки", common_queue=CommonQueue(pool, transfer_linked=True)),
        ),
    )  # fmt: skip


def head_of(snapshot: Snapshot) -> str:
    """Choose the supervisor: the first of the active users."""
    return min((user.id for user in snapshot.users.values() if user.active), default="")


def employees_for(snapshot: Snapshot, engine: Engine, now: datetime) -> list[str]:
    """Choose the employees worth being: those with something to do, from as many roles as there are."""
    others = {head_of(snapshot), _busiest(snapshot)}
    chosen: dict[str, str] = {}
    for user in sorted(user.id for user in snapshot.users.values() if user.active and user.id not in others):
        desk = engine.desk(user, now=now, queue=1)
        if desk.role is not None and desk.queue:
            chosen.setdefault(user, desk.role.id)
    by_role: dict[str, list[str]] = {}
    for user, role in chosen.items():
        by_role.setdefault(role, []).append(user)
    turns = max(map(len, by_role.values()), default=0)
    mixed = [users[turn] for turn in range(turns) for users in by_role.values() if turn < len(users)]
    return mixed[:_EMPLOYEES]


def _busiest(snapshot: Snapshot) -> str:
    """Find who is responsible for most tasks: in a made-up account that is the robot that receives requests."""
    owners = Counter(task.responsible for task in snapshot.tasks.values())
    return owners.most_common(1)[0][0] if owners else ""


def _active_in(snapshot: Snapshot, group: str) -> bool:
    return any(user.active and group in user.groups for user in snapshot.users.values())
