"""The benchmarks run and compare like with like. Nothing here is timed."""

from __future__ import annotations

import gc
import json

import pytest

from benchmarks import __main__ as command
from benchmarks import account, changes, classification, desks, five, growth, report, start_and_memory
from benchmarks.account import NOW
from benchmarks.measure import Row, percentile, spell
from benchmarks.peers import PEERS
from benchmarks.world import World

TASKS = 2000


@pytest.fixture(scope="module")
def world():
    yield World(TASKS)
    gc.unfreeze()


@pytest.fixture
def briefly(monkeypatch):
    """Measure each contender as seldom as can be."""
    for module, name in [(classification, "ROUNDS"), (classification, "PEER_ROUNDS"), (desks, "ROUNDS"),
                         (desks, "HEAD_ROUNDS"), (start_and_memory, "ROUNDS")]:  # fmt: skip
        monkeypatch.setattr(module, name, 1)
    for module, name in [(desks, "HEADS"), (desks, "CHANGES"), (changes, "BATCH"), (changes, "WIDE_DEALS")]:
        monkeypatch.setattr(module, name, 10)
    yield
    gc.unfreeze()


# -- the workload of the rule engines


def test_hand_written_code_gives_the_right_answers():
    tasks = five.plain_tasks(TASKS)

    assert [five.hand(task) for task in tasks] == [five.oracle(five.FIVE, task) for task in tasks]


@pytest.mark.parametrize("rules", [five.FIVE, five.selective(60)], ids=["5", "60"])
def test_the_engine_gives_the_right_answers_and_reasons(rules):
    tasks = five.plain_tasks(TASKS)
    engine, model = five.engine(rules, five.model_deals(tasks)), five.model_tasks(tasks)

    assert classification.numbered(five.classify(engine, model)) == [five.oracle(rules, task) for task in tasks]
    assert five.classify(engine, model, reasons=True) == [five.with_reasons(rules, task) for task in tasks]


def test_the_workload_has_holes_and_every_answer():
    tasks = five.plain_tasks(TASKS)

    assert {five.oracle(five.FIVE, task) for task in tasks} == {-1, 0, 1, 2, 3, 4}
    assert any(task.deal.budget is None for task in tasks)
    assert any(task.deal.source is None for task in tasks)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_gives_the_right_answers(peer):
    if peer.installed() is None:
        pytest.skip(f"{peer.package} is not installed")
    tasks = five.plain_tasks(200)
    answers = peer.prepare(five.FIVE, tasks)

    for _ in range(2):
        assert answers() == [five.oracle(five.FIVE, task) for task in tasks]


def test_wrong_and_missing_answers_are_counted():
    assert classification.wrong([0, 1, -1], [0, 2, -1, 3]) == 2


# -- the account


def test_the_chains_of_the_account_agree_with_the_engine(world):
    by_hand, model = world.by_hand, list(world.snapshot.tasks.values())
    for user in world.users:
        for number in by_hand.roles_of[user]:
            own = [(plain, task) for plain, task in zip(world.plain, model, strict=True) if task.responsible == user]
            answers = world.engine.classify([task for _, task in own], role=f"r{number}", user=user, now=NOW)

            assert classification.numbered(answers) == [by_hand.firsts[number](plain) for plain, _ in own]


def test_the_queues_by_hand_agree_with_the_desks():
    world = World(account.TASKS_A_USER * 8)  # u1, u3 and u7 have one role each, without exact time
    queues = world.by_hand.queues(world.plain)
    for user in ("u1", "u3", "u7"):
        role, desk = world.by_hand.roles_of[user][0], world.engine.desk(user, now=NOW, queue=None)
        own = [key[-1] for key in queues[role, user] if key[1] < 2]
        pool = {key[-1] for key in queues[role, None] if key[1] < 2}

        assert [entry.task for entry in desk.queue if not entry.shared] == own
        assert {entry.task for entry in desk.queue if entry.shared} <= pool
    gc.unfreeze()


