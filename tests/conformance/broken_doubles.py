"""Adapters with one fault each, as adapters have them in life. `breaks` names the tests that have to notice.

Not collected by itself: `test_broken_doubles` runs this file and compares.
"""

from __future__ import annotations

from datetime import UTC, datetime, time

import attrs
import pytest

from tests.conformance.memory_back_door import MemoryBackDoor
from workplaces_core.adapters.memory import MemoryCrm
from workplaces_core.adapters.protocols import EVERYTHING, Done, Gone, LostRace, unsupported
from workplaces_core.changes import Remove, Set, key_of
from workplaces_core.errors import CrmUnavailable, Problem
from workplaces_core.model import Company, Task, User
from workplaces_core.testing.adapter_suite import AdapterSuite
from workplaces_core.testing.crm_world import open_part

OWNED = ("task-all_day", "deal-big", "contact-ivan", "company-romashka")


class Double(AdapterSuite):
    class Crm(MemoryCrm):
        pass

    breaks: tuple[str, ...] = ()

    @pytest.fixture
    def make_crm(self):
        def make(snapshot):
            crm = self.Crm(snapshot, batch=2)
            return crm, MemoryBackDoor(crm)

        return make


class TestNothingIsBroken(Double):
    breaks = ()


class TestForgetsDeletions(Double):
    """Polling by time of change, as with amoCRM's tasks, never shows what was deleted."""

    breaks = ("test_a_deleted_task_is_not_there_any_more",)

    class Crm(MemoryCrm):
        def read_changes(self, cursor):
            since = super().read_changes(cursor)
            kept = tuple(c for c in since.changes if not isinstance(c, Remove) or c.kind != "task")
            return attrs.evolve(since, changes=kept)


class TestForgetsCompletions(Double):
    """Asking for open tasks only, also when asking for changes."""

    breaks = ("test_a_completed_task_is_not_open_any_more",)

    class Crm(MemoryCrm):
        def read_changes(self, cursor):
            since = super().read_changes(cursor)
            kept = tuple(c for c in since.changes if not getattr(getattr(c, "value", None), "completed", False))
            return attrs.evolve(since, changes=kept)


class TestReadsOnFromNowInsteadOfThen(Double):
    """The cursor is taken after the changes were read, and the clock of the CRM has gone on meanwhile."""

    breaks = ("test_each_reading_goes_on_where_the_last_one_ended",)

    class Crm(MemoryCrm):
        def read_changes(self, cursor):
            since = super().read_changes(cursor)
            run, clock = since.cursor.split(":")
            ahead = int(clock) + (1 if since.changes else 0)
            return attrs.evolve(since, cursor=f"{run}:{ahead}")


class TestForgetsWhatChangesWhileItReads(Double):
    """The cursor is that of the end of a full read, not of its beginning."""

    breaks = ("test_what_changes_during_a_full_read_is_not_missed",)

    class Crm(MemoryCrm):
        first = finished = ""

        def cursor(self):
            self.first = super().cursor()
            return self.first

        def read_open(self):
            yield from super().read_open()
            self.finished = super().cursor()

        def read_changes(self, cursor):
            return super().read_changes(self.finished if cursor == self.first else cursor)


class TestTakesAnyCursor(Double):
    breaks = ("test_a_cursor_that_nobody_gave_is_refused",)

    class Crm(MemoryCrm):
        def read_changes(self, cursor):
            return super().read_changes(cursor if ":" in cursor else self.cursor())


class TestReadsCompletedTasksAsOpen(Double):
    breaks = ("test_no_completed_task_is_read_as_open",)

    class Crm(MemoryCrm):
        def read_open(self):
            yield from super().read_open()
            yield [Set("task", task) for task in self.snapshot.tasks.values() if task.completed]


class TestForgetsCompaniesOfDeals(Double):
    breaks = ("test_a_full_read_is_what_the_crm_holds[companies]",)

    class Crm(MemoryCrm):
        def read_open(self):
            for batch in super().read_open():
                yield [c for c in batch if not isinstance(c.value, Company) or c.value.id == "lone"]


