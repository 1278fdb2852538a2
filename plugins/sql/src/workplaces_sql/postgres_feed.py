"""The feed on PostgreSQL: a position is a snapshot, so that no commit is missed however late it comes.

Numbers of the journal become visible out of order. A snapshot, as PostgreSQL writes it, tells which transactions were
over; the feed gives what is visible now and was not in that snapshot. A page in the middle names both snapshots, and
the entry up to which it came.
"""

from __future__ import annotations

import re
from typing import Any

from attrs import frozen

from workplaces_core.errors import CursorLost
from workplaces_sql.database import Page, Reader

_NEWEST = "coalesce((SELECT max(version) FROM wp_policy), 0)"
POSITION = f"SELECT pg_current_snapshot()::text, {_NEWEST}"
_LOOK = f"""SELECT pg_current_snapshot()::text, {_NEWEST},
    %(base)s::pg_snapshot IS NOT NULL AND pg_snapshot_xmax(%(base)s::pg_snapshot) <=
        pg_snapshot_xmax(pg_current_snapshot())
    AND (SELECT value FROM wp_counter WHERE name = 'pruned') <
        pg_snapshot_xmin(%(base)s::pg_snapshot)::text::bigint"""  # noqa: S608 - constants
_BEYOND = """j.xid >= pg_snapshot_xmin(%(base)s::pg_snapshot)
    AND NOT pg_visible_in_snapshot(j.xid, %(base)s::pg_snapshot)"""
_FEED = f"""SELECT j.xid::text, j.number, j.kind, j.id, e.value, l.user_id, l.since, l.expires
    FROM wp_journal j LEFT JOIN wp_entity e ON j.kind <> 'lease' AND e.kind = j.kind AND e.id = j.id
    LEFT JOIN wp_lease l ON j.kind = 'lease' AND l.task_id = j.id
    WHERE {_BEYOND} AND pg_visible_in_snapshot(j.xid, %(target)s::pg_snapshot)
    AND (j.xid, j.number) > (%(xid)s::xid8, %(number)s::bigint)
    ORDER BY j.xid, j.number LIMIT %(most)s::bigint"""  # noqa: S608 - constants
GREW = f"""SELECT {_NEWEST} <> %(version)s::bigint OR EXISTS (SELECT FROM wp_journal j WHERE {_BEYOND})"""  # noqa: S608
_SNAPSHOT = r"[0-9]{1,19}:[0-9]{1,19}:[0-9,]*"
_A_POSITION = re.compile(rf"([0-9]{{1,19}})/({_SNAPSHOT})(?:/({_SNAPSHOT})/([0-9]{{1,19}})/([0-9]{{1,19}}))?")


@frozen
class Position:
    """A place in the feed: the newest policy, what was over, and in the middle of a page how far it came."""

    version: int
    base: str
    target: str | None = None
    xid: str | None = None
    number: str | None = None

    def __str__(self) -> str:
        """Write it as `position_of` reads it."""
        parts = (str(self.version), self.base, self.target, self.xid, self.number)
        return "/".join(part for part in parts if part is not None)


def position_of(text: str) -> Position:
    """Read a position, or raise CursorLost.

    >>> position_of("3/10:12:11")
    Position(version=3, base='10:12:11', target=None, xid=None, number=None)
    """
    found = _A_POSITION.fullmatch(text)
    if found is None or not all(_is_snapshot(part) for part in (found[2], found[3]) if part):
        raise CursorLost(f"`{text}` is not a position of this store")
    return Position(int(found[1]), *found.groups()[1:])


def _is_snapshot(text: str) -> bool:
    low, high, running = text.split(":")
    numbers = [int(low), *(int(each) for each in running.split(",") if each), int(high)]
    return numbers == sorted(numbers) and numbers[0] > 0 and numbers[-1] < 2**63


def page(reader: Reader, text: str, limit: int) -> Page:
    """Read a page of the feed from a position."""
    at = position_of(text)
    ((snapshot, version, is_known),) = reader.rows(_LOOK, base=at.base)
    if not is_known:
        raise CursorLost(f"`{text}` is not a position that this store can go on from")
    target = at.target or snapshot
    values: dict[str, Any] = {"xid": at.xid or "0", "number": at.number or "0", "most": limit + 1}
    rows = reader.rows(_FEED, base=at.base, target=target, **values)
    more = len(rows) > limit
    rows = rows[:limit]
    if more:
        end = Position(version, at.base, target, rows[-1][0], str(rows[-1][1]))
    else:
        end = Position(version, target if rows or at.target else at.base)
    # At the end of several pages there may be more: what was committed since the first of them was read.
    return Page([row[2:] for row in rows], str(end), more or at.target is not None, version)