def test_a_sorted_list_of_keys_orders_as_the_engine_does(world):
    pytest.importorskip("sortedcontainers")
    for user in world.users:
        queue = desks.sorted_queue(world, user)
        listed = world.engine.desk(user, now=NOW, queue=10).queue

        assert [key[-1] for key in desks.head_and_ten(queue)[1]] == [entry.task for entry in listed]


def test_measuring_changes_leaves_all_as_it_was(world, briefly):
    pytest.importorskip("sortedcontainers")
    before = world.snapshot

    assert list(changes.rows(world))
    assert world.engine.snapshot() == before


def test_queue_places_are_those_of_the_queues_by_hand(world):
    queues = world.by_hand.queues(world.plain)

    assert start_and_memory.queue_places(world.engine) == sum(map(len, queues.values()))


def test_growth_is_told_and_drawn(briefly, monkeypatch, tmp_path):
    for name, value in (("ROUNDS", 1), ("CALLS", 10), ("TASKS_OF_ROLES", 1000), ("USERS_OF_ROLES", 20)):
        monkeypatch.setattr(growth, name, value)
    picture = tmp_path / "images" / "growth.png" if growth.can_draw() else None

    rows = list(growth.rows((100, 1000), (1, 10), picture))

    assert len(rows) == 2 * len(growth.QUESTIONS)
    assert picture is None or picture.read_bytes().startswith(b"\x89PNG")


# -- the command


def test_the_command_prints_one_table_and_says_what_is_not_kept(briefly, capsys, tmp_path):
    found = tmp_path / "found.json"
    command.main(
        ["--quick", "--tasks", str(TASKS), "--only", "classification", "--only", "start", "--json", str(found)]
    )
    printed = capsys.readouterr().out
    table = [line for line in printed.splitlines() if line.startswith("|")]
    rows = json.loads(found.read_text(encoding="utf-8"))["rows"]

    assert len(table) == len(rows) + 2
    assert {line.count("|") for line in table} == {8}
    assert "Promises measured here" in printed
    for row in rows:
        assert row["kept"] is not False or f"Not kept: {row['promise']}, {row['workload']}" in printed
    for fact in ("machine", "load", "versions", "command"):
        assert f"- {fact}: " in printed


@pytest.mark.parametrize("name", ["desks", "heads", "changes"])
def test_every_part_runs_on_a_small_account(briefly, name):
    rows = list(command.measured(command.parse(["--tasks", str(TASKS), "--only", name])))

    assert rows
    assert all(row.remark or row.ratio is not None for row in rows)


def test_memory_is_weighed():
    try:
        weight = start_and_memory.weigh(TASKS, takes_all=True)
    except OSError:
        pytest.skip("this system does not tell how much memory a process holds")
    finally:
        gc.unfreeze()

    assert weight.objects >= 0
    assert weight.exact > weight.account > 0
    assert weight.places >= TASKS


def test_a_peer_that_is_not_installed_is_reported(briefly, monkeypatch):
    monkeypatch.setattr(type(PEERS[0]), "installed", lambda _: None)
    row = classification.peer_row(PEERS[0], classification.Workload(10))

    assert row.is_kept is None
    assert f"Not measured: {PEERS[0].name} did not run: not installed." in report.verdict([row])


# -- rows


@pytest.mark.parametrize(
    ("limit", "at_least", "kept"),
    [(2, False, True), (1, False, False), (1, True, True), (2, True, False), (None, False, None)],
)
def test_a_promise_is_kept_on_one_side_of_its_limit(limit, at_least, kept):
    assert Row("promise", "", "", "", 1.5, limit, at_least).is_kept is kept


def test_durations_are_spelt_with_three_digits():
    assert [spell(4.567e-7, "task"), spell(0.0123), spell(12.5)] == ["0.457 µs a task", "12.3 ms", "12.5 s"]


def test_percentiles_are_values_that_occurred():
    assert [percentile(range(1, 101), part) for part in (0.5, 0.99)] == [51, 100]
