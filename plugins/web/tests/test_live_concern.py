"""Whom a change may concern at once, and that nobody is forgotten."""

from __future__ import annotations

import attrs
import pytest
from workplaces_web.live.concern import AT_ONCE, Concern, Turn, shown_on, touched_by

from plugins.web.tests.desks import MORNING, SUBJECT, account, office, policy, task
from workplaces_core.changes import Remove, Set
from workplaces_core.model import Lease, Skip, User

ROMASHKA = frozenset({("task", "t1"), ("deal", "d1"), ("contact", "c1"), ("company", "o1")})


@pytest.mark.parametrize(
    "change",
    [
        Set("task", task("t9", "anna")),
        Remove("task", "t1"),
        Set("deal", attrs.evolve(account().deals["d1"], responsible="anna")),
        Set("contact", account().contacts["c1"]),
        Remove("company", "o1"),
        Set("lease", Lease("t9", "anna", MORNING, MORNING)),
        Remove("lease", "t1"),
        Set("skip", Skip("t9", "anna", MORNING)),
        Remove("skip", "t1/boris"),
        Set("user", User("new", "Новый")),
    ],
    ids=lambda change: f"{type(change).__name__}-{change.kind}",
)
def test_a_change_concerns_whose_it_is_and_who_sees_what_it_is_about(change):
    assert touched_by([change]).concerns("anna", ROMASHKA)


def test_what_is_anothers_and_stands_on_another_screen_concerns_nobody_here():
    changes = [Set("task", task("t9", "boris")), Set("lease", Lease("t9", "boris", MORNING, MORNING))]
    assert not touched_by(changes).concerns("anna", ROMASHKA)


def test_a_screen_shows_its_tasks_and_what_they_belong_to():
    made = office(task("t1", "anna", subject=SUBJECT))
    assert shown_on(made.web.screens.show("anna")) == ROMASHKA
    made.service.take("anna")
    assert shown_on(made.web.screens.show("anna")) == ROMASHKA


def test_news_are_told_twice_for_the_engine_may_hear_of_them_later():
    made = office(task("t1", "anna"))
    concern = Concern(made.store)
    assert [concern.touched().everybody for _ in range(3)] == [True, True, False]
    made.service.take("anna")
    told = [concern.touched().concerns("anna", frozenset()) for _ in range(3)]
    assert told == [True, True, False]


def test_a_policy_concerns_everybody():
    made = office()
    concern = Concern(made.store)
    for _ in range(3):
        concern.touched()
    made.service.publish(policy(2))
    assert concern.touched().everybody


@pytest.mark.parametrize("many", [0, 1, AT_ONCE, AT_ONCE + 1, 1000, 5000])
def test_in_its_turn_everybody_is_looked_at_once(many):
    turn, seen = Turn(), []
    turn.begin(many)
    while not turn.is_over:
        seen += turn.next(range(many))
    assert sorted(seen) == list(range(many))
