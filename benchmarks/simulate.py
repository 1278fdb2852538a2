"""Half a year of a loan desk, simulated: the wall time, and SimPy over the same people, hours, times and policy.

Three models in SimPy. One does what ours does, any policy: whoever asks is given what `decide` says of the tasks in the
store. Two know that here a role is a task type and nothing else: one looks through a FilterStore, one has a
PriorityStore a type, which is the strongest model that we know of.

Both sides begin with the same past in memory (`read_past`) and what it tells of people (`People.of`), and both prepare
once what does not depend on the seed: ours the past as numbers, SimPy's models arrivals and hours in seconds. Ours
notes who did what from when until when, and which role and priority handed it out, and makes a table of it where
preparation is counted; SimPy's models only count.
"""

from __future__ import annotations

import os
import sys
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Row, Times, alternate, ratio, spell
from workplaces_core.decision import decide
from workplaces_core.history.observed_policy import observed_roles, policy_for
from workplaces_core.history.simulation.assumptions import Assumptions
from workplaces_core.history.simulation.course import People
from workplaces_core.history.simulation.past import Past, read_past
from workplaces_core.history.simulation.presence import working_time
from workplaces_core.history.simulation.running import Running
from workplaces_core.history.simulation.work_table import bounds
from workplaces_core.history.work_items import Reading, WorkItem, history, opened, read_items
from workplaces_core.model import Snapshot
from workplaces_core.wire import load_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workplaces_core.policy import Policy

ROUNDS = 3
SEEDS = 5
"""So many runs `workplaces simulate` makes of a policy."""
PROMISE = "simulate half a year"
PAUSES = 0.7
LOG = Path(os.environ.get("WORKPLACES_BANK_WORK_ITEMS", "../shared/data/bank-work-items"))
DAYS = {"W_Nabellen offertes": 2}
ANY_POLICY = "any policy, by decide"
SLOW = 20
"""That model is so slow that it gets so many times less of the log."""


def rows(share: float = 1.0) -> Iterator[Row]:
    """Measure; with a `share` below 1 only so much of the log, from its beginning."""
    half = Half.of(share)
    if find_spec("simpy") is None:
        times = alternate({"ours": lambda: half.ours(SEEDS)}, ROUNDS)
        wall, about = spell(median(times["ours"])), f"{half.about}; {SEEDS} seeds with preparation"
        yield Row(PROMISE, about, wall, "T: not run", None, 5, at_least=True, remark="simpy is not installed")
        return
    models: dict[str, type[Office]] = {"a PriorityStore a type": Sorted, "FilterStore, types only": Scanning}
    yield from half.against(models, ROUNDS)
    yield from Half.of(share / SLOW).against({ANY_POLICY: Deciding}, ROUNDS)


class Half:
    """Half a year, and the ways to simulate it."""

    def __init__(self, past: Past, policy: Policy, about: str) -> None:
        """Prepare one run of ours, for those that are measured without preparation."""
        self.past, self.policy, self.about, self.people = past, policy, about, People.of(past)
        self._prepared = self._anew()
        self.done = len(self._prepared.course(policy, 1).done)

    @classmethod
    def of(cls, share: float) -> Half:
        """Take a share of the log."""
        return cls(*half_a_year(share))

    def _anew(self) -> Running:
        return Running(self.past, self.people, Assumptions(pauses=PAUSES))

    def ours(self, seeds: int) -> int:
        """Prepare, and make runs with their tables."""
        running = self._anew()
        return sum(running.run(self.policy, seed).decisions for seed in range(1, seeds + 1))

    def ours_prepared(self) -> int:
        """Make one more run, and nothing else."""
        return self._prepared.work(self.policy, 2).decisions

    def simpy(self, model: type[Office], seeds: int) -> int:
        """Prepare, and make runs."""
        plan = Plan(self.past, self.people, self.policy)
        return sum(model(plan, seed).run() for seed in range(1, seeds + 1))

    def against(self, models: dict[str, type[Office]], rounds: int) -> Iterator[Row]:
        """Measure ours and models of SimPy in turn."""
        plan = Plan(self.past, self.people, self.policy)
        for about, ours, theirs in (
            (f"{SEEDS} seeds, with preparation", partial(self.ours, SEEDS), partial(partial, self.simpy, seeds=SEEDS)),
            ("one seed, with preparation", partial(self.ours, 1), partial(partial, self.simpy, seeds=1)),
            ("one seed more, prepared", self.ours_prepared, lambda model: lambda: model(plan, 2).run()),
        ):
            contenders: dict[str, Any] = {"ours": ours, **{name: theirs(model) for name, model in models.items()}}
            times, used = _measured(contenders, rounds)
            for name in models:
                yield self._row(f"{self.about}; {about}", name, times, used)

    def _row(self, about: str, name: str, times: Times, used: Times) -> Row:
        ours, theirs = (f"{spell(median(times[each]))} (CPU {spell(median(used[each]))})" for each in ("ours", name))
        faster = ratio(times, name, "ours")
        return Row(PROMISE, about, ours, f"SimPy, {name}: {theirs}", faster, 5, at_least=True, unit="times as fast")


