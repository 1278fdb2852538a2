"""How readers say no: problems collected with their paths, so that all of an input are reported at once."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from workplaces_core.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


class Refused(Exception):
    """An input is refused for these problems; paths begin where the reader stood."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems."""
        self.problems = list(problems)
        super().__init__(self.problems)


def reject_unless(holds: object, value: Any, message: str, path: str = "") -> bool:
    """Give True, or raise Refused for one value."""
    if not holds:
        raise Refused([Problem(path, value, message)])
    return True


def key_step(name: object) -> str:
    """Write a key as a step of a path; awkward ones in brackets.

    >>> key_step("price"), key_step("a key")
    ('price', '["a key"]')
    """
    text = str(name)
    if _PLAIN.fullmatch(text):
        return text
    return f"[{json.dumps(text, ensure_ascii=False)}]".encode(errors="backslashreplace").decode()


def as_path(*steps: str) -> str:
    """Join steps; those in brackets stand without a dot.

    >>> as_path("roles", "[0]", "", "id")
    'roles[0].id'
    """
    path = ""
    for step in steps:
        path += f".{step}" if path and step and not step.startswith("[") else step
    return path


def at(step: str, read: Callable[[Any], T], value: Any) -> T:
    """Read a value with a reader that raises ValueError, and put the refusal at a step."""
    try:
        return read(value)
    except ValueError as error:
        raise Refused([Problem(step, value, str(error))]) from None


def gather(problems: list[Problem], read: Callable[[], T], step: str = "") -> Any:
    """Give what a reader reads; on a refusal add its problems, put below a step, and give None."""
    try:
        return read()
    except Refused as refused:
        problems += [attrs.evolve(problem, path=as_path(step, problem.path)) for problem in refused.problems]
        return None
