"""Processes that take, renew, finish, postpone and give back over a real store and a CRM over HTTP, until killed."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from random import Random

from attrs import define, field, frozen
from workplaces_amocrm import AmoCrm
from workplaces_sql import SqlStore

from workplaces_core import CrmUnavailable, DeskService, NotAllowed, NotYours, StaleFence, StoreUnavailable
from workplaces_core.adapters.stores import FencedLease
from workplaces_core.testing.store_history import Acknowledged

PATIENCE = 120.0
"""For so many seconds a command is repeated under its key before the run counts as stuck."""


@frozen
class Place:
    """Where the work is: the store, the CRM, whose desks these are, and how wrong this process's clock is."""

    database: str
    crm: str
    token: str
    users: tuple[str, ...]
    skew: float = 0.0


def opened(place: Place) -> tuple[DeskService, AmoCrm]:
    """Open the service as a process of its own does."""
    store = SqlStore.open(place.database)
    crm = AmoCrm.open(
        base_url=place.crm, token=place.token, cells=store.cells, integration_rate=900.0, account_rate=900.0
    )
    return DeskService(adapter=crm, store=store, sync_seconds=1, lease_minutes=0.5), crm


def ready(place: Place) -> DeskService:
    """Open and start it, as soon as there is a database: what starts a service tries again."""
    began = time.monotonic()
    while True:
        try:
            service, _ = opened(place)
        except StoreUnavailable:
            if time.monotonic() - began > PATIENCE:
                raise
            time.sleep(0.05)
        else:
            service.start()
            return service


def work(place: Place, told: Connection, name: str) -> None:
    """Work without pause, each command under a key, and tell of each that was answered."""
    if place.skew:
        machine = time.time_ns
        time.time_ns = lambda: machine() + int(place.skew * 1e9)  # the clock that a store without one of its own reads
    service = ready(place)
    random = Random(name)
    with suppress(BrokenPipeError):
        for number in range(1_000_000):
            told.send(answered(service, random.choice(place.users), random, f"{name}-{number}"))


def answered(service: DeskService, user: str, random: Random, key: str) -> Acknowledged:
    """Repeat one command until it is answered: what a client does whose answers are lost."""
    began, lease = time.monotonic(), None
    while True:
        try:
            lease = lease or service.desk(user).lease
            return _command(service, user, lease, random, key)
        except (StaleFence, NotYours, NotAllowed):
            return Acknowledged(user, None, "taken")  # an answer too: nothing was done
        except (StoreUnavailable, CrmUnavailable):
            if time.monotonic() - began > PATIENCE:
                raise
            time.sleep(0.05)


def _command(service: DeskService, user: str, lease: FencedLease | None, random: Random, key: str) -> Acknowledged:
    choice = Random(f"{key}").random()
    if lease is None:
        taken = service.take(user, key=key)
        if not isinstance(taken, FencedLease):
            time.sleep(0.02)
            return Acknowledged(user, key, "taken")
        return Acknowledged(user, key, "taken", taken.task, taken.fence)
    if choice < 0.2:
        service.renew(user, lease.fence)
        return Acknowledged(user, None, "taken")
    if choice < 0.6:
        record = service.release(user, lease.fence, reason=str(random.random()), key=key)
    else:
        record = service.finish(user, lease.fence, result=key, key=key)
    return Acknowledged(user, key, record.event, record.task, record.fence)


@define
class Worker:
    """One such process, and what it told of."""

    name: str
    process: multiprocessing.process.BaseProcess
    told: Connection
    acknowledged: list[Acknowledged] = field(factory=list)

    @classmethod
    def start(cls, place: Place, name: str) -> Worker:
        context = multiprocessing.get_context("spawn")
        receiving, sending = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(place, sending, name), daemon=True)
        process.start()
        sending.close()
        return cls(name, process, receiving)

    def hear(self, seconds: float) -> bool:
        """Hear what it tells of next; False when it is silent for so long, or dead."""
        with suppress(EOFError, OSError):
            if self.told.poll(seconds):
                self.acknowledged.append(self.told.recv())
                return True
        return False

    def kill(self) -> None:
        """Kill it, and hear what it has told of meanwhile."""
        self.process.kill()
        self.process.join()
        while self.hear(0):
            pass


def crew(place: Place, size: int) -> Iterator[Worker]:
    """Start so many, with clocks that are up to a minute wrong."""
    for number in range(size):
        yield Worker.start(Place(**{**_as_dict(place), "skew": (number % 3 - 1) * 60.0}), f"w{number}")


def _as_dict(place: Place) -> dict:
    return {name: getattr(place, name) for name in ("database", "crm", "token", "users")}
