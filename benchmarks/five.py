"""The workload of the rule engines: a few ordered priorities over tasks whose deals have holes, and who is right.

A priority wants a type out of a set, a number on one side of a bound, an option out of a set and a tag. A comparison
with a hole is false. The first priority that holds takes the task; the answer is its number, or -1.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from attrs import frozen

from benchmarks.account import LIKELY, SOURCES, STAGES, TAGS, TYPES
from workplaces_core.engine import Engine
from workplaces_core.model import Account, Deal, Snapshot, Subject, Task, User
from workplaces_core.policy import All, Interval, Leaf, Members, Policy, Priority, Role

NOW = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
DUE = date(2026, 11, 24)
USER, ROLE = "u1", "r1"


@frozen
class Rule:
    """One priority: what all of its four parts ask for; `op` is `ge` or `le`."""

    types: tuple[str, ...]
    number: str
    op: str
    bound: int
    option: str
    allowed: tuple[str, ...]
    tag: str


def _some(names: list[str], numbers: str) -> tuple[str, ...]:
    return tuple(names[int(number)] for number in numbers.split())


FIVE = (
    Rule(("1", "2", "3", "7"), "budget", "ge", 150_000, "stage", _some(STAGES, "1 2 3 4 5"), "tag-0"),
    Rule(("1", "2", "4", "7", "9"), "score", "ge", 30, "source", _some(SOURCES, "0 1 2 6 7"), "tag-1"),
    Rule(("5", "6", "8", "11", "12"), "budget", "le", 700_000, "stage", _some(STAGES, "3 4 5 6 7 8"), "tag-2"),
    Rule(("1", "3", "4", "8", "9", "10"), "score", "le", 80, "source", _some(SOURCES, "2 3 4 5 6"), "tag-3"),
    Rule(("1", "2", "3", "4", "5", "6", "7", "8", "9"), "budget", "ge", 10_000, "stage",
         _some(STAGES, "0 1 2 7 8 9"), "tag-4"),
)  # fmt: skip


def selective(count: int, seed: int = 9) -> tuple[Rule, ...]:
    """Make priorities that take few tasks each: three types, half of the options, a rare tag."""
    rng = random.Random(seed)
    rules = []
    for _ in range(count):
        number, bounds = rng.choice([("budget", [20_000, 400_000, 900_000]), ("score", [10, 60, 85])])
        option, names = rng.choice([("stage", STAGES), ("source", SOURCES)])
        allowed = tuple(rng.sample(names, len(names) // 2))
        types = tuple(rng.sample(TYPES, 3))
        rules.append(
            Rule(types, number, rng.choice(["ge", "le"]), rng.choice(bounds), option, allowed, rng.choice(TAGS[10:]))
        )
    return tuple(rules)


@dataclass(slots=True)
class PlainDeal:
    """A deal as hand-written code would keep it."""

    id: int
    budget: int | None
    score: int | None
    stage: str
    source: str | None
    tags: frozenset[str]


@dataclass(slots=True)
class PlainTask:
    """A task as hand-written code would keep it."""

    id: int
    type: str
    deal: PlainDeal


def plain_tasks(count: int, seed: int = 11) -> list[PlainTask]:
    """Make tasks, each with a deal of its own."""
    rng = random.Random(seed)
    return [PlainTask(number, rng.choice(TYPES), _plain_deal(rng, number)) for number in range(count)]


def _plain_deal(rng: random.Random, number: int) -> PlainDeal:
    budget = None if rng.random() < 0.08 else int(rng.lognormvariate(12.2, 1.1))  # holes
    source = None if rng.random() < 0.05 else rng.choice(SOURCES)
    tags = frozenset(tag for tag, likely in zip(TAGS, LIKELY, strict=True) if rng.random() < likely)
    return PlainDeal(number, budget, rng.randrange(101), rng.choice(STAGES), source, tags)


def as_dict(task: PlainTask) -> dict[str, Any]:
    """Give a task as the nested dictionaries that most peers read."""
    deal = task.deal
    fields = {"budget": deal.budget, "score": deal.score, "stage": deal.stage, "source": deal.source}
    return {"id": task.id, "type": task.type, "deal": {**fields, "tags": sorted(deal.tags)}}


# -- who is right


def failing_part(rule: Rule, task: PlainTask) -> str | None:
    """Give the first part of a priority that a task fails, as the engine names it; None when it takes the task."""
    deal = task.deal
    number = getattr(deal, rule.number)
    if task.type not in rule.types:
        return "wrong_type"
    if number is None or (number < rule.bound if rule.op == "ge" else number > rule.bound):
        return "where.all[0]"
    if getattr(deal, rule.option) not in rule.allowed:
        return "where.all[1]"
    return None if rule.tag in deal.tags else "where.all[2]"


def oracle(rules: tuple[Rule, ...], task: PlainTask) -> int:
    """Give the answer, slowly and obviously."""
    return next((number for number, rule in enumerate(rules) if failing_part(rule, task) is None), -1)


def with_reasons(rules: tuple[Rule, ...], task: PlainTask) -> tuple[str | None, ...]:
    """Give the answer that the engine must give when asked for reasons."""
    taken = oracle(rules, task)
    passed = [failing_part(rule, task) for rule in (rules if taken < 0 else rules[:taken])]
    return (None if taken < 0 else f"p{taken}", *passed)


def hand(task: PlainTask) -> int:
    """Give the answer of FIVE as a programmer would write it down: the baseline B."""
    deal = task.deal
    kind, budget, score, stage, source, tags = task.type, deal.budget, deal.score, deal.stage, deal.source, deal.tags
    # fmt: off
    if (kind in {"1", "2", "3", "7"} and budget is not None and budget >= 150_000
            and stage in {"stage-1", "stage-2", "stage-3", "stage-4", "stage-5"}
            and "tag-0" in tags):
        return 0
    if (kind in {"1", "2", "4", "7", "9"} and score is not None and score >= 30
            and source in {"source-0", "source-1", "source-2", "source-6", "source-7"}
            and "tag-1" in tags):
        return 1
    if (kind in {"5", "6", "8", "11", "12"} and budget is not None and budget <= 700_000
            and stage in {"stage-3", "stage-4", "stage-5", "stage-6", "stage-7", "stage-8"}
            and "tag-2" in tags):
        return 2
    if (kind in {"1", "3", "4", "8", "9", "10"} and score is not None and score <= 80
            and source in {"source-2", "source-3", "source-4", "source-5", "source-6"}
            and "tag-3" in tags):
        return 3
    if (kind in {"1", "2", "3", "4", "5", "6", "7", "8", "9"} and budget is not None and budget >= 10_000
            and stage in {"stage-0", "stage-1", "stage-2", "stage-7", "stage-8", "stage-9"}
            and "tag-4" in tags):
        return 4
    # fmt: on
    return -1


# -- the same for the engine


def policy(rules: tuple[Rule, ...]) -> Policy:
    """Give the priorities as a policy of one role."""
    priorities = tuple(
        Priority(
            f"p{number}",
            f"Priority {number}",
            task_types=rule.types,
            where=All((
                Leaf(f"deal.{rule.number}", rule.op, rule.bound),
                Leaf(f"deal.{rule.option}", "in", rule.allowed),
                Leaf("deal.tags", "has_any", (rule.tag,)),
            )),
        )
        for number, rule in enumerate(rules)
    )  # fmt: skip
    week = Interval("week", 9 * 60, 18 * 60, days=(0, 1, 2, 3, 4))
    return Policy(1, (Role(ROLE, "Role", members=Members([USER]), intervals=(week,), priorities=priorities),))


def model_tasks(tasks: list[PlainTask]) -> list[Task]:
    """Give the tasks as the engine's caller holds them."""
    # Equal ids are one object here, as the wire makes them when it reads an account.
    return [
        Task(f"t{each.id}", each.type, "Call back", USER, NOW, DUE, Subject("deal", sys.intern(f"d{each.id}")))
        for each in tasks
    ]


def model_deals(tasks: list[PlainTask]) -> list[Deal]:
    """Give the deals of tasks as the engine's caller holds them."""
    deals = [each.deal for each in tasks]
    return [Deal(sys.intern(f"d{each.id}"), f"Deal {each.id}", USER, each.tags, _fields(each)) for each in deals]


def _fields(deal: PlainDeal) -> dict[str, Any]:
    return {"budget": deal.budget, "score": deal.score, "stage": deal.stage, "source": deal.source}


def engine(rules: tuple[Rule, ...], deals: list[Deal]) -> Engine:
    """Make an engine that knows the deals."""
    return Engine(policy(rules), Snapshot(Account("bench", "Europe/Moscow"), users=[User(USER, "Anna")], deals=deals))


def classify(asked: Engine, tasks: list[Task], *, reasons: bool = False) -> list[Any]:
    """Ask the engine's public call."""
    return asked.classify(tasks, role=ROLE, user=USER, now=NOW, reasons=reasons)
