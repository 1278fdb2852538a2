"""Webhooks: which subscriptions hear of a change, and a sender that tries again as amoCRM does."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from threading import Condition, Thread
from typing import TYPE_CHECKING

import httpx
from attrs import define, frozen

from workplaces_amocrm.fake.hook_bodies import Form, body
from workplaces_amocrm.fake.shapes import SINGULAR, Row

if TYPE_CHECKING:
    from workplaces_amocrm.fake.world import World

NO_TLS = SSLContext(PROTOCOL_TLS_CLIENT)
"""Reading the machine's certificates takes longer than a call to this machine, which needs none."""

_AGENT = "amoCRM-WebHook-client/1.0"
_WINDOW = 2 * 3600
_SERVER_SIDE = {499, *range(500, 600)}
_FOR_ANY_FAILURE = 2
"""So many attempts more after any failure; the later ones only when the receiver's server failed."""


@frozen(kw_only=True)
class Delivery:
    """One attempt to tell a subscriber: `status` 0 means that no answer came in time."""

    hook: int
    destination: str
    attempt: int
    at: float
    status: int
    form: Form

    @property
    def valid(self) -> bool:
        """Whether amoCRM takes it for received."""
        return 100 <= self.status < 300


@define
class _Due:
    hook: int
    destination: str
    form: Form
    at: float
    attempt: int = 1


class Hooks:
    """What is to be delivered, and every attempt so far, in `deliveries`."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self._queue: list[_Due] = []
        self._held: list[_Due] = []
        self._told = 0
        self._busy = False
        self._stopped = False
        self._wake = Condition()
        self._world: World | None = None
        self._sender: Thread | None = None
        self._failures: defaultdict[int, deque[float]] = defaultdict(deque)

    def start(self, world: World) -> None:
        """Deliver from a thread of its own from now on."""
        self._world = world
        world.clock.on_change(self.wake)
        self._sender = Thread(target=self._run, args=(world,), name="fake amoCRM webhooks", daemon=True)
        self._sender.start()

    def stop(self) -> None:
        """Deliver nothing any more."""
        with self._wake:
            self._stopped = True
            self._wake.notify_all()
        if self._sender:
            self._sender.join()

    def wake(self) -> None:
        """Look again what is due."""
        with self._wake:
            self._wake.notify_all()

    def settle(self, timeout: float = 30.0) -> None:
        """Wait until everything that is due now was tried; what waits for a later attempt stays."""
        with self._wake:
            self._queue.extend(self._held)
            self._held.clear()
            self._wake.notify_all()
            if not self._wake.wait_for(self._idle, timeout):
                raise TimeoutError(f"webhooks are not delivered after `{timeout}` seconds")

    @property
    def pending(self) -> int:
        """How many deliveries are still to be tried, now or later."""
        with self._wake:
            return len(self._queue) + len(self._held) + self._busy

    def tell(self, world: World, action: str, entity: str, row: Row, before: Row) -> None:
        """Queue what the subscribers of this change are to hear."""
        for name, key in _names(world, action, entity, before):
            for hook in world.account.webhooks.values():
                if name in hook["settings"] and not hook["disabled"]:
                    form = body(world, key, entity, row, before)
                    self._add(world, _Due(hook["id"], hook["destination"], form, world.clock.exact()))

    def _add(self, world: World, due: _Due) -> None:
        self._told += 1
        if _every(self._told, world.settings.hooks_drop_every):
            return
        copies = [due, due] if _every(self._told, world.settings.hooks_duplicate_every) else [due]
        with self._wake:
            if world.settings.hooks_reorder and not self._held:
                self._held.extend(copies)
                return
            self._queue.extend([*copies, *self._held])
            self._held.clear()
            self._wake.notify_all()

    def _run(self, world: World) -> None:
        while due := self._next(world):
            status = _send(due, world.settings.hook_timeout)
            self._judge(world, due, status)
            with self._wake:
                self._busy = False
                self._wake.notify_all()

    def _next(self, world: World) -> _Due | None:
        with self._wake:
            while not self._stopped:
                ready = next((due for due in self._queue if due.at <= world.clock.exact()), None)
                if ready:
                    self._queue.remove(ready)
                    self._busy = True
                    return ready
                self._wake.wait(self._until_next(world))
        return None

    def _until_next(self, world: World) -> float | None:
        if world.clock.stopped or not self._queue:
            return None
        return max(0.0, min(due.at for due in self._queue) - world.clock.exact())

    def _idle(self) -> bool:
        now = self._world.clock.exact() if self._world else 0.0
        return self._stopped or not (self._busy or any(due.at <= now for due in self._queue))

    def _judge(self, world: World, due: _Due, status: int) -> None:
        now = world.clock.exact()
        delivery = Delivery(
            hook=due.hook, destination=due.destination, attempt=due.attempt, at=now, status=status, form=due.form
        )
        self.deliveries.append(delivery)
        if delivery.valid:
            return
        self._count_failure(world, due.hook, now)
        waits = (
            world.settings.hook_retries if status in _SERVER_SIDE else world.settings.hook_retries[:_FOR_ANY_FAILURE]
        )
        if due.attempt <= len(waits):
            again = _Due(due.hook, due.destination, due.form, now + waits[due.attempt - 1], due.attempt + 1)
            with self._wake:
                self._queue.append(again)

    def _count_failure(self, world: World, hook: int, now: float) -> None:
        failures = self._failures[hook]
        failures.append(now)
        while failures and failures[0] < now - _WINDOW:
            failures.popleft()
        with world.lock:
            row = world.account.webhooks.get(hook)
            if row and len(failures) > world.settings.hook_failures_to_disable:
                row["disabled"] = True


def _send(due: _Due, timeout: float) -> int:
    verify = due.destination.startswith("https") or NO_TLS
    head = {"User-Agent": _AGENT}
    try:
        answer = httpx.post(due.destination, data=dict(due.form), headers=head, timeout=timeout, verify=verify)
    except httpx.HTTPError:
        return 0
    return answer.status_code


def _every(count: int, n: int | None) -> bool:
    return n is not None and count % n == 0


def _names(world: World, action: str, entity: str, before: Row) -> Iterator[tuple[str, str]]:
    single = SINGULAR[entity]
    yield f"{action}_{single}", action
    if world.settings.completion_hooks == 2 and {"is_completed", "result"} <= before.keys():
        yield f"{action}_{single}", action
    if "responsible_user_id" in before and (entity != "tasks" or world.settings.task_responsible_hooks):
        yield f"responsible_{single}", "responsible"
    if entity == "leads" and before.keys() & {"status_id", "pipeline_id"}:
        yield "status_lead", "status"
