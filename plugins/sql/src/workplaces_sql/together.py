"""Takes that wait for the same transaction on SQLite, done together: few statements for all of them.

It does as `workplaces_core.work.leases.take` in the common case, one after the other in their order. Those with more to
do (the user has a lease, the key an answer, a lease has expired, a transfer is open, a skip is kept) are left over, and
run as any command. Whoever has begun to write is alone, so what was looked at once stays so to the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import define, field, frozen

from workplaces_core.adapters.stores import Candidate, FencedLease, Given, Saga, Wish
from workplaces_core.model import Lease
from workplaces_core.wire.forms import moment_text
from workplaces_core.work.answers import kept_text, taken_form
from workplaces_core.work.leases import TAKE
from workplaces_sql import rows
from workplaces_sql.quick_tasks import quick_lease
from workplaces_sql.retention import Retention
from workplaces_sql.sqlite import SqliteSession
from workplaces_sql.values import details_text, moment, task_text

_MICROSECOND = timedelta(microseconds=1)
_SURROGATES = re.compile("[\ud800-\udfff]")
_LOOK = """SELECT a.value, (SELECT e.value FROM wp_entity e WHERE e.kind = 'task' AND e.id = a.value),
    l.user_id, l.since, l.expires,
    EXISTS (SELECT 1 FROM wp_saga g WHERE g.task_id = a.value AND g.state = 'transferring')
    FROM json_each(:ids) a LEFT JOIN wp_lease l ON l.task_id = a.value"""
_SKIPPED = """SELECT id FROM wp_entity WHERE kind = 'skip' AND value IS NOT NULL
    AND id IN (SELECT value FROM json_each(:ids))"""
_HOLDERS = "SELECT user_id FROM wp_lease WHERE user_id IN (SELECT value FROM json_each(:ids))"
_ANSWERED = """SELECT a.user_id, a.key FROM json_each(:ids) j JOIN wp_answer a
    ON a.user_id = json_extract(j.value, '$[0]') AND a.key = json_extract(j.value, '$[1]')"""

Held = tuple[Lease, int]
"""A lease on a task, and when it expires, in microseconds."""


@define
class Asked:
    """One who wants to take; `given` is what he got, None when he has to run as any command."""

    wish: Wish
    at: int
    given: Given | None = None


@frozen
class _Term:
    """From when to when a lease holds, the end in microseconds and as text too."""

    since: datetime
    expires: datetime
    until: int
    text: str


@define
class _State:
    text: str | None
    held: Held | None
    is_being_transferred: bool


@define
class Together:
    """The takes of one transaction. `recent` are leases of the transactions before that nobody can have ended."""

    session: SqliteSession
    retention: Retention
    recent: dict[str, Held]
    _states: dict[str, _State] = field(factory=dict)
    _skipped: dict[str, bool] = field(factory=dict)
    _new: list[dict[str, Any]] = field(factory=list)
    _terms: dict[tuple[int, timedelta], _Term] = field(factory=dict)

    def run(self, asked: Sequence[Asked]) -> None:
        """Give to all that can be given to in this way."""
        waiting = self._simple(asked)
        while waiting:
            self._look(waiting)
            waiting = [each for each in waiting if not self._settles(each)]
        self._write()

    def _simple(self, asked: Sequence[Asked]) -> list[Asked]:
        """Leave out who has a lease or an answer already, or asks for nothing, or twice."""
        are_plain = [_is_plain(each.wish) for each in asked]
        plain = [each.wish for each, is_plain in zip(asked, are_plain, strict=True) if is_plain]
        out = {user for (user,) in self._found(_HOLDERS, {wish.user for wish in plain})}
        keys = [[wish.user, wish.key] for wish in plain if wish.key is not None]
        answered = set(self._found(_ANSWERED, keys)) if keys else set()
        simple = []
        for each, is_plain in zip(asked, are_plain, strict=True):
            user = each.wish.user
            if is_plain and user not in out and (user, each.wish.key) not in answered:
                simple.append(each)
            out.add(user)
        return simple

    def _found(self, statement: str, ids: Iterable[Any]) -> list[tuple[Any, ...]]:
        return self.session.rows(statement, ids=details_text(list(ids)))

    def _look(self, waiting: Sequence[Asked]) -> None:
        """Look at what each will probably get: the first that is not known to be gone, nor probably another's."""
        tasks, pairs, claimed = set(), set(), set()
        for each in waiting:
            for candidate in each.wish.candidates:
                task = candidate.task.id
                if task in claimed or self._is_gone(each, candidate):
                    continue
                claimed.add(task)
                if task not in self._states:
                    tasks.add(task)
                if (pair := f"{task}/{each.wish.user}") not in self._skipped:
                    pairs.add(pair)
                break
        if tasks:
            for task, text, user, since, expires, is_open in self._found(_LOOK, tasks):
                held = None if user is None else (Lease(task, user, moment(since), moment(expires)), expires)
                self._states[task] = _State(text, held, bool(is_open))
        if pairs:
            kept = {pair for (pair,) in self._found(_SKIPPED, pairs)}
            self._skipped.update((pair, pair in kept) for pair in pairs)

    def _is_gone(self, each: Asked, candidate: Candidate) -> bool:
        """Tell whether a task is known to be leased, or not as it was."""
        if self._holder(each, candidate.task.id) is not None:
            return True
        state = self._states.get(candidate.task.id)
        return state is not None and (candidate.task.completed or state.text != task_text(candidate.task))

    def _holder(self, each: Asked, task: str) -> Lease | None:
        """Give the live lease that is known on a task."""
        state = self._states.get(task)
        held = self.recent.get(task) if state is None else state.held
        return held[0] if held is not None and held[1] > each.at else None

    def _settles(self, each: Asked) -> bool:
        """Give to one, or leave him over; False when more has to be looked at first."""
        passed: list[str] = []
        others: list[Lease] = []
        states, recent, at = self._states, self.recent, each.at
        for candidate in each.wish.candidates:
            task = candidate.task.id
            state = states.get(task)
            held = recent.get(task) if state is None else state.held
            if held is not None and held[1] > at:  # as `_holder` says, written out: many are passed over so
                others.append(held[0])
            elif not self._is_gone(each, candidate):
                is_skipped = self._skipped.get(f"{task}/{each.wish.user}")
                if state is None or is_skipped is None:
                    return False
                if not (is_skipped or state.is_being_transferred or state.held):
                    each.given = self._given(each, candidate, passed, others)
                return True
            passed.append(task)
        each.given = Given(None, new=False, others=tuple(others))
        return True

    def _given(self, each: Asked, candidate: Candidate, passed: list[str], others: list[Lease]) -> Given | None:
        """Give a lease; None for a candidate that cannot be written down, so that its own command says why."""
        term = self._term(each)
        try:
            details = details_text({**candidate.decision, "passed_over": passed, "expires": term.text})
        except (TypeError, ValueError):
            return None
        return Given(self._leased(each, candidate, term, details), new=True, others=tuple(others))

    def _term(self, each: Asked) -> _Term:
        """Give from when to when; alike for all who ask for equally long."""
        found = self._terms.get((each.at, each.wish.lease_for))
        if found is None:
            since, lease_for = moment(each.at), each.wish.lease_for
            expires = since + lease_for
            found = _Term(since, expires, each.at + lease_for // _MICROSECOND, moment_text(expires))
            self._terms[each.at, lease_for] = found
        return found

    def _leased(self, each: Asked, candidate: Candidate, term: _Term, details: str) -> FencedLease:
        user, task, role, priority = each.wish.user, candidate.task.id, candidate.role, candidate.priority
        fence, number = self.session.count("fence"), self.session.count("write")
        lease = FencedLease(task, user, fence, term.since, term.expires, role, priority)
        self._states[task].held = self.recent[task] = quick_lease(task, user, term.since, term.expires), term.until
        self._new.append({
            "task_id": task, "user_id": user, "fence": fence, "since": each.at, "expires": term.until, "role": role,
            "priority": priority, "number": number, "details": details, "kind": "lease", "id": task, "at": each.at,
            "event": "taken",
        })  # fmt: skip
        if candidate.steps:
            self._transfer(Saga(0, "transfer", task, user, fence, candidate.steps, started=term.since))
        if each.wish.key is not None:
            answer, key = kept_text(TAKE, taken_form(lease)), each.wish.key
            self.session.do(self.session.statements.remember, user_id=user, key=key, answer=answer, at=each.at)
        return lease

    def _transfer(self, saga: Saga) -> None:
        values = rows.saga_values(saga) | {"id": self.session.count("saga")}
        self.session.do(self.session.statements.put_saga, **values)

    def _write(self) -> None:
        """Write the leases, what the feed tells of them, and the log."""
        if not self._new:
            return
        sql, first = self.session.statements, self._new[0]["number"]
        self.session.do_many(sql.put_lease, self._new)
        self.session.do_many(sql.put_journal, self._new)
        for each, number in zip(self._new, self.session.count_many("record", len(self._new)), strict=True):
            each["number"] = number
        self.session.do_many(sql.append, self._new)
        self.session.touched()
        self.retention.prune(self.session, first, first + len(self._new) - 1, self._new[-1]["at"])


def _is_plain(wish: Wish) -> bool:
    """Tell whether there is something to take, and every id can stand in a statement for many.

    With a NUL SQLite ends a text in JSON, and a lone surrogate makes the whole statement fail.
    """
    names = [each.task.id for each in wish.candidates]
    together = "".join((wish.user, wish.key or "", *names))
    return bool(names) and "\0" not in together and (together.isascii() or not _SURROGATES.search(together))
