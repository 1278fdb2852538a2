"""Settings: what is not accepted is named with its value, and the README knows every open point."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from attrs import fields_dict
from workplaces_amocrm.settings import Settings

from workplaces_core.errors import InvalidInput

URL = "https://acme.amocrm.ru"
README = Path(__file__).parents[1] / "README.md"


NO_ADDRESSES = ["acme.amocrm.ru", "", None, "ftp://acme", "https://", "https://x:99999", "https://x:0", "https://[", 7]


@pytest.mark.parametrize("url", [*NO_ADDRESSES, "https://acme.amocrm.ru?x=1"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(InvalidInput, match=r"settings\.base_url"):
        Settings(base_url=url)


WRONG = [
    ("page_size", 251),
    ("page_size", 0),
    ("page_size", True),
    ("page_size", 10.0),
    ("batch_size", 300),
    ("events_page_size", 101),
    ("integration_rate", 0),
    ("integration_rate", float("nan")),
    ("timeout_seconds", "20"),
    ("lead_filters", 1),
    ("html_403_blocks", None),
    ("zone", "Europe/Mosocw"),
    ("zone", "../etc/passwd"),
    ("zone", ""),
    ("zone", 3),
    ("all_day_time", "24:00"),
    ("all_day_time", "23:59:59"),
    ("unknown_task", 204),
    ("lead_card", "/leads"),
    ("hook_events", "update_task"),
    ("hook_events", [""]),
    ("account", None),
    ("date_zone", "local"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_value_that_is_not_accepted_is_named(name, value):
    with pytest.raises(InvalidInput) as caught:
        Settings(base_url=URL, **{name: value})
    (problem,) = caught.value.problems
    assert (problem.path, problem.message.startswith("must be")) == (f"settings.{name}", True)


def test_unknown_and_missing_settings_are_named_together():
    with pytest.raises(InvalidInput) as caught:
        Settings.of({"page_sise": 10, "tokn": "x"})
    assert [problem.path for problem in caught.value.problems] == [
        "settings.page_sise", "settings.tokn", "settings.base_url",
    ]  # fmt: skip


def test_settings_come_from_a_file():
    settings = Settings.of({"base_url": "http://127.0.0.1:80/amo/", "hook_events": ["add_task"], "lead_filters": None})
    assert (settings.host, settings.account_name, settings.hook_events) == (
        "127.0.0.1:80",
        "127.0.0.1:80",
        ("add_task",),
    )
    assert Settings(base_url=URL, account="acme").account_name == "acme"


def test_every_setting_the_readme_names_is_there_with_its_default():
    defaults = {name: each.default for name, each in fields_dict(Settings).items()}
    rows = [line.split("|") for line in README.read_text("utf-8").splitlines() if line.count("| `") > 1]
    assert len(rows) >= 20
    for _, _, name, default, *_ in rows:
        assert default.strip().strip("`") == _written(defaults[name.strip().strip("`")])


def _written(value):
    return value if isinstance(value, str) else json.dumps(value)
