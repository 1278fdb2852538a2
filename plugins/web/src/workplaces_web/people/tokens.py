"""Tokens for programs: `wpt_ID_SECRET`, of which only the hash of the secret is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import attrs
from attrs import frozen

from workplaces_core.adapters.cells import Cells
from workplaces_web.people import records
from workplaces_web.people.model import ApiToken, Scope
from workplaces_web.people.secrets import hashed, new_id, new_secret, same

PREFIX = "wpt"


@frozen
class TokenList:
    """The ids of all tokens."""

    ids: tuple[str, ...] = ()


class Tokens:
    """The tokens of all owners; blocking, safe for several threads and processes."""

    def __init__(self, cells: Cells) -> None:
        """Keep tokens in cells."""
        self._cells = cells

    def create(
        self, owner: str, name: str, scopes: Sequence[Scope], expires: datetime | None = None
    ) -> tuple[ApiToken, str]:
        """Make a token, and give it with the text that is shown only now."""
        secret = new_secret()
        token = ApiToken(new_id("t"), name, owner, tuple(scopes), self._cells.now(), expires, hash=hashed(secret))
        records.update(self._cells, _cell(token.id), ApiToken, lambda _: token)
        records.update(
            self._cells, "web/tokens", TokenList, lambda found: TokenList((*(found.ids if found else ()), token.id))
        )
        return token, f"{PREFIX}_{token.id}_{secret}"

    def all(self) -> Iterator[ApiToken]:
        """List all tokens, revoked ones too."""
        for token_id in (records.read(self._cells, "web/tokens", TokenList) or TokenList()).ids:
            token = self.token(token_id)
            if token is not None:
                yield token

    def token(self, token_id: str) -> ApiToken | None:
        """Find a token by its id."""
        return records.read(self._cells, _cell(token_id), ApiToken)

    def revoke(self, token_id: str) -> ApiToken:
        """Let a token work no more. Raises LookupError when there is none."""
        now = self._cells.now()

        def revoked(token: ApiToken | None) -> ApiToken:
            if token is None:
                raise LookupError(f"token `{token_id}` is not known")
            return token if token.revoked else attrs.evolve(token, revoked=now)

        return records.update(self._cells, _cell(token_id), ApiToken, revoked)

    def check(self, text: str) -> ApiToken | None:
        """Give the token that a text is, None when it is none, revoked, or too old."""
        prefix, _, rest = text.partition("_")
        token_id, _, secret = rest.partition("_")
        if prefix != PREFIX or not token_id.isalnum() or not secret:
            return None
        token = self.token(token_id)
        if token is None or not same(token.hash, hashed(secret)) or token.revoked:
            return None
        return token if token.expires is None or token.expires > self._cells.now() else None


def _cell(token_id: str) -> str:
    return f"web/token/{token_id}"
