"""The commands of `workplaces amocrm` against the local account: what they print and write, and how they end."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
import zipfile
from itertools import count
from pathlib import Path

import httpx
import pytest
from attrs import evolve, fields
from workplaces_amocrm import AmoCrm
from workplaces_amocrm.cli import working_file
from workplaces_amocrm.cli.app import COMMANDS, app
from workplaces_amocrm.cli.progress import said
from workplaces_amocrm.cli.words import _WORDS
from workplaces_amocrm.fake import CLIENT_ID, CLIENT_SECRET, FakeAccount, FakeAmo, FakeSettings, generate
from workplaces_amocrm.reading.progress import Progress
from workplaces_amocrm.settings import Settings

from workplaces_core import wire
from workplaces_core.changes import apply
from workplaces_core.cli import main
from workplaces_core.model import Snapshot

QUICK = {
    "integration_rate": 1000, "account_rate": 1000, "rate_headroom": 0, "rate_pause_seconds": 0,
    "retry_first_seconds": 0, "retry_longest_seconds": 0, "attempts_bulk": 2, "attempts_interactive": 2,
    "page_size": 10, "pages_ahead": 1,
}  # fmt: skip

PROGRAM = [sys.executable, "-m", "workplaces_core", "amocrm"]
NOWHERE = ["--base-url", "http://127.0.0.1:9"]
NOBODY = [*NOWHERE, "--token", "t"]


@pytest.fixture
def fake():
    switches = FakeSettings.unthrottled(
        is_api_filter_enabled=True, unknown_parameters="reject", unknown_filters="reject"
    )
    with FakeAmo.start(generate(seed=3, tasks=60), settings=switches) as running:
        running.clock.real()
        yield running


@pytest.fixture
def run(capsys, monkeypatch, tmp_path, fake):
    """Run `workplaces amocrm` in an empty folder; give its exit code, what it printed, and the lines of its errors."""
    for name in ("TOKEN", "BASE_URL", "CLIENT_ID", "CLIENT_SECRET", "REDIRECT_URI"):
        monkeypatch.delenv(f"WORKPLACES_AMOCRM_{name}", raising=False)
    monkeypatch.delenv("WORKPLACES_LANG", raising=False)
    monkeypatch.chdir(tmp_path)
    tmp_path.joinpath("quick.json").write_text(json.dumps(QUICK))

    def run(*arguments):
        code = main(["amocrm", *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err.splitlines()

    return run


@pytest.fixture
def account(fake):
    """The options that name the account."""
    return ["--base-url", fake.url, "--token", fake.token, "--settings", "quick.json"]


def read_all(fake):
    """What the adapter reads, as the snapshot that it should become."""
    crm = AmoCrm.open(base_url=fake.url, token=fake.token, **QUICK)
    sets = [*crm.directory(), *(each for batch in crm.read_open() for each in batch)]
    crm.close()
    (first,) = (each.value for each in sets if each.kind == "account")
    return apply(Snapshot(first), sets)


def test_help_names_every_command_and_each_has_help(run):
    code, out, _ = run("--help")
    assert code == 0
    for name in COMMANDS:
        assert name in out
        assert run(name, "--help")[0] == 0
    assert app.list_commands(None) == list(COMMANDS)


def test_the_reference_names_every_command_and_every_setting():
    page = Path(__file__).parents[3].joinpath("docs", "reference", "amocrm.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([a-z0-9_-]+)", page, re.MULTILINE))
    assert {attribute.name for attribute in fields(Settings)} | set(COMMANDS) <= rows


def test_help_imports_no_command_and_no_client():
    code = """
import sys
from workplaces_amocrm.cli.app import app
app(["--help"], standalone_mode=False)
print([name for name in sys.modules if name.startswith("workplaces_amocrm.cli.")])
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "['workplaces_amocrm.cli.app']"


def test_a_port_that_is_taken_is_said_in_one_line(run, fake):
    code, _, err = run("serve-fake", "--port", fake.port)
    assert (code, len(err)) == (2, 1)
    assert err[0].startswith(f"--port: `{fake.port}` cannot be listened to")


def test_both_languages_have_every_word():
    assert all(len(texts) == 2 and all(texts) for texts in _WORDS.values())


# -- sync ----------------------------------------------------------------------------------------------


def test_a_snapshot_is_what_the_adapter_reads_in_canonical_json(run, account, fake, tmp_path):
    code, out, err = run("sync", *account, "--out", "snapshot.json", "--cursor-out", "cursor")
    assert (code, err) == (0, [])
    text = tmp_path.joinpath("snapshot.json").read_text(encoding="utf-8")
    snapshot = wire.load_snapshot(text)
    assert text == wire.dumps(snapshot) + "\n"
    assert snapshot == read_all(fake)
    assert len(snapshot.tasks) > 40
    assert tmp_path.joinpath("cursor").read_text(encoding="utf-8").strip() in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cursor", "quick.json", "snapshot.json"]


