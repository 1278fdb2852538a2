"""A policy as generated Python functions: which priorities match a task, in one pass over it.

What a task matches is one integer, a *match*: bit n is set when type and condition of the policy's n-th priority,
counted over all roles, admit it. Who may have it and which intervals are active is no part of a match.
"""

from __future__ import annotations

import json
import linecache
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from attrs import frozen

from workplaces_core.engine.source import FUNCTIONS, Names, condition_text, guards, reads
from workplaces_core.model import FieldValue
from workplaces_core.policy import Condition, Leaf, Policy, Priority, Role, leaves
from workplaces_core.rules.conditions import compare, read, verdict
from workplaces_core.rules.matching import admits
from workplaces_core.wire.conditions import condition_form

if TYPE_CHECKING:
    from workplaces_core.model import Links, Task

Match = int
WRONG_KINDS = (TypeError, AttributeError)
"""What generated code raises on a value of a wrong kind."""

_ANY_MOMENT = (date(1970, 1, 1), ZoneInfo("UTC"))
_SAMPLES: tuple[FieldValue, ...] = ("x", True, 1, 1.0, date(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC), ("x",))
"""A value of every kind."""

_numbers = count(1)


@frozen
class Slot:
    """A priority with its place in the policy: bit `number` of a match."""

    number: int
    role_number: int
    role: Role
    priority: Priority


class CompiledPolicy:
    """The generated functions of a policy, one a task type, made when the type is first met.

    >>> from datetime import UTC, date, datetime
    >>> from workplaces_core.model import Links, Task
    >>> calls, all_else = Priority("calls", "Calls", task_types=["1"]), Priority("all", "All")
    >>> compiled = CompiledPolicy(Policy(1, (Role("sales", "Sales", priorities=(calls, all_else)),)))
    >>> task = Task("t1", "2", "Write", "u1", datetime(2026, 11, 20, tzinfo=UTC), date(2026, 11, 24))
    >>> bin(compiled.match(task, Links(), ()))
    '0b10'
    """

    def __init__(self, policy: Policy) -> None:
        """Number the priorities; nothing is generated yet."""
        self.policy = policy
        self.slots: list[Slot] = []
        self.offsets: list[int] = []
        for number, role in enumerate(policy.roles):
            self.offsets.append(len(self.slots))
            for priority in role.priorities:
                self.slots.append(Slot(len(self.slots), number, role, priority))
        self.types = frozenset(name for slot in self.slots for name in slot.priority.task_types)
        self.sources: dict[str | None, str] = {}
        self._functions: dict[str | None, Callable[..., Match]] = {}
        self._clocked = [slot for slot in self.slots if any(leaf.op == "days" for _, leaf in _leaves(slot))]

    def match(self, task: Task, links: Links, moments: Sequence[tuple[date, ZoneInfo]]) -> Match:
        """Tell which priorities match a task; `moments` gives (today, zone) of every role."""
        wanted = task.type if task.type in self.types else None
        function = self._functions.get(wanted) or self._function(wanted)
        try:
            return function(task, links.deal, links.contact, links.company, moments)
        except WRONG_KINDS:
            return self.evaluate(task, links, moments)

    def evaluate(self, task: Task, links: Links, moments: Sequence[tuple[date, ZoneInfo]]) -> Match:
        """Do the same with the evaluator, for values of any kind."""
        match = 0
        for slot in self.slots:
            types, where = slot.priority.task_types, slot.priority.where
            if types and task.type not in types:
                continue
            if where is None or verdict(where, task, links, *moments[slot.role_number]) is True:
                match |= 1 << slot.number
        return match

    def days_leaves(self) -> Iterator[tuple[Slot, Leaf]]:
        """List the leaves whose verdict changes at local midnight."""
        for slot in self._clocked:
            yield from ((slot, leaf) for _, leaf in _leaves(slot) if leaf.op == "days")

    def _function(self, wanted: str | None) -> Callable[..., Match]:
        slots = [slot for slot in self.slots if not slot.priority.task_types or wanted in slot.priority.task_types]
        names = Names()
        text = match_source(slots, wanted, names)
        self.sources[wanted] = text
        self._functions[wanted] = compile_function("match", text, names, wanted)
        return self._functions[wanted]


def _leaves(slot: Slot) -> Iterator[tuple[str, Leaf]]:
    return leaves(slot.priority.where)


