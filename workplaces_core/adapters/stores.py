"""What a store is: what it keeps, the one transaction in which everything changes, and what may be read beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar

from attrs import field, frozen

from workplaces_core.adapters.cells import Cell, Cells
from workplaces_core.adapters.protocols import OwnedKind
from workplaces_core.changes import Change, Kind, Set
from workplaces_core.model import Lease, Task
from workplaces_core.policy import Policy

T = TypeVar("T")

Event = Literal[
    "taken", "finished", "postponed", "released", "skipped", "expired", "completed", "deleted", "reassigned",
    "lost_race", "transferred", "transfer_lost", "partly_transferred", "compensated", "refused", "published",
]  # fmt: skip
"""What the log tells of: a hand-out, the nine ways in which a lease ends, how a transfer or a wish ended, a policy."""

SagaKind = Literal["transfer", "finish", "postpone", "compensate"]
SagaState = Literal["transferring", "done", "lost_race", "partly_transferred", "refused"]
StepAction = Literal["set_responsible", "complete", "postpone"]
StepState = Literal["pending", "sent", "done", "failed"]


@frozen
class FencedLease:
    """One employee's hold on one task. `fence` grows with every lease, so an old one can be told from a new one."""

    task: str
    user: str
    fence: int
    since: datetime
    expires: datetime
    role: str
    priority: str | None


@frozen
class Step:
    """One write to the CRM, recorded before (`sent`) and after (`done` or `failed`) it is made.

    `value` is the user, the result or the due (in wire form); `only_if` lists whose change the write may replace, in
    the order in which to try; `outcome` says in words what the CRM answered.
    """

    action: StepAction
    kind: OwnedKind
    id: str
    value: str
    only_if: tuple[str | None, ...] = ()
    state: StepState = "pending"
    outcome: str | None = None


@frozen
class Saga:
    """Steps that belong together, and are resumed by any process until all are done or one can never be.

    `id` is 0 until the store gives one. A worker has it for itself until `worked_until`; nobody tries before
    `not_before`. `trouble` says why it did not go on, or how it ended.
    """

    id: int
    kind: SagaKind
    task: str
    user: str
    fence: int
    steps: tuple[Step, ...]
    state: SagaState = "transferring"
    started: datetime | None = None
    attempts: int = 0
    not_before: datetime | None = None
    worker: str | None = None
    worked_until: datetime | None = None
    trouble: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether steps are still to be made."""
        return self.state == "transferring"


@frozen
class Record:
    """One entry of the log; numbers grow in the order in which the entries were written. `details` is JSON."""

    number: int
    at: datetime
    event: Event
    user: str | None
    task: str | None
    fence: int | None
    details: dict[str, Any] = field(factory=dict)


@frozen
class Notice:
    """What an employee has to be told: how a lease ended beneath him, or what of his wishes the CRM refused."""

    number: int
    user: str
    at: datetime
    event: Event
    task: str
    title: str
    details: dict[str, Any] = field(factory=dict)


@frozen
class Candidate:
    """A task that may be handed out: as it was when that was decided, the decision, and what else will change hands."""

    task: Task
    role: str
    priority: str | None
    decision: dict[str, Any]
    steps: tuple[Step, ...] = ()


@frozen
class Wish:
    """What `take` asks for: the first of the candidates that is still free, in their order."""

    user: str
    candidates: tuple[Candidate, ...]
    lease_for: timedelta
    key: str | None = None


@frozen
class Nothing:
    """Why `take` gave nothing, and the next moment at which something may open (None: not within the horizons)."""

    reason: Literal["no_role", "nothing_to_do"]
    opens_at: datetime | None


@frozen
class Given:
    """What `take` gave, and whether that is a new lease: it is not when the user held it, or repeated the key.

    Without an answer nothing of what was offered is free as it was: a fresh decision is due. `others` are the live
    leases on candidates that were passed over: whoever offered them had not heard of these yet.
    """

    answer: FencedLease | Nothing | None
    new: bool
    others: tuple[Lease, ...] = ()


@frozen
class PolicyVersion:
    """A policy that was published: by whom, when, and with which words."""

    policy: Policy
    author: str | None
    at: datetime
    comment: str = ""


@frozen
class Feed:
    """What changed since a position: the state that it has now, of everything touched, and the position to go on from.

    `policy_version` is the newest that is published (0: none).
    """

    changes: tuple[Change, ...]
    position: str
    policy_version: int
    more: bool = False


class Transaction(Protocol):
    """The store while one command runs: all that it writes becomes true together, or nothing does.

    What was read does not change until the end; where a database cannot hold it, the command is run again, so a
    command is a function without other effects.
    """

    @property
    def at(self) -> datetime:
        """The moment of the transaction, in UTC: the store's time, or the one that was given to `run`."""
        ...

    # -- the mirror of the CRM, and skips -----------------------------------------------------------------

    def entity(self, kind: Kind, entity_id: str) -> Any | None:
        """Give what the mirror has; ids are written as in `Remove`. A lease is given as the snapshot has it."""
        ...

    def touched(self, kind: Kind, entity_id: str) -> int:
        """Give the number of the last write of an entity (0: never written), also of one that was removed."""
        ...

    def write(self, changes: Iterable[Change]) -> None:
        """Change the mirror, and tell everybody who follows. Leases are not written so."""
        ...

    # -- leases -------------------------------------------------------------------------------------------

    def lease_of(self, user: str) -> FencedLease | None:
        """Give the lease of a user that has not been ended; it may have expired."""
        ...

    def lease_on(self, task: str) -> FencedLease | None:
        """Give the lease on a task that has not been ended; it may have expired."""
        ...

    def next_fence(self) -> int:
        """Give a fence greater than every one given before."""
        ...

    def put_lease(self, lease: FencedLease) -> None:
        """Keep a lease, in place of the one on its task. INVARIANT: one a task and one a user."""
        ...

    def drop_lease(self, task: str) -> None:
        """Keep the lease on a task no longer."""
        ...

    def records_of(self, fence: int) -> Sequence[Record]:
        """Give what the log says of a lease, in order."""
        ...

    # -- log, notices, answers ----------------------------------------------------------------------------

    def append(
        self, event: Event, *, user: str | None, task: str | None, fence: int | None, details: dict[str, Any]
    ) -> Record:
        """Write into the log, at the moment of the transaction."""
        ...

    def notify(self, user: str, event: Event, task: str, title: str, details: dict[str, Any]) -> None:
        """Leave a notice for a user."""
        ...

    def dismiss(self, user: str, up_to: int) -> None:
        """Forget the notices of a user up to a number."""
        ...

    def answer(self, user: str, key: str) -> str | None:
        """Give what was remembered under an idempotency key of a user."""
        ...

    def remember(self, user: str, key: str, answer: str) -> None:
        """Remember an answer under a new key."""
        ...

    # -- sagas --------------------------------------------------------------------------------------------

    def saga(self, saga_id: int) -> Saga | None:
        """Give a saga."""
        ...

    def sagas_of(self, task: str) -> Sequence[Saga]:
        """Give the open sagas of a task, the first begun first."""
        ...

    def worked_sagas(self) -> Sequence[Saga]:
        """Give the open sagas that a worker has, of all tasks: few, and in no order."""
        ...

    def put_saga(self, saga: Saga) -> Saga:
        """Keep a saga, and give it as it is kept: a new one has its id then."""
        ...

    # -- policies and cells -------------------------------------------------------------------------------

    def newest_version(self) -> int:
        """Give the version of the newest policy (0: none)."""
        ...

    def add_policy(self, published: PolicyVersion) -> None:
        """Keep a policy of a greater version."""
        ...

    def cell(self, name: str) -> Cell | None:
        """Give a cell."""
        ...

    def swap(self, name: str, value: str, *, version: int) -> bool:
        """Write a cell if it still has a version."""
        ...


