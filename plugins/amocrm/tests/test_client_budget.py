"""The rate budget: never more calls in a second than allowed, nearly as many, and employees first."""

from __future__ import annotations

import heapq
import multiprocessing
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from workplaces_amocrm.client.budget import RateBudget
from workplaces_amocrm.client.file_cells import FileCells
from workplaces_amocrm.client.pace import Pace, Rates
from workplaces_amocrm.errors import AccountBlocked, TurnTooLate
from workplaces_amocrm.settings import Settings

from workplaces_core.adapters.cells import MemoryCells

SETTINGS = Settings(base_url="https://acme.amocrm.ru")


class ClockCells(MemoryCells):
    """Cells under a clock that only sleeping moves."""

    def __init__(self, late=lambda: 0.0):
        super().__init__()
        self.at = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.late = late

    def now(self):
        return self.at

    def sleep(self, seconds):
        assert seconds > 0
        self.at += timedelta(seconds=seconds + self.late())


def budget_of(cells, integration="desk", settings=SETTINGS):
    return RateBudget.of(settings, cells, integration, sleep=cells.sleep)


def most_in_a_second(instants):
    return max(sum(1 for other in instants if at <= other < at + 1) for at in instants)


@pytest.mark.parametrize("late", [0.0, 0.003])
def test_no_second_holds_more_than_seven_calls_and_the_rate_is_reached_by_95_percent(late):
    rng = random.Random(5)
    cells = ClockCells(lambda: rng.uniform(0, late))
    budget = budget_of(cells)
    instants = [budget.take("bulk") for _ in range(700)]
    assert most_in_a_second(instants) <= 7
    assert 699 / (instants[-1] - instants[0]) >= 0.95 * 7


@pytest.mark.parametrize("late", [0.03, 0.07])
def test_who_always_wakes_up_late_reaches_the_rate_and_never_exceeds_it(late):
    rng = random.Random(7)
    cells = ClockCells(lambda: rng.choice([0, 0, 0, late]))
    budget = budget_of(cells)
    instants = [budget.take("bulk") for _ in range(700)]
    assert most_in_a_second(instants) <= 7
    assert 699 / (instants[-1] - instants[0]) >= 0.95 * 7


def test_after_a_long_delay_one_slot_is_caught_up_with_and_no_more():
    cells = ClockCells()
    budget = budget_of(cells)
    budget.take("bulk")
    cells.sleep(30)
    first, second, third, fourth = [budget.take("bulk") for _ in range(4)]
    assert second - first < 0.01
    assert third - second >= 1 / 7
    assert fourth - third >= 1 / 7


def test_an_idle_time_is_not_saved_up_for_a_burst():
    cells = ClockCells()
    budget = budget_of(cells)
    budget.take("bulk")
    cells.sleep(3600)
    assert most_in_a_second([budget.take("bulk") for _ in range(20)]) <= 7


def test_integrations_have_rates_of_their_own_and_share_that_of_the_account():
    cells = ClockCells()
    settings = Settings(base_url="https://acme.amocrm.ru", account_rate=10)
    both = [budget_of(cells, name, settings) for name in ("desk", "mail")]
    instants = [budget.take("bulk") for _ in range(50) for budget in both]
    assert 7 < most_in_a_second(instants) <= 10


def actors(cells, arrivals, until):
    """Run calls as actors that ask, wait as they are told, and ask again; give (lane, arrived, called)."""
    budgets = [budget_of(cells), budget_of(cells)]  # as two processes
    start = cells.at.timestamp()
    queue = [(start + at, number, start + at, lane) for number, (at, lane) in enumerate(arrivals)]
    heapq.heapify(queue)
    called = []
    while queue and queue[0][0] < start + until:
        at, number, arrived, lane = heapq.heappop(queue)
        cells.at = datetime.fromtimestamp(at, UTC)
        turn = budgets[number % 2].ask(lane, f"t{number}")
        if turn.wait > 0:
            heapq.heappush(queue, (at + turn.wait, number, arrived, lane))
        else:
            called.append((lane, arrived, turn.at))
            if lane == "bulk":  # a reader that goes on for ever
                heapq.heappush(queue, (at, number, at, lane))
    return called


def test_an_employee_never_waits_behind_the_background_for_more_than_one_slot():
    rng = random.Random(11)
    readers = [(0.0, "bulk")] * 6
    takes = [(rng.uniform(0, 60), "interactive") for _ in range(80)]
    called = actors(ClockCells(), readers + takes, 120)
    done = [call for call in called if call[0] == "interactive"]
    assert len(done) == 80
    for _, arrived, went in done:
        behind = [at for lane, _, at in called if lane == "bulk" and arrived < at < went]
        assert not behind, "a background call went ahead of an employee who was waiting already"
    assert most_in_a_second([at for _, _, at in called]) <= 7
    assert len(called) >= 0.95 * 7 * 119


def test_an_employee_alone_waits_for_one_slot_at_most():
    called = actors(ClockCells(), [(0.0, "bulk")] * 4 + [(10.05, "interactive")], 20)
    (took,) = [went - arrived for lane, arrived, went in called if lane == "interactive"]
    assert took <= 1.02 / 7 + 1e-4


def test_a_process_that_dies_while_an_employee_waits_holds_the_background_up_for_moments_only():
    cells = ClockCells()
    budget = budget_of(cells)
    budget.take("bulk")
    assert budget.ask("interactive", "dead").wait > 0
    before = cells.at
    budget.take("bulk")
    assert cells.at - before < timedelta(seconds=2)


