"""Options that several commands share, and what is read from them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.wire import forms, load_policy, load_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from workplaces_core.model import Snapshot
    from workplaces_core.policy import Policy

T = TypeVar("T")


class Wire(click.ParamType):  # type: ignore[type-arg]  # only newer versions of click would take one
    """A value in wire form, read by one of the readers of `wire.forms`."""

    def __init__(self, name: str, read: Callable[[Any], Any]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it, or refuse it as wrong usage."""
        if not isinstance(value, str):
            return value  # a default
        try:
            return self._read(value)
        except ValueError as error:
            self.fail(str(Problem("", value, str(error))), param, ctx)


INSTANT = Wire("instant", forms.read_instant)
ID = Wire("id", forms.read_id)

policy_option = click.option(
    "--policy", "policy_path", required=True, type=click.Path(path_type=Path), help="The policy, a JSON file."
)
user_option = click.option("--user", required=True, type=ID, help="The id of the employee.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print canonical JSON.")
language_option = click.option(
    "--lang",
    "language",
    type=click.Choice(["en", "ru"]),
    default="en",
    envvar="WORKPLACES_LANG",
    show_default=True,
    help="The language of the output; the default may be set in WORKPLACES_LANG.",
)
at_option = click.option("--at", type=INSTANT, help="The moment, such as 2026-11-24T10:40+03:00.  [default: now]")


def snapshot_option(*, required: bool = True) -> Callable[[Any], Any]:
    """Give the option that names a snapshot."""
    return click.option(
        "--snapshot", "snapshot_path", required=required, type=click.Path(path_type=Path), help="The data, a JSON file."
    )


class Files(NamedTuple):
    """A policy with the data it decides over."""

    policy: Policy
    snapshot: Snapshot


def read_files(policy_path: Path, snapshot_path: Path) -> Files:
    """Read both, with the rules of plugins; when they cannot be used, the problems of both are raised together."""
    problems: list[Problem] = []
    policy = _collected(problems, lambda: read_policy(policy_path))
    snapshot = _collected(problems, lambda: read_snapshot(snapshot_path))
    if problems:
        raise InvalidInput(problems)
    return Files(policy, snapshot)


def _collected(problems: list[Problem], read: Callable[[], Any]) -> Any:
    try:
        return read()
    except InvalidInput as error:
        problems += error.problems
        return None


def read_policy(path: Path) -> Policy:
    """Read a policy with the condition ops and order keys of plugins. Raises InvalidInput, PluginError."""
    from workplaces_core.cli.installed import load

    rules = load().rules
    return _placed(path, lambda: load_policy(path, rules=rules))


def read_snapshot(path: Path) -> Snapshot:
    """Read a snapshot. Raises InvalidInput."""
    return _placed(path, lambda: load_snapshot(path))


def _placed(path: Path, read: Callable[[], T]) -> T:
    """Read a file, and put its name before the path of every problem."""
    try:
        return read()
    except InvalidInput as error:
        raise InvalidInput([_in_file(path, problem) for problem in error.problems]) from None


def _in_file(path: Path, problem: Problem) -> Problem:
    if not problem.path:
        # A file that cannot be read: its name is the value already.
        return Problem(str(path), None if problem.value == str(path) else problem.value, problem.message)
    return Problem(f"{path}: {problem.path}", problem.value, problem.message)


def moment(at: datetime | None) -> datetime:
    """Give the moment that was asked for, or now."""
    from datetime import UTC, datetime

    return datetime.now(UTC) if at is None else at
