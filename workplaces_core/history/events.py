"""The form of a history: one event a line, in time order; what is open at a moment can be read off it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

from workplaces_core.changes import COLLECTIONS
from workplaces_core.wire.forms import moment_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TAKEN, FINISHED = "taken", "finished"
"""What people did, beside the changes: somebody began to work on a task, and was done with it."""

LEASE = timedelta(minutes=15)


@frozen
class Event:
    """One thing that happened: a change as in `changes`, or `taken` and `finished`. `value` is in wire form."""

    at: datetime
    account: str
    op: Literal["set", "remove"]
    kind: str
    id: str
    value: dict[str, Any] | None

    def line(self) -> str:
        r"""Write the event as one line of JSON Lines, without its end; the value is JSON text inside it.

        >>> from datetime import UTC
        >>> done = Event(datetime(2026, 11, 24, 7, tzinfo=UTC), "acme", "set", "finished", "t1", {"task": "t1"})
        >>> print(done.line())
        {"account":"acme","at":"2026-11-24T07:00:00Z","id":"t1","kind":"finished","op":"set","value":"{\"task\":\"t1\"}"}
        """
        columns = {"at": moment_text(self.at), "account": self.account, "op": self.op, "kind": self.kind, "id": self.id}
        return _text(columns | {"value": None if self.value is None else _text(self.value)})


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def until(events: Iterable[Event], at: datetime) -> Iterator[Event]:
    """Give the events up to a moment, those of the moment included; events must be in time order."""
    for event in events:
        if event.at > at:
            return
        yield event


def open_work(events: Iterable[Event], at: datetime) -> dict[str, Any]:
    """Give the snapshot, in wire form, of what is open at a moment: no completed tasks, no deals without a task.

    A task that was taken and not finished is under a lease of whoever took it, as if the desk renewed it just now.
    `events` are of one account and in time order. Raises ValueError when they have no account before that moment.
    """
    found: dict[str, dict[str, Any]] = {}
    for event in until(events, at):
        entities = found.setdefault(event.kind, {})
        if event.kind == FINISHED:
            found.get(TAKEN, {}).pop(event.id, None)
        elif event.op == "remove":
            entities.pop(event.id, None)
        else:
            entities[event.id] = {**(event.value or {}), "since": event.at} if event.kind == TAKEN else event.value
    if not found.get("account"):
        msg = f"no account is known at `{moment_text(at)}`, the history begins later"
        raise ValueError(msg)
    return _snapshot(found, at)


def _snapshot(found: dict[str, dict[str, Any]], at: datetime) -> dict[str, Any]:
    tasks = {id_: task for id_, task in found.get("task", {}).items() if not task.get("completed")}
    subjects = {task["subject"]["id"] for task in tasks.values() if (task.get("subject") or {}).get("kind") == "deal"}
    kept = {
        **found,
        "task": tasks,
        "deal": {id_: deal for id_, deal in found.get("deal", {}).items() if id_ in subjects},
        "lease": {**found.get("lease", {}), **_leases(found.get(TAKEN, {}), tasks, at)},
    }
    (account,) = found["account"].values()
    lists = {name: [kept[kind][id_] for id_ in sorted(kept.get(kind, {}))] for kind, name in COLLECTIONS.items()}
    return {"format": "workplaces/snapshot/1", "account": account, **lists}


def _leases(taken: dict[str, Any], tasks: dict[str, Any], at: datetime) -> dict[str, Any]:
    expires = moment_text(at + LEASE)
    return {
        id_: {"task": id_, "user": taking["user"], "since": moment_text(taking["since"]), "expires": expires}
        for id_, taking in taken.items()
        if id_ in tasks
    }
