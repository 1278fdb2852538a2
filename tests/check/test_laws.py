"""Laws of the check: what it calls certain is certain, and what it counts are the real numbers."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import attrs
from hypothesis import given
from hypothesis import strategies as st

from tests.check.cases import NOW
from tests.check.test_implication import ODD, random_tree
from tests.differential.cases import GHOSTS, USERS, random_case
from workplaces_core import wire
from workplaces_core.answers import Failure
from workplaces_core.check import check, condition_failures
from workplaces_core.decision import decide
from workplaces_core.model import Account, Contact, Deal, Snapshot, Subject, Task, User
from workplaces_core.policy import CommonQueue, Interval, Leaf, Members, Policy, Priority, Role, leaves
from workplaces_core.rules.conditions import compare, read
from workplaces_core.rules.intervals import RoleMoment
from workplaces_core.rules.matching import admits, taking
from workplaces_core.rules.zones import zone

SEEDS = st.integers(0, 2**32)
USELESS = {"never_matches", "shadowed"}


def useless(policy: Policy, now) -> set[tuple[int, int]]:
    """The numbers of the roles and priorities that check says take no task, or none any more."""
    paths = [found.path.split(".") for found in check(policy, now=now) if found.code in USELESS]
    return {(int(role[6:-1]), int(priority[11:-1])) for role, priority, *_ in paths}


def takers(policy: Policy, snapshot: Snapshot, users, now) -> set[tuple[int, int | None]]:
    """The numbers of the roles and priorities that take a task for somebody at a moment."""
    found = set()
    for number, role in enumerate(policy.roles):
        moment = RoleMoment.of(role, policy, snapshot.account, now)
        if moment.active_intervals:
            for task in snapshot.tasks.values():
                links = snapshot.links(task)
                found |= {(number, taking(moment, snapshot, user, task, links)) for user in users}
    return found


@given(seed=SEEDS)
def test_a_useless_priority_takes_no_task_now_or_later(seed):
    rng = Random(seed)
    data, rules, _, now = random_case(rng)
    snapshot, policy = wire.load_snapshot(data), wire.load_policy(rules)
    idle = useless(policy, now)
    for hours in (0, 5, 24, 24 * 7):
        then = min(now + timedelta(hours=hours), now.replace(year=2199, month=12, day=31))
        if then >= now:
            assert not idle & takers(policy, snapshot, (*USERS, *GHOSTS), then)


WHEN = (("morning", 0, 12 * 60), ("evening", 12 * 60, 24 * 60))
NAMES = ("a", "b", "ß")


def crowded_role(rng: Random) -> Role:
    """A role of many priorities over few things, so that many of them are in each other's way."""

    def some(pool):
        return tuple(each for each in pool if rng.random() < 0.5)

    def pool():
        members = Members(some(NAMES), some(("g", "h")))
        return rng.choice((None, None, CommonQueue(), CommonQueue("members"), CommonQueue(members)))

    priorities = tuple(
        Priority(
            str(number), "",
            rng.choice((None, None, some(("morning", "evening")))),
            rng.choice(((), some(NAMES))),
            rng.choice((None, random_tree(rng, 1))),
            common_queue=pool(),
        )
        for number in range(rng.randint(2, 5))
    )  # fmt: skip
    intervals = tuple(Interval(name, start, end, days=tuple(range(7))) for name, start, end in WHEN)
    return Role("r", "R", members=Members(some(NAMES), some("g")), intervals=intervals, priorities=priorities)


