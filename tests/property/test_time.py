"""Laws 11 and 14: a week later everything is the same, and what a desk says about time comes true."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workplaces_core import decide
from workplaces_core.testing import laws
from workplaces_core.testing.strategies import situations


@given(situations(weekly=True), st.integers(-500, 2000))
def test_shifting_everything_by_whole_weeks_shifts_the_desk_and_changes_nothing_else(situation, weeks):
    laws.shifting_everything_by_whole_weeks_shifts_the_desk(decide, situation, weeks)


@given(situations())
def test_until_is_an_instant_at_which_the_role_really_ends(situation):
    laws.until_is_an_instant_at_which_the_role_really_ends(decide, situation)


@given(situations())
def test_the_next_role_really_opens_then(situation):
    laws.the_next_role_really_opens_then(decide, situation)
