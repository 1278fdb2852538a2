"""`python -m benchmarks.replay`: the promises of history and replay, measured in interleaved rounds."""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import resource
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import attrs

from benchmarks.account import SOURCES, STAGES, TAGS, TYPES
from benchmarks.account import policy as account_policy
from benchmarks.measure import Row, Times, alternate, ratio, spell
from benchmarks.report import circumstances, heading, line, verdict
from workplaces_core.changes import Change
from workplaces_core.decision import decide
from workplaces_core.engine import Engine
from workplaces_core.history.arrow_facts import facts_of
from workplaces_core.history.arrow_form import SCHEMA, events_of
from workplaces_core.history.bulk import own_queues
from workplaces_core.history.events import TAKEN
from workplaces_core.history.extra import np, pa
from workplaces_core.history.facts import paths_of
from workplaces_core.history.local import replay
from workplaces_core.history.places import Places
from workplaces_core.history.readable import changes_of, snapshot_before
from workplaces_core.history.splitting import carried_in
from workplaces_core.model import Account
from workplaces_core.policy import All, ExactTime, Interval, Leaf, Members, OrderKey, Policy, Priority, Role
from workplaces_core.rules.intervals import RoleMoment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from workplaces_core.history.facts import Facts

NOW = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
TODAY = date(2026, 11, 24)
LOCAL_DAY = datetime(2026, 11, 23, 21, tzinfo=UTC)
ZONE = "Europe/Moscow"
CLASSIFY = "classify and order, encoded"
FROM_ARROW = "classify and order, from plain Arrow"
REPLAY = "replay of hand-outs, two policies"


# -- a million tasks as a table


def priorities() -> tuple[Priority, ...]:
    """Five priorities of the shape the peers are measured on: type set, number, option and tag."""
    return tuple(
        Priority(f"p{n}", f"Priority {n}", task_types=types, where=All((
            Leaf("deal.budget", op, limit), Leaf("deal.stage", "in", stages), Leaf("deal.tags", "has_any", (tag,)))))
        for n, (types, op, limit, stages, tag) in enumerate((
            (("1", "2", "3", "4", "5"), "ge", 150_000, tuple(STAGES[:6]), "tag-0"),
            (("2", "4", "6", "8", "10"), "le", 700_000, tuple(STAGES[2:8]), "tag-1"),
            (("1", "5", "9", "11", "12"), "ge", 10_000, tuple(STAGES[4:]), "tag-2"),
            (("3", "6", "7", "8", "9"), "le", 150_000, tuple(STAGES[1:7]), "tag-5"),
            (("7", "8", "10", "11", "12"), "ge", 10_000, tuple(STAGES[3:9]), "tag-3"),
        ))
    )  # fmt: skip


def tasks_policy(people: int) -> Policy:
    """One role for everybody."""
    week = Interval("week", 9 * 60, 18 * 60, days=(0, 1, 2, 3, 4))
    members = Members([f"u{number}" for number in range(people)])
    role = Role("r0", "Role", members=members, intervals=(week,), exact_time=ExactTime(5), priorities=priorities())
    return Policy(1, (role,))


def tasks_table(count: int, people: int, seed: int = 7) -> pa.Table:
    """Tasks in several batches: texts, numbers and lists of texts as any system would export them."""
    rng = np.random.default_rng(seed)
    day = rng.choice([*range(-30, 0), 0, *range(1, 4)], count)
    exact = rng.random(count) < 0.4
    minutes = rng.integers(24, 72, count) * 15
    base = (TODAY - date(1970, 1, 1)).days + day
    due_at = (base * 1440 + minutes) * 60_000_000
    created = int(NOW.timestamp()) * 1_000_000 - rng.integers(0, 30 * 86_400 * 1_000_000, count)
    at = pa.timestamp("us", tz="UTC")
    held = rng.random((count, len(TAGS))) < 0.25
    offsets = np.concatenate([[0], np.cumsum(held.sum(axis=1))]).astype(np.int32)
    columns = {
        "id": pa.array([f"t{number}" for number in rng.permutation(count)]),
        "type": _texts(TYPES, rng.integers(0, len(TYPES), count)),
        "responsible": _texts([f"u{number}" for number in range(people)], rng.integers(0, people, count)),
        "created": pa.array(created).cast(at),
        "due_date": pa.array(base.astype(np.int32), mask=exact).cast(pa.date32()),
        "due_at": pa.array(due_at, mask=~exact).cast(at),
        "deal.budget": pa.array(rng.lognormal(12.2, 1.1, count).astype(np.int64), mask=rng.random(count) < 0.08),
        "deal.stage": _texts(STAGES, rng.integers(0, len(STAGES), count)),
        "deal.source": _texts(SOURCES, rng.integers(0, len(SOURCES), count)),
        "deal.tags": pa.ListArray.from_arrays(offsets, _texts(TAGS, np.nonzero(held)[1])),
    }
    return pa.Table.from_batches(pa.table(columns).to_batches(max_chunksize=100_000))


