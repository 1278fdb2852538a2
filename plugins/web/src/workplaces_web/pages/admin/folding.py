"""Settings folded to one line each: a priority, a condition, an interval, a role's people."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from workplaces_core.model import Snapshot
from workplaces_core.policy import (
    WEEKDAYS,
    All,
    AnyOf,
    CommonQueue,
    Condition,
    Interval,
    Leaf,
    Members,
    Not,
    OrderKey,
    Priority,
)
from workplaces_core.rules.zones import zone
from workplaces_core.sentences.wording import Wording
from workplaces_core.wire import forms
from workplaces_web.pages.explaining import plain_language
from workplaces_web.pages.language import Speech
from workplaces_web.pages.words import say

_WEEKDAYS = len(WEEKDAYS)


@frozen
class Folding:
    """Writes settings of one account in one language."""

    wording: Wording
    speech: Speech

    @classmethod
    def of(cls, snapshot: Snapshot, speech: Speech) -> Folding:
        """Write settings of an account."""
        where = zone(snapshot.account.timezone)
        return cls(Wording(plain_language(speech.tongue), snapshot, speech.now, where), speech)

    def _say(self, key: str, /, **words: object) -> str:
        return say(self.speech.tongue, f"fold.{key}", **words)

    # -- priorities ---------------------------------------------------------------------------------------

    def priority(self, priority: Priority) -> str:
        """Write a priority in one line.

        >>> from datetime import UTC, datetime
        >>> from zoneinfo import ZoneInfo
        >>> from workplaces_core.model import Account, TaskType
        >>> snapshot = Snapshot(Account("a", "UTC"), task_types=[TaskType("1", "Звонок")])
        >>> folding = Folding.of(snapshot, Speech("ru", datetime(2026, 11, 24, tzinfo=UTC), ZoneInfo("UTC")))
        >>> folding.priority(Priority("p", "Звонки", task_types=["1"], where=Leaf("deal.tags", "has_any", ("vip",))))
        'звонок · теги сделки: есть «vip» · сначала просроченные'
        """
        parts = [self.types(priority.task_types)]
        if priority.where is not None:
            parts.append(self.condition(priority.where))
        if priority.intervals is not None:
            names = ", ".join(priority.intervals)
            parts.append(self._say("intervals", names=names) if names else self._say("never"))
        parts.append(self._say(f"first.{priority.first}"))
        parts.extend(self.order(key) for key in priority.order)
        if priority.common_queue is not None:
            parts.append(self.queue(priority.common_queue))
        return " · ".join(parts)

    def types(self, ids: Iterable[str]) -> str:
        """Name task types."""
        known = self.wording.snapshot.task_types
        names = [known[each].name.lower() if each in known else each for each in ids]
        return ", ".join(names) or self._say("types_any")

    def order(self, key: OrderKey) -> str:
        """Write an order key."""
        return self._say("by", field=self.field(key.field), direction=self._say(key.direction))

    def queue(self, queue: CommonQueue) -> str:
        """Write a common queue."""
        linked = f", {self._say('linked')}" if queue.transfer_linked else ""
        if queue.pool == "anyone":
            return self._say("common") + linked
        names = self._say("members") if queue.pool == "members" else self.people(queue.pool)
        return self._say("common_of", names=names) + linked

    def people(self, members: Members | str) -> str:
        """Name people and groups."""
        if isinstance(members, str):
            return members
        snapshot = self.wording.snapshot
        groups = [snapshot.groups[each].name if each in snapshot.groups else each for each in members.groups]
        users = [snapshot.users[each].name if each in snapshot.users else each for each in members.users]
        return ", ".join([*groups, *users]) or self._say("nobody")

    # -- conditions ---------------------------------------------------------------------------------------

    def condition(self, condition: Condition, *, inside: bool = False) -> str:
        """Write a condition; parts that hold several are put in brackets inside others."""
        match condition:
            case Leaf():
                return self.leaf(condition)
            case Not():
                part = self.condition(condition.part, inside=True)
                return (
                    f"{self._say('not')} {part}"
                    if isinstance(condition.part, All | AnyOf)
                    else f"{self._say('not')} ({part})"
                )
            case All(parts) | AnyOf(parts):
                return self._joined(parts, "and" if isinstance(condition, All) else "or", inside=inside)

    def _joined(self, parts: tuple[Condition, ...], word: str, *, inside: bool) -> str:
        if not parts:
            return self._say("always" if word == "and" else "never_holds")
        text = f" {self._say(word)} ".join(self.condition(each, inside=len(parts) > 1) for each in parts)
        return f"({text})" if inside and len(parts) > 1 else text

    def leaf(self, leaf: Leaf) -> str:
        """Write one comparison."""
        field, constant = self.field(leaf.field), leaf.value
        if leaf.custom is not None:
            return self._say("custom", field=field, op=leaf.op, value=self._value(leaf, constant))
        if leaf.op == "days":
            return self._say("days", field=field, value=self.wording.day_range(*constant))
        if leaf.op == "between":
            low, high = (("…" if each is None else self._value(leaf, each)) for each in constant)
            return self._say("between", field=field, low=low, high=high)
        return self._say(leaf.op, field=field, value=self._value(leaf, constant))

    def _value(self, leaf: Leaf, constant: object) -> str:
        return self.wording.value(leaf.field, forms.field_value_form(constant))

    def field(self, path: str) -> str:
        """Name a field."""
        if path in self.wording.language.fields:
            return self.wording.language.fields[path]
        entity, _, name = path.partition(".")
        declared = self.wording.snapshot.fields.get((entity, name))
        return path if declared is None or not declared.name.strip() else declared.name

    # -- hours --------------------------------------------------------------------------------------------

    def interval(self, interval: Interval) -> str:
        """Write an interval."""
        return self.wording.interval(interval)
