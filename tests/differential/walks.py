"""Random walks of a live engine: changes, publications and questions, held to `decide` at every step.

A walk is data, so a walk that finds a difference can be cut down: see `shortest`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

import attrs
from attrs import frozen

from tests.differential import cases
from tests.differential.cases import DAY, HOUR, MICROSECOND, MINUTE, chance, clamped
from workplaces_core import decide, explain, wire
from workplaces_core.changes import COLLECTIONS, KINDS, Change, Kind, Remove, Set, apply, joined
from workplaces_core.check.failures import condition_failures
from workplaces_core.engine import Engine
from workplaces_core.model import Account, Lease, Skip, Snapshot, Task
from workplaces_core.policy import All, Policy, Priority, Role
from workplaces_core.rules.conditions import verdict
from workplaces_core.rules.intervals import RoleMoment
from workplaces_core.rules.matching import taking

T = TypeVar("T")


@frozen
class Apply:
    """Changes made in one batch."""

    changes: tuple[Change, ...]


@frozen
class Publish:
    """A policy under a greater version."""

    policy: Policy


@frozen
class Ask:
    """A user's desk at a moment; `also` names what else is asked, in this order around it."""

    user: str
    now: datetime
    also: tuple[str, ...] = ("desk",)
    queue: int = 3


Step = Apply | Publish | Ask


@frozen
class Walk:
    """What an engine is made of, and what then happens to it."""

    snapshot: Snapshot
    policy: Policy
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        """Give it as text that `wire` loads again."""
        lines = [wire.dumps(self.policy), wire.dumps(self.snapshot)]
        for step in self.steps:
            told = step if isinstance(step, Ask) else wire.dumps(getattr(step, "changes", None) or step.policy)  # type: ignore[union-attr]
            lines.append(f"{type(step).__name__}: {told}")
        return "\n".join(lines)


class DifferenceError(AssertionError):
    """The engine and the readable decision do not say the same."""


def require_same(found: object, wanted: object, about: str) -> None:
    """Raise unless two answers are equal."""
    if found != wanted:
        raise DifferenceError(f"{about}:\nthe engine says {_told(found)}\nit must be    {_told(wanted)}")


def _told(answer: object) -> str:
    return json.dumps(wire.dump(answer), ensure_ascii=False, default=str)


# An engine beside what it must equal ------------------------------------------------------------------------


