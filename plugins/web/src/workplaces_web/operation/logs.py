"""Logs: one JSON object a line, from us, from libraries and from the server alike, with secrets taken out."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

_SECRET = ("password", "token", "secret", "cookie", "authorization", "csrf", "link", "ticket")
MASK = "***"

Processor = Any  # structlog's own name for them is as wide


def without_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Mask what is named like a secret.

    >>> without_secrets(None, "info", {"event": "sign in", "password": "swordfish"})
    {'event': 'sign in', 'password': '***'}
    """
    return {name: masked(name, value) for name, value in event.items()}


def masked(name: str, value: Any) -> Any:
    """Give a value, or a mask when its name is that of a secret; tables are looked through."""
    if isinstance(value, Mapping):
        return {key: masked(str(key), each) for key, each in value.items()}
    is_secret = any(part in name.lower() for part in _SECRET)
    return MASK if is_secret and value not in {None, "", False, True} else value


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secrets,
    ]


def formatter(*, readable: bool = False) -> logging.Formatter:
    """Make the formatter of all logs."""
    last = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            last,
        ],
    )


def configure(level: str = "INFO", *, readable: bool = False) -> None:
    """Let all logs go to standard error in this form."""
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(formatter(readable=readable))
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "asyncio", "alembic"):
        logging.getLogger(noisy).setLevel("WARNING")
    structlog.configure(
        processors=[*_shared()[:3], *_shared()[4:], structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def server_config(level: str = "INFO", *, readable: bool = False) -> dict[str, Any]:
    """Give the configuration that the server sets its own loggers up with, in each process."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"ours": {"()": "workplaces_web.operation.logs.formatter", "readable": readable}},
        "handlers": {"ours": {"class": "logging.StreamHandler", "formatter": "ours", "stream": "ext://sys.stderr"}},
        "loggers": {
            name: {"handlers": ["ours"], "level": level, "propagate": False} for name in ("_granian", "granian.access")
        },
    }
