"""Accounts cut into pieces that are replayed apart: the same days that `splitting.split` puts together on one machine.

What is cut are counts: so many events of an account on each day. Of a history of any size that is little.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from attrs import evolve, fields, frozen

from workplaces_core.history.extra import pa
from workplaces_core.history.splitting import DAY_US, first_days


@frozen
class Day:
    """The events of an account on one day (of UTC, counted from 1970): how many, and the moments of first and last."""

    account: str
    day: int
    count: int
    first: int
    last: int


@frozen
class Piece:
    """Days of an account that are replayed at once: piece `piece` of `pieces`, in the Spark partition `slot`.

    It has `events` events of its own; `base` events of the account come before. `begin` and `end` are the moments of
    the account's first and last event. All moments are microseconds.
    """

    account: str
    piece: int
    pieces: int
    first_day: int
    last_day: int
    events: int
    base: int
    begin: int
    end: int
    slot: int = 0

    @property
    def start(self) -> int | None:
        """Decisions are wanted from this moment on; None: from the account's beginning."""
        return None if self.piece == 0 else self.first_day * DAY_US

    @property
    def until(self) -> int | None:
        """Decisions are wanted until before this moment; None: until the account's end."""
        return None if self.piece == self.pieces - 1 else (self.last_day + 1) * DAY_US


def pieces(days: Sequence[Day], rows_at_once: int) -> Iterator[Piece]:
    """Cut accounts; days may be in any order. Pieces are in order of account and time.

    >>> days = [Day("acme", 20_000 + day, 60, 0, 0) for day in range(3)]
    >>> [(piece.first_day, piece.last_day, piece.base) for piece in pieces(days, rows_at_once=130)]
    [(20000, 20001, 0), (20002, 20002, 120)]
    """
    ordered = sorted(days, key=lambda each: (each.account, each.day))
    for account, own in groupby(ordered, key=lambda each: each.account):
        yield from _pieces(account, list(own), rows_at_once)


def _pieces(account: str, days: Sequence[Day], rows_at_once: int) -> Iterator[Piece]:
    edges = first_days([day.count for day in days], rows_at_once)
    base = 0
    for number, (first, end) in enumerate(zip(edges, [*edges[1:], len(days)], strict=True)):
        events = sum(day.count for day in days[first:end])
        # The last day is the one before the next piece begins: `until` is where that one starts.
        last_day = days[end].day - 1 if end < len(days) else days[-1].day
        span = days[0].first, days[-1].last
        yield Piece(account, number, len(edges), days[first].day, last_day, events, base, *span)
        base += events


def with_slots(cut: Sequence[Piece], room: int) -> list[Piece]:
    """Put pieces into Spark partitions: small accounts together up to `room` events, each piece of a large one alone.

    The pieces of one account have slots that follow each other.
    """
    slot, used, placed = 0, 0, list[Piece]()
    for piece in cut:
        if used and (piece.pieces > 1 or used + piece.events > room):
            slot, used = slot + 1, 0
        placed.append(evolve(piece, slot=slot))
        used += piece.events if piece.pieces == 1 else room
    return placed


def slots_of(cut: Sequence[Piece]) -> int:
    """Count the slots."""
    return cut[-1].slot + 1 if cut else 0


def table_of_pieces(cut: Sequence[Piece]) -> pa.Table:
    """Put pieces into a table, a column a field, for Spark to join with events."""
    names = [*(each.name for each in fields(Piece)), "start", "until"]
    schema = pa.schema([pa.field(name, pa.string() if name == "account" else pa.int64()) for name in names])
    return pa.table({name: [getattr(piece, name) for piece in cut] for name in names}, schema=schema)
