"""The running account: its rows, its clock, its tokens and its callers, behind one lock."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any

from attrs import Factory, define

from workplaces_amocrm.fake.account import FakeAccount
from workplaces_amocrm.fake.answers import Reply
from workplaces_amocrm.fake.clock import FakeClock
from workplaces_amocrm.fake.hooks import Hooks
from workplaces_amocrm.fake.journal import Journal
from workplaces_amocrm.fake.limits import Limiter
from workplaces_amocrm.fake.query import Pairs, Tree
from workplaces_amocrm.fake.settings import FakeSettings
from workplaces_amocrm.fake.shapes import Row
from workplaces_amocrm.fake.tokens import Tokens

_REMEMBERED = 8


class Refused(Exception):
    """The endpoint cannot go on; this is the answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply.status))
        self.reply = reply


@define(kw_only=True)
class World:
    """What every endpoint works on. Hold `lock` for the whole of a request."""

    account: FakeAccount
    settings: FakeSettings
    clock: FakeClock
    tokens: Tokens
    hooks: Hooks
    domain: str
    subdomain: str
    former_hosts: set[str] = Factory(set)
    journal: Journal = Factory(Journal)
    limiter: Limiter = Factory(Limiter)
    lock: Any = Factory(RLock)
    version: int = 0
    """Counts changes, so that what was found before one is not taken for what is there after it."""
    _found: OrderedDict[Hashable, tuple[int, list[Row]]] = Factory(OrderedDict)

    def find(self, key: Hashable, search: Callable[[], list[Row]], *, again: bool) -> list[Row]:
        """Search, or give what the same search found when nothing changed since; the first page searches `again`."""
        known = self._found.get(key)
        if not again and known and known[0] == self.version:
            return known[1]
        rows = search()
        self._found[key] = (self.version, rows)
        self._found.move_to_end(key)
        while len(self._found) > _REMEMBERED:
            self._found.popitem(last=False)
        return rows


@define(kw_only=True)
class Call:
    """One authorised request."""

    world: World
    base: str
    """Scheme and host that the caller used; every link in the answer begins with it."""
    method: str
    path: str
    params: Pairs
    query: Tree
    body: Any
    user: Row
    client: str
    since: str | None = None
    """The header If-Modified-Since."""

    @property
    def settings(self) -> FakeSettings:
        """The switches."""
        return self.world.settings

    @property
    def account(self) -> FakeAccount:
        """The account's rows."""
        return self.world.account

    @property
    def user_id(self) -> int:
        """Who calls."""
        key: int = self.user["id"]
        return key

    def blame(self, rule: str, detail: str) -> None:
        """Log a violation."""
        self.world.journal.blame(rule, detail)

    def link(self, path: str) -> Row:
        """A `_links` object that leads to a path of the API."""
        return {"self": {"href": f"{self.base}/api/v4/{path}"}}