def _texts(names: Sequence[str], codes: Any) -> pa.Array:
    return pa.array(names).take(pa.array(codes))


class PlainTask:
    """A task as hand-written code keeps it."""

    __slots__ = ("budget", "created", "due", "id", "is_exact", "responsible", "stage", "tags", "type")

    def __init__(self, *values: Any) -> None:
        """Take the columns of a row."""
        (self.id, self.type, self.responsible, self.created, due_date, due_at, self.budget, self.stage, tags) = values
        self.is_exact = due_at is not None
        self.due = due_at if due_at is not None else due_date
        self.tags = frozenset(tags)


PLAIN = ("id", "type", "responsible", "created", "due_date", "due_at", "deal.budget", "deal.stage", "deal.tags")


def plain_tasks(table: pa.Table) -> list[PlainTask]:
    """Make an object a row."""
    return [
        PlainTask(*row)
        for batch in table.select(PLAIN).to_batches()
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]


S0, S1, S2, S3, S4 = (frozenset(STAGES[a:b]) for a, b in ((0, 6), (2, 8), (4, 10), (1, 7), (3, 9)))
T0, T1, T2 = (
    frozenset(x) for x in (("1", "2", "3", "4", "5"), ("2", "4", "6", "8", "10"), ("1", "5", "9", "11", "12"))
)
T3, T4 = frozenset(("3", "6", "7", "8", "9")), frozenset(("7", "8", "10", "11", "12"))


def by_hand(task: PlainTask) -> int:
    """The five priorities as somebody would write them."""
    budget, stage, tags, type_ = task.budget, task.stage, task.tags, task.type
    if type_ in T0 and budget is not None and budget >= 150_000 and stage in S0 and "tag-0" in tags:
        return 0
    if type_ in T1 and budget is not None and budget <= 700_000 and stage in S1 and "tag-1" in tags:
        return 1
    if type_ in T2 and budget is not None and budget >= 10_000 and stage in S2 and "tag-2" in tags:
        return 2
    if type_ in T3 and budget is not None and budget <= 150_000 and stage in S3 and "tag-5" in tags:
        return 3
    if type_ in T4 and budget is not None and budget >= 10_000 and stage in S4 and "tag-3" in tags:
        return 4
    return -1


def queues_by_hand(tasks: list[PlainTask]) -> dict[str, list[str]]:
    """Classify and order with a loop and tuples; Moscow's day is written down, not asked for."""
    keyed: dict[str, list[Any]] = {}
    end, lead = LOCAL_DAY + timedelta(days=1), timedelta(minutes=5)
    ends = {TODAY - timedelta(days=n): LOCAL_DAY + timedelta(days=1 - n) for n in range(-5, 40)}
    for task in tasks:
        due: Any = task.due
        if task.is_exact:
            if due >= end:
                continue
            if due >= LOCAL_DAY:
                if due - lead <= NOW:
                    keyed.setdefault(task.responsible, []).append((0, 0, 0, due, 1, task.created, task.id))
                continue
            late, when, last = due < NOW, due, 1
        else:
            if due > TODAY:
                continue
            late, when, last = due < TODAY, ends[due], 0
        priority = by_hand(task)
        if priority >= 0:
            keyed.setdefault(task.responsible, []).append((1, priority, not late, when, last, task.created, task.id))
    return {person: [key[-1] for key in sorted(queue)] for person, queue in keyed.items()}