def _measured(contenders: dict[str, Callable[[], object]], rounds: int) -> tuple[Times, Times]:
    """Give wall and CPU times of contenders in turn."""
    used: Times = {name: [] for name in contenders}

    def noting(name: str, run: Callable[[], object]) -> Callable[[], object]:
        def noted() -> object:
            began = process_time()
            made = run()
            used[name].append(process_time() - began)
            return made

        return noted

    return alternate({name: noting(name, run) for name, run in contenders.items()}, rounds), used


def half_a_year(share: float = 1.0) -> tuple[Past, Policy, str]:
    """Give the bank's log where it is at hand, else one made up of the same size, with the policy guessed from it."""
    file = LOG / "work_items.csv.gz" if LOG.is_dir() else LOG
    if file.is_file():
        with opened(file) as lines:
            items = [item for item in read_items(lines) if isinstance(item, WorkItem)]
    else:
        items = made_up()
    items = sorted(items, key=lambda item: item.start)[: int(share * len(items))]
    policy = load_policy(policy_for(observed_roles(items, "Europe/Amsterdam")))
    past = read_past(history(items, Reading(account="bank", days=DAYS)))
    name = "the bank" if file.is_file() else "a made-up log"
    return past, policy, f"{name}: {len(past.spells):,} pieces of work, {len(past.before.users):,} people"


def made_up(items: int = 53_000, people: int = 57) -> list[WorkItem]:
    """Make up a log: office hours, six types, three items a case."""
    rng, found = Random(1), list[WorkItem]()
    free = {f"p{number}": datetime(2026, 1, 5, 8, tzinfo=UTC) + timedelta(minutes=number) for number in range(people)}
    for number in range(items):
        who = min(free, key=lambda name: free[name])
        start = free[who] + timedelta(seconds=rng.expovariate(1 / 200))
        if start.hour >= 17 or start.weekday() > 4:
            start = start.replace(hour=8, minute=rng.randrange(60)) + timedelta(days=1)
        end = free[who] = start + timedelta(seconds=rng.expovariate(1 / 500))
        found.append(WorkItem(f"c{number // 3}", f"type {rng.randrange(6)}", who, start, end))
    return found


# -- the same in SimPy ------------------------------------------------------------------------------------------


class Plan:
    """What does not depend on the seed: arrivals, hours, who has which roles; in seconds since the beginning."""

    def __init__(self, past: Past, people: People, policy: Policy) -> None:
        """Work it out."""
        self.past, self.people, self.policy = past, people, policy
        self.hours = {role.id: hours_of(role, policy, past) for role in policy.roles}
        self.roles_of = {
            user: [role for role in policy.roles if user in role.members.users] for user in people.attendance.spans
        }
        self.spans = {
            user: [(self.second(since), self.second(until)) for since, until in spans]
            for user, spans in people.attendance.spans.items()
        }
        self.arrivals = self._arrivals()

    def second(self, moment: Any) -> float:
        """Give seconds since the beginning."""
        return float((moment - self.past.start).total_seconds())

    def _arrivals(self) -> list[tuple[float, Any]]:
        """List what comes, when it can be handed out: not before the day on which it is due."""
        found = []
        for step in self.past.steps:
            for change in step.changes:
                if change.kind == "task" and not change.value.completed:  # type: ignore[union-attr]
                    ready, _, _ = bounds(change.value, step.at, self.past.timezone)  # type: ignore[union-attr, arg-type]
                    found.append((max(self.second(ready), 0.0), change.value))  # type: ignore[union-attr]
        return sorted(found, key=lambda each: each[0])