class Twins:
    """A live engine, and the snapshot and policy it must answer for; counts what was compared."""

    def __init__(self, policy: Policy, snapshot: Snapshot) -> None:
        self.policy, self.snapshot = policy, snapshot
        self.engine = Engine(policy, snapshot)
        self.counts: Counter[str] = Counter()

    def take(self, step: Step) -> None:
        """Make one step of a walk."""
        match step:
            case Apply(changes):
                self.snapshot = apply(self.snapshot, changes)
                self.engine.apply(changes)
            case Publish(policy):
                self.policy = policy
                self.engine.publish(policy)
            case Ask(user, now, also, queue):
                for name in also:
                    self.ask(name, user, now, queue)

    def ask(self, name: str, user: str, now: datetime, queue: int = 3) -> None:
        """Compare one answer."""
        self.counts[name] += 1
        match name:
            case "desk":
                found = self.engine.desk(user, now=now, queue=None)
                require_same(found, self._decided(user, now), f"desk of {user!r} at {now}")
            case "short desk":
                wanted = self._decided(user, now)
                short = attrs.evolve(wanted, queue=wanted.queue[:queue])
                require_same(self.engine.desk(user, now=now, queue=queue), short, f"{queue} of {user!r} at {now}")
            case "head":
                head = self._decided(user, now).next
                found = self.engine.next_task(user, now=now)
                require_same(found, head and head.task, f"next task of {user!r} at {now}")
            case "quiet":
                self._ask_quiet(user, now)
            case "failures":
                require_same(self.engine.failures(), condition_failures(self.policy, self.snapshot), "failures")
            case "classes":
                self._ask_classes(user, now)
            case "why":
                for task in list(self.snapshot.tasks)[:8]:
                    wanted = explain(self.snapshot, self.policy, user=user, task=task, now=now)
                    require_same(self.engine.explain(user, task, now=now), wanted, f"{task!r} of {user!r} at {now}")
            case "export":
                found, wanted = wire.dumps(self.engine.snapshot()), wire.dumps(self.snapshot)
                require_same(found, wanted, "the exported snapshot")

    def _decided(self, user: str, now: datetime) -> Any:
        return decide(self.snapshot, self.policy, user=user, now=now)

    def _ask_quiet(self, user: str, now: datetime) -> None:
        """Until the next moment only `at` may change, in the engine's own answers and in the decision's."""
        until = self.engine.next_moment(user, now=now)
        if until <= now:
            raise DifferenceError(f"the next moment {until} is not after {now}")
        wanted = self._decided(user, now)
        middle = now + (until - now) / 2
        for moment in sorted({now + MICROSECOND, middle, until - MICROSECOND} - {now, until}):
            still = attrs.evolve(wanted, at=moment)
            self.counts["desk"] += 1
            require_same(still, self._decided(user, moment), f"quiet until {until}, but at {moment} for {user!r}")
            require_same(self.engine.desk(user, now=moment, queue=None), still, f"quiet desk of {user!r} at {moment}")
            head = self.engine.next_task(user, now=moment)
            require_same(head, wanted.next and wanted.next.task, f"quiet head of {user!r} at {moment}")

    def _ask_classes(self, user: str, now: datetime) -> None:
        tasks = [*self.snapshot.tasks.values(), *strangers(self.snapshot)]
        for role in self.policy.roles:
            if role.enabled:
                taken = self.engine.classify(tasks, role=role.id, user=user, now=now)
                told = self.engine.classify(tasks, role=role.id, user=user, now=now, reasons=True)
                for task, found, reasoned in zip(tasks, taken, told, strict=True):
                    wanted = self._reasons(role, task, user, now)
                    about = f"{user!r} in {role.id!r} at {now}: {task}"
                    require_same(tuple(reasoned), wanted, about)
                    require_same(found, wanted[0], about)
                    self._hold_to_explanation(role, task, user, now, wanted)

    def _reasons(self, role: Role, task: Task, user: str, now: datetime) -> tuple[str | None, ...]:
        """Say what takes a task, and why what stands before it does not, from the readable rules."""
        moment = RoleMoment.of(role, self.policy, self.snapshot.account, now)
        links = self.snapshot.links(task)
        index = taking(moment, self.snapshot, user, task, links)
        passed = role.priorities if index is None else role.priorities[:index]
        reasons = [refusal(each, moment, self.snapshot, user, task) for each in passed]
        return (None if index is None else role.priorities[index].id, *reasons)

    def _hold_to_explanation(self, role: Role, task: Task, user: str, now: datetime, wanted: tuple[Any, ...]) -> None:
        if task.id not in self.snapshot.tasks or self.snapshot.tasks[task.id] is not task:
            return
        why = explain(self.snapshot, self.policy, user=user, task=task.id, now=now)
        walked = next(each for each in why.roles if each.role == role.id).priorities
        taken = [each.priority for each in walked if any(code.code == "takes" for code in each.codes)]
        require_same(taken, [wanted[0]] if wanted[0] is not None else [], f"the explanation of {task.id!r}")
        for each, reason in zip(walked, wanted[1:], strict=False):
            codes = {code.code for code in each.codes}
            fits = codes & {"condition_false", "condition_error"} if reason.startswith("where") else reason in codes
            if not fits:
                raise DifferenceError(f"priority {each.priority!r} passes for {reason}, explained by {codes}")


def refusal(priority: Priority, moment: RoleMoment, snapshot: Snapshot, user: str, task: Task) -> str:
    """Say why a priority does not take a task: by time, type, person, or the first part that is not true."""
    alone = attrs.evolve(moment.role, priorities=(attrs.evolve(priority, where=None),))
    links = snapshot.links(task)
    if not moment.is_priority_active(priority):
        return "interval_not_active"
    if priority.task_types and task.type not in priority.task_types:
        return "wrong_type"
    if taking(attrs.evolve(moment, role=alone), snapshot, user, task, links) is None:
        return "not_responsible" if priority.common_queue is None else "outside_pool"
    where = priority.where
    parts = [(f"where.all[{n}]", part) for n, part in enumerate(where.parts)] if isinstance(where, All) else []
    for path, part in parts or [("where", where)]:
        if verdict(part, task, links, moment.today, moment.where) is not True:
            return path
    raise DifferenceError(f"priority {priority.id!r} does not take {task}, and nothing says why")


