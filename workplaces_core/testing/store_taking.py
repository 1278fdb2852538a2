"""The suite for stores: `take`, whatever a store makes of it, hands out as its command does in a transaction."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from workplaces_core.adapters.stores import Candidate, FencedLease, Given, Saga, Step, Store, Transaction, Wish
from workplaces_core.changes import Change, Remove, Set
from workplaces_core.model import Lease, Skip
from workplaces_core.testing.drawing import one_of, some_of
from workplaces_core.testing.store_under_test import MakeStore, tables
from workplaces_core.testing.store_world import AT, QUARTER, TICK, held, saga, task
from workplaces_core.work import leases

TASKS = ("t1", "t/2", "ю3", "t4")
USERS = ("u1", "u2", "u3")
SKIPPED = (("t1", "u1"), ("t/2", "u1"), ("ю3", "u1"), ("t4", "u2"))
KEYS = ("k1", "k2")
MOMENTS = (timedelta(0), timedelta(minutes=5), timedelta(minutes=20))
EXPIRIES = (-TICK, timedelta(0), TICK, QUARTER)
NUMBERED = {"log": "number", "notices": "number", "sagas": "id"}


@frozen
class Situation:
    """What a store holds before anybody asks, and who asks for what, one after the other."""

    written: tuple[Change, ...]
    leases: tuple[FencedLease, ...]
    sagas: tuple[Saga, ...]
    wishes: tuple[tuple[Wish, datetime], ...]

    def begin(self, tx: Transaction) -> None:
        """Let it be so."""
        tx.write([Set("task", task(name)) for name in TASKS])
        tx.write(self.written)
        for lease in self.leases:
            tx.put_lease(attrs.evolve(lease, fence=tx.next_fence()))
        for each in self.sagas:
            holder = tx.lease_on(each.task)
            tx.put_saga(attrs.evolve(each, fence=holder.fence if holder else 1))


class TakingTests:
    """Handing out in one statement, or however a store does it, is handing out."""

    generated: settings

    def test_a_task_that_is_free_is_leased(self, store: Store) -> None:
        store.run(lambda tx: tx.write([Set("task", task())]))
        given = store.take(Wish("u1", (_candidate("t1"),), QUARTER, "k"), leases.take, at=AT)

        assert given == Given(held(fence=_fence(given)), new=True)
        assert list(store.leases()) == [given.answer]
        assert [(record.event, record.at, record.fence) for record in store.log()] == [("taken", AT, _fence(given))]

    def test_when_nothing_is_free_nothing_is_given(self, store: Store) -> None:
        before = tables(store)

        assert store.take(Wish("u1", (_candidate("t1"),), QUARTER, "k"), leases.take) == Given(None, new=False)
        assert store.take(Wish("u1", (), QUARTER), leases.take) == Given(None, new=False)
        assert tables(store) == before

    def test_what_was_passed_over_is_told_with_who_has_it(self, store: Store) -> None:
        store.run(lambda tx: tx.write([Set("task", task(name)) for name in ("t1", "t2")]), at=AT)
        first = store.take(Wish("u1", (_candidate("t1"),), QUARTER), leases.take, at=AT)
        both = (_candidate("t3"), _candidate("t1"), _candidate("t2"))
        second = store.take(Wish("u2", both, QUARTER), leases.take, at=AT)
        third = store.take(Wish("u3", both, QUARTER), leases.take, at=AT)

        assert first.others == ()
        assert second.others == (Lease("t1", "u1", AT, AT + QUARTER),)
        assert third == Given(None, new=False, others=(*second.others, Lease("t2", "u2", AT, AT + QUARTER)))

    def test_taking_tells_the_same_as_its_command_and_does_the_same(self, make_store: MakeStore) -> None:
        @self.generated
        @given(situations())
        def compare(situation: Situation) -> None:
            by_take = _played(make_store(), situation, lambda store, wish, at: store.take(wish, leases.take, at=at))
            by_command = _played(
                make_store(),
                situation,
                lambda store, wish, at: store.run(lambda tx: leases.take(tx, wish), at=at),
            )
            assert by_take == by_command

        compare()


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Draw a situation with some tasks changed, held, expired, skipped or still being transferred."""
    changed = draw(some_of(TASKS[1:]))
    holders = draw(st.permutations(USERS))
    on = draw(some_of(TASKS[:2]))
    skips = [Skip(name, user, AT + draw(one_of(-TICK, QUARTER))) for name, user in draw(some_of(SKIPPED))]
    return Situation(
        (*(draw(_change(name)) for name in changed), *(Set("skip", skip) for skip in skips)),
        tuple(held(name, user, expires=AT + draw(one_of(*EXPIRIES))) for name, user in zip(on, holders, strict=False)),
        tuple(saga(name, kind=draw(one_of("transfer", "finish"))) for name in draw(some_of(TASKS[:3]))),
        tuple(draw(st.lists(_wishes(), min_size=1, max_size=4).map(_in_order))),
    )


