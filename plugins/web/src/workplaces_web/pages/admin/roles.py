"""Roles: the list, the editor, and everything that changes a draft."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from attrs import frozen
from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody
from litestar.serialization import encode_json

from workplaces_core.model import Snapshot
from workplaces_core.policy import Policy
from workplaces_web.api.asking import TheWeb
from workplaces_web.api.bodies import refuse
from workplaces_web.api.problems import NotFound
from workplaces_web.pages.admin.drafts import Draft, discard, draft_of, keep
from workplaces_web.pages.admin.examples import example_role
from workplaces_web.pages.admin.folding import Folding
from workplaces_web.pages.admin.judging import Judged, Remark, judged, matching
from workplaces_web.pages.admin.listing import rows
from workplaces_web.pages.admin.shapes import refuse_shapeless
from workplaces_web.pages.rendering import AnyRequest, View
from workplaces_web.policies.drafts import FORMAT
from workplaces_web.policies.pickers import pickers
from workplaces_web.security.callers import PUBLISH, READ

_LONGEST_ID = 200


@frozen
class RoleBody:
    """A role in wire form."""

    role: Any


@frozen
class NewRole:
    """Whether a new role begins as the example."""

    example: bool = False


@frozen
class OrderBody:
    """The ids of all roles, in their order."""

    ids: tuple[str, ...]


@frozen
class SwitchBody:
    """Whether a role is switched on."""

    enabled: bool


@frozen
class PolicyBody:
    """A whole policy in wire form."""

    policy: Any


@frozen
class DaysBody:
    """The days off of all roles."""

    days_off: tuple[str, ...]


@frozen
class Saved:
    """What there is to say about a role after a change."""

    remarks: tuple[Remark, ...]
    sentences: dict[str, str]
    matches: dict[str, dict[str, int]]
    changed: bool


@frozen
class Made:
    """Where the page of what was made is."""

    id: str
    url: str


# -- pages -----------------------------------------------------------------------------------------------------


@get("/admin/roles", sync_to_thread=True, opt={"access": READ})
def show_roles(request: AnyRequest, web: TheWeb) -> Response[str]:
    """List the roles of the draft."""
    view, draft, snapshot = View.of(request, web), draft_of(web, request.user.person), web.service.snapshot()
    found = judged(web, draft, view.speech, snapshot)
    return view.page("admin/roles.html", draft=draft, found=found, rows=rows(web, found, view.speech, snapshot))


@get("/admin/roles/{role_id:str}", sync_to_thread=True, opt={"access": READ})
def edit_role(request: AnyRequest, web: TheWeb, role_id: FromPath[str]) -> Response[str]:
    """Edit a role of the draft."""
    view, draft, snapshot = View.of(request, web), draft_of(web, request.user.person), web.service.snapshot()
    role = draft.role(role_id) or _missing(role_id)
    choices = json.loads(encode_json(pickers(snapshot, web.rules)))
    found = judged(web, draft, view.speech, snapshot)
    answer = json.loads(encode_json(_saved(found, role_id, view, snapshot)))
    members = role.get("members") or {}
    people = sorted(
        (user for user in snapshot.users.values() if user.active),
        key=lambda user: (not _belongs(user.id, user.groups, members), user.name),
    )
    return view.page(
        "admin/role.html", draft=draft, role=_whole(role), directory=choices, answer=answer, people=people,
        account_zone=snapshot.account.timezone, zones=_zones(role, snapshot),
    )  # fmt: skip


def _belongs(user: str, groups: tuple[str, ...], members: dict[str, Any]) -> bool:
    return user in members.get("users", ()) or any(group in members.get("groups", ()) for group in groups)


def _zones(role: dict[str, Any], snapshot: Snapshot) -> list[str]:
    common = [
        "Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk",
        "Asia/Krasnoyarsk", "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka",
        "Europe/Minsk", "Asia/Almaty", "Asia/Tashkent", "Asia/Tbilisi", "Asia/Yerevan", "Asia/Baku", "Europe/London",
        "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "UTC",
    ]  # fmt: skip
    return sorted(
        {*common, snapshot.account.timezone, *([role["timezone"]] if isinstance(role.get("timezone"), str) else [])}
    )


def _whole(role: dict[str, Any]) -> dict[str, Any]:
    """Give a role with every setting there, as the editor expects it."""
    priorities = [_PRIORITY | each for each in role.get("priorities", [])]
    members = {"users": [], "groups": []} | (role.get("members") or {})
    return _ROLE | role | {"priorities": priorities, "members": members}


_ROLE: dict[str, Any] = {
    "name": "", "enabled": True, "timezone": None, "members": {"users": [], "groups": []}, "days_off": [],
    "intervals": [], "exact_time": None, "priorities": [],
}  # fmt: skip
_PRIORITY: dict[str, Any] = {
    "name": "", "intervals": None, "task_types": [], "where": None, "first": "overdue", "order": [],
    "common_queue": None,
}  # fmt: skip


# -- changes ---------------------------------------------------------------------------------------------------


@get("/admin/draft", sync_to_thread=True, opt={"access": READ})
def export_draft(request: AnyRequest, web: TheWeb) -> Response[bytes]:
    """Give the draft as a file."""
    draft = draft_of(web, request.user.person)
    form = {"format": FORMAT, "version": max(draft.based_on, 1), **draft.form}
    text = json.dumps(form, ensure_ascii=False, indent=2) + "\n"
    headers = {"Content-Disposition": f'attachment; filename="policy-{draft.based_on}.json"'}
    return Response(text.encode(), media_type="application/json", headers=headers)


@put("/admin/draft", sync_to_thread=True, opt={"access": PUBLISH})
def import_draft(request: AnyRequest, web: TheWeb, data: JSONBody[PolicyBody]) -> Made:
    """Take a whole policy as the draft. Raises InvalidInput with everything that is wrong with it."""
    draft = draft_of(web, request.user.person)
    if not isinstance(data.policy, dict):
        raise refuse("policy", data.policy, "must be an object")
    form = {key: value for key, value in data.policy.items() if key not in {"version", "format"}}
    taken = Draft({"days_off": [], "roles": []} | form, draft.newest, draft.newest, draft.published)
    taken.load(web)
    keep(web, request.user.person, taken)
    return Made("", "/admin/roles")


@delete("/admin/draft", sync_to_thread=True, status_code=200, opt={"access": PUBLISH})
def discard_draft(request: AnyRequest, web: TheWeb) -> Made:
    """Go back to what is in use."""
    discard(web, request.user.person)
    return Made("", "/admin/roles")


@post("/admin/draft/rebase", sync_to_thread=True, status_code=200, opt={"access": PUBLISH})
def rebase_draft(request: AnyRequest, web: TheWeb) -> Made:
    """Say that the draft counts, though another version was published meanwhile."""
    draft = draft_of(web, request.user.person)
    keep(web, request.user.person, Draft(draft.form, draft.newest, draft.newest, draft.published))
    return Made("", "/admin/roles")


@post("/admin/draft/roles", sync_to_thread=True, status_code=201, opt={"access": PUBLISH})
def add_role(request: AnyRequest, web: TheWeb, data: JSONBody[NewRole]) -> Made:
    """Add a role to the draft: switched on, with nobody in it yet; empty, or the example."""
    view, draft = View.of(request, web), draft_of(web, request.user.person)
    taken = {str(each.get("id")) for each in draft.roles}
    name = next(f"role-{number}" for number in range(1, len(taken) + 2) if f"role-{number}" not in taken)
    form = _ROLE | {"id": name, "name": view.speech.say("roles.new_name")}
    if data.example:
        form = example_role(name, view.speech.tongue, web.service.snapshot())
    keep(web, request.user.person, draft.with_role(name, form))
    return Made(name, f"/admin/roles/{name}")


@put("/admin/draft/roles/{role_id:str}", sync_to_thread=True, opt={"access": PUBLISH})
def save_role(request: AnyRequest, web: TheWeb, role_id: FromPath[str], data: JSONBody[RoleBody]) -> Saved:
    """Keep a role in the draft, however unfinished, and say what there is to say about it."""
    view, draft = View.of(request, web), draft_of(web, request.user.person)
    refuse_shapeless(data.role, role_id)
    _ = draft.role(role_id) or _missing(role_id)
    saved = draft.with_role(role_id, data.role)
    keep(web, request.user.person, saved)
    snapshot = web.service.snapshot()
    return _saved(judged(web, saved, view.speech, snapshot), role_id, view, snapshot)


@put("/admin/draft/roles/{role_id:str}/enabled", sync_to_thread=True, opt={"access": PUBLISH})
def switch_role(request: AnyRequest, web: TheWeb, role_id: FromPath[str], data: JSONBody[SwitchBody]) -> Made:
    """Switch a role of the draft on or off."""
    draft = draft_of(web, request.user.person)
    role = draft.role(role_id) or _missing(role_id)
    keep(web, request.user.person, draft.with_role(role_id, role | {"enabled": data.enabled}))
    return Made(role_id, "/admin/roles")


@delete("/admin/draft/roles/{role_id:str}", sync_to_thread=True, status_code=200, opt={"access": PUBLISH})
def remove_role(request: AnyRequest, web: TheWeb, role_id: FromPath[str]) -> Made:
    """Take a role out of the draft."""
    draft = draft_of(web, request.user.person)
    keep(web, request.user.person, draft.with_roles([each for each in draft.roles if each.get("id") != role_id]))
    return Made(role_id, "/admin/roles")


@put("/admin/draft/order", sync_to_thread=True, opt={"access": PUBLISH})
def order_roles(request: AnyRequest, web: TheWeb, data: JSONBody[OrderBody]) -> Made:
    """Put the roles of the draft in another order."""
    draft = draft_of(web, request.user.person)
    known = {str(each.get("id")): each for each in draft.roles}
    if sorted(known) != sorted(data.ids):
        raise refuse("ids", list(data.ids), "must be the ids of all roles, each once")
    keep(web, request.user.person, draft.with_roles([known[each] for each in data.ids]))
    return Made("", "/admin/roles")


@put("/admin/draft/days-off", sync_to_thread=True, opt={"access": PUBLISH})
def set_days_off(request: AnyRequest, web: TheWeb, data: JSONBody[DaysBody]) -> Made:
    """Set the days off of all roles."""
    draft = draft_of(web, request.user.person)
    changed = Draft(draft.form | {"days_off": list(data.days_off)}, draft.based_on, draft.newest, draft.published)
    changed.load(web)
    keep(web, request.user.person, changed)
    return Made("", "/admin/roles")


# -- within ----------------------------------------------------------------------------------------------------


def _missing(role_id: str) -> NoReturn:
    raise NotFound(f"role `{role_id[:_LONGEST_ID]}` is not in the draft")


def _saved(found: Judged, role_id: str, view: View, snapshot: Snapshot) -> Saved:
    number = [each.get("id") for each in found.draft.roles].index(role_id)
    remarks, sentences, matches = tuple(found.of_role(number)), dict[str, str](), dict[str, dict[str, int]]()
    if found.policy is not None:
        sentences, matches = _told(found.policy, number, view, snapshot)
    return Saved(remarks, sentences, matches, found.draft.is_changed)


def _told(
    policy: Policy, number: int, view: View, snapshot: Snapshot
) -> tuple[dict[str, str], dict[str, dict[str, int]]]:
    """Fold the priorities of a role, and count what they admit."""
    role, folding = policy.roles[number], Folding.of(snapshot, view.speech)
    sentences = {each.id: folding.priority(each) for each in role.priorities}
    counted = {each.id: matching(role, each, snapshot, view.speech) for each in role.priorities}
    return sentences, {name: {"tasks": each.tasks, "deals": each.deals} for name, each in counted.items()}


ROUTES = [
    show_roles, edit_role, export_draft, import_draft, discard_draft, rebase_draft, add_role, save_role, switch_role,
    remove_role, order_roles, set_days_off,
]  # fmt: skip