def test_the_token_may_stand_in_a_variable_and_is_never_printed(run, fake, monkeypatch):
    monkeypatch.setenv("WORKPLACES_AMOCRM_TOKEN", fake.token)
    code, out, err = run("sync", "--base-url", fake.url, "--settings", "quick.json", "--out", "s.json", "--json")
    assert code == 0
    assert fake.token not in out + "".join(err)
    assert json.loads(out)["counts"]["task"] > 40


def test_a_refused_token_ends_with_1_in_one_line_that_does_not_show_it(run, fake):
    code, out, err = run("sync", "--base-url", fake.url, "--token", "eyJhbGciOi.wrong.token", "--out", "s.json")
    assert (code, out, len(err)) == (1, "", 1)
    assert "wrong.token" not in err[0]


def test_records_that_cannot_be_read_are_told_and_the_rest_is_written(run, account, fake, tmp_path):
    broken = sorted(id_ for id_, task in fake.account.tasks.items() if not task["is_completed"])[:2]
    for id_ in broken:
        fake.account.tasks[id_]["complete_till"] = "soon"
    code, out, err = run("sync", *account, "--out", "s.json", "--json")
    assert code == 0
    assert sorted(err) == [
        f'set aside: tasks[{id_}].complete_till: `"soon"` must be whole unix seconds of the years 1970 to 2199'
        for id_ in broken
    ]
    assert json.loads(out)["counts"]["aside"] == 2
    snapshot = wire.load_snapshot(tmp_path / "s.json")
    assert len(snapshot.tasks) > 40
    assert not {str(id_) for id_ in broken} & set(snapshot.tasks)


def test_what_fails_leaves_the_snapshot_of_yesterday_as_it_was(run, account, fake, tmp_path):
    tmp_path.joinpath("s.json").write_text("yesterday")
    fake.faults.add(500, index=8, times=None)
    fake.faults.add(500, when=lambda asked: "contacts" in asked.path and asked.n > 15, times=None)
    code, _, err = run("sync", *account, "--out", "s.json")
    assert (code, len(err)) == (1, 1)
    assert tmp_path.joinpath("s.json").read_text() == "yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["quick.json", "s.json"]


def test_an_account_that_does_not_answer_ends_with_1_in_one_line(run):
    code, _, err = run("sync", *NOBODY, "--settings", "quick.json", "--out", "s")
    assert (code, len(err)) == (1, 1)


def test_a_reading_that_broke_off_is_gone_on_with(run, account, fake, tmp_path):
    whole = read_all(fake)
    fake.faults.add(500, when=lambda asked: asked.path.endswith("/contacts"), times=None)
    code, _, _ = run("sync", *account, "--out", "s.json", "--resume", "work")
    assert code == 1
    fake.faults._script.clear()
    before = len(fake.requests)
    code, out, _ = run("sync", *account, "--out", "s.json", "--resume", "work", "--json")
    assert code == 0
    assert wire.load_snapshot(tmp_path / "s.json") == whole
    assert not any(record.path.endswith("/tasks") for record in fake.requests[before:]), "tasks were read again"
    assert not tmp_path.joinpath("work").exists()
    assert json.loads(out)["cursor"]


class Killed(BaseException):
    """The end of the process, at any moment."""


