"""The reading half of the adapter suite: directory, open work, and what changed since."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from workplaces_core.adapters.protocols import DIRECTORY, WORK, OwnedKind
from workplaces_core.adapters.reading import read_everything
from workplaces_core.changes import COLLECTIONS, Change, Set, about, apply
from workplaces_core.errors import CursorLost
from workplaces_core.model import Company, Contact, Deal, Snapshot, Subject
from workplaces_core.testing.crm_under_test import Crm, needs
from workplaces_core.testing.crm_world import MOMENT, open_part, task

SUBJECTS = ("deal", "contact", "company")
COLLECTIONS_READ = ("account", *(COLLECTIONS[kind] for kind in (*DIRECTORY[1:], *WORK)))


class ReadingTests:
    """Everything is read as the CRM holds it, and nothing else."""

    awkward_ids: Sequence[str]
    awkward_texts: Sequence[str]

    @needs("directory", "read_open")
    @pytest.mark.parametrize("collection", COLLECTIONS_READ)
    def test_a_full_read_is_what_the_crm_holds(self, crm: Crm, collection: str) -> None:
        assert getattr(open_part(crm.read()), collection) == getattr(open_part(crm.world), collection)

    @needs("directory", "read_open")
    def test_a_good_account_has_nothing_to_set_aside(self, crm: Crm) -> None:
        crm.read()

        assert list(crm.adapter.set_aside()) == []

    @needs("directory")
    def test_the_directory_keeps_to_its_kinds(self, crm: Crm) -> None:
        kinds = [change.kind for change in crm.adapter.directory()]

        assert set(kinds) <= set(DIRECTORY)
        assert kinds.count("account") == 1

    @needs("read_open")
    def test_open_work_keeps_to_its_kinds(self, crm: Crm) -> None:
        assert {change.kind for batch in crm.adapter.read_open() for change in batch} <= set(WORK)

    @needs("read_open")
    def test_no_completed_task_is_read_as_open(self, crm: Crm) -> None:
        tasks = [about(change) for batch in crm.adapter.read_open() for change in batch if change.kind == "task"]

        assert crm.id("task", "done") not in tasks

    @needs("directory", "read_open")
    def test_awkward_ids_come_through(self, crm: Crm) -> None:
        base = crm.held("task", "alone")
        crm.put(*(("task", attrs.evolve(base, id=awkward)) for awkward in self.awkward_ids))

        assert set(self.awkward_ids) <= crm.read().tasks.keys()

    @needs("directory", "read_open")
    def test_awkward_texts_come_through(self, crm: Crm) -> None:
        for text in self.awkward_texts:
            crm.change("task", "alone", text=text)

            assert crm.read().tasks[crm.id("task", "alone")].text == text


class FollowingTests:
    """What changes after a full read is found by reading on from its cursor, and a watch tells when."""

    watch_seconds: float
    silence_seconds: float

    def reopened(self, crm: Crm) -> Any:
        """Give the adapter as it is after a restart."""
        raise NotImplementedError

    @needs("directory", "read_open", "read_changes")
    def test_when_nothing_changed_nothing_changes(self, crm: Crm) -> None:
        before, cursor = _read(crm)

        assert _after(crm, before, cursor) == open_part(before)

    @needs("directory", "read_open", "read_changes")
    def test_a_new_task_is_read_with_what_it_hangs_on(self, crm: Crm) -> None:
        before, cursor = _read(crm)
        company = Company(crm.id("company", "new"), "New company", crm.id("user", "bob"))
        contact = Contact(crm.id("contact", "new"), "New contact", crm.id("user", "bob"))
        deal = Deal(crm.id("deal", "new"), "New deal", crm.id("user", "bob"), (), {}, (contact.id,), company.id)
        new = task(crm.id, "new", Subject("deal", deal.id))
        changes = crm.put(("company", company), ("contact", contact), ("deal", deal), ("task", new))

        assert _after(crm, before, cursor) == _with(before, changes)

    @needs("directory", "read_open", "read_changes")
    def test_a_new_task_brings_an_old_deal_that_no_open_task_had(self, crm: Crm) -> None:
        before, cursor = _read(crm)
        changes = crm.put(("task", task(crm.id, "new", Subject("deal", crm.id("deal", "small")))))

        assert _after(crm, before, cursor) == _with(before, [*changes, Set("deal", crm.held("deal", "small"))])

    @needs("directory", "read_open", "read_changes")
    def test_a_changed_task_is_read(self, crm: Crm) -> None:
        before, cursor = _read(crm)
        changes = crm.change("task", "all_day", due=MOMENT, responsible=crm.id("user", "carol"), text="Another text")

        assert _after(crm, before, cursor) == _with(before, changes)

    @needs("directory", "read_open", "read_changes")
    def test_a_completed_task_is_not_open_any_more(self, crm: Crm) -> None:
        before, cursor = _read(crm)
        changes = crm.change("task", "all_day", completed=True)

        assert _after(crm, before, cursor) == _with(before, changes)

    @needs("directory", "read_open", "read_changes")
    def test_a_deleted_task_is_not_there_any_more(self, crm: Crm) -> None:
        before, cursor = _read(crm)
        changes = crm.remove("task", "all_day")

        assert _after(crm, before, cursor) == _with(before, changes)

    @needs("directory", "read_open", "read_changes")
    @pytest.mark.parametrize(("kind", "name"), [("deal", "big"), ("contact", "ivan"), ("company", "romashka")])
    def test_what_a_task_hangs_on_may_change(self, crm: Crm, kind: OwnedKind, name: str) -> None:
        before, cursor = _read(crm)
        changes = crm.change(kind, name, name="Another name", responsible=crm.id("user", "carol"))

        assert _after(crm, before, cursor) == _with(before, changes)

    @needs("directory", "read_open", "read_changes")
    @pytest.mark.parametrize(("kind", "name"), [("deal", "linked"), ("contact", "olga"), ("company", "lone")])
    def test_what_a_task_hangs_on_may_be_deleted(self, crm: Crm, kind: OwnedKind, name: str) -> None:
        before, cursor = _read(crm)
        crm.remove(kind, name)

        # No more than this: deleting a contact may unlink it from its deals, or delete its tasks.
        assert crm.id(kind, name) in getattr(before, COLLECTIONS[kind])
        assert crm.id(kind, name) not in getattr(_after(crm, before, cursor), COLLECTIONS[kind])

    @needs("directory", "read_open", "read_changes")
    def test_each_reading_goes_on_where_the_last_one_ended(self, crm: Crm) -> None:
        before, cursor = _read(crm)
        after, changes = before, []
        for name in ("all_day", "timed", "alone"):
            changes += crm.change("task", name, text=f"Changed: {name}")
            news, cursor = crm.follow(cursor)
            after = apply(after, news)

        assert open_part(after) == _with(before, changes)

    @needs("directory", "read_open", "read_changes")
    def test_a_cursor_may_be_used_again(self, crm: Crm) -> None:
        before, cursor = _read(crm)
        changes = crm.change("task", "timed", text="Changed between the two")
        crm.follow(cursor)

        assert _after(crm, before, cursor) == _with(before, changes)

    @needs("directory", "read_open", "read_changes")
    def test_a_cursor_survives_a_restart(self, crm: Crm) -> None:
        before, cursor = _read(crm)
        changes = crm.change("task", "timed", text="Changed while we were away")

        assert _after(attrs.evolve(crm, adapter=self.reopened(crm)), before, cursor) == _with(before, changes)

    @needs("directory", "read_open", "read_changes")
    def test_what_changes_during_a_full_read_is_not_missed(self, crm: Crm) -> None:
        cursor = crm.adapter.cursor()
        found: list[Change] = list(crm.adapter.directory())
        batches = crm.adapter.read_open()
        found += next(batches)
        changes = crm.change("task", "all_day", text="Changed while we were reading")
        found += [change for batch in batches for change in batch]
        before = apply(Snapshot(crm.world.account), found)

        assert _after(crm, before, cursor) == _with(before, changes)

    @needs("read_changes")
    def test_a_cursor_that_nobody_gave_is_refused(self, crm: Crm) -> None:
        with pytest.raises(CursorLost):
            crm.adapter.read_changes("nobody gave this")

    @needs("directory", "read_open", "read_changes", "set_responsible_task")
    def test_what_we_write_is_read_as_well(self, crm: Crm) -> None:
        before, cursor = _read(crm)
        crm.set_responsible("task", "all_day", "carol")

        assert _after(crm, before, cursor).tasks[crm.id("task", "all_day")].responsible == crm.id("user", "carol")

    @needs("watch")
    def test_a_watch_tells_that_something_changed(self, crm: Crm) -> None:
        told = threading.Event()
        stop = crm.adapter.watch(told.set)
        crm.change("task", "timed", text="Changed")

        assert told.wait(self.watch_seconds)
        stop()

    @needs("watch")
    def test_a_watch_that_was_ended_is_silent(self, crm: Crm) -> None:
        told = threading.Event()
        crm.adapter.watch(told.set)()
        crm.change("task", "timed", text="Changed")

        assert not told.wait(self.silence_seconds)


def _read(crm: Crm) -> tuple[Snapshot, str]:
    reading = read_everything(crm.adapter)
    assert reading.cursor is not None
    return reading.snapshot, reading.cursor


def _after(crm: Crm, before: Snapshot, cursor: str) -> Snapshot:
    """What we know after reading on: the part of it that the adapter owes us."""
    changes, _ = crm.follow(cursor)
    return open_part(apply(before, changes))


def _with(before: Snapshot, changes: list[Change]) -> Snapshot:
    """What we should know after these changes in the CRM."""
    return open_part(apply(before, changes))
