"""Writing files whole or not at all, and telling what was set aside."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from workplaces_core.cli.app import say_error


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Write a file beside its place and move it there when it is complete: nobody ever sees half of it."""
    with NamedTemporaryFile("wb", dir=path.absolute().parent, prefix=f".{path.name}.", delete=False) as stream:
        unfinished = Path(stream.name)
        try:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            unfinished.chmod(0o666 & ~_umask())
            unfinished.replace(path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise


def write_text(path: Path, text: str) -> None:
    """Write a small text, with an end of line, whole or not at all."""
    with replacing(path) as stream:
        stream.write(f"{text}\n".encode())


def say_set_aside(lines: Iterable[str]) -> int:
    """Tell on standard error what was set aside, a line each; give how many there were."""
    count = 0
    for line in lines:
        say_error(f"set aside: {line}")
        count += 1
    return count


def _umask() -> int:
    """Give the mask of this process, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
