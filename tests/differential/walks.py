"""Random walks: what happens to an account, step by step, each drawn in view of what the account is by then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import attrs

from tests.differential import cases
from tests.differential.cases import DAY, HOUR, MICROSECOND, MINUTE, chance, clamped
from tests.differential.twins import Apply, Ask, Publish, Step, Walk
from workplaces_core import decide, wire
from workplaces_core.changes import COLLECTIONS, KINDS, Change, Kind, Remove, Set, apply, joined, key_of
from workplaces_core.model import Lease, Skip, Snapshot, Task
from workplaces_core.policy import AnyOf, CommonQueue, Interval, Leaf, Members, Not, Policy, Priority, Role

Batch = list[Change]

ALSO = (
    *(("desk",), ("desk", "head"), ("head", "desk"), ("head", "head", "desk"), ("head",), ("short desk", "desk")),
    *(("quiet", "desk"), ("head", "quiet"), ("desk", "failures"), ("classes", "desk"), ("desk", "export")),
    ("why", "desk"),
)
JUMPS = (MICROSECOND, MINUTE, 5 * MINUTE, HOUR, 6 * HOUR, DAY, 2 * DAY, 7 * DAY, 366 * DAY)


ALWAYS = Interval("always", 0, 1440, days=(0, 1, 2, 3, 4, 5, 6))
SHARP_VALUES = (0, 1, True, False, 1.0, "1", 150000, ("vip",), None)
SHARP = (
    *(Leaf("deal.flag", "eq", constant) for constant in (True, False, 0, 1)),
    *(Leaf("deal.price", "in", (1, 150000)), Leaf("deal.price", "ge", 1), Leaf("deal.tags", "has_any", ("vip", "new"))),
    *(Leaf("contact.flag", "in", (True, 0)), Leaf("contact.price", "lt", 1)),
    *(Leaf("company.labels", "has_all", ("vip",)), Leaf("company.flag", "eq", 1)),
    *(Leaf("deal.when", "days", bounds) for bounds in ((0, 0), (None, 0), (1, None), (-1, 1))),
    *(Leaf("task.created", "days", (-1, 0)), Leaf("contact.when", "days", (None, -1)), Leaf("deal.id", "is_set", True)),
)
"""Conditions that a single change of data, or of the date, turns."""


class Walker:
    """Draws the steps of a walk, each in view of what the account is by then."""

    def __init__(self, rng: Random, *, elsewhen: bool = False) -> None:
        """Begin; with `elsewhen`, others ask at later moments between a question, a change and the same question."""
        self.rng, self.elsewhen = rng, elsewhen
        self.anchor, self.zone = cases.random_anchor(rng)
        self.policy = self.fresh_policy()
        self.snapshot = wire.load_snapshot(cases.random_snapshot(rng, self.zone, self.anchor))
        self.now = self.anchor
        self.known = dict(self.snapshot.tasks)

    def walk(self, steps: int) -> Walk:
        """Draw a walk."""
        policy, snapshot, drawn = self.policy, self.snapshot, list[Step]()
        while len(drawn) < steps:
            drawn += self.around_a_change() if chance(self.rng, 0.15) else [self.step()]
        return Walk(snapshot, policy, tuple(drawn))

    def around_a_change(self) -> Iterator[Step]:
        """Ask for a head, change what it hangs on, ask again at once, and again at the next moments that matter."""
        user = self.user()
        yield Ask(user, self.now, ("head",))
        for changes in self.attacks(user):
            if self.elsewhen:
                later = clamped(self.now + self.rng.choice((10 * MINUTE, 2 * HOUR, DAY)))
                yield Ask(self.user(), later, ("desk",))
            self.snapshot = apply(self.snapshot, changes)
            yield Apply(tuple(changes))
            yield Ask(user, self.now, self.rng.choice((("head",), ("head", "desk"))))
        for _ in range(2):
            self.now = self.next_edge()
            yield Ask(user, self.now, ("head", "desk"))

    def attacks(self, user: str) -> list[Batch]:
        """Draw batches that strike the head of a user's queue, or any task."""
        head = decide(self.snapshot, self.policy, user=user, now=self.now).next
        names = [head.task] if head is not None else list(self.snapshot.tasks)[:1]
        if not names or chance(self.rng, 0.3):
            return [list(self.changes())]
        task = self.snapshot.tasks[names[0]]
        removed: Batch = [Remove("task", task.id)]
        again: Batch = [Set("task", task)]
        completed: Batch = [Set("task", attrs.evolve(task, completed=True))]
        until = [clamped(self.now + span) for span in (5 * MINUTE, HOUR, 20 * DAY)]
        short, longer, long = (self.held(task.id, each) for each in until)
        skipped: Batch = [Set("skip", Skip(task.id, user, self.rng.choice(until)))]
        choices: tuple[list[Batch], ...] = (
            [removed, again],
            [removed, self.change(), self.change(), again],
            [long, short],
            [short, longer],
            [long, [Remove("lease", task.id)]],
            [skipped, [Remove("skip", f"{task.id}/{user}")]],
            [completed, again],
            [self.altered_task(task), self.altered_entity(task)],
            [self.altered_entity(task), self.altered_entity(task)],
            [self.altered_entity(task), self.relinked(), self.relinked()],
        )
        return self.rng.choice(choices)

    def step(self) -> Step:
        roll = self.rng.random()
        if roll < 0.35:
            changes = self.changes()
            self.snapshot = apply(self.snapshot, changes)
            return Apply(changes)
        if roll < 0.37:
            self.policy = attrs.evolve(self.another_policy(), version=self.policy.version + self.rng.choice((1, 5)))
            return Publish(self.policy)
        if chance(self.rng, 0.6):
            self.now = self.another_moment()
        also = self.rng.choice(ALSO)
        return Ask(self.user(), self.now, also, self.rng.choice((0, 1, 2, 3, 20)))

    def user(self) -> str:
        return self.rng.choice((*["u1"] * 4, *["u2"] * 2, *cases.USERS, *cases.GHOSTS))

    def another_moment(self) -> datetime:
        """Move the clock: on to what matters next, by a jump either way, or back to where it all happens."""
        rng = self.rng
        match rng.randint(0, 4):
            case 0 | 4:
                return clamped(self.now + rng.choice((1, 1, -1)) * rng.choice(JUMPS))
            case 1:
                return clamped(self.anchor + rng.randint(-30 * 3600, 30 * 3600) * timedelta(seconds=1))
            case 2:
                return clamped(self.next_edge() + rng.choice((-1, 0, 0, 1)) * MICROSECOND)
        wired = wire.dump(self.snapshot), wire.dump(self.policy)
        return cases.random_now(rng, *wired, self.anchor)

    def next_edge(self) -> datetime:
        edges = [moment for moment in _edges(self.snapshot, self.policy) if moment > self.now]
        return clamped(min(edges, default=self.now + DAY))

    def fresh_policy(self) -> Policy:
        """Draw a policy whose roles have mostly something to hand out, by conditions that are often true."""
        policy = wire.load_policy(cases.random_policy(self.rng, self.zone, self.anchor))
        roles = tuple(self.opened(role) if chance(self.rng, 0.6) else role for role in policy.roles)
        return attrs.evolve(policy, roles=roles)

    def opened(self, role: Role) -> Role:
        """Let everybody into a role at any time, and judge tasks by what changes of data turn."""
        first = attrs.evolve(ALWAYS, id=role.intervals[0].id) if role.intervals else ALWAYS
        return attrs.evolve(
            role,
            enabled=True,
            members=Members(cases.USERS),
            intervals=(first, *role.intervals[1:]),
            priorities=tuple(self.sharpened(each) if chance(self.rng, 0.5) else each for each in role.priorities),
        )

    def sharpened(self, priority: Priority) -> Priority:
        leaf = self.rng.choice(SHARP)
        return attrs.evolve(
            priority,
            intervals=None,
            task_types=() if chance(self.rng, 0.8) else priority.task_types,
            where=self.rng.choice((leaf, leaf, Not(leaf), AnyOf((leaf, self.rng.choice(SHARP))))),
            common_queue=self.rng.choice((priority.common_queue, CommonQueue(), CommonQueue("members"))),
        )

    def another_policy(self) -> Policy:
        """Draw a policy: a new one, or the same with a part taken away, switched or put elsewhere."""
        if not self.policy.roles or chance(self.rng, 0.3):
            return self.fresh_policy()
        roles = list(self.policy.roles)
        number = self.rng.randrange(len(roles))
        role = roles[number]
        order = tuple(self.rng.sample(role.priorities, len(role.priorities)))
        roles[number] = self.rng.choice(
            (
                attrs.evolve(role, enabled=not role.enabled),
                attrs.evolve(role, priorities=order),
                attrs.evolve(role, priorities=role.priorities[1:]),
                attrs.evolve(role, timezone=self.rng.choice((None, *cases.ZONES))),
            )
        )
        self.rng.shuffle(roles)
        return attrs.evolve(self.policy, roles=tuple(roles))

    # -- changes

    def changes(self) -> tuple[Change, ...]:
        """Draw a batch; now and then one that takes something away and puts it back."""
        drawn: Batch = []
        for _ in range(self.rng.choice((0, 1, 1, 1, 1, 2, 3, 6))):
            drawn += self.change()
        if drawn and chance(self.rng, 0.2):
            drawn += self.there_and_back(drawn[-1])
        return tuple(drawn)

    def there_and_back(self, change: Change) -> Batch:
        if isinstance(change, Remove) or change.kind == "account":
            return [change]
        removed = Remove(change.kind, joined(change.kind, key_of(change.value)))
        choices: tuple[Batch, ...] = ([removed], [removed, change], [removed, change, removed], [change, change])
        return self.rng.choice(choices)

    def change(self) -> Batch:
        match self.rng.randint(0, 9):
            case 0 | 1 | 2:
                return self.altered_task()
            case 3:
                return self.changed_lease()
            case 4:
                return self.changed_skip()
            case 5:
                return self.relinked()
            case 6:
                return self.altered_entity()
            case 7:
                return self.brought_back()
        kind = self.rng.choice((*KINDS, "task", "deal", "contact", "company", "user", "user"))
        if chance(self.rng, 0.25) and kind != "account":
            return [Remove(kind, self.some_id(kind))]
        return wire.load_changes([{"op": "set", "kind": kind, "value": self.entity(kind)}])

    def some_id(self, kind: Kind) -> str:
        held = list(getattr(self.snapshot, COLLECTIONS[kind]))
        return joined(kind, self.rng.choice(held)) if held else "gone"

    def entity(self, kind: Kind) -> Any:
        """Draw the wire form of an entity of a kind."""
        rng, anchor = self.rng, self.anchor
        match kind:
            case "account":
                return {"id": "acme", "timezone": rng.choice((self.zone, self.snapshot.account.timezone, *cases.ZONES))}
            case "user":
                return cases.random_user(rng, rng.choice(cases.USERS))
            case "group" | "task_type":
                return {"id": rng.choice(cases.GROUPS), "name": rng.choice(("", "A name"))}
            case "field":
                pair = rng.choice(("deal", "contact")), rng.choice(cases.FIELDS)
                return {"entity": pair[0], "id": pair[1], "name": "", "type": "number"}
            case "deal":
                return cases.random_deal(rng, rng.choice(cases.DEALS), anchor)
            case "contact":
                return cases.random_entity(rng, rng.choice(cases.CONTACTS), anchor)
            case "company":
                return cases.random_entity(rng, rng.choice(cases.COMPANIES), anchor)
            case "task":
                return cases.random_task(rng, rng.choice(cases.TASKS), anchor)
            case "lease":
                return wire.dump(self.lease(rng.choice(cases.TASKS)))
        return wire.dump(self.skip(rng.choice(cases.TASKS)))

    def held(self, task: str, until: datetime) -> Batch:
        return [Set("lease", Lease(task, "u2", self.now, until))]

    def altered_task(self, task: Task | None = None) -> Batch:
        """Change one thing about a task that is there."""
        if not self.snapshot.tasks:
            return []
        task = task or self.rng.choice(list(self.snapshot.tasks.values()))
        fresh = wire.load_changes([{"op": "set", "kind": "task", "value": self.entity("task")}])[0]
        assert isinstance(fresh, Set)
        assert isinstance(fresh.value, Task)
        name = self.rng.choice(("due", "due", "responsible", "type", "subject", "created", "completed", "text", "id"))
        if name == "id":
            return [Set("task", attrs.evolve(fresh.value, id=task.id))]
        altered: dict[str, Any] = {name: not task.completed if name == "completed" else getattr(fresh.value, name)}
        return [Set("task", attrs.evolve(task, **altered))]

    def altered_entity(self, task: Task | None = None) -> Batch:
        """Change one field of a deal, contact or company that is there."""
        kinds: tuple[Kind, ...] = ("deal", "deal", "contact", "company")
        kind = self.rng.choice(kinds)
        held = list(getattr(self.snapshot, COLLECTIONS[kind]).values())
        if task is not None:
            linked = getattr(self.snapshot.links(task), kind)
            held = [] if linked is None else [linked]
        if not held:
            return []
        entity = self.rng.choice(held)
        name = self.rng.choice(("price", "price", "flag", "flag", "when", "labels", "tags"))
        if name == "tags":
            return [Set(kind, attrs.evolve(entity, tags=cases.some(self.rng, cases.TAGS, 0, 2)))]
        value = self.rng.choice(SHARP_VALUES) if name != "when" else cases.near_date(self.rng, self.now, 2)
        return [Set(kind, attrs.evolve(entity, fields={**entity.fields, name: value}))]

    def brought_back(self) -> Batch:
        """Set a task again that was there before, and is not now."""
        gone = [task for name, task in self.known.items() if name not in self.snapshot.tasks]
        return [Set("task", self.rng.choice(gone))] if gone else []

    def lease(self, task: str) -> Lease:
        since = clamped(self.now - self.rng.choice((0, 5, 20)) * MINUTE)
        held = self.rng.choice((-MINUTE, MICROSECOND, 5 * MINUTE, 15 * MINUTE, 15 * MINUTE, HOUR, DAY, 3 * DAY))
        user = self.rng.choice((*cases.USERS[:2], self.user()))
        return Lease(task, user, since, max(since, clamped(self.now + held)))

    def changed_lease(self) -> Batch:
        """Set, renew, shorten, hand over or remove a lease; the task need not be there."""
        held = list(self.snapshot.leases.values())
        if held and chance(self.rng, 0.6):
            lease = self.rng.choice(held)
            if chance(self.rng, 0.3):
                return [Remove("lease", lease.task)]
            return [Set("lease", attrs.evolve(self.lease(lease.task), since=lease.since))]
        return [Set("lease", self.lease(self.rng.choice((*list(self.snapshot.tasks)[:6], *cases.TASKS[:6]))))]

    def skip(self, task: str) -> Skip:
        until = clamped(self.now + self.rng.choice((-MINUTE, MICROSECOND, 5 * MINUTE, HOUR, DAY)))
        return Skip(task, self.rng.choice((*cases.USERS[:2], self.user())), until)

    def changed_skip(self) -> Batch:
        if self.snapshot.skips and chance(self.rng, 0.4):
            return [Remove("skip", self.some_id("skip"))]
        return [Set("skip", self.skip(self.rng.choice((*list(self.snapshot.tasks)[:6], *cases.TASKS[:4]))))]

    def relinked(self) -> Batch:
        """Link a deal to other contacts and another company: some of those gain their single deal, some lose it."""
        if not self.snapshot.deals:
            return []
        deal = self.rng.choice(list(self.snapshot.deals.values()))
        contacts = cases.some(self.rng, (*cases.CONTACTS, "gone"), 0, 3)
        company = self.rng.choice((None, *cases.COMPANIES, "gone"))
        return [Set("deal", attrs.evolve(deal, contacts=contacts, company=company))]


def _edges(snapshot: Snapshot, policy: Policy) -> Iterator[datetime]:
    leads = {0} | {role.exact_time.lead_minutes for role in policy.roles if role.exact_time is not None}
    for task in snapshot.tasks.values():
        if isinstance(task.due, datetime):
            yield from (task.due.astimezone(UTC) - lead * MINUTE for lead in sorted(leads))
    yield from (lease.expires for lease in snapshot.leases.values())
    yield from (skip.until for skip in snapshot.skips.values())


def random_walk(seed: int, steps: int = 40, *, elsewhen: bool = False) -> Walk:
    """Draw a walk; the same seed gives the same walk."""
    return Walker(Random(seed), elsewhen=elsewhen).walk(steps)
