"""Taking in one statement on PostgreSQL: what `wp_take_first` is given, and what it gave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define

from workplaces_core.adapters.stores import Candidate, FencedLease, Given, Wish
from workplaces_core.model import Lease, Task
from workplaces_core.work.answers import kept_text, taken_form
from workplaces_core.work.leases import TAKE
from workplaces_sql.postgres import EVERYTHING, given, number_of, stored
from workplaces_sql.quick_tasks import quick_lease
from workplaces_sql.rows import steps_text
from workplaces_sql.transaction import task_name, user_name
from workplaces_sql.values import details_text, moment, task_text

FIRST_FEW = 32
"""How many candidates go with one statement; of most, the first or second is free."""

STATEMENT = f"SELECT wp_take_first($1, $2, $3, $4, {EVERYTHING}, $5, $6, $7, $8, $9, $10)"

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER_EQUAL = ""
_BETWEEN, _WITHIN, _MISSING = "\x1e", "\x1d", "\x1c"
_NO_MORE = f"{_WITHIN}{_MISSING}{_WITHIN}{_MISSING}"
_PARTS_OF_A_LEASE = 4
_DIVIDING = frozenset((_BETWEEN, _WITHIN, _MISSING))
_CONTROLS = frozenset(map(chr, range(32)))
_MANY = 50_000

Arguments = list[bytes | None]


@define
class _Known:
    """A task as it goes into the statement (no text when it cannot), and what is kept of a decision on it."""

    task: Task
    element: str
    name: str
    text: str | None
    decision: dict[str, Any] | None = None
    role: str = ""
    priority: str | None = None
    rest: str = ""


class Offers:
    """Writes offers for the statement, and remembers what candidates look like in it: a head is offered several times.

    Its loops are written out: a process among many spends most of a take in them.
    """

    def __init__(self) -> None:
        """Know no task yet."""
        self._known: dict[str, _Known] = {}

    def arguments(
        self, wish: Wish, candidates: Sequence[Candidate], at: int | None, passed: Sequence[Candidate]
    ) -> Arguments | None:
        """Give what the statement is given for some of the candidates, when those before were `passed`.

        None when something in them is not for this statement: a control character where one divides.
        """
        elements, names, texts, rests = [], [], [], []
        for each in candidates:
            known = self._known.get(each.task.id)
            if known is None or known.task is not each.task:
                known = self._learn(each.task)
            if known.decision is not each.decision or known.role != each.role or known.priority != each.priority:
                _decide(known, each)
            if known.text is None or not known.rest:
                return None
            elements.append(known.element)
            names.append(known.name)
            texts.append(known.text)
            plain = wish.key is None and not each.steps
            rests.append(known.rest if plain else known.rest[: -len(_NO_MORE)] + _more(wish, each))
        return [
            None if at is None else b"%d" % at,
            stored(wish.user).encode(),
            None if wish.key is None else stored(wish.key).encode(),
            b"%d" % (wish.lease_for // _MICROSECOND),
            b"%d" % number_of(user_name(wish.user)),
            details_text([each.task.id for each in passed])[1:-1].encode() if passed else b"",
            ("{" + ",".join(elements) + "}").encode(),
            ("{" + ",".join(names) + "}").encode(),
            _BETWEEN.join(texts).encode(),
            _BETWEEN.join(rests).encode(),
        ]

    def _learn(self, task: Task) -> _Known:
        if len(self._known) > _MANY:
            self._known.clear()
        # A completed task is never free, so it is given a text that no row has.
        text = _NEVER_EQUAL if task.completed else stored(task_text(task))
        fits = _BETWEEN not in text and _CONTROLS.isdisjoint(task.id)
        escaped = task.id.replace("\\", "\\\\").replace('"', '\\"')
        known = self._known[task.id] = _Known(
            task, f'"{escaped}"', str(number_of(task_name(task.id))), text if fits else None
        )
        return known


def _decide(known: _Known, candidate: Candidate) -> None:
    """Write what is kept of a candidate once it is taken, up to where the statement goes on; nothing if it divides."""
    role, priority, decision = candidate.role, candidate.priority, candidate.decision
    known.decision, known.role, known.priority, known.rest = decision, role, priority, ""
    if not (_DIVIDING.isdisjoint(role) and (priority is None or _DIVIDING.isdisjoint(priority))):
        return
    if "passed_over" in decision or "expires" in decision:
        decision = {name: value for name, value in decision.items() if name not in {"passed_over", "expires"}}
    opened = details_text(decision)[:-1] + ("," if decision else "")
    said = _MISSING if priority is None else stored(priority)
    known.rest = f"{stored(role)}{_WITHIN}{said}{_WITHIN}{opened}{_NO_MORE}"


def _more(wish: Wish, candidate: Candidate) -> str:
    """Write the steps, and the answer to the key with marks in place of what is not known yet."""
    steps = steps_text(candidate.steps) if candidate.steps else _MISSING
    if wish.key is None:
        return f"{_WITHIN}{steps}{_WITHIN}{_MISSING}"
    lease = FencedLease(candidate.task.id, wish.user, -1, _EPOCH, _EPOCH, candidate.role, candidate.priority)
    return f"{_WITHIN}{steps}{_WITHIN}{kept_text(TAKE, taken_form(lease))}"


def given_of(wish: Wish, candidates: Sequence[Candidate], said: str) -> Given:
    """Read what the statement said of a lease that it gave, or that nothing was free."""
    place, fence, since, *leases = said.split(_BETWEEN)
    if place == "0":
        return Given(None, new=False, others=_others(candidates, leases))
    taken, begun = candidates[int(place) - 1], moment(int(since))
    lease = FencedLease(taken.task.id, wish.user, int(fence), begun, begun + wish.lease_for, taken.role, taken.priority)
    return Given(lease, new=True, others=_others(candidates[: int(place) - 1], leases))


def _others(passed: Sequence[Candidate], leases: Sequence[str]) -> tuple[Lease, ...]:
    """Read the leases on tasks that were passed over, in the order of the offer; one with a divided id is left out."""
    if not passed:
        return ()
    rows = {row[0]: row for row in [each.split(_WITHIN) for each in leases] if len(row) == _PARTS_OF_A_LEASE}
    found = []
    for each in passed:
        row = rows.get(each.task.id)
        if row is not None:
            found.append(quick_lease(row[0], given(row[1]), moment(int(row[2])), moment(int(row[3]))))
    return tuple(found)
