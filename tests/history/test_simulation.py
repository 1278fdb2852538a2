"""Simulated people keep the policy: who works on what and when, decided as `decide` would; the same seed, the same."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise
from typing import Any, cast

import attrs
import pytest

from tests.history.histories import random_case
from tests.history.offices import MONDAY, TYPES, office_history, office_policy
from workplaces_core.decision import decide
from workplaces_core.errors import InvalidInput
from workplaces_core.history.arrow_form import table_of as arrow_table
from workplaces_core.history.events import FINISHED, TAKEN, Event
from workplaces_core.history.extra import pa
from workplaces_core.history.readable import decided, snapshot_before
from workplaces_core.history.simulation import handing_out
from workplaces_core.history.simulation.as_history import history_of
from workplaces_core.history.simulation.assumptions import Assumptions
from workplaces_core.history.simulation.attendance import attendance
from workplaces_core.history.simulation.course import People, run
from workplaces_core.history.simulation.done import Course
from workplaces_core.history.simulation.encoding import encoded
from workplaces_core.history.simulation.past import Past, read_past
from workplaces_core.history.simulation.presence import working_time
from workplaces_core.history.simulation.running import Running
from workplaces_core.history.simulation.service_times import service_times
from workplaces_core.history.simulation.simulate import simulate
from workplaces_core.history.simulation.work import Work
from workplaces_core.history.simulation.work_table import table_of
from workplaces_core.history.validating import BadRow, read_lines
from workplaces_core.policy import Leaf, Policy, Priority, leaves

SEEDS = range(12)
BOTH = pytest.mark.parametrize("presence", ["recorded", "intervals"])


def course_of(seed: int, presence: Any = "intervals", pauses: float = 0.0) -> tuple[Past, Any]:
    """A course of a small office."""
    past = read_past(office_history(seed))
    assumptions = Assumptions(presence=presence, pauses=pauses)
    return past, run(past, People.of(past), office_policy(), assumptions, seed=seed)


@BOTH
@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_works_on_two_tasks_at_once(seed, presence):
    _, course = course_of(seed, presence, pauses=0.5)
    assert course.done

    for user in {each.user for each in course.done}:
        for one, following in pairwise(each for each in course.done if each.user == user):
            assert one.finished <= following.taken


@pytest.mark.parametrize("seed", SEEDS)
def test_no_task_is_in_two_hands_at_once(seed):
    _, course = course_of(seed)

    for task in {each.task.id for each in course.done}:
        for one, following in pairwise(each for each in course.done if each.task.id == task):
            assert one.finished <= following.taken


@BOTH
@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_begins_outside_the_intervals_of_the_role_that_hands_out(seed, presence):
    past, course = course_of(seed, presence, pauses=0.5)
    policy = office_policy()
    spans = {role.id: working_time(role, policy, past) for role in policy.roles}

    for each in course.done:
        assert any(since <= each.taken < until for since, until in spans[each.role])


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_begins_when_he_was_not_there(seed):
    past, course = course_of(seed, "recorded", pauses=0.5)
    there = attendance(past)

    assert all(there.is_there(each.user, each.taken) for each in course.done)


@BOTH
@pytest.mark.parametrize("seed", SEEDS)
def test_every_task_was_handed_out_by_the_decision_of_that_moment(seed, presence):
    past, course = course_of(seed, presence, pauses=0.5)
    events = list(history_of(course, past))

    handed_out: Any = [(found.event, desk) for found, desk in decided(events, office_policy())]
    assert [(event.id, event.value["user"]) for event, _ in handed_out] == [(d.task.id, d.user) for d in course.done]
    for (event, desk), done in zip(handed_out, course.done, strict=True):
        assert desk.current is None
        assert (desk.next.task, desk.role.id, desk.queue[0].priority) == (event.id, done.role, done.priority)


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_idles_while_the_policy_has_something_for_him(seed):
    past, course = course_of(seed)
    events = list(history_of(course, past))
    edges = sorted({event.at for event in events})

    for at in edges[:: max(1, len(edges) // 15)]:
        snapshot = snapshot_after(events, at)
        for user in past.before.users:
            desk = decide(snapshot, office_policy(), user=user, now=at)
            assert desk.current is not None or desk.next is None


def snapshot_after(events, at):
    """All that is known once everything of a moment happened."""
    return snapshot_before(events, sum(event.at <= at for event in events))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_course_is_a_valid_history_that_reads_as_what_happened(seed):
    past, course = course_of(seed)
    events = list(history_of(course, past))

    assert not [row for row in read_lines(f"{event.line()}\n" for event in events) if isinstance(row, BadRow)]
    again = read_past(events)
    ended = [(each.task.id, each.user, each.taken) for each in course.done]
    assert sorted((each.task.id, each.user, each.taken) for each in again.spells) == sorted(ended)
    assert {task.id for task, _ in again.waiting} == {task.id for task, _ in course.waiting}


@pytest.mark.parametrize("presence", ["recorded", "intervals"])
def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_processes(tmp_path, presence):
    assumptions = Assumptions(presence=presence, service="drawn", pauses=0.7)
    for name in ("one", "two"):
        found = simulate(office_history(), office_policy(), office_policy(2), seeds=2, assumptions=assumptions)
        found.write(tmp_path / name)

    for file in ("work.parquet", "simulation.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.slow
def test_several_processes_give_what_one_gives():
    assumptions = Assumptions(pauses=0.7)
    one, two = (
        simulate(office_history(), office_policy(), seeds=2, assumptions=assumptions, processes=count)
        for count in (1, 2)
    )
    assert one.figures == two.figures
    assert one.tables == two.tables


def test_another_seed_gives_another_course():
    past = read_past(office_history())
    courses = [
        [(each.task.id, each.user) for each in
         run(past, People.of(past), office_policy(), Assumptions(service="drawn"), seed=seed).done]
        for seed in (1, 2)
    ]  # fmt: skip
    assert courses[0] != courses[1]


@pytest.mark.parametrize("seed", range(4))
def test_a_history_that_the_simulator_made_calibrates_to_nearly_nothing(seed):
    past, course = course_of(seed)
    assumptions = Assumptions(presence="intervals", pauses=0.0)

    found = simulate(list(history_of(course, past)), office_policy(), assumptions=assumptions, seeds=3)

    calibration = found.figures["calibration"]
    assert calibration["verdict"] == "good"
    assert max(each["off"] for each in calibration["measures"].values()) < 0.05


def test_two_policies_that_are_alike_differ_in_nothing():
    found = simulate(office_history(), office_policy(), office_policy(2), assumptions=Assumptions(pauses=0.5), seeds=3)

    def leaves(value):
        return [x for each in value.values() for x in leaves(each)] if isinstance(value, dict) else [value]

    assert set(leaves(found.figures["differences"])) == {0.0}


def test_what_a_policy_puts_first_waits_less_under_it():
    history = office_history(3, tasks=90)
    one = office_policy(1, first=("звонок", "письмо", "встреча"))
    other = office_policy(2, first=("встреча", "письмо", "звонок"))
    found = simulate(history, one, other, assumptions=Assumptions(pauses=1.0), seeds=3)

    types = found.figures["differences"]["types"]
    assert types["встреча"]["mean"]["mean"] < 0 < types["звонок"]["mean"]["mean"]


def test_fitted_pauses_bring_the_simulated_median_near_the_recorded_one():
    past, course = course_of(2, "intervals", pauses=0.0)
    assumptions = Assumptions(pauses=1.0)
    recorded = list(history_of(run(past, People.of(past), office_policy(), assumptions, seed=9), past))
    del course

    fitted = simulate(recorded, office_policy(), seeds=2).figures
    assert fitted["assumptions"]["pauses_fitted"]
    assert fitted["calibration"]["measures"]["waiting_median"]["off"] < 0.1


# -- the two ways to decide ----------------------------------------------------------------------------------


def same(one: Course, other: Course) -> bool:
    """Whether two courses are the same but for how often somebody asked."""
    assert other.done
    return [attrs.astuple(d, recurse=False) for d in one.done] == [
        attrs.astuple(d, recurse=False) for d in other.done
    ] and one.waiting == other.waiting


def in_numbers(past: Past, policy: Policy, assumptions: Assumptions, seed: int) -> tuple[Course, pa.Table] | None:
    """The course in whole numbers, with its table; None where it would not be exact."""
    running = Running(past, People.of(past), assumptions)
    work = running.work(policy, seed)
    return (work.course(past), running.run(policy, seed).table) if isinstance(work, Work) else None


def differing(past: Past, policy: Policy, assumptions: Assumptions, seed: int) -> bool | None:
    """Whether both ways differ; None where there is only one, or nothing was done."""
    counted = in_numbers(past, policy, assumptions, seed)
    live = run(past, People.of(past), policy, assumptions, seed=seed)
    if counted is None or not live.done:
        return None
    return not same(counted[0], live) or counted[1] != table_of(live, past)


@BOTH
@pytest.mark.parametrize("service", ["task", "drawn"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_course_in_numbers_is_the_course_that_the_live_engine_gives(seed, presence, service):
    past = read_past(office_history(seed, tasks=80))
    assumptions = Assumptions(presence=presence, service=service, pauses=0.5 * (seed % 3))

    assert differing(past, office_policy(), assumptions, seed) is False


def random_past(seed: int, *, keeps_endings: bool) -> Past:
    """A random past whose account does not change; without endings, what work left of tasks is forgotten."""
    first, *others = random_case(seed, steps=60).events
    past = read_past([first, *(event for event in others if event.kind != "account")])
    return past if keeps_endings else attrs.evolve(past, endings={})


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["any", "standing"])
@pytest.mark.parametrize("part", range(2))
def test_both_ways_agree_over_random_histories_of_every_kind(part, kind):
    found = []
    for seed in range(30 * part, 30 * part + 30):
        past, case = random_past(seed, keeps_endings=seed % 5 == 0), random_case(seed, steps=60)
        for policy in (case.a, case.b):
            assumptions = Assumptions(presence="intervals", pauses=seed % 2 / 2)
            wanted = policy if kind == "any" else standing(policy)
            found.append(differing(past, wanted, assumptions, seed))
            assert not found[-1], (seed, policy.version)
    assert found.count(False) > 35


@BOTH
@pytest.mark.parametrize("seed", SEEDS)
def test_queues_that_last_give_what_queues_made_anew_give(seed, presence, monkeypatch):
    past = read_past(office_history(seed, tasks=80))
    policies, assumptions = (
        (office_policy(), office_policy(2, first=tuple(reversed(TYPES)))),
        Assumptions(presence, pauses=0.5),
    )

    def works() -> list[Any]:
        running = Running(past, People.of(past), assumptions)
        return [
            (work.pieces, work.waiting, work.decisions)
            for policy in policies
            for work in [cast("Work", running.work(policy, seed))]
        ]

    lasting = works()
    monkeypatch.setattr(handing_out, "standing_role", lambda *_: None)
    assert works() == lasting


def standing(policy: Policy) -> Policy:
    """The same policy with tasks that always stand in one order, in every role."""
    return attrs.evolve(policy, roles=tuple(attrs.evolve(role, priorities=tuple(
        attrs.evolve(each, order=(), first="overdue", where=None if days(each) else each.where)
        for each in role.priorities)) for role in policy.roles))  # fmt: skip


def days(priority: Priority) -> bool:
    """Whether a priority counts days."""
    return any(leaf.op == "days" for _, leaf in leaves(priority.where))


def test_what_cannot_be_encoded_exactly_is_left_to_the_live_engine():
    past = read_past(office_history(1))
    vip = office_policy()
    by_tag = attrs.evolve(
        vip,
        roles=tuple(
            attrs.evolve(
                role,
                priorities=tuple(
                    attrs.evolve(each, where=Leaf("deal.tags", "has_any", ("vip",))) for each in role.priorities
                ),
            )
            for role in vip.roles
        ),
    )
    assert any(any(states) for states in past.endings.values())
    assert encoded(past, by_tag) is None
    assert encoded(past, vip) is not None


# -- reading a past ------------------------------------------------------------------------------------------


def test_states_that_work_made_of_a_task_do_not_come_from_outside():
    past = read_past(office_history(5))
    taken = {spell.task.id for spell in past.spells}
    changed: Any = [change for step in past.steps for change in step.changes if change.kind == "task"]
    completed = {change.value.id for change in changed if change.value.completed}
    assert taken
    assert completed
    assert not taken & completed


def test_a_task_that_work_put_off_is_open_again_when_it_is_done():
    past, course = course_of(1)
    put_off = {task for task, states in past.endings.items() if any(states)}
    again = [each.task.id for each in course.done]

    assert put_off
    for task in put_off & set(again):
        left = next(each.left for each in course.done if each.task.id == task)
        waits = {each.id for each, _ in course.waiting}
        assert left is not None
        assert again.count(task) > 1 or task in waits or course.done[again.index(task)].finished > past.end


def test_several_accounts_need_a_name():
    history = [*office_history(account="acme"), *office_history(account="beta")]
    history.sort(key=lambda event: event.at)

    with pytest.raises(InvalidInput, match="must name one of acme, beta"):
        read_past(history)
    assert read_past(history, "beta").account == "beta"
    with pytest.raises(InvalidInput, match="is not in the history"):
        read_past(history, "gamma")


def test_a_file_an_arrow_table_and_events_read_alike(tmp_path):
    events = office_history()
    path = tmp_path / "history.jsonl"
    path.write_text("".join(f"{event.line()}\n" for event in events), encoding="utf-8")
    pasts = [read_past(source) for source in (path, arrow_table(events), iter(events))]

    assert isinstance(arrow_table(events), pa.Table)
    assert len({json.dumps([(s.task.id, s.user, str(s.taken)) for s in past.spells]) for past in pasts}) == 1
    assert pasts[0].steps[3].changes == pasts[1].steps[3].changes == pasts[2].steps[3].changes


# -- how long work takes ---------------------------------------------------------------------------------------


def working(*pieces) -> Past:
    """A past of pieces of work: (task, type, user, minute taken, minute finished)."""
    events = office_history(tasks=0)
    for task, type_, user, taken, finished in pieces:
        state = {"id": task, "type": type_, "text": "", "responsible": "nobody", "created": "2026-11-23T06:00:00Z",
                 "due": "2026-11-23"}  # fmt: skip
        events.append(Event(MONDAY, "acme", "set", "task", task, state))
        doing = {"user": user, "task": task}
        events.append(Event(MONDAY + timedelta(minutes=taken), "acme", "set", TAKEN, task, doing))
        events.append(Event(MONDAY + timedelta(minutes=finished), "acme", "set", FINISHED, task, doing))
    return read_past(sorted(events, key=lambda event: event.at))


def minutes(time):
    return time / timedelta(minutes=1)


def test_a_known_time_is_that_of_the_task_itself():
    times = service_times(working(("t1", "звонок", "anna", 60, 67)))
    assert minutes(times.time("t1", 0, "звонок", "ivan", 1)) == 7


def test_overlapping_work_and_work_over_night_is_not_known():
    past = working(
        ("t1", "звонок", "anna", 60, 90), ("t2", "звонок", "anna", 80, 100), ("t3", "звонок", "ivan", 60, 60 + 24 * 60)
    )
    assert service_times(past).of_task == {}


def test_an_unknown_time_is_drawn_by_type_and_person_then_type_then_all():
    own = [(f"a{n}", "звонок", "anna", 10 * n, 10 * n + 3) for n in range(5)]
    past = working(*own, ("b", "звонок", "ivan", 0, 8), ("c", "письмо", "ivan", 20, 40))
    times = service_times(past)

    assert {minutes(times.time("new", n, "звонок", "anna", 1)) for n in range(50)} == {3}
    assert {minutes(times.time("new", n, "звонок", "oleg", 1)) for n in range(50)} == {3, 8}
    assert {minutes(times.time("new", n, "письмо", "anna", 1)) for n in range(50)} == {20}
    assert {minutes(times.time("new", n, "встреча", "anna", 1)) for n in range(90)} == {3, 8, 20}


def test_drawn_times_leave_the_task_itself_aside():
    times = service_times(working(("t1", "звонок", "anna", 60, 67), ("t2", "звонок", "ivan", 60, 69)))
    drawn = {minutes(times.time("t1", 0, "звонок", "anna", seed, by_task=False)) for seed in range(30)}
    assert drawn == {7, 9}


def test_assumptions_that_cannot_be_meant_are_refused():
    with pytest.raises(ValueError, match="presence: `always` must be one of recorded, intervals"):
        Assumptions(presence="always")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="pauses"):
        attrs.evolve(Assumptions(), pauses=float("inf"))
