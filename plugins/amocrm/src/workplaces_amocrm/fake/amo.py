"""The local amoCRM as tests and tools hold it: start it, look at it, change it as a colleague would, break it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Thread
from types import TracebackType
from typing import Any, Literal, Self

import httpx

from workplaces_amocrm.fake import changing, oauth
from workplaces_amocrm.fake.accepting import FIELDS, accept
from workplaces_amocrm.fake.account import FakeAccount, Place, plural
from workplaces_amocrm.fake.clock import FakeClock
from workplaces_amocrm.fake.faults import Faults
from workplaces_amocrm.fake.hooks import NO_TLS, Hooks
from workplaces_amocrm.fake.journal import Record, Violation
from workplaces_amocrm.fake.server import Server
from workplaces_amocrm.fake.settings import FakeSettings
from workplaces_amocrm.fake.shapes import Row
from workplaces_amocrm.fake.tokens import Integration, Tokens
from workplaces_amocrm.fake.world import World

CLIENT_ID = "00000000-0000-4000-8000-00000000000a"
CLIENT_SECRET = "local-secret-of-the-first-integration-of-the-fake"  # noqa: S105  opens nothing but this server
FIVE_YEARS = 5 * 365 * 86400


class FakeAmo:
    """A running local amoCRM. Everything may be read and changed from any thread while it runs.

    >>> with FakeAmo.start(FakeAccount.empty()) as fake:
    ...     task = fake.create("tasks", {"text": "Позвонить", "complete_till": 1_700_000_000})
    ...     fake.edit("tasks", task["id"], {"text": "Перезвонить"})["text"]
    'Перезвонить'
    """

    def __init__(self, world: World, server: Server, token: str) -> None:
        self._world, self._server = world, server
        self.token = token
        """A long-lived token of the first administrator."""
        self.faults: Faults = server.faults
        """What is to go wrong."""
        self._thread = Thread(target=server.serve_forever, args=(0.02,), name="fake amoCRM", daemon=True)

    @classmethod
    def start(
        cls,
        account: FakeAccount,
        *,
        settings: FakeSettings | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: FakeClock | None = None,
    ) -> FakeAmo:
        """Serve an account; `port` 0 takes a free one, and the clock starts at `account.now` unless one is given."""
        settings = settings or FakeSettings()
        server = Server(host, port)
        world = World(
            account=account,
            settings=settings,
            clock=clock or FakeClock(account.now),
            tokens=Tokens(account.id),
            hooks=Hooks(),
            domain=settings.domain or f"{host}:{server.server_port}",
            subdomain=account.subdomain,
        )
        world.tokens.integrations[CLIENT_ID] = Integration(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
        server.world = world
        server.faults = Faults(lambda: world.journal.current)
        token = world.tokens.give_access(CLIENT_ID, account.admin, world.clock.exact(), FIVE_YEARS, world.domain)
        fake = cls(world, server, token)
        world.hooks.start(world)
        fake._thread.start()
        return fake

    def stop(self) -> None:
        """Stop: end every connection, also those that hang on purpose."""
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._world.hooks.stop()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # what it is

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_port)

    @property
    def url(self) -> str:
        """What a client takes for the address of the account."""
        return f"http://{self._server.server_name}:{self.port}"

    @property
    def account(self) -> FakeAccount:
        """The rows that it serves."""
        return self._world.account

    @property
    def clock(self) -> FakeClock:
        """What everything in it goes by."""
        return self._world.clock

    @property
    def hooks(self) -> Hooks:
        """What was delivered to whom; `settle()` waits until everything due was tried."""
        return self._world.hooks

    @property
    def settings(self) -> FakeSettings:
        """The switches; assign others to change them while it runs."""
        return self._world.settings

    @settings.setter
    def settings(self, settings: FakeSettings) -> None:
        with self._world.lock:
            self._world.settings = settings
            self._world.version += 1

    # what its callers did

    @property
    def requests(self) -> list[Record]:
        """Every request so far, oldest first."""
        with self._world.lock:
            return list(self._world.journal.requests)

    def writes(self, path: str = "/api/", *, applied: bool | None = None) -> list[Record]:
        """Requests that were to change something under a path; `applied` leaves those that did, or that did not."""
        return [
            record
            for record in self.requests
            if record.method != "GET" and record.path.startswith(path) and applied in {None, record.applied}
        ]

    @property
    def violations(self) -> list[Violation]:
        """Every rule that a request broke, oldest first."""
        with self._world.lock:
            return list(self._world.journal.violations)

    def reset_block(self) -> None:
        """Lift the block after too many requests, as amoCRM's support would."""
        with self._world.lock:
            self._world.limiter.reset()

    def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str
    ) -> httpx.Response:
        """Send one request, by default in the name of the administrator; a path without `/` is one of the API.

        Headers are named as keywords: `X_Context_User_ID="7"`.
        """
        address = f"{self.url}{path}" if path.startswith("/") else f"{self.url}/api/v4/{path}"
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Authorization": f"Bearer {self.token if token is None else token}", **given}
        return httpx.request(method, address, json=body, headers=sent, timeout=10, verify=NO_TLS, trust_env=False)

    # what people do in the CRM

    def create(self, entity: str, columns: Mapping[str, Any], *, by: int | None = None) -> Row:
        """Add an entity as a colleague does; columns as in a request, or as in a row."""
        with self._world.lock:
            entity = plural(entity)
            return changing.create(self._world, entity, self._columns(entity, None, columns), by=self._by(by))

    def edit(self, entity: str, id: int, columns: Mapping[str, Any], *, by: int | None = None) -> Row:  # noqa: A002
        """Change an entity as a colleague does, with the events and webhooks that this brings."""
        with self._world.lock:
            entity = plural(entity)
            row = self._world.account.table(entity)[id]
            changing.edit(self._world, entity, row, self._columns(entity, row, columns), by=self._by(by))
            return row

    def remove(self, entity: str, id: int, *, by: int | None = None) -> None:  # noqa: A002
        """Delete an entity as the web UI does."""
        with self._world.lock:
            changing.remove(self._world, plural(entity), id, by=self._by(by))

    def restore(self, entity: str, id: int, *, by: int | None = None) -> None:  # noqa: A002
        """Bring back a deleted lead, contact, or company."""
        with self._world.lock:
            changing.restore(self._world, plural(entity), id, by=self._by(by))

    def merge(self, entity: str, kept: int, gone: int, *, by: int | None = None) -> None:
        """Merge two leads, contacts, or companies into the first."""
        with self._world.lock:
            changing.merge(self._world, plural(entity), kept, gone, by=self._by(by))

    def link(self, one: Place, other: Place, *, main: bool = False) -> None:
        """Tie two entities, as `FakeAccount.link` does, while the server runs."""
        with self._world.lock:
            self._world.account.link(one, other, main=main)
            self._world.version += 1

    def rename(self, subdomain: str, *, domain: str | None = None) -> None:
        """Rename the account; with another `domain` (say `localhost:PORT`) the old host answers 404 from now on."""
        with self._world.lock:
            self._world.subdomain = subdomain
            if domain is not None and domain != self._world.domain:
                self._world.former_hosts.add(self._world.domain)
                self._world.former_hosts.discard(domain)
                self._world.domain = domain

    def _columns(self, entity: str, row: Row | None, columns: Mapping[str, Any]) -> Row:
        accepted, flaws, _ = accept(self._world.account, entity, row, columns)
        if flaws:
            raise ValueError(f"`{entity}` does not take this: {flaws}")
        raw = {name: value for name, value in columns.items() if name not in FIELDS[entity]}
        return {**raw, **accepted}

    def _by(self, user: int | None) -> int:
        return self._world.account.admin if user is None else user

    # tokens

    def integration(
        self,
        client_id: str = CLIENT_ID,
        *,
        client_secret: str = CLIENT_SECRET,
        redirect_uri: str = "https://desk.example.ru/oauth",
        kind: Literal["private", "public", "external"] = "private",
    ) -> Integration:
        """The integration of this id, registered now if it is new."""
        fresh = Integration(client_id=client_id, client_secret=client_secret, redirect_uri=redirect_uri, kind=kind)
        with self._world.lock:
            return self._world.tokens.integrations.setdefault(client_id, fresh)

    def long_lived(self, user: int | None = None, *, client_id: str = CLIENT_ID, lifetime: float = FIVE_YEARS) -> str:
        """Make a long-lived token of a user; at least a day in amoCRM, any time here."""
        with self._world.lock:
            now = self.clock.exact()
            return self._world.tokens.give_access(client_id, self._by(user), now, lifetime, self._world.domain)

    def code(self, user: int | None = None, *, client_id: str = CLIENT_ID) -> str:
        """Make an authorisation code, as the consent page does."""
        with self._world.lock:
            lifetime = self.settings.code_lifetime
            return self._world.tokens.give_code(client_id, self._by(user), self.clock.exact(), lifetime)

    def pair(self, user: int | None = None, *, client_id: str = CLIENT_ID) -> dict[str, Any]:
        """Make a pair of tokens, as the token endpoint gives it."""
        with self._world.lock:
            return oauth.pair(self._world, client_id, self._by(user))

    def disposable(self, user: int | None = None, *, client_id: str = CLIENT_ID, **claims: Any) -> str:
        """Make the token that a widget sends; `claims` replace what stands in it."""
        with self._world.lock:
            issuer = f"http://{self._world.domain}"
            return self._world.tokens.disposable(client_id, self.clock.exact(), issuer, self._by(user), **claims)

    def disabled_signature(self, client_id: str = CLIENT_ID) -> str:
        """The signature of the call that says an integration was switched off."""
        return self._world.tokens.disabled_signature(client_id)

    def revoke(self, *tokens: str) -> None:
        """Take back access or refresh tokens."""
        with self._world.lock:
            for token in tokens:
                for known in (self._world.tokens.access, self._world.tokens.refresh):
                    if token in known:
                        known[token].revoked = True

    def switch(self, client_id: str = CLIENT_ID, *, enabled: bool) -> None:
        """Switch an integration off, which revokes its tokens, or on."""
        with self._world.lock:
            self._world.tokens.switch(client_id, enabled=enabled)

    def violations_by_rule(self) -> dict[str, Sequence[Violation]]:
        """Violations, grouped."""
        grouped: dict[str, list[Violation]] = {}
        for violation in self.violations:
            grouped.setdefault(violation.rule, []).append(violation)
        return dict(grouped)
