"""Which priority of a role takes a task now: generated code over model objects, with reasons on demand.

One function a task type, for one set of active priorities. What conditions over the deal alone say is its pattern: the
first part of each that is not true. Few patterns serve many deals; what is known of one is kept per deal, and with it
the answer for each task type where the deal decides all. Everything else is judged inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from workplaces_core.engine.compiled import (
    ANY_MOMENT,
    NO_TASK,
    WRONG_KINDS,
    Moment,
    compile_function,
    is_of_deal,
)
from workplaces_core.engine.source import Names, condition_text, function_text, guards, reads
from workplaces_core.model import Deal, Links, Task
from workplaces_core.policy import All, Condition, Priority, Role, leaves
from workplaces_core.rules.conditions import verdict
from workplaces_core.rules.matching import admits

if TYPE_CHECKING:
    from workplaces_core.engine.account import LiveAccount

Why = str | None
"""The path of the first part of a condition that is not true; None when all are."""

Known = dict[str | int | None, Any]
"""What is known of a pattern: the answer by task type, and at WHYS the pattern itself."""

WHYS = 0

_LINKS = """\
    links = account.links(task)
    deal, contact, company = links.deal, links.contact, links.company"""
_PATTERN = """\
    subject = task.subject
    if subject is None:
        known = nothing
    elif subject.kind == 'deal':
        try:
            known = kept[subject.id]
        except KeyError:
            known = of(account.deals.get(subject.id))
    else:
        known = of(account.links(task).deal)"""
_ANSWER = """\
    try:
        return known[{wanted}]
    except KeyError:
        return tell(known)"""


@frozen(eq=False)
class Classifier:
    """The generated functions of one role, for one set of active priorities (a bit each)."""

    role: Role
    offset: int
    active: int
    reasons: bool
    pool: Callable[[str], int]
    account: LiveAccount
    whys: list[Callable[[Deal | None], tuple[Why, ...]]] = field(factory=list)
    kept: dict[str, Known] = field(factory=dict)
    patterns: dict[tuple[Why, ...], Known] = field(factory=dict)
    functions: dict[str | None, Callable[..., Any]] = field(factory=dict)

    def generate(self) -> None:
        """Generate the functions of every task type that the role names, and of all others."""
        names = Names()
        text = function_text("whys", "deal", "what a deal alone decides", _whys_lines(self.of_deal(), names), names)
        self.whys.append(compile_function("whys", text, names, self.role.id))
        known = {
            "of": self._known_of, "kept": self.kept, "nothing": self._known_of(None), "account": self.account,
            "pool": self.pool,
        }  # fmt: skip
        for wanted in (*sorted({name for each in self.role.priorities for name in each.task_types}), None):
            names = Names()
            text = function_text("take", "task, user, moment", f"type {wanted!a}", _body(self, wanted, names), names)
            tell = partial(self._tell, wanted)
            self.functions[wanted] = compile_function("take", text, names, wanted, **known, tell=tell)

    def of_deal(self) -> list[Priority]:
        """List the active priorities whose condition reads the deal alone."""
        return [each for n, each in enumerate(self.role.priorities) if self.active >> n & 1 and is_of_deal(each)]

    def _known_of(self, deal: Deal | None) -> Known:
        """Give what is known of the pattern of a deal, and keep it with the deal."""
        try:
            whys = self.whys[0](deal)
        except WRONG_KINDS:
            whys = tuple(_why(each, NO_TASK, Links(deal), ANY_MOMENT) for each in self.of_deal())
        known = self.patterns.setdefault(whys, {WHYS: whys})
        if deal is not None:
            self.kept[deal.id] = known
        return known

    def _tell(self, wanted: str | None, known: Known) -> Any:
        """Work out the answer for a task type where the deal decides all, and keep it."""
        whys = dict(zip((each.id for each in self.of_deal()), known[WHYS], strict=True))
        taken, passed = None, []
        for number, priority in enumerate(self.role.priorities):
            reason = _known_reason(self, number, priority, wanted) or whys[priority.id]
            if reason is None:
                taken = priority.id
                break
            passed.append(reason)
        answer = known[wanted] = (taken, *passed) if self.reasons else taken
        return answer

    def run(self, tasks: Iterable[Task], user: str, moment: Moment) -> list[Any]:
        """Classify tasks; where a value has the wrong kind for its op, the evaluator is asked."""
        one = self._run_one
        if not isinstance(tasks, list):
            tasks = list(tasks)
        if not self._is_tabled():
            return [one(task, user, moment) for task in tasks]
        kept = self.kept
        try:
            return [
                kept[subject.id][task.type]  # type: ignore[union-attr]
                if task.responsible == user and (subject := task.subject).kind == "deal"  # type: ignore[union-attr]
                else one(task, user, moment)
                for task in tasks
            ]
        except (KeyError, *WRONG_KINDS):  # a deal not asked about before, or a task without a subject or a known deal
            self._learn(tasks)
        return [
            kept[subject.id][task.type]
            if task.responsible == user and (subject := task.subject) and subject.kind == "deal" and subject.id in kept
            else one(task, user, moment)
            for task in tasks
        ]

    def _learn(self, tasks: list[Task]) -> None:
        """Get to know the deals of tasks, and the answers for their types."""
        kept, deals = self.kept, self.account.deals
        for task in tasks:
            subject = task.subject
            if subject is None or subject.kind != "deal":
                continue
            known = kept.get(subject.id)
            if known is None:
                deal = deals.get(subject.id)
                if deal is None:
                    continue
                known = self._known_of(deal)
            if task.type not in known:
                wanted = task.type if task.type in self.functions else None
                known[task.type] = known[wanted] if wanted in known else self._tell(wanted, known)

    def _is_tabled(self) -> bool:
        """Tell whether type and deal alone decide which priority takes a user's own task."""
        active = [each for number, each in enumerate(self.role.priorities) if self.active >> number & 1]
        return all(is_of_deal(each) for each in active)

    def _run_one(self, task: Task, user: str, moment: Moment) -> Any:
        try:
            return self.functions.get(task.type, self.functions[None])(task, user, moment)
        except WRONG_KINDS:
            return self._evaluate(task, user, moment)

    def _evaluate(self, task: Task, user: str, moment: Moment) -> Any:
        links, reasons = self.account.links(task), list[str]()
        for number, priority in enumerate(self.role.priorities):
            reason = self._refusal(number, priority, task, user) or _why(priority, task, links, moment)
            if reason is None:
                return (priority.id, *reasons) if self.reasons else priority.id
            reasons.append(reason)
        return (None, *reasons) if self.reasons else None

    def _refusal(self, number: int, priority: Priority, task: Task, user: str) -> str | None:
        if not self.active >> number & 1:
            return "interval_not_active"
        if not admits(priority, task):
            return "wrong_type"
        his = task.responsible == user or self.pool(task.responsible) >> self.offset + number & 1
        return None if his else _not_his(priority)