class TestLosesDismissedUsers(Double):
    breaks = ("test_a_full_read_is_what_the_crm_holds[users]",)

    class Crm(MemoryCrm):
        def directory(self):
            return (change for change in super().directory() if getattr(change.value, "active", True))


class TestStripsIds(Double):
    """Reading ids as a spreadsheet does."""

    breaks = ("test_awkward_ids_come_through",)

    class Crm(MemoryCrm):
        def read_open(self):
            for batch in super().read_open():
                yield [Set(c.kind, self.stripped(c.value)) for c in batch]

        def stripped(self, entity):
            return attrs.evolve(entity, id=entity.id.strip() or "?") if isinstance(entity, Task) else entity


class TestWritesAsciiOnly(Double):
    breaks = ("test_awkward_texts_come_through",)

    class Crm(MemoryCrm):
        def read_open(self):
            for batch in super().read_open():
                yield [Set(c.kind, self.plain(c.value)) for c in batch]

        def plain(self, entity):
            if not isinstance(entity, Task):
                return entity
            return attrs.evolve(entity, text=entity.text.encode("ascii", "replace").decode())


class TestDropsTheResult(Double):
    breaks = ("test_completing_keeps_the_result", "test_a_task_that_is_completed_already_keeps_its_result")

    class Crm(MemoryCrm):
        def complete(self, task, *, result, key):
            del result
            return super().complete(task, result="", key=key)


class TestAddsTheResultAgain(Double):
    """A CRM where a result is one more note, and an adapter that does not look whether it is there."""

    breaks = ("test_completing_again_with_the_same_key_has_one_effect",)

    class Crm(MemoryCrm):
        def complete(self, task, *, result, key):
            outcome = super().complete(task, result=result, key=key)
            if len([call for call in self.calls if call == ("complete", task, result)]) > 1:
                self.results[task].append(result)
            return outcome


class TestMakesAnInstantOfEveryDue(Double):
    breaks = (
        "test_postponing_sets_the_due_and_nothing_else[date-all_day]",
        "test_postponing_sets_the_due_and_nothing_else[date-timed]",
    )

    class Crm(MemoryCrm):
        def postpone(self, task, *, due, key):
            moment = due if isinstance(due, datetime) else datetime.combine(due, time(), UTC)
            return super().postpone(task, due=moment, key=key)


class TestWritesWhoeverIsResponsible(Double):
    """No look before the write: the colleague who was faster is overwritten."""

    breaks = (
        *(f"test_a_colleague_who_was_faster_stays_responsible[{each}]" for each in OWNED),
        *(f"test_repeating_a_key_does_not_undo_what_a_colleague_did[{each}]" for each in OWNED),
        "test_nobody_may_be_the_one_expected",
        "test_of_two_at_once_one_wins",
    )

    class Crm(MemoryCrm):
        def set_responsible(self, kind, entity_id, user, *, only_if, key):
            found = self._held.entities[kind].get(entity_id)
            return super().set_responsible(
                kind, entity_id, user, only_if=getattr(found, "responsible", only_if), key=key
            )


class TestSaysLostRaceWithoutSayingToWhom(Double):
    breaks = (
        *(f"test_a_colleague_who_was_faster_stays_responsible[{each}]" for each in OWNED),
        "test_nobody_may_be_the_one_expected",
        "test_of_two_at_once_one_wins",
    )

    class Crm(MemoryCrm):
        def set_responsible(self, kind, entity_id, user, *, only_if, key):
            outcome = super().set_responsible(kind, entity_id, user, only_if=only_if, key=key)
            return LostRace(None) if isinstance(outcome, LostRace) else outcome


class TestResetsTheTextOfWhatItHandsOver(Double):
    """Sending a whole object where one key was changed."""

    breaks = ("test_the_responsible_is_set_and_nothing_else[task-all_day]",)

    class Crm(MemoryCrm):
        def set_responsible(self, kind, entity_id, user, *, only_if, key):
            outcome = super().set_responsible(kind, entity_id, user, only_if=only_if, key=key)
            if kind == "task" and outcome == Done():
                self.put(Set("task", attrs.evolve(self.snapshot.tasks[entity_id], text="")))
            return outcome