def strangers(snapshot: Snapshot) -> list[Task]:
    """Give tasks that no account has, or has otherwise: classifying takes any."""
    some = list(snapshot.tasks.values())[:2]
    return [
        *(attrs.evolve(task, id=f"{task.id}?") for task in some),
        *(attrs.evolve(task, type="no such type", responsible="nobody") for task in some),
    ]


def follow(walk: Walk) -> Counter[str]:
    """Take all steps of a walk; DifferenceError where an answer is not the decision's."""
    twins = Twins(walk.policy, walk.snapshot)
    for number, step in enumerate(walk.steps):
        try:
            twins.take(step)
        except DifferenceError as found:
            raise DifferenceError(f"step {number}: {found}") from None
    return twins.counts


# Cutting down -----------------------------------------------------------------------------------------------


def fails(walk: Walk) -> bool:
    """Tell whether a walk finds a difference, or a fault."""
    try:
        follow(walk)
    except Exception:  # noqa: BLE001 - a crash is a difference too
        return True
    return False


def shortest(walk: Walk, is_failing: Callable[[Walk], bool] = fails) -> Walk:
    """Leave out of a failing walk whatever is not needed to fail: steps, entities, roles, priorities, changes."""
    while True:
        smaller = next((each for each in _smaller(walk) if is_failing(each)), None)
        if smaller is None:
            return walk
        walk = smaller


def _smaller(walk: Walk) -> Iterator[Walk]:
    for steps in _less(walk.steps):
        yield attrs.evolve(walk, steps=steps)
    for number, step in enumerate(walk.steps):
        if isinstance(step, Apply):
            for changes in _less(step.changes):
                steps = (*walk.steps[:number], Apply(changes), *walk.steps[number + 1 :])
                yield attrs.evolve(walk, steps=steps)
    for name in COLLECTIONS.values():
        for kept in _less(tuple(getattr(walk.snapshot, name).values())):
            yield attrs.evolve(walk, snapshot=attrs.evolve(walk.snapshot, **{name: kept}))
    for roles in _less(walk.policy.roles):
        yield attrs.evolve(walk, policy=attrs.evolve(walk.policy, roles=roles))
    for number, role in enumerate(walk.policy.roles):
        for priorities in _less(role.priorities):
            roles = list(walk.policy.roles)
            roles[number] = attrs.evolve(role, priorities=priorities)
            yield attrs.evolve(walk, policy=attrs.evolve(walk.policy, roles=tuple(roles)))


