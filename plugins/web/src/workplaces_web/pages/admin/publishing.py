"""Publishing: what a draft changes and for whom, versions, their differences."""

from __future__ import annotations

import re

from attrs import frozen
from litestar import Response, get
from litestar.params import FromPath

from workplaces_core.adapters.stores import PolicyVersion
from workplaces_core.answers import Explanation, Finding
from workplaces_core.errors import InvalidInput
from workplaces_core.model import Snapshot
from workplaces_core.policy import Policy
from workplaces_core.work.preview import NextChange, Preview
from workplaces_web.api.asking import TheWeb
from workplaces_web.api.policies import find_version
from workplaces_web.live.cards import TaskCard
from workplaces_web.pages.admin.changes import Changes
from workplaces_web.pages.admin.drafts import draft_of
from workplaces_web.pages.admin.folding import Folding
from workplaces_web.pages.admin.judging import finding_remark, problem_remark
from workplaces_web.pages.explaining import Explained, in_words
from workplaces_web.pages.rendering import AnyRequest, View
from workplaces_web.security.callers import READ
from workplaces_web.web import Web

_SHOWN_CHANGES = 50
_ROLE = re.compile(r"roles\[(\d+)\]")


@frozen
class NextRow:
    """One employee whose next task becomes another."""

    user: str
    before: TaskCard | None
    after: TaskCard | None
    why: Explained | None


@get("/admin/publish", sync_to_thread=True, opt={"access": READ})
def show_drawer(request: AnyRequest, web: TheWeb) -> Response[str]:
    """Show what publishing the draft would do."""
    view, draft = View.of(request, web), draft_of(web, request.user.person)
    try:
        policy = draft.load(web)
    except InvalidInput as error:
        remarks = [problem_remark(each, view.speech) for each in error.problems]
        return view.page("admin/publish.html", draft=draft, problems=remarks)
    found, snapshot = web.service.preview(policy), web.service.snapshot()
    changes = Changes(Folding.of(snapshot, view.speech)).between(web.service.policy, policy)
    return view.page(
        "admin/publish.html", draft=draft, problems=[], changes=changes, preview=found,
        remarks=[(_role_of(each, policy), finding_remark(each, view.speech)) for each in found.findings],
        rows=_rows(web, view, found, policy, snapshot),
    )  # fmt: skip


def _role_of(found: Finding, policy: Policy) -> str | None:
    """Name the role that a finding concerns, if it concerns one."""
    place = _ROLE.match(found.path)
    return policy.roles[int(place[1])].name if place else None


def _rows(web: Web, view: View, found: Preview, policy: Policy, snapshot: Snapshot) -> list[NextRow]:
    return [_row(web, view, each, policy, snapshot, found) for each in found.changes[:_SHOWN_CHANGES]]


def _row(web: Web, view: View, each: NextChange, policy: Policy, snapshot: Snapshot, found: Preview) -> NextRow:
    where, cards = view.speech.where, web.screens.cards
    before, after = (None if task is None else cards.by_id(task, found.at, where) for task in (each.before, each.after))
    user = web.reach.user_name(each.user) or each.user
    return NextRow(user, before, after, _words(each.after_why or each.before_why, policy, snapshot, view))


def _words(why: Explanation | None, policy: Policy, snapshot: Snapshot, view: View) -> Explained | None:
    if why is None:
        return None
    try:
        return in_words(why, policy, snapshot, view.speech.tongue)
    except (KeyError, ValueError):  # the account changed between the two questions
        return None


@get("/admin/versions", sync_to_thread=True, opt={"access": READ})
def show_versions(request: AnyRequest, web: TheWeb) -> Response[str]:
    """List all versions."""
    view = View.of(request, web)
    versions = list(web.service.policies())
    published = request.query_params.get("published")
    return view.page(
        "admin/versions.html", versions=versions, in_use=web.service.policy.version, named=web.named,
        published=published if published and published.isdigit() else None,
    )  # fmt: skip


@get("/admin/versions/applied", sync_to_thread=True, opt={"access": READ})
def show_applied(request: AnyRequest, web: TheWeb) -> Response[str]:
    """Say how many processes use the newest version."""
    newest = web.service.store.policy()
    version = 0 if newest is None else newest.policy.version
    found = web.service.applied(version)
    return View.of(request, web).page("admin/applied.html", applied=found.applied, processes=found.processes)


@get("/admin/versions/compare", sync_to_thread=True, opt={"access": READ})
def redirect_compare(request: AnyRequest, web: TheWeb) -> Response[str]:
    """Show the difference of the two versions that a form chose."""
    chosen = [request.query_params.get(name, "") for name in ("before", "after")]
    before, after = (int(each) if each.isdigit() else 0 for each in chosen)
    return _compare(request, web, before, after)


@get("/admin/versions/{before:int}/{after:int}", sync_to_thread=True, opt={"access": READ})
def compare_versions(request: AnyRequest, web: TheWeb, before: FromPath[int], after: FromPath[int]) -> Response[str]:
    """Show the difference of two versions."""
    return _compare(request, web, before, after)


def _compare(request: AnyRequest, web: Web, before: int, after: int) -> Response[str]:
    view = View.of(request, web)
    old, new = _version(web, before), find_version(web, after)
    old_policy = Policy(1, ()) if old is None else old.policy
    changes = Changes(Folding.of(web.service.snapshot(), view.speech)).between(old_policy, new.policy)
    return view.page("admin/compare.html", before=before, after=after, new=new, changes=changes, named=web.named)


def _version(web: Web, version: int) -> PolicyVersion | None:
    """Find a version; before the first there was nothing."""
    return None if version == 0 else find_version(web, version)


ROUTES = [show_drawer, show_versions, show_applied, redirect_compare, compare_versions]
