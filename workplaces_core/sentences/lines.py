"""A sentence with its place: what programs need to show it, and what people read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

Side = Literal["for", "against"]


@frozen
class Line:
    """One sentence. `depth` says how far to indent it, `code` which code it puts into words, if any.

    `role` and `priority` are the ids it belongs to. `side` says whether it speaks for the task being handed out, or
    against; a line that only names something has none.
    """

    depth: int
    text: str
    code: str | None = None
    role: str | None = None
    priority: str | None = None
    side: Side | None = None


def as_text(lines: Iterable[Line]) -> str:
    """Join sentences to a text, indented by two spaces a level.

    >>> print(as_text([Line(0, "Role “Sales” (r1)"), Line(1, "the role is disabled", "role_disabled")]))
    Role “Sales” (r1)
      the role is disabled
    """
    return "\n".join("  " * line.depth + line.text for line in lines)