def match_source(slots: list[Slot], wanted: str | None, names: Names) -> str:
    """Write the function that tells which of the priorities admitting a type match a task."""
    always = sum(1 << slot.number for slot in slots if slot.priority.where is None)
    groups = _same_conditions(slots)
    conditions = [condition for condition, _, _ in groups]
    lines, read_as = reads((leaf.field for each in conditions for _, leaf in leaves(each)), "    ")
    body = [f"    # tasks of type {ascii(wanted)}" if wanted is not None else "    # tasks of a type no priority names"]
    body += lines
    body += [f"    if {guard}:\n        raise TypeError" for guard in guards(conditions, read_as)]
    body.append(f"    match = {always:#x}")
    for condition, role_number, members in groups:
        bits = sum(1 << slot.number for slot in members)
        body.append(f"    # {', '.join(f'{ascii(s.role.id)} / {ascii(s.priority.id)}' for s in members)}")
        body.append(f"    if {condition_text(condition, read_as, names, f'moments[{role_number}]')}:")
        body.append(f"        match |= {bits:#x}")
    body.append("    return match")
    return "\n".join([f"def match(task, deal, contact, company, moments{defaults(names)}):", *body, ""])


def defaults(names: Names) -> str:
    """Write the parameters that make a function's values local to it."""
    return "".join(f", {name}={name}" for name in (*names.values, *FUNCTIONS))


def _same_conditions(slots: list[Slot]) -> list[tuple[Condition, int, list[Slot]]]:
    """Group priorities with one and the same condition; one that counts days goes by its role's date."""
    groups: dict[str, tuple[Condition, int, list[Slot]]] = {}
    for slot in slots:
        where = slot.priority.where
        if where is None:
            continue
        dated = any(leaf.op == "days" for _, leaf in leaves(where))
        custom = [leaf.custom for _, leaf in leaves(where) if leaf.custom is not None]
        # The wire form tells 1 from true and from 1.0, which compare equal in Python.
        key = json.dumps([condition_form(where), slot.role_number if dated else None, [id(op) for op in custom]])
        groups.setdefault(key, (where, slot.role_number, []))[2].append(slot)
    return list(groups.values())


def compile_function(name: str, text: str, names: Names, label: object) -> Callable[..., Any]:
    """Compile the text of a function; tracebacks show its lines."""
    filename = f"<workplaces {name} {next(_numbers)} {ascii(label)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {**FUNCTIONS, **names.values}
    exec(compile(text, filename, "exec"), namespace)  # noqa: S102 - see the invariant in `source`
    found: Callable[..., Any] = namespace[name]
    return found


@frozen
class ErringLeaf:
    """A leaf that may err, with its place: the role, the priority and the path inside it."""

    slot: Slot
    path: str
    leaf: Leaf


class LeafErrors:
    """Which leaves err on what a task reads. An error depends on the kind of a value alone, not on the moment."""

    def __init__(self, compiled: CompiledPolicy) -> None:
        """Ask the evaluator once, per leaf and kind, whether it errs."""
        self.leaves = [ErringLeaf(slot, path, leaf) for slot in compiled.slots for path, leaf in _leaves(slot)]
        self._by_path: dict[str, dict[type, list[int]]] = {}
        self._custom: list[int] = []
        for number, each in enumerate(self.leaves):
            if each.leaf.custom is not None:
                self._custom.append(number)
                continue
            for sample in _SAMPLES:
                if compare(each.leaf, sample, *_ANY_MOMENT) is None:
                    self._by_path.setdefault(each.leaf.field, {}).setdefault(type(sample), []).append(number)

    def of(self, task: Task, links: Links) -> tuple[int, ...]:
        """List the numbers of the leaves, of priorities that admit the type of the task, that err on it."""
        found = [number for number in self._custom if self._custom_errs(number, task, links)]
        for path, by_kind in self._by_path.items():
            value = read(path, task, links)
            if value is not None and type(value) in by_kind:
                found += by_kind[type(value)]
        return tuple(sorted(n for n in found if admits(self.leaves[n].slot.priority, task))) if found else ()

    def _custom_errs(self, number: int, task: Task, links: Links) -> bool:
        leaf = self.leaves[number].leaf
        return compare(leaf, read(leaf.field, task, links), *_ANY_MOMENT) is None
