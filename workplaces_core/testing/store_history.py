"""The history checker: whether what a store holds after any run, with any crashes, can have come about at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import attrs
from attrs import frozen

from workplaces_core.adapters.stores import Event, FencedLease, Record, Store
from workplaces_core.model import Lease
from workplaces_core.work.leases import ENDS


@frozen
class Acknowledged:
    """A command whose answer somebody has seen. It left one entry in the log, by event and fence, and its answer.

    `key` is the key under which the answer is remembered, None when the command carried none; `fence` None means a
    command that changed nothing, such as a `take` that found nothing.
    """

    user: str
    key: str | None
    event: Event
    task: str | None = None
    fence: int | None = None


def check_history(store: Store, acknowledged: Iterable[Acknowledged] = ()) -> list[str]:
    """List what cannot be: nothing, when the log explains the leases and holds all that was acknowledged, once.

    >>> from workplaces_core.adapters.memory_store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.run(lambda tx: tx.append("finished", user="u1", task="t1", fence=1, details={}))
    >>> check_history(store)
    ['#1 finished: lease 1 of `t1` by `u1` was never given']
    >>> check_history(store, [Acknowledged("u1", None, "taken", "t1", 1)])[1:]
    ['taken 1 of `t1` by `u1` was acknowledged, and stands in the log 0 times']
    """
    records = list(store.log())
    replay = Replay()
    found = [*_disorder(records), *(problem for record in records for problem in replay.add(record))]
    return [*found, *_other_leases(store, replay.live), *_not_kept(store, records, list(acknowledged))]


@attrs.define
class Replay:
    """The leases as the log tells of them: those given and not ended, and how those ended that were."""

    live: dict[int, Record] = attrs.field(factory=dict)
    ended: dict[int, Record] = attrs.field(factory=dict)
    newest: dict[str | None, int] = attrs.field(factory=dict)

    def add(self, record: Record) -> Iterator[str]:
        """Go on by one entry; give what is wrong with it."""
        problems = self._give(record) if record.event == "taken" else self._end(record) if record.event in ENDS else ()
        yield from (f"#{record.number} {record.event}: {problem}" for problem in problems)

    def _give(self, record: Record) -> Iterator[str]:
        if record.fence is None or record.task is None or record.user is None:
            yield f"names no fence, task or user: {record}"
            return
        if record.fence in self.live or record.fence in self.ended:
            yield f"fence {record.fence} was given before"
        if record.fence <= self.newest.get(record.task, 0):
            yield f"fence {record.fence} of `{record.task}` must be greater than {self.newest[record.task]}"
        for other in self.live.values():
            if other.task == record.task or other.user == record.user:
                yield f"{_name(record)}, but {_name(other)} has not ended"
        self.newest[record.task] = max(record.fence, self.newest.get(record.task, 0))
        self.live[record.fence] = record

    def _end(self, record: Record) -> Iterator[str]:
        taken = self.live.pop(record.fence, None) if record.fence is not None else None
        if taken is not None:
            self.ended[taken.fence or 0] = record
            if (taken.user, taken.task) != (record.user, record.task):
                yield f"{_name(record)}, but the lease is {_name(taken)}"
        elif record.fence not in self.ended:
            yield f"{_name(record)} was never given"
        # A transfer may be lost after the lease under which it began has ended, and tells of it so.
        elif record.event != "lost_race":
            yield f"{_name(record)} has ended before: {self.ended[record.fence].event}"


def _name(record: Record) -> str:
    return f"lease {record.fence} of `{record.task}` by `{record.user}`"


def _disorder(records: Sequence[Record]) -> Iterator[str]:
    for before, after in pairwise(records):
        if after.number <= before.number:
            yield f"#{after.number} comes after #{before.number}"


def _other_leases(store: Store, live: dict[int, Record]) -> Iterator[str]:
    """Compare the leases of the log with the two places where a store has leases: their table and the mirror."""
    leases = {lease.fence: lease for lease in store.leases()}
    for fence in sorted(leases.keys() | live.keys()):
        lease, record = leases.get(fence), live.get(fence)
        if record is None:
            yield f"{lease} is held, and the log says that it is not"
        elif lease is None:
            yield f"{_name(record)} is held by the log, and there is no such lease"
        elif (lease.task, lease.user, lease.since) != (record.task, record.user, record.at):
            yield f"{lease} is not as the log has it: {record}"
    mirrored = {change.value for change in store.entities() if isinstance(change.value, Lease)}
    for odd in sorted(map(str, mirrored ^ set(map(_as_held, leases.values())))):
        yield f"{odd} is not alike among the leases and in the mirror"


def _as_held(lease: FencedLease) -> Lease:
    return Lease(lease.task, lease.user, lease.since, lease.expires)


def _not_kept(store: Store, records: Sequence[Record], acknowledged: Sequence[Acknowledged]) -> Iterator[str]:
    times = Counter((record.user, record.event, record.task, record.fence) for record in records)
    keys = [each for each in acknowledged if each.key is not None]
    answers = store.run(lambda tx: [tx.answer(each.user, each.key or "") for each in keys])
    for each in acknowledged:
        found = times[each.user, each.event, each.task, each.fence]
        if each.fence is not None and found != 1:
            said = f"{each.event} {each.fence} of `{each.task}` by `{each.user}`"
            yield f"{said} was acknowledged, and stands in the log {found} times"
    for each, answer in zip(keys, answers, strict=True):
        if answer is None:
            yield f"key `{each.key}` of `{each.user}` was acknowledged, and has no answer"
