"""Taking in one statement on PostgreSQL: what `wp_take_first` is given, and what it gave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

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


_Known = tuple[Task, str, str, str | None]
"""A task, and how its id, the number of its name and its text go into the statement; no text when it cannot."""


class Offers:
    """Writes offers for the statement, and remembers what tasks look like in it: a head is offered again and again.

    Its loops are written out: a process among many spends most of a take in them.
    """

    def __init__(self) -> None:
        """Know no task yet."""
        self._known: dict[str, _Known] = {}
        self._begun: dict[tuple[str, str | None], str | None] = {}

    def arguments(
        self, wish: Wish, candidates: Sequence[Candidate], at: int | None, passed: Sequence[Candidate]
    ) -> Arguments | None:
        """Give what the statement is given for some of the candidates, when those before were `passed`.

        None when something in them is not for this statement: a control character where one divides.
        """
        rests = self._rests(wish, candidates)
        _, elements, names, texts = zip(*self._tasks(candidates), strict=True)
        if rests is None or None in texts:
            return None
        return [
            None if at is None else b"%d" % at,
            stored(wish.user).encode(),
            None if wish.key is None else stored(wish.key).encode(),
            b"%d" % (wish.lease_for // _MICROSECOND),
            b"%d" % number_of(user_name(wish.user)),
            details_text([each.task.id for each in passed])[1:-1].encode(),
            ("{" + ",".join(elements) + "}").encode(),
            ("{" + ",".join(names) + "}").encode(),
            _BETWEEN.join(texts).encode(),
            _BETWEEN.join(rests).encode(),
        ]

    def _tasks(self, candidates: Sequence[Candidate]) -> list[_Known]:
        found = []
        for each in candidates:
            task = each.task
            known = self._known.get(task.id)
            if known is None or known[0] is not task:
                if len(self._known) > _MANY:
                    self._known.clear()
                known = self._known[task.id] = _known(task)
            found.append(known)
        return found

    def _rests(self, wish: Wish, candidates: Sequence[Candidate]) -> list[str] | None:
        """Write what is kept of each candidate once it is taken; None when a role or a priority divides."""
        rests = []
        for each in candidates:
            key = each.role, each.priority
            begun = self._begun[key] if key in self._begun else self._begin(*key)
            if begun is None:
                return None
            decision = each.decision
            if "passed_over" in decision or "expires" in decision:
                decision = {name: value for name, value in decision.items() if name not in {"passed_over", "expires"}}
            opened = details_text(decision)[:-1]  # where the statement goes on
            end = _NO_MORE if wish.key is None and not each.steps else _more(wish, each)
            rests.append(f"{begun}{opened},{end}" if decision else f"{begun}{opened}{end}")
        return rests

    def _begin(self, role: str, priority: str | None) -> str | None:
        if len(self._begun) > _MANY:
            self._begun.clear()
        parts = (stored(role), _MISSING if priority is None else stored(priority), "")
        fits = _DIVIDING.isdisjoint(role) and (priority is None or _DIVIDING.isdisjoint(priority))
        begun = self._begun[role, priority] = _WITHIN.join(parts) if fits else None
        return begun


def _known(task: Task) -> _Known:
    # A completed task is never free, so it is given a text that no row has.
    text = _NEVER_EQUAL if task.completed else stored(task_text(task))
    fits = _BETWEEN not in text and _CONTROLS.isdisjoint(task.id)
    escaped = task.id.replace("\\", "\\\\").replace('"', '\\"')
    return task, f'"{escaped}"', str(number_of(task_name(task.id))), text if fits else None


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
    found = [row for row in [rows.get(each.task.id) for each in passed] if row]
    return tuple(
        [quick_lease(task, given(user), moment(int(since)), moment(int(end))) for task, user, since, end in found]
    )
