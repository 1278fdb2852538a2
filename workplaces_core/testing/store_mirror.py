"""The suite for stores: the mirror of the CRM, the state of each entity and the number of its last write."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from workplaces_core.adapters.stores import Store, Transaction
from workplaces_core.changes import Kind, Remove, Set
from workplaces_core.model import Account
from workplaces_core.testing.store_under_test import entity, exactly, fail_after, mirror, touched, write
from workplaces_core.testing.store_world import AT, ONE_OF_EACH, QUARTER, VALUES, deal_with, held, task

each_kind = pytest.mark.parametrize(("kind", "name", "value"), ONE_OF_EACH, ids=[kind for kind, _, _ in ONE_OF_EACH])
each_removable = pytest.mark.parametrize(
    ("kind", "name", "value"), ONE_OF_EACH[1:], ids=[kind for kind, _, _ in ONE_OF_EACH[1:]]
)


class MirrorTests:
    """What was written last is there, as it was written, and nothing else."""

    awkward_ids: Sequence[str]
    awkward_texts: Sequence[str]

    def test_a_new_store_is_empty(self, store: Store) -> None:
        assert mirror(store) == {}
        assert entity(store, "task", "t1") is None
        assert touched(store, "task", "t1") == 0

    @each_kind
    def test_what_is_written_is_there(self, store: Store, kind: Kind, name: str, value: Any) -> None:
        write(store, Set(kind, value))

        assert exactly(entity(store, kind, name)) == exactly(value)
        assert exactly(mirror(store)) == exactly({(kind, name): value})

    @each_kind
    def test_a_command_sees_what_it_wrote(self, store: Store, kind: Kind, name: str, value: Any) -> None:
        def act(tx: Transaction) -> tuple[int, Any, int]:
            before = tx.touched(kind, name)
            tx.write([Set(kind, value)])
            return before, tx.entity(kind, name), tx.touched(kind, name)

        before, found, after = store.run(act)
        assert exactly(found) == exactly(value)
        assert before == 0 < after

    @each_removable
    def test_what_is_removed_is_not_there(self, store: Store, kind: Kind, name: str, value: Any) -> None:
        write(store, Set(kind, value))
        write(store, Remove(kind, name))

        assert entity(store, kind, name) is None
        assert mirror(store) == {}

    @each_removable
    def test_a_command_sees_what_it_removed(self, store: Store, kind: Kind, name: str, value: Any) -> None:
        write(store, Set(kind, value))

        def act(tx: Transaction) -> Any:
            tx.write([Remove(kind, name)])
            return tx.entity(kind, name)

        assert store.run(act) is None

    @each_removable
    def test_every_write_of_an_entity_gets_a_greater_number(
        self, store: Store, kind: Kind, name: str, value: Any
    ) -> None:
        numbers = [store.number()]
        for change in (Set(kind, value), Set(kind, value), Remove(kind, name), Set(kind, value)):
            write(store, change)
            numbers += [touched(store, kind, name), store.number()]

        assert numbers[1::2] == sorted(set(numbers[1::2]))
        assert all(
            before < mine <= after for before, mine, after in zip(*(numbers[i::2] for i in (0, 1, 2)), strict=False)
        )

    def test_a_write_leaves_the_numbers_of_others(self, store: Store) -> None:
        write(store, Set("task", task("t1")), Set("task", task("t2")))
        before = touched(store, "task", "t1")
        write(store, Set("task", task("t2", "Другой текст")))

        assert touched(store, "task", "t1") == before

    def test_what_was_taken_back_leaves_its_number(self, store: Store) -> None:
        write(store, Set("task", task()))
        before = touched(store, "task", "t1")
        fail_after(store, lambda tx: tx.write([Remove("task", "t1")]))

        assert touched(store, "task", "t1") == before

    def test_the_last_of_several_writes_of_an_entity_stays(self, store: Store) -> None:
        last = task(text="Последний")
        write(store, Set("task", task()), Remove("task", "t1"), Set("task", task(text="Другой")), Set("task", last))

        assert entity(store, "task", "t1") == last
        assert mirror(store) == {("task", "t1"): last}

    def test_changes_may_come_from_a_generator(self, store: Store) -> None:
        store.run(lambda tx: tx.write(Set("task", task(name)) for name in ("t1", "t2")))

        assert mirror(store).keys() == {("task", "t1"), ("task", "t2")}

    def test_many_changes_may_be_written_at_once(self, store: Store) -> None:
        many = {("task", f"t{number}"): task(f"t{number}") for number in range(2500)}
        write(store, *(Set("task", value) for value in many.values()))

        assert mirror(store) == many

    def test_removing_what_is_absent_changes_nothing(self, store: Store) -> None:
        write(store, Set("task", task()))
        write(store, Remove("task", "t2"), Remove("deal", "t1"), Remove("field", "deal.x"), Remove("skip", "t1/u1"))

        assert mirror(store) == {("task", "t1"): task()}

    def test_the_account_is_one_whatever_its_id(self, store: Store) -> None:
        write(store, Set("account", Account("first", "UTC")))
        write(store, Set("account", Account("second", "Europe/Moscow")))

        assert mirror(store) == {("account", ""): Account("second", "Europe/Moscow")}
        assert {entity(store, "account", name) for name in ("", "first", "second")} == {
            Account("second", "Europe/Moscow")
        }
        assert touched(store, "account", "first") == touched(store, "account", "second") > 0

    def test_the_account_comes_first(self, store: Store) -> None:
        write(store, *(Set(kind, value) for kind, _, value in reversed(ONE_OF_EACH)))

        assert [change.kind for change in store.entities()].index("account") == 0

    def test_a_lease_is_mirrored_as_a_snapshot_has_it(self, store: Store) -> None:
        store.run(lambda tx: tx.put_lease(held("t/1", "u/3")))
        lease = entity(store, "lease", "t/1")

        assert (lease.task, lease.user, lease.since, lease.expires) == ("t/1", "u/3", AT, AT + QUARTER)
        assert mirror(store) == {("lease", "t/1"): lease}

    def test_entities_of_different_kinds_may_share_an_id(self, store: Store) -> None:
        several = {(kind, "x"): attrs.evolve(value, id="x") for kind, _, value in ONE_OF_EACH if kind in _BY_ID}
        write(store, *(Set(kind, value) for (kind, _), value in several.items()))
        write(store, Remove("deal", "x"))
        del several["deal", "x"]

        assert mirror(store) == several

    def test_awkward_ids_are_kept_apart(self, store: Store) -> None:
        written = {("task", name): task(name, f"Задача {name}") for name in self.awkward_ids}
        write(store, *(Set("task", value) for value in written.values()))

        assert mirror(store) == written
        assert {("task", name): entity(store, "task", name) for _, name in written} == written

    def test_awkward_texts_come_back_as_they_were(self, store: Store) -> None:
        for text in self.awkward_texts:
            write(store, Set("task", task(text=text)))

            assert entity(store, "task", "t1").text == text
            assert mirror(store)["task", "t1"].text == text

    def test_values_of_every_kind_come_back_as_they_were(self, store: Store) -> None:
        deal = deal_with(list(VALUES))
        write(store, Set("deal", deal))

        assert exactly(entity(store, "deal", "d1")) == exactly(deal)
        assert exactly(mirror(store)["deal", "d1"]) == exactly(deal)


_BY_ID = {"user", "group", "task_type", "deal", "contact", "company", "task"}