class TestRaisesForWhatIsGone(Double):
    breaks = ("test_what_is_not_there_is_gone[unknown-complete]", "test_what_is_not_there_is_gone[deleted-complete]")

    class Crm(MemoryCrm):
        def complete(self, task, *, result, key):
            outcome = super().complete(task, result=result, key=key)
            if outcome == Gone("deleted"):
                raise CrmUnavailable("404")
            return outcome


class TestPostponesWhatIsCompleted(Double):
    breaks = ("test_a_completed_task_is_not_postponed",)

    class Crm(MemoryCrm):
        def postpone(self, task, *, due, key):
            held = self.snapshot.tasks.get(task)
            if held is not None and held.completed:
                self.put(Set("task", attrs.evolve(held, due=due)))
                return Done()
            return super().postpone(task, due=due, key=key)


class TestReadsChangesOfTasksOnly(Double):
    breaks = (
        "test_a_new_task_is_read_with_what_it_hangs_on",
        *(f"test_what_a_task_hangs_on_may_change[{each}]" for each in OWNED[1:]),
        *(
            f"test_what_a_task_hangs_on_may_be_deleted[{each}]"
            for each in ("deal-linked", "contact-olga", "company-lone")
        ),
    )

    class Crm(MemoryCrm):
        def read_changes(self, cursor):
            since = super().read_changes(cursor)
            return attrs.evolve(since, changes=tuple(c for c in since.changes if c.kind == "task"))


class TestBringsNoOldDealWithANewTask(Double):
    """Reading only the deals of open tasks is right, but then a new task has to bring its deal."""

    breaks = ("test_a_new_task_brings_an_old_deal_that_no_open_task_had",)

    class Crm(MemoryCrm):
        def read_open(self):
            needed = open_part(self.snapshot).deals
            for batch in super().read_open():
                yield [c for c in batch if c.kind != "deal" or key_of(c.value) in needed]


class TestKeepsTheOldDue(Double):
    breaks = ("test_a_changed_task_is_read",)

    class Crm(MemoryCrm):
        def __init__(self, snapshot, *, batch):
            super().__init__(snapshot, batch=batch)
            self.dues = {task.id: task.due for task in snapshot.tasks.values()}

        def read_changes(self, cursor):
            since = super().read_changes(cursor)
            return attrs.evolve(since, changes=tuple(map(self.dated, since.changes)))

        def dated(self, change):
            if not isinstance(change, Set) or not isinstance(change.value, Task):
                return change
            return Set("task", attrs.evolve(change.value, due=self.dues.get(change.value.id, change.value.due)))


class TestForgetsWhatItGaveOnce(Double):
    """A queue on the side of the CRM: what was read is gone, though we may have crashed before we kept it."""

    breaks = ("test_a_cursor_may_be_used_again",)

    class Crm(MemoryCrm):
        last = ""

        def read_changes(self, cursor):
            since = super().read_changes(max(cursor, self.last))
            self.last = since.cursor
            return since


class TestKeepsItsCursorInMemory(Double):
    breaks = ("test_a_cursor_survives_a_restart",)

    def reopened(self, crm):
        return MemoryCrm(crm.back_door.crm.snapshot)


class TestHidesItsOwnChanges(Double):
    """Left out so as not to be told of them by its own webhooks."""

    breaks = ("test_what_we_write_is_read_as_well",)

    class Crm(MemoryCrm):
        def read_changes(self, cursor):
            since = super().read_changes(cursor)
            own = {call[2] for call in self.calls if call[0] == "set_responsible"}
            kept = tuple(c for c in since.changes if not isinstance(c, Set) or key_of(c.value) not in own)
            return attrs.evolve(since, changes=kept)


