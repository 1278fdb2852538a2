"""Which of the desks that are watched to look at first: those that a change may concern, then all others in turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from attrs import field, frozen

from workplaces_core.adapters.stores import Store
from workplaces_core.changes import Change, Set, about
from workplaces_core.errors import CursorLost, WorkError
from workplaces_core.model import Deal, Lease, Skip, Task
from workplaces_web.live.screens import DeskView

Entity = tuple[str, str]
"""Kind and id."""

T = TypeVar("T")
_ON_SCREENS = frozenset({"task", "deal", "contact", "company", "lease", "skip"})
_PART = 16
AT_ONCE = 64
"""Of so many desks none has to wait for its turn."""


@frozen
class Touched:
    """Whom changes may concern at once: users, and whoever sees one of the entities; or `everybody`."""

    users: frozenset[str] = frozenset()
    entities: frozenset[Entity] = frozenset()
    everybody: bool = False

    def concerns(self, user: str, shown: frozenset[Entity]) -> bool:
        """Tell whether a user whose screen shows some entities is to be looked at."""
        return self.everybody or user in self.users or not self.entities.isdisjoint(shown)


EVERYBODY = Touched(everybody=True)


def touched_by(changes: Iterable[Change]) -> Touched:
    """Say whom changes concern by what they are about.

    Whose count of what is left they change, or whose queue by a condition, they do not tell: that is for the turn.

    >>> from workplaces_core.changes import Remove
    >>> touched_by([Remove("task", "t1")]).concerns("anna", frozenset({("task", "t1")}))
    True
    >>> touched_by([Remove("user", "u1")]).everybody
    True
    """
    users: set[str] = set()
    entities: set[Entity] = set()
    for change in changes:
        if change.kind not in _ON_SCREENS:
            return EVERYBODY
        if change.kind in {"lease", "skip"}:
            entities.add(("task", about(change).partition("/")[0]))
        else:
            entities.add((change.kind, about(change)))
        value = change.value if isinstance(change, Set) else None
        if isinstance(value, Task | Deal) and value.responsible is not None:
            users.add(value.responsible)
        elif isinstance(value, Lease | Skip):
            users.add(value.user)
    return Touched(frozenset(users), frozenset(entities))


def shown_on(view: DeskView) -> frozenset[Entity]:
    """List what a screen shows."""
    found = {("task", row.task) for row in view.queue}
    for place in (view.current, view.next, view.coming):
        if place is not None:
            card = place.card
            found.add(("task", card.task))
            named = (("deal", card.deal), ("contact", card.contact), ("company", card.company))
            found.update((kind, entity.id) for kind, entity in named if entity is not None)
    return frozenset(found)


class Concern:
    """Reads what came to the store since it was last asked. For one thread."""

    def __init__(self, store: Store) -> None:
        """Read from now on, from the first question."""
        self._store = store
        self._position: str | None = None
        self._version: int | None = None
        self._before = Touched()

    def touched(self) -> Touched:
        """Say whom the news concern; each is told twice, for the engine may hear of it a moment after us."""
        news, before = self._news(), self._before
        self._before = news
        return Touched(news.users | before.users, news.entities | before.entities, news.everybody or before.everybody)

    def _news(self) -> Touched:
        try:
            if self._position is None:
                self._position = self._store.position()
                return EVERYBODY
            feed = self._store.feed(self._position)
        except CursorLost:
            self._position = None
            return EVERYBODY
        except WorkError:
            return EVERYBODY
        self._position, published = feed.position, self._version not in {None, feed.policy_version}
        self._version = feed.policy_version
        return EVERYBODY if feed.more or published else touched_by(feed.changes)


@frozen
class Turn:
    """All others, a part of them each round; a few are looked at all at once."""

    _at: list[int] = field(factory=lambda: [0, 0])

    def begin(self, many: int) -> None:
        """Look at so many from now on."""
        self._at[1] = many

    @property
    def is_over(self) -> bool:
        """Whether everybody was looked at."""
        return self._at[1] <= 0

    def next(self, everybody: Sequence[T]) -> Sequence[T]:
        """Give the next part of them.

        >>> turn = Turn()
        >>> turn.begin(100)
        >>> len(turn.next(range(100))), turn.is_over, len(turn.next(range(100))), turn.is_over
        (64, False, 36, True)
        """
        many = max(AT_ONCE, len(everybody) // _PART)
        chosen = everybody[self._at[0] : self._at[0] + many]
        after = self._at[0] + many
        self._at[:] = [after if after < len(everybody) else 0, self._at[1] - max(len(chosen), 1)]
        return chosen
