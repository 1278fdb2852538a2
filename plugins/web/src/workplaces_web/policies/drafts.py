"""Drafts: policies as they come from an editor, without a version of their own."""

from __future__ import annotations

from typing import Any

import attrs

from workplaces_core.errors import InvalidInput, PolicyError, Problem
from workplaces_core.policy import Policy, RuleSet
from workplaces_core.wire import load_policy
from workplaces_core.wire.refusals import as_path

FORMAT = "workplaces/policy/1"


def read_draft(form: Any, version: int, rules: RuleSet | None = None, path: str = "policy") -> Policy:
    """Read a draft under a version; its own, if it has one, counts for nothing. Raises InvalidInput with all problems.

    >>> read_draft({"roles": []}, 7).version
    7
    >>> read_draft({"rolls": []}, 7)
    Traceback (most recent call last):
    workplaces_core.errors.InvalidInput: policy.roles: is required
    policy.rolls: `[]` is not a known key, ...
    """
    if not isinstance(form, dict):
        # Never handed on: the core would read a text as the name of a file.
        raise InvalidInput([Problem(path, form, "must be an object")])
    try:
        return load_policy({"format": FORMAT} | form | {"version": version}, rules=rules)
    except PolicyError as error:
        raise InvalidInput(attrs.evolve(each, path=as_path(path, each.path)) for each in error.problems) from None
