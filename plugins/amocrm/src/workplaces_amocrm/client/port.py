"""What the rest of the plugin asks of the client: calls of the API, already authorised, paced and classified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

Lane = Literal["interactive", "bulk"]
"""Which calls go first: those that an employee waits for, or those that read along in the background."""

Params = Sequence[tuple[str, str]]
"""Query parameters in order, names as amoCRM spells them: `("filter[id][]", "7")`."""


class Api(Protocol):
    """The API of one account, under its rate budget. Safe for several threads.

    Paths are relative to the account: `/api/v4/tasks`. Answers are decoded JSON, None for 204 and, after a write, for
    an empty body.
    What can be tried again was tried again; what is raised is one of `workplaces_amocrm.errors`.
    """

    def get(self, path: str, params: Params = (), *, lane: Lane = "bulk") -> Any:
        """Read."""
        ...

    def patch(self, path: str, body: Any, *, lane: Lane = "interactive", as_user: str | None = None) -> Any:
        """Change; `as_user` runs the call with the rights, and in the name, of that user."""
        ...

    def post(self, path: str, body: Any, *, lane: Lane = "interactive", as_user: str | None = None) -> Any:
        """Create."""
        ...

    def delete(self, path: str, body: Any = None, *, lane: Lane = "interactive") -> Any:
        """Remove."""
        ...
