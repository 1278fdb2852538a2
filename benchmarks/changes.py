"""A change of one task, in every queue it moves in, against the same moves in sorted lists; and of a shared deal."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta
from functools import partial
from importlib import import_module
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from benchmarks.account import TODAY
from benchmarks.hand import Key, Place, plain_deal, plain_task
from benchmarks.measure import Row, each_call, percentile, spell, spell_pair
from workplaces_core.changes import Change, Remove, Set
from workplaces_core.model import Deal, Subject, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.world import World

PROMISE = "a change"
BATCHES, BATCH, WIDE_DEALS, TASKS_OF_A_WIDE_DEAL = 10, 200, 100, 10
JUDGED, TOGETHER = 1_000, 20

Lists = defaultdict[Place, Any]
Places = list[tuple[Place, Key]]


@frozen
class Kind:
    """What is measured of one kind of change, each with the queues it moves in: left and entered, by two."""

    name: str
    ours: list[float]
    sorted_lists: list[float]
    judging: list[float]
    """Seconds that B took to classify a task."""
    moves: list[float]

    def a_queue(self, times: list[float], less: float = 0) -> list[float]:
        """Divide times by the queues moved in, after taking something off."""
        return [(seconds - less) / moves for seconds, moves in zip(times, self.moves, strict=True)]


def rows(world: World) -> Iterator[Row]:
    """Measure changes of due, type and responsible, of nothing that moves, and of a deal with ten tasks."""
    sorted_list = import_module("sortedcontainers").SortedList
    lists: Lists = defaultdict(sorted_list)
    lists.update({place: sorted_list(keys) for place, keys in world.by_hand.queues(world.plain).items()})
    kinds = [measure(world, lists, name) for name in ("due", "type", "responsible")]
    for kind in kinds:
        yield from _rows_of(world, kind)
    still = measure(world, lists, "text")
    single = [seconds for kind in kinds for seconds in kind.ours]
    about = f"text of one task, {world.about}: moves in no queue"
    one = percentile(single, 0.5)
    yield Row(
        PROMISE, about, spell_pair(still.ours), f"due, type or responsible: {spell_pair(single)}",
        percentile(still.ours, 0.5) / one, unit="of a change that moves",
    )  # fmt: skip
    yield wide_row(world, single)


def _rows_of(world: World, kind: Kind) -> Iterator[Row]:
    judging = median(kind.judging)
    ours, theirs = kind.a_queue(kind.ours, judging), kind.a_queue(kind.sorted_lists)
    whole = f"{spell_pair(kind.ours)}; a queue, without classification: {spell_pair(ours)}"
    baseline = f"T, remove and add, a queue: {spell_pair(theirs)}; classification by B: {spell(judging)}"
    for part, limit in ((0.5, 1.5), (0.99, None)):
        about = f"{kind.name} of one task, {world.about}, moves in {mean(kind.moves):.2f} queues; p{100 * part:g}"
        times = percentile(ours, part) / percentile(theirs, part)
        yield Row(PROMISE, about, whole, baseline, times, limit, unit="T a queue")


def classifying(world: World) -> Callable[[], list[float]]:
    """Give what tells the seconds that B takes to classify a task for the roles of its responsible.

    A few tasks at a time, so that no call is much longer than the changes it is compared with, and as seldom made wait.
    """
    by_hand = world.by_hand
    tasks = random.Random(12).choices(world.plain, k=JUDGED)
    asked = [[(by_hand.firsts[number], task) for number in by_hand.roles_of[task.responsible]] for task in tasks]
    parts = [asked[start : start + TOGETHER] for start in range(0, JUDGED, TOGETHER)]
    calls = [partial(_classify, [pair for pairs in part for pair in pairs]) for part in parts]
    return lambda: [seconds / TOGETHER for seconds in each_call(calls)]


def _classify(asked: list[tuple[Callable[[Any], int], Any]]) -> None:
    for first, task in asked:
        first(task)


def changed(rng: random.Random, users: list[str], task: Task, what: str) -> Task:
    """Give a task with another due, type, responsible or text."""
    match what:
        case "due":
            return evolve(task, due=TODAY + timedelta(days=rng.randrange(-30, 30)))
        case "type":
            return evolve(task, type=str(rng.randrange(1, 13)))
        case "responsible":
            return evolve(task, responsible=rng.choice(users))
    return evolve(task, text=f"Call back, {rng.random()}")


def measure(world: World, lists: Lists, what: str) -> Kind:
    """Change random tasks, such as move, in the engine and in the sorted lists, in turns; leave all as it was."""
    engine, chosen = world.engine, choose(world, what)
    ours, theirs, judging, judge = list[float](), list[float](), list[float](), classifying(world)
    for start in range(0, len(chosen), BATCH):
        batch = chosen[start : start + BATCH]
        sets: list[list[Change]] = [[Set("task", each.new)] for each in batch]
        ours += each_call(partial(engine.apply, one) for one in sets)
        theirs += each_call(partial(move, lists, each.left, each.entered) for each in batch)
        judging += judge()
    engine.apply([Set("task", each.old) for each in chosen])
    for each in chosen:
        move(lists, each.entered, each.left)
    return Kind(what, ours, theirs, judging, [(len(each.left) + len(each.entered)) / 2 for each in chosen])


@frozen
class Chosen:
    """A change to be measured, with the places that it leaves and enters."""

    old: Task
    new: Task
    left: Places
    entered: Places


def choose(world: World, what: str) -> list[Chosen]:
    """Choose different tasks and what they become, until there are enough that stand or will stand in a queue."""
    rng, users, found = random.Random(what), world.users, list[Chosen]()
    tasks = list(world.snapshot.tasks.values())
    for task in rng.sample(tasks, len(tasks)):
        new = changed(rng, users, task, what)
        one = Chosen(task, new, _places(world, task), _places(world, new))
        if one.left or one.entered:
            found.append(one)
        if len(found) == BATCHES * BATCH:
            break
    return found


def _places(world: World, task: Task) -> Places:
    assert task.subject is not None
    return world.by_hand.places(plain_task(task, plain_deal(world.snapshot.deals[task.subject.id])))


def move(lists: Lists, left: Places, entered: Places) -> None:
    """Take a task out of the sorted lists it leaves and put it into those it enters."""
    for place, key in left:
        lists[place].remove(key)
    for place, key in entered:
        lists[place].add(key)


def wide_row(world: World, single: list[float]) -> Row:
    """Measure a change of a field of a deal on which ten tasks hang, against a change of one task."""
    rng, engine = random.Random(13), world.engine
    wide = [evolve(deal, id=f"wide-{deal.id}") for deal in list(world.snapshot.deals.values())[:WIDE_DEALS]]
    tasks = rng.sample(list(world.snapshot.tasks.values()), WIDE_DEALS * TASKS_OF_A_WIDE_DEAL)
    hung = [
        evolve(task, subject=Subject("deal", wide[number // TASKS_OF_A_WIDE_DEAL].id))
        for number, task in enumerate(tasks)
    ]
    engine.apply([Set("deal", deal) for deal in wide] + [Set("task", task) for task in hung])
    found = each_call(
        partial(engine.apply, [Set("deal", _other_budget(rng, deal))]) for _ in range(BATCHES) for deal in wide
    )
    engine.apply([*(Set("task", task) for task in tasks), *(Remove("deal", deal.id) for deal in wide)])
    about = f"budget of a deal with {TASKS_OF_A_WIDE_DEAL} tasks, {world.about}"
    baseline = f"due, type or responsible of one task: {spell_pair(single)}"
    times = percentile(found, 0.5) / percentile(single, 0.5)
    return Row(PROMISE, about, spell_pair(found), baseline, times, 12, unit="× a change of one task")


def _other_budget(rng: random.Random, deal: Deal) -> Deal:
    return evolve(deal, fields={**deal.fields, "budget": rng.choice([5_000, 50_000, 500_000, 5_000_000])})
