"""Laws 1, 4 and 6: the order of a queue comes from the tasks in it, and from nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workplaces_core import decide
from workplaces_core.testing import laws
from workplaces_core.testing.strategies import situations


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_a_snapshots_lists_never_matters(situation, order):
    laws.the_order_of_a_snapshots_lists_never_matters(decide, situation, order)


@given(situations())
def test_removing_a_task_never_reorders_the_others(situation):
    laws.removing_a_task_never_reorders_the_others(decide, situation)


@given(situations())
def test_no_task_waits_behind_a_lower_ranked_one(situation):
    laws.no_task_waits_behind_a_lower_ranked_one(decide, situation)