class Office:
    """What the models have in common: clock, arrivals, hours, times of work, pauses."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.simpy, self.plan, self.seed = import_module("simpy"), plan, seed
        self.people, self.hours, self.roles_of = plan.people, plan.hours, plan.roles_of
        self.env = self.simpy.Environment()
        self.done = 0
        self.arrived = self.env.event()

    def run(self) -> int:
        """Let everybody work until the end."""
        self.env.process(self.bring())
        for user, spans in self.plan.spans.items():
            self.env.process(self.work(user, spans))
        self.env.run(until=self.plan.second(self.plan.past.end))
        return self.done

    def bring(self) -> Any:
        """Bring tasks as they come, and wake those who wait."""
        for at, task in self.plan.arrivals:
            if at > self.env.now:
                yield self.env.timeout(at - self.env.now)
            yield self.put(task)
            arrived, self.arrived = self.arrived, self.env.event()
            arrived.succeed()

    def work(self, user: str, spans: list[tuple[float, float]]) -> Any:
        """Be there, ask, work, rest."""
        rng, pauses = Random(f"{self.seed} {user}"), self.people.attendance.pauses_of(user)
        for since, until in spans:
            if since > self.env.now:
                yield self.env.timeout(since - self.env.now)
            while self.env.now <= until:
                task = yield from self.ask(user)
                if task is None:
                    wait = max(min(until, self.next_edge(user)) - self.env.now, 0.001)
                    yield self.arrived | self.env.timeout(wait)
                    continue
                time = self.people.times.time(task.id, 0, task.type, user, self.seed)
                yield self.env.timeout(time.total_seconds())
                self.done += 1
                if pauses:
                    yield self.env.timeout(pauses[int(rng.random() * len(pauses))].total_seconds() * PAUSES)

    def active(self, user: str) -> list[Any]:
        """List the user's roles that are active now."""
        now = self.env.now
        return [role for role in self.roles_of[user] if is_within(self.hours[role.id], now)]

    def next_edge(self, user: str) -> float:
        """Tell when the next role of a user begins or ends."""
        return min((next_edge(self.hours[role.id], self.env.now) for role in self.roles_of[user]), default=float("inf"))

    def put(self, task: Any) -> Any:
        """Store a task."""
        raise NotImplementedError

    def ask(self, user: str) -> Any:
        """Give somebody a task, or None."""
        raise NotImplementedError


class Scanning(Office):
    """One FilterStore: whoever asks, looks through it for the first task of the first of his roles that has one."""

    def __init__(self, plan: Plan, seed: int) -> None:
        super().__init__(plan, seed)
        self.store = self.simpy.FilterStore(self.env)

    def put(self, task: Any) -> Any:
        return self.store.put(task)

    def ask(self, user: str) -> Any:
        for role in self.active(user):
            found = min(self._places(role), default=None)
            if found is not None:
                return (yield self.store.get(partial(_is, found[-1])))
        return None

    def _places(self, role: Any) -> Iterator[Any]:
        for task in self.store.items:
            for index, priority in enumerate(role.priorities):
                if not priority.task_types or task.type in priority.task_types:
                    yield index, task.due, task.created, task.id
                    break


class Sorted(Office):
    """A PriorityStore a task type: in the guessed policy a role has one priority, of one type."""

    def __init__(self, plan: Plan, seed: int) -> None:
        super().__init__(plan, seed)
        types = [role.priorities[0].task_types[0] for role in plan.policy.roles]
        self.stores = {type_: self.simpy.PriorityStore(self.env) for type_ in types}

    def put(self, task: Any) -> Any:
        return self.stores[task.type].put(self.simpy.PriorityItem((task.due, task.created, task.id), task))

    def ask(self, user: str) -> Any:
        for role in self.active(user):
            store = self.stores[role.priorities[0].task_types[0]]
            if store.items:
                return (yield store.get()).item
        return None


class Deciding(Scanning):
    """The policy itself: what `decide` gives of the tasks in the store."""

    def ask(self, user: str) -> Any:
        past = self.plan.past
        snapshot = Snapshot(past.before.account, users=past.before.users, tasks=self.store.items)
        desk = decide(snapshot, self.plan.policy, user=user, now=past.start + timedelta(seconds=self.env.now))
        if desk.next is None:
            return None
        return (yield self.store.get(partial(_is, desk.next.task)))


def _is(id_: str, task: Any) -> bool:
    return bool(task.id == id_)


def hours_of(role: Any, policy: Policy, past: Past) -> list[tuple[float, float]]:
    """Give the working time of a role in seconds since the beginning."""
    spans = working_time(role, policy, past)
    return [((s - past.start).total_seconds(), (e - past.start).total_seconds()) for s, e in spans]


def is_within(spans: list[tuple[float, float]], now: float) -> bool:
    """Tell whether a moment lies in one of the spans."""
    at = _place(spans, now)
    return at >= 0 and now < spans[at][1]


def next_edge(spans: list[tuple[float, float]], now: float) -> float:
    """Give the next beginning or end of a span."""
    at = _place(spans, now)
    if at >= 0 and now < spans[at][1]:
        return spans[at][1]
    return spans[at + 1][0] if at + 1 < len(spans) else float("inf")


def _place(spans: list[tuple[float, float]], now: float) -> int:
    return bisect_right(spans, (now, float("inf"))) - 1


def main() -> None:
    """Measure this part alone."""
    for row in rows(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0):
        print(row.workload, "|", row.ours, "|", row.baseline, "|", None if row.ratio is None else round(row.ratio, 1))


if __name__ == "__main__":
    main()
