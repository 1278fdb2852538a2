"""The time machine, and the preview beside the role editor: a person's desk and queue at any moment, with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from attrs import frozen
from litestar import Response, get

from workplaces_core.errors import InvalidInput, UnknownTask
from workplaces_core.model import Snapshot
from workplaces_core.policy import Policy
from workplaces_core.rules.zones import at_wall
from workplaces_web.api.asking import TheWeb
from workplaces_web.api.policies import find_version
from workplaces_web.pages.admin.drafts import draft_of
from workplaces_web.pages.explaining import Explained, in_words
from workplaces_web.pages.language import Speech
from workplaces_web.pages.rendering import AnyRequest, View
from workplaces_web.policies.moments import MomentView, Place
from workplaces_web.security.callers import READ
from workplaces_web.web import Web

_SHOWN = 10
_QUEUE = 500
_FOUND = 8


@get("/admin/preview", sync_to_thread=True, opt={"access": READ})
def preview(request: AnyRequest, web: TheWeb) -> Response[str]:
    """Show what a person would see under the draft."""
    view, draft = View.of(request, web), draft_of(web, request.user.person)
    try:
        policy = draft.load(web)
    except InvalidInput:
        return view.page("admin/preview.html", moment=None, reasons={})
    at = moment_of(request.query_params.get("at", ""), view.speech.where) or view.speech.now
    found = web.moments.show(policy, request.query_params.get("user", ""), at, limit=_SHOWN)
    view = at_moment(view, found)
    return view.page("admin/preview.html", moment=found, reasons=reasons(found, policy, view.speech))


@get("/admin/time-machine", sync_to_thread=True, opt={"access": READ})
def show_machine(request: AnyRequest, web: TheWeb) -> Response[str]:
    """Ask for a person, a moment and a version, and show the whole queue."""
    view, snapshot = View.of(request, web), web.service.snapshot()
    asked = request.query_params
    users = sorted((user for user in snapshot.users.values() if user.active), key=lambda user: user.name)
    user = asked.get("user") or (users[0].id if users else "")
    chosen, policy = _policy(request, web, asked.get("version", ""))
    at = moment_of(asked.get("at", ""), view.speech.where) or view.speech.now
    found = web.moments.show(policy, user, at, limit=_QUEUE)
    seen = at_moment(view, found)
    answer = _answer(web, policy, user, asked.get("task", ""), at, view.speech)
    return seen.page(
        "admin/machine.html", users=users, user=user, at=asked.get("at", ""), chosen=chosen, moment=found,
        versions=list(web.service.policies()), reasons=reasons(found, policy, seen.speech), answer=answer,
        task=asked.get("task", ""), in_use=web.service.policy.version,
    )  # fmt: skip


@frozen
class Answer:
    """What was found under the words somebody asked for: an explanation, or the tasks among which to choose."""

    explained: Explained | None
    choice: tuple[tuple[str, str], ...] = ()


def _answer(web: Web, policy: Policy, user: str, words: str, at: datetime, speech: Speech) -> Answer | None:
    if not words.strip():
        return None
    snapshot = web.service.snapshot()
    found = _tasks(snapshot, words.strip())
    if len(found) != 1:
        return Answer(None, tuple(found[:_FOUND]))
    try:
        why, judged_by = web.moments.explain(policy, user, found[0][0], at)
    except UnknownTask:
        return Answer(None)
    return Answer(in_words(why, policy, judged_by, speech.tongue))


def _tasks(snapshot: Snapshot, words: str) -> list[tuple[str, str]]:
    """Find tasks by id, else by a part of the title or the text."""
    if words in snapshot.tasks:
        return [(words, words)]
    found, folded = [], words.casefold()
    for task in snapshot.tasks.values():
        links = snapshot.links(task)
        owner = links.deal or links.contact or links.company
        text = f"{owner.name if owner else ''} · {task.text}"
        if not task.completed and folded in text.casefold():
            found.append((task.id, text))
    return found


def _policy(request: AnyRequest, web: Web, wished: str) -> tuple[str, Policy]:
    if wished == "draft":
        try:
            return "draft", draft_of(web, request.user.person).load(web)
        except InvalidInput:
            return "", web.service.policy
    if wished.isdigit():
        return wished, find_version(web, int(wished)).policy
    return "", web.service.policy


def moment_of(text: str, where: ZoneInfo) -> datetime | None:
    """Read what a field for date and time holds, as wall time in a zone; None when it is empty or none.

    >>> moment_of("2026-11-24T10:40", ZoneInfo("Europe/Moscow")).isoformat()
    '2026-11-24T07:40:00+00:00'
    """
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return None
    if wall.tzinfo is not None or not 1970 < wall.year < 2199:  # noqa: PLR2004 - what the core can tell
        return None
    return at_wall(wall.date(), wall.hour * 60 + wall.minute, where)


def at_moment(view: View, found: MomentView) -> View:
    """Speak of a moment as if it were now, in the zone of the desk."""
    return View(view.request, view.web, Speech(view.speech.tongue, found.desk.at, ZoneInfo(found.desk.zone)))


def reasons(found: MomentView, policy: Policy, speech: Speech) -> dict[str, str]:
    """Say of each task in a queue why it stands behind the one before it."""
    role = next((each for each in policy.roles if found.desk.role and each.id == found.desk.role.id), None)
    firsts = {each.id: each.first for each in role.priorities} if role else {}
    return {place.card.task: _reason(place, firsts, speech) for place in found.queue}


def _reason(place: Place, firsts: Mapping[str, str], speech: Speech) -> str:
    if place.decided_by is None:
        return speech.say("machine.head")
    part = place.decided_by.partition("[")[0]
    if part == "bucket":
        first = firsts.get(place.priority.id if place.priority else "", "overdue")
        return speech.say(f"fold.first.{first}")
    return speech.say(f"machine.decided.{part}")


ROUTES = [preview, show_machine]
