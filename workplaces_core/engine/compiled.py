"""A policy as generated Python functions: which priorities match a task.

What a task matches is one integer, a *match*: bit n is set when type and condition of the policy's n-th priority,
counted over all roles, admit it. Who may have it and which intervals are active is no part of a match. Conditions
over the deal alone are judged once a deal; the others once a task, in one function a task type.
"""

from __future__ import annotations

import json
import linecache
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from attrs import frozen

from workplaces_core.engine.source import FUNCTIONS, Names, condition_text, function_text, guards, reads
from workplaces_core.model import Deal, Links, Task
from workplaces_core.policy import Condition, Leaf, Policy, Priority, Role, leaves
from workplaces_core.rules.conditions import verdict
from workplaces_core.rules.matching import admits
from workplaces_core.wire.conditions import condition_form

Match = int
Moment = tuple[date, ZoneInfo]
"""The local date of a role, and its zone."""

WRONG_KINDS = (TypeError, AttributeError)
"""What generated code raises on a value of a wrong kind."""

ANY_MOMENT: Moment = (date(1970, 1, 1), ZoneInfo("UTC"))

_numbers = count(1)


@frozen
class Slot:
    """A priority with its place in the policy: bit `number` of a match."""

    number: int
    role_number: int
    role: Role
    priority: Priority

    @property
    def bit(self) -> Match:
        """The bit of the priority."""
        return 1 << self.number

    def leaves(self) -> Iterator[tuple[str, Leaf]]:
        """List the leaves of the priority's condition."""
        return leaves(self.priority.where)


def is_of_deal(priority: Priority) -> bool:
    """Tell whether a condition reads the deal alone, and does not change with the date."""
    found = [leaf for _, leaf in leaves(priority.where)]
    return all(leaf.field.startswith("deal.") and leaf.op != "days" for leaf in found)


class CompiledPolicy:
    """The generated functions of a policy.

    >>> from datetime import UTC, datetime
    >>> calls, all_else = Priority("calls", "Calls", task_types=["1"]), Priority("all", "All")
    >>> compiled = CompiledPolicy(Policy(1, (Role("sales", "Sales", priorities=(calls, all_else)),)))
    >>> task = Task("t1", "2", "Write", "u1", datetime(2026, 11, 20, tzinfo=UTC), date(2026, 11, 24))
    >>> bin(compiled.match(task, Links(), ()))
    '0b10'
    """

    def __init__(self, policy: Policy) -> None:
        """Number the priorities and generate what judges a deal; the rest is made for each type when it is met."""
        self.policy = policy
        self.slots: list[Slot] = []
        self.offsets: list[int] = []
        for number, role in enumerate(policy.roles):
            self.offsets.append(len(self.slots))
            self.slots += [Slot(len(self.slots) + n, number, role, each) for n, each in enumerate(role.priorities)]
        self.types = frozenset(name for slot in self.slots for name in slot.priority.task_types)
        self.sources: dict[str, str] = {}
        self.of_deals = DealMatches([slot for slot in self.slots if is_of_deal(slot.priority)], self.sources)
        self._others = [slot for slot in self.slots if not is_of_deal(slot.priority)]
        self._by_type: dict[str | None, tuple[Match, Callable[..., Match] | None]] = {}
        self._dated = [(slot, leaf) for slot in self.slots for _, leaf in slot.leaves() if leaf.op == "days"]

    def match(self, task: Task, links: Links, moments: Sequence[Moment], of_deal: Match | None = None) -> Match:
        """Tell which priorities match a task; `moments` are the roles', `of_deal` is known of its deal."""
        wanted = task.type if task.type in self.types else None
        types, function = self._by_type.get(wanted) or self._add_type(wanted)
        match = (self.of_deals.of(links.deal) if of_deal is None else of_deal) & types
        if function is None:
            return match
        try:
            return match | function(task, links.deal, links.contact, links.company, moments)
        except WRONG_KINDS:
            return match | evaluate(self._others, task, links, moments)

    def reads_only_deals(self) -> bool:
        """Tell whether all conditions are over the deal alone, and none counts days."""
        return not self._others

    def bits_of_types(self) -> dict[str | None, Match]:
        """Give the bits of the priorities that admit each task type; of all types that no priority names, by None."""
        return {
            wanted: sum(slot.bit for slot in self.slots if _admits_type(slot, wanted)) for wanted in (*self.types, None)
        }

    def days_leaves(self) -> list[tuple[Slot, Leaf]]:
        """List the leaves whose verdict changes at local midnight."""
        return self._dated

    def _add_type(self, wanted: str | None) -> tuple[Match, Callable[..., Match] | None]:
        types = sum(slot.bit for slot in self.slots if _admits_type(slot, wanted))
        others = [slot for slot in self._others if _admits_type(slot, wanted)]
        function = None
        if others:
            label = f"tasks of type {wanted!a}" if wanted is not None else "tasks of a type no priority names"
            function = self._generate("match", "task, deal, contact, company, moments", label, others)
        self._by_type[wanted] = types, function
        return types, function

    def _generate(self, name: str, parameters: str, label: str, slots: list[Slot]) -> Callable[..., Match]:
        names = Names()
        text = self.sources[label] = function_text(name, parameters, label, match_lines(slots, names), names)
        return compile_function(name, text, names, label)