@pytest.mark.parametrize("batches", [1, 2, 5, 9])
def test_whenever_the_process_is_killed_nothing_is_lost_and_nothing_doubled(
    run, account, fake, tmp_path, monkeypatch, batches
):
    monkeypatch.setattr(working_file, "_SECONDS_BETWEEN_SAVES", 0)
    put, calls = working_file.WorkingFile.put, count()

    def killed(self, sets):
        half = list(sets)
        if next(calls) == batches:
            put(self, half[: len(half) // 2])
            raise Killed
        put(self, half)

    monkeypatch.setattr(working_file.WorkingFile, "put", killed)
    with pytest.raises(Killed):
        run("sync", *account, "--out", "s.json", "--resume", "work")
    monkeypatch.setattr(working_file.WorkingFile, "put", put)
    assert not tmp_path.joinpath("s.json").exists()
    assert run("sync", *account, "--out", "s.json", "--resume", "work")[0] == 0
    assert wire.load_snapshot(tmp_path / "s.json") == read_all(fake)


def test_what_was_set_aside_before_a_crash_is_told_after_it(run, account, fake):
    broken = min(id_ for id_, task in fake.account.tasks.items() if not task["is_completed"])
    fake.account.tasks[broken]["complete_till"] = "soon"
    fake.faults.add(500, when=lambda asked: asked.path.endswith("/contacts"), times=None)
    run("sync", *account, "--out", "s.json", "--resume", "work")
    fake.faults._script.clear()
    code, _, err = run("sync", *account, "--out", "s.json", "--resume", "work")
    assert code == 0
    assert [line.split(".")[0] for line in err] == [f"set aside: tasks[{broken}]"]


def test_a_file_of_something_else_is_refused_and_left_alone(run, account, tmp_path):
    tmp_path.joinpath("work").write_text("a letter to my aunt, rather long" * 40)
    code, _, err = run("sync", *account, "--out", "s.json", "--resume", "work")
    assert (code, len(err)) == (2, 1)
    assert err[0].startswith("work: ")
    assert tmp_path.joinpath("work").read_text().startswith("a letter")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "s.json"], "--base-url"),
        ([*NOWHERE, "--out", "s.json"], "WORKPLACES_AMOCRM_TOKEN"),
        (["--base-url", "acme", "--token", "t", "--out", "s.json"], 'settings.base_url: `"acme"`'),
        ([*NOWHERE, "--token", " ", "--out", "s.json"], "token: must be a text"),
        ([*NOBODY, "--out", "no/s.json"], "no/s.json: its folder is not there"),
        ([*NOBODY, "--out", "s", "--settings", "bad.json"], "bad.json: is not JSON"),
        ([*NOBODY, "--out", "s", "--settings", "odd.json"], "settings.rate"),
        ([*NOBODY, "--out", "s", "--settings", "gone.json"], "gone.json: No such"),
        ([*NOWHERE, "--tokens", "gone", "--out", "s"], "gone: is not there"),
    ],
    ids=str,
)  # fmt: skip
def test_wrong_usage_is_one_line_and_exit_2(run, tmp_path, arguments, message):
    tmp_path.joinpath("bad.json").write_text("{")
    tmp_path.joinpath("odd.json").write_text('{"rate": 1}')
    code, out, err = run("sync", *arguments)
    assert (code, out, len(err)) == (2, "", 1)
    assert message in err[0]


@pytest.mark.parametrize("progress", [Progress("tasks", 3, 40, "estimated"), Progress("leads", 3, None, "estimated")])
def test_an_estimate_is_said_to_be_one(progress):
    assert "about" in said(progress) or "not known" in said(progress)
    assert "примерно" in said(progress, "ru") or "неизвестно" in said(progress, "ru")


# -- delta ---------------------------------------------------------------------------------------------


def test_a_snapshot_with_the_changes_since_is_the_snapshot_of_now(run, account, fake, tmp_path):
    run("sync", *account, "--out", "s.json", "--cursor-out", "cursor")
    task = min(id_ for id_, row in fake.account.tasks.items() if not row["is_completed"])
    fake.edit("tasks", task, {"text": "Перезвонить завтра"})
    fake.remove("tasks", max(id_ for id_, row in fake.account.tasks.items() if not row["is_completed"]))
    code, out, err = run("delta", *account, "--since", "@cursor")
    assert (code, err) == (0, [])
    *lines, last = out.splitlines()
    changed = apply(wire.load_snapshot(tmp_path / "s.json"), wire.load_changes(map(json.loads, lines)))
    now = read_all(fake)
    assert {id_: each for id_, each in changed.tasks.items() if not each.completed} == now.tasks
    assert changed.tasks[str(task)].text == "Перезвонить завтра"
    cursor = json.loads(last)["cursor"]
    code, out, _ = run("delta", *account, "--since", cursor, "--cursor-out", "cursor")
    assert code == 0
    assert all("op" in json.loads(line) for line in out.splitlines())
    assert tmp_path.joinpath("cursor").read_text(encoding="utf-8").startswith("amocrm1:")


@pytest.mark.parametrize(("since", "ends"), [("yesterday", 1), ("@gone", 2), ("@empty", 2)])
def test_a_cursor_that_is_none_is_refused(run, account, since, ends, tmp_path):
    tmp_path.joinpath("empty").write_text("\n")
    code, out, err = run("delta", *account, "--since", since)
    assert (code, out, len(err)) == (ends, "", 1)


# -- the account, its webhooks, its tokens -------------------------------------------------------------


def test_a_usual_account_has_no_error(run, account):
    code, out, err = run("check-account", *account, "--json")
    assert (code, err) == (0, [])
    assert {"account.found", "zone.found"} <= {found["code"] for found in json.loads(out)}
    assert "даты считаются" in run("check-account", *account, "--lang", "ru")[1]


def test_an_account_that_cannot_be_used_ends_with_1(run, account, fake):
    fake.settings = evolve(fake.settings, is_paid=False)
    code, out, _ = run("check-account", *account, "--json")
    assert code == 1
    assert [found["severity"] for found in json.loads(out)] == ["error"]


