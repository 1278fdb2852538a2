"""Several `workplaces serve` on one PostgreSQL: one leader, and desks that go on when a process ends or dies."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import attrs
import httpx
import pytest
from workplaces_web.serving.local_demo import employees_for, policy_for

from plugins.web.tests.desks import PASSWORD
from plugins.web.tests.servers import PATIENCE, Stream, free_port, kill, served, stop
from workplaces_core import Engine
from workplaces_core.cli.installed import load
from workplaces_core.wire import dump
from workplaces_core.work import leadership
from workplaces_core.work.live import Live

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def database():
    testing = pytest.importorskip("workplaces_sql.testing")
    try:
        with testing.postgres() as server:
            yield server.fresh()
    except testing.NoPostgres as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def crm():
    starts = load().local_crms
    if not starts:
        pytest.skip("no plugin starts a local CRM here")
    started = next(iter(starts.values()))()
    yield started.settings
    started.stop()


@attrs.define
class Machine:
    """One machine that serves: its own process, its own port, the store of all."""

    process: subprocess.Popen[bytes]
    address: str
    held: ExitStack
    stream: Stream | None = None

    @classmethod
    def start(cls, held: ExitStack, folder: Path, database: str, crm: dict[str, object]) -> Machine:
        folder.mkdir()
        port = free_port()
        lines = [f"{name} = {json.dumps(value)}" for name, value in crm.items()]
        (folder / "workplaces.toml").write_text(
            "\n".join(["[crm]", 'adapter = "amocrm"', *lines, "[work]", "sync_seconds = 1"])
        )
        arguments = [sys.executable, "-m", "workplaces_core", "serve", "--database", database, "--port", str(port)]
        return cls(*held.enter_context(served(arguments, port, folder)), held)

    def client(self, cookies: httpx.Cookies | None = None, **headers: str) -> httpx.Client:
        client = httpx.Client(base_url=self.address, timeout=PATIENCE, cookies=cookies, headers=headers)
        self.held.callback(client.close)
        return client

    def as_who(self, client: httpx.Client) -> httpx.Client:
        """The same browser at this machine."""
        return self.client(client.cookies, **{"X-CSRF-Token": client.headers["X-CSRF-Token"]})


def signed_in(machine: Machine, path: str, **body: object) -> httpx.Client:
    client = machine.client()
    answer = client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return client


def rules_for(store) -> tuple[dict[str, object], str]:
    """Rules for the account as it was read, and an employee who has something to do by them."""
    live = Live(store)
    assert live.follow()
    snapshot = live.engine.snapshot()
    rules = policy_for(snapshot)
    form = {name: value for name, value in dump(rules).items() if name != "version"}
    return form, employees_for(snapshot, Engine(rules, snapshot), store.now())[0]


def leader(store) -> str:
    return json.loads(store.cells.read(leadership.CELL).value)["name"]


def edit(crm, task: str, text: str) -> None:
    """What a colleague does in amoCRM."""
    headers = {"Authorization": f"Bearer {crm['token']}"}
    answer = httpx.patch(f"{crm['base_url']}/api/v4/tasks/{task}", json={"text": text}, headers=headers)
    assert answer.status_code == 200, answer.text


def test_several_machines_are_one_service(tmp_path, database, crm):
    store = pytest.importorskip("workplaces_sql").SqlStore.open(database)
    with ExitStack() as held:
        held.callback(store.close)
        first = Machine.start(held, tmp_path / "first", database, crm)
        link = (tmp_path / "first" / "out").read_text().rpartition("/setup#")[2].split()[0]
        root = signed_in(first, "/api/v1/setup", link=link, login="root", name="Ольга", password=PASSWORD)
        second = Machine.start(held, tmp_path / "second", database, crm)
        leads = leader(store)

        who_is_let_in_at_one_is_let_in_at_the_other(root, first, second)
        rules, user = rules_for(store)
        anna = employee(root, first, user)
        seen, lease = what_is_done_at_one_is_seen_at_the_other(root, anna, rules, second)
        assert root.get("/api/v1/policies/applied").json() == {"version": 1, "processes": 2, "applied": 2}
        assert leader(store) == leads

        # A machine ends in order: its streams end, and go on at another one with what they missed.
        assert stop(second.process) == 0
        had = [seen, *second.stream.end()][-1]
        assert anna.post("/api/v1/desk/release", json={"fence": lease["fence"]}).status_code == 200
        again = Stream(first.as_who(anna), had.id)
        assert again.frames.get(timeout=PATIENCE).data["current"] is None

        # The leader dies: another one reads the CRM.
        third = Machine.start(held, tmp_path / "third", database, crm)
        desk = Stream(third.as_who(anna))
        task = desk.until(lambda shown: shown["next"] is not None).data["next"]["card"]["task"]
        assert leader(store) == leads
        kill(first.process)
        again.end()
        edit(crm, task, "Позвонить после смены лидера")
        desk.until(lambda shown: shown["next"]["card"]["text"] == "Позвонить после смены лидера")
        assert leader(store) not in {leads, ""}
        assert stop(third.process) == 0
        desk.end()


def who_is_let_in_at_one_is_let_in_at_the_other(root, first, second):
    root_there = second.as_who(root)
    assert root_there.get("/api/v1/me").json()["name"] == "Ольга"
    token = root_there.post("/api/v1/tokens", json={"name": "склад", "scopes": ["read"]}).json()
    programs = [each.client(Authorization=f"Bearer {token['token']}") for each in (first, second)]
    assert [each.get("/api/v1/policies").status_code for each in programs] == [200, 200]
    root.delete(f"/api/v1/tokens/{token['details']['id']}")
    assert [each.get("/api/v1/policies").status_code for each in programs] == [401, 401]


def employee(root, machine, user):
    made = root.post("/api/v1/accounts", json={"login": "anna", "name": "Анна", "role": "employee", "user": user})
    ticket = root.post(f"/api/v1/accounts/{made.json()['id']}/link").json()["ticket"]
    return signed_in(machine, "/api/v1/links/password", link=ticket, password=PASSWORD)


def what_is_done_at_one_is_seen_at_the_other(root, anna, rules, second):
    second.stream = Stream(second.as_who(anna))
    second.stream.until(lambda desk: desk["role"] is None)
    answer = root.post("/api/v1/policies", json={"policy": rules, "comment": "начало", "based_on": 0})
    assert answer.status_code == 201, answer.text
    second.stream.until(lambda desk: desk["policy_version"] == 1 and desk["next"] is not None)
    lease = anna.post("/api/v1/desk/take").json()["lease"]
    seen = second.stream.until(lambda desk: desk["current"] is not None)
    assert seen.data["current"]["fence"] == lease["fence"]
    return seen, lease
