"""A live engine beside what it must equal, and walks: data that say what happens to both and what is asked.

A walk that finds a difference can be cut down: see `shortest`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

import attrs
from attrs import frozen

from tests.differential.cases import MICROSECOND
from workplaces_core import decide, explain, wire
from workplaces_core.changes import COLLECTIONS, Change, apply
from workplaces_core.check.failures import condition_failures
from workplaces_core.engine import Engine
from workplaces_core.model import Snapshot, Task
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
                desk = self.engine.desk(user, now=now, queue=None)
                require_same(desk, self._decided(user, now), f"desk of {user!r} at {now}")
            case "short desk":
                wanted = self._decided(user, now)
                short = attrs.evolve(wanted, queue=wanted.queue[:queue])
                require_same(self.engine.desk(user, now=now, queue=queue), short, f"{queue} of {user!r} at {now}")
            case "head":
                self._ask_head(user, now)
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

    def _ask_head(self, user: str, now: datetime) -> None:
        head = self._decided(user, now).next
        found = self.engine.next_task(user, now=now)
        require_same(found, head and head.task, f"next task of {user!r} at {now}")

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
    for path, part in parts_of(priority):
        if verdict(part, task, links, moment.today, moment.where) is not True:
            return path
    raise DifferenceError(f"priority {priority.id!r} does not take {task}, and nothing says why")


def parts_of(priority: Priority) -> list[tuple[str, Any]]:
    """List the parts of a condition that all must be true, each with its path."""
    where = priority.where
    if isinstance(where, All):
        return [(f"where.all[{number}]", part) for number, part in enumerate(where.parts)]
    return [("where", where)]


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
            less: dict[str, Any] = {name: kept}
            yield attrs.evolve(walk, snapshot=attrs.evolve(walk.snapshot, **less))
    for roles in _smaller_roles(walk.policy.roles):
        yield attrs.evolve(walk, policy=attrs.evolve(walk.policy, roles=roles))


def _smaller_roles(roles: tuple[Role, ...]) -> Iterator[tuple[Role, ...]]:
    yield from _less(roles)
    for number, role in enumerate(roles):
        for priorities in _less(role.priorities):
            yield (*roles[:number], attrs.evolve(role, priorities=priorities), *roles[number + 1 :])


def _less(items: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """Leave out halves, quarters and so on, and last single items."""
    size = len(items) // 2
    while size:
        for start in range(0, len(items), size):
            yield (*items[:start], *items[start + size :])
        size //= 2
    if len(items) == 1:
        yield ()
