"""`workplaces amocrm serve-fake`: a made-up account on this machine."""

from __future__ import annotations

import signal
import time
from collections import Counter
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import attrs
import click

from workplaces_amocrm.cli.connection import read_settings
from workplaces_core.cli import options, screen
from workplaces_core.cli.app import say_error
from workplaces_core.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from datetime import datetime

    from workplaces_amocrm.fake import FakeAccount, FakeAmo, FakeSettings


@click.command("serve-fake")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8040, show_default=True, help="The port; 0 takes a free one."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed makes another account.")
@click.option("--tasks", type=click.IntRange(0, 1_000_000), default=200, show_default=True, help="How many tasks.")
@click.option("--timezone", default="Europe/Moscow", show_default=True, help="The account's zone.")
@options.at_option
@click.option("--strict", is_flag=True, help="Refuse what is otherwise only noted.")
@click.option("--unthrottled", is_flag=True, help="No limit of calls a second.")
@click.option("--settings", "settings_path", type=click.Path(dir_okay=False, path_type=Path), help="Switches, JSON.")
@options.json_option
def command(*, host: str, port: int, as_json: bool, at: datetime | None, **options_: Any) -> None:
    """Serve a made-up amoCRM account that behaves like a real one, until Ctrl-C.

    Prints its address and a token that opens nothing else. `--at` is when the account is; its clock runs on from there.
    What callers did wrong is counted on standard error at the end.
    """
    from workplaces_amocrm.fake import FakeAmo

    now = int(time.time() if at is None else at.timestamp())
    account = _account(options_, now)
    settings = _settings(options_)
    try:
        fake = FakeAmo.start(account, settings=settings, host=host, port=port)
    except OSError as error:
        raise InvalidInput([Problem("--port", port, f"cannot be listened to on {host}: {error.strerror}")]) from None
    try:
        _announce(fake, as_json=as_json)
        _wait()
    finally:
        fake.stop()
        for rule, count in sorted(Counter(violation.rule for violation in fake.violations).items()):
            say_error(f"{rule}: {count}")


def _account(chosen: dict[str, Any], now: int) -> FakeAccount:
    from workplaces_amocrm.fake import generate

    try:
        return generate(chosen["seed"], chosen["tasks"], timezone=chosen["timezone"], now=now)
    except (ValueError, LookupError, OSError):
        raise InvalidInput([Problem("--timezone", chosen["timezone"], "must be the name of a time zone")]) from None


def _settings(chosen: dict[str, Any]) -> FakeSettings:
    from workplaces_amocrm.fake import FakeSettings

    known = {attribute.name for attribute in attrs.fields(FakeSettings)}
    found = read_settings(chosen["settings_path"])
    unknown = [Problem(f"settings.{name}", found[name], "is no switch") for name in found if name not in known]
    if unknown:
        raise InvalidInput(unknown)
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    if chosen["unthrottled"]:
        values = {"rate_client": None, "rate_account": None, **values}
    return FakeSettings.strict(**values) if chosen["strict"] else FakeSettings(**values)


def _announce(fake: FakeAmo, *, as_json: bool) -> None:
    if as_json:
        screen.print_json({"url": fake.url, "token": fake.token})
    else:
        click.echo(f"WORKPLACES_AMOCRM_BASE_URL={fake.url}\nWORKPLACES_AMOCRM_TOKEN={fake.token}")


def _wait() -> None:
    """Wait for Ctrl-C, or for being told to end."""
    ended = Event()
    before = {each: signal.signal(each, lambda *_: ended.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        while not ended.wait(1):
            pass
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
