"""`workplaces amocrm hooks`: the subscription to webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workplaces_amocrm.cli.connection import Connection, connected
from workplaces_core.cli import options, screen
from workplaces_core.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from workplaces_amocrm.webhooks.subscription import HookState

_destination = click.option(
    "--destination", required=True, help="Our address that amoCRM calls, https, with its secret part."
)


@click.group("hooks")
def command() -> None:
    """Webhooks make changes seen sooner; without them they are found by polling."""


@command.command("subscribe")
@connected
@_destination
@click.option("--revive", is_flag=True, help="Make a webhook anew that amoCRM has switched off.")
@options.json_option
def subscribe(*, connection: Connection, destination: str, revive: bool, as_json: bool) -> None:
    """Have amoCRM call an address whenever something changes that may change a desk."""
    from workplaces_amocrm.webhooks import subscription

    with connection.crm() as crm:
        try:
            state = subscription.subscribe(crm.api, destination, events=crm.settings.hook_events, revive=revive)
        except ValueError as error:
            raise InvalidInput([Problem("--destination", None, str(error).removeprefix("destination: "))]) from None
    _tell(state, as_json=as_json)


@command.command("status")
@connected
@_destination
@options.json_option
def status(*, connection: Connection, destination: str, as_json: bool) -> None:
    """Look how a webhook stands; exit code 1 unless it works."""
    from workplaces_amocrm.webhooks import subscription

    with connection.crm() as crm:
        state = subscription.status(crm.api, destination, events=crm.settings.hook_events)
    _tell(state, as_json=as_json)


@command.command("unsubscribe")
@connected
@_destination
def unsubscribe(*, connection: Connection, destination: str) -> None:
    """End a webhook; one that is not there is no error."""
    from workplaces_amocrm.webhooks import subscription

    with connection.crm() as crm:
        subscription.unsubscribe(crm.api, destination)


def _tell(state: HookState, *, as_json: bool) -> None:
    if as_json:
        missing = list(state.missing)
        screen.print_json({"standing": state.standing, "missing": missing, "advice": state.advice})
    else:
        click.echo(f"{state.standing}: {state.advice}")
    if not state.works:
        click.get_current_context().exit(1)
