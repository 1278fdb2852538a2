"""Sentences in English and Russian, made of explanation codes and desks; pure, the words stand in `en` and `ru`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from workplaces_core.rules.zones import zone
from workplaces_core.sentences.desks import desk_lines
from workplaces_core.sentences.en import ENGLISH
from workplaces_core.sentences.lines import Line, as_text
from workplaces_core.sentences.ru import RUSSIAN
from workplaces_core.sentences.why import Why
from workplaces_core.sentences.wording import Wording

if TYPE_CHECKING:
    from workplaces_core.answers import Desk, Explanation
    from workplaces_core.model import Snapshot
    from workplaces_core.policy import Policy

__all__ = ["LANGUAGES", "Line", "as_text", "desk_sentences", "sentences", "wording_of"]

LANGUAGES = {language.name: language for language in (ENGLISH, RUSSIAN)}


def sentences(
    explanation: Explanation, snapshot: Snapshot, policy: Policy, *, language: str = "en"
) -> tuple[Line, ...]:
    """Put an explanation into words: the question, the answer, and every reason of every role and priority.

    `snapshot` and `policy` are those that were explained, else ValueError or KeyError; `language` is a key of
    LANGUAGES, else KeyError. Times are in the role's zone (the account's, where no role is meant), which is named.

    >>> from datetime import UTC, date
    >>> from workplaces_core.explanation import explain
    >>> from workplaces_core.model import Account, Snapshot, Task, User
    >>> from workplaces_core.policy import Interval, Members, Policy, Role
    >>> created, now = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 24, 5, tzinfo=UTC)
    >>> call = Task("t1", "1", "Call back", "u1", created, date(2026, 11, 26))
    >>> snapshot = Snapshot(Account("acme", "Europe/Moscow"), users=[User("u1", "Anna")], tasks=[call])
    >>> week = Interval("week", start=9 * 60, end=18 * 60, days=(0, 1, 2, 3, 4))
    >>> policy = Policy(1, (Role("sales", "Sales", members=Members(["u1"]), intervals=(week,)),))
    >>> why = explain(snapshot, policy, user="u1", task="t1", now=now)
    >>> print(as_text(sentences(why, snapshot, policy)))
    Task “Call back” (t1): why is it here, or not? Anna (u1), Tue 24 Nov 2026, 08:00 (Europe/Moscow)
    It is not handed out now: no role of Anna (u1) is active, the next time is from 09:00 (Europe/Moscow).
    Role “Sales” (sales)
      the role is not active now, the next time is from 09:00 (Europe/Moscow)
      the task is due on a later day, 26 Nov 2026
    """
    return tuple(Why(explanation, policy, wording_of(snapshot, explanation.at, language=language)).lines())


def desk_sentences(desk: Desk, snapshot: Snapshot, policy: Policy, *, language: str = "en") -> tuple[Line, ...]:
    """Put a desk into words; arguments, times and errors as in `sentences`.

    >>> from datetime import UTC
    >>> from workplaces_core.decision import decide
    >>> from workplaces_core.model import Account, Snapshot, User
    >>> from workplaces_core.policy import Policy
    >>> snapshot = Snapshot(Account("acme", "Europe/Moscow"), users=[User("u1", "Анна")])
    >>> desk = decide(snapshot, Policy(1, ()), user="u1", now=datetime(2026, 11, 24, 7, 40, tzinfo=UTC))
    >>> print(as_text(desk_sentences(desk, snapshot, Policy(1, ()), language="ru")))
    Рабочее место: Анна (u1), вт 24 ноября 2026, 10:40 (Europe/Moscow)
      Сейчас роли нет, и в течение года не будет
      Осталось на сегодня: 0; в общей очереди: 0
    """
    return tuple(desk_lines(desk, policy, wording_of(snapshot, desk.at, language=language)))


def wording_of(snapshot: Snapshot, at: datetime, *, language: str = "en") -> Wording:
    """Give the words for single things of an account at a moment, in the account's zone.

    >>> from datetime import UTC
    >>> from workplaces_core.model import Account, Snapshot, User
    >>> snapshot = Snapshot(Account("acme", "Europe/Moscow"), users=[User("u1", "Anna")])
    >>> wording_of(snapshot, datetime(2026, 11, 24, tzinfo=UTC)).user("u1")
    'Anna (u1)'
    """
    return Wording(LANGUAGES[language], snapshot, at, zone(snapshot.account.timezone))
