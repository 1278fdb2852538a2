"""The one object that an integrator embeds: who does what next, who has it, and what the CRM has to be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property, partial

from attrs import frozen

from workplaces_core.adapters.protocols import CrmAdapter
from workplaces_core.adapters.stores import (
    Event,
    FencedLease,
    Nothing,
    PolicyVersion,
    Record,
    Saga,
    SagaKind,
    Store,
    T,
    Transaction,
    Wish,
)
from workplaces_core.answers import Explanation
from workplaces_core.check import check
from workplaces_core.engine import Engine
from workplaces_core.errors import NotAllowed, PolicyError, Problem, StoreUnavailable
from workplaces_core.model import EntityKind, Snapshot
from workplaces_core.policy import Policy
from workplaces_core.work import commands, leases
from workplaces_core.work.background import Background
from workplaces_core.work.desks import WorkDesk, what_shows, with_work
from workplaces_core.work.handing_out import Enough, hand_out, news_of
from workplaces_core.work.live import Live
from workplaces_core.work.no_crm import NoCrm
from workplaces_core.work.observing import Observer, Observing
from workplaces_core.work.presence import Applied, applied
from workplaces_core.work.preview import Preview, preview
from workplaces_core.work.reading import Reader, Reading
from workplaces_core.work.sagas import SagaRunner, name_of
from workplaces_core.work.supervising import Published, compensate, publish
from workplaces_core.work.telling import Telling
from workplaces_core.work.wishes import due_text, plain_key, plain_text

_ATTEMPTS = 50


@frozen
class Due:
    """What a round of `run_due` did: leases that expired, and sagas that came to an end."""

    expired: int
    ended: int


class DeskService:
    """Hands out work: synchronous, safe for many threads, and for many processes on one store.

    Every command may raise StoreUnavailable, and one that needs the CRM also CrmUnavailable: the wish is recorded then,
    is tried again by itself, and the same call with the same key tells how it ended.

    >>> from datetime import UTC, datetime
    >>> from workplaces_core.adapters.memory import MemoryCrm, MemoryStore
    >>> from workplaces_core.model import Account, Snapshot, Task, User
    >>> from workplaces_core.policy import Interval, Members, Priority, Role
    >>> now = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
    >>> crm = MemoryCrm(Snapshot(
    ...     Account("acme", "Europe/Moscow"), users=[User("u1", "Anna")],
    ...     tasks=[Task("t1", "1", "Call back", "u1", now, date(2026, 11, 24))],
    ... ))
    >>> week = Interval("week", start=9 * 60, end=18 * 60, days=(0, 1, 2, 3, 4))
    >>> role = Role("r1", "Sales", members=Members(["u1"]), intervals=(week,), priorities=(Priority("all", "All"),))
    >>> service = DeskService(adapter=crm, store=MemoryStore(), clock=lambda: now)
    >>> service.publish(Policy(1, (role,)), author="u9").version
    1
    >>> lease = service.take("u1")
    >>> lease.task, lease.fence, service.desk("u1").current.title
    ('t1', 1, 'Call back')
    >>> service.finish("u1", lease.fence, result="reached").event
    'finished'
    >>> service.take("u1").reason
    'nothing_to_do'
    """

    def __init__(
        self,
        *,
        adapter: CrmAdapter,
        store: Store,
        clock: Callable[[], datetime] | None = None,
        lease_minutes: float = 15,
        allow_skip: bool = False,
        sync_seconds: float = 60,
        observer: Observer | None = None,
    ) -> None:
        """Serve an adapter's account from a store.

        Time is the store's, unless a `clock` is given, which gives aware datetimes. A lease that is not renewed for
        `lease_minutes` expires. In the background the CRM is read at least every `sync_seconds`. The `observer` is
        told of every command, for metrics.
        """
        self._adapter, self._store, self._clock = adapter, store, clock
        self._lease_for = timedelta(minutes=lease_minutes)
        self._allow_skip = allow_skip
        self._observing = Observing() if observer is None else Observing(observer)
        self._live, self._enough = Live(store), Enough()
        self._reader = Reader(store, adapter, self._at)
        self._background = Background(self, self._live, store, sync_seconds)

    # -- running --------------------------------------------------------------------------------------------

    def start(self, *, background: bool = True) -> None:
        """Be ready for desks; in the background follow the store, read the CRM, end leases, send what is due.

        Of several processes on one store one reads the CRM, the others stand by.
        """
        if background:
            self._background.start(self._adapter.watch if self._adapter.capabilities.watch.is_there else None)
        else:
            self._ready()

    def stop(self) -> None:
        """End what runs in the background, once it has finished what it is at; watches end too."""
        self._background.stop()

    def sync(self, *, everything: bool = False) -> Reading:
        """Read the CRM, one round: what changed since the last one, or everything."""
        with self._observing.command("sync"):
            reading = self._reader.read(everything=everything)
            self._live.follow()
            return reading

    def run_due(self) -> Due:
        """End the leases that have expired, and send to the CRM what is due; one round."""
        expired = 0
        for lease in self._store.leases():
            if lease.expires <= self._now():
                expired += self._store.run(partial(leases.expire_if_due, task=lease.task), at=self._at())
        ended = 0
        for saga in self._store.sagas():
            ended += not self._runner.advance(saga).saga.is_open
        if self._live.is_loaded:
            self._live.follow()
        return Due(expired, ended)

    def follow(self) -> bool:
        """Take over what other processes wrote, and tell whether the account has been read by anybody yet."""
        return self._live.follow()

    @property
    def store(self) -> Store:
        """The store that was given."""
        return self._store

    @property
    def engine(self) -> Engine:
        """The live engine of this process, up to date; it is the service that changes it."""
        return self._engine()

    @property
    def is_loaded(self) -> bool:
        """Whether this process knows the account: without waiting for it."""
        return self._live.is_loaded

    @property
    def news(self) -> int:
        """A number that grows whenever a desk may have changed: look at it first, at desks then, and then `wait`."""
        return self._live.news

    def now(self) -> datetime:
        """Give the moment of the service: the store's, or the clock's that was given."""
        return self._now()

    def wait(self, news: int, seconds: float) -> None:
        """Return when `news` has grown beyond a number, or after so many seconds."""
        self._live.wait(news, seconds)

    def card_url(self, kind: EntityKind, entity_id: str) -> str | None:
        """Give the address of an entity's card in the CRM, None when the adapter does not know it."""
        address: Callable[[str, str], str | None] | None = getattr(self._adapter, "card_url", None)
        return None if address is None else address(kind, entity_id)

    @property
    def has_crm(self) -> bool:
        """Whether there is a CRM to be told anything."""
        return not isinstance(self._adapter, NoCrm)

    def snapshot(self) -> Snapshot:
        """Give the account as this process knows it."""
        return self._engine().snapshot()

    # -- policies -------------------------------------------------------------------------------------------

    def publish(self, policy: Policy, *, author: str | None = None, comment: str = "") -> Published:
        """Use a policy from now on, in all processes. Raises PolicyError unless its version is greater than any.

        Findings of `check` come with the answer and stop nothing: a setting may be ahead of the CRM's directory.
        """
        findings = check(policy, self._engine().snapshot(), now=self._now())
        published = self._store.run(partial(publish, policy=policy, author=author, comment=comment), at=self._at())
        self._live.follow()
        return Published(policy.version, published, findings)

    def republish(self, version: int, *, author: str | None = None, comment: str = "") -> Published:
        """Use the roles of an old version again, under a new one."""
        old = self._store.policy(version)
        if old is None:
            raise PolicyError([Problem("version", version, "was never published")])
        newest = self._store.run(lambda tx: tx.newest_version())
        again = Policy(newest + 1, old.policy.roles, old.policy.days_off)
        return self.publish(again, author=author, comment=comment or f"version {version} again")

    def preview(self, policy: Policy) -> Preview:
        """Tell whose next task a draft would change, and why; nothing is changed by asking."""
        return preview(self._engine(), policy, self._now())

    def applied(self, version: int) -> Applied:
        """Tell how many of the processes that run in the background decide by a version already."""
        return applied(self._store.cells, version)

    @property
    def policy(self) -> Policy:
        """The policy in use by this process."""
        return self._engine().policy

    def policies(self) -> Sequence[PolicyVersion]:
        """List all versions, the newest first."""
        return self._store.policies()

    # -- desks ----------------------------------------------------------------------------------------------

    def desk(self, user: str, *, queue: int | None = 20) -> WorkDesk:
        """Give a user's desk now, with at most `queue` entries of his queue."""
        return with_work(self._engine().desk(user, now=self._now(), queue=queue), self._store, at=self._at())

    def explain(self, user: str, task: str) -> Explanation:
        """Say why a task is in a user's queue now, or why not. Raises UnknownTask."""
        return self._engine().explain(user, task, now=self._now())

    def watch(self, user: str, *, heartbeat: float = 15.0) -> Iterator[WorkDesk]:
        """Give the user's desk now, and again whenever it changes, until the service stops.

        Without news it looks again after at most `heartbeat` seconds, and gives nothing when nothing changed.
        """
        shown = None
        while not self._background.stopped:
            news = self._live.news
            desk = self.desk(user)
            if what_shows(desk) != shown:
                shown = what_shows(desk)
                yield desk
                continue
            due = self._live.engine.next_moment(user, now=desk.at) - desk.at
            # Without background work nobody else would look into the store.
            longest = heartbeat if self._background.runs else min(heartbeat, 0.2)
            self._live.wait(news, min(due.total_seconds(), longest))

    def dismiss(self, user: str, up_to: int) -> None:
        """Forget the notices of a user up to a number: he has read them."""
        self._store.run(lambda tx: tx.dismiss(user, up_to), at=self._at())
        self._live.tell()

    # -- what employees do ----------------------------------------------------------------------------------

    def take(self, user: str, *, key: str | None = None) -> FencedLease | Nothing:
        """Give the user his live lease, else lease him the head of his queue, else say why there is nothing.

        Raises KeyReused when the key was given for another command before.
        """
        with self._observing.command("take", user=user) as told:
            taken: FencedLease | Nothing = told.answer(self._take(Wish(user, (), self._lease_for, plain_key(key))))
            return taken

    def _take(self, wish: Wish, *, follow: bool = False) -> FencedLease | Nothing:
        for _ in range(_ATTEMPTS):
            engine, heard = self._engine(follow=follow), self._live.heard
            given = hand_out(engine, self._store, wish, now=self._now(), at=self._at(), enough=self._enough)
            self._live.learn(news := news_of(given), heard)
            if given.new:
                self._background.wake()
            if given.answer is not None:
                return given.answer
            follow = not news
        raise StoreUnavailable(f"user `{wish.user}` lost the race for a task {_ATTEMPTS} times, try again")

    def renew(self, user: str, fence: int) -> FencedLease:
        """Let a lease last on: the heartbeat of a desk. Raises StaleFence, NotYours."""
        return self._commanded("renew", user, partial(leases.renew, user=user, fence=fence, lease_for=self._lease_for))

    def finish(self, user: str, fence: int, *, result: str = "", key: str | None = None) -> Record:
        """Complete the task in the CRM, and give how the lease ended.

        Raises StaleFence, NotYours; NotAllowed when the CRM refuses, CrmUnavailable when it is not there.
        """
        return self._tell(user, fence, "finish", plain_text("result", result), key)

    def postpone(self, user: str, fence: int, *, due: date, key: str | None = None) -> Record:
        """Give the task another due in the CRM: a date makes it an all-day task, an aware datetime an exact-time one.

        Raises as `finish` does, and InvalidInput for a naive datetime or a due outside the years 1970 to 2199.
        """
        return self._tell(user, fence, "postpone", due_text(due), key)

    def release(self, user: str, fence: int, *, reason: str = "", key: str | None = None) -> Record:
        """Give the task back. Raises StaleFence, NotYours."""
        said = partial(commands.release, reason=plain_text("reason", reason), key=plain_key(key))
        return self._commanded("release", user, partial(said, user=user, fence=fence))

    def skip(self, user: str, fence: int, *, reason: str = "", minutes: int = 30, key: str | None = None) -> Record:
        """Give the task back and not see it for some minutes. Raises StaleFence, NotYours, and NotAllowed when off."""
        if not self._allow_skip:
            raise NotAllowed("tasks may not be skipped here: `allow_skip` is off")
        if minutes < 1:
            raise ValueError(f"`{minutes}` minutes is no time to skip a task, give 1 or more")
        said = partial(commands.skip, reason=plain_text("reason", reason), minutes=minutes, key=plain_key(key))
        return self._commanded("skip", user, partial(said, user=user, fence=fence))

    def _commanded(self, name: str, user: str, act: Callable[[Transaction], T]) -> T:
        with self._observing.command(name, user=user) as told:
            answer: T = told.answer(self._store.run(act, at=self._at()))
            self._live.follow()
            return answer

    def _tell(self, user: str, fence: int, kind: SagaKind, value: str, key: str | None) -> Record:
        telling = Telling(self._store, self._runner, self._lease_for)
        with self._observing.command(kind, user=user) as told:
            try:
                record: Record = told.answer(telling.tell(user, fence, kind, value, plain_key(key), self._at()))
            finally:
                self._live.follow()
            return record

    # -- what supervisors do --------------------------------------------------------------------------------

    def log(
        self,
        *,
        since: datetime | None = None,
        after: int = 0,
        user: str | None = None,
        task: str | None = None,
        events: Sequence[Event] = (),
        limit: int | None = None,
    ) -> Iterator[Record]:
        """Give the log in order: hand-outs with their decisions, ends of leases, transfers, policies; filtered."""
        return self._store.log(since=since, after=after, user=user, task=task, events=events, limit=limit)

    def transfers(self, *, open_only: bool = False, limit: int = 100) -> Sequence[Saga]:
        """List the changes of ownership, the newest first, with what was changed and what was not."""
        sagas = self._store.sagas(open_only=open_only, limit=limit)
        return [saga for saga in sagas if saga.kind in {"transfer", "compensate"}]

    def alerts(self, *, limit: int = 100) -> Sequence[Saga]:
        """List what a supervisor has to see to: transfers that went only part of the way, wishes that are stuck."""
        known = self._store.sagas(open_only=False, limit=limit)
        given_back = {saga.fence for saga in known if saga.kind == "compensate" and saga.state == "done"}
        ended = (saga for saga in known if saga.state == "partly_transferred" and saga.fence not in given_back)
        stuck = (saga for saga in self._store.sagas() if saga.attempts > 0)
        return [*stuck, *ended]

    def compensate(self, saga_id: int) -> Saga:
        """Give back what a transfer changed before it failed, as far as it is still the taker's.

        Raises NotAllowed for a transfer that has not failed, or that changed nothing.
        """
        saga = self._store.run(partial(compensate, saga_id=saga_id), at=self._at())
        advanced = self._runner.advance(saga, eager=True)
        self._live.follow()
        return advanced.saga

    @cached_property
    def _runner(self) -> SagaRunner:
        return SagaRunner(self._store, self._adapter, name_of(self._store), self._at)

    # -- within ---------------------------------------------------------------------------------------------

    def _at(self) -> datetime | None:
        return None if self._clock is None else self._clock()

    def _now(self) -> datetime:
        return self._store.now() if self._clock is None else self._clock()

    def _engine(self, *, follow: bool = False) -> Engine:
        """Give the engine, up to date: the background keeps it so, else the store is asked now."""
        if not self._live.is_loaded:
            self._ready()
        elif follow or not self._background.runs:
            self._live.follow(renew=not self._background.runs)
        return self._live.engine

    def _ready(self) -> None:
        """Load the engine; when nobody has read the account yet, read it."""
        if not self._live.follow():
            self.sync()