def _parts(priority: Priority) -> list[tuple[str, Condition]]:
    """Split a condition into the parts that all must be true, each with its path inside the priority."""
    where = priority.where
    if isinstance(where, All):
        return [(f"where.all[{number}]", part) for number, part in enumerate(where.parts)]
    return [] if where is None else [("where", where)]


def _why(priority: Priority, task: Task, links: Links, moment: Moment) -> Why:
    failed = (path for path, part in _parts(priority) if verdict(part, task, links, *moment) is not True)
    return next(failed, None)


def _not_his(priority: Priority) -> str:
    return "not_responsible" if priority.common_queue is None else "outside_pool"


def _takes_anyone(priority: Priority) -> bool:
    return priority.common_queue is not None and priority.common_queue.pool == "anyone"


def _whys_lines(priorities: list[Priority], names: Names) -> list[str]:
    """Write the body of the function that gives, per priority, the first part that a deal fails."""
    conditions = [part for each in priorities for _, part in _parts(each)]
    lines, read_as = reads(leaf.field for each in conditions for _, leaf in leaves(each))
    lines += [f"    if {guard}:\n        raise TypeError" for guard in guards(conditions, read_as)]
    for number, priority in enumerate(priorities):
        tests = [(condition_text(part, read_as, names, "None"), ascii(path)) for path, part in _parts(priority)]
        lines += [f"    # {priority.id!a}", f"    w{number} = None", *_first_failing(f"w{number}", tests)]
    return [*lines, f"    return ({''.join(f'w{number}, ' for number in range(len(priorities)))})"]


