"""Laws 10 and 12, the deciding half: a role switched off is no role, and one task is in one pair of hands."""

from __future__ import annotations

from hypothesis import given

from workplaces_core import decide
from workplaces_core.testing import laws
from workplaces_core.testing.strategies import situations


@given(situations())
def test_a_disabled_role_changes_desks_exactly_as_its_absence_would(situation):
    laws.a_disabled_role_changes_desks_exactly_as_its_absence_would(decide, situation)


@given(situations())
def test_what_somebody_holds_is_offered_to_nobody(situation):
    laws.what_somebody_holds_is_offered_to_nobody(decide, situation)
