"""A desk and the head of a queue, asked for random users of a large account."""

from __future__ import annotations

import random
import sqlite3
from collections import defaultdict
from datetime import datetime
from functools import partial
from importlib import import_module
from statistics import median
from typing import TYPE_CHECKING, Any

from attrs import evolve

from benchmarks import five
from benchmarks.account import NOW
from benchmarks.hand import end_of_day, moment
from benchmarks.measure import Row, alternate, each_call, medians, percentile, ratio, spell, spell_pair
from workplaces_core.changes import Set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.world import World
    from workplaces_core.answers import QueueEntry

DESK, HEAD = "a desk", "just the head"
ROUNDS, SAMPLE, LISTED = 21, 300, 20
HEAD_ROUNDS, HEADS, CHANGES = 15, 20_000, 1000
AFTER_A_CHANGE = "right after a change in the user's common queue"

Calls = defaultdict[str, list[float]]
"""The seconds of every call, by user."""


def rows(large: World, small: World) -> Iterator[Row]:
    """Measure desks: against T, and at one size against the other."""
    queues = {user: sorted_queue(large, user) for user in large.sample(SAMPLE)}
    ours, theirs, at_small = (medians(calls) for calls in desk_times(large, small, queues))
    pair = spell_pair(ours)
    about = f"{large.about}; queue={LISTED}, remaining exact; over {len(ours)} users"
    for part, limit in ((0.5, 40.0), (0.99, None)):
        times = percentile(ours, part) / percentile(theirs, part)
        baseline = f"T, head and ten: {spell_pair(theirs)}"
        yield Row(DESK, f"{about}, {_name(part)}", pair, baseline, times, limit, unit="T")
    for part, limit in ((0.5, 1.5), (0.99, None)):
        times = percentile(ours, part) / percentile(at_small, part)
        baseline = f"itself at {small.size:,} tasks: {spell_pair(at_small)}"
        yield Row(DESK, f"{about}, {_name(part)}", pair, baseline, times, limit, unit=f"× itself at {small.size:,}")
    changed, about = after_changes(large, _desk(large)), f"{large.about}; queue={LISTED}; {AFTER_A_CHANGE}"
    baseline = f"T, head and ten: {spell_pair(theirs)}"
    yield Row(DESK, about, spell_pair(changed), baseline, percentile(changed, 0.5) / percentile(theirs, 0.5), unit="T")


