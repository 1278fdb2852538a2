"""The laws of the inbox: each entity once, none forgotten, and everything when it is too much."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workplaces_amocrm.webhooks import Inbox, Received, Waiting


def hook(*ids: int, everything: bool = False) -> Received:
    return Received(status=200, ids=frozenset(("task", str(one)) for one in ids), everything=everything)


@given(st.lists(st.sets(st.integers(1, 30)), max_size=10), st.integers(1, 20))
def test_what_waits_is_what_came_or_everything(came, limit):
    inbox = Inbox(limit=limit)
    for ids in came:
        inbox.put(hook(*ids))

    all_of_them = frozenset(("task", str(one)) for ids in came for one in ids)
    assert inbox.take() == (Waiting(everything=True) if len(all_of_them) > limit else Waiting(all_of_them))
    assert inbox.take() == Waiting()


def test_a_full_inbox_recovers_when_it_was_emptied():
    inbox = Inbox(limit=1)
    inbox.put(hook(1, 2))
    inbox.put(hook(3))

    assert inbox.take() == Waiting(everything=True)
    inbox.put(hook(4))
    assert inbox.take() == Waiting(hook(4).ids)


def test_what_could_not_be_looked_at_waits_again():
    inbox = Inbox()
    inbox.put(hook(1))
    taken = inbox.take()
    inbox.put(hook(2))
    inbox.give_back(taken)

    assert inbox.take() == Waiting(hook(1, 2).ids)


def test_watchers_are_told_of_what_pays_until_they_leave():
    inbox, told = Inbox(), []
    leave = inbox.watch(lambda: told.append("first"))
    inbox.watch(lambda: told.append("second"))

    inbox.put(hook())
    inbox.put(hook(1))
    leave()
    leave()
    inbox.put(hook(everything=True))

    assert told == ["first", "second", "second"]


def test_a_watcher_that_fails_keeps_nobody_from_hearing(caplog):
    inbox, told = Inbox(), []
    inbox.watch(lambda: 1 / 0)
    inbox.watch(lambda: told.append("heard"))

    inbox.put(hook(1))

    assert told == ["heard"]
    assert "a watcher of the webhooks failed" in caplog.text


def test_a_watcher_may_empty_the_inbox():
    inbox, taken = Inbox(), []
    inbox.watch(lambda: taken.append(inbox.take()))
    inbox.put(hook(1))

    assert taken == [Waiting(hook(1).ids)]


def test_nothing_is_lost_between_threads():
    inbox = Inbox()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: inbox.put(hook(one)), range(1, 400)))
        taken = list(pool.map(lambda _: inbox.take().ids, range(8)))

    assert frozenset().union(*taken) == hook(*range(1, 400)).ids


def test_an_inbox_holds_something():
    with pytest.raises(ValueError, match="limit"):
        Inbox(limit=0)
