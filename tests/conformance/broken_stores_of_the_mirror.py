"""Stores with one fault each in the mirror and its feed, as stores have them in life.

Not collected by itself: `test_stores_broken` runs this file and compares.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import attrs

from tests.conformance.store_doubles import Altered, Double
from workplaces_core.adapters.memory_store import MemoryStore
from workplaces_core.changes import Kind, Remove, Set
from workplaces_core.model import Deal, Task
from workplaces_core.testing.store_under_test import key


class TestNothingIsBroken(Double):
    breaks = ()


class TestHasATaskAtFirst(Double):
    breaks = (
        "test_a_command_that_is_interrupted_leaves_nothing",
        "test_a_key_is_answered_once",
        "test_a_new_store_is_empty",
        "test_a_policy_of_no_greater_version_is_refused",
        "test_when_nothing_is_free_nothing_is_given",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Store(MemoryStore):
        def entities(self):
            yield from super().entities()
            if not self.number():
                yield Set("task", Task("t0", "", "", "u1", self.now(), self.now()))


class TestMakesNoneOfAnEmptyText(Double):
    breaks = ("test_what_is_written_is_there",)

    class Tx(Altered):
        def entity(self, kind, entity_id):
            found = self.inner.entity(kind, entity_id)
            return attrs.evolve(found, options=("да", "нет")) if kind == "field" and found else found


class TestKeepsThingsByIdWhateverTheirKind(Double):
    breaks = (
        "test_entities_of_different_kinds_may_share_an_id",
        "test_removing_what_is_absent_changes_nothing",
        "test_what_is_removed_is_told_of",
    )

    class Tx(Altered):
        def write(self, changes):
            for change in changes:
                kinds: tuple[Kind, ...] = ("task", "deal", "contact", "company", "user")
                if isinstance(change, Remove):
                    self.inner.write(Remove(kind, change.id) for kind in kinds if kind != change.kind)
                self.inner.write([change])


class TestForgetsRemovals(Double):
    breaks = (
        "test_a_command_sees_what_it_removed",
        "test_entities_of_different_kinds_may_share_an_id",
        "test_every_write_of_an_entity_gets_a_greater_number",
        "test_what_a_command_did_stays",
        "test_what_is_removed_is_not_there",
        "test_what_is_removed_is_told_of",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Tx(Altered):
        def write(self, changes):
            self.inner.write(change for change in changes if isinstance(change, Set))


class TestShowsItsWritesOnlyAfterTheEnd(Double):
    breaks = (
        "test_a_command_sees_what_it_removed",
        "test_a_command_sees_what_it_wrote",
        "test_the_account_is_one_whatever_its_id",
    )

    class Tx(Altered):
        def __init__(self, inner):
            super().__init__(inner)
            self.before = dict(inner._tables.entities)

        def entity(self, kind, entity_id):
            return self.inner.entity(kind, entity_id) if kind == "lease" else self.before.get((kind, entity_id))


class TestCountsATouchForTheWholeKind(Double):
    breaks = ("test_a_write_leaves_the_numbers_of_others",)

    class Tx(Altered):
        def touched(self, kind, entity_id):
            return max((n for key, n in self._tables.touched.items() if key[0] == kind), default=0)


class TestForgetsTheNumberOfWhatWasRemoved(Double):
    breaks = (
        "test_every_write_of_an_entity_gets_a_greater_number",
        "test_leases_touch_what_they_are_on",
    )

    class Tx(Altered):
        def touched(self, kind, entity_id):
            return self.inner.touched(kind, entity_id) if self.inner.entity(kind, entity_id) else 0


class TestKeepsTheFirstOfSeveralWrites(Double):
    breaks = ("test_the_last_of_several_writes_of_an_entity_stays",)

    class Tx(Altered):
        def write(self, changes):
            first: dict[Any, Any] = {}
            for change in changes:
                first.setdefault(key(change), change)
            self.inner.write(first.values())


class TestReadsChangesTwice(Double):
    """Once to check and once to write: of a generator nothing is left."""

    breaks = ("test_changes_may_come_from_a_generator",)

    class Tx(Altered):
        def write(self, changes):
            assert all(changes)
            self.inner.write(changes)


class TestTakesNoMoreThanADatabaseTakesParameters(Double):
    breaks = ("test_many_changes_may_be_written_at_once",)

    class Tx(Altered):
        def write(self, changes):
            changes = list(changes)
            assert len(changes) < 1000, "too many parameters"
            self.inner.write(changes)


class TestKeepsAccountsById(Double):
    breaks = ("test_the_account_is_one_whatever_its_id",)

    class Tx(Altered):
        def entity(self, kind, entity_id):
            found = self.inner.entity(kind, entity_id)
            return found if kind != "account" or entity_id in {"", getattr(found, "id", None)} else None


class TestGivesTheAccountLast(Double):
    breaks = ("test_the_account_comes_first",)

    class Store(MemoryStore):
        def entities(self):
            return iter(sorted(super().entities(), key=lambda change: change.kind == "account"))


class TestMirrorsNoLeases(Double):
    breaks = (
        "test_a_lease_is_mirrored_as_a_snapshot_has_it",
        "test_a_user_who_asks_many_times_at_once_gets_one_task",
        "test_each_task_is_given_to_one_and_each_user_is_given_one",
        "test_of_many_who_want_one_task_one_gets_it",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Store(MemoryStore):
        def entities(self):
            return (change for change in super().entities() if change.kind != "lease")


class TestGivesFencedLeasesForLeases(Double):
    breaks = ("test_a_lease_is_mirrored_as_a_snapshot_has_it",)

    class Tx(Altered):
        def entity(self, kind, entity_id):
            return self.inner.lease_on(entity_id) if kind == "lease" else self.inner.entity(kind, entity_id)


class TestWritesIdsInOneUnicodeForm(Double):
    breaks = (
        "test_awkward_ids_are_kept_apart",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Tx(Altered):
        def write(self, changes):
            self.inner.write(map(self.normal, changes))

        def normal(self, change):
            if isinstance(change, Remove) or change.kind != "task":
                return change
            return Set("task", attrs.evolve(change.value, id=unicodedata.normalize("NFC", change.value.id)))


class TestCutsTextsAtNul(Double):
    breaks = ("test_awkward_texts_come_back_as_they_were",)

    class Tx(Altered):
        def write(self, changes):
            self.inner.write(map(self.cut, changes))

        def cut(self, change):
            if isinstance(change, Remove) or change.kind != "task":
                return change
            return Set("task", attrs.evolve(change.value, text=change.value.text.partition("\x00")[0]))


class TestTakesEqualValuesForTheSame(Double):
    """A cache by value: True, 1 and 1.0 become whichever came first."""

    breaks = ("test_values_of_every_kind_come_back_as_they_were",)

    class Tx(Altered):
        def write(self, changes):
            self.inner.write(map(self.interned, changes))

        def interned(self, change):
            if isinstance(change, Remove) or not isinstance(change.value, Deal):
                return change
            seen: dict[Any, Any] = {}
            fields = {name: seen.setdefault(value, value) for name, value in change.value.fields.items()}
            return Set("deal", attrs.evolve(change.value, fields=fields))
