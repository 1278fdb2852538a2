"""What is wrong with a draft, in words, each thing with the place of the setting it concerns."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from attrs import frozen

from workplaces_core.answers import Finding
from workplaces_core.check import check
from workplaces_core.errors import InvalidInput, Problem, shown
from workplaces_core.model import Snapshot, Task
from workplaces_core.policy import Policy, Priority, Role
from workplaces_core.rules.conditions import verdict
from workplaces_core.rules.matching import admits
from workplaces_core.rules.zones import local_date, zone
from workplaces_web.pages.admin.drafts import Draft
from workplaces_web.pages.language import Speech
from workplaces_web.pages.words import WORDS, say
from workplaces_web.web import Web

_REFUSED = sorted((key for key in WORDS if key.startswith("refused.")), key=len, reverse=True)
_MOST_TASKS = 20_000
"""How many open tasks are counted while somebody types; the number is an aid, not an account."""


@frozen
class Remark:
    """One thing to say about a setting: `problem` keeps a draft from being published, `error` and `warning` do not."""

    path: str
    severity: str
    text: str
    code: str | None = None


@frozen
class Judged:
    """A draft with what there is to say about it; `policy` is None while it cannot be read."""

    draft: Draft
    policy: Policy | None
    remarks: tuple[Remark, ...]

    def of_role(self, number: int) -> list[Remark]:
        """Give what concerns one role, with paths inside it."""
        prefix = f"roles[{number}]"
        return [
            Remark(each.path.removeprefix(prefix).removeprefix("."), each.severity, each.text, each.code)
            for each in self.remarks
            if each.path == prefix or each.path.startswith(prefix + ".")
        ]

    @property
    def general(self) -> list[Remark]:
        """What concerns no role in particular."""
        return [each for each in self.remarks if not each.path.startswith("roles[")]


def judged(web: Web, draft: Draft, speech: Speech, snapshot: Snapshot) -> Judged:
    """Read and check a draft."""
    try:
        policy = draft.load(web)
    except InvalidInput as error:
        return Judged(draft, None, tuple(problem_remark(each, speech) for each in error.problems))
    found = check(policy, snapshot, now=speech.now)
    return Judged(draft, policy, tuple(finding_remark(each, speech) for each in found))


def problem_remark(problem: Problem, speech: Speech) -> Remark:
    """Write what loading refuses; a message nobody has words for stands as it is."""
    value = "" if problem.value is None else f"{shown(problem.value)}: "
    key = next((key for key in _REFUSED if problem.message.startswith(key.removeprefix("refused."))), None)
    text = problem.message if key is None else say(speech.tongue, key)
    return Remark(problem.path, "problem", f"{value}{text}")


def finding_remark(found: Finding, speech: Speech) -> Remark:
    """Write what `check` found; a code nobody has words for says its own message."""
    key = f"finding.{found.code}"
    if key not in WORDS:
        return Remark(found.path, found.severity, found.message, found.code)
    words: dict[str, Any] = defaultdict(str, {name: _plain(value) for name, value in found.details.items()})
    return Remark(found.path, found.severity, say(speech.tongue, key).format_map(words), found.code)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)


@frozen
class Matching:
    """How many open tasks a priority's types and condition admit right now, and on how many deals they hang."""

    tasks: int
    deals: int
    of_all: bool


def matching(role: Role, priority: Priority, snapshot: Snapshot, speech: Speech) -> Matching:
    """Count what a priority's types and condition admit; hours and responsibles are left out of it."""
    where = zone(role.timezone or snapshot.account.timezone)
    today = local_date(speech.now, where)
    tasks, deals = 0, set[str]()
    for number, task in enumerate(snapshot.tasks.values()):
        if number == _MOST_TASKS:
            break
        if task.completed or not admits(priority, task):
            continue
        links = snapshot.links(task)
        if verdict(priority.where, task, links, today, where) is True:
            tasks += 1
            deals |= {links.deal.id} if links.deal else set()
    return Matching(tasks, len(deals), len(snapshot.tasks) <= _MOST_TASKS)


def task_named(snapshot: Snapshot, task: Task) -> str:
    """Give what people call a task by."""
    links = snapshot.links(task)
    owner = links.deal or links.contact or links.company
    return owner.name if owner and owner.name else task.text
