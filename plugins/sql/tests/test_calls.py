"""Calls that wait for the writer: in order, woken one by the other, and nobody forgotten."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from workplaces_sql.calls import Call, Calls

from workplaces_core.errors import StoreUnavailable


def a_call() -> Call:
    return Call(lambda _: None, None, None)


class Asker(threading.Thread):
    """Asks, and keeps what it was answered."""

    def __init__(self, calls: Calls) -> None:
        super().__init__(daemon=True)
        self.calls, self.call, self.heard = calls, a_call(), []
        self.heard: list[Any]
        self.start()

    def run(self) -> None:
        try:
            self.heard.append(self.calls.answer_to(self.call))
        except Exception as error:  # noqa: BLE001
            self.heard.append(error)


def askers(calls: Calls, many: int) -> list[Asker]:
    """Start some, each once the one before waits."""
    found = []
    for number in range(1, many + 1):
        found.append(Asker(calls))
        assert calls.wait(number, 60)
    return found


def test_they_are_taken_in_their_order_no_more_than_asked_for():
    calls = Calls()
    first, second, third = askers(calls, 3)

    assert calls.take(2) == [first.call, second.call]
    assert calls.take(2) == [third.call]
    assert calls.take(2) == []


def test_each_hears_his_answer_and_wakes_the_next():
    calls = Calls()
    asked = askers(calls, 5)
    taken = calls.take(64)
    for number, call in enumerate(taken):
        call.given = number

    calls.answer(taken)

    for each in asked:
        each.join(60)
    assert [each.heard for each in asked] == [[0], [1], [2], [3], [4]]


def test_who_was_interrupted_wakes_nobody_and_the_rest_is_woken_all_the_same():
    calls = Calls()
    interrupted = a_call()  # of a thread that is not there any more
    asked = askers(calls, 2)

    calls.answer([interrupted, *calls.take(64)])
    calls.wake_all()

    for each in asked:
        each.join(60)
    assert [each.heard for each in asked] == [[None], [None]]


def test_an_error_is_raised_where_he_asked():
    calls = Calls()
    (asked,) = askers(calls, 1)
    (call,) = calls.take(1)
    call.error = KeyError("his own")

    calls.answer([call])

    asked.join(60)
    assert [str(each) for each in asked.heard] == ["'his own'"]


def test_to_wait_ends_with_the_one_that_was_wanted():
    calls = Calls()
    ended = threading.Event()

    def wait() -> None:
        assert calls.wait(2)
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    Asker(calls)
    assert not ended.wait(0.05)
    Asker(calls)

    assert ended.wait(60)


def test_to_wait_for_more_than_come_ends_after_its_time():
    calls = Calls()

    assert not calls.wait(1, 0.01)
    Asker(calls)
    assert calls.wait(1, 60)
    assert calls.wait(2, 0.01)


def test_a_close_ends_the_wait_and_takes_no_more():
    calls = Calls()
    waited: list[bool] = []
    waiter = threading.Thread(target=lambda: waited.append(calls.wait(1)), daemon=True)
    waiter.start()
    time.sleep(0.01)

    calls.close()

    waiter.join(60)
    assert waited == [False]
    with pytest.raises(StoreUnavailable, match="the store was closed"):
        calls.answer_to(a_call())
