"""A server that speaks the API in another dialect: whatever the documentation leaves open, it does otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from workplaces_amocrm import AmoCrm
from workplaces_amocrm.cli import run

from workplaces_core import wire
from workplaces_core.adapters.protocols import Done, Gone

PAGE = 7
ACCOUNT = {"id": "31", "name": "Окна", "_embedded": {"datetime_settings": {"timezone": "Asia/Omsk"}}}
USERS = [{"id": "5", "name": "Анна", "shoe_size": 38}, {"id": "6", "name": "Борис"}]
DEALS = {
    str(n): {
        "id": str(n), "name": f"Сделка {n}", "responsible_user_id": "5", "price": "1500", "score": {"x": 1},
        "_embedded": {"contacts": [{"id": str(1000 + n), "is_main": "1"}]},
    }
    for n in range(1, 30)
}  # fmt: skip
CONTACTS = {str(n): {"id": str(n), "name": f"Клиент {n}", "responsible_user_id": "6"} for n in range(1001, 1030)}
TASKS = {
    str(n): {
        "id": str(n), "task_type_id": "1", "text": "Позвонить", "responsible_user_id": "6", "created_at": "1700000000",
        "updated_at": "1700000000", "complete_till": "1700000000", "is_completed": "1" if n % 10 == 0 else "0",
        "entity_type": "leads", "entity_id": str((n - 5000) % 31), "mood": None,
    }
    for n in range(5001, 5101)
}  # fmt: skip


class Dialect(BaseHTTPRequestHandler):
    """Pages of seven without links whatever is asked, 404 for nothing, no body with errors, every number as text."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked += 1
        parts = urlsplit(self.path)
        name, _, entity = parts.path.removeprefix("/api/v4/").partition("/")
        tables = self.server.tables
        if self.server.asked % 9 == 0:
            self._answer(500)
        elif name == "events":
            self._answer(403)
        elif name == "account":
            self._answer(200, ACCOUNT)
        elif entity:
            row = tables.get(name, {}).get(entity)
            self._answer(200 if row else 404, row)
        else:
            number = int(dict(parse_qsl(parts.query)).get("page", 1))
            rows = list(tables.get(name, {}).values())[(number - 1) * PAGE : number * PAGE]
            self._answer(200 if rows else 404, {"_embedded": {name: rows}} if rows else None)

    def do_PATCH(self) -> None:
        change = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _, _, _, name, entity = self.path.split("/")
        row = self.server.tables[name].get(entity)
        if row is not None:
            row.update({key: str(int(value)) if isinstance(value, int) else value for key, value in change.items()})
        self._answer(202 if row else 404)

    def _answer(self, status: int, body: Any = None) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    users = {row["id"]: row for row in USERS}
    with ThreadingHTTPServer(("127.0.0.1", 0), Dialect) as server:
        server.daemon_threads, server.asked = True, 0
        server.tables = deepcopy({"users": users, "leads": DEALS, "contacts": CONTACTS, "tasks": TASKS})
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def url(server) -> str:
    return f"http://127.0.0.1:{server.server_port}"


QUICK = {"integration_rate": 1000.0, "account_rate": 1000.0, "retry_first_seconds": 0.0, "verify_wait_seconds": 0.0}
OPEN = {n for n, task in TASKS.items() if task["is_completed"] == "0"}


def test_everything_open_is_read_from_it_by_the_command(url, tmp_path, capsys):
    settings, out = tmp_path / "settings.json", tmp_path / "snapshot.json"
    settings.write_text(json.dumps(QUICK))
    account = ["--base-url", url, "--token", "t", "--settings", str(settings)]

    assert run(["sync", *account, "--out", str(out), "--json"]) == 0
    snapshot = wire.load_snapshot(json.loads(out.read_text(encoding="utf-8")))

    assert snapshot.tasks.keys() == OPEN
    assert snapshot.deals.keys() == {TASKS[n]["entity_id"] for n in OPEN} & DEALS.keys()
    assert snapshot.contacts.keys() == {str(1000 + int(deal)) for deal in snapshot.deals}
    assert snapshot.deals["1"].contacts == ("1001",)
    assert {user.name for user in snapshot.users.values()} == {"Анна", "Борис"}
    cursor = json.loads(capsys.readouterr().out)["cursor"]

    assert run(["delta", *account, "--since", cursor]) == 0
    changes = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {change["value"]["id"] for change in changes if change.get("kind") == "task" and "value" in change} >= OPEN

    assert run(["check-account", *account, "--json"]) == 0
    codes = {each["code"] for each in json.loads(capsys.readouterr().out)}
    assert {"account.found", "zone.found", "filters.off"} <= codes


def test_it_is_written_to(server, url):
    crm = AmoCrm.open(base_url=url, token="t", **QUICK)

    assert crm.set_responsible("deal", "3", "6", only_if="5", key="1") == Done()
    assert crm.complete("5002", result="Готово", key="2") == Done()
    assert crm.set_responsible("deal", "99", "6", only_if="5", key="3") == Gone("deleted")

    deals, tasks = server.tables["leads"], server.tables["tasks"]
    assert (deals["3"]["responsible_user_id"], tasks["5002"]["is_completed"]) == ("6", "1")
    crm.close()