def _change(name: str) -> st.SearchStrategy[Change]:
    return one_of(
        Remove("task", name), Set("task", task(name, "Другой текст")), Set("task", task(name, completed=True))
    )


@st.composite
def _wishes(draw: st.DrawFn) -> tuple[Wish, datetime]:
    wanted = draw(st.permutations(TASKS))[: draw(st.integers(0, len(TASKS)))]
    steps = draw(st.booleans())
    candidates = tuple(_candidate(name, steps=steps) for name in wanted)
    return Wish(draw(one_of("u1", "u1", *USERS)), candidates, QUARTER, draw(one_of(None, *KEYS))), AT + draw(
        one_of(*MOMENTS)
    )


def _in_order(wishes: list[tuple[Wish, datetime]]) -> list[tuple[Wish, datetime]]:
    return [(wish, at) for (wish, _), at in zip(wishes, sorted(at for _, at in wishes), strict=True)]


def _candidate(name: str, *, steps: bool = False) -> Candidate:
    written = (
        Step("set_responsible", "task", name, "u1", ("u1",)),
        Step("set_responsible", "deal", "d1", "u1", (None,)),
    )
    decision = {"policy_version": 3, "key": [1, "ё", None]}
    return Candidate(task(name), "sales", "p1", decision, written if steps else ())


def _fence(given: Given) -> int:
    assert isinstance(given.answer, FencedLease)
    return given.answer.fence


def _played(store: Store, situation: Situation, take: Callable[[Store, Wish, datetime], Given]) -> dict[str, Any]:
    """Tell what a store answered and holds after a situation, its own numbers made comparable."""
    try:
        store.run(situation.begin, at=AT - QUARTER)
        answered = [take(store, wish, at) for wish, at in situation.wishes]
        return renumbered({"given": answered, **tables(store, users=USERS, keys=KEYS)})
    finally:
        store.close()


def renumbered(found: dict[str, Any]) -> dict[str, Any]:
    """Replace the numbers that a store gives, and may skip, by their ranks.

    >>> renumbered({"log": [{"number": 7, "fence": 5}, {"number": 9, "fence": 3}], "answers": ['{"fence": 5}']})
    {'log': [{'number': 0, 'fence': 1}, {'number': 1, 'fence': 0}], 'answers': [{'fence': 1}]}
    """
    plain = _plain(found)
    fences = sorted({*_under("fence", plain)})
    sagas = sorted({each["id"] for each in plain.get("sagas", ())})
    for table, name in NUMBERED.items():
        for rank, row in enumerate(sorted(plain.get(table, ()), key=lambda row, name=name: row[name])):  # type: ignore[misc]
            row[name] = rank
    _rank(plain, {"fence": fences, "saga": sagas})
    return dict(plain)


def _plain(value: Any) -> Any:
    if attrs.has(type(value)):
        return _plain(attrs.asdict(value, recurse=False))
    if isinstance(value, dict):
        return {name: _plain(each) if name != "answers" else _read(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _read(answers: Sequence[str | None]) -> list[Any]:
    return [None if text is None else json.loads(text) for text in answers]


def _under(name: str, value: Any) -> list[int]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value[name]] if isinstance(value, dict) and value.get(name) is not None else []
    return own + [found for part in parts for found in _under(name, part)]


def _rank(value: Any, ranks: dict[str, list[int]]) -> None:
    if isinstance(value, dict):
        for name in ranks.keys() & value.keys():
            if value[name] is not None:
                value[name] = ranks[name].index(value[name])
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _rank(part, ranks)