class TestTakesAnEmptyPageForAnEmptyCrm(Double):
    breaks = ("test_when_nothing_changed_nothing_changes",)

    class Crm(MemoryCrm):
        def read_changes(self, cursor):
            since = super().read_changes(cursor)
            gone = tuple(Remove("task", task) for task in self.snapshot.tasks)
            return since if since.changes else attrs.evolve(since, changes=gone)


class TestSetsAsideWhatIsGood(Double):
    breaks = ("test_a_good_account_has_nothing_to_set_aside",)

    class Crm(MemoryCrm):
        def set_aside(self):
            return [Problem("task.timed", "due", "is no date")]


class TestGivesTheAccountWithEveryPage(Double):
    breaks = ("test_the_directory_keeps_to_its_kinds",)

    class Crm(MemoryCrm):
        def directory(self):
            account = Set("account", self.snapshot.account)
            return (each for change in super().directory() for each in (account, change))


class TestGivesUsersAmongTheWork(Double):
    breaks = ("test_open_work_keeps_to_its_kinds",)

    class Crm(MemoryCrm):
        def read_open(self):
            yield from super().read_open()
            yield [Set("user", user) for user in self.snapshot.users.values()]


class TestResetsTheTextOfWhatItCompletes(Double):
    breaks = ("test_completing_changes_nothing_else",)

    class Crm(MemoryCrm):
        def complete(self, task, *, result, key):
            outcome = super().complete(task, result=result, key=key)
            if outcome == Done():
                self.put(Set("task", attrs.evolve(self.snapshot.tasks[task], text="")))
            return outcome


class TestHandsOverWhatIsCompleted(Double):
    breaks = ("test_a_completed_task_is_not_handed_over",)

    class Crm(MemoryCrm):
        def set_responsible(self, kind, entity_id, user, *, only_if, key):
            outcome = super().set_responsible(kind, entity_id, user, only_if=only_if, key=key)
            return Done() if outcome == Gone("completed") else outcome


class TestHandsOverToStrangers(Double):
    breaks = tuple(f"test_a_user_whom_the_crm_does_not_know_gets_nothing[{each}]" for each in OWNED)

    class Crm(MemoryCrm):
        def set_responsible(self, kind, entity_id, user, *, only_if, key):
            self.put(Set("user", self.snapshot.users.get(user, User(user, ""))))
            return super().set_responsible(kind, entity_id, user, only_if=only_if, key=key)


class TestLosesRacesAgainstItself(Double):
    """A repeated wish finds the user responsible, and takes him for a colleague who was faster."""

    breaks = tuple(f"test_who_is_responsible_already_has_nothing_to_lose[{each}]" for each in OWNED)

    class Crm(MemoryCrm):
        def set_responsible(self, kind, entity_id, user, *, only_if, key):
            found = self._held.entities[kind].get(entity_id)
            if getattr(found, "responsible", only_if) == user != only_if:
                return LostRace(user)
            return super().set_responsible(kind, entity_id, user, only_if=only_if, key=key)


class TestClaimsToWatch(Double):
    breaks = ("test_a_watch_tells_that_something_changed",)
    watch_seconds = 0.05

    class Crm(MemoryCrm):
        def watch(self, notify):
            return lambda: None


class TestWatchesOnForEver(Double):
    breaks = ("test_a_watch_that_was_ended_is_silent",)

    class Crm(MemoryCrm):
        def watch(self, notify):
            super().watch(notify)
            return lambda: None


class TestDoesSilentlyWhatItDeclaresUnsupported(Double):
    breaks = ("test_what_is_unsupported_says_why",)

    class Crm(MemoryCrm):
        capabilities = attrs.evolve(EVERYTHING, postpone=unsupported("dues are computed by the CRM"))


class TestIsTrustedWithNothingButReads(Double):
    """Not broken: an adapter may do little, if it says so and means it."""

    breaks = ()

    class Crm(MemoryCrm):
        capabilities = attrs.evolve(EVERYTHING, complete=unsupported("read only"), watch=unsupported("no hooks"))

        def complete(self, task, *, result, key):
            self.capabilities.require("complete")

        def watch(self, notify):
            self.capabilities.require("watch")