def _first_failing(name: str, tests: list[tuple[str, str]]) -> list[str]:
    """Write the statements that give a name the reason of the first test that fails; flat, however many there are."""
    lines = []
    for number, (test, reason) in enumerate(tests):
        asked = f"{name} is None and not ({test})" if number else f"not ({test})"
        lines += [f"    if {asked}:", f"        {name} = {reason}"]
    return lines


def _body(classifier: Classifier, wanted: str | None, names: Names) -> list[str]:
    """Write the body of the function for one task type."""
    of_deal = classifier.of_deal()
    judged_here = [each for each in _asked(classifier, wanted) if each not in of_deal]
    conditions = [part for each in judged_here for _, part in _parts(each)]
    lines, read_as = reads(leaf.field for each in conditions for _, leaf in leaves(each))
    if any(not path.startswith("task.") for path in read_as):
        lines.insert(0, _LINKS)
    lines += [f"    if {guard}:\n        raise TypeError" for guard in guards(conditions, read_as)]
    private = all(each.common_queue is None for each in _asked(classifier, wanted))
    known = [_known_reason(classifier, n, each, wanted) for n, each in enumerate(classifier.role.priorities)]
    if private:
        others = [ascii(reason or "not_responsible") for reason in known]
        lines += ["    if task.responsible != user:", f"        return {_answer('None', others, classifier)}"]
    else:
        lines.append("    own = task.responsible == user")
    if any(each in of_deal for each in _asked(classifier, wanted)):
        lines.append(_PATTERN)
        if private and not judged_here:
            return [*lines, _ANSWER.format(wanted=ascii(wanted))]
        lines.append(f"    {', '.join(f'w{number}' for number in range(len(of_deal)))}, = known[{WHYS}]")
    passed: list[str] = []
    for number, priority in enumerate(classifier.role.priorities):
        if known[number] is not None:
            passed.append(ascii(known[number]))
            continue
        why = f"w{of_deal.index(priority)}" if priority in of_deal else None
        tests = _tests(classifier.offset + number, priority, why, read_as, names)[int(private) :]
        lines += _step(f"r{number}", priority, tests, _answer(ascii(priority.id), passed, classifier))
        passed.append(tests[0][1] if len(tests) == 1 else f"r{number}")
    return [*lines, f"    return {_answer('None', passed, classifier)}"]


def _answer(taken: str, passed: list[str], classifier: Classifier) -> str:
    return f"({', '.join([taken, *passed])},)" if classifier.reasons else taken


def _known_reason(classifier: Classifier, number: int, priority: Priority, wanted: str | None) -> str | None:
    """Give the reason that holds for every task of a type."""
    if not classifier.active >> number & 1:
        return "interval_not_active"
    return "wrong_type" if priority.task_types and wanted not in priority.task_types else None


def _asked(classifier: Classifier, wanted: str | None) -> list[Priority]:
    rows = enumerate(classifier.role.priorities)
    return [each for number, each in rows if _known_reason(classifier, number, each, wanted) is None]


def _tests(
    bit: int, priority: Priority, why: str | None, read_as: dict[str, str], names: Names
) -> list[tuple[str, str]]:
    """List what a task must pass, each with the expression of the reason when it fails."""
    tests = []
    if priority.common_queue is None:
        tests.append(("own", ascii(_not_his(priority))))
    elif not _takes_anyone(priority):
        tests.append((f"(own or pool(task.responsible) & {1 << bit:#x})", ascii(_not_his(priority))))
    if why is not None:
        return [*tests, (f"{why} is None", why)]
    parts = _parts(priority)
    return tests + [(condition_text(part, read_as, names, "moment"), ascii(path)) for path, part in parts]


def _step(reason: str, priority: Priority, tests: list[tuple[str, str]], answer: str) -> list[str]:
    """Write one priority: answer when all tests pass, else go on, remembering why when several could fail."""
    lines = [f"    # {priority.id!a}"]
    if len(tests) < 2 or not answer.startswith("("):  # noqa: PLR2004 - one reason needs no remembering
        condition = " and ".join(test for test, _ in tests) or "True"
        return [*lines, f"    if {condition}:", f"        return {answer}"]
    lines += [f"    {reason} = None", *_first_failing(reason, tests)]
    return [*lines, f"    if {reason} is None:", f"        return {answer}"]