def _admits_type(slot: Slot, wanted: str | None) -> bool:
    return not slot.priority.task_types or wanted in slot.priority.task_types


def evaluate(slots: Iterable[Slot], task: Task, links: Links, moments: Sequence[Moment]) -> Match:
    """Tell which of some priorities match a task, with the evaluator: for values of any kind."""
    match = 0
    for slot in slots:
        where = slot.priority.where
        if admits(slot.priority, task) and verdict(where, task, links, *moments[slot.role_number]) is True:
            match |= slot.bit
    return match


class DealMatches:
    """The bits of all conditions over the deal alone, numbered: many deals are alike."""

    def __init__(self, slots: list[Slot], sources: dict[str, str]) -> None:
        """Generate the function that judges a deal."""
        names = Names()
        self._slots = slots
        label = "what a deal alone decides"
        text = sources[label] = function_text("judge_deal", "deal", label, match_lines(slots, names), names)
        self._judge = compile_function("judge_deal", text, names, label)
        self._numbers: dict[Match, int] = {}
        self.matches: list[Match] = [0]
        """The bits of each number; numbers begin with one."""
        self.nothing = self._number(self._judged(None))

    def of(self, deal: Deal | None) -> Match:
        """Give the bits of a deal, or of none."""
        return self.matches[self.number(deal)]

    def number(self, deal: Deal | None) -> int:
        """Judge a deal, or none, and give the number of its bits."""
        return self.nothing if deal is None else self._number(self._judged(deal))

    def _number(self, match: Match) -> int:
        number = self._numbers.setdefault(match, len(self.matches))
        if number == len(self.matches):
            self.matches.append(match)
        return number

    def _judged(self, deal: Deal | None) -> Match:
        try:
            return int(self._judge(deal))
        except WRONG_KINDS:
            links = Links(deal)
            judged = ((slot.bit, verdict(slot.priority.where, NO_TASK, links, *ANY_MOMENT)) for slot in self._slots)
            return sum(bit for bit, holds in judged if holds is True)


NO_TASK: Any = None
"""Stands for the task where a condition does not read it."""


def match_lines(slots: list[Slot], names: Names) -> list[str]:
    """Write the body of a function that gives the bits of those slots whose conditions hold."""
    groups = _same_conditions(slots)
    conditions = [condition for condition, _, _ in groups]
    lines, read_as = reads(leaf.field for each in conditions for _, leaf in leaves(each))
    lines += [f"    if {guard}:\n        raise TypeError" for guard in guards(conditions, read_as)]
    lines.append(f"    match = {sum(slot.bit for slot in slots if slot.priority.where is None):#x}")
    for condition, role_number, members in groups:
        lines.append(f"    # {', '.join(f'{s.role.id!a} / {s.priority.id!a}' for s in members)}")
        moment = "None" if role_number is None else f"moments[{role_number}]"
        lines.append(f"    if {condition_text(condition, read_as, names, moment)}:")
        lines.append(f"        match |= {sum(slot.bit for slot in members):#x}")
    return [*lines, "    return match"]


def _same_conditions(slots: list[Slot]) -> list[tuple[Condition, int | None, list[Slot]]]:
    """Group priorities with one and the same condition; one that counts days goes by its role's date."""
    groups: dict[str, tuple[Condition, int | None, list[Slot]]] = {}
    for slot in slots:
        where = slot.priority.where
        if where is None:
            continue
        found = [leaf for _, leaf in slot.leaves()]
        number = slot.role_number if any(leaf.op == "days" for leaf in found) else None
        # The wire form tells 1 from true and from 1.0, which compare equal in Python.
        key = json.dumps([condition_form(where), number, [id(leaf.custom) for leaf in found if leaf.custom]])
        groups.setdefault(key, (where, number, []))[2].append(slot)
    return list(groups.values())


def compile_function(name: str, text: str, names: Names, label: object, **known: Any) -> Callable[..., Any]:
    """Compile the text of a function that also knows some values by name; tracebacks show its lines."""
    filename = f"<workplaces {name} {next(_numbers)} {label!a}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {**FUNCTIONS, **known, **names.values}
    exec(compile(text, filename, "exec"), namespace)  # noqa: S102 - see the invariant in `source`
    found: Callable[..., Any] = namespace[name]
    weakref.finalize(found, linecache.cache.pop, filename, None)
    return found