def queues_of_polars(frame: Any) -> Any:
    """The same in polars, on strings and lists: one lazy query."""
    pl: Any = import_module("polars")

    def admits(types: Any, number: Any, stages: Any, tag: str) -> Any:
        tags = pl.col("deal.tags").list.contains(tag)
        return pl.col("type").is_in(list(types)) & number & pl.col("deal.stage").is_in(list(stages)) & tags

    budget = pl.col("deal.budget")
    rules = (
        admits(T0, budget >= 150_000, S0, "tag-0"), admits(T1, budget <= 700_000, S1, "tag-1"),
        admits(T2, budget >= 10_000, S2, "tag-2"), admits(T3, budget <= 150_000, S3, "tag-5"),
        admits(T4, budget >= 10_000, S4, "tag-3"),
    )  # fmt: skip
    at, day = pl.col("due_at"), pl.col("due_date")
    first = pl.when(rules[0]).then(0)
    for number, rule in enumerate(rules[1:], 1):
        first = first.when(rule).then(number)
    exact_today = at.is_not_null() & (at >= LOCAL_DAY) & (at < LOCAL_DAY + timedelta(days=1))
    late = pl.when(at.is_not_null()).then(at < NOW).otherwise(day < TODAY)
    end = (day.cast(pl.Datetime("us", "UTC")) + pl.duration(hours=21)).cast(pl.Datetime("us", "UTC"))
    wanted = pl.when(exact_today).then(at - pl.duration(minutes=5) <= NOW).otherwise(
        pl.col("priority").is_not_null() & pl.when(at.is_not_null()).then(at < LOCAL_DAY).otherwise(day <= TODAY)
    )  # fmt: skip
    return (
        frame.lazy()
        .with_columns(first.otherwise(None).alias("priority"), exact_today.alias("exact"), late.alias("late"))
        .filter(wanted)
        .with_columns(
            pl.when(pl.col("exact")).then(0).otherwise(1 + pl.col("priority") * 2 + (~pl.col("late"))).alias("r")
        )
        .with_columns(pl.coalesce(at, end).alias("due"), at.is_not_null().alias("last"))
        .sort("responsible", "r", "due", "last", "created", "id")
        .select("responsible", "id")
        .collect()
    )


class Bulk:
    """A million tasks in every form."""

    def __init__(self, count: int, people: int) -> None:
        """Make them."""
        self.count, self.policy = count, tasks_policy(people)
        self.table = tasks_table(count, people)
        self.moment = RoleMoment.of(self.policy.roles[0], self.policy, Account("bench", ZONE), NOW)
        self.facts, self.places = self.encoded()
        self.plain = plain_tasks(self.table)
        gc.collect()
        gc.freeze()

    def encoded(self) -> tuple[Facts, Places]:
        """Encode the table."""
        return _encoded(self.table, self.policy, self.moment)

    def ours(self, *, reasons: bool = False) -> Any:
        """Classify and order what is encoded."""
        return own_queues(self.facts, self.places, self.moment, reasons=reasons)

    def ours_from_arrow(self) -> Any:
        """Encode, classify and order."""
        facts, places = self.encoded()
        return own_queues(facts, places, self.moment)

    def hand_from_arrow(self) -> Any:
        """Make objects, classify and order."""
        return queues_by_hand(plain_tasks(self.table))

    def answers(self) -> dict[str, list[str]]:
        """Our queues as those by hand."""
        found: dict[str, list[str]] = {}
        queues = self.ours()
        for person, row in zip(queues.people.tolist(), queues.rows.tolist(), strict=True):
            found.setdefault(self.facts.people.values[person], []).append(self.facts.ids[row])
        return found


