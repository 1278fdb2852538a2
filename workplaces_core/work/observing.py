"""What the service tells of itself: one call for each command, fit for metrics and traces, and a line in the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from attrs import define, field

from workplaces_core.adapters.stores import FencedLease, Nothing, Record

Observer = Callable[[str, float, Mapping[str, str]], None]
"""Told of every command when it has ended: its name, how many seconds it took, and `user`, `outcome`, `error`.

`outcome` is from a small set: `leased`, the reason of a Nothing, the event of a Record, or `done`; `error` names the
class that was raised, and is empty when none was. Both do as labels; `user` does not when there are many.
"""

LOG = logging.getLogger("workplaces.work")


@define
class Told:
    """What is known of a command so far."""

    outcome: str = "done"

    def answer(self, value: Any) -> Any:
        """Note what a command answers, and give it on."""
        if isinstance(value, FencedLease):
            self.outcome = "leased"
        elif isinstance(value, Nothing):
            self.outcome = value.reason
        elif isinstance(value, Record):
            self.outcome = value.event
        return value


def _nobody(name: str, seconds: float, about: Mapping[str, str]) -> None:
    """Tell nobody."""


@define
class Observing:
    """Tells an observer and the logger `workplaces.work` of commands; an observer that fails stops nothing.

    >>> seen = []
    >>> observing = Observing(lambda name, seconds, about: seen.append((name, about["outcome"], about["error"])))
    >>> with observing.command("take", user="u1") as told:
    ...     _ = told.answer(Nothing("no_role", None))
    >>> seen
    [('take', 'no_role', '')]
    """

    observer: Observer = field(default=_nobody)

    @contextmanager
    def command(self, name: str, *, user: str = "") -> Iterator[Told]:
        """Watch one command."""
        told, error, began = Told(), "", perf_counter()
        try:
            yield told
        except Exception as raised:
            told.outcome, error = "failed", type(raised).__name__
            raise
        finally:
            self._tell(name, perf_counter() - began, {"user": user, "outcome": told.outcome, "error": error})

    def _tell(self, name: str, seconds: float, about: Mapping[str, str]) -> None:
        level = logging.WARNING if about["error"] else logging.INFO
        extra = {"command": name, "seconds": round(seconds, 6), **about}
        LOG.log(level, "%s: %s", name, about["error"] or about["outcome"], extra=extra)
        try:
            self.observer(name, seconds, about)
        except Exception:
            LOG.exception("the observer failed")
