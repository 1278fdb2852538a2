"""Explanations as pages show them: the core's sentences, without ids, role by role, the one that matters first."""

from __future__ import annotations

from functools import cache

from attrs import evolve, frozen

from workplaces_core.answers import Explanation, RoleReasons
from workplaces_core.model import Snapshot
from workplaces_core.policy import Policy
from workplaces_core.rules.zones import zone
from workplaces_core.sentences import LANGUAGES
from workplaces_core.sentences.language import Language
from workplaces_core.sentences.lines import Line
from workplaces_core.sentences.why import Why
from workplaces_core.sentences.wording import Wording
from workplaces_web.pages.words import Tongue
from workplaces_web.web import Web

_PLAIN = {
    "en": {"task": "Task {name}", "role": "Role {name}", "priority": "Priority {name}"},
    "ru": {"task": "Задача {name}", "role": "Роль {name}", "priority": "Приоритет {name}"},
}
_SHORT = {"named": "{name}", "moment": "{date}, {clock}", "moment today": "{clock}"}


@frozen
class ExplainedRole:
    """What one role says about a task; `shown` when it is the one to read first."""

    id: str
    name: str
    lines: tuple[Line, ...]
    shown: bool


@frozen
class Explained:
    """An explanation: the answer in one sentence, what the task itself says, and every role."""

    task: str
    question: str
    answer: str
    lines: tuple[Line, ...]
    roles: tuple[ExplainedRole, ...]


@cache
def plain_language(tongue: Tongue) -> Language:
    """Give a language that names things without their ids, and times without their zone."""
    language = LANGUAGES[tongue]
    return evolve(language, phrases=language.phrases | _SHORT | _PLAIN[tongue])


def plain_wording(snapshot: Snapshot, why: Explanation, tongue: Tongue) -> Wording:
    """Give the words for one explanation."""
    where = zone(snapshot.account.timezone)
    return Wording(plain_language(tongue), snapshot, why.at, where)


def explained(web: Web, why: Explanation, tongue: Tongue) -> Explained:
    """Put an explanation under the policy in use into words for the employee: his own roles are all he needs."""
    found = in_words(why, web.service.policy, web.service.snapshot(), tongue)
    mine = {reasons.role for reasons in why.roles if _is_mine(reasons)}
    return evolve(found, roles=tuple(each for each in found.roles if each.id in mine) or found.roles)


def in_words(why: Explanation, policy: Policy, snapshot: Snapshot, tongue: Tongue) -> Explained:
    """Put an explanation into words; `policy` and `snapshot` are those that were explained."""
    lines = list(Why(why, policy, plain_wording(snapshot, why, tongue)).lines())
    question, answer, *rest = lines
    roles = [
        ExplainedRole(role.id, role.name, tuple(line for line in rest if line.role == role.id)[1:], _matters(reasons))
        for role, reasons in zip(policy.roles, why.roles, strict=True)
    ]
    if roles and not any(each.shown for each in roles):
        roles = [evolve(each, shown=_is_mine(reasons)) for each, reasons in zip(roles, why.roles, strict=True)]
    roles.sort(key=lambda each: not each.shown)
    # Who holds his own task need not be told so.
    held = {code.code for code in why.codes} >= {"leased", "current"}
    own = tuple(each for each in rest if each.role is None and not (held and each.code == "leased"))
    return Explained(why.task, question.text, answer.text, own, tuple(roles))


def _matters(reasons: RoleReasons) -> bool:
    return any(code.code == "queued" for code in reasons.codes)


def _is_mine(reasons: RoleReasons) -> bool:
    return not {code.code for code in reasons.codes} & {"role_disabled", "not_a_member"}
