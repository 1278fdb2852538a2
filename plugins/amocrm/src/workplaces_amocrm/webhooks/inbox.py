"""The inbox of webhooks: which entities are to be looked at, each once, however often and in whatever order it came."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock

from attrs import frozen

from workplaces_amocrm.webhooks.body import Named
from workplaces_amocrm.webhooks.receiver import Received

_log = logging.getLogger(__name__)


@frozen
class Waiting:
    """What waits to be looked at; `everything` when the inbox did not hold what came, or a body did not tell."""

    ids: frozenset[Named] = frozenset()
    everything: bool = False


class Inbox:
    """A bounded set of entities to look at, filled by the receiver and emptied by the reading. Safe for many threads.

    With more than `limit` entities it forgets which, and remembers that everything is to be looked at. What is in it
    is lost with the process: a webhook only makes a change seen earlier than polling would.

    >>> inbox = Inbox()
    >>> stop = inbox.watch(lambda: print("something changed"))
    >>> inbox.put(Received(status=200, ids=frozenset({("task", "7")})))
    something changed
    >>> inbox.take(), inbox.take()
    (Waiting(ids=frozenset({('task', '7')}), everything=False), Waiting(ids=frozenset(), everything=False))
    """

    def __init__(self, *, limit: int = 10_000) -> None:
        if limit < 1:
            raise ValueError(f"limit: `{limit}` must be at least 1")
        self._limit = limit
        self._lock = Lock()
        self._ids: set[Named] = set()
        self._everything = False
        self._watchers: dict[object, Callable[[], None]] = {}

    def put(self, received: Received) -> None:
        """Note what came, then tell the watchers, if there is anything to look at."""
        if not received.pays:
            return
        with self._lock:
            self._note(received)
            watchers = list(self._watchers.values())
        for notify in watchers:  # outside the lock: a watcher may well empty the inbox
            _tell(notify)

    def take(self) -> Waiting:
        """Empty the inbox. Whoever takes has to look, or to `give_back` when he could not."""
        with self._lock:
            waiting = Waiting(frozenset(self._ids), self._everything)
            self._ids, self._everything = set(), False
            return waiting

    def give_back(self, waiting: Waiting) -> None:
        """Put back what was taken and could not be looked at; nobody is told, it was known."""
        with self._lock:
            self._note(waiting)

    def watch(self, notify: Callable[[], None]) -> Callable[[], None]:
        """Call `notify`, in the thread that received, whenever something came. What this returns ends it."""
        ticket = object()
        with self._lock:
            self._watchers[ticket] = notify
        return lambda: self._forget(ticket)

    def _note(self, more: Received | Waiting) -> None:
        self._ids |= more.ids
        self._everything |= more.everything or len(self._ids) > self._limit
        if self._everything:
            self._ids = set()

    def _forget(self, ticket: object) -> None:
        with self._lock:
            self._watchers.pop(ticket, None)


def _tell(notify: Callable[[], None]) -> None:
    """Tell one watcher; what he does wrong must not reach amoCRM as a refusal, nor keep the others from hearing."""
    try:
        notify()
    except Exception:  # noqa: BLE001 - whatever it is, it is logged
        _log.exception("a watcher of the webhooks failed")
