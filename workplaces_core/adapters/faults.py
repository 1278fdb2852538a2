"""Scripted faults of the in-memory CRM: calls that fail, calls whose answer is lost, colleagues who are faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from attrs import define

from workplaces_core.errors import CrmUnavailable

Act = Callable[[], None]


def _nothing() -> None:
    """Let a call be as it is."""


@define
class _Fault:
    """What happens before and after each of `left` calls of a method (None: of any), once `after` of them went well."""

    method: str | None
    left: int
    after: int
    before: Act = _nothing
    then: Act = _nothing

    def meets(self, method: str) -> bool:
        """Count a call, and tell whether it is one to which something happens."""
        if self.left == 0 or self.method not in {None, method}:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.left -= 1
        return True


def _raising(error: Exception) -> Act:
    def act() -> None:
        raise error

    return act


class Faults:
    """A script of what goes wrong, for calls of methods named as in CrmAdapter; each batch of `read_open` is a call.

    Every method takes `method` (None: any), and `after`, how many calls go well first.

    >>> faults = Faults()
    >>> faults.fail(CrmUnavailable("429", retry_after=1.5), method="complete")
    >>> with faults.around("postpone"):
    ...     pass
    >>> with faults.around("complete"):
    ...     pass
    Traceback (most recent call last):
    workplaces_core.errors.CrmUnavailable: 429
    """

    def __init__(self) -> None:
        self._script: list[_Fault] = []
        self._lock = Lock()

    def fail(self, error: Exception, *, times: int = 1, method: str | None = None, after: int = 0) -> None:
        """Make the next calls raise and do nothing."""
        self._add(_Fault(method, times, after, before=_raising(error)))

    def lose_answers(self, *, times: int = 1, method: str | None = None, after: int = 0) -> None:
        """Make the next calls do their work and then raise CrmUnavailable, as when a connection breaks."""
        self._add(_Fault(method, times, after, then=_raising(CrmUnavailable("the answer was lost"))))

    def meanwhile(self, act: Act, *, method: str | None = None, after: int = 0) -> None:
        """Let something happen right before the next call does its work: a colleague who is faster."""
        self._add(_Fault(method, 1, after, before=act))

    def clear(self) -> None:
        """Let everything go well from now on."""
        with self._lock:
            self._script.clear()

    @contextmanager
    def around(self, method: str) -> Iterator[None]:
        """Let the script have its way with one call of a method."""
        fault = self._next(method)
        if fault is not None:
            fault.before()
        yield
        if fault is not None:
            fault.then()

    def _add(self, fault: _Fault) -> None:
        with self._lock:
            self._script.append(fault)

    def _next(self, method: str) -> _Fault | None:
        with self._lock:
            return next((fault for fault in self._script if fault.meets(method)), None)
