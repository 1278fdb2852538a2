"""The server as it is run: real processes, a real port, and an end in order."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import attrs
import httpx
import pytest

from plugins.web.tests.desks import PASSWORD, account, policy, task
from workplaces_core import DeskService
from workplaces_core.adapters.memory import MemoryCrm
from workplaces_core.policy import Interval, Policy

pytestmark = pytest.mark.slow
PATIENCE = 90

# The processes look at a store that was filled before; the CRM is not asked.
WITHOUT_CRM = """
import sys
import attrs
from workplaces_core.work.no_crm import NoCrm
from workplaces_web.serving import run, worker
from workplaces_web.serving.config import WorkTable, read_config
worker.open_crm = run.open_crm = lambda *_: NoCrm()
config = read_config(None, {"database": sys.argv[1], "port": int(sys.argv[2]), "workers": 2}, {})
run.serve(worker.Plan(attrs.evolve(config, work=WorkTable(allow_skip=True))))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(arguments: list[str], port: int, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a server until it is ready; whatever happens, it is not left behind."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WORKPLACES_")}
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(arguments, stdout=out, stderr=err, cwd=folder, env=environment)
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until_ready(process, address, folder)
            yield process, address
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(PATIENCE)


def wait_until_ready(process, address: str, folder: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"the server is not ready: {(folder / 'err').read_text()[-2000:]}")


def stop(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(PATIENCE)


def be(address: str, name: str) -> httpx.Client:
    client = httpx.Client(base_url=address, timeout=PATIENCE)
    people = client.get("/api/v1/demo/people").json()
    chosen = next(each for each in people if each["role"] == name)
    me = client.post("/api/v1/demo/session", json={"person": chosen["id"]}).json()
    client.headers["X-CSRF-Token"] = me["csrf"]
    return client


def test_the_demonstration_serves_streams_and_ends_in_order(tmp_path):
    port = free_port()
    arguments = [sys.executable, "-m", "workplaces_core", "serve", "--demo", "--port", str(port)]
    with served(arguments, port, tmp_path) as (process, address):
        anna, head = be(address, "employee"), be(address, "supervisor")
        with closing(anna), closing(head), anna.stream("GET", "/api/v1/desk/events") as stream:
            lines = stream.iter_lines()
            first = json.loads(next(line for line in lines if line.startswith("data: "))[6:])
            lease = anna.post("/api/v1/desk/take").json()["lease"]
            second = json.loads(next(line for line in lines if line.startswith("data: "))[6:])
            assert first["current"] is None
            assert second["current"]["card"]["task"] == lease["task"] == first["next"]["card"]["task"]
            assert head.get("/api/v1/board").json()["people"]
            metrics = httpx.get(f"{address}/metrics").text
            assert 'workplaces_command_seconds_count{command="take",error="",outcome="leased"} 1.0' in metrics
            # A stream is open: the server must not wait for it to end by itself.
            process.send_signal(signal.SIGTERM)
            for _ in lines:
                pass
        assert process.wait(PATIENCE) == 0
        secret = anna.cookies["workplaces"]

    logged = [json.loads(line) for line in (tmp_path / "err").read_text().splitlines()]
    assert any(each.get("route") == "/api/v1/desk/take" for each in logged)
    assert secret.partition(".")[2] not in (tmp_path / "err").read_text()
    assert f"http://127.0.0.1:{port}" in (tmp_path / "out").read_text()


def around_the_clock() -> Policy:
    rules = policy(members=("anna", "boris"), exact=False)
    always = Interval("always", start=0, end=1440, days=tuple(range(7)))
    return attrs.evolve(rules, roles=(attrs.evolve(rules.roles[0], intervals=(always,)),))


def test_two_processes_share_people_desks_and_one_link_of_the_first_start(tmp_path):
    sql = pytest.importorskip("workplaces_sql")
    database, port = f"sqlite:///{tmp_path / 'desk.db'}", free_port()
    store = sql.SqlStore.open(database)
    today = store.now().date()
    tasks = [task(f"t{number}", due=today) for number in range(12)]
    service = DeskService(adapter=MemoryCrm(account(*tasks)), store=store)
    service.publish(around_the_clock())
    store.close()

    with served([sys.executable, "-c", WITHOUT_CRM, database, str(port)], port, tmp_path) as (process, address):
        printed = [line for line in (tmp_path / "out").read_text().splitlines() if "/setup#" in line]
        assert len(printed) == 1
        with httpx.Client(base_url=address, timeout=PATIENCE) as root:
            body = {"link": printed[0].rpartition("#")[2], "login": "root", "name": "Р", "password": PASSWORD}
            root.headers["X-CSRF-Token"] = root.post("/api/v1/setup", json=body).json()["csrf"]
            for login in ("anna", "boris"):
                made = root.post(
                    "/api/v1/accounts", json={"login": login, "name": login, "role": "employee", "user": login}
                ).json()
                link = root.post(f"/api/v1/accounts/{made['id']}/link").json()["ticket"]
                httpx.post(f"{address}/api/v1/links/password", json={"link": link, "password": PASSWORD})
            applied = root.get("/api/v1/policies/applied").json()
            assert applied == {"version": 1, "processes": 2, "applied": 2}
            race(address)
        assert stop(process) == 0

    store = sql.SqlStore.open(database)
    for each in tasks:
        events = [record.event for record in store.log(task=each.id, events=("taken", "skipped"))]
        assert events[:2] == ["taken", "skipped"]
        assert events == ["taken", "skipped"] * (len(events) // 2), f"{each.id} was given to two at once"
    store.close()


def race(address: str) -> None:
    """Let two employees empty the common queue, over both processes."""

    def work(login: str) -> None:
        with httpx.Client(base_url=address, timeout=PATIENCE) as client:
            me = client.post("/api/v1/session", json={"login": login, "password": PASSWORD}).json()
            client.headers["X-CSRF-Token"] = me["csrf"]
            while lease := client.post("/api/v1/desk/take").json()["lease"]:
                # Without a CRM nothing can be finished: the task is put aside for its holder.
                client.post("/api/v1/desk/skip", json={"fence": lease["fence"], "minutes": 600})

    with ThreadPoolExecutor(2) as both:
        list(both.map(work, ["anna", "boris"]))
