"""What commands answer, and how an answer is kept so that the same key gives it again."""

from __future__ import annotations

import json
from typing import Any

import attrs

from workplaces_core.adapters.stores import FencedLease, Nothing, Transaction
from workplaces_core.errors import KeyReused
from workplaces_core.wire.forms import moment_text, read_instant

Taken = FencedLease | Nothing
"""What `take` answers."""


def lease_form(lease: FencedLease) -> dict[str, Any]:
    """Write a lease as JSON values."""
    form = attrs.asdict(lease)
    return form | {"since": moment_text(lease.since), "expires": moment_text(lease.expires)}


def lease_from(form: dict[str, Any]) -> FencedLease:
    """Read a lease that `lease_form` wrote.

    >>> from datetime import UTC, datetime
    >>> now = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
    >>> lease = FencedLease("t1", "u1", 7, now, now, "sales", None)
    >>> lease_from(lease_form(lease)) == lease
    True
    """
    return FencedLease(**{**form, "since": read_instant(form["since"]), "expires": read_instant(form["expires"])})


def taken_form(taken: Taken) -> dict[str, Any]:
    """Write the answer of `take`."""
    if isinstance(taken, FencedLease):
        return {"lease": lease_form(taken)}
    return {"nothing": taken.reason, "opens_at": None if taken.opens_at is None else moment_text(taken.opens_at)}


def taken_from(form: dict[str, Any]) -> Taken:
    """Read the answer of `take`."""
    if "lease" in form:
        return lease_from(form["lease"])
    opens_at = form["opens_at"]
    return Nothing(form["nothing"], None if opens_at is None else read_instant(opens_at))


def recall(tx: Transaction, user: str, key: str | None, command: dict[str, Any]) -> Any | None:
    """Give what was answered to a command under a key, None when the key is new. Raises KeyReused for another one."""
    text = None if key is None else tx.answer(user, key)
    if text is None:
        return None
    kept = json.loads(text)
    if kept["command"] != command:
        raise KeyReused(f"key `{key}` was given for another command before: {kept['command']}")
    return kept["answer"]


def remember(tx: Transaction, user: str, key: str | None, command: dict[str, Any], answer: Any) -> None:
    """Keep the answer to a command under a key, when there is one."""
    if key is not None:
        tx.remember(user, key, kept_text(command, answer))


def kept_text(command: dict[str, Any], answer: Any) -> str:
    """Write a command and its answer as the text that a store keeps."""
    kept = {"command": command, "answer": answer}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
