"""Policies: versions, drafts, findings while typing, what publishing would change, and publishing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from attrs import field, frozen
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from workplaces_core.adapters.stores import PolicyVersion
from workplaces_core.answers import Finding
from workplaces_core.check import check
from workplaces_core.errors import PolicyError
from workplaces_core.wire import dump
from workplaces_core.work.presence import Applied
from workplaces_core.work.preview import NextChange
from workplaces_core.work.supervising import Published
from workplaces_web.api.asking import AnyRequest, TheWeb, caller_of
from workplaces_web.api.bodies import refuse
from workplaces_web.api.documented import raises
from workplaces_web.api.problems import Conflict, NotFound
from workplaces_web.live.cards import Named, TaskCard
from workplaces_web.policies.differences import Difference, differences
from workplaces_web.policies.drafts import read_draft
from workplaces_web.security.callers import PUBLISH, READ
from workplaces_web.web import Web

_LONGEST_COMMENT = 2000


@frozen
class VersionView:
    """A version that was published: by whom, when, with which words, and how many roles it has."""

    version: int
    author: Named | None
    at: datetime
    comment: str
    roles: int
    in_use: bool


@frozen
class PolicyView:
    """A version with its roles in wire form (`workplaces/policy/1`)."""

    version: int
    author: Named | None
    at: datetime
    comment: str
    policy: dict[str, Any]


@frozen
class FindingView:
    """What `check` noticed; `path` leads to the setting. Codes are stable."""

    code: str
    path: str
    severity: str
    message: str
    details: dict[str, Any]


@frozen
class DraftBody:
    """A policy in wire form; its `version` may be left out, and counts for nothing."""

    policy: Any


@frozen
class PublishBody:
    """A draft, why it is published, and the version it was made from (0: none)."""

    policy: Any
    comment: str
    based_on: int


@frozen
class AgainBody:
    """Why an old version is published again."""

    comment: str = ""


@frozen
class PublishedView:
    """What was published, and what `check` found in it."""

    version: int
    at: datetime
    findings: tuple[FindingView, ...] = ()


@frozen
class NextChangeView:
    """Somebody whose next task would be another; `why` explains both in codes, under the draft."""

    user: Named
    before: TaskCard | None
    after: TaskCard | None
    before_why: dict[str, Any] | None
    after_why: dict[str, Any] | None


@frozen
class PreviewView:
    """What publishing a draft would do now."""

    at: datetime
    findings: tuple[FindingView, ...]
    changes: tuple[NextChangeView, ...]
    unchanged: int
    uncovered: int
    uncovered_before: int


@frozen
class DifferencesView:
    """What differs between two versions."""

    before: int
    after: int
    differences: tuple[Difference, ...] = field(factory=tuple)


Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=200)]
Before = Annotated[int | None, QueryParameter(name="before", ge=1, le=2**53, description="Only older ones.")]


@get("/", sync_to_thread=True, opt={"access": READ}, responses=raises(503))
def list_policies(web: TheWeb, before: Before = None, limit: Limit = 50) -> list[VersionView]:
    """List the versions, the newest first; the last one's number goes into `before` for more."""
    older = (each for each in web.service.policies() if before is None or each.policy.version < before)
    in_use = web.service.policy.version
    return [_version(web, each, in_use) for each, _ in zip(older, range(limit), strict=False)]


@get("/current", sync_to_thread=True, opt={"access": READ}, responses=raises(404, 503))
def current_policy(web: TheWeb) -> PolicyView:
    """Give the newest version."""
    return _policy(web, _newest(web))


@get("/applied", sync_to_thread=True, opt={"access": READ}, responses=raises(503))
def applied(web: TheWeb) -> Applied:
    """Say how many processes use the newest version already."""
    return web.service.applied(_newest_version(web))


@get("/{version:int}", sync_to_thread=True, opt={"access": READ}, responses=raises(404, 503))
def one_policy(web: TheWeb, version: FromPath[int]) -> PolicyView:
    """Give one version."""
    return _policy(web, find_version(web, version))


@get("/{before:int}/differences/{after:int}", sync_to_thread=True, opt={"access": READ}, responses=raises(404, 503))
def policy_differences(web: TheWeb, before: FromPath[int], after: FromPath[int]) -> DifferencesView:
    """List what differs between two versions; roles, intervals and priorities are known by their ids."""
    forms = [dump(find_version(web, version).policy) for version in (before, after)]
    for form in forms:
        del form["version"]
    return DifferencesView(before, after, tuple(differences(*forms)))


