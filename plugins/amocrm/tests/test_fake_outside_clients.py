"""The local amoCRM is read, changed and paged through by clients that others wrote for the real one."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from amocrm import v2
from amocrm.v2 import interaction, tokens
from amocrm_api import AmoOAuthClient
from attrs import evolve
from requests.adapters import HTTPAdapter
from workplaces_amocrm.fake import CLIENT_ID, CLIENT_SECRET, FakeAmo, FakeSettings, generate

OUTSIDE = Path(__file__).parent / "outside_clients"
REDIRECT = "https://desk.example.ru/oauth"
TASK_KEYS = ("id", "text", "complete_till", "responsible_user_id", "is_completed", "task_type_id", "group_id", "result")
LEAD_KEYS = ("id", "name", "price", "status_id", "pipeline_id", "custom_fields_values", "responsible_user_id")
# Of the client on newer Pythons: it reads expiry as a naive time.
OLD_TIMES = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")


@pytest.fixture
def fake() -> Iterator[FakeAmo]:
    # The clients look at the machine's clock, so the account lives now.
    account = generate(seed=11, tasks=620, now=int(time.time()))
    with FakeAmo.start(account, settings=FakeSettings.unthrottled()) as running:
        yield running


def standing_leads(fake: FakeAmo) -> dict[int, dict[str, Any]]:
    return {id_: row for id_, row in fake.account.leads.items() if not row["is_deleted"]}


def assert_same(seen: list[dict[str, Any]], rows: dict[int, dict[str, Any]], keys: tuple[str, ...]) -> None:
    """What was read is the account's, each row once."""
    assert len(seen) == len(rows) > 300
    assert {row["id"]: [row[key] for key in keys] for row in seen} == {
        id_: [row[key] for key in keys] for id_, row in rows.items()
    }


def assert_only(before: dict[str, Any], after: dict[str, Any], key: str) -> None:
    """Nothing else changed, save for who did it, and when."""
    assert {key} <= {name for name in after if after[name] != before[name]} <= {key, "updated_at", "updated_by"}


