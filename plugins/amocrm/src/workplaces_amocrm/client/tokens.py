"""What a call shows to be let in: a token that lasts for years, or a pair that is renewed (module `oauth`)."""

from __future__ import annotations

from typing import Any, Protocol

import jwt
from attrs import field, frozen

_UNNAMED = "long-lived"


class Tokens(Protocol):
    """Tokens of one integration in one account. Safe for several threads."""

    @property
    def integration(self) -> str:
        """Name the integration, which has a rate budget of its own."""
        ...

    def access(self) -> str:
        """Give a token for the next call. Raises ConsentNeeded, or Unreachable when a new one could not be had."""
        ...

    def renewed(self, refused: str) -> str:
        """Give a token after a call with `refused` was answered 401. Raises as `access` does."""
        ...

    def locate(self) -> None:
        """Find out where the account is now, and remember it in the cells, as far as tokens of this kind can."""
        ...

    def close(self) -> None:
        """Let go of the connections by which they are renewed."""
        ...


@frozen
class LongLived:
    """A token that an administrator copied out of the settings of a private integration.

    It cannot be renewed: refused twice in a row, it has ended, and a person has to bring another.

    >>> LongLived("secret")
    LongLived()
    """

    _token: str = field(repr=False)

    @property
    def integration(self) -> str:
        """Name the integration by what the token says, else by one name for all tokens that say nothing."""
        named = claims(self._token).get("aud")
        return named if isinstance(named, str) and named else _UNNAMED

    def access(self) -> str:
        """Give the token."""
        return self._token

    def renewed(self, refused: str) -> str:  # noqa: ARG002
        """Give the token once more, as a 401 in passing costs nobody his consent."""
        return self._token

    def locate(self) -> None:
        """Do nothing: only with a refresh token can one ask where an account went."""

    def close(self) -> None:
        """Do nothing: there is no connection."""


def claims(token: str) -> dict[str, Any]:
    """Read what an access token says of itself, unverified: amoCRM keeps the key. Empty when it is no JWT."""
    try:
        return dict(jwt.decode(token, options={"verify_signature": False}))
    except jwt.PyJWTError:
        return {}
