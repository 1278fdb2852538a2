"""Suggestions serve an objective better by simulation, are checked with other seeds, and never applied."""

from __future__ import annotations

import attrs
import pytest

from tests.history.offices import TYPES, office_history, office_policy
from workplaces_core import wire
from workplaces_core.history.reports.words import LANGUAGES
from workplaces_core.history.simulation.assumptions import Assumptions
from workplaces_core.history.simulation.past import read_past
from workplaces_core.history.simulation.simulate import simulate
from workplaces_core.history.suggest.moves import Move, made, moves
from workplaces_core.history.suggest.objectives import Objective, read_objective
from workplaces_core.history.suggest.search import suggest
from workplaces_core.history.suggest.words import Said

BUSY = Assumptions(pauses=0.3)


@pytest.fixture(scope="module")
def past():
    return read_past(office_history(3, tasks=150))


@pytest.fixture(scope="module")
def found(past):
    return suggest(past, office_policy(), Objective("waiting", "type", "встреча"), tries=8, seeds=5, assumptions=BUSY)


def test_putting_a_type_first_is_found_when_it_shall_wait_less(found):
    best = found.found[0]

    assert best.is_sure
    assert best.objective["high"] < 0
    assert any(move.kind == "priority" and move.what == "встреча" for move in best.moves)


def test_what_is_reported_is_what_simulating_the_policy_gives(past, found):
    best = found.found[0]
    again = simulate(past, office_policy(), best.policy, seeds=5, assumptions=BUSY).figures["differences"]

    assert again["types"]["встреча"]["mean"] == best.objective
    assert again["waiting"] == best.differences["waiting"]


def test_the_seeds_that_check_took_no_part_in_choosing(found):
    assert 0 not in found.seeds
    assert len(found.seeds) == 5


def test_a_search_is_bounded_and_repeats_itself(past):
    objective = Objective("waiting")
    one, two = (suggest(past, office_policy(), objective, tries=5, seeds=2, assumptions=BUSY) for _ in range(2))

    assert one.tried <= 5
    assert one.form() == two.form()


def test_the_policy_in_use_is_left_as_it_is(past):
    policy = office_policy()
    before = wire.dumps(policy)
    suggest(past, policy, Objective("exact"), tries=4, seeds=2, assumptions=BUSY)

    assert wire.dumps(policy) == before


def test_every_suggestion_loads_as_a_policy_of_a_greater_version(found):
    for each in found.found:
        again = wire.load_policy(wire.dump(each.policy))
        assert again == each.policy
        assert again.version > office_policy().version


def test_no_change_is_reported_that_does_no_more_than_fewer_changes(found):
    listed = [(set(each.moves), each.objective["mean"]) for each in found.found]

    assert not [1 for a, x in listed for b, y in listed if a < b and x == y]


def test_every_move_changes_the_policy_and_keeps_it_valid():
    policy = office_policy()
    for move in moves(policy):
        after = made(policy, move)
        assert after.version == policy.version + 1
        assert attrs.evolve(after, version=policy.version) != policy
        assert wire.load_policy(wire.dump(after)) == after


def test_a_move_up_swaps_two_neighbours():
    after = made(office_policy(), Move("priority", "all", TYPES[2]))
    assert [each.id for each in after.roles[0].priorities] == [TYPES[0], TYPES[2], TYPES[1]]
    after = made(office_policy(), Move("role", "post", "post"))
    assert [role.id for role in after.roles] == ["post", "all"]


@pytest.mark.parametrize("text", ["exact", "waiting", "waiting:type=звонок", "waiting:tag=vip=1"])
def test_an_objective_is_written_as_it_is_read(text):
    assert str(read_objective(text)) == text


@pytest.mark.parametrize("text", ["", "exact:", "exact:type=1", "waiting:", "waiting:type=", "waiting:deal=1", "idle"])
def test_what_is_no_objective_is_refused(text):
    with pytest.raises(ValueError, match="must be exact, waiting"):
        read_objective(text)


def test_an_objective_about_no_task_is_refused(past):
    with pytest.raises(ValueError, match="`waiting:tag=vip` is about no task"):
        suggest(past, office_policy(), Objective("waiting", "tag", "vip"), assumptions=BUSY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_suggestions_are_told_in_words(language, found):
    said = Said(language, office_policy())
    rows = [said.row(each, found.objective) for each in found.found]

    assert rows
    assert all(all(row) and len(row) == 5 for row in rows)
    assert ("приоритет «Встреча»" if language == "ru" else "priority “Встреча”") in rows[0][0]
    assert "встреча" in said.before(found)
