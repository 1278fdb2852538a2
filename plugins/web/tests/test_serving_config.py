"""The configuration: file, environment, command line, in this order; what is wrong with it; secrets stay masked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from workplaces_web.cli import command, run
from workplaces_web.serving import demo, local_demo
from workplaces_web.serving.config import effective, read_config

from workplaces_core import Engine, check, decide, wire
from workplaces_core.adapters.registry import load_plugins
from workplaces_core.demo import STORIES
from workplaces_core.errors import InvalidInput

FILE = """
database = "postgresql://desk:swordfish@db/desk"
[crm]
adapter = "amocrm"
token = "swordfish"
[work]
lease_minutes = 20
[web]
port = 8100
public_url = "https://desk.example"
frame_ancestors = ["https://acme.amocrm.ru"]
webhook_secret = "swordfish-swordfish"
card_urls = { deal = "https://acme.amocrm.ru/leads/detail/{id}" }
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "workplaces.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_the_command_line_stands_over_the_environment_and_that_over_the_file(file):
    environment = {"WORKPLACES_WEB_PORT": "8200", "WORKPLACES_WEB_WORKERS": "2", "WORKPLACES_CRM_TOKEN": "other"}
    config = read_config(file, {"port": 8300, "host": None}, environment)

    assert (config.web.port, config.web.workers, config.web.host) == (8300, 2, "127.0.0.1")
    assert config.crm == {"adapter": "amocrm", "token": "other"}
    assert config.work.lease_minutes == 20
    assert config.settings().card_url("deal", "7") == "https://acme.amocrm.ru/leads/detail/7"


def test_lists_and_numbers_of_the_environment_are_read_as_such():
    environment = {"WORKPLACES_WEB_FRAME_ANCESTORS": "https://a.example, https://b.example",
                   "WORKPLACES_WEB_SIGN_IN_MINUTES": "2.5"}  # fmt: skip
    web = read_config(environment=environment).web
    assert (web.frame_ancestors, web.sign_in_minutes) == (("https://a.example", "https://b.example"), 2.5)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[web]\nprot = 1", "web.prot"),
        ("[web]\nport = 'x'", "web.port"),
        ("[web]\nport = 99999", "web.port"),
        ("[web]\nworkers = 0", "web.workers"),
        ("[web]\npublic_url = 'desk.example'", "web.public_url"),
        ("[web]\nlanguage = 'de'", "web.language"),
        ("[web]\nframe_ancestors = ['acme.amocrm.ru; script-src *']", "web.frame_ancestors[0]"),
        ("[web]\nwebhook_secret = 'short'", "web.webhook_secret"),
        ("[web]\nsession_idle_minutes = -1", "web.session_idle_minutes"),
        ("[web]\ncard_urls = { deal = 'javascript:alert(1)' }", "web.card_urls.deal"),
        ("[work]\nlease = 1", "work.lease"),
        ("[wob]\n", "wob"),
    ],
)
def test_every_setting_that_is_wrong_is_named(tmp_path, text, path):
    file = tmp_path / "workplaces.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as raised:
        read_config(file, environment={})
    assert [each.path.rpartition(": ")[2] for each in raised.value.problems] == [path]


def test_a_wrong_secret_is_not_repeated(tmp_path):
    file = tmp_path / "workplaces.toml"
    file.write_text("[web]\nwebhook_secret = 'tiny'", encoding="utf-8")
    with pytest.raises(InvalidInput) as raised:
        read_config(file, environment={})
    assert "tiny" not in str(raised.value)


def test_the_effective_configuration_shows_everything_but_secrets(file):
    answer = CliRunner(env={"WORKPLACES_CONFIG": None}).invoke(command, ["--config", str(file), "--print-config"])
    shown = json.loads(answer.output)

    assert "swordfish" not in answer.output
    assert shown["database"] == "postgresql://desk:***@db/desk"
    assert (shown["web"]["port"], shown["web"]["session_idle_minutes"]) == (8100, 480)
    assert "swordfish" not in repr(read_config(file, environment={}))
    assert effective(read_config(file, environment={}))["crm"]["token"] == "***"


def test_a_store_that_processes_cannot_share_is_refused_before_anything_starts(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")  # which the command sets for its processes
    assert run(["--database", "memory:", "--workers", "2"]) == 2
    assert "memory" in capsys.readouterr().err


def test_a_missing_database_or_crm_is_said_in_one_line(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKPLACES_DATABASE", raising=False)
    assert run([]) == 2
    assert capsys.readouterr().err.startswith("database: ")
    assert run(["--database", "memory:"]) == 2
    assert capsys.readouterr().err.startswith("crm.adapter: ")


@pytest.mark.parametrize("hour", [0, 11, 20])
@pytest.mark.parametrize("day", [26, 29])
def test_in_the_demonstration_somebody_has_work_at_any_hour_of_any_day(day, hour):
    now = datetime(2026, 11, day, hour, 17, tzinfo=UTC)
    crm, policy = demo.crm(now), demo.policy()
    desks = [decide(crm.snapshot, policy, user=story.user, now=now) for story in STORIES[:3]]
    assert all(desk.role is not None and desk.next is not None for desk in desks)


def test_the_account_of_the_demonstration_is_the_made_up_one_moved_to_now():
    now = datetime(2026, 12, 24, 7, 40, tzinfo=UTC)
    moved, own = demo.crm(now).snapshot, wire.load_snapshot(demo.demo.make().snapshot)
    assert moved.tasks.keys() == own.tasks.keys()
    for name, task in own.tasks.items():
        assert moved.tasks[name].due - task.due == timedelta(days=30)
    assert moved.users == own.users


def test_the_demonstration_needs_no_plugin_for_its_store():
    assert demo.database(load_plugins(discover=False)) == "memory:"


def test_over_a_local_crm_rules_and_people_are_made_from_what_it_holds():
    now = datetime(2026, 11, 26, 20, 17, tzinfo=UTC)
    snapshot = demo.crm(now).snapshot
    policy = local_demo.policy_for(snapshot)
    employees = local_demo.employees_for(snapshot, Engine(policy, snapshot), now)

    assert [each for each in check(policy, snapshot, now=now) if each.severity == "error"] == []
    assert len(employees) == 4
    assert local_demo.head_of(snapshot) not in employees
    assert all(decide(snapshot, policy, user=user, now=now).next for user in employees)
