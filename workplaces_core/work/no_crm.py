"""An adapter onto nothing: for looking at a store without asking the CRM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, ClassVar, NoReturn, Self

from workplaces_core.adapters.protocols import (
    CAPABILITIES,
    Capabilities,
    ChangesSince,
    Outcome,
    OwnedKind,
    unsupported,
)
from workplaces_core.changes import Set
from workplaces_core.errors import CrmUnavailable, Problem

_REASON = "no CRM is configured"


def _absent() -> NoReturn:
    raise CrmUnavailable(_REASON)


class NoCrm:
    """Whatever it is asked, it is not there; what is to be sent stays recorded until somebody with a CRM sends it."""

    capabilities: ClassVar[Capabilities] = Capabilities(**dict.fromkeys(CAPABILITIES, unsupported(_REASON)))

    @classmethod
    def open(cls, *args: Any, **settings: Any) -> Self:
        """Make one; no settings are needed."""
        del args, settings
        return cls()

    def close(self) -> None:
        """Do nothing."""

    def directory(self) -> Iterator[Set]:
        """Be absent."""
        _absent()

    def read_open(self) -> Iterator[Sequence[Set]]:
        """Be absent."""
        _absent()

    def cursor(self) -> str:
        """Be absent."""
        _absent()

    def read_changes(self, cursor: str) -> ChangesSince:
        """Be absent."""
        del cursor
        _absent()

    def set_aside(self) -> Sequence[Problem]:
        """List nothing."""
        return ()

    def watch(self, notify: Callable[[], None]) -> Callable[[], None]:
        """Never call."""
        del notify
        return lambda: None

    def complete(self, task: str, *, result: str, key: str) -> Outcome:
        """Be absent."""
        del task, result, key
        _absent()

    def postpone(self, task: str, *, due: date, key: str) -> Outcome:
        """Be absent."""
        del task, due, key
        _absent()

    def set_responsible(self, kind: OwnedKind, entity_id: str, user: str, *, only_if: str | None, key: str) -> Outcome:
        """Be absent."""
        del kind, entity_id, user, only_if, key
        _absent()