def desk_times(large: World, small: World, queues: dict[str, Any]) -> list[Calls]:
    """Ask for desks of the large account, read T, and ask in the small one, in turns, users in random order."""
    rng, ask, ask_small = random.Random(5), _desk(large), _desk(small)
    few = small.sample(SAMPLE)
    contenders = [
        (list(queues), ask),
        (list(queues), lambda user: head_and_ten(queues[user])),
        (few * (len(queues) // len(few)), ask_small),
    ]
    found: list[Calls] = [defaultdict(list) for _ in contenders]
    for each in range(ROUNDS + 1):
        for calls, (users, read) in zip(found, contenders, strict=True):
            shuffled = rng.sample(users, len(users))
            taken = each_call(partial(read, user) for user in shuffled)
            if each:  # the first round only warms up
                for user, seconds in zip(shuffled, taken, strict=True):
                    calls[user].append(seconds)
    return found


def _name(part: float) -> str:
    return f"p{100 * part:g}"


def _desk(world: World) -> Callable[[str], object]:
    engine = world.engine
    return lambda user: engine.desk(user, now=NOW, queue=LISTED)


# -- T: a user's whole queue as key tuples in one sorted list


def sorted_queue(world: World, user: str) -> Any:
    """Give a user's queue, as the engine lists it, in a SortedList of key tuples."""
    engine = world.engine
    role = engine.desk(user, now=NOW, queue=0).role
    listed = engine.desk(user, now=NOW, queue=None).queue
    if role is None:
        return import_module("sortedcontainers").SortedList()
    number = int(role.id[1:])
    keys = [queue_key(world, number, entry) for entry in listed]
    queue = import_module("sortedcontainers").SortedList(keys)
    assert [key[-1] for key in queue] == [entry.task for entry in listed], "T does not order as the engine does"
    return queue


def queue_key(world: World, number: int, entry: QueueEntry) -> tuple[Any, ...]:
    """Give the key of a task in the queue of a role: lane and priority, bucket, own order, due, created, id."""
    task = world.snapshot.tasks[entry.task]
    # At one moment an all-day task comes before an exact time.
    due = (moment(task.due), 1) if isinstance(task.due, datetime) else (end_of_day(task.due), 0)
    tail = (*due, moment(task.created), task.id)
    if entry.lane == "exact":
        return (-1, 0, 0, *tail)
    priorities = world.policy.roles[number].priorities
    place = next(place for place, each in enumerate(priorities) if each.id == entry.priority)
    bucket = int(entry.bucket != priorities[place].first)
    return (place, bucket, _own_order(world, number, place, entry.task), *tail)


def _own_order(world: World, number: int, place: int, task: str) -> float:
    """Give the rank by the priority's own order: by falling budget where it has one, none last."""
    if not world.policy.roles[number].priorities[place].order:
        return 0
    subject = world.snapshot.tasks[task].subject
    assert subject is not None
    budget: Any = world.snapshot.deals[subject.id].fields["budget"]
    return float("inf") if budget is None else -budget


def head_and_ten(queue: Any) -> tuple[Any, list[Any]]:
    """Read the head and the first ten of a sorted list."""
    return (queue[0] if queue else None), list(queue.islice(0, 10))


# -- the head


def head_rows(world: World) -> Iterator[Row]:
    """Measure `next_task`, warm and right after a change, against B and against a read of SQLite."""
    engine, users = world.engine, random.Random(6).choices(world.users, k=HEADS)
    plain = five.plain_tasks(HEADS)
    database = sqlite_queues(world)
    read = partial(_read_head, database)
    contenders = {
        "ours": lambda: [engine.next_task(user, now=NOW) for user in users],
        "B": lambda: [five.hand(task) for task in plain],
        "SQLite": lambda: [read(user) for user in users],
    }
    for user in users:
        engine.next_task(user, now=NOW)
    times = alternate(contenders, HEAD_ROUNDS)
    each = {name: spell(median(taken) / HEADS) for name, taken in times.items()}
    about = f"{world.about}; nothing changed since the last question"
    yield Row(HEAD, about, each["ours"], f"B, one task: {each['B']}", ratio(times, "ours", "B"), 10, unit="B")
    baseline = f"SQLite {sqlite3.sqlite_version} in memory, one read by index: {each['SQLite']}"
    yield Row(HEAD, about, each["ours"], baseline, ratio(times, "ours", "SQLite"), 1, unit="SQLite")
    changed, one_read = (
        after_changes(world, lambda user: engine.next_task(user, now=NOW)),
        median(times["SQLite"]) / HEADS,
    )
    about = f"{world.about}; {AFTER_A_CHANGE}"
    baseline = f"SQLite, one read by index: {spell(one_read)}"
    yield Row(HEAD, about, spell_pair(changed), baseline, percentile(changed, 0.5) / one_read, unit="SQLite")


def after_changes(world: World, ask: Callable[[str], object]) -> list[float]:
    """Give the seconds of questions that come right after a task of the asker's common queue was changed."""
    engine, rng, by_hand = world.engine, random.Random(8), world.by_hand
    pools: dict[int, list[str]] = {}
    for (number, owner), keys in by_hand.queues(world.plain).items():
        if owner is None:
            pools[number] = [key[-1] for key in keys]
    users = [user for user in world.users if by_hand.roles_of[user][0] in pools]
    found = []
    for user in rng.choices(users, k=CHANGES):
        task = world.snapshot.tasks[rng.choice(pools[by_hand.roles_of[user][0]])]
        engine.apply([Set("task", evolve(task, due=NOW.date()))])
        found += each_call([partial(ask, user)])
        engine.apply([Set("task", task)])
    return found


def sqlite_queues(world: World) -> sqlite3.Connection:
    """Put every user's own queue of each role into one indexed table."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE queue (user, role, priority, bucket, due, created, id)")
    queues = world.by_hand.queues(world.plain)
    lines = ((owner, number, *key) for (number, owner), keys in queues.items() if owner is not None for key in keys)
    database.executemany("INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?)", lines)
    database.execute("CREATE INDEX head ON queue (user, role, priority, bucket, due, created, id)")
    return database


def _read_head(database: sqlite3.Connection, user: str) -> object:
    query = "SELECT id FROM queue WHERE user = ? ORDER BY role, priority, bucket, due, created, id LIMIT 1"
    return database.execute(query, (user,)).fetchone()
