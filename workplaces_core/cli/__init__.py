"""The command line, where everything is put together: plugins, files, decisions, words. Needs the extra `cli`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from workplaces_core.cli.invocation import INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXTRA = ("click", "rich")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `workplaces` with arguments (those of the process, when none are given) and give its exit code.

    0 is fine, 1 means findings or a refused action, 2 wrong usage or unreadable input; 130: interrupted, 141: whoever
    read the output left. Errors go to standard error, one line each.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows a question mark, it does not end the command.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    try:
        from workplaces_core.cli.app import run

        return run(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        sys.stderr.write(f"workplaces needs `{error.name}`, install workplaces-core[cli]\n")
        return 2
