"""The first start: a link, printed on the console, makes the first administrator; there is no default password."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

from workplaces_core.adapters.cells import Cells
from workplaces_core.errors import NotAllowed
from workplaces_web.people import records
from workplaces_web.people.secrets import hashed, new_secret, same

_CELL = "web/setup"
LASTS = timedelta(hours=24)


@frozen
class Setup:
    """The link of the first start: until when it works, and whether it was used."""

    hash: str
    expires: datetime
    used: bool = False


def offer(cells: Cells, *, needed: bool) -> str | None:
    """Give the secret of a fresh link when there is no administrator yet, None when no link is needed.

    Another start makes another link, and the one before stops working: whoever sees the console is the owner.
    """
    if not needed:
        return None
    secret = new_secret()
    fresh = Setup(hashed(secret), cells.now() + LASTS)
    records.update(cells, _CELL, Setup, lambda _: fresh)
    return secret


def use(cells: Cells, secret: str) -> None:
    """Use the link up. Raises NotAllowed unless it is the newest, unused and not too old."""
    now = cells.now()

    def used(found: Setup | None) -> Setup:
        if found is None or found.used or found.expires <= now or not same(found.hash, hashed(secret)):
            raise NotAllowed("this link has been used, or is too old: a restart of the service prints a new one")
        return Setup(found.hash, found.expires, used=True)

    records.update(cells, _CELL, Setup, used)
