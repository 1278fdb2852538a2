"""Law 9: every candidate is queued, hidden as not yet, or explained."""

from __future__ import annotations

from hypothesis import given

from workplaces_core import decide, explain
from workplaces_core.testing import laws
from workplaces_core.testing.strategies import situations


@given(situations())
def test_every_task_is_queued_or_explained(situation):
    laws.every_task_is_queued_or_explained(decide, explain, situation)


@given(situations())
def test_every_place_is_explained_by_the_first_part_that_differs(situation):
    laws.every_place_is_explained_by_the_first_part_that_differs(decide, explain, situation)