@post("/", sync_to_thread=True, status_code=201, opt={"access": PUBLISH}, responses=raises(409, 503))
def publish(request: AnyRequest, web: TheWeb, data: JSONBody[PublishBody]) -> PublishedView:
    """Publish a draft under the next version; 409 when somebody published since `based_on`."""
    _refuse_comment(data.comment)
    newest = _newest_version(web)
    policy = read_draft(data.policy, newest + 1, web.rules)
    if data.based_on != newest:
        raise Conflict(f"version {newest} was published meanwhile, the draft was made from {data.based_on}")
    caller = caller_of(request)
    try:
        published = web.service.publish(policy, author=caller.name, comment=data.comment)
    except PolicyError:
        raise Conflict("another version was published at the same moment") from None
    web.note(caller, "policy.publish", str(published.version), comment=data.comment[:200])
    return _published(published)


@post(
    "/{version:int}/again",
    sync_to_thread=True,
    status_code=201,
    opt={"access": PUBLISH},
    responses=raises(404, 409, 503),
)
def publish_again(request: AnyRequest, web: TheWeb, version: FromPath[int], data: JSONBody[AgainBody]) -> PublishedView:
    """Use the roles of an old version again, under the next one."""
    find_version(web, version)
    if len(data.comment) > _LONGEST_COMMENT:
        _refuse_comment(data.comment)
    caller = caller_of(request)
    try:
        published = web.service.republish(version, author=caller.name, comment=data.comment)
    except PolicyError:
        raise Conflict("another version was published at the same moment") from None
    web.note(caller, "policy.publish", str(published.version), again=version)
    return _published(published)


@post("/check", sync_to_thread=True, status_code=200, opt={"access": READ}, responses=raises(503))
def check_draft(web: TheWeb, data: JSONBody[DraftBody]) -> list[FindingView]:
    """Check a draft against the account; every finding says which setting it concerns."""
    policy = read_draft(data.policy, _newest_version(web) + 1, web.rules)
    return [finding_view(each) for each in check(policy, web.service.snapshot(), now=web.reach.now)]


@post("/preview", sync_to_thread=True, status_code=200, opt={"access": READ}, responses=raises(503))
def preview_draft(web: TheWeb, data: JSONBody[DraftBody]) -> PreviewView:
    """Say whose next task a draft would change, and why; nothing is changed by asking."""
    found = web.service.preview(read_draft(data.policy, _newest_version(web) + 1, web.rules))
    return PreviewView(
        at=found.at,
        findings=tuple(finding_view(each) for each in found.findings),
        changes=tuple(_change(web, each, found.at) for each in found.changes),
        unchanged=found.unchanged,
        uncovered=found.uncovered,
        uncovered_before=found.uncovered_before,
    )


# -- within ----------------------------------------------------------------------------------------------------


def find_version(web: Web, version: int) -> PolicyVersion:
    """Find a version. Raises NotFound."""
    found = web.reach.store.policy(version) if 1 <= version < 2**63 else None
    if found is None:
        raise NotFound(f"version `{version}` was never published")
    return found


def _newest(web: Web) -> PolicyVersion:
    newest = web.reach.store.policy()
    if newest is None:
        raise NotFound("no policy was published yet")
    return newest


def _newest_version(web: Web) -> int:
    newest = web.reach.store.policy()
    return 0 if newest is None else newest.policy.version


def _version(web: Web, each: PolicyVersion, in_use: int) -> VersionView:
    policy = each.policy
    return VersionView(
        policy.version, web.named(each.author), each.at, each.comment, len(policy.roles), policy.version == in_use
    )


def _policy(web: Web, each: PolicyVersion) -> PolicyView:
    return PolicyView(each.policy.version, web.named(each.author), each.at, each.comment, dump(each.policy))


def finding_view(found: Finding) -> FindingView:
    """Write a finding."""
    return FindingView(found.code, found.path, found.severity, found.message, found.details)


def _published(published: Published) -> PublishedView:
    findings = tuple(finding_view(each) for each in published.findings)
    return PublishedView(published.version, published.published.at, findings)


def _change(web: Web, each: NextChange, at: datetime) -> NextChangeView:
    where = web.reach.account_zone
    cards = [None if task is None else web.screens.cards.by_id(task, at, where) for task in (each.before, each.after)]
    why = [None if reasons is None else dump(reasons) for reasons in (each.before_why, each.after_why)]
    return NextChangeView(web.screens.cards.named_user(each.user), cards[0], cards[1], why[0], why[1])


def _refuse_comment(comment: str) -> None:
    if not comment.strip() or len(comment) > _LONGEST_COMMENT:
        raise refuse("comment", comment, f"must be 1 to {_LONGEST_COMMENT} characters: say why")


ROUTES = Router(
    "/policies",
    route_handlers=[
        list_policies, current_policy, applied, one_policy, policy_differences, publish, publish_again, check_draft,
        preview_draft,
    ],
    tags=["policies"],
)  # fmt: skip
