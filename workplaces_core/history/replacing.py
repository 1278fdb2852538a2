"""Files that are replaced as a whole: a new one is written beside its place, and moved there when it is complete."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRITTEN = (1, 2)
"""The numbers of standard output and standard error."""


@contextmanager
def replaced(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a file to write to, which becomes `path` at the end; after an exception it is gone, and `path` as before.

    A link keeps pointing to its file, which is replaced. Pipes, devices and the standard streams are written to
    directly. Raises OSError.
    """
    before = _status(path)
    if before is not None and _is_written_directly(path, before):
        yield Path(path)
        return
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        _make(beside, target, before)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from None
    try:
        yield beside
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _status(path: str | os.PathLike[str]) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - follows /dev/stdout to a pipe, which has no path
    except FileNotFoundError:
        return None


def _is_replaceable(status: os.stat_result) -> bool:
    """Tell whether this is an ordinary file that no standard stream writes to, so that it can be replaced."""
    if not stat.S_ISREG(status.st_mode):
        return False
    for number in _WRITTEN:
        try:
            if os.path.samestat(os.fstat(number), status):
                return False
        except OSError:
            continue
    return True


def _is_written_directly(path: str | os.PathLike[str], status: os.stat_result) -> bool:
    return not _is_replaceable(status) or os.path.abspath(path).startswith(("/dev/fd/", "/proc/"))  # noqa: PTH100 - links stay


def _make(beside: Path, target: Path, before: os.stat_result | None) -> None:
    """Make an empty file with the rights of the one that it replaces. Raises OSError."""
    if before is not None and not os.access(target, os.W_OK):
        target.open("ab").close()  # raises what writing would have raised
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    if before is not None:
        beside.chmod(stat.S_IMODE(before.st_mode))
