"""Law 15: what remains is counted once, and nothing else is handed out today."""

from __future__ import annotations

from hypothesis import given

from workplaces_core import decide
from workplaces_core.testing import laws
from workplaces_core.testing.strategies import situations


@given(situations())
def test_remaining_never_counts_a_task_twice(situation):
    laws.remaining_never_counts_a_task_twice(decide, situation)


@given(situations())
def test_nothing_is_handed_out_today_beyond_what_remains(situation):
    laws.nothing_is_handed_out_today_beyond_what_remains(decide, situation)