def _less(items: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """Leave out halves, quarters and so on, and last single items."""
    size = len(items) // 2
    while size:
        for start in range(0, len(items), size):
            yield (*items[:start], *items[start + size :])
        size //= 2
    if len(items) == 1:
        yield ()


# Random walks -----------------------------------------------------------------------------------------------

ALSO = (
    *(("desk",), ("desk", "head"), ("head", "desk"), ("head", "head", "desk"), ("head",), ("short desk", "desk")),
    *(("quiet", "desk"), ("head", "quiet"), ("desk", "failures"), ("classes", "desk"), ("desk", "export")),
    ("why", "desk"),
)
JUMPS = (MICROSECOND, MINUTE, 5 * MINUTE, HOUR, 6 * HOUR, DAY, 2 * DAY, 7 * DAY, 366 * DAY)


class Walker:
    """Draws the steps of a walk, each in view of what the account is by then."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.anchor, self.zone = cases.random_anchor(rng)
        self.policy = wire.load_policy(cases.random_policy(rng, self.zone, self.anchor))
        self.snapshot = wire.load_snapshot(cases.random_snapshot(rng, self.zone, self.anchor))
        self.now = self.anchor

    def walk(self, steps: int) -> Walk:
        """Draw a walk."""
        policy, snapshot = self.policy, self.snapshot
        return Walk(snapshot, policy, tuple(self.step() for _ in range(steps)))

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
        match rng.randint(0, 3):
            case 0:
                return clamped(self.now + rng.choice((1, 1, -1)) * rng.choice(JUMPS))
            case 1:
                return clamped(self.anchor + rng.randint(-30 * 3600, 30 * 3600) * timedelta(seconds=1))
            case 2:
                edges = [moment for moment in _edges(self.snapshot, self.policy) if moment > self.now]
                return clamped(min(edges, default=self.now) + rng.choice((-1, 0, 0, 1)) * MICROSECOND)
        wired = wire.dump(self.snapshot), wire.dump(self.policy)
        return cases.random_now(rng, *wired, self.anchor)

    def another_policy(self) -> Policy:
        """Draw a policy: a new one, or the same with a part taken away, switched or put elsewhere."""
        if not self.policy.roles or chance(self.rng, 0.3):
            return wire.load_policy(cases.random_policy(self.rng, self.zone, self.anchor))
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
        drawn: list[Change] = []
        for _ in range(self.rng.choice((0, 1, 1, 1, 1, 2, 3, 6))):
            drawn += self.change()
        if drawn and chance(self.rng, 0.2):
            drawn += self.there_and_back(drawn[-1])
        return tuple(drawn)

    def there_and_back(self, change: Change) -> list[Change]:
        if isinstance(change, Remove) or change.kind == "account":
            return [change]
        removed = Remove(change.kind, _removal_id(change.kind, change.value))
        return self.rng.choice(([removed], [removed, change], [removed, change, removed], [change, change]))

    def change(self) -> list[Change]:
        match self.rng.randint(0, 9):
            case 0 | 1 | 2:
                return self.altered_task()
            case 3:
                return self.changed_lease()
            case 4:
                return self.changed_skip()
            case 5:
                return self.relinked()
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

    def altered_task(self) -> list[Change]:
        """Change one thing about a task that is there."""
        if not self.snapshot.tasks:
            return []
        task = self.rng.choice(list(self.snapshot.tasks.values()))
        fresh = wire.load_changes([{"op": "set", "kind": "task", "value": self.entity("task")}])[0]
        assert isinstance(fresh, Set)
        assert isinstance(fresh.value, Task)
        name = self.rng.choice(("due", "due", "responsible", "type", "subject", "created", "completed", "text", "id"))
        if name == "id":
            return [Set("task", attrs.evolve(fresh.value, id=task.id))]
        value = not task.completed if name == "completed" else getattr(fresh.value, name)
        return [Set("task", attrs.evolve(task, **{name: value}))]

    def lease(self, task: str) -> Lease:
        since = clamped(self.now - self.rng.choice((0, 5, 20)) * MINUTE)
        held = self.rng.choice((-MINUTE, MICROSECOND, 5 * MINUTE, 15 * MINUTE, 15 * MINUTE, HOUR, DAY, 3 * DAY))
        return Lease(task, self.rng.choice((*cases.USERS[:2], self.user())), since, max(since, clamped(self.now + held)))

    def changed_lease(self) -> list[Change]:
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

    def changed_skip(self) -> list[Change]:
        if self.snapshot.skips and chance(self.rng, 0.4):
            return [Remove("skip", self.some_id("skip"))]
        return [Set("skip", self.skip(self.rng.choice((*list(self.snapshot.tasks)[:6], *cases.TASKS[:4]))))]

    def relinked(self) -> list[Change]:
        """Link a deal to other contacts and another company: some of those gain their single deal, some lose it."""
        if not self.snapshot.deals:
            return []
        deal = self.rng.choice(list(self.snapshot.deals.values()))
        contacts = cases.some(self.rng, (*cases.CONTACTS, "gone"), 0, 3)
        company = self.rng.choice((None, *cases.COMPANIES, "gone"))
        return [Set("deal", attrs.evolve(deal, contacts=contacts, company=company))]


def _removal_id(kind: Kind, value: Any) -> str:
    match value:
        case Lease():
            return value.task
        case Skip():
            return f"{value.task}/{value.user}"
        case Account():
            raise AssertionError("the account stays")
    return f"{value.entity}.{value.id}" if kind == "field" else str(value.id)


def _edges(snapshot: Snapshot, policy: Policy) -> Iterator[datetime]:
    leads = {0} | {role.exact_time.lead_minutes for role in policy.roles if role.exact_time is not None}
    for task in snapshot.tasks.values():
        if isinstance(task.due, datetime):
            yield from (task.due.astimezone(UTC) - lead * MINUTE for lead in sorted(leads))
    yield from (lease.expires for lease in snapshot.leases.values())
    yield from (skip.until for skip in snapshot.skips.values())


def random_walk(seed: int, steps: int = 40) -> Walk:
    """Draw a walk; the same seed gives the same walk."""
    return Walker(Random(seed)).walk(steps)
