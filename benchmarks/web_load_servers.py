"""The servers of `python -m benchmarks.web_load`: the web service over a made-up office, and a bare one beside it."""

# ruff: noqa: PLC0415 - the bare server loads nothing of ours

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
from attrs import frozen
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops

from workplaces_core.adapters.memory import MemoryCrm
from workplaces_core.changes import Set
from workplaces_core.model import Account, Contact, Deal, Snapshot, Subject, Task, TaskType, User
from workplaces_core.policy import CommonQueue, Interval, Members, Policy, Priority, Role

SECRET = "webhooks-of-the-benchmark"  # noqa: S105 - of a server that lives for seconds
OWN_TASKS = 5
EVERY_DAY = Interval("always", start=0, end=1440, days=(0, 1, 2, 3, 4, 5, 6))


@frozen
class Office:
    """`desks` people with tasks of their own, and `takers` people with one task each in a queue common to them.

    With `common` every desk shows that queue too, so that each task taken from it changes what all of them show.
    """

    desks: int
    takers: int
    common: bool = False

    def snapshot(self) -> Snapshot:
        now = datetime.now(UTC).replace(microsecond=0)
        own = [self.own(number, 0, now) for number in range(self.desks * OWN_TASKS)]
        shared = [self.task(f"c{number}", "robot", f"c{number}", now) for number in range(self.takers)]
        tasks = [*own, *shared]
        return Snapshot(
            Account("acme", "Europe/Moscow"),
            users=[User(name, f"Сотрудник {name}") for name in (*self.people("d"), *self.people("t"))]
            + [User("robot", "Робот", active=False), User("head", "Зоя Котова")],
            task_types=[TaskType("1", "Звонок")],
            deals=[Deal(f"deal-{each.id}", f"ООО «Ромашка», {each.id}", each.responsible, contacts=("c1",))
                   for each in tasks],
            contacts=[Contact("c1", "Ирина Белова", "head")],
            tasks=tasks,
        )  # fmt: skip

    def people(self, letter: str) -> list[str]:
        return [f"{letter}{number}" for number in range(self.desks if letter == "d" else self.takers)]

    def own(self, number: int, mark: int, now: datetime) -> Task:
        """A task of a desk; the number of the last change stands in its text."""
        text = f"Перезвонить по договору mark-{mark:07}"
        return self.task(f"o{number:06}", f"d{number % self.desks}", text, now)

    @staticmethod
    def task(name: str, responsible: str, text: str, now: datetime) -> Task:
        return Task(name, "1", text, responsible, now, now.date(), Subject("deal", f"deal-{name}"))

    def policy(self) -> Policy:
        queue = Priority("common", "Новые заявки", common_queue=CommonQueue(Members(users=["robot"])))
        own = Priority("own", "Свои задачи")
        return Policy(1, (
            Role("desks", "Отдел продаж", members=Members(users=self.people("d")), intervals=(EVERY_DAY,),
                 priorities=(own, queue) if self.common else (own,)),
            Role("takers", "Операторы", members=Members(users=self.people("t")), intervals=(EVERY_DAY,),
                 priorities=(queue,)),
        ))  # fmt: skip


class Crm(MemoryCrm):
    """A CRM that tells what changed as amoCRM does: by a call to the service."""

    office: Office

    def receive_webhook(self, secret: str, body: bytes, content_type: str) -> int:
        del secret, content_type
        told = json.loads(body)
        # The task at the head of the desk's queue: every change is to be seen.
        task = self.office.own(told["desk"], told["mark"], datetime.now(UTC).replace(microsecond=0))
        self.put(Set("task", attrs.evolve(task, created=self._held.entities["task"][task.id].created)))
        return 204


def prepare(folder: Path, office: Office) -> None:
    """Fill a store, and write down with what each person signs in."""
    from workplaces_sql import SqlStore
    from workplaces_web.settings import Passwords, WebSettings
    from workplaces_web.web import Web

    from workplaces_core import DeskService

    store = SqlStore.open(f"sqlite:///{folder / 'desk.db'}")
    service = DeskService(adapter=MemoryCrm(office.snapshot()), store=store)
    service.publish(office.policy())
    web = Web.of(WebSettings(passwords=Passwords(1, 8, 1)), service)
    tickets = []
    for user in office.people("d"):
        person = web.people.create(f"Сотрудник {user}", "employee", source="demo", user=user)
        tickets.append(web.people.open_session(person.id).ticket)
    head = web.people.create("Зоя Котова", "supervisor", source="demo", user="head")
    _, token = web.tokens.create(head.id, "нагрузка", ["desk", "desks"])
    (folder / "people.json").write_text(json.dumps({"tickets": tickets, "token": token}))
    store.close()


def serve_ours(port: int, database: str, office: Office) -> None:
    """Serve as `workplaces serve` does, one process, over a CRM in its memory."""
    from workplaces_web.serving import run, worker
    from workplaces_web.serving.config import read_config

    def crm(*_: Any) -> Crm:
        made = Crm(office.snapshot())
        made.office = office
        return made

    worker.open_crm = run.open_crm = crm  # type: ignore[attr-defined, assignment]
    said = {
        "database": database, "port": port, "workers": 1, "webhook_secret": SECRET, "calls_a_minute": 10_000_000,
        "log_level": "WARNING",
    }  # fmt: skip
    run.serve(worker.Plan(read_config(None, said, {})))


def serve_bare(port: int, events: Path) -> None:
    """Serve streams and answers of the same bytes by as little code as ASGI allows."""
    server = Granian(
        "benchmarks.web_load_servers", address="127.0.0.1", port=port, workers=1, interface=Interfaces.ASGI,
        loop=Loops.asyncio, http=HTTPModes.http1, websockets=False, backpressure=10_000, log_enabled=False,
    )  # fmt: skip
    server.serve(target_loader=lambda *_: bare(json.loads(events.read_text())), wrap_loader=False)


def bare(sent: dict[str, str]) -> Any:
    """An ASGI application that keeps a queue a stream, and puts an event into it when it is told to."""
    event, taken = sent["event"].encode(), sent["taken"].encode()
    queues: dict[str, asyncio.Queue[bytes]] = {}
    start = {"type": "http.response.start", "status": 200}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == "/api/v1/desk/events":
            queue = queues[scope["query_string"].decode().partition("=")[2]] = asyncio.Queue()
            await send({**start, "headers": [(b"content-type", b"text/event-stream")]})
            queue.put_nowait(b"retry: 2000\n\n" + event)
            while True:
                await send({"type": "http.response.body", "body": await queue.get(), "more_body": True})
        body = b""
        if scope["method"] == "POST":
            body = (await receive()).get("body", b"")
        if scope["path"].startswith("/hooks/"):
            told = json.loads(body)
            queues[f"d{told['desk']}"].put_nowait(event.replace(b"mark-0000000", b"mark-%07d" % told["mark"]))
        await send({**start, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": taken})

    return app


if __name__ == "__main__":
    which, port, place, *numbers = sys.argv[1:]
    if which == "bare":
        serve_bare(int(port), Path(place))
    else:
        desks, takers, common = map(int, numbers)
        office = Office(desks, takers, bool(common))
        if which == "prepare":
            prepare(Path(place), office)
        else:
            serve_ours(int(port), place, office)
