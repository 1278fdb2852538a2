"""Examples for a report: recorded hand-outs at which two policies differ, each explained in both languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from workplaces_core.explanation import explain
from workplaces_core.history.events import open_work
from workplaces_core.history.extra import pa, pc
from workplaces_core.history.reports.words import LANGUAGES
from workplaces_core.sentences import sentences, wording_of
from workplaces_core.wire import load_snapshot
from workplaces_core.wire.forms import moment_text

if TYPE_CHECKING:
    from datetime import datetime

    from workplaces_core.history.events import Event
    from workplaces_core.model import Snapshot
    from workplaces_core.policy import Policy
    from workplaces_core.sentences import Line

MOST = 6


def examples(events: Sequence[Event], decisions: pa.Table, policy: Policy, *, most: int = MOST) -> list[dict[str, Any]]:
    """Explain the middle one of the decisions of each frequent reason, under policy B (`policy`).

    `events` are one account's, in time order, and `decisions` a table of DECISIONS of their replay.
    """
    differing = decisions.filter(
        pc.and_(pc.is_valid(decisions.column("number")), pc.invert(pc.fill_null(decisions.column("same"), True)))  # noqa: FBT003 - as Arrow has it
    )
    reasons = Counter(differing.column("reason").to_pylist())
    found = []
    for reason, count in sorted(reasons.items(), key=lambda each: (-each[1], each[0]))[:most]:
        rows = differing.filter(pc.equal(differing.column("reason"), reason))
        found.append(_example(events, rows.slice(count // 2, 1).to_pylist()[0], policy))
    return found


def _example(events: Sequence[Event], row: dict[str, Any], policy: Policy) -> dict[str, Any]:
    snapshot = load_snapshot(open_work(islice(events, row["number"]), row["at"]))
    user, at = row["user"], row["at"]
    return {
        "at": moment_text(at),
        "number": row["number"],
        "reason": row["reason"],
        "part": row["part"],
        "named": {language: _named(snapshot, row, language) for language in LANGUAGES},
        "why_not_a": _why(snapshot, policy, user, row["a_task"], at),
        "why_b": _why(snapshot, policy, user, row["b_task"], at),
    }


def _named(snapshot: Snapshot, row: dict[str, Any], language: str) -> dict[str, str | None]:
    name = wording_of(snapshot, row["at"], language=language)
    tasks = {"taken": row["taken"], "a": row["a_task"], "b": row["b_task"]}
    known = {side: task if task in snapshot.tasks else None for side, task in tasks.items()}
    return {
        "now": name.now(),
        "user": name.user(row["user"]),
        **{side: None if task is None else name.task(task) for side, task in known.items()},
    }


def _why(snapshot: Snapshot, policy: Policy, user: str, task: str | None, at: datetime) -> dict[str, Any] | None:
    if task is None or task not in snapshot.tasks:
        return None
    explanation = explain(snapshot, policy, user=user, task=task, now=at)
    return {
        language: [_form(line) for line in _telling(sentences(explanation, snapshot, policy, language=language))]
        for language in LANGUAGES
    }


def _telling(lines: Sequence[Line]) -> Iterator[Line]:
    """Leave out the question, and roles that the employee does not have or that are closed."""
    roles: dict[str | None, list[Line]] = {}
    for line in lines[1:]:
        roles.setdefault(line.role, []).append(line)
    for role, own in roles.items():
        codes = {line.code for line in own}
        if role is None or not codes & {"not_a_member", "role_disabled", "role_not_active"}:
            yield from own


def _form(line: Line) -> dict[str, Any]:
    return {"depth": line.depth, "text": line.text, "side": line.side, "code": line.code}