def test_a_webhook_is_made_seen_and_ended(run, account, fake):
    where = ["--destination", "https://desk.example.ru/amocrm/hook/s3cret"]
    assert run("hooks", "status", *account, *where)[0] == 1
    code, out, err = run("hooks", "subscribe", *account, *where, "--json")
    assert (code, err, json.loads(out)["standing"]) == (0, [], "working")
    assert [hook["destination"] for hook in fake.account.webhooks.values()] == where[1:]
    assert run("hooks", "status", *account, *where)[0] == 0
    assert run("hooks", "unsubscribe", *account, *where) == (0, "", [])
    assert fake.account.webhooks == {}
    assert run("hooks", "unsubscribe", *account, *where)[0] == 0


def test_an_address_that_amocrm_does_not_call_is_refused(run, account):
    code, out, err = run("hooks", "subscribe", *account, "--destination", "http://desk.example.ru")
    assert (code, out, len(err)) == (2, "", 1)
    assert err[0].startswith("--destination: ")


def test_a_code_becomes_tokens_that_other_commands_use(run, fake, tmp_path, monkeypatch):
    uri = fake.integration().redirect_uri
    monkeypatch.setenv("WORKPLACES_AMOCRM_CLIENT_SECRET", CLIENT_SECRET)
    integration = ["--base-url", fake.url, "--client-id", CLIENT_ID, "--redirect-uri", uri, "--tokens", "tokens"]
    code, out, err = run("oauth", "exchange", *integration, "--code", fake.code(), "--settings", "quick.json")
    assert (code, err) == (0, [])
    assert "eyJ" not in out
    assert tmp_path.joinpath("tokens").stat().st_mode & 0o077 == 0
    checked = subprocess.run([*PROGRAM, "check-account", *integration], capture_output=True, cwd=tmp_path, check=False)
    assert checked.returncode == 0, checked.stderr


def test_a_code_that_is_refused_ends_with_1(run, fake):
    uri = fake.integration().redirect_uri
    code, _, err = run(
        "oauth", "exchange", "--base-url", fake.url, "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET,
        "--redirect-uri", uri, "--tokens", "tokens", "--code", "used before", "--settings", "quick.json",
    )  # fmt: skip
    assert (code, len(err)) == (1, 1)


def test_options_are_no_settings(run, account, tmp_path):
    tmp_path.joinpath("quick.json").write_text('{"token": "t", "base_url": "http://elsewhere.example"}')
    code, _, err = run("check-account", *account)
    assert (code, len(err)) == (2, 2)


# -- the widget, the local server ----------------------------------------------------------------------


def test_the_widget_is_built(run, tmp_path):
    code, out, err = run("widget", "--backend-url", "https://desk.example.ru", "--out", "w.zip", "--version", "1.2.3")
    assert (code, out, err) == (0, "written: w.zip\n", [])
    archive = zipfile.ZipFile(io.BytesIO(tmp_path.joinpath("w.zip").read_bytes()))
    assert json.loads(archive.read("manifest.json"))["widget"]["version"] == "1.2.3"


def test_a_widget_of_an_address_without_https_is_not_built(run, tmp_path):
    code, out, err = run("widget", "--backend-url", "http://desk.example.ru")
    assert (code, out, len(err)) == (2, "", 1)
    assert not tmp_path.joinpath("widget.zip").exists()


@pytest.mark.slow
def test_the_local_server_says_where_it_is_serves_and_ends_when_told(tmp_path):
    command = [*PROGRAM, "serve-fake", "--port", "0", "--tasks", "20", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as it:
        try:
            said_ = json.loads(it.stdout.readline())
            headers = {"Authorization": f"Bearer {said_['token']}"}
            found = httpx.get(f"{said_['url']}/api/v4/tasks?limit=5&nonsense=1", headers=headers)
            assert len(found.json()["_embedded"]["tasks"]) == 5
        finally:
            it.send_signal(signal.SIGTERM)
        out, err = it.communicate(timeout=30)
    assert (it.returncode, out) == (0, "")
    assert len(err.splitlines()) == 1, "the unknown parameter is counted"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--settings", "quick.json"], "settings.page_size"), (["--timezone", "Moscow"], "--timezone")],
)
def test_switches_that_the_local_server_does_not_have_are_refused(run, arguments, message):
    code, out, err = run("serve-fake", "--port", "0", *arguments)
    assert (code, out) == (2, "")
    assert any(message in line for line in err)


def test_an_empty_account_gives_an_empty_snapshot(run, tmp_path):
    with FakeAmo.start(FakeAccount.empty(), settings=FakeSettings.unthrottled()) as empty:
        code, _, err = run(
            "sync", "--base-url", empty.url, "--token", empty.token, "--settings", "quick.json", "--out", "s"
        )
    assert (code, err) == (0, [])
    assert wire.load_snapshot(tmp_path / "s").tasks == {}
