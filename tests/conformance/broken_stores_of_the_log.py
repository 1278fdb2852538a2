"""Stores with one fault each in the log, in notices and in answers.

Not collected by itself: `test_stores_broken` runs this file and compares.
"""

from __future__ import annotations

import json
from itertools import islice

import attrs

from tests.conformance.store_doubles import Altered, Double
from workplaces_core.adapters.memory_store import MemoryStore

# -- log, notices, answers --------------------------------------------------------------------------------------


class Logging(MemoryStore):
    """A store whose log is filtered by `kept` and `least`."""

    def log(self, *, since=None, after=0, user=None, task=None, events=(), limit=None):
        found = (each for each in super().log() if self.kept(each, since, after, user, task, events))
        return islice(found, limit)

    def kept(self, record, since, after, user, task, events):
        return (
            (since is None or self.is_since(record, since))
            and record.number > after
            and (user is None or self.is_of(record, user))
            and (task is None or self.is_on(record, task))
            and (not events or record.event in events)
        )

    def is_since(self, record, since):
        return record.at >= since

    def is_of(self, record, user):
        return record.user == user

    def is_on(self, record, task):
        return record.task == task


class TestLeavesTheFirstMomentOut(Double):
    breaks = (
        "test_the_log_is_filtered",
        "test_the_log_is_filtered_by_moment",
    )

    class Store(Logging):
        def is_since(self, record, since):
            return record.at > since


class TestFindsTheUserOrNobody(Double):
    breaks = ("test_the_log_is_filtered",)

    class Store(Logging):
        def is_of(self, record, user):
            return record.user in {user, None}


class TestFindsTasksByTheirBeginning(Double):
    breaks = ("test_the_log_is_filtered",)

    class Store(Logging):
        def is_on(self, record, task):
            return (record.task or "").startswith(task)


class TestLimitsTheLogBeforeFiltering(Double):
    breaks = ("test_the_log_is_filtered",)

    class Store(MemoryStore):
        def log(self, *, limit=None, **filters):
            found = {record.number for record in super().log(**filters)}
            return iter([record for record in list(MemoryStore.log(self, limit=limit)) if record.number in found])


class TestHasALogAtFirst(Double):
    breaks = (
        "test_taking_tells_the_same_as_its_command_and_does_the_same",
        "test_the_log_is_empty_at_first",
    )

    class Store(MemoryStore):
        def log(self, **filters):
            if not self._tables.records and not filters:
                self.run(lambda tx: tx.append("published", user=None, task=None, fence=None, details={}))
            return super().log(**filters)


class TestOrdersTheLogByMoments(Double):
    breaks = ("test_the_order_of_the_log_is_that_of_writing_whatever_the_moments",)

    class Store(MemoryStore):
        def log(self, **filters):
            return iter(sorted(super().log(**filters), key=lambda record: record.at))


class TestReadsTheLogFromTheLiveTable(Double):
    breaks = ("test_the_log_may_be_written_while_it_is_read",)

    class Store(Logging):
        def log(self, *, limit=None, **filters):
            known = {record.number for record in super().log(**filters)}
            return islice((each for number, each in self._tables.records.items() if number in known), limit)


class TestWritesTheLogAsText(Double):
    """Keys become texts and numbers floats, as in some JSON columns."""

    breaks = ("test_what_is_appended_is_given_and_read_as_it_was",)

    class Tx(Altered):
        def append(self, event, *, details, **about):
            return self.inner.append(event, details=json.loads(json.dumps(details), parse_int=float), **about)


class TestLogsNobodyAsNothing(Double):
    breaks = ("test_an_entry_may_be_about_nobody",)

    class Tx(Altered):
        def append(self, event, *, user, **about):
            return self.inner.append(event, user=user or "", **about)


class TestNumbersEachCommandAnew(Double):
    breaks = ("test_numbers_grow_within_a_command_and_from_one_to_the_next",)

    class Tx(Altered):
        def append(self, event, **about):
            record = self.inner.append(event, **about)
            same = attrs.evolve(record, number=1 + vars(self).setdefault("first", record.number - 1))
            self._set(self._tables.records, record.number, same)
            return same


