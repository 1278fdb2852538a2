"""How long what is kept for looking back stays: the journal behind the feed and the history, and answers to keys."""

from __future__ import annotations

from datetime import timedelta

from attrs import frozen

from workplaces_sql.session import Session

_EVERY = 1000
_MICROSECOND = timedelta(microseconds=1)


@frozen
class Retention:
    """Both are pruned a little with every thousandth write, so no run of it takes long.

    A follower that was away for longer than `journal` has to read the mirror anew (CursorLost).
    """

    journal: timedelta = timedelta(days=90)
    answers: timedelta = timedelta(days=30)

    def prune(self, session: Session, first: int, last: int, at: int) -> None:
        """Remove what has become old, once in a thousand writes."""
        if (first - 1) // _EVERY == last // _EVERY:
            return
        sql = session.statements
        session.do(sql.prune_answers, before=at - self.answers // _MICROSECOND)
        oldest = session.row(sql.oldest)
        if oldest is None or oldest[0] is None:
            return
        up_to = oldest[0] + 2 * _EVERY + last - first
        gone = session.rows(sql.prune_journal, up_to=up_to, before=at - self.journal // _MICROSECOND)
        session.do(sql.prune_past, up_to=up_to)
        if gone:
            session.do(sql.put_counter, name="pruned", value=max(mark for (mark,) in gone))
