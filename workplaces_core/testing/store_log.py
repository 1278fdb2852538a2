"""The suite for stores: the log and its filters, notices, and the answers kept under keys."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import Any

import pytest

from workplaces_core.adapters.stores import Event, Record, Store, Transaction
from workplaces_core.testing.store_under_test import each_of, exactly, refused, tables
from workplaces_core.testing.store_world import AT, TICK

DETAILS: dict[str, Any] = {
    "роль": "Ёлки «№ 1» 😀", "flag": True, "count": 1, "share": 1.0, "none": None, "": "",
    "nested": [{"a": [1, [], {}]}, "x", False], "big": 2**53 + 1, "quote": "'\"\\\n",
}  # fmt: skip

EVENTS: tuple[Event, ...] = ("taken", "finished", "expired", "published")
USERS, TASKS = ("u1", "u2", None), ("t1", "t/1", None)


class LogTests:
    """The log is appended to, and read in order."""

    def test_the_log_is_empty_at_first(self, store: Store) -> None:
        assert list(store.log()) == []

    def test_what_is_appended_is_given_and_read_as_it_was(self, store: Store) -> None:
        record = store.run(
            lambda tx: tx.append("taken", user="ю4", task="t/1", fence=7, details=dict(DETAILS)), at=AT + TICK
        )
        expected = Record(record.number, AT + TICK, "taken", "ю4", "t/1", 7, DETAILS)

        assert exactly(record) == exactly(expected)
        assert exactly(list(store.log())) == exactly([expected])

    def test_an_entry_may_be_about_nobody(self, store: Store) -> None:
        record = store.run(lambda tx: tx.append("published", user=None, task=None, fence=None, details={}))

        assert list(store.log()) == [record]
        assert (record.user, record.task, record.fence, record.details) == (None, None, None, {})

    def test_numbers_grow_within_a_command_and_from_one_to_the_next(self, store: Store) -> None:
        numbers = [record.number for _ in range(3) for record in store.run(lambda tx: [_finish(tx), _finish(tx)])]

        assert numbers == sorted(set(numbers))
        assert numbers[0] > 0
        assert [record.number for record in store.log()] == numbers

    def test_the_order_of_the_log_is_that_of_writing_whatever_the_moments(self, store: Store) -> None:
        records = [store.run(_finish, at=AT + days * TICK) for days in (3, -3, 0)]

        assert list(store.log()) == records

    @pytest.mark.parametrize("events", [(), ("finished",), ("taken", "published"), ("refused",)], ids="-".join)
    def test_the_log_is_filtered(self, store: Store, events: tuple[Event, ...]) -> None:
        everything = store.run(_fill)
        third = everything[2]
        for since, after, user, task, limit in product(
            (None, third.at), (0, third.number), (None, "u1", "u9"), (None, "t/1", "t"), (None, 0, 1, 4, 99)
        ):
            wanted = [
                record
                for record in everything
                if (since is None or record.at >= since)
                and record.number > after
                and (user is None or record.user == user)
                and (task is None or record.task == task)
                and (not events or record.event in events)
            ]
            found = store.log(since=since, after=after, user=user, task=task, events=events, limit=limit)

            assert list(found) == wanted[:limit]

    def test_the_log_is_filtered_by_moment(self, store: Store) -> None:
        records = [store.run(_finish, at=AT + number * TICK) for number in range(3)]

        assert list(store.log(since=AT + TICK)) == records[1:]

    def test_the_log_may_be_written_while_it_is_read(self, store: Store) -> None:
        written = [store.run(_finish) for _ in range(5)]
        read = []
        for record in store.log(limit=5):
            read.append(record)
            store.run(_finish)

        assert read == written

    def test_the_entries_of_a_lease_are_found_by_its_fence(self, store: Store) -> None:
        def act(tx: Transaction) -> list[Record]:
            return [tx.append("taken", user="u1", task="t1", fence=fence, details={}) for fence in (1, 11, 1, None)]

        first, _, last, _ = store.run(act)
        assert store.run(lambda tx: list(tx.records_of(1))) == [first, last]
        assert store.run(lambda tx: list(tx.records_of(2))) == []

    def test_a_command_sees_what_it_appended(self, store: Store) -> None:
        record, found = store.run(lambda tx: (_finish(tx), list(tx.records_of(1))))

        assert found == [record]


class NoticeTests:
    """Notices are for one user, until he has dismissed them."""

    def test_a_notice_is_for_its_user_only(self, store: Store) -> None:
        store.run(lambda tx: tx.notify("u1", "lost_race", "t/1", "Ёлки", dict(DETAILS)), at=AT)
        (notice,) = store.notices("u1")

        assert list(store.notices("u2")) == list(store.notices("")) == []
        assert (notice.user, notice.at, notice.event, notice.task, notice.title) == (
            "u1",
            AT,
            "lost_race",
            "t/1",
            "Ёлки",
        )
        assert exactly(notice.details) == exactly(DETAILS)

    def test_notices_come_the_oldest_first(self, store: Store) -> None:
        for days in (3, -3, 0):
            _notify(store, "u1", f"t{days}", AT + days * TICK)
        notices = store.notices("u1")

        assert [notice.task for notice in notices] == ["t3", "t-3", "t0"]
        assert [notice.number for notice in notices] == sorted({notice.number for notice in notices})

    def test_a_user_dismisses_his_own_notices_up_to_a_number(self, store: Store) -> None:
        for number in range(3):
            for user in ("u1", "u2"):
                _notify(store, user, f"t{number}")
        second = store.notices("u1")[1].number
        store.run(lambda tx: tx.dismiss("u1", second))

        assert [notice.task for notice in store.notices("u1")] == ["t2"]
        assert [notice.task for notice in store.notices("u2")] == ["t0", "t1", "t2"]

    def test_dismissing_again_changes_nothing(self, store: Store) -> None:
        _notify(store, "u1", "t1")
        (notice,) = store.notices("u1")
        for _ in range(2):
            store.run(lambda tx: tx.dismiss("u1", notice.number))
        _notify(store, "u1", "t2")

        assert [each.task for each in store.notices("u1")] == ["t2"]
        assert store.notices("u1")[0].number > notice.number


class AnswerTests:
    """What was answered under a key is known for good, to its user."""

    awkward_ids: Sequence[str]
    awkward_texts: Sequence[str]

    def test_a_new_key_has_no_answer(self, store: Store) -> None:
        assert store.run(lambda tx: tx.answer("u1", "k")) is None

    def test_an_answer_is_kept_as_it_was(self, store: Store) -> None:
        kept = {f"k{number}": text for number, text in enumerate(self.awkward_texts)}
        for name, text in kept.items():
            _remember(store, "u1", name, text)

        assert {name: _answer(store, name) for name in kept} == kept

    def test_a_command_sees_what_it_remembered(self, store: Store) -> None:
        assert store.run(each_of(lambda tx: tx.remember("u1", "k", "ок"), lambda tx: tx.answer("u1", "k")))[1] == "ок"

    def test_answers_are_kept_apart_by_user_and_key(self, store: Store) -> None:
        pairs = [(user, each) for user in ("a", "a/b", "a.b", *self.awkward_ids) for each in ("c", "b/c", "b.c")]
        for user, each in pairs:
            _remember(store, user, each, str((user, each)))

        assert store.run(lambda tx: [tx.answer(*pair) for pair in pairs]) == list(map(str, pairs))

    def test_a_key_is_answered_once(self, store: Store) -> None:
        store.run(lambda tx: tx.remember("u1", "k", "first"))
        before = tables(store)

        assert refused(store, lambda tx: tx.remember("u1", "k", "second"))
        assert tables(store) == before
        assert before["answers"][0] == "first"


def _finish(tx: Transaction) -> Record:
    return tx.append("finished", user="u1", task="t1", fence=1, details={})


def _notify(store: Store, user: str, task: str, at: datetime = AT) -> None:
    store.run(lambda tx: tx.notify(user, "expired", task, "", {}), at=at)


def _remember(store: Store, user: str, key: str, text: str) -> None:
    store.run(lambda tx: tx.remember(user, key, text))


def _answer(store: Store, key: str) -> str | None:
    return store.run(lambda tx: tx.answer("u1", key))


def _fill(tx: Transaction) -> list[Record]:
    combined = product(EVENTS, USERS, TASKS)
    return [tx.append(event, user=user, task=task, fence=1, details={}) for event, user, task in combined]
