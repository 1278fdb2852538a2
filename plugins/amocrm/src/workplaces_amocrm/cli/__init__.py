"""`workplaces amocrm`: what a person does with an account from a terminal. Commands are imported when they run."""

from __future__ import annotations

from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run `workplaces amocrm` with arguments and give its exit code: 0 is fine, 1 means findings.

    Everything that goes wrong is raised, for the command line of the core to say in one line and give its exit code.
    """
    from workplaces_amocrm.cli.app import app
    from workplaces_core.cli.invocation import program

    result = app.main(list(arguments), prog_name=f"{program()} amocrm", standalone_mode=False)
    return result if isinstance(result, int) else 0
