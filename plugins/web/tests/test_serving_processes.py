"""The server as it is run: real processes, a real port, and an end in order."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace

import attrs
import httpx
import pytest
from workplaces_web.serving import once as looking
from workplaces_web.serving.once import once
from workplaces_web.serving.worker import end_on_signals

from plugins.web.tests.desks import PASSWORD, account, policy, task
from plugins.web.tests.servers import PATIENCE, be, free_port, served, stop
from workplaces_core import DeskService
from workplaces_core.adapters.memory import MemoryCrm
from workplaces_core.errors import StoreUnavailable
from workplaces_core.policy import Interval, Policy

pytestmark = pytest.mark.slow

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
            # A stream is open: the server must not wait for it to end by itself. Ctrl-C goes to all its processes.
            os.killpg(process.pid, signal.SIGINT)
            for _ in lines:
                pass
        assert process.wait(PATIENCE) == 0
        assert "Killing" not in (tmp_path / "err").read_text()
        secret = anna.cookies["workplaces"]

    logged = [json.loads(line) for line in (tmp_path / "err").read_text().splitlines()]
    assert any(each.get("route") == "/api/v1/desk/take" for each in logged)
    assert secret.partition(".")[2] not in (tmp_path / "err").read_text()
    assert f"http://127.0.0.1:{port}" in (tmp_path / "out").read_text()


def test_the_server_hears_of_its_end_once_though_a_signal_was_lost_on_its_way_or_came_twice():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    closed, heard = [], []

    async def scene():
        loop = asyncio.get_running_loop()
        for number in before:
            loop.add_signal_handler(number, heard.append, number)
        end_on_signals(SimpleNamespace(fanout=SimpleNamespace(close=lambda: closed.append(True))))
        pipe = signal.set_wakeup_fd(-1)  # as when the pipe of the loop is full
        signal.raise_signal(signal.SIGTERM)
        signal.set_wakeup_fd(pipe)
        for number in before:
            signal.raise_signal(number)
        for _ in range(5):
            await asyncio.sleep(0.01)  # all of them have had their turn by then

    try:
        asyncio.run(scene())
    finally:
        for number, known in before.items():
            signal.signal(number, known)
    assert (closed, heard) == ([True], [signal.SIGTERM])


def test_nothing_goes_on_serving_once_the_main_process_was_killed(tmp_path):
    port = free_port()
    arguments = [sys.executable, "-m", "workplaces_core", "serve", "--demo", "--port", str(port)]
    with served(arguments, port, tmp_path) as (process, address), closing(be(address, "employee")) as anna:
        with anna.stream("GET", "/api/v1/desk/events") as stream:
            process.kill()
            for _ in stream.iter_lines():
                pass  # it ends in order, and is not cut off
        ends = time.monotonic() + PATIENCE
        while answers(address) and time.monotonic() < ends:
            time.sleep(0.1)
        assert not answers(address)


def answers(address):
    try:
        return bool(httpx.get(f"{address}/healthz").status_code)
    except httpx.TransportError:
        return False


def test_the_demonstration_shows_once_that_it_answers_and_ends(tmp_path):
    arguments = [sys.executable, "-m", "workplaces_core", "serve", "--demo", "--once", "--port", str(free_port())]
    done = subprocess.run(
        arguments, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"open http://127.0.0.1:\d+/ and choose whom to be", done.stdout)
    assert "it answers: /readyz, and" in done.stdout
    assert "Администратор" in done.stdout


def test_a_demonstration_that_does_not_start_is_no_success():
    with pytest.raises(StoreUnavailable, match="did not start"):
        once(f"http://127.0.0.1:{free_port()}", ["--print-config"])


def test_a_port_that_is_taken_is_not_asked_for_again():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert looking.free_port("127.0.0.1", taken) != taken
    assert looking.free_port("127.0.0.1", taken) == taken


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
