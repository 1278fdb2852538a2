"""Watching an account: telling that reading pays, when a webhook came and otherwise at intervals."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

from workplaces_amocrm.webhooks.inbox import Inbox


class Watch:
    """One watch: a thread that tells at intervals, and an ear at the inbox. `end` ends both, and is silent afterwards.

    >>> watch = Watch(Inbox(), 3600, lambda: None)
    >>> watch.end()
    """

    def __init__(self, inbox: Inbox, seconds: float, notify: Callable[[], None]) -> None:
        self._notify = notify
        self._seconds = seconds
        self._ended = Event()
        self._forget = inbox.watch(self._tell)
        self._thread = Thread(target=self._run, name="amocrm-watch", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """End the watch; doing it twice changes nothing."""
        self._forget()
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(self._seconds):
            self._tell()

    def _tell(self) -> None:
        if not self._ended.is_set():
            self._notify()