def weigh(count: int, people: int) -> float:
    """Tell, in a process of its own, how much more memory it takes at most to encode, classify and order, a task."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.replay",
        "--weigh",
        "--tasks",
        str(count),
        "--task-people",
        str(people),
    ]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - itself


def own_weight(count: int, people: int) -> float:
    """Do the same in this process. Linux only: the high-water mark of its memory is set back before."""
    table, policy = tasks_table(count, people), tasks_policy(people)
    moment = RoleMoment.of(policy.roles[0], policy, Account("bench", ZONE), NOW)
    own_queues(*_encoded(tasks_table(1000, people), policy, moment), moment)  # imports, caches of zones
    gc.collect()
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    kept = own_queues(*_encoded(table, policy, moment), moment)
    found = (_status("VmHWM") - before) / count
    del kept
    return found


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024


def _encoded(table: pa.Table, policy: Policy, moment: RoleMoment) -> tuple[Facts, Places]:
    facts = facts_of(table, paths_of(policy))
    return facts, Places(facts, moment.role, ZONE)


def bulk_rows(count: int, people: int, rounds: int) -> Iterator[Row]:
    """Classify and order."""
    yield from _bulk_ratios(Bulk(count, people), rounds)
    gc.unfreeze()
    gc.collect()
    about = f"{count:,} tasks, encoded, classified and ordered"
    try:
        weight = weigh(count, people)
    except (OSError, subprocess.CalledProcessError):
        yield Row(
            "memory above the input", about, "", "", None, 150, remark="this system does not tell peaks of memory"
        )
        return
    yield Row("memory above the input", about, f"{weight:.0f} bytes a task", "", weight, 150, unit="bytes a task")


def _bulk_ratios(bulk: Bulk, rounds: int) -> Iterator[Row]:
    right, answers = queues_by_hand(bulk.plain), bulk.answers()
    wrong = sum(answers.get(person) != queue for person, queue in right.items())
    about = f"{bulk.count:,} tasks, {len(right):,} people, 5 priorities; {wrong} queues differ"
    contenders: dict[str, Callable[[], object]] = {
        "hand": lambda: queues_by_hand(bulk.plain),
        "ours": bulk.ours,
        "reasons": lambda: bulk.ours(reasons=True),
    }
    if find_spec("polars"):
        frame = import_module("polars").from_arrow(bulk.table)
        mine = queues_of_polars(frame).group_by("responsible", maintain_order=True)
        wrong = sum(queue["id"].to_list() != right.get(person) for (person,), queue in mine)
        contenders["polars"] = lambda: queues_of_polars(frame)
    times = alternate(contenders, rounds)
    ours = spell(median(times["ours"]) / bulk.count, "task")
    loop = f"Python loop: {spell(median(times['hand']) / bulk.count, 'task')}"
    yield _faster(CLASSIFY, about, ours, loop, ratio(times, "hand", "ours"), 10)
    if "polars" in times:
        theirs = f"polars {version('polars')} on strings, {wrong} queues differ: "
        theirs += spell(median(times["polars"]) / bulk.count, "task")
        yield _faster(CLASSIFY, about, ours, theirs, ratio(times, "polars", "ours"), 3)
    else:
        yield Row(CLASSIFY, about, ours, "polars: not run", None, 3, at_least=True, remark="polars is not installed")
    yield Row(
        "with reasons", about, spell(median(times["reasons"]) / bulk.count, "task"), f"itself without: {ours}",
        ratio(times, "reasons", "ours"), 1.5, unit="× itself without",
    )  # fmt: skip
    times = alternate({"hand": bulk.hand_from_arrow, "ours": bulk.ours_from_arrow}, max(3, rounds // 2))
    ours = spell(median(times["ours"]) / bulk.count, "task")
    loop = f"Python loop with its conversion: {spell(median(times['hand']) / bulk.count, 'task')}"
    yield _faster(FROM_ARROW, about, ours, loop, ratio(times, "hand", "ours"), 15)


def _faster(promise: str, about: str, ours: str, theirs: str, found: float, limit: float) -> Row:
    return Row(promise, about, ours, theirs, found, limit, at_least=True, unit="× faster")


# -- a million hand-outs as a history


def replay_policies() -> tuple[Policy, Policy]:
    """The account's 20 roles, and the same with priorities the other way round and a dearer deal first."""
    a = account_policy()
    dear = (OrderKey("field", "deal.budget", "desc"),)
    roles = [
        attrs.evolve(role, priorities=tuple(attrs.evolve(each, order=dear) for each in reversed(role.priorities)))
        for role in a.roles
    ]
    return a, attrs.evolve(a, version=2, roles=tuple(roles))


