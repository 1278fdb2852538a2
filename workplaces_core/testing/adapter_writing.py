"""The writing half of the adapter suite: completing, postponing, and making somebody responsible."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import attrs
import pytest

from workplaces_core.adapters.protocols import Done, Forbidden, Gone, LostRace, Outcome, OwnedKind
from workplaces_core.errors import Unsupported
from workplaces_core.testing.crm_under_test import Crm, needs
from workplaces_core.testing.crm_world import DAY, MOMENT

OWNED: list[tuple[OwnedKind, str]] = [
    ("task", "all_day"),
    ("deal", "big"),
    ("contact", "ivan"),
    ("company", "romashka"),
]
"""One of each kind that has a responsible; Anna is it."""

each_owned = pytest.mark.parametrize(("kind", "name"), OWNED)


class WritingTests:
    """What is asked is done once, nothing else is changed, and colleagues come first."""

    awkward_texts: Sequence[str]
    holds_nobody: bool

    # -- completing ----------------------------------------------------------------------------------------

    @needs("complete")
    def test_completing_changes_nothing_else(self, crm: Crm) -> None:
        before = crm.held("task", "all_day")

        assert _complete(crm) == Done()
        assert crm.held("task", "all_day") == attrs.evolve(before, completed=True)

    @needs("complete")
    def test_completing_keeps_the_result(self, crm: Crm) -> None:
        for name, text in zip(("all_day", "timed", "alone"), self.awkward_texts, strict=False):
            crm.adapter.complete(crm.id("task", name), result=text, key=name)

            assert list(crm.back_door.results(crm.id("task", name))) == [text]

    @needs("complete")
    def test_completing_again_with_the_same_key_has_one_effect(self, crm: Crm) -> None:
        assert _complete(crm, "Sold", key="k") == _complete(crm, "Sold", key="k") == Done()
        assert len(crm.back_door.results(crm.id("task", "all_day"))) == 1

    @needs("complete")
    def test_a_task_that_is_completed_already_keeps_its_result(self, crm: Crm) -> None:
        _complete(crm, "first", key="k1")

        assert _complete(crm, "second", key="k2") == Done()
        assert list(crm.back_door.results(crm.id("task", "all_day"))) == ["first"]

    # -- postponing ----------------------------------------------------------------------------------------

    @needs("postpone")
    @pytest.mark.parametrize("name", ["all_day", "timed"])
    @pytest.mark.parametrize("due", [DAY + timedelta(days=3), MOMENT + timedelta(hours=30)], ids=["date", "instant"])
    def test_postponing_sets_the_due_and_nothing_else(self, crm: Crm, name: str, due: date) -> None:
        before = crm.held("task", name)

        assert crm.adapter.postpone(crm.id("task", name), due=due, key="k") == Done()
        assert crm.held("task", name) == attrs.evolve(before, due=due)

    @needs("postpone")
    def test_a_completed_task_is_not_postponed(self, crm: Crm) -> None:
        before = crm.held("task", "done")

        assert crm.adapter.postpone(crm.id("task", "done"), due=MOMENT, key="k") == Gone("completed")
        assert crm.held("task", "done") == before

    # -- making somebody responsible -----------------------------------------------------------------------

    @needs("set_responsible_{kind}")
    @each_owned
    def test_the_responsible_is_set_and_nothing_else(self, crm: Crm, kind: OwnedKind, name: str) -> None:
        before = crm.held(kind, name)

        assert crm.set_responsible(kind, name, "bob") == Done()
        assert crm.held(kind, name) == attrs.evolve(before, responsible=crm.id("user", "bob"))

    @needs("set_responsible_{kind}", "conditional")
    @each_owned
    def test_a_colleague_who_was_faster_stays_responsible(self, crm: Crm, kind: OwnedKind, name: str) -> None:
        carol = crm.id("user", "carol")
        crm.change(kind, name, responsible=carol)

        assert crm.set_responsible(kind, name, "bob") == LostRace(carol)
        assert crm.held(kind, name).responsible == carol

    @needs("set_responsible_{kind}", "conditional")
    @each_owned
    def test_repeating_a_key_does_not_undo_what_a_colleague_did(self, crm: Crm, kind: OwnedKind, name: str) -> None:
        crm.set_responsible(kind, name, "bob", key="k")
        crm.change(kind, name, responsible=crm.id("user", "carol"))

        assert isinstance(crm.set_responsible(kind, name, "bob", key="k"), Done | LostRace)
        assert crm.held(kind, name).responsible == crm.id("user", "carol")

    @needs("set_responsible_{kind}")
    @each_owned
    def test_who_is_responsible_already_has_nothing_to_lose(self, crm: Crm, kind: OwnedKind, name: str) -> None:
        assert crm.set_responsible(kind, name, "anna", only_if=crm.id("user", "carol")) == Done()

    @needs("set_responsible_deal", "conditional")
    def test_nobody_may_be_the_one_expected(self, crm: Crm) -> None:
        if not self.holds_nobody:
            pytest.skip("in this CRM somebody is always responsible")
        crm.change("deal", "big", responsible=None)

        assert crm.set_responsible("deal", "big", "bob", only_if=None) == Done()
        assert crm.set_responsible("deal", "big", "carol", only_if=None) == LostRace(crm.id("user", "bob"))

    @needs("set_responsible_{kind}")
    @each_owned
    def test_a_user_whom_the_crm_does_not_know_gets_nothing(self, crm: Crm, kind: OwnedKind, name: str) -> None:
        before = crm.held(kind, name)

        assert isinstance(crm.set_responsible(kind, name, "stranger"), Forbidden)
        assert crm.held(kind, name) == before

    @needs("set_responsible_task")
    def test_a_completed_task_is_not_handed_over(self, crm: Crm) -> None:
        assert crm.set_responsible("task", "done", "bob") == Gone("completed")

    @needs("set_responsible_task", "conditional")
    def test_of_two_at_once_one_wins(self, crm: Crm) -> None:
        if crm.adapter.capabilities.conditional.level != "native":
            pytest.skip(f"conditional is emulated: {crm.adapter.capabilities.conditional.note}")
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(lambda user: crm.set_responsible("task", "all_day", user), ("bob", "carol")))

        winner = crm.held("task", "all_day").responsible
        assert sorted(map(str, outcomes)) == sorted(map(str, (Done(), LostRace(winner))))

    # -- what is not there, what cannot be done ------------------------------------------------------------

    @needs("{method}")
    @pytest.mark.parametrize("method", ["complete", "postpone", *(f"set_responsible_{kind}" for kind, _ in OWNED)])
    @pytest.mark.parametrize("how", ["unknown", "deleted"])
    def test_what_is_not_there_is_gone(self, crm: Crm, method: str, how: str) -> None:
        kind, name = next((pair for pair in OWNED if method.endswith(pair[0])), OWNED[0])
        if how == "deleted":
            crm.remove(kind, name)
        else:
            name = "never there"

        assert _calls(crm, name)[method]() == Gone("deleted")

    def test_what_is_unsupported_says_why(self, crm: Crm) -> None:
        for method, call in _calls(crm, "all_day").items():
            support = getattr(crm.adapter.capabilities, method)
            if not support.is_there:
                with pytest.raises(Unsupported) as refused:
                    call()
                assert support.note in str(refused.value)


def _complete(crm: Crm, result: str = "", *, key: str = "k") -> Outcome:
    return crm.adapter.complete(crm.id("task", "all_day"), result=result, key=key)


def _calls(crm: Crm, name: str) -> dict[str, Callable[[], Any]]:
    """How each capability is asked for, about an entity of a name."""
    adapter, user = crm.adapter, "bob"
    return {
        "directory": lambda: list(adapter.directory()),
        "read_open": lambda: list(adapter.read_open()),
        "read_changes": lambda: adapter.read_changes(""),
        "watch": lambda: adapter.watch(lambda: None),
        "complete": lambda: adapter.complete(crm.id("task", name), result="", key="k"),
        "postpone": lambda: adapter.postpone(crm.id("task", name), due=MOMENT, key="k"),
        "set_responsible_task": lambda: crm.set_responsible("task", name, user),
        "set_responsible_deal": lambda: crm.set_responsible("deal", name, user),
        "set_responsible_contact": lambda: crm.set_responsible("contact", name, user),
        "set_responsible_company": lambda: crm.set_responsible("company", name, user),
    }
