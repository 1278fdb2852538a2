"""Commands that wait for the one thread that writes, and how those who asked are woken again.

Of all that happens to a take on SQLite, waking threads that then wait for the interpreter was the dearest part. So the
writer is woken once for all that it waits for, and those it answers wake each other, one after the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any

from workplaces_core.adapters.stores import Transaction, Wish
from workplaces_core.errors import StoreUnavailable

Act = Callable[[Transaction], Any]


class Call:
    """A command that waits for its commit; with a `wish` it may be done together with other takes."""

    __slots__ = ("act", "at", "done", "error", "given", "later", "wish")

    def __init__(self, act: Act, at: int | None, wish: Wish | None) -> None:
        """Be answered by nobody yet."""
        self.act = act
        self.at = at
        self.wish = wish
        self.given: Any = None
        self.error: BaseException | None = None
        self.later: deque[Call] | None = None
        self.done = Lock()
        self.done.acquire()


class Calls:
    """The calls that wait, in their order: put by any thread, taken by one."""

    def __init__(self) -> None:
        """Begin without any."""
        self._waiting: deque[Call] = deque()
        self._answered: deque[Call] = deque()
        self._gate = Lock()
        self._wanted = 0
        self._bell = Lock()
        self._bell.acquire()
        self._closed = False

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def answer_to(self, call: Call) -> Any:
        """Put a call, and wait until it is answered. Raises what it raised; StoreUnavailable after the close."""
        with self._gate:
            if self._closed:
                raise StoreUnavailable("the store was closed")
            self._waiting.append(call)
            self._ring()
        call.done.acquire()
        if call.later:
            _wake_one(call.later)
        if call.error is not None:
            raise call.error
        return call.given

    def close(self) -> None:
        """Take no more."""
        with self._gate:
            self._closed = True
            self._ring()

    def _ring(self) -> None:
        """Wake the writer if it waits for no more than there are."""
        if self._wanted and (self._closed or len(self._waiting) >= self._wanted):
            self._wanted = 0
            self._bell.release()

    # -- the writer's side --------------------------------------------------------------------------------

    def wait(self, wanted: int, seconds: float = -1) -> bool:
        """Wait for so many calls, at most so many seconds, -1 for ever; tell whether there is any.

        After the close nothing is waited for any more.
        """
        with self._gate:
            if len(self._waiting) >= wanted or self._closed:
                return bool(self._waiting)
            self._wanted = wanted
        if not self._bell.acquire(timeout=seconds):
            with self._gate:
                if not self._wanted:
                    self._bell.acquire()  # it rang meanwhile
                self._wanted = 0
        return bool(self._waiting)

    def take(self, most: int) -> list[Call]:
        """Take those that wait, the first of them when there are more."""
        waiting = self._waiting
        return [waiting.popleft() for _ in range(min(most, len(waiting)))]

    def answer(self, calls: list[Call]) -> None:
        """Let those who asked go on: the first is woken here, and each wakes the next.

        All at once would only wait for the interpreter, which one at a time can have.
        """
        self._answered = later = deque(calls)
        for call in calls:
            call.later = later
        _wake_one(later)

    def wake_all(self) -> None:
        """Wake whoever is still asleep after `answer`: one in between may have been interrupted."""
        while self._answered:
            _wake_one(self._answered)


def _wake_one(later: deque[Call]) -> None:
    try:
        call = later.popleft()
    except IndexError:  # another thread had the last one
        return
    call.done.release()