def crowded_snapshot(rng: Random) -> Snapshot:
    """Tasks and people over the same few things."""

    def fields():
        return {"f": rng.choice((None, 0, 1, True, "a", "ab", ("a",), ("a", "b"), NOW.date(), NOW))}

    deals = [Deal(f"d{n}", rng.choice(("", "a", "ab")), None, ("a",) * (n % 2), fields(), ["c1"]) for n in range(4)]

    def task(number):
        task_type, responsible = rng.choice((*NAMES, "c")), rng.choice((*NAMES, "c"))
        subject = Subject("deal", f"d{number % 5}")
        return Task(f"t{number}", task_type, rng.choice(("", "a")), responsible, NOW, NOW.date(), subject)

    users = [User(name, "", groups=[group for group in "gh" if rng.random() < 0.5]) for name in NAMES]
    contacts = [Contact("c1", "", None, (), fields())]
    return Snapshot(Account("acme", "UTC"), users=users, deals=deals, contacts=contacts, tasks=map(task, range(12)))


@given(seed=SEEDS)
def test_a_useless_priority_among_many_takes_no_task(seed):
    rng = Random(seed)
    for _ in range(5):
        policy = Policy(1, (crowded_role(rng),))
        idle = useless(policy, NOW)
        for _ in range(5 if idle else 0):
            snapshot = crowded_snapshot(rng)
            for hours in (0, 6):
                assert not idle & takers(policy, snapshot, (*NAMES, "c"), NOW + timedelta(hours=hours))


@given(seed=SEEDS)
def test_without_its_useless_priorities_a_role_hands_out_the_same(seed):
    rng = Random(seed)
    policy, snapshot = Policy(1, (crowded_role(rng),)), crowded_snapshot(rng)
    idle = {number for _, number in useless(policy, NOW)}
    kept = tuple(each for number, each in enumerate(policy.roles[0].priorities) if number not in idle)
    shorter = Policy(1, (attrs.evolve(policy.roles[0], priorities=kept),))

    for user in NAMES:
        assert decide(snapshot, policy, user=user, now=NOW) == decide(snapshot, shorter, user=user, now=NOW)


def counted(policy: Policy, snapshot: Snapshot, now) -> list[Failure]:
    """Condition failures, task by task and leaf by leaf."""
    found = []
    for role in policy.roles:
        where = zone(role.timezone or snapshot.account.timezone)
        for priority in role.priorities:
            for path, leaf in leaves(priority.where):
                names = sorted(
                    task.id
                    for task in snapshot.tasks.values()
                    if not task.completed
                    and admits(priority, task)
                    and compare(leaf, read(leaf.field, task, snapshot.links(task)), now.date(), where) is None
                )
                if names:
                    found.append(Failure(role.id, priority.id, path, len(names), tuple(names[:3])))
    return found


@given(seed=SEEDS)
def test_condition_failures_are_the_leaves_that_err(seed):
    data, rules, _, now = random_case(Random(seed))
    snapshot, policy = wire.load_snapshot(data), wire.load_policy(rules)
    failures = condition_failures(policy, snapshot)

    assert list(failures) == counted(policy, snapshot, now)
    reported = [found for found in check(policy, snapshot, now=now) if found.code == "condition_errs"]
    assert [found.details for found in reported] == [{**wire.dump(each)} for each in failures]


@given(seed=SEEDS)
def test_condition_failures_of_a_plugins_op_are_counted_alike(seed):
    rng = Random(seed)
    policy = Policy(
        1, (crowded_role(rng), Role("q", "Q", priorities=(Priority("p", "P", where=Leaf("deal.f", "odd", 1, ODD)),)))
    )
    snapshot = crowded_snapshot(rng)

    assert list(condition_failures(policy, snapshot)) == counted(policy, snapshot, NOW)


@given(seed=SEEDS)
def test_findings_do_not_depend_on_the_order_of_data(seed):
    rng = Random(seed)
    data, rules, _, now = random_case(rng)
    policy = wire.load_policy(rules)
    mixed = {name: rng.sample(value, len(value)) if isinstance(value, list) else value for name, value in data.items()}

    findings = check(policy, wire.load_snapshot(data), now=now)
    assert findings == check(policy, wire.load_snapshot(mixed), now=now)
    wire.dumps(list(findings))
