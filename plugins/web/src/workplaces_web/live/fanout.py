"""One thread that watches all desks somebody looks at, and tells each of their screens when one changes."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from datetime import datetime
from threading import Event, RLock, Thread, current_thread
from time import monotonic
from typing import Any

import attrs
import structlog
from attrs import define, field, frozen
from litestar.serialization import encode_json

from workplaces_core.answers import Desk
from workplaces_core.engine import Engine
from workplaces_core.errors import WorkError
from workplaces_web.live.concern import Concern, Entity, Turn, shown_on
from workplaces_web.live.screens import DeskView, Left, Screens, content_id

_LOG = structlog.get_logger("workplaces.web")
_QUEUE = 3
_FULL_SECONDS = 15.0
_MOVING_SECONDS = 0.25
_PAUSE_SECONDS = 0.02
_LONGEST_WAIT = 1.0
_BOARD_SECONDS = 1.0
_COUNTS_A_SECOND = 500
BOARD = ""
"""The topic of everything at once: its events say only that something changed."""


@frozen
class LiveEvent:
    """What is sent: a name for its content, and the bytes of the whole event."""

    id: str
    raw: bytes = field(repr=False)

    @classmethod
    def of(cls, name: str, id_: str, data: bytes) -> LiveEvent:
        """Write an event; JSON has no line breaks, so that one line of data does."""
        return cls(id_, b"id: %s\nevent: %s\ndata: %s\n\n" % (id_.encode(), name.encode(), data))


class Mailbox:
    """What one screen has not been told yet: the newest event alone, since it says all. Read in its own loop."""

    def __init__(self, topic: str, loop: asyncio.AbstractEventLoop) -> None:
        """Be empty."""
        self.topic, self.loop = topic, loop
        self._arrived = asyncio.Event()
        self._newest: LiveEvent | None = None
        self.closed = False

    def put(self, event: LiveEvent | None) -> None:
        """Take an event, or None for the end; in the loop."""
        self.closed = self.closed or event is None
        self._newest = event
        self._arrived.set()

    async def next(self, seconds: float) -> LiveEvent | None:
        """Give the newest event, once it comes; None when there was none for so long, or at the end."""
        try:
            await asyncio.wait_for(self._arrived.wait(), seconds)
        except TimeoutError:
            return None
        self._arrived.clear()
        return self._newest


@define(eq=False)
class _Watched:
    """A desk that is watched: what it showed last, and when to look again whatever the news."""

    user: str
    boxes: set[Mailbox] = field(factory=set)
    event: LiveEvent | None = None
    seen: tuple[Any, ...] = ()
    view: DeskView | None = None
    full_at: float = 0.0
    told_at: float = 0.0
    shown: frozenset[Entity] = frozenset()


class Fanout:
    """Watches desks for as many screens as there are, with one thread, and one event a change and desk."""

    def __init__(self, screens: Screens) -> None:
        """Watch the desks that `screens` shows; the thread starts with the first of them."""
        self._screens, self._reach = screens, screens.reach
        self._lock = RLock()
        self._watched: dict[str, _Watched] = {}
        self._board: set[Mailbox] = set()
        self._board_at, self._board_news = 0.0, -1
        self._concern, self._turn = Concern(screens.reach.store), Turn()
        self._name = secrets.token_hex(4)
        self._thread: Thread | None = None
        self._closing = Event()

    @property
    def connections(self) -> int:
        """How many screens listen."""
        with self._lock:
            return len(self._board) + sum(len(each.boxes) for each in self._watched.values())

    # -- screens come and go ------------------------------------------------------------------------------

    def subscribe(self, topic: str, loop: asyncio.AbstractEventLoop) -> Mailbox:
        """Listen to a user's desk, or to BOARD; the newest event comes at once. Blocking."""
        box = Mailbox(topic, loop)
        with self._lock:
            if self._closing.is_set():
                self._deliver([(box, None)])
                return box
            self._run()
            if topic == BOARD:
                self._board.add(box)
                self._deliver([(box, self._board_event())])
                return box
            watched = self._watched.setdefault(topic, _Watched(topic))
            watched.boxes.add(box)
            known = watched.event
        if known is None:
            self._attempt(watched)
        else:
            self._deliver([(box, known)])
        return box

    def unsubscribe(self, box: Mailbox) -> None:
        """Listen no longer."""
        with self._lock:
            self._board.discard(box)
            watched = self._watched.get(box.topic)
            if watched is not None:
                watched.boxes.discard(box)
                if not watched.boxes:
                    del self._watched[box.topic]

    def touch(self, user: str) -> None:
        """Look at a user's desk again, whatever the news: he did something."""
        with self._lock:
            watched = self._watched.get(user)
        if watched is not None:
            self._attempt(watched)

    def open(self) -> None:
        """Watch from now on, also after an end."""
        self._closing.clear()

    def close(self) -> None:
        """Tell all screens that this is the end, and stop; the thread ends with its round."""
        self._closing.set()
        with self._lock:
            boxes = [*self._board, *(box for each in self._watched.values() for box in each.boxes)]
            self._thread = None
        self._deliver((box, None) for box in boxes)

    # -- the thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = Thread(target=self._loop, name="workplaces-fanout", daemon=True)
            self._thread.start()

    def _loop(self) -> None:
        heard = -1
        while not self._closing.is_set() and self._thread is current_thread():
            news = self._reach.news
            if news != heard or self._turn.is_over:
                self._turn.begin(len(self._watched))
            heard = news
            try:
                self.round()
            except Exception:  # noqa: BLE001 - a round that fails must not end the watch
                _LOG.exception("a round of watching failed")
            # News come in bursts: a short pause lets one round answer many of them.
            self._closing.wait(_PAUSE_SECONDS)
            if self._turn.is_over:
                self._reach.wait(news, _LONGEST_WAIT)

    def round(self) -> None:
        """Look at the desks that news may concern, and at the next of all others; tell the screens of what changed."""
        with self._lock:
            watched = list(self._watched.values())
        touched, moment = self._concern.touched(), monotonic()
        first = [each for each in watched if each.full_at <= moment or touched.concerns(each.user, each.shown)]
        # What nobody was named for may be a count that each change of a common queue changes for all.
        rested = moment - len(watched) / _COUNTS_A_SECOND
        named = set(first)
        others = [each for each in self._turn.next(watched) if each.told_at <= rested and each not in named]
        engine, now = self._reach.engine, self._reach.now
        for each in first:
            if each.full_at <= moment or self._seen(self._desk(each, engine, now)) != each.seen:
                self._attempt(each)
        for each in others:
            self._look(each, self._desk(each, engine, now))
        self._tell_board()

    @staticmethod
    def _desk(watched: _Watched, engine: Engine, now: datetime) -> Desk:
        return engine.desk(watched.user, now=now, queue=_QUEUE)

    def _look(self, watched: _Watched, desk: Desk) -> None:
        """Look at a desk that no change named: mostly nothing changed of it, or nothing but a count."""
        seen, view = self._seen(desk), watched.view
        if seen == watched.seen:
            return
        if view is None or view.nothing is not None or seen[1:] != watched.seen[1:]:
            self._attempt(watched)
            return
        left = Left(desk.remaining.own, desk.remaining.shared)
        with self._lock:
            self._show(watched, attrs.evolve(view, at=desk.at, left=left), seen)

    def _seen(self, desk: Desk) -> tuple[Any, ...]:
        """Give what the engine alone knows of a screen, what is left first; the store is asked only when it changed."""
        shown = []
        for place in (desk.current, desk.next):
            task = None if place is None else self._reach.task(place.task)
            shown.append((task, None if task is None else self._reach.links(task)))
        coming = self._reach.timed(desk.user)[:1]
        return desk.remaining, desk.policy_version, desk.role, desk.next_role, desk.current, desk.queue, shown, coming

    def _attempt(self, watched: _Watched) -> None:
        try:
            self._refresh(watched)
        except WorkError as error:
            watched.full_at = monotonic() + 1
            _LOG.warning("a desk could not be looked at", user=watched.user, reason=str(error))

    def _refresh(self, watched: _Watched) -> None:
        """Make the screen anew, and send it when it shows something else."""
        desk = self._reach.service.desk(watched.user, queue=_QUEUE)
        view = self._screens.of(desk, _QUEUE)
        moving = view.current is not None and view.current.transfer == "transferring"
        with self._lock:
            watched.full_at = monotonic() + (_MOVING_SECONDS if moving else _FULL_SECONDS)
            watched.shown = shown_on(view)
            self._show(watched, view, self._seen(desk))

    def _show(self, watched: _Watched, view: DeskView, seen: tuple[Any, ...]) -> None:
        """Send a screen that shows something else than the last one; under the lock."""
        event = desk_event(view)
        watched.view, watched.seen = view, seen
        if watched.event is None or watched.event.id != event.id:
            watched.event, watched.told_at = event, monotonic()
            self._deliver([(box, event) for box in watched.boxes])

    # -- the board ----------------------------------------------------------------------------------------

    def _board_event(self) -> LiveEvent:
        # News are counted by each process for itself.
        return LiveEvent.of("board", f"{self._name}-{self._reach.news}", b"{}")

    def _tell_board(self) -> None:
        if self._reach.news == self._board_news or monotonic() < self._board_at:
            return
        self._board_news, self._board_at = self._reach.news, monotonic() + _BOARD_SECONDS
        with self._lock:
            self._deliver([(box, self._board_event()) for box in self._board])

    @staticmethod
    def _deliver(letters: Iterable[tuple[Mailbox, LiveEvent | None]]) -> None:
        """Put letters into boxes, each loop woken once."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Mailbox, LiveEvent | None]]] = {}
        for box, event in letters:
            by_loop.setdefault(box.loop, []).append((box, event))
        for loop, mail in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_put_all, mail)


def _put_all(mail: list[tuple[Mailbox, LiveEvent | None]]) -> None:
    for box, event in mail:
        box.put(event)


def desk_event(view: DeskView) -> LiveEvent:
    """Write a screen as an event; its id is that of what it shows, so that any process knows it again."""
    return LiveEvent.of("desk", content_id(view), encode_json(view))
