"""Whole lists of tasks are classified as each of them alone, whoever is among them and whatever was asked before."""

from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest

from workplaces_core.changes import Set
from workplaces_core.engine import Engine
from workplaces_core.model import Account, Contact, Deal, Snapshot, Subject, Task, User
from workplaces_core.policy import Interval, Leaf, Members, Policy, Priority, Role

NOW = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
ALWAYS = Interval("always", 0, 24 * 60, days=tuple(range(7)))
RICH = Leaf("deal.budget", "ge", 100)
ROLE = Role(
    "r", "Role", members=Members(["u1"]), intervals=(ALWAYS,),
    priorities=(
        Priority("calls", "Calls", task_types=("call", "mail"), where=RICH),
        Priority("mails", "Mails", task_types=("mail",)),
        Priority("hot", "Hot", where=Leaf("deal.tags", "has_any", ("hot",))),
    ),
)  # fmt: skip
DEALS = [Deal("d1", "", None, fields={"budget": 200}), Deal("d2", "", None, ["hot"]), Deal("d3", "", None)]


def task(number, kind, subject, responsible="u1"):
    return Task(f"t{number}", kind, "Call back", responsible, NOW, date(2026, 11, 24), subject)


def on(deal):
    return Subject("deal", deal)


TASKS = [
    task(1, "call", on("d1")), task(2, "call", on("d2")), task(3, "mail", on("d3")), task(4, "visit", on("d1")),
    task(5, "visit", on("d2")), task(6, None, on("d2")), task(7, "mail", None), task(8, "call", on("gone")),
    task(9, "call", on("d1"), "u2"), task(10, "mail", on("d3"), "u2"), task(11, "mail", Subject("contact", "c1")),
]  # fmt: skip
EXPECTED = ["calls", "hot", "mails", None, "hot", "hot", "mails", None, None, None, "calls"]


def engine():
    rich = attrs.evolve(DEALS[0], id="d4", contacts=("c1",))
    return Engine(
        Policy(1, (ROLE,)),
        Snapshot(
            Account("a", "UTC"), users=[User("u1", "U"), User("u2", "V")], deals=[*DEALS, rich],
            contacts=[Contact("c1", "", None)],
        ),
    )  # fmt: skip


def classified(asked, tasks, *, reasons=False):
    return asked.classify(tasks, role="r", user="u1", now=NOW, reasons=reasons)


@pytest.mark.parametrize("tasks", [TASKS, TASKS[:6], [*TASKS[5::-1], *TASKS[6:]]])
def test_a_list_is_answered_as_its_tasks_are_one_by_one(tasks):
    expected = [EXPECTED[TASKS.index(each)] for each in tasks]
    asked = engine()

    assert classified(asked, tasks) == expected  # asked about for the first time
    assert classified(asked, iter(tasks)) == expected  # and known
    assert [classified(asked, [each])[0] for each in tasks] == expected


def test_reasons_of_a_list_are_those_of_its_tasks():
    alone = [classified(engine(), [each], reasons=True)[0] for each in TASKS]
    asked = engine()

    assert [each[0] for each in alone] == EXPECTED
    assert alone[4] == ("hot", "wrong_type", "wrong_type")
    assert alone[0] == ("calls",)
    for _ in range(2):
        assert classified(asked, TASKS, reasons=True) == alone


def test_what_was_known_of_a_deal_is_forgotten_when_it_changes_or_comes():
    asked = engine()
    classified(asked, TASKS)

    asked.apply(
        [Set("deal", attrs.evolve(DEALS[0], fields={"budget": 5})), Set("deal", Deal("gone", "", None, ["hot"]))]
    )

    expected = [None, *EXPECTED[1:7], "hot", *EXPECTED[8:]]
    assert classified(asked, TASKS) == expected
    assert classified(asked, TASKS) == expected