class TestFindsLeasesByTheDigitsOfTheirFence(Double):
    breaks = ("test_the_entries_of_a_lease_are_found_by_its_fence",)

    class Tx(Altered):
        def records_of(self, fence):
            return [each for each in self._tables.records.values() if str(each.fence).startswith(str(fence))]


class TestReadsTheLogAsItWasBefore(Double):
    breaks = ("test_a_command_sees_what_it_appended",)

    class Tx(Altered):
        def __init__(self, inner):
            super().__init__(inner)
            self.before = list(inner._tables.records.values())

        def records_of(self, fence):
            return [record for record in self.before if record.fence == fence]


class TestTellsNoticesOfOthers(Double):
    breaks = (
        "test_a_notice_is_for_its_user_only",
        "test_a_user_dismisses_his_own_notices_up_to_a_number",
    )

    class Store(MemoryStore):
        def notices(self, user):
            return list(self._tables.notices.values())


class TestTellsTheNewestNoticeFirst(Double):
    breaks = (
        "test_a_user_dismisses_his_own_notices_up_to_a_number",
        "test_notices_come_the_oldest_first",
    )

    class Store(MemoryStore):
        def notices(self, user):
            return super().notices(user)[::-1]


class TestDismissesForEverybody(Double):
    breaks = ("test_a_user_dismisses_his_own_notices_up_to_a_number",)

    class Tx(Altered):
        def dismiss(self, user, up_to):
            for other in {notice.user for notice in self._tables.notices.values()}:
                self.inner.dismiss(other, up_to)


class TestNumbersNoticesFromWhatIsLeft(Double):
    breaks = ("test_dismissing_again_changes_nothing",)

    class Tx(Altered):
        def notify(self, *about):
            self._set(self._tables.counters, "notice", max(self._tables.notices, default=0))
            self.inner.notify(*about)


class TestForgetsAnswers(Double):
    breaks = (
        "test_a_command_sees_what_it_remembered",
        "test_a_command_under_a_key_is_done_once_whoever_repeats_it",
        "test_a_key_is_answered_once",
        "test_an_answer_is_kept_as_it_was",
        "test_answers_are_kept_apart_by_user_and_key",
        "test_what_a_command_did_stays",
    )

    class Tx(Altered):
        def remember(self, user, key, answer):
            pass


class TestAnswersAfterTheEndOnly(Double):
    breaks = ("test_a_command_sees_what_it_remembered",)

    class Tx(Altered):
        def __init__(self, inner):
            super().__init__(inner)
            self.before = dict(inner._tables.answers)

        def answer(self, user, key):
            return self.before.get((user, key))


class TestKeepsAnswersUnderUserAndKeyJoined(Double):
    breaks = (
        "test_a_key_is_answered_once",
        "test_answers_are_kept_apart_by_user_and_key",
    )

    class Tx(Altered):
        def answer(self, user, key):
            return self.inner.answer("", f"{user}/{key}")

        def remember(self, user, key, answer):
            self._set(self._tables.answers, ("", f"{user}/{key}"), answer)


class TestTakesAnEmptyAnswerForNone(Double):
    breaks = ("test_an_answer_is_kept_as_it_was",)

    class Tx(Altered):
        def answer(self, user, key):
            return self.inner.answer(user, key) or None


class TestAnswersNewKeys(Double):
    breaks = (
        "test_a_command_under_a_key_is_done_once_whoever_repeats_it",
        "test_a_new_key_has_no_answer",
        "test_when_nothing_is_free_nothing_is_given",
    )

    class Tx(Altered):
        def answer(self, user, key):
            found = self.inner.answer(user, key)
            return "" if found is None and not self._tables.leases and not self._tables.entities else found


class TestReplacesAnswers(Double):
    breaks = ("test_a_key_is_answered_once",)

    class Tx(Altered):
        def remember(self, user, key, answer):
            self._set(self._tables.answers, (user, key), answer)
