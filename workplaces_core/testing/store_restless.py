"""One who takes, renews and ends without pause, each time under a key, until he is killed; and what must hold then."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from random import Random

from workplaces_core.adapters.stores import Candidate, Event, FencedLease, Record, Store, Transaction, Wish
from workplaces_core.changes import Set
from workplaces_core.testing.store_crowd import HOUR
from workplaces_core.testing.store_history import Acknowledged
from workplaces_core.testing.store_under_test import Opener
from workplaces_core.testing.store_world import task
from workplaces_core.work import leases

TASKS = tuple(f"t{number}" for number in range(5))
ENDINGS: tuple[Event, ...] = ("finished", "released", "postponed", "skipped")


def work_without_pause(opener: Opener, told: Connection, users: tuple[str, ...], name: str) -> None:
    """Work for some users, and tell of each command when it was acknowledged: what a process does."""
    store = opener()
    random = Random(name)  # noqa: S311 - nobody is to be kept from guessing it
    with suppress(BrokenPipeError):
        for number in range(1_000_000):
            command = random.choice((_take, _take, _end, _end, _renew))
            told.send(command(store, random, random.choice(users), f"{name}-{number}"))


def _take(store: Store, random: Random, user: str, key: str) -> Acknowledged:
    candidates = tuple(Candidate(task(each), "sales", None, {"key": key}) for each in random.sample(TASKS, len(TASKS)))
    given = store.take(Wish(user, candidates, HOUR, key), leases.take)
    if given.answer is None:
        return Acknowledged(user, None, "taken")
    new = given.answer if given.new and isinstance(given.answer, FencedLease) else None
    return Acknowledged(user, key, "taken", *((new.task, new.fence) if new else ()))


def _end(store: Store, random: Random, user: str, key: str) -> Acknowledged:
    """End the user's lease, and leave the key wherever a store keeps something."""
    event = random.choice(ENDINGS)

    def act(tx: Transaction) -> FencedLease | None:
        lease = tx.lease_of(user)
        tx.remember(user, key, json.dumps({"ended": lease and lease.fence}))
        if lease is not None:
            tx.write([Set("task", task(_diary(user), key))])
            leases.end(tx, lease, event, {"key": key})
            tx.notify(user, event, lease.task, key, {})
            cell = tx.cell(_diary(user))
            assert tx.swap(_diary(user), key, version=cell.version if cell else 0)
        return lease

    lease = store.run(act)
    return Acknowledged(user, key, event, *((lease.task, lease.fence) if lease else ()))


def _renew(store: Store, random: Random, user: str, key: str) -> Acknowledged:
    del random

    def act(tx: Transaction) -> None:
        lease = tx.lease_of(user)
        if lease is not None:
            leases.renew(tx, user, lease.fence, 2 * HOUR)
        tx.remember(user, key, json.dumps({"renewed": lease and lease.fence}))

    store.run(act)
    return Acknowledged(user, key, "taken")


def _diary(user: str) -> str:
    return f"diary of {user}"


def half_done(store: Store, users: Iterable[str], keys: Iterable[str]) -> list[str]:
    """List what of the commands that were begun is there without the rest."""
    records, users, keys = list(store.log()), list(users), list(keys)
    answers = store.run(lambda tx: {(user, key): tx.answer(user, key) for user in users for key in keys})
    told = {pair: json.loads(text) for pair, text in answers.items() if text is not None}
    without_answer = (
        f"#{record.number} {record.event} has no answer under key `{record.details['key']}`"
        for record in records
        if (record.user, record.details["key"]) not in told
    )
    return [
        *without_answer,
        *_without_effect(told, records),
        *(odd for user in users for odd in _odd_diary(store, user, records)),
    ]


def _without_effect(told: dict[tuple[str, str], dict[str, object]], records: list[Record]) -> Iterator[str]:
    taken = {record.fence for record in records if record.event == "taken"}
    ended = {(record.user, record.details["key"]): record.fence for record in records if record.event != "taken"}
    for pair, answer in told.items():
        lease = answer.get("answer", {})
        fence = lease["lease"]["fence"] if isinstance(lease, dict) and "lease" in lease else None
        if fence is not None and fence not in taken:
            yield f"key `{pair[1]}` was answered with lease {fence}, which nobody took"
        if answer.get("ended") != ended.get(pair):
            yield f"key `{pair[1]}` was answered {answer}, and the log has {ended.get(pair)}"


def _odd_diary(store: Store, user: str, records: list[Record]) -> Iterator[str]:
    """Compare the places where the last end of a user's lease has left its key."""
    ends = [record.details["key"] for record in records if record.user == user and record.event in ENDINGS]
    found = store.run(lambda tx: tx.entity("task", _diary(user)))
    cell, notices = store.cells.read(_diary(user)), [notice.title for notice in store.notices(user)]
    last = ends[-1] if ends else None
    if not (found and found.text) == (cell and cell.value) == last or notices != ends:
        yield f"`{user}`: mirror {found}, cell {cell}, log {last} after {len(ends)} ends, notices {notices[-2:]}"
