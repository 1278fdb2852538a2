"""Where the account is: its own host, which its owner may rename while we are connected."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from attrs import define, field

from workplaces_amocrm.client.answers import said_of
from workplaces_amocrm.client.http import Answer, Request, Transport
from workplaces_amocrm.errors import Unreachable
from workplaces_amocrm.settings import Settings
from workplaces_core.adapters.cells import Cells

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
_BETWEEN_QUESTIONS = timedelta(minutes=1)  # unknown paths look like a renamed account, and must not each cost a call
_OK = 200


@define
class Home:
    """The account's address, remembered in a cell once it is another than in the settings."""

    _settings: Settings
    _cells: Cells
    _host: str | None = field(init=False, default=None)
    _asked: datetime | None = field(init=False, default=None)

    def url(self, path: str) -> str:
        """Give the address of a path of the account."""
        parts = urlsplit(self._settings.base_url)
        path, _, query = path.partition("?")
        return urlunsplit((parts.scheme, self._known(), f"{parts.path.rstrip('/')}{path}", query, ""))

    def changed(self) -> bool:
        """Look whether anybody has found the account at another host than the one known here, and call that one."""
        known, self._host = self._known(), self._remembered()
        return self._host != known

    def ask(self, transport: Transport, api_domain: Any, refresh: str) -> None:
        """Ask the host that tokens name where the account is now, by the refresh token, and remember the answer."""
        now = self._cells.now()
        if not _is_host(api_domain) or (self._asked and now - self._asked < _BETWEEN_QUESTIONS):
            return
        self._asked = now
        url = f"{urlsplit(self._settings.base_url).scheme}://{api_domain}/oauth2/account/current/subdomain"
        try:
            answer = transport.send(Request("GET", url, {"X-Refresh-Token": refresh}))
        except Unreachable:  # then the account stays where it was, and the call it was for tells its own error
            return
        self._remember(answer)

    def _remember(self, answer: Answer) -> None:
        host = said_of(answer).get("domain") if answer.status == _OK else None
        if isinstance(host, str) and _is_host(host) and host != self._remembered():
            cell = self._cells.read(self._name)
            # When somebody else swaps in between, he writes what the same question gave him.
            self._cells.swap(self._name, host, version=cell.version if cell else 0)

    def _known(self) -> str:
        if self._host is None:
            self._host = self._remembered()
        return self._host

    def _remembered(self) -> str:
        cell = self._cells.read(self._name)
        return cell.value if cell and _is_host(cell.value) else self._settings.host

    @property
    def _name(self) -> str:
        return f"amocrm/{self._settings.account_name}/host"


def _is_host(value: Any) -> bool:
    return isinstance(value, str) and _HOST.fullmatch(value) is not None