def history(tasks: int, people: int, takes: int, days: int, seed: int = 7) -> pa.Table:
    """Tasks that come over some days, are each taken several times at working hours, and completed."""
    rng = random.Random(seed)
    begin = int(datetime(2026, 9, 1, tzinfo=UTC).timestamp())
    rows: list[tuple[int, int, str, str, str]] = [
        (begin, 0, "account", "bench", f'{{"id":"bench","timezone":"{ZONE}"}}')
    ]
    for number in range(people):
        groups = [f"g{number % 20}"] if number % 5 else [f"g{number % 20}", f"g{(number // 5 + 7) % 20}"]
        user = {"id": f"u{number}", "name": f"User {number}", "groups": groups}
        rows.append((begin, 1, "user", f"u{number}", json.dumps(user)))
    for number in range(tasks // 3 + 1):
        fields = {
            "budget": int(rng.lognormvariate(12.2, 1.1)),
            "stage": rng.choice(STAGES),
            "score": rng.randrange(101),
        }
        tags = [tag for tag in TAGS if rng.random() < 0.25]
        deal = {"id": f"d{number}", "name": f"Deal {number}", "responsible": None, "tags": tags, "fields": fields}
        rows.append((begin, 2, "deal", f"d{number}", json.dumps(deal)))
    for number in range(tasks):
        rows += _life(rng, number, begin + rng.randrange((days - 5) * 86_400), people, takes)
    rows.sort(key=lambda row: row[:2])
    at, _, kinds, ids, values = zip(*rows, strict=True)
    columns = [[second * 1_000_000 for second in at], ["bench"] * len(rows), ["set"] * len(rows), kinds, ids, values]
    arrays = [pa.array(column) for column in columns]
    return pa.table([arrays[0].cast(SCHEMA.field("at").type), *arrays[1:]], schema=SCHEMA)


def _life(
    rng: random.Random, number: int, created: int, people: int, takes: int
) -> Iterator[tuple[int, int, str, str, str]]:
    responsible, task = f"u{rng.randrange(people)}", f"t{number}"
    due = datetime.fromtimestamp(created, UTC).date() + timedelta(days=rng.choice((0, 0, 1, 2, 5)))
    text = due.isoformat() if rng.random() < 0.6 else f"{due}T{rng.randrange(6, 18):02}:{15 * rng.randrange(4):02}:00Z"
    told = (
        f'{{"id":"{task}","type":"{rng.choice(TYPES)}","text":"Call back","responsible":"{responsible}",'
        f'"created":"{datetime.fromtimestamp(created, UTC):%Y-%m-%dT%H:%M:%SZ}","due":"{text}",'
        f'"subject":{{"kind":"deal","id":"d{number // 3}"}}'
    )
    yield created, 3, "task", task, told + "}"
    at = created
    for _ in range(takes):
        day, second = divmod(at + rng.randrange(3600, 86_400), 86_400)
        day += (0, 0, 0, 0, 0, 2, 1)[(day + 3) % 7]  # not at weekends; the first day of all was a Thursday
        at = max(at + 1, day * 86_400 + 6 * 3600 + second % (9 * 3600))  # nine to six in Moscow
        user = responsible if rng.random() < 0.8 else f"u{rng.randrange(people)}"
        yield at, 4, TAKEN, task, f'{{"user":"{user}","task":"{task}"}}'
        at += rng.randrange(120, 900)
        yield at, 5, "finished", task, f'{{"user":"{user}","task":"{task}"}}'
    yield at, 6, "task", task, told + ',"completed":true}'


class Slice:
    """Two engines in the middle of a history, and what happened next."""

    def __init__(self, table: pa.Table, policies: tuple[Policy, Policy], hand_outs: int) -> None:
        """Bring them there."""
        middle = table.num_rows // 2
        before = list(events_of(carried_in(table.slice(0, middle))))
        self.snapshot = snapshot_before(before, len(before))
        self.policies = policies
        self.engines = [Engine(policy, self.snapshot) for policy in policies]
        self.events: list[tuple[str | None, datetime, list[Change]]] = []
        found = 0
        for event in events_of(table.slice(middle)):
            user = str((event.value or {})["user"]) if event.kind == TAKEN else None
            self.events.append((user, event.at, changes_of(event)))
            found += user is not None
            if found == hand_outs:
                break
        self._rest = iter(self.events)

    def with_engine(self, hand_outs: int) -> int:
        """Go on for some hand-outs: every change applied to both engines, a desk asked of both at each hand-out."""
        done = 0
        for user, at, changes in self._rest:
            if user is not None:
                for engine in self.engines:
                    engine.desk(user, now=at)
                done += 1
            for engine in self.engines:
                engine.apply(changes)
            if done == hand_outs:
                break
        return done

    def with_decide(self, hand_outs: int) -> int:
        """Ask `decide` for some hand-outs over one snapshot: making the next snapshot is not even counted."""
        asked = [(user, at) for user, at, _ in self.events if user is not None][:hand_outs]
        for user, at in asked:
            for policy in self.policies:
                decide(self.snapshot, policy, user=user, now=at)
        return len(asked)


def replay_rows(options: argparse.Namespace) -> Iterator[Row]:
    """Replay the whole in rounds, each beside a slice of it by other means; at the end, once on all cores."""
    policies = replay_policies()
    table = history(options.hand_outs // 5, options.people, 5, 40)
    about = (
        f"{options.hand_outs:,} hand-outs, {options.hand_outs // 5:,} tasks, {options.people} people, "
        f"{table.num_rows:,} events ({table.nbytes / 2**20:,.0f} MiB)"
    )
    yield from _replay_ratios(table, policies, options.replay_rounds, about)
    gc.collect()
    before = _status("VmRSS")
    began = perf_counter()
    count = replay(table, *policies, processes=options.processes).decisions.num_rows
    took = perf_counter() - began
    mine = (_status("VmHWM") - before) / 2**30
    others = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    yield Row(
        f"{REPLAY}, on all cores", about,
        f"{spell(took)}, {2 * count / took:,.0f} decisions/s, {others:.2f} GiB a process, {mine:.2f} GiB in the parent",
        f"{options.processes or 'as many processes as cores'}", None,
    )  # fmt: skip


def _replay_ratios(table: pa.Table, policies: tuple[Policy, Policy], rounds: int, about: str) -> Iterator[Row]:
    a_round, asks = 1000, 3
    piece = Slice(table, policies, a_round * rounds)
    times: Times = {"ours": [], "engine": [], "decide": []}
    for _ in range(rounds):
        for name, run in (
            ("ours", lambda: replay(table, *policies, processes=1).decisions.num_rows),
            ("engine", lambda: piece.with_engine(a_round)),
            ("decide", lambda: piece.with_decide(asks)),
        ):
            gc.collect()
            # Of very different lengths, and each in one process: what others do meanwhile must not count.
            began = process_time()
            done = run()
            times[name].append((process_time() - began) / done)
    open_now = sum(not task.completed for task in piece.snapshot.tasks.values())
    took = median(times["ours"])
    ours = f"{spell(took, 'hand-out')} of CPU time, {2 / took:,.0f} decisions/s, reading of events included"
    for name, said, limit in (
        ("decide", f"`decide` each time, {open_now:,} tasks open", 20),
        ("engine", f"`Engine.desk` each time and changes applied, {open_now:,} tasks open", 2),
    ):
        theirs = f"{said}: {spell(median(times[name]), 'hand-out')}"
        yield _faster(REPLAY, about, ours, theirs, ratio(times, name, "ours"), limit)


# -- the command


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000_000, help="tasks to classify and order")
    parser.add_argument("--task-people", type=int, default=1_000, help="people they belong to")
    parser.add_argument("--hand-outs", type=int, default=1_000_000, help="hand-outs of the replay")
    parser.add_argument("--people", type=int, default=500, help="people of the replay")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of tasks to classify and order")
    parser.add_argument("--replay-rounds", type=int, default=3, help="rounds of the replay")
    parser.add_argument("--processes", type=int, help="of the whole replay; one a core, unless given")
    parser.add_argument("--only", choices=("bulk", "replay"))
    parser.add_argument("--weigh", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def measured(options: argparse.Namespace) -> Iterator[Row]:
    """Measure what was asked for."""
    if options.only in (None, "bulk"):
        yield from bulk_rows(options.tasks, options.task_people, options.rounds)
    if options.only in (None, "replay"):
        yield from replay_rows(options)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print one table, and say what is not kept."""
    options, load = parse(arguments), os.getloadavg()[0]
    if options.weigh:
        print(own_weight(options.tasks, options.task_people))
        return
    print(heading())
    rows = []
    for row in measured(options):
        rows.append(row)
        print(line(row), flush=True)
    print(f"\n{verdict(rows)}\n")
    facts = circumstances(" ".join(["python -m benchmarks.replay", *sys.argv[1:]]), load)
    facts["versions"] += f", numpy {np.__version__}, pyarrow {pa.__version__}"
    for name, text in facts.items():
        print(f"- {name}: {text}")


if __name__ == "__main__":
    main()
