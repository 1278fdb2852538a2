"""The one thread that writes to a SQLite file: all commands that wait share a transaction, and one flush of the disk.

Writers that compete for the file by themselves starve each other. Here each command runs in a savepoint; those that
fail are taken back alone, and nobody is answered before the commit. Other processes are kept out by BEGIN IMMEDIATE.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread, get_ident
from typing import Any

from workplaces_core.adapters.stores import Given, Wish
from workplaces_core.errors import StoreUnavailable
from workplaces_core.work.leases import take
from workplaces_sql.calls import Act, Call, Calls
from workplaces_sql.failures import unavailable
from workplaces_sql.file_clock import FileClock
from workplaces_sql.retention import Retention
from workplaces_sql.sqlite import SqliteSession, connect, refuse_without_tables
from workplaces_sql.statements import Statements
from workplaces_sql.together import Asked, Held, Together
from workplaces_sql.transaction import SqlTransaction
from workplaces_sql.turns import Turns

_MOST = 64
_PATIENCE = 10.0
_NAP = 0.002
_TURN_SECONDS = 1.0
_COMING_SECONDS = 0.0006
_CHECKPOINT_PAGES = 4000
_MANY = 10_000


class Writer:
    """Runs commands on a file, in their order."""

    def __init__(
        self,
        path: Path,
        statements: Statements,
        retention: Retention,
        clock: FileClock,
        committed: Callable[[], None],
    ) -> None:
        """Begin to work; `committed` is called after the feed has grown."""
        self._path = path
        self._statements = statements
        self._retention = retention
        self._clock = clock
        self._committed = committed
        self._recent: dict[str, Held] = {}
        self._version = -1
        self._connection: sqlite3.Connection | None = None
        self._turns: Turns | None = None
        self._inode: tuple[int, int] = (0, 0)
        self._together = 1
        self._turn_seconds = _TURN_SECONDS
        self._calls = Calls()
        self._thread = Thread(target=self._work, name="workplaces-sqlite-writer", daemon=True)
        self._thread.start()

    def take(self, wish: Wish, at: int | None) -> Given:
        """Take as the core does, and give what that gives once it is on disk."""
        given: Given = self.run(lambda transaction: take(transaction, wish), at, wish)
        return given

    def run(self, act: Act, at: int | None, wish: Wish | None = None) -> Any:
        """Run a command, and give what it gives once that is on disk."""
        if get_ident() == self._thread.ident:
            raise RuntimeError("a command must not run another one inside itself, call its function instead")
        return self._calls.answer_to(Call(act, at, wish))

    def close(self) -> None:
        """Finish what waits, and stop."""
        self._calls.close()
        self._thread.join()

    # -- the thread ---------------------------------------------------------------------------------------

    def _work(self) -> None:
        while self._is_called():
            calls = self._calls.take(_MOST)
            try:
                self._commit(calls)
            except BaseException as error:  # noqa: BLE001 - whoever waits has to be told, whatever it was
                self._let_go()
                is_ours = not isinstance(error, sqlite3.Error | OSError)
                failure = error if is_ours else unavailable(error, doing="cannot write")
                for call in calls:
                    call.error = failure
            self._together = len(calls)
            self._calls.answer(calls)
        self._end()

    def _is_called(self) -> bool:
        """Wait for a call, or a little for as many as came together lately: who was just answered is soon back.

        One flush serves all of them. Who calls alone waits for nobody.
        """
        many = self._together
        is_called = self._calls.wait(many, _COMING_SECONDS * (1 + many / 10))
        self._calls.wake_all()
        return is_called or self._calls.wait(1)

    def _commit(self, calls: list[Call]) -> None:
        """Run the calls and those that come meanwhile, and commit them; all are in `calls` afterwards."""
        connection = self._begin()
        session = SqliteSession(connection, self._statements)
        at, done = self._clock.agree(session), 0
        self._forget_if_others_wrote(connection)
        self._gather(calls)
        while done < len(calls):
            waiting, done = calls[done:], len(calls)
            self._take_together(session, waiting, at)
            for call in waiting:
                if call.given is None:
                    self._run(connection, session, call, at)
            self._gather(calls)
        session.keep_counters()
        connection.execute("COMMIT")
        if session.feed_grew:
            self._committed()

    def _gather(self, calls: list[Call]) -> None:
        """Add those that wait."""
        calls += self._calls.take(_MOST - len(calls))

    def _forget_if_others_wrote(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != self._version or len(self._recent) > _MANY:
            self._version = version
            self._recent.clear()

    def _take_together(self, session: SqliteSession, calls: list[Call], at: int) -> None:
        """Do the takes, but for those with more to do; they go first, as all of these asked at the same time."""
        asked = [
            (call, Asked(call.wish, at if call.at is None else call.at)) for call in calls if call.wish is not None
        ]
        if asked:
            Together(session, self._retention, self._recent).run([each for _, each in asked])
        for call, each in asked:
            call.given = each.given

    def _run(self, connection: sqlite3.Connection, session: SqliteSession, call: Call, at: int) -> None:
        self._recent.clear()  # it may end leases
        connection.execute("SAVEPOINT command")
        try:
            call.given = call.act(SqlTransaction(session, at if call.at is None else call.at, self._retention))
        except sqlite3.Error:
            raise  # of the database itself, so that nothing of this transaction can be trusted
        except BaseException as error:  # noqa: BLE001 - it is the caller's, and is raised where he waits
            connection.execute("ROLLBACK TO command")
            call.error = error
        connection.execute("RELEASE command")

    # -- the connection -----------------------------------------------------------------------------------

    def _begin(self) -> sqlite3.Connection:
        """Begin a transaction as soon as no other process writes, and those who waited before have had their turn.

        The turn only makes for fairness. After as long as a living writer may need it, we try without it as well.
        """
        begun = time.monotonic()
        alone_from, deadline = begun + self._turn_seconds, begun + _PATIENCE
        connection = self._connected_by(deadline)
        assert self._turns is not None
        tried = 0
        with self._turns as turns:
            while True:
                has_turn = turns.taken()
                if has_turn or time.monotonic() > alone_from:
                    tried += 1
                    if _begins(connection, deadline):
                        # Who has the turn and leaves the file to us stands still: he is not waited for again.
                        self._turn_seconds = _TURN_SECONDS if has_turn or tried > 1 else _NAP * 5
                        return connection
                # At random, so that two processes do not keep in step.
                time.sleep(_NAP / 4 if has_turn else _NAP * random.random())  # noqa: S311
                connection = self._connected_by(deadline)

    def _connected_by(self, deadline: float) -> sqlite3.Connection:
        """Give the connection; to open a file is refused while another process, the last one there, closes it."""
        while True:
            try:
                return self._connected()
            except sqlite3.OperationalError as error:
                if not is_busy(error) or time.monotonic() > deadline:
                    raise
            time.sleep(_NAP)

    def _connected(self) -> sqlite3.Connection:
        """Give the connection, a new one when the file was moved away or put back meanwhile."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._let_go()
            raise StoreUnavailable(f"the database file `{self._path}` is gone") from None
        if self._connection is None or (found.st_dev, found.st_ino) != self._inode:
            self._let_go()
            self._connection = connect(self._path)
            refuse_without_tables(self._connection)
            self._turns = self._turns or Turns(self._path)
            self._connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
            self._inode = (found.st_dev, found.st_ino)
        return self._connection

    def _let_go(self) -> None:
        """Close the connection, which takes back what it has not committed."""
        self._recent.clear()
        self._version = -1
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _end(self) -> None:
        self._let_go()
        if self._turns is not None:
            self._turns.close()
            self._turns = None


def _begins(connection: sqlite3.Connection, deadline: float) -> bool:
    """Begin to write, unless another process does."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if not is_busy(error) or time.monotonic() > deadline:
            raise
        return False
    return True


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Tell whether another process has the file just now."""
    return error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
