"""The answers of a replay as an Arrow table: one decision a row, with enough to explain it again."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from workplaces_core.history.arrow_form import AT
from workplaces_core.history.extra import Array, np, pa
from workplaces_core.history.facts import Facts

if TYPE_CHECKING:
    from workplaces_core.history.queues import Given, Queues
    from workplaces_core.policy import Policy

SIDES = ("a", "b")


def _side(side: str) -> list[pa.Field]:
    return [
        pa.field(f"{side}_version", pa.int64()),
        pa.field(f"{side}_role", pa.string()),
        pa.field(f"{side}_task", pa.string()),
        pa.field(f"{side}_lane", pa.string()),
        pa.field(f"{side}_priority", pa.string()),
        pa.field(f"{side}_bucket", pa.string()),
        pa.field(f"{side}_shared", pa.bool_()),
    ]


DECISIONS = pa.schema(
    [
        pa.field("account", pa.string(), nullable=False),
        pa.field("number", pa.int64()),
        pa.field("at", AT, nullable=False),
        pa.field("user", pa.string(), nullable=False),
        pa.field("taken", pa.string()),
        *_side("a"),
        *_side("b"),
        pa.field("same", pa.bool_()),
        pa.field("reason", pa.string()),
        pa.field("part", pa.string()),
    ]
)
"""One row a decision. `number` is that of the `taken` event in its account's history, null at moments of a grid, and
`taken` the task that was taken in fact. What policy A (and B) would have given: `a_task`, the head of the queue of
`a_role`, in its `a_lane`, under `a_priority`, in its `a_bucket`; `a_shared` when it was not the user's own. All are as
in a desk; without a task only `a_role` may be set. `same` tells whether both give the same task; if not, `reason` and
`part` say why B does not give what A gives (docs/reference/history.md)."""


@frozen(eq=False)
class Asked:
    """Decisions as they are made, as columns of numbers: `given` has for each policy what `packed` made."""

    number: array[int] = field(factory=lambda: array("q"))
    at: array[int] = field(factory=lambda: array("q"))
    user: list[str] = field(factory=list)
    taken: array[int] = field(factory=lambda: array("q"))
    given: tuple[array[int], array[int]] = field(factory=lambda: (array("q"), array("q")))
    reasons: list[tuple[str, str | None] | None] = field(factory=list)

    def __len__(self) -> int:
        """Count the decisions."""
        return len(self.at)


def packed(given: Given, queues: Queues, now: int) -> int:
    """Pack what is given into a number: row, role, priority, lane and bucket."""
    place = given.place
    if place is None:
        return given.role + 1 << 16
    overdue = queues.role(given.role).is_overdue(place.row, now)
    head = place.row + 1 << 30 | given.role + 1 << 16 | place.priority + 1 << 2
    return head | place.is_exact << 1 | overdue


def decisions_table(
    asked: Asked, account: str, facts: Facts, tasks: Sequence[str], policies: Sequence[Policy]
) -> pa.Table:
    """Put decisions into a table of DECISIONS; `tasks` are the ids by code."""
    count = len(asked)
    taken = _numbers(asked.taken)
    columns: dict[str, Any] = {
        "account": pa.repeat(account, count),
        "number": pa.array(_numbers(asked.number), mask=_numbers(asked.number) < 0),
        "at": pa.array(_numbers(asked.at)).cast(AT),
        "user": pa.array(asked.user, pa.string()),
        "taken": _named(taken, pa.array(tasks, pa.string())),
    }
    rows = []
    people = {person: code for code, person in enumerate(facts.people.values)}
    asking = np.array([people.get(user, -1) for user in asked.user], dtype=np.int64)
    for side, policy, given in zip(SIDES, policies, asked.given, strict=False):
        answers = _numbers(given)
        rows.append((answers >> 30) - 1)
        columns |= _given(side, policy, answers, facts, asking)
    ids = pa.array(facts.ids, pa.string())
    for side, row in zip(SIDES, rows, strict=False):
        columns[f"{side}_task"] = _named(row, ids)
    if len(rows) > 1:
        columns["same"] = pa.array([reason is None for reason in asked.reasons], pa.bool_())
        columns["reason"] = pa.array([None if each is None else each[0] for each in asked.reasons], pa.string())
        columns["part"] = pa.array([None if each is None else each[1] for each in asked.reasons], pa.string())
    arrays = [columns.get(name, pa.nulls(count, DECISIONS.field(name).type)) for name in DECISIONS.names]
    return pa.table(arrays, schema=DECISIONS)


def _given(side: str, policy: Policy, answers: Array, facts: Facts, asking: Array) -> dict[str, Any]:
    row, role, priority = (answers >> 30) - 1, (answers >> 16 & 0x3FFF) - 1, (answers >> 2 & 0x3FFF) - 1
    names: list[str] = [each.id for each in policy.roles]
    # One list of all priorities; a role's own begin where those of the roles before it end.
    priorities = [each.id for one in policy.roles for each in one.priorities]
    begins = np.cumsum([0, *(len(one.priorities) for one in policy.roles)])
    nothing = row < 0
    shared = np.ones(len(row), dtype=bool)
    if len(facts):
        shared = facts.people.codes[np.maximum(row, 0)] != asking
    return {
        f"{side}_version": pa.array(np.full(len(row), policy.version, dtype=np.int64)),
        f"{side}_role": _named(role, pa.array(names, pa.string())),
        f"{side}_priority": _named(
            np.where(priority < 0, -1, begins[np.maximum(role, 0)] + priority), pa.array(priorities, pa.string())
        ),
        f"{side}_lane": _one_of("priority", "exact", answers >> 1 & 1, nothing),
        f"{side}_bucket": _one_of("today", "overdue", answers & 1, nothing),
        f"{side}_shared": pa.array(shared, mask=nothing),
    }


def _numbers(column: array[int]) -> Array:
    return np.frombuffer(column, dtype=np.int64) if len(column) else np.zeros(0, dtype=np.int64)


def _named(codes: Array, names: pa.Array) -> pa.Array:
    return names.take(pa.array(codes, mask=codes < 0))


def _one_of(zero: str, one: str, bits: Array, nothing: Array) -> pa.Array:
    return pa.array([zero, one], pa.string()).take(pa.array(bits, mask=nothing))
