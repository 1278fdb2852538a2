"""A session on PostgreSQL: which names it holds, and how its numbers are counted.

Why no two live leases can arise, for a task or for a user: transactions hold what they read and write by name (advisory
locks of the transaction, taken before the statement that reads, and given back by the commit). Under READ COMMITTED a
statement sees everything that was committed before it began, so what is read after its name is held is the newest
state, and it stays so, absent rows included: two transactions that share a name run one after the other, in strict
two-phase locking. A lease is put or dropped only under the names of its task and of its user; a take, also the one in
one statement (`wp_take_first`), holds both before the look on which it acts; and a write that ends a lease, because the
CRM changed beneath it, holds the task's name from its first look at the task. The primary key on the task and the
unique user stand behind it, should a hand ever write into the tables without names.

Two that wait for each other are told so by `lock_timeout`, and are run again: then each holds what it named before from
its beginning, in one order, so that one of them waits for the other, and for longer. A transaction that names very much
(a bulk of the mirror) holds one name for all instead, which every other holds shared. It asks for it only for a moment
at a time, because everybody else queues behind it meanwhile.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, cast

import psycopg
from attrs import define, field
from psycopg import Cursor

from workplaces_sql.session import Row
from workplaces_sql.statements import Statements

EVERYTHING = 0x77706C6163657331
"""The name that stands for all, as the number of an advisory lock."""

MIGRATING = EVERYTHING + 1
MOST_NAMES = 400
_BULK = 5000

_CLOCK = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_HOLD = f"SELECT pg_advisory_xact_lock(name), {_CLOCK} FROM unnest(%s::bigint[]) AS name"  # noqa: S608 - constants
_BEGIN = f"BEGIN; SELECT pg_advisory_xact_lock_shared({EVERYTHING}), {_CLOCK}"
_BEGIN_AGAIN = _BEGIN.replace("BEGIN;", "BEGIN; SET LOCAL lock_timeout = '2s';")
_BEGIN_WHOLE = _BEGIN.replace("_shared", "").replace("BEGIN;", "BEGIN; SET LOCAL lock_timeout = '500ms';")

_PUT_ENTITIES = """INSERT INTO wp_entity (kind, id, value, number)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
    ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value, number = excluded.number"""
_PUT_JOURNAL = """WITH written (kind, id, value, number) AS (
        SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
    ), past AS (INSERT INTO wp_past (number, value) SELECT number, value FROM written)
    INSERT INTO wp_journal (number, kind, id, at) SELECT number, kind, id, %s::bigint FROM written"""


class TooManyNames(BaseException):
    """The transaction has to be run again holding everything. No command can catch it by mistake."""


def number_of(name: str) -> int:
    """Give the number of the advisory lock that stands for a name.

    >>> number_of("task t1") == number_of("task t1") != number_of("task t2")
    True
    """
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)


# PostgreSQL keeps no NUL in a text, everybody else does: it is written as two other characters.


def stored(value: Any) -> Any:
    r"""Write a text so that it can be kept.

    >>> stored("a\0b\x1a") == "a\x1a0b\x1a1", given("a\x1a0b\x1a1") == "a\0b\x1a"
    (True, True)
    """
    if type(value) is str and ("\0" in value or "\x1a" in value):
        return value.replace("\x1a", "\x1a1").replace("\0", "\x1a0")
    return value


def given(value: Any) -> Any:
    """Read a text that `stored` wrote."""
    if type(value) is str and "\x1a" in value:
        return value.replace("\x1a0", "\0").replace("\x1a1", "\x1a")
    return value


def given_rows(rows: list[Row]) -> list[Row]:
    """Read the texts of rows."""
    return [tuple(map(given, row)) for row in rows]


@define
class Attempt:
    """Which attempt at a command this is, what those before have named, and whether it has to hold everything."""

    number: int = 0
    whole: bool = False
    names: set[str] = field(factory=set)


class PostgresSession:
    """One transaction."""

    def __init__(self, connection: psycopg.Connection[Row], statements: Statements, attempt: Attempt) -> None:
        """Begin, holding what earlier attempts have named."""
        self.statements = statements
        self.feed_grew = False
        self._attempt = attempt
        self._held: set[str] | None = None if attempt.whole else set()
        self._cursor: Cursor[Row] = connection.cursor()
        begin = _BEGIN_WHOLE if attempt.whole else _BEGIN_AGAIN if attempt.number > 1 else _BEGIN
        self._cursor.execute(begin.encode())
        while self._cursor.nextset():
            pass
        self._at = int(cast("Row", self._cursor.fetchone())[1])
        self.hold(*attempt.names)

    def at(self) -> int:
        """Give the moment at which it held all that it holds now."""
        return self._at

    def _execute(self, statement: str, values: dict[str, Any]) -> Cursor[Row]:
        return self._cursor.execute(cast("Any", statement), {name: stored(value) for name, value in values.items()})

    def rows(self, statement: str, **values: Any) -> list[Row]:
        """Give the rows of a statement."""
        return given_rows(self._execute(statement, values).fetchall())

    def row(self, statement: str, **values: Any) -> Row | None:
        """Give one row."""
        row = self._execute(statement, values).fetchone()
        return None if row is None else tuple(map(given, row))

    def do(self, statement: str, **values: Any) -> int:
        """Run a statement."""
        return self._execute(statement, values).rowcount

    def write_entities(self, values: list[dict[str, Any]]) -> None:
        """Keep entities, many in a statement; of one key only the last, as a statement may write a row but once."""
        for start in range(0, len(values), _BULK):
            bulk = values[start : start + _BULK]
            last = {(each["kind"], each["id"]): each for each in bulk}
            self._cursor.execute(_PUT_ENTITIES, _columns(list(last.values())))
            self._cursor.execute(_PUT_JOURNAL, (*_columns(bulk), bulk[0]["at"]))

    def count(self, counter: str) -> int:
        """Count on with a sequence."""
        return self.count_many(counter, 1)[0]

    def count_many(self, counter: str, many: int) -> list[int]:
        """Count on many times; between the numbers may lie those of others."""
        statement = f"SELECT nextval('wp_{counter}_seq') FROM generate_series(1, {many:d})"  # noqa: S608 - one of ours
        return [number for (number,) in self._cursor.execute(cast("Any", statement)).fetchall()]

    def hold(self, *names: str) -> None:
        """Hold names, in the order of their numbers, so that of two bulks one waits for the other."""
        if self._held is None:
            return
        new = [name for name in names if name not in self._held]
        if not new:
            return
        if len(self._held) + len(new) > MOST_NAMES:
            raise TooManyNames
        self._held.update(new)
        self._attempt.names.update(new)
        held = self._cursor.execute(_HOLD, (sorted(map(number_of, new)),)).fetchall()
        self._at = max(self._at, held[-1][1])

    def touched(self) -> None:
        """Remember that the feed grew."""
        self.feed_grew = True


def _columns(values: list[dict[str, Any]]) -> tuple[list[Any], ...]:
    return tuple([stored(each[name]) for each in values] for name in ("kind", "id", "value", "number"))