def test_a_429_halves_the_rate_down_to_the_floor_and_it_grows_back():
    cells = ClockCells()
    budget = budget_of(cells)
    rates = []
    for _ in range(6):
        budget.slow_down()
        rates.append(round(budget.rate(), 3))
        cells.sleep(1)
    assert rates[:2] == [3.5, 1.8]
    assert rates[-1] == pytest.approx(0.5, abs=0.15)
    cells.sleep(120)
    assert budget.rate() == 7


def test_calls_answered_429_together_halve_the_rate_once():
    cells = ClockCells()
    budget = budget_of(cells)
    for _ in range(5):
        budget.slow_down()
        cells.sleep(0.01)
    assert budget.rate() == pytest.approx(3.5, abs=0.01)


def test_after_a_429_nobody_calls_until_the_pause_is_over_and_then_at_half_the_rate():
    cells = ClockCells()
    budget = budget_of(cells)
    start = cells.at.timestamp()
    budget.slow_down(retry_after=4)
    instants = [budget.take("interactive") for _ in range(4)]
    assert instants[0] >= start + 4
    assert instants[1] - instants[0] > 1.7 / 7


def test_an_employee_gives_up_at_once_when_his_turn_is_far_away_and_the_background_waits_for_it():
    cells = ClockCells()
    budget = budget_of(cells)
    start = cells.at
    budget.slow_down(retry_after=60)
    before = cells.read("amocrm/acme.amocrm.ru/pace")
    for _ in range(3):
        with pytest.raises(TurnTooLate, match="in 60 s") as caught:
            budget.take("interactive")
        assert caught.value.retry_after == 60
    assert cells.at == start
    assert cells.read("amocrm/acme.amocrm.ru/pace") == before, "neither a slot nor a turn is held for him"
    assert budget.take("bulk") >= start.timestamp() + 60
    assert cells.at - start < timedelta(seconds=60.1)
    budget.take("interactive")


def test_a_pause_that_begins_while_an_employee_waits_ends_his_patience_too():
    cells = ClockCells()
    other = budget_of(cells)

    def sleep(seconds):
        other.slow_down(retry_after=60)
        cells.sleep(seconds)

    budget = RateBudget.of(SETTINGS, cells, "desk", sleep=sleep)
    budget.take("interactive")
    start = cells.at
    with pytest.raises(TurnTooLate):
        budget.take("interactive")
    assert cells.at - start < timedelta(seconds=1)


def test_an_employee_gives_up_behind_too_many_others_and_the_gate_stays_usable(monkeypatch):
    monkeypatch.setattr("workplaces_amocrm.client.budget._PATIENCE", 0.01)
    budget = budget_of(ClockCells())
    asking, go_on = Event(), Event()

    def held():
        with budget._gate("interactive"):
            asking.set()
            assert go_on.wait(10)

    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(held)
        assert asking.wait(10)
        with pytest.raises(TurnTooLate):
            budget.take("interactive")
        budget.take("bulk")
        go_on.set()
        holder.result()
    monkeypatch.undo()
    budget.take("interactive")


def test_a_block_stops_every_lane_and_process_until_a_person_resets_it_and_alerts_once():
    cells, alerts = ClockCells(), []
    here, there = (RateBudget.of(SETTINGS, cells, name, sleep=cells.sleep, alert=alerts.append) for name in ("a", "b"))
    assert here.block("403 in HTML")
    assert not there.block("403 in HTML again")
    for lane in ("interactive", "bulk"):
        with pytest.raises(AccountBlocked, match="403 in HTML"):
            there.take(lane)
    assert alerts == ["403 in HTML"]
    assert there.unblock()
    assert not here.unblock()
    here.take("bulk")


def test_a_block_outlives_whatever_else_is_unreadable_in_the_cell():
    text = '{"blocked": "403", "slots": 7, "calls": {"a": 7}, "slowed_to": {"a": 1}, "wanted": [1]}'
    assert Pace.of(text) == Pace(blocked="403")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", '{"slots": {"a": "soon"}}', '{"slots": {"a": NaN}}'])
def test_an_unreadable_cell_counts_as_empty(text):
    assert Pace.of(text) == Pace()


def test_a_slot_far_ahead_comes_from_a_clock_that_jumped_and_is_not_waited_for():
    pace = Pace(slots={"desk": 5000.0}, calls={"desk": (5000.0,) * 7})
    assert pace.wait("desk", "bulk", "t", 100.0, Rates.of(SETTINGS)) == 0


def test_a_pace_reads_what_it_wrote():
    rates = Rates.of(SETTINGS)
    pace = Pace().taken("desk", "t", 100.0, rates).announced("u", 101.0).slowed("desk", 102.0, None, rates)
    assert Pace.of(pace.text()) == pace


def _takes(path, count, found):
    settings = Settings(base_url="https://acme.amocrm.ru", integration_rate=50, account_rate=1000, rate_headroom=0)
    budget = RateBudget.of(settings, FileCells(path), "desk")
    found.put([budget.take("bulk") for _ in range(count)])


@pytest.mark.slow
def test_processes_share_one_rate_through_a_file(tmp_path):
    context = multiprocessing.get_context("spawn")
    found = context.SimpleQueue()
    processes = [context.Process(target=_takes, args=(tmp_path / "cells", 20, found)) for _ in range(3)]
    for process in processes:
        process.start()
    instants = sorted(at for _ in processes for at in found.get())
    for process in processes:
        process.join()
    assert len(instants) == 60
    tens = [after - before for before, after in zip(instants, instants[10:], strict=False)]
    assert min(tens) >= 10 / 50 - 1e-6
