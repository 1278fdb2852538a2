"""A server that ends and comes back beneath an open desk: nothing is lost, and nobody has to press anything."""

from __future__ import annotations

import sys

import attrs
import pytest
from playwright.sync_api import expect
from workplaces_web.people.people import People
from workplaces_web.settings import Passwords, WebSettings

from plugins.web.tests.browser.conftest import PASSWORD
from plugins.web.tests.browser.offices import account, policy, task
from plugins.web.tests.servers import free_port, served, stop
from workplaces_core import DeskService
from workplaces_core.adapters.memory import MemoryCrm
from workplaces_core.changes import Set
from workplaces_core.policy import Interval

# The server looks at the store alone: what colleagues do in the CRM, another process reads into it.
_SERVER = """
import sys
from workplaces_core.work.no_crm import NoCrm
from workplaces_web.serving import run, worker
from workplaces_web.serving.config import read_config
worker.open_crm = run.open_crm = lambda *_: NoCrm()
run.serve(worker.Plan(read_config(None, {"database": sys.argv[1], "port": int(sys.argv[2])}, {})))
"""


def _seconds(page) -> int:
    minutes, seconds = page.locator("wp-timer").inner_text().split(":")
    return 60 * int(minutes) + int(seconds)


def test_a_desk_goes_on_after_a_restart_of_its_server(libraries, page, tmp_path, look):
    sql = pytest.importorskip("workplaces_sql")
    database, port = f"sqlite:///{tmp_path / 'desk.db'}", free_port()
    store = sql.SqlStore.open(database)
    today = store.now().date()
    crm = MemoryCrm(account(task("t1", due=today)))
    colleague = DeskService(adapter=crm, store=store)
    rules = policy(exact=False)
    always = Interval("день", start=0, end=24 * 60, days=tuple(range(7)))
    colleague.publish(attrs.evolve(rules, roles=(attrs.evolve(rules.roles[0], intervals=(always,)),)))
    people = People(store.cells, WebSettings(passwords=Passwords(1, 8, 1)))
    people.set_password(people.create("Анна", "employee", source="local", login="anna", user="anna").id, PASSWORD)
    arguments = [sys.executable, "-c", _SERVER, database, str(port)]

    with served(arguments, port, tmp_path) as (process, address):
        page.goto(f"{address}/sign-in?then=/desk")
        page.locator("input[name=login]").fill("anna")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main form button").click()
        page.get_by_role("button", name="Взять").click()
        expect(page.locator("wp-timer")).to_be_visible()
        page.locator("#result").fill("почти дописал")
        assert stop(process) == 0
    expect(page.locator("#offline")).to_be_visible()
    look(page)
    before = _seconds(page)

    crm.put(Set("task", task("t2", due=today, subject=None)))
    colleague.sync()

    with served(arguments, port, tmp_path) as (process, _):
        expect(page.locator(".left")).to_contain_text("Осталось 1")
        expect(page.locator("#offline")).to_be_hidden()
        assert _seconds(page) >= before
        expect(page.locator("#result")).to_have_value("почти дописал")
        crm.put(Set("task", task("t3", due=today, subject=None)))
        colleague.sync()
        expect(page.locator(".left")).to_contain_text("Осталось 2")
        assert stop(process) == 0
    store.close()
