"""Hints between processes on PostgreSQL: LISTEN and NOTIFY on a connection of their own, without any content.

A transaction that notifies waits for every other that does, at its commit, flush included. So commands do not: after
their commit this thread is told, and it notifies for all that came meanwhile. A hint may be lost; who waits looks by
himself now and then.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Lock, Thread

import psycopg

_CHANNEL = "wp_feed"
_APART = 0.1
_AGAIN = 1.0
_IDLE = 30.0


class Hints:
    """Tells those who wait in this process that the feed grew, here or elsewhere."""

    def __init__(self, connect: Callable[[], psycopg.Connection[tuple[object, ...]]]) -> None:
        """Do nothing yet: the thread and its connection begin with the first who asks or tells."""
        self._connect = connect
        self._grown = Condition()
        self._growth = 0
        self._starting = Lock()
        self._thread: Thread | None = None
        self._closed = False
        self._asked = False
        self._spoke = False
        self._ears, self._mouth = os.pipe()
        os.set_blocking(self._mouth, False)

    def growth(self) -> int:
        """Give a number that changes when the feed grows; ask before looking at the feed."""
        if not self._asked:
            self._asked = True
            self._start()
            self._speak()
        with self._grown:
            return self._growth

    def wait(self, growth: int, seconds: float) -> None:
        """Wait until it is another number."""
        with self._grown:
            if self._growth == growth:
                self._grown.wait(seconds)

    def committed(self) -> None:
        """Tell this process at once, and the others soon."""
        self._grow()
        if self._thread is None:
            self._start()
        if not self._spoke:
            self._spoke = True
            self._speak()

    def close(self, seconds: float) -> None:
        """End the thread; where the server keeps it for longer than this, it ends when its connection does."""
        with self._starting:
            if self._closed:
                return
            self._closed = True
        with suppress(BlockingIOError):
            os.write(self._mouth, b"!")
        if self._thread is not None:
            self._thread.join(seconds)
        if self._thread is None or not self._thread.is_alive():
            os.close(self._mouth)
            os.close(self._ears)
        self._grow()

    def _speak(self) -> None:
        if self._closed:
            return
        with suppress(BlockingIOError):  # it is full of words that are not heard yet: one more says nothing new
            os.write(self._mouth, b".")

    def _grow(self) -> None:
        with self._grown:
            self._growth += 1
            self._grown.notify_all()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._closed:
                self._thread = Thread(target=self._work, name="workplaces-postgresql-hints", daemon=True)
                self._thread.start()

    # -- the thread ---------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._closed:
            try:
                with self._connect() as connection:
                    connection.execute("SET synchronous_commit = off")  # a hint is nothing to flush
                    self._listen(connection)
            except (psycopg.Error, OSError):
                self._pause()

    def _listen(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        """Pass hints on in both directions; it listens only once somebody here has asked."""
        listens = False
        while not self._closed:
            if self._asked and not listens:
                connection.execute(f"LISTEN {_CHANNEL}".encode())
                listens = True
                self._grow()  # whatever was said while nobody listened
            ready, _, _ = select.select([connection.pgconn.socket, self._ears], [], [], _IDLE)
            if self._ears in ready:
                os.read(self._ears, 65536)
                self._spoke = False  # what is committed from here on needs another hint
                connection.execute(f"NOTIFY {_CHANNEL}".encode())
            if any(True for _ in connection.notifies(timeout=0)):
                self._grow()
            self._rest()

    def _rest(self) -> None:
        """Let many commits make few hints, here and elsewhere."""
        if not self._closed:
            time.sleep(_APART)

    def _pause(self) -> None:
        """Let the server come back; a close ends the pause."""
        select.select([self._ears], [], [], _AGAIN)
        if not self._closed:
            time.sleep(_APART)
