"""A process's live engine, fed by the store: loaded from the mirror, kept up by the feed, under the newest policy."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Condition, RLock

from workplaces_core.adapters.stores import Store
from workplaces_core.changes import COLLECTIONS, Change, Set, about
from workplaces_core.engine import Engine
from workplaces_core.errors import CursorLost
from workplaces_core.model import Account, Snapshot
from workplaces_core.policy import Policy

NO_POLICY = Policy(0, ())
"""What counts before anything was published: nobody has a role."""


class Live:
    """The engine of one process, and how far it has followed the store. Safe for many threads."""

    def __init__(self, store: Store) -> None:
        """Follow a store; nothing is read yet."""
        self._store = store
        self._following = RLock()
        self._preparing = RLock()  # taken before the other
        self._newest = 0
        self._heard = 0
        self._position: str | None = None
        self._engine: Engine | None = None
        self._changed = Condition()
        self._news = 0

    @property
    def engine(self) -> Engine:
        """The engine. Raises LookupError before the mirror has an account."""
        if self._engine is None:
            raise LookupError("the mirror is empty")
        return self._engine

    @property
    def is_loaded(self) -> bool:
        """Whether there is an engine."""
        return self._engine is not None

    @property
    def position(self) -> str:
        """How far the feed was followed."""
        return self._position or ""

    def follow(self, *, renew: bool = True) -> bool:
        """Take over all that the store knows by now, and tell whether there is an engine then.

        With `renew` also a new policy, which takes as long as indexing the account; meanwhile others use the old one.
        """
        with self._following:
            if not self._catch_up():
                return False
        if renew:
            self._renew()
        return True

    def _catch_up(self) -> bool:
        if self._engine is None or self._position is None:
            return self._load()
        try:
            self._position = self._feed(self._engine, self._position)
        except CursorLost:
            return self._load()
        return True

    def _renew(self) -> None:
        """Make an engine under the newest policy beside the one in use, bring it up to date, and change over."""
        if self._newest <= self.engine.policy.version:
            return
        with self._preparing:
            with self._following:
                engine, position, newest = self.engine, self._position, self._newest
            published = self._store.policy() if newest > engine.policy.version else None
            if published is None or position is None:
                return
            fresh = Engine(published.policy, engine.snapshot())
            with self._following:
                try:
                    self._position = self._feed(fresh, position)
                    self._engine = fresh
                except CursorLost:
                    self._load()
        self.tell()

    @property
    def heard(self) -> int:
        """How often the feed brought anything: to be looked at before a command, and given to `learn` after it."""
        return self._heard

    def learn(self, changes: Sequence[Change], heard: int) -> None:
        """Take over at once what a command of this process told; the feed brings it again, which changes nothing.

        When the feed brought anything since, it may know of what came after that already, so it is asked instead.
        """
        if not changes:
            return
        with self._following:
            if self._heard == heard:
                self.engine.apply(changes)
            else:
                self._catch_up()
        self.tell()

    def _load(self) -> bool:
        # The position first: what is written while we read comes again with the feed.
        position = self._store.position()
        found: dict[str, list[object]] = {name: [] for name in COLLECTIONS.values()}
        account = None
        for change in self._store.entities():
            if isinstance(change.value, Account):
                account = change.value
            else:
                found[COLLECTIONS[change.kind]].append(change.value)
        if account is None:
            return False
        published = self._store.policy()
        policy = NO_POLICY if published is None else published.policy
        self._engine = Engine(policy, Snapshot(account, **found))
        self._position = position
        self._heard += 1
        self.tell()
        return True

    def _feed(self, engine: Engine, position: str) -> str:
        """Apply to an engine what came after a position, and give the position it is at then."""
        more, news = True, False
        while more:
            feed = self._store.feed(position)
            engine.apply(feed.changes)
            self._heard += bool(feed.changes)
            self._newest = max(self._newest, feed.policy_version)
            position, more, news = feed.position, feed.more, news or bool(feed.changes)
        if news:
            self.tell()
        return position

    @property
    def news(self) -> int:
        """How often a desk may have changed: to be looked at before a desk, and given to `wait` after it."""
        return self._news

    def wait(self, news: int, seconds: float) -> None:
        """Return when there are news since `news`, or after so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._news != news, max(0.0, seconds))

    def tell(self) -> None:
        """Let everybody who waits for news look again."""
        with self._changed:
            self._news += 1
            self._changed.notify_all()


def read_mirror(store: Store) -> dict[tuple[str, str], Set]:
    """Give everything the mirror holds but leases and skips, by kind and id."""
    return {(change.kind, about(change)): change for change in store.entities() if change.kind not in {"lease", "skip"}}
