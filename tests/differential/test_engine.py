"""The live engine against the readable decision: after any changes, at any moment, whatever was asked before."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.differential.cases import DAY, MICROSECOND, MINUTE
from tests.differential.twins import Apply, Ask, DifferenceError, Publish, Twins, Walk, follow, shortest
from tests.differential.walks import random_walk
from workplaces_core import wire
from workplaces_core.changes import COLLECTIONS, Kind, Remove, Set, apply, joined, key_of
from workplaces_core.engine import Engine
from workplaces_core.model import Account, Deal, Lease, Skip, Snapshot, Subject, Task, User
from workplaces_core.policy import Interval, Leaf, Members, Policy, Priority, Role
from workplaces_core.testing import strategies as some
from workplaces_core.testing.pools import AWKWARD_MOMENTS, IDS
from workplaces_core.testing.situations import edges
from workplaces_core.wire.forms import read_instant

CORPUS = Path(__file__).parents[1] / "corpus"
EXAMPLES = settings.default.max_examples if settings.default else 100
STEPS = 80

# Seeded walks: the bulk of the comparisons ------------------------------------------------------------------


def test_answers_on_a_walk_are_those_of_the_decision(record_testsuite_property):
    """More than forty desks a walk, so more than 100,000 in the nightly profile."""
    compared: Counter[str] = Counter()

    @given(seed=st.integers(0, 2**40))
    def follow_one(seed):
        compared.update(followed(seed))

    follow_one()
    record_testsuite_property("compared", dict(compared))
    assert compared["desk"] > 40 * EXAMPLES


def followed(seed):
    walk = random_walk(seed, STEPS)
    try:
        return follow(walk)
    except Exception as found:  # noqa: BLE001 - a crash is cut down as a difference is
        pytest.fail(f"seed {seed}: {found}\ncut down:\n{shortest(walk)}")


def test_others_who_ask_at_later_moments_do_not_make_remembered_answers_stale():
    for seed in range(60):
        follow(random_walk(seed, STEPS, elsewhen=True))


NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LEASE = Lease("t1", "u2", NOW, NOW + 5 * MINUTE)


def dated(day):
    return Deal("d1", "", None, fields={"when": date(2026, 11, day)})


@pytest.mark.parametrize("question", ["head", "desk"])
@pytest.mark.parametrize(
    ("where", "ahead", "change"),
    [(None, 60 * MINUTE, Set("lease", LEASE)), (Leaf("deal.when", "days", (0, 0)), DAY, Set("deal", dated(24)))],
    ids=["a lease", "a condition that counts days"],
)
def test_what_changes_only_before_the_moment_of_others_is_noticed(where, ahead, change, question):
    always = Interval("always", 0, 1440, days=(0, 1, 2, 3, 4, 5, 6))
    priority = Priority("p", "P", where=where)
    role = Role("r", "R", members=Members(["u1", "u2"]), intervals=(always,), priorities=(priority,))
    call = Task("t1", "1", "", "u1", NOW, NOW.date(), Subject("deal", "d1"))
    users = [User("u1", ""), User("u2", "")]
    snapshot = Snapshot(Account("a", "UTC"), users=users, tasks=[call], deals=[dated(20)])
    steps = (
        Ask("u1", NOW, (question,)), Ask("u2", NOW + ahead, ("desk",)), Apply((change,)), Ask("u1", NOW, (question,)),
    )  # fmt: skip

    follow(Walk(snapshot, Policy(1, (role,)), steps))


def test_walks_are_worth_following():
    """Walks on which little happens would prove nothing."""
    counts: Counter[str] = Counter()
    met: Counter[str] = Counter()
    for seed in range(60):
        walk = random_walk(seed, STEPS)
        counts += follow(walk)
        met.update(event for step in walk.steps if isinstance(step, Apply) for event in kinds_of_events(step))
        met.update(type(step).__name__ for step in walk.steps)

    assert counts["desk"] > 1000
    assert min(counts[name] for name in ("short desk", "head", "quiet", "failures", "classes", "why", "export")) > 80
    assert met["Publish"] > 20
    assert min(met[name] for name in (*ENTITIES, "remove", "many at once", "the same twice")) > 15, met


ENTITIES = ("account", "user", "deal", "contact", "company", "task", "lease", "skip")


def kinds_of_events(step):
    """Name what happens in a batch of changes."""
    named = [(each.kind, each.id if isinstance(each, Remove) else joined(each.kind, key_of(each.value)))
             for each in step.changes]  # fmt: skip
    yield from (each.kind for each in step.changes)
    yield from ("remove" for each in step.changes if isinstance(each, Remove))
    if len(named) > 1:
        yield "many at once"
    if len(set(named)) < len(named):
        yield "the same twice"


# A state machine: fewer comparisons, and short examples -----------------------------------------------------


JUMPS = (MICROSECOND, MINUTE, 5 * MINUTE, 60 * MINUTE, DAY, 2 * DAY, 366 * DAY)


askers = st.sampled_from(("u1",) * 5 + IDS["user"])


class LiveEngine(RuleBasedStateMachine):
    """Whatever is done to an engine, it says what the decision says."""

    twins: Any = None

    @initialize(place=st.sampled_from(AWKWARD_MOMENTS), data=st.data())
    def begin(self, place, data):
        self.around, self.zone = place
        self.now = self.around
        policy = data.draw(some.policies(around=self.around), "policy")
        self.twins = Twins(policy, data.draw(some.snapshots(around=self.around, zone=self.zone), "snapshot"))

    @rule(data=st.data())
    def change(self, data):
        changes = st.lists(some.changes(around=self.around, zone=self.zone), min_size=1, max_size=4)
        self.twins.take(Apply(tuple(data.draw(changes, "changes"))))

    @rule(data=st.data())
    def change_a_task(self, data):
        """Give a task that is there another due, owner, type or subject."""
        if self.twins.snapshot.tasks:
            name = data.draw(st.sampled_from(sorted(self.twins.snapshot.tasks)), "task")
            self.twins.take(Apply((Set("task", data.draw(some.tasks(name=name, around=self.around, zone=self.zone))),)))

    @rule(data=st.data())
    def remove_and_set_again(self, data):
        change = data.draw(some.changes(around=self.around, zone=self.zone), "change")
        if isinstance(change, Set) and change.kind != "account":
            removed = Remove(change.kind, joined(change.kind, key_of(change.value)))
            self.twins.take(Apply((change, removed, change) if data.draw(st.booleans()) else (removed, change)))

    @precondition(lambda self: self.twins.snapshot.tasks)
    @rule(data=st.data(), user=askers, span=st.sampled_from((MICROSECOND, 5 * MINUTE, 60 * MINUTE, 2 * DAY)))
    def hold_a_task(self, data, user, span):
        name = data.draw(st.sampled_from(sorted(self.twins.snapshot.tasks)), "task")
        self.twins.take(Apply((Set("lease", Lease(name, user, self.now, self.now + span)),)))

    @precondition(lambda self: self.twins.snapshot.tasks)
    @rule(data=st.data(), user=askers, span=st.sampled_from((MICROSECOND, 5 * MINUTE, 2 * DAY)))
    def skip_a_task(self, data, user, span):
        name = data.draw(st.sampled_from(sorted(self.twins.snapshot.tasks)), "task")
        self.twins.take(Apply((Set("skip", Skip(name, user, self.now + span)),)))

    @rule(data=st.data(), kind=st.sampled_from(("deal", "contact", "company")), name=some.ids("field"))
    def change_a_field(self, data, kind, name):
        held = getattr(self.twins.snapshot, COLLECTIONS[kind])
        if held:
            entity = held[data.draw(st.sampled_from(sorted(held)), "entity")]
            value = data.draw(some.field_values(around=self.around), "value")
            self.twins.take(Apply((Set(kind, attrs.evolve(entity, fields={**entity.fields, name: value})),)))

    @rule(data=st.data())
    def publish(self, data):
        policy = data.draw(some.policies(around=self.around), "policy")
        self.twins.take(Publish(with_version(policy, self.twins.policy.version + 1)))

    @rule(by=st.sampled_from(JUMPS), back=st.booleans())
    def jump(self, by, back):
        moved = self.now - by if back else self.now + by
        self.now = moved if abs(moved - self.around) < 800 * DAY else self.around

    @rule(data=st.data(), step=st.sampled_from((0, 0, 1, -1)))
    def go_where_something_happens(self, data, step):
        near = sorted(set(edges(self.twins.snapshot, self.twins.policy, self.around)))
        if near:
            self.now = data.draw(st.sampled_from(near), "edge") + step * MICROSECOND

    @rule(user=askers, queue=st.sampled_from((0, 1, 2, 20)))
    def desk(self, user, queue):
        self.twins.take(Ask(user, self.now, ("desk", "short desk"), queue))

    @rule(user=askers, again=st.booleans())
    def head(self, user, again):
        self.twins.take(Ask(user, self.now, ("head", "head") if again else ("head",)))

    @rule(user=askers)
    def next_moment(self, user):
        self.twins.take(Ask(user, self.now, ("quiet",)))

    @rule(user=askers)
    def classes(self, user):
        self.twins.take(Ask(user, self.now, ("classes", "why")))

    @rule()
    def what_does_not_depend_on_a_user(self):
        self.twins.take(Ask("u1", self.now, ("failures", "export")))

    def teardown(self):
        if self.twins is not None:
            self.twins.take(Ask("u1", self.now, ("head", "desk", "failures", "export")))


def with_version(policy, version):
    return wire.load_policy({**wire.dump(policy), "version": version})


TestLiveEngine = LiveEngine.TestCase
TestLiveEngine.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

# The corpus -------------------------------------------------------------------------------------------------

SCENARIOS = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted(CORPUS.glob("*.json"))
    for case in json.loads(file.read_text(encoding="utf-8"))["cases"]
    if any("desk" in ask for ask in case.get("asks", ()))
]


def desks_of(case):
    return [ask for ask in case["asks"] if "desk" in ask]


def test_the_corpus_has_desks():
    assert len(SCENARIOS) > 100


@pytest.mark.parametrize("case", SCENARIOS)
def test_desk_of_the_corpus_is_the_engines(case):
    engine = Engine(wire.load_policy(case["policy"]), wire.load_snapshot(case["snapshot"]))
    for ask in [*desks_of(case), *reversed(desks_of(case))]:
        now = read_instant(ask["now"])

        assert wire.dump(engine.desk(ask["user"], now=now, queue=None)) == ask["desk"]
        assert engine.next_task(ask["user"], now=now) == (ask["desk"]["next"] or {"task": None})["task"]


@pytest.mark.parametrize("case", SCENARIOS)
def test_desk_of_the_corpus_is_the_same_when_its_data_arrive_one_by_one(case):
    snapshot = wire.load_snapshot(case["snapshot"])
    engine = Engine(wire.load_policy(case["policy"]), wire.load_snapshot({**case["snapshot"], **EMPTY}))
    for change in arriving(snapshot):
        engine.apply([change])
    for ask in desks_of(case):
        desk = engine.desk(ask["user"], now=read_instant(ask["now"]), queue=None)

        assert wire.dump(desk) == ask["desk"]


KINDS_AS_THEY_COME: dict[str, Kind] = {
    "leases": "lease", "skips": "skip", "tasks": "task", "companies": "company", "contacts": "contact",
    "deals": "deal", "users": "user",
}  # fmt: skip
EMPTY: dict[str, list[Any]] = {name: [] for name in KINDS_AS_THEY_COME}


def arriving(snapshot):
    """List changes that bring the data, those first that speak of others."""
    for name, kind in KINDS_AS_THEY_COME.items():
        yield from (Set(kind, value) for value in getattr(snapshot, name).values())


# What the comparison rests on -------------------------------------------------------------------------------


def test_a_difference_is_cut_down_to_what_it_takes():
    walk = next(each for each in map(random_walk, range(50)) if any(isinstance(step, Publish) for step in each.steps))

    cut = shortest(walk, lambda each: any(isinstance(step, Publish) for step in each.steps))

    assert [type(step) for step in cut.steps] == [Publish]
    assert not cut.snapshot.tasks
    assert not cut.policy.roles


def test_a_wrong_answer_is_a_difference():
    twins = Twins(random_walk(1).policy, random_walk(1).snapshot)
    twins.snapshot = apply(twins.snapshot, [Remove("task", name) for name in twins.snapshot.tasks])

    with pytest.raises(DifferenceError):
        twins.take(Ask("u1", AWKWARD_MOMENTS[0][0], ("export",)))
