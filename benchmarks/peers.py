"""The rule engines that a Python program could use instead, each in its fastest form, on the workload of `five`.

An adapter takes rules and tasks, prepares whatever the peer needs, and gives what is timed: a call that answers all
tasks. What a peer must be handed (dictionaries, flat or nested) is made beforehand and costs it nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import reduce
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from itertools import count
from operator import or_
from typing import TYPE_CHECKING, Any

from attrs import frozen

from benchmarks.five import PlainTask, as_dict

if TYPE_CHECKING:
    from benchmarks.five import Rule

Rules = tuple["Rule", ...]
Answers = Callable[[], list[int]]

_SIGNS = {"ge": ">=", "le": "<="}


@frozen
class Peer:
    """A peer, and how many times slower than ours it is promised to be."""

    name: str
    package: str
    slower: float
    prepare: Callable[[Rules, list[PlainTask]], Answers]
    is_slow: bool = True

    def installed(self) -> str | None:
        """Give the version that is installed here, or None."""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return None


def _expression(rule: Rule, conjunction: str) -> str:
    """Write a priority in the notation that zen and CEL share but for one word."""
    number = f"deal.{rule.number}"
    parts = [
        f"type in {json.dumps(rule.types)}",
        f"{number} != null",
        f"{number} {_SIGNS[rule.op]} {rule.bound}",
        f"deal.{rule.option} in {json.dumps(rule.allowed)}",
        f'"{rule.tag}" in deal.tags',
    ]
    return conjunction.join(parts)


def _chain(rules: Rules, conjunction: str) -> str:
    text = "-1"
    for number in reversed(range(len(rules))):
        text = f"({_expression(rules[number], conjunction)}) ? {number} : ({text})"
    return text


def zen_chain(rules: Rules, tasks: list[PlainTask]) -> Answers:
    """Prepare zen: one compiled chain of ternaries."""
    program = import_module("zen").compile_expression(_chain(rules, " and "))
    inputs = [as_dict(task) for task in tasks]
    return lambda: [int(program.evaluate(each)) for each in inputs]


def cel_chain(rules: Rules, tasks: list[PlainTask]) -> Answers:
    """Prepare CEL: one compiled chain of ternaries."""
    program = import_module("cel").compile(_chain(rules, " && "))
    inputs = [as_dict(task) for task in tasks]
    return lambda: [program.execute(each) for each in inputs]


def cel_programs(rules: Rules, tasks: list[PlainTask]) -> Answers:
    """Prepare CEL: a compiled program a priority, the task handed over once for all of them."""
    cel = import_module("cel")
    programs = [cel.compile(_expression(rule, " && ")) for rule in rules]
    inputs = [as_dict(task) for task in tasks]

    def first(each: dict[str, Any]) -> int:
        context = cel.Context(variables=each)
        return next((number for number, program in enumerate(programs) if program.execute(context)), -1)

    return lambda: [first(each) for each in inputs]


def rule_engine(rules: Rules, tasks: list[PlainTask]) -> Answers:
    """Prepare rule-engine: its Chain over flat dictionaries."""
    module = import_module("rule_engine")
    context = module.Context(resolver=module.resolve_item)
    chain = module.Chain(default_value=-1, context=context)
    for place, rule in enumerate(rules):
        types, allowed = (", ".join(f"'{name}'" for name in names) for names in (rule.types, rule.allowed))
        text = (
            f"type in {{{types}}} and {rule.number} != null and {rule.number} {_SIGNS[rule.op]} {rule.bound} "
            f"and {rule.option} in {{{allowed}}} and '{rule.tag}' in tags"
        )
        chain.append(module.Rule(text, context=context), place)
    inputs = [{**as_dict(task)["deal"], "type": task.type} for task in tasks]
    return lambda: [chain.evaluate(each) for each in inputs]


def json_logic(rules: Rules, tasks: list[PlainTask]) -> Answers:
    """Prepare JsonLogic; the strict `!==`, since its loose `!=` takes a zero for a hole."""
    ask = import_module("json_logic").jsonLogic
    parts: list[Any] = []
    for place, rule in enumerate(rules):
        number = {"var": f"deal.{rule.number}"}
        tests = [
            {"in": [{"var": "type"}, list(rule.types)]},
            {"!==": [number, None]},
            {_SIGNS[rule.op]: [number, rule.bound]},
            {"in": [{"var": f"deal.{rule.option}"}, list(rule.allowed)]},
            {"in": [rule.tag, {"var": "deal.tags"}]},
        ]
        parts += [{"and": tests}, place]
    logic = {"if": [*parts, -1]}
    inputs = [as_dict(task) for task in tasks]
    return lambda: [ask(logic, each) for each in inputs]


def business_rules(rules: Rules, tasks: list[PlainTask]) -> Answers:
    """Prepare business-rules; it knows no holes, so a missing budget reads as a number that no bound lets in."""
    module = import_module("business_rules")
    variables, actions = _business_variables(), _business_actions()
    numbers = {("budget", "ge"): "budget_or_least", ("budget", "le"): "budget_or_most"}
    operators = {"ge": "greater_than_or_equal_to", "le": "less_than_or_equal_to"}
    written = [
        {
            "conditions": {
                "all": [
                    {"name": "type", "operator": "is_contained_by", "value": list(rule.types)},
                    {
                        "name": numbers.get((rule.number, rule.op), rule.number),
                        "operator": operators[rule.op],
                        "value": rule.bound,
                    },
                    {"name": rule.option, "operator": "is_contained_by", "value": list(rule.allowed)},
                    {"name": "tags", "operator": "shares_at_least_one_element_with", "value": [rule.tag]},
                ]
            },
            "actions": [{"name": "take", "params": {"place": place}}],
        }
        for place, rule in enumerate(rules)
    ]

    def first(task: PlainTask) -> int:
        taken = actions()
        module.run_all(written, variables(task), taken, stop_on_first_trigger=True)
        return int(taken.place)

    return lambda: [first(task) for task in tasks]


def _business_variables() -> Any:
    module = import_module("business_rules.variables")
    texts, numeric = module.select_multiple_rule_variable, module.numeric_rule_variable
    read: dict[str, Any] = {
        "type": texts()(lambda self: [self.task.type]),
        "stage": texts()(lambda self: [self.task.deal.stage]),
        "source": texts()(lambda self: [self.task.deal.source or ""]),
        "tags": texts()(lambda self: list(self.task.deal.tags)),
        "score": numeric(lambda self: self.task.deal.score),
        "budget_or_least": numeric(lambda self: -1 if self.task.deal.budget is None else self.task.deal.budget),
        "budget_or_most": numeric(lambda self: 10**12 if self.task.deal.budget is None else self.task.deal.budget),
    }
    return type("TaskVariables", (module.BaseVariables,), {"__init__": _keep_task, **read})


def _keep_task(self: Any, task: PlainTask) -> None:
    self.task = task


def _business_actions() -> Any:
    module, fields = import_module("business_rules.actions"), import_module("business_rules.fields")

    def take(self: Any, place: float) -> None:
        self.place = place

    marked = module.rule_action(params={"place": fields.FIELD_NUMERIC})(take)
    return type("Taking", (module.BaseActions,), {"place": -1, "take": marked})


_rulesets = count(1)


def durable_rules(rules: Rules, tasks: list[PlainTask]) -> Answers:
    """Prepare durable_rules: a ruleset whose priorities note what they took; a hole is a name that is absent."""
    lang = import_module("durable.lang")
    name, found = f"bench{next(_rulesets)}", list[int]()
    with lang.ruleset(name):
        for place, rule in enumerate(rules):
            number = getattr(lang.m, rule.number)
            bounded = number >= rule.bound if rule.op == "ge" else number <= rule.bound
            tests = _any_of(lang.m.type, rule.types) & bounded & _any_of(getattr(lang.m, rule.option), rule.allowed)
            lang.when_all(lang.pri(place + 1), tests & lang.m.tags.anyItem(lang.item == rule.tag))(
                _noting(found, place)
            )
        lang.when_all(lang.pri(len(rules) + 1), +lang.m.type)(_noting(found, -1))
    inputs, ids = [_without_holes(task) for task in tasks], count(1)

    def answers() -> list[int]:
        found.clear()
        for each in inputs:
            lang.post(name, {**each, "id": next(ids)})  # it refuses an id that it has seen
        return list(found)

    return answers


def _any_of(value: Any, names: tuple[str, ...]) -> Any:
    return reduce(or_, [value == name for name in names])


def _noting(found: list[int], place: int) -> Callable[[Any], None]:
    def note(_: Any) -> None:
        found.append(place)

    return note


def _without_holes(task: PlainTask) -> dict[str, Any]:
    read = {**as_dict(task)["deal"], "type": task.type, "sid": "bench"}
    return {name: value for name, value in read.items() if value is not None}


PEERS = (
    Peer("zen-engine, one compiled chain", "zen-engine", 10, zen_chain, is_slow=False),
    Peer("Rust CEL, five programs", "common-expression-language", 50, cel_programs, is_slow=False),
    Peer("Rust CEL, one chain", "common-expression-language", 50, cel_chain, is_slow=False),
    Peer("rule-engine, Chain", "rule-engine", 100, rule_engine),
    Peer("panzi-json-logic", "panzi-json-logic", 100, json_logic),
    Peer("business-rules", "business-rules", 100, business_rules),
    Peer("durable_rules", "durable-rules", 100, durable_rules),
)
