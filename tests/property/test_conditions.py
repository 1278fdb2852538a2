"""Laws 5, 7 and 8: conditions narrow, errors never admit, and three truth values keep the laws of two."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from workplaces_core import decide
from workplaces_core.model import Contact, Deal, Links, Task
from workplaces_core.policy import All, AnyOf, Condition, Not
from workplaces_core.rules.conditions import verdict
from workplaces_core.testing import laws
from workplaces_core.testing.situations import de_morgan
from workplaces_core.testing.strategies import AROUND, conditions, contacts, deals, situations, tasks


@given(situations(), conditions())
def test_a_further_condition_never_adds_a_task(situation, further):
    laws.a_further_condition_never_adds_a_task(decide, situation, further)


@given(situations())
def test_a_failing_condition_never_admits(situation):
    laws.a_failing_condition_never_admits(decide, situation)


@given(situations())
def test_not_of_not_changes_nothing(situation):
    laws.not_of_not_changes_nothing(decide, situation)


@given(situations())
def test_de_morgan_holds(situation):
    laws.de_morgan_holds(decide, situation)


@st.composite
def judged(draw):
    """Draw how a task with a deal and a contact is judged."""
    task, deal, contact = draw(tasks()), draw(deals()), draw(contacts())

    def judge(condition: Condition) -> bool | None:
        return verdict(condition, task, Links(deal, contact), AROUND.date(), ZoneInfo("UTC"))

    return judge


@given(judged(), conditions())
def test_not_of_not_keeps_the_verdict(judge, condition):
    assert judge(Not(Not(condition))) is judge(condition)


@given(judged(), conditions())
def test_de_morgan_keeps_the_verdict(judge, condition):
    assert judge(de_morgan(condition)) is judge(condition)


@given(judged(), conditions(), conditions(), conditions())
def test_all_and_any_do_not_care_for_order_grouping_or_repetition(judge, a, b, c):
    for node in (All, AnyOf):
        whole = judge(node((a, b, c)))
        assert judge(node((c, a, b))) is whole
        assert judge(node((a, node((b, c))))) is whole
        assert judge(node((a, b, a, c))) is whole


@given(judged(), conditions())
def test_true_is_neutral_in_all_and_false_in_any(judge, condition):
    assert judge(All((condition, laws.TRUE))) is judge(condition)
    assert judge(AnyOf((laws.FALSE, condition))) is judge(condition)


@given(judged(), conditions(), conditions())
def test_an_error_is_decided_by_nothing_but_false_in_all_and_true_in_any(judge, a, b):
    if judge(a) is None:
        assert judge(All((a, b))) is (False if judge(b) is False else None)
        assert judge(AnyOf((a, b))) is (True if judge(b) is True else None)


def test_the_failing_condition_of_the_laws_fails_over_every_task():
    task = Task("t1", "1", "", "u1", datetime(2026, 11, 24, tzinfo=UTC), date(2026, 11, 24))
    links = Links(Deal("d1", "", None), Contact("c1", "", None))

    assert verdict(laws.FAILING, task, links, AROUND.date(), ZoneInfo("UTC")) is None
