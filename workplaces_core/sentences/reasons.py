"""Reasons in words: every code of an explanation, for the task, in a role, under a priority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.rules.conditions import read
from workplaces_core.sentences.conditions import Blame
from workplaces_core.sentences.lines import Line, Side
from workplaces_core.sentences.wording import lead_words
from workplaces_core.wire import forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workplaces_core.answers import Code, PriorityReasons, RoleReasons
    from workplaces_core.policy import Priority, Role
    from workplaces_core.sentences.wording import Wording

_FOR = ("current", "queued", "takes")
_LEAVES = ("condition_false", "condition_error")


def side(code: Code) -> Side:
    """Tell whether a code speaks for the task being handed out, or against."""
    return "for" if code.code in _FOR else "against"


def task_code(code: Code, user: str, wording: Wording) -> str:
    """Put a reason of the task itself into words."""
    words = {"user": wording.user(user)}
    if "by" in code.details:
        words["by"] = wording.user(code.details["by"])
    if "until" in code.details:
        words["until"] = wording.instant(code.details["until"])
    return wording.language.codes[code.code].format(**words)


@frozen
class RoleWords:
    """What one role says to a task; `wording` speaks in the role's zone."""

    user: str
    task: str
    role: Role
    reasons: RoleReasons
    wording: Wording

    def lines(self) -> Iterator[Line]:
        """Give the role's reasons, then those of each priority."""
        role, language = self.role, self.wording.language
        yield Line(0, self.wording.phrase("role", name=language.quoted(role.name), id=role.id), role=role.id)
        for code in self.reasons.codes:
            yield Line(1, self.code(code), code.code, role.id, side=side(code))
        for priority, reasons in zip(role.priorities, self.reasons.priorities, strict=True):
            name = self.wording.phrase("priority", name=language.quoted(priority.name), id=priority.id)
            yield Line(1, name, None, role.id, priority.id)
            yield from self._priority_lines(priority, reasons)

    def _priority_lines(self, priority: Priority, reasons: PriorityReasons) -> Iterator[Line]:
        for code in reasons.codes:
            text = self.priority_code(priority, code)
            yield Line(2, text, code.code, self.role.id, priority.id, side(code))
            if code.code in _LEAVES and priority.where is not None:
                judged = {leaf["leaf"]: leaf for leaf in code.details["leaves"]}
                for depth, sentence in Blame(judged, self.wording).lines(priority.where):
                    yield Line(3 + depth, sentence, code.code, self.role.id, priority.id, "against")

    # -- reasons of the role -----------------------------------------------------------------------------

    def code(self, code: Code) -> str:
        """Put a reason of the role into words."""
        words = {"user": self.wording.user(self.user)}
        match code.code:
            case "not_a_member":
                return self._say(self._membership(), **words)
            case "role_not_active":
                return self._not_active(code.details["from"])
            case "later_day":
                words["date"] = self.wording.language.day(forms.read_any_date(code.details["date"]))
            case "not_yet":
                return self._not_yet(code.details["opens_at"])
            case "queued":
                return self._say("queued", position=code.details["position"], decided=self._decided(code))
        return self._say(code.code, **words)

    def _say(self, name: str, /, **words: object) -> str:
        return self.wording.language.codes[name].format(**words)

    def _membership(self) -> str:
        known = self.wording.snapshot.users.get(self.user)
        if known is None:
            return "not_a_member unknown"
        return "not_a_member" if known.active else "not_a_member inactive"

    def _not_active(self, opens: str | None) -> str:
        if opens is None:
            return self._say("role_not_active never" if self.role.enabled else "role_not_active disabled")
        return self._say("role_not_active", opens=self.wording.instant(opens))

    def _not_yet(self, opens: str) -> str:
        lead = self.role.exact_time.lead_minutes if self.role.exact_time is not None else 0
        due = forms.moment_text(self.wording.snapshot.tasks[self.task].due)
        words = {"opens_at": self.wording.instant(opens), "due": self.wording.instant(due)}
        return self._say("not_yet", lead=lead_words(self.wording.language, lead), **words)

    def _decided(self, code: Code) -> str:
        """Say by what the task before it came first."""
        places, decided = self.wording.language.places, code.details.get("decided_by")
        if decided is None:
            return places["first"]
        words = {"after": self.wording.task(code.details["after"])}
        key = {part["part"]: part["value"] for part in code.details["key"]}
        if decided == "bucket":
            return places["bucket today" if key["bucket"] == "overdue" else "bucket overdue"].format(**words)
        if decided.startswith("order"):
            words |= self._compared(key["priority"], decided, key[decided], code.details["after"])
            return places["order"].format(**words)
        return places[decided].format(**words)

    def _compared(self, priority_id: str, part: str, ours: object, after: str) -> dict[str, str]:
        """Give the field of an order key with its value in both tasks."""
        snapshot = self.wording.snapshot
        priority = next(each for each in self.role.priorities if each.id == priority_id)
        key = priority.order[int(part.removeprefix("order[").removesuffix("]"))]
        task = snapshot.tasks[after]
        theirs = forms.field_value_form(read(key.field, task, snapshot.links(task)))
        return {
            "field": self.wording.field(key.field),
            "theirs": self.wording.value(key.field, theirs),
            "ours": self.wording.value(key.field, ours),
        }

    # -- reasons of a priority ---------------------------------------------------------------------------

    def priority_code(self, priority: Priority, code: Code) -> str:
        """Put a reason of a priority into words, without the leaves of its condition."""
        wording, task = self.wording, self.wording.snapshot.tasks[self.task]
        match code.code:
            case "interval_not_active":
                intervals = self.role.intervals_of(priority)
                name = "interval_not_active" if intervals else "interval_not_active none"
                return self._say(name, intervals=wording.intervals(intervals))
            case "wrong_type":
                types = wording.language.listed([wording.type(each) for each in priority.task_types])
                return self._say("wrong_type", types=types, type=wording.type(task.type))
            case "not_responsible":
                return self._say("not_responsible", responsible=wording.user(task.responsible))
            case "outside_pool":
                pool = "" if priority.common_queue is None else wording.pool(priority.common_queue)
                return self._say("outside_pool", responsible=wording.user(task.responsible), pool=pool)
            case "matched_earlier":
                earlier = next(each for each in self.role.priorities if each.id == code.details["by"])
                return self._say("matched_earlier", by=wording.named(earlier.id, earlier))
        return self._say(code.code)
