"""The configuration: one TOML file, over it the environment, over it the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen

from workplaces_core.cli import configured
from workplaces_core.cli.configured import FILE, PREFIX
from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.wire import structure
from workplaces_web.serving.checking import problems_of
from workplaces_web.settings import Rates, Sessions, WebSettings


@frozen
class WorkTable:
    """How work is handed out: [work]."""

    lease_minutes: float = 15
    allow_skip: bool = False
    sync_seconds: float = 60


@frozen
class WebTable:
    """How the service is seen: [web]. Empty texts are taken as not said."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    public_url: str = ""
    frame_ancestors: tuple[str, ...] = ()
    card_urls: Any = field(factory=dict)
    webhook_secret: str = field(default="", repr=False)
    metrics_token: str = field(default="", repr=False)
    trusted_proxies: tuple[str, ...] = ()
    language: str = "ru"
    log_level: str = "INFO"
    session_idle_minutes: float = 480
    session_absolute_hours: float = 168
    sign_in_tries: int = 10
    sign_in_minutes: float = 10
    calls_a_minute: int = 1200
    body_bytes: int = 1_000_000


@frozen
class Config:
    """All of it. `crm` names an adapter and has its settings, which only the adapter knows."""

    database: str = field(default="", repr=False)
    crm: Any = field(factory=dict, repr=False)
    work: WorkTable = WorkTable()
    web: WebTable = WebTable()

    def settings(self, *, demo: bool = False) -> WebSettings:
        """Give what the application may be told."""
        web = self.web
        return WebSettings(
            public_url=web.public_url or f"http://{web.host}:{web.port}",
            frame_ancestors=web.frame_ancestors,
            card_urls=web.card_urls,
            webhook_secret=web.webhook_secret or None,
            metrics_token=web.metrics_token or None,
            trusted_proxies=web.trusted_proxies,
            language=web.language,
            demo=demo,
            sessions=Sessions(web.session_idle_minutes, web.session_absolute_hours),
            rates=Rates(web.sign_in_tries, web.sign_in_minutes, web.calls_a_minute, web.body_bytes),
        )


def read_config(
    path: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Config:
    """Read the configuration. Raises InvalidInput with all that is wrong with it.

    WORKPLACES_DATABASE is `database`, WORKPLACES_WEB_PORT is `port` of [web], WORKPLACES_CRM_TOKEN is `token` of [crm].
    `overrides` are `database` and settings of [web].

    >>> config = read_config(environment={"WORKPLACES_DATABASE": "sqlite:///desk.db", "WORKPLACES_WEB_PORT": "9000"})
    >>> config.database, config.web.port
    ('sqlite:///desk.db', 9000)
    """
    over = {name: value for name, value in (overrides or {}).items() if value is not None}
    table = configured.read_config(path, over.pop("database", None), environment, tables=["web"])
    web = {**table["web"], **_web_settings(environment), **over}
    return _read({**table, "database": table["database"] or "", "web": web}, str(path or FILE))


def _web_settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """Find the settings of [web] in the environment."""
    kinds = {each.name: each.default for each in attrs.fields(WebTable)}
    found = {
        name.removeprefix(f"{PREFIX}WEB_").lower(): value
        for name, value in environment.items()
        if name.startswith(f"{PREFIX}WEB_")
    }
    return {name: _from_text(value, kinds.get(name)) for name, value in found.items()}


def _from_text(text: str, default: Any) -> Any:
    """Read a text of the environment as the kind that a setting has; what cannot be read is left for the reader."""
    if isinstance(default, tuple):
        return [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(default, int | float) and not isinstance(default, bool):
        try:
            return type(default)(text)
        except ValueError:
            return text
    return text


def _read(table: dict[str, Any], file: str) -> Config:
    try:
        config = structure(table, Config)
    except InvalidInput as error:
        raise InvalidInput(attrs.evolve(each, path=f"{file}: {each.path}") for each in error.problems) from None
    problems = [attrs.evolve(each, path=f"{file}: web.{each.path}") for each in problems_of(config.web)]
    if not isinstance(config.crm, dict):
        problems.append(Problem(f"{file}: crm", config.crm, "must be a table"))
    if problems:
        raise InvalidInput(problems)
    return config


def effective(config: Config) -> dict[str, Any]:
    """Give the whole configuration as it counts, with secrets masked.

    >>> effective(Config(crm={"adapter": "amocrm", "token": "swordfish"}))["crm"]
    {'adapter': 'amocrm', 'token': '***'}
    """
    from workplaces_web.operation.logs import masked  # noqa: PLC0415 - logs are configured only by a server

    form: dict[str, Any] = masked("", attrs.asdict(config))
    form["database"] = without_password(config.database)
    return form


def without_password(url: str) -> str:
    """Give the URL of a database without its password.

    >>> without_password("postgresql://desk:swordfish@db/desk")
    'postgresql://desk:***@db/desk'
    """
    scheme, separator, rest = url.partition("://")
    who, at, where = rest.rpartition("@")
    name, colon, _ = who.partition(":")
    return f"{scheme}{separator}{name}{colon}{'***' if colon else ''}{at}{where}" if at else url
