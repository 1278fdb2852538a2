"""An explanation in words: the answer first, then what speaks for it and against it, role by role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.sentences.lines import Line
from workplaces_core.sentences.reasons import RoleWords, side, task_code
from workplaces_core.wire import forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workplaces_core.answers import Code, Explanation, RoleReasons
    from workplaces_core.policy import Policy, Role
    from workplaces_core.sentences.wording import Wording

_OUTSIDE = {"role_disabled", "not_a_member"}


@frozen
class Why:
    """One explanation, with the policy and the account that it is about."""

    explanation: Explanation
    policy: Policy
    account: Wording

    def lines(self) -> Iterator[Line]:
        """Give all sentences: the question, the answer, reasons of the task, of each role and each priority."""
        yield Line(0, self._question())
        yield Line(0, self.answer())
        for code in self.explanation.codes:
            yield Line(1, self._task_code(code), code.code, side=side(code))
        for role, reasons in self._roles():
            yield from self._of(role, reasons).lines()

    def _roles(self) -> list[tuple[Role, RoleReasons]]:
        return list(zip(self.policy.roles, self.explanation.roles, strict=True))

    def _of(self, role: Role, reasons: RoleReasons) -> RoleWords:
        why = self.explanation
        return RoleWords(why.user, why.task, role, reasons, self.account.of(role))

    def _task_code(self, code: Code) -> str:
        return task_code(code, self.explanation.user, self.account)

    def _question(self) -> str:
        wording, why = self.account, self.explanation
        task = wording.task(why.task)
        return self._say("question", task=task, user=wording.user(why.user), at=wording.now())

    def _say(self, answer: str, /, **words: object) -> str:
        return self.account.language.answers[answer].format(**words)

    # -- the answer --------------------------------------------------------------------------------------

    def answer(self) -> str:
        """Say in one sentence what the explanation comes to."""
        if any(code.code == "current" for code in self.explanation.codes):
            return self._say("current")
        places = [(role, codes) for role, reasons in self._roles() if "queued" in (codes := _by_name(reasons))]
        shown = next((place for place in places if "not_chosen" not in place[1]), None)
        if shown is not None:
            return self._place("queued", *shown)
        return self._place("elsewhere", *places[0]) if places else self._refusal()

    def _place(self, answer: str, role: Role, codes: dict[str, Code]) -> str:
        position = codes["queued"].details["position"]
        name = "first" if answer == "queued" and position == 1 else answer
        return self._say(name, position=position, role=self.account.named(role.id, role))

    def _refusal(self) -> str:
        """Choose the reason that stands before all others."""
        if self.explanation.codes:
            return self._say("reason", reason=self._task_code(self.explanation.codes[0]))
        judged = [(role, reasons, _by_name(reasons)) for role, reasons in self._roles()]
        mine = [each for each in judged if not _OUTSIDE & each[2].keys()]
        active = [each for each in mine if "role_not_active" not in each[2]]
        if not mine:
            return self._say("no role", user=self.account.user(self.explanation.user))
        if not active:
            return self._closed([codes["role_not_active"] for _, _, codes in mine])
        role, reasons, codes = active[0]
        for name in ("later_day", "not_yet"):
            if all(name in each[2] for each in active):
                return self._say("reason", reason=self._of(role, reasons).code(codes[name]))
        return self._say("no priority")

    def _closed(self, codes: list[Code]) -> str:
        user = self.account.user(self.explanation.user)
        found = [each.details["from"] for each in codes if each.details["from"] is not None]
        opens = min(map(forms.read_any_instant, found), default=None)
        if opens is None:
            return self._say("never active", user=user)
        return self._say("no active role", user=user, opens=self.account.instant(opens))


def _by_name(reasons: RoleReasons) -> dict[str, Code]:
    return {code.code: code for code in reasons.codes}
