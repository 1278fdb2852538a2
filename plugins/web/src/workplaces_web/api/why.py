"""Why: explanations of tasks for the employee himself, for supervisors, and for any moment under any policy."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from attrs import frozen
from litestar import Router, get, post
from litestar.params import JSONBody, QueryParameter

from workplaces_core.answers import Explanation
from workplaces_core.errors import InvalidInput, UnknownTask
from workplaces_core.model import Snapshot
from workplaces_core.policy import Policy
from workplaces_core.sentences import sentences
from workplaces_core.wire import dump
from workplaces_core.wire.forms import read_instant
from workplaces_web.api.asking import AnyRequest, DeskOf, TheWeb, caller_of, desk_user
from workplaces_web.api.bodies import refuse
from workplaces_web.api.documented import raises
from workplaces_web.api.policies import find_version
from workplaces_web.policies.drafts import read_draft
from workplaces_web.policies.moments import MomentView
from workplaces_web.security.callers import DESK, READ
from workplaces_web.web import Web

Language = Literal["ru", "en"]
_MOST = 500


@frozen
class WhyLine:
    """One sentence; `depth` says how far to indent it, `side` whether it speaks for the task or against."""

    depth: int
    text: str
    code: str | None
    role: str | None
    priority: str | None
    side: Literal["for", "against"] | None


@frozen
class WhyView:
    """An explanation: its codes (`workplaces/explain/1`, stable), and the sentences made of them."""

    explanation: dict[str, Any]
    lines: tuple[WhyLine, ...]


@frozen
class MomentBody:
    """A person, a moment, and a policy: a `version`, a draft in `policy`, or, with neither, the one in use."""

    user: str
    at: str
    version: int | None = None
    policy: Any = None
    limit: int = 200


@frozen
class MomentWhyBody:
    """The same, and a task."""

    user: str
    at: str
    task: str
    version: int | None = None
    policy: Any = None
    language: Language = "ru"


TaskId = Annotated[str, QueryParameter(name="task", min_length=1, max_length=200)]
UserId = Annotated[str, QueryParameter(name="user", min_length=1, max_length=200)]
In = Annotated[Language, QueryParameter(name="language", description="The language of the sentences.")]


@get("/desk/why", sync_to_thread=True, opt={"access": DESK}, responses=raises(404, 503), tags=["desk"])
def why_mine(request: AnyRequest, web: TheWeb, task: TaskId, user: DeskOf = None, language: In = "ru") -> WhyView:
    """Say why a task is on the desk, or why not; an employee may ask of his own tasks and of those in his queue."""
    whose = desk_user(caller_of(request), user)
    if not concerns(web, whose, task):
        raise UnknownTask(f"task `{task}` is not on this desk")
    return _why(web.service.explain(whose, task), web.service.snapshot(), web.reach.policy, language)


@get("/why", sync_to_thread=True, opt={"access": READ}, responses=raises(404, 503))
def why(web: TheWeb, user: UserId, task: TaskId, language: In = "ru") -> WhyView:
    """Say why any task is in anybody's queue now, or why not."""
    return _why(web.service.explain(user, task), web.service.snapshot(), web.reach.policy, language)


@post("/timemachine", sync_to_thread=True, status_code=200, opt={"access": READ}, responses=raises(404, 503))
def moment(web: TheWeb, data: JSONBody[MomentBody]) -> MomentView:
    """Show a person's desk and whole queue, with reasons, at any moment under any policy; the data are those of now."""
    if not 0 <= data.limit <= _MOST:
        raise refuse("limit", data.limit, f"must be from 0 to {_MOST}")
    return web.moments.show(_policy_of(web, data.version, data.policy), data.user, _at(data.at), limit=data.limit)


@post("/timemachine/why", sync_to_thread=True, status_code=200, opt={"access": READ}, responses=raises(404, 503))
def moment_why(web: TheWeb, data: JSONBody[MomentWhyBody]) -> WhyView:
    """Say why a task is where it is, at any moment under any policy."""
    policy = _policy_of(web, data.version, data.policy)
    explanation, snapshot = web.moments.explain(policy, data.user, data.task, _at(data.at))
    return _why(explanation, snapshot, policy, data.language)


# -- within ----------------------------------------------------------------------------------------------------


def concerns(web: Web, user: str, task_id: str) -> bool:
    """Tell whether a task is an employee's own, in his hands, or in his queue."""
    task = web.reach.task(task_id)
    if task is None:
        return False
    if task.responsible == user:
        return True
    desk = web.reach.engine.desk(user, now=web.reach.now, queue=None)
    held = desk.current is not None and desk.current.task == task_id
    return held or any(entry.task == task_id for entry in desk.queue)


def _policy_of(web: Web, version: int | None, form: Any) -> Policy:
    if version is not None and form is not None:
        raise refuse("version", version, "stands beside a policy, give one of the two")
    if version is not None:
        return find_version(web, version).policy
    return web.reach.policy if form is None else read_draft(form, web.reach.policy.version + 1, web.rules)


def _at(text: str) -> datetime:
    try:
        return read_instant(text)
    except ValueError as error:
        raise refuse("at", text, str(error)) from None


def _why(explanation: Explanation, snapshot: Snapshot, policy: Policy, language: str) -> WhyView:
    try:
        found = sentences(explanation, snapshot, policy, language=language)
    except (KeyError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        found = ()  # the policy or the account changed between the two questions: the codes still hold
    lines = tuple(WhyLine(each.depth, each.text, each.code, each.role, each.priority, each.side) for each in found)
    return WhyView(dump(explanation), lines)


ROUTES = Router("/", route_handlers=[why_mine, why, moment, moment_why], tags=["why"])
