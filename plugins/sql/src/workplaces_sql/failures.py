"""What goes wrong beneath us, as the one error that callers know: StoreUnavailable, in a line without secrets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from workplaces_core.errors import StoreUnavailable

NOT_KNOWN = "the connection broke while a command was being committed, so it is not known whether it was done"


def unavailable(error: BaseException, *, secret: str | None = None, doing: str = "") -> StoreUnavailable:
    """Make a StoreUnavailable of an error of a driver.

    >>> str(unavailable(OSError("disk I/O error"), doing="cannot write"))
    'the database cannot write: disk I/O error'
    """
    reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__).strip()
    if secret:
        reason = reason.replace(secret, "***")
    return StoreUnavailable(f"the database {doing or 'failed'}: {reason}")


@contextmanager
def told_plainly(*kinds: type[Exception], secret: str | None = None, doing: str = "") -> Iterator[None]:
    """Let no error of a driver or of SQLAlchemy out."""
    try:
        yield
    except (SQLAlchemyError, *kinds) as error:  # type: ignore[misc]  # a tuple of classes it is
        raise unavailable(error, secret=secret, doing=doing) from None
