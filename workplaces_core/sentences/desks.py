"""A desk in words: the role, the current task, the next one, and what is left today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workplaces_core.sentences.lines import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workplaces_core.answers import Desk
    from workplaces_core.policy import Policy
    from workplaces_core.sentences.wording import Wording


def desk_lines(desk: Desk, policy: Policy, account: Wording) -> Iterator[Line]:
    """Give the sentences of one desk, its times in the zone of the role it shows."""
    id_ = desk.role.id if desk.role else desk.next_role.id if desk.next_role else None
    role = next((role for role in policy.roles if role.id == id_), None)
    wording = account.of(role)
    yield Line(0, wording.phrase("desk", user=wording.user(desk.user), now=wording.now()))
    yield Line(1, _role(desk, policy, wording), role=id_)
    if desk.current is not None:
        since = wording.instant(desk.current.since)
        yield Line(1, wording.phrase("current", task=wording.task_line(desk.current.task), since=since))
    if desk.role is not None:
        yield Line(1, _next(desk, wording), role=id_)
    yield Line(1, wording.phrase("left", own=desk.remaining.own, shared=desk.remaining.shared))


def _role(desk: Desk, policy: Policy, wording: Wording) -> str:
    if desk.role is not None:
        name = wording.named(desk.role.id, desk.role)
        if desk.role.until is None:
            return wording.phrase("desk role long", role=name)
        return wording.phrase("desk role", role=name, until=wording.instant(desk.role.until))
    if desk.next_role is None:
        return wording.phrase("no role ever")
    following = next(role for role in policy.roles if role.id == desk.next_role.id)
    opens = wording.instant(desk.next_role.starts)
    return wording.phrase("no role", role=wording.named(following.id, following), opens=opens)


def _next(desk: Desk, wording: Wording) -> str:
    if desk.next is None:
        return _nothing(desk, wording)
    head, task = desk.queue[0], wording.task_line(desk.next.task)
    if head.lane == "exact":
        return wording.phrase("next exact", task=task)
    if head.shared:
        responsible = wording.user(wording.snapshot.tasks[head.task].responsible)
        return wording.phrase("next shared", task=task, responsible=responsible)
    return wording.phrase("next", task=task)


def _nothing(desk: Desk, wording: Wording) -> str:
    if not desk.remaining.own and not desk.remaining.shared:
        return wording.phrase("all done")
    if desk.role is None or desk.role.interval_until is None:
        return wording.phrase("nothing open")
    return wording.phrase("nothing now", interval_until=wording.instant(desk.role.interval_until))
