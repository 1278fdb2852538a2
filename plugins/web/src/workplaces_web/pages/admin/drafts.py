"""A supervisor's draft: the policy he works on until he publishes it, kept in the store: a reload loses nothing."""

from __future__ import annotations

import json
from typing import Any

from attrs import evolve, frozen

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.policy import Policy
from workplaces_core.wire import dump
from workplaces_web.people import records
from workplaces_web.people.model import Person
from workplaces_web.policies.drafts import read_draft
from workplaces_web.web import Web


@frozen
class Kept:
    """What the store keeps: the policy as JSON text, the version it was made from."""

    policy: str
    based_on: int


@frozen
class Draft:
    """A policy in wire form without its version, which need not load yet; `newest` was published last (0: none)."""

    form: dict[str, Any]
    based_on: int
    newest: int
    published: dict[str, Any]

    @property
    def is_changed(self) -> bool:
        """Whether it differs from what is in use."""
        return self.form != self.published

    @property
    def is_behind(self) -> bool:
        """Whether somebody published since it was begun."""
        return self.is_changed and self.based_on != self.newest

    @property
    def roles(self) -> list[dict[str, Any]]:
        """The roles, in order."""
        found: list[dict[str, Any]] = self.form["roles"]
        return found

    def role(self, role_id: str) -> dict[str, Any] | None:
        """Find a role."""
        return next((each for each in self.roles if each.get("id") == role_id), None)

    def published_role(self, role_id: str) -> dict[str, Any] | None:
        """Find a role as it is in use."""
        return next((each for each in self.published["roles"] if each["id"] == role_id), None)

    def with_role(self, role_id: str, form: dict[str, Any]) -> Draft:
        """Put a role in place of the one with its id, or after all others."""
        if self.role(role_id) is None:
            return self.with_roles([*self.roles, form])
        return self.with_roles([form if each.get("id") == role_id else each for each in self.roles])

    def with_roles(self, roles: list[dict[str, Any]]) -> Draft:
        """Have these roles."""
        return evolve(self, form=self.form | {"roles": roles})

    def load(self, web: Web) -> Policy:
        """Read it. Raises InvalidInput with all problems, paths from the policy on."""
        try:
            return read_draft(self.form, self.newest + 1, web.rules)
        except InvalidInput as error:
            raise InvalidInput(
                Problem(each.path.removeprefix("policy").removeprefix("."), each.value, each.message)
                for each in error.problems
            ) from None


def draft_of(web: Web, person: Person) -> Draft:
    """Give somebody's draft: what he changed, else what is in use."""
    newest = web.service.store.policy()
    version = 0 if newest is None else newest.policy.version
    published: dict[str, Any] = {"days_off": [], "roles": []} if newest is None else dump(newest.policy)
    published.pop("version", None)
    published.pop("format", None)
    kept = records.read(web.service.store.cells, _cell(person), Kept)
    if kept is None or not kept.policy:
        return Draft(published, version, version, published)
    form = json.loads(kept.policy)
    if form == published:
        return Draft(published, version, version, published)
    return Draft(form, kept.based_on, version, published)


def keep(web: Web, person: Person, draft: Draft) -> None:
    """Keep somebody's draft."""
    kept = Kept(json.dumps(draft.form, ensure_ascii=False, separators=(",", ":")), draft.based_on)
    records.update(web.service.store.cells, _cell(person), Kept, lambda _: kept)


def discard(web: Web, person: Person) -> None:
    """Go back to what is in use."""
    records.update(web.service.store.cells, _cell(person), Kept, lambda _: Kept("", 0))


def _cell(person: Person) -> str:
    return f"web/draft/{person.id}"
