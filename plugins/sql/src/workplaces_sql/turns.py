"""Turns among the processes that write to one SQLite file: who has just written lets those go first who wait."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

try:
    import fcntl
except ImportError:  # not a POSIX system: they compete then, and one may have to wait for long
    fcntl = None  # type: ignore[assignment]


class Turns:
    """A place for the one who writes next, beside the file. SQLite itself keeps a place for the one who writes now.

    Whoever wants to write takes this place first, and leaves it once he writes. So a process that writes again and
    again waits here for the one who came while it wrote, instead of overtaking him each time. The place of a process
    that dies is free at once.
    """

    def __init__(self, path: Path) -> None:
        """Open the file of the place."""
        self._file = os.open(f"{path}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def taken(self) -> bool:
        """Take the place if it is free."""
        if fcntl is not None:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def leave(self) -> None:
        """Leave the place; doing it twice changes nothing."""
        if fcntl is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give back the file."""
        os.close(self._file)

    def __enter__(self) -> Self:
        """Use it for a while."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the place, whatever happened."""
        self.leave()
