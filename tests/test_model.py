"""The model: what belongs to a task, and what a model object makes of the values it is given."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from tests.rules.examples import NOW, TODAY, snapshot, task
from workplaces_core.model import Account, Company, Contact, Deal, Lease, Links, Skip, Snapshot, Subject, User
from workplaces_core.policy import Members, Priority, Role

BOB, EVE, ACME = Contact("c1", "Bob", None), Contact("c2", "Eve", None), Company("o1", "Acme", None)
DEAL = Deal("d1", "Deal", None, contacts=["c1", "c2"], company="o1")
MOSCOW = timezone(timedelta(hours=3))


def links(subject, *deals, contacts=(BOB, EVE), companies=(ACME,)):
    of = task(subject=subject)
    return snapshot(of, deals=deals or (DEAL,), contacts=contacts, companies=companies).links(of)


def test_a_task_on_a_deal_has_its_main_contact_and_its_company():
    assert links(Subject("deal", "d1")) == Links(DEAL, BOB, ACME)
    assert links(Subject("deal", "d1"), Deal("d1", "", None)) == Links(Deal("d1", "", None))


def test_when_the_main_contact_is_absent_the_second_does_not_move_up():
    assert links(Subject("deal", "d1"), contacts=[EVE]) == Links(DEAL, None, ACME)
    assert links(Subject("deal", "d1"), companies=[]) == Links(DEAL, BOB, None)


def test_a_task_on_a_contact_has_the_one_deal_that_lists_him_anywhere():
    assert links(Subject("contact", "c1")) == Links(DEAL, BOB, ACME)
    assert links(Subject("contact", "c2")) == Links(DEAL, EVE, ACME)
    twice = Deal("d1", "", None, contacts=["c2", "c2"])
    assert links(Subject("contact", "c2"), twice) == Links(twice, EVE, None)


def test_a_task_on_a_company_has_the_one_deal_of_it_with_its_main_contact():
    assert links(Subject("company", "o1")) == Links(DEAL, BOB, ACME)


def test_of_several_deals_a_task_has_none():
    other = Deal("d2", "Other", None, contacts=["c1"], company="o1")

    assert links(Subject("contact", "c1"), DEAL, other) == Links(None, BOB, None)
    assert links(Subject("company", "o1"), DEAL, other) == Links(None, None, ACME)
    assert links(Subject("contact", "c2"), DEAL, other) == Links(DEAL, EVE, ACME)


def test_an_id_means_its_kind_only():
    crossed = Deal("d1", "", None, contacts=["o1"], company="c1")

    assert links(Subject("contact", "c1"), crossed) == Links(None, BOB, None)
    assert links(Subject("company", "o1"), crossed) == Links(None, None, ACME)


def test_an_absent_subject_has_nothing_even_if_a_deal_lists_its_id():
    assert links(Subject("contact", "c1"), contacts=[]) == Links()
    assert links(Subject("company", "o1"), companies=[]) == Links()
    assert links(Subject("deal", "d9")) == Links()
    assert links(None) == Links()


def test_a_snapshot_may_be_given_lists_or_mappings():
    listed = Snapshot(Account("a", "UTC"), users=[User("u1", "Anna")], leases=[Lease("t1", "u1", NOW, NOW)])
    mapped = Snapshot(Account("a", "UTC"), users=listed.users, leases=listed.leases)

    assert listed == mapped
    assert list(listed.leases) == ["t1"]
    assert list(snapshot(skips=[Skip("t1", "u1", NOW)]).skips) == [("t1", "u1")]


def test_two_entities_of_one_kind_may_not_share_an_id():
    for parts in (
        {"tasks": [task(), task()]},
        {"leases": [Lease("t1", "u1", NOW, NOW), Lease("t1", "u2", NOW, NOW)]},
        {"skips": [Skip("t1", "u1", NOW), Skip("t1", "u1", NOW)]},
    ):
        with pytest.raises(ValueError, match="two entities of one kind have the same id"):
            Snapshot(Account("a", "UTC"), **parts)


def test_instants_are_kept_in_utc_and_naive_ones_are_errors():
    moscow = datetime(2026, 11, 24, 12, tzinfo=MOSCOW)

    assert task(due=moscow, created=moscow).due == NOW
    assert task(due=moscow, created=moscow).created.tzinfo is UTC
    assert Lease("t1", "u1", moscow, moscow).expires.tzinfo is UTC
    naive = datetime(2026, 11, 24)
    for make in (lambda: task(due=naive), lambda: task(created=naive), lambda: Skip("t1", "u1", naive)):
        with pytest.raises(ValueError, match="has no time zone"):
            make()


def test_a_due_date_stays_a_date():
    assert type(task(due=TODAY).due) is date


def test_lists_without_an_order_are_kept_sorted():
    assert User("u", "", groups=["b", "a"]).groups == ("a", "b")
    assert Deal("d", "", None, tags=["vip", "VIP"]).tags == ("VIP", "vip")
    assert Members(["b", "a", "b"], ["d", "c"]) == Members(["a", "b"], ["c", "d"])
    assert Priority("p", "", task_types=["2", "1"]).task_types == ("1", "2")
    assert Role("r", "", days_off=[TODAY, date(2026, 1, 1), TODAY]).days_off == (date(2026, 1, 1), TODAY)


def test_contacts_keep_their_order():
    assert Deal("d", "", None, contacts=["c2", "c1"]).contacts == ("c2", "c1")
