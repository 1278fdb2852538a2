"""What differs between two policies, in sentences: what a supervisor reads before publishing, and between versions."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from workplaces_core.policy import Interval, Members, Policy, Priority, Role
from workplaces_web.pages.admin.folding import Folding
from workplaces_web.pages.words import say


@frozen
class RoleChanges:
    """What changes of one role; `name` is None for the policy as a whole."""

    name: str | None
    lines: tuple[str, ...]


@frozen
class Changes:
    """Compares policies in the words of one account and language."""

    folding: Folding

    def between(self, before: Policy, after: Policy) -> list[RoleChanges]:
        """List what differs, the policy as a whole first, then role by role in the newer order."""
        old, new = ({role.id: role for role in policy.roles} for policy in (before, after))
        found = [RoleChanges(None, tuple(self._whole(before, after)))]
        for name, role in new.items():
            if name in old:
                found.append(RoleChanges(role.name, tuple(self._role(old[name], role))))
            else:
                found.append(RoleChanges(role.name, tuple(self._role(Role(name, role.name), role))))
        return [each for each in found if each.lines]

    def _say(self, key: str, /, **words: object) -> str:
        return say(self.folding.speech.tongue, f"change.{key}", **words)

    def _whole(self, before: Policy, after: Policy) -> Iterator[str]:
        old, new = ({role.id: role.name for role in policy.roles} for policy in (before, after))
        yield from (self._say("role_added", name=new[name]) for name in new if name not in old)
        yield from (self._say("role_removed", name=old[name]) for name in old if name not in new)
        if [each for each in old if each in new] != [each for each in new if each in old]:
            yield self._say("roles_moved", after=", ".join(new.values()))
        if before.days_off != after.days_off:
            yield self._say("days_off", after=self._days(after.days_off))

    def _role(self, old: Role, new: Role) -> Iterator[str]:
        if old.name != new.name:
            yield self._say("name", before=old.name, after=new.name)
        if old.enabled != new.enabled:
            yield self._say("enabled" if new.enabled else "disabled")
        yield from self._people(old.members, new.members)
        if old.timezone != new.timezone:
            yield self._say("timezone", after=new.timezone or "—")
        if old.days_off != new.days_off:
            yield self._say("role_days_off", after=self._days(new.days_off))
        yield from self._intervals(old.intervals, new.intervals)
        if old.exact_time != new.exact_time:
            minutes = new.exact_time and new.exact_time.lead_minutes
            yield self._say("exact_off") if new.exact_time is None else self._say("exact_on", minutes=minutes)
        yield from self._priorities(old.priorities, new.priorities)

    def _people(self, old: Members, new: Members) -> Iterator[str]:
        for key, one, other in (("joins", new, old), ("leaves", old, new)):
            users, groups = set(one.users) - set(other.users), set(one.groups) - set(other.groups)
            if users or groups:
                yield self._say(key, names=self.folding.people(Members(users, groups)))

    def _intervals(self, old: tuple[Interval, ...], new: tuple[Interval, ...]) -> Iterator[str]:
        before, after = {each.id: each for each in old}, {each.id: each for each in new}
        for name, each in after.items():
            text = self.folding.interval(each)
            if name not in before:
                yield self._say("interval_added", after=text)
            elif before[name] != each:
                yield self._say("interval", before=self.folding.interval(before[name]), after=text)
        yield from (
            self._say("interval_removed", before=self.folding.interval(before[name]))
            for name in before
            if name not in after
        )

    def _priorities(self, old: tuple[Priority, ...], new: tuple[Priority, ...]) -> Iterator[str]:
        before, after = {each.id: each for each in old}, {each.id: each for each in new}
        for name, each in after.items():
            text = self.folding.priority(each)
            if name not in before:
                yield self._say("priority_added", name=each.name, after=text)
            elif before[name] != each:
                yield from self._priority(before[name], each)
        yield from (self._say("priority_removed", name=before[name].name) for name in before if name not in after)
        if [each for each in before if each in after] != [each for each in after if each in before]:
            yield self._say("priorities_moved", after=", ".join(each.name for each in new))

    def _priority(self, old: Priority, new: Priority) -> Iterator[str]:
        texts = self.folding.priority(old), self.folding.priority(new)
        if old.name != new.name:
            yield self._say("name", before=old.name, after=new.name)
        if texts[0] != texts[1]:
            yield self._say("priority", name=new.name, before=texts[0], after=texts[1])

    def _days(self, days: tuple[object, ...]) -> str:
        return ", ".join(self.folding.speech.short_day(day) for day in days) or "—"  # type: ignore[arg-type]