Taking = Callable[[Transaction, Wish], Given]
"""Hands out a lease in a transaction, or says that none of the candidates is free as it was."""


class Store(Protocol):
    """Where everything is kept that must survive. Safe for several threads, and for several processes if it says so.

    Every method may raise StoreUnavailable: nothing was done then, or, when the connection broke while a transaction
    was being committed, it is not known; commands that carry a key may be repeated.
    """

    @property
    def cells(self) -> Cells:
        """Small texts for adapters and for the service itself, by the same clock."""
        ...

    def now(self) -> datetime:
        """Give the store's time, in UTC: cheap, and right to within a second."""
        ...

    def run(self, act: Callable[[Transaction], T], *, at: datetime | None = None) -> T:
        """Run a command in one transaction, at the store's time or a given one, and give what it gives.

        What `act` raises is raised, and nothing was written. It may be run more than once.
        """
        ...

    def take(self, wish: Wish, act: Taking, *, at: datetime | None = None) -> Given:
        """Hand out as `act` does when it is run; a store may do the same in one statement instead."""
        ...

    # -- following ----------------------------------------------------------------------------------------

    def position(self) -> str:
        """Give the position of now in the feed. Take it before reading `entities`."""
        ...

    def number(self) -> int:
        """Give the number of the last write that `Transaction.touched` could give now."""
        ...

    def entities(self) -> Iterator[Set]:
        """Give the whole mirror, leases and skips too, as it is now or a little later; the account comes first."""
        ...

    def feed(self, position: str, *, limit: int = 1000) -> Feed:
        """Give what was touched since a position. Raises CursorLost when it is no longer known."""
        ...

    def wait(self, position: str, *, seconds: float) -> None:
        """Return when the feed has more than a position, or after so many seconds, or earlier."""
        ...

    # -- reading ------------------------------------------------------------------------------------------

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
        """Give the entries of the log in order, filtered."""
        ...

    def leases(self) -> Sequence[FencedLease]:
        """Give all leases that have not been ended."""
        ...

    def notices(self, user: str) -> Sequence[Notice]:
        """Give a user's notices, the oldest first."""
        ...

    def sagas(self, *, open_only: bool = True, limit: int | None = None) -> Sequence[Saga]:
        """Give the sagas: those still open in the order in which they were begun, else all, the newest first."""
        ...

    def policies(self) -> Sequence[PolicyVersion]:
        """Give all policies, the newest first."""
        ...

    def policy(self, version: int | None = None) -> PolicyVersion | None:
        """Give a policy, the newest when no version is named."""
        ...

    def close(self) -> None:
        """Give back what opening took; doing it twice changes nothing."""
        ...
