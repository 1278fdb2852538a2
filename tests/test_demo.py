"""The made-up account: the same everywhere, and always with the situations that the demo shows."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from workplaces_core.check import check
from workplaces_core.decision import decide
from workplaces_core.demo import NOW, STORIES, WHY, make, people, tasks
from workplaces_core.explanation import explain
from workplaces_core.wire import load_policy, load_snapshot

SEEDS = [1, 2, 3, 7, 2026]
DIGEST = "006f16f02314ae09dcd51ad1c6ca8fc8110e87340fefbe73716d3d3e4c2d9274"
"""Of the account with seed 1. It changes when the generator does, never with the machine."""

PRINT_DIGEST = "from tests.test_demo import digest; print(digest(1), end='')"


def digest(seed):
    demo = make(seed)
    text = json.dumps([demo.policy, demo.snapshot], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module", params=SEEDS)
def account(request):
    demo = make(request.param)
    return load_policy(demo.policy), load_snapshot(demo.snapshot)


def test_the_same_seed_gives_the_same_bytes_everywhere():
    assert digest(1) == DIGEST


@pytest.mark.parametrize("hash_seed", ["0", "1234"])
def test_the_bytes_do_not_depend_on_hashes(hash_seed):
    done = subprocess.run(
        [sys.executable, "-c", PRINT_DIGEST],
        cwd=Path(__file__).parents[1], env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": "."},
        capture_output=True, check=True, text=True,
    )  # fmt: skip

    assert done.stdout == DIGEST


def test_what_was_made_may_be_changed_without_harm():
    demo = make()
    demo.policy["roles"].clear()
    demo.snapshot["groups"][0]["name"] = "?"

    assert digest(1) == DIGEST


def test_another_seed_gives_another_account():
    assert digest(2) != DIGEST


def test_the_account_is_of_the_promised_size(account):
    policy, snapshot = account

    assert len(policy.roles) == 5
    assert len(snapshot.users) == 21, "20 people and the robot"
    assert len(snapshot.deals) == 1200
    assert len(snapshot.tasks) == 3000
    assert [user.id for user in snapshot.users.values() if not user.active] == [people.DISMISSED]
    assert len({user.name for user in snapshot.users.values()}) == 21


def test_tasks_are_of_every_sort(account):
    _, snapshot = account
    open_tasks = [task for task in snapshot.tasks.values() if not task.completed]
    exact = [task for task in open_tasks if hasattr(task.due, "hour")]
    today = NOW.date()
    days = [task.due for task in open_tasks if task not in exact]

    assert len(exact) > 200
    assert (
        min(sum(day < today for day in days), sum(day == today for day in days), sum(day > today for day in days)) > 300
    )
    assert {task.type for task in open_tasks} == {form["id"] for form in tasks.TYPES}
    assert {task.subject.kind for task in open_tasks if task.subject} == {"deal", "contact", "company"}
    assert any(task.subject is None for task in open_tasks)


# -- the situations ------------------------------------------------------------------------------------------


def desks(account):
    policy, snapshot = account
    return [decide(snapshot, policy, user=story.user, now=NOW) for story in STORIES]


def test_every_story_is_what_it_says(account):
    busy, on_time, operator, evening, newcomer = desks(account)

    assert busy.current.task == tasks.IN_PROGRESS
    assert busy.next is not None
    assert on_time.next.task == tasks.ON_TIME
    assert on_time.queue[0].lane == "exact"
    assert operator.queue[0].shared
    assert operator.queue[0].priority == "requests"
    assert evening.role is None
    assert evening.next_role.id == "calls-evening"
    assert newcomer.role is not None
    assert newcomer.queue == ()
    assert (newcomer.remaining.own, newcomer.remaining.shared) == (0, 0)


def test_stories_are_told_in_both_languages():
    assert all(story.situation.keys() == {"en", "ru"} for story in STORIES)


def test_the_dismissed_colleague_is_caught_by_the_common_queue(account):
    policy, snapshot = account
    queue = decide(snapshot, policy, user=people.MANAGER, now=NOW).queue
    shared = {snapshot.tasks[entry.task].responsible for entry in queue if entry.shared}

    assert shared == {people.DISMISSED}


def test_the_explained_task_is_not_handed_out_and_says_why(account):
    policy, snapshot = account
    user, task = WHY
    why = explain(snapshot, policy, user=user, task=task, now=NOW)
    codes = {code.code for code in why.roles[0].priorities[0].codes}

    assert codes == {"condition_false"}
    assert not [code for role in why.roles for code in role.codes if code.code == "queued"]
    # In the afternoon it is.
    later = decide(snapshot, policy, user=user, now=NOW + timedelta(hours=4))
    assert task in [entry.task for entry in later.queue]


def test_the_mistakes_are_found(account):
    policy, snapshot = account
    findings = check(policy, snapshot, now=NOW)
    codes = {found.code for found in findings}

    assert [found.code for found in findings if found.severity == "error"] == ["shadowed"]
    assert {"dangling_reference", "value_of_other_kind", "condition_errs", "tasks_not_covered"} <= codes


# -- what the how-to suggests to try -------------------------------------------------------------------------


def test_the_shadowed_priority_works_when_it_stands_first():
    demo = make()
    role = next(role for role in demo.policy["roles"] if role["id"] == "calls-day")
    role["priorities"].insert(1, role["priorities"].pop())
    findings = check(load_policy(demo.policy), load_snapshot(demo.snapshot), now=NOW)

    assert [found for found in findings if found.severity == "error"] == []


def test_with_a_lower_budget_the_explained_task_is_handed_out():
    demo = make()
    demo.policy["roles"][0]["priorities"][0]["where"]["all"][0]["value"] = 100_000
    user, task = WHY
    queue = decide(load_snapshot(demo.snapshot), load_policy(demo.policy), user=user, now=NOW).queue

    assert task in [entry.task for entry in queue]


def test_the_evening_shift_opens_in_the_afternoon(account):
    policy, snapshot = account
    desk = decide(snapshot, policy, user=people.EVENING, now=NOW + timedelta(hours=3, minutes=25))

    assert desk.role is not None
    assert desk.role.id == "calls-evening"
    assert desk.next is not None