class ToThisMachine(HTTPAdapter):
    """Sends what was meant for amoCRM's host to the local server."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **named: Any) -> requests.Response:
        request.url = request.url.replace("https://fake.amocrm.ru", self.url)
        return super().send(request, *args, **named)


@pytest.fixture
def krukov(fake: FakeAmo, monkeypatch: pytest.MonkeyPatch) -> Iterator[tokens.MemoryTokensStorage]:
    """`amocrm-api`, whose host is hard-coded, with its session and its token calls sent here."""
    with requests.Session() as session:
        session.mount("https://fake.amocrm.ru", ToThisMachine(fake.url))
        monkeypatch.setattr(tokens.requests, "post", session.post)
        for model in (v2.Task, v2.Lead, v2.User, v2.Pipeline):
            monkeypatch.setattr(model.objects._interaction, "_session", session)
        monkeypatch.setattr(interaction, "_session", session)
        storage = tokens.MemoryTokensStorage()
        manager = tokens.default_token_manager
        monkeypatch.setattr(manager, "_storage", None)
        manager(CLIENT_ID, CLIENT_SECRET, "fake", REDIRECT, storage=storage)
        yield storage


@OLD_TIMES
def test_amocrm_api_reads_changes_and_refreshes(fake: FakeAmo, krukov: tokens.MemoryTokensStorage) -> None:
    tokens.default_token_manager.init(fake.code())
    order = {"id": "asc"}
    tasks = list(v2.Task.objects.filter(order=order))
    leads = list(v2.Lead.objects.filter(order=order))

    assert_same([task._data for task in tasks], fake.account.tasks, TASK_KEYS)
    assert_same([lead._data for lead in leads], standing_leads(fake), LEAD_KEYS)
    for lead in leads:
        expected = [id_ for id_, _ in fake.account.linked(("leads", lead.id), "contacts")]
        assert [one["id"] for one in lead._data["_embedded"]["contacts"]] == expected
    assert {user.id for user in v2.User.objects.all()} == set(fake.account.users)
    assert {one.id for one in v2.Pipeline.objects.all()} == set(fake.account.pipelines)
    # It asks for tags, statuses and the like in `with`, although they come anyway.
    assert {violation.rule for violation in fake.violations} <= {"unknown with"}

    before, old = dict(fake.account.tasks[tasks[0].id]), krukov.get_refresh_token()
    fake.settings = evolve(fake.settings, token_lifetime=0)
    krukov.save_tokens(fake.pair()["access_token"], old)  # expired already, so the next call refreshes
    fake.settings = evolve(fake.settings, token_lifetime=86400)
    tasks[0].text = "Из amocrm-api"
    tasks[0].save()
    leads[0].price = 4141
    leads[0].save()

    assert krukov.get_refresh_token() != old
    after = fake.account.tasks[tasks[0].id]
    assert_only(before, after, "text")
    assert fake.account.leads[leads[0].id]["price"] == 4141
    assert v2.Task.objects.get(tasks[0].id).text == "Из amocrm-api"
    krukov.save_tokens(fake.long_lived(lifetime=0), old)
    with pytest.raises(EnvironmentError, match="Token has been revoked"):
        v2.Task.objects.get(tasks[0].id)


def test_amocrm_api_wrapper_reads_changes_and_refreshes(fake: FakeAmo) -> None:
    pair = fake.pair()
    client = AmoOAuthClient(pair["access_token"], pair["refresh_token"], fake.url, CLIENT_ID, CLIENT_SECRET, REDIRECT)

    def every(name: str, **more: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        page = 1
        while answer := getattr(client, f"get_{name}")(page=page, limit=100, order={"id": "asc"}, **more):
            rows += answer["_embedded"][name]
            page += 1
        return rows

    tasks, leads = every("tasks"), every("leads", with_params=["contacts"])
    assert_same(tasks, fake.account.tasks, TASK_KEYS)
    assert_same(leads, standing_leads(fake), LEAD_KEYS)
    chosen = [task["id"] for task in tasks[:3]]
    picked = client.get_tasks(filters={"id][": chosen[0]})["_embedded"]["tasks"]
    assert [task["id"] for task in picked] == chosen[:1]

    before = dict(fake.account.tasks[chosen[0]])
    client._session.close()
    client.update_tokens()
    fake.revoke(pair["access_token"])
    client.update_tasks([{"id": id_, "text": "Из amocrm-api-wrapper"} for id_ in chosen])
    client.execution_task(chosen[1], is_completed=True, result="Готово")
    client.update_leads([{"id": leads[0]["id"], "price": 4343}])

    assert client.refresh_token != pair["refresh_token"]
    after = fake.account.tasks[chosen[0]]
    assert_only(before, after, "text")
    assert fake.account.tasks[chosen[1]]["result"] == {"text": "Готово"}
    assert fake.account.leads[leads[0]["id"]]["price"] == 4343
    client._session.close()


@pytest.fixture(scope="session")
def amocrm_js() -> Path:
    """The folder where `amocrm-js` is installed; without node or the network its test is skipped."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("amocrm-js needs node and npm")
    if not (OUTSIDE / "node_modules" / "amocrm-js").is_dir():
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=OUTSIDE, capture_output=True, text=True, timeout=180, check=False)
        if done.returncode:
            pytest.skip("amocrm-js cannot be installed: npm ci failed, is there a network?")
    return OUTSIDE


@pytest.mark.slow
def test_amocrm_js_reads_changes_and_refreshes(fake: FakeAmo, amocrm_js: Path) -> None:
    arguments = [str(fake.port), CLIENT_ID, CLIENT_SECRET, REDIRECT, fake.code()]
    command = [shutil.which("node") or "node", str(amocrm_js / "read_and_write.cjs"), *arguments]
    before = {id_: dict(row) for id_, row in fake.account.tasks.items()}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)

    assert_same(read["tasks"], {id_: row for id_, row in before.items() if not row["is_completed"]}, TASK_KEYS)
    assert [row["id"] for row in read["leads"]] == sorted(standing_leads(fake))
    assert all("contacts" in row["_embedded"] for row in read["leads"])
    first = read["tasks"][0]["id"]
    changed = fake.account.tasks[first]
    assert_only(before[first], changed, "text")
    assert read["changed"]["id"] == first
    assert [row["id"] for row in read["priced"]["_embedded"]["leads"]] == [read["leads"][0]["id"]]
    assert (read["price"], read["refreshed"]) == (4242, True)
    assert [violation.rule for violation in fake.violations] == []
