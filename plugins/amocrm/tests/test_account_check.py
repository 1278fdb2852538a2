"""The laws of the account check: it never fails, and each state of an account has a finding of its own."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from workplaces_amocrm.account_check import check_account
from workplaces_amocrm.account_check.findings import SENTENCES
from workplaces_amocrm.errors import (
    AccountBlocked,
    ConsentNeeded,
    NoRights,
    NoSuchThing,
    NotPaid,
    RateLimited,
    Refused,
    Unreachable,
)
from workplaces_amocrm.settings import Settings

SETTINGS = Settings(base_url="https://acme.amocrm.ru")


def user(id_: int, **rights: Any) -> dict[str, Any]:
    usual = {"is_admin": False, "is_active": True, "group_id": 625, "tasks": {"edit": "A"}}
    return {
        "id": id_,
        "rights": {**usual, **{name: {"edit": "A"} for name in ("leads", "contacts", "companies")}, **rights},
    }


def answers() -> dict[str, Any]:
    """A healthy account."""
    return {
        "account": {
            "id": 31,
            "name": "Ромашка",
            "current_user_id": 11,
            "is_api_filter_enabled": True,
            "_embedded": {
                "users_groups": [{"id": 0, "name": "Отдел продаж"}, {"id": 625, "name": "Склад"}],
                "task_types": [{"id": 1, "name": "Связаться"}],
                "datetime_settings": {"timezone": "Europe/Moscow"},
            },
        },
        "users": [user(11, is_admin=True), user(12)],
        "webhooks": [{"destination": "https://desk.acme.ru/s3cret", "disabled": False}],
    }


class Amo:
    """An account that answers what it is given; a list in two pages, an exception by raising it."""

    def __init__(self, **changed: Any) -> None:
        self.answers = answers() | changed

    def get(self, path, params=(), *, lane="bulk"):
        answer = self.answers[path.removeprefix("/api/v4/")]
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, list):
            return answer
        page = int(dict(params)["page"])
        links = {"next": {"href": "x"}} if page == 1 else {}
        part = answer[:1] if page == 1 else answer[1:] if page == 2 else []
        return {"_links": links, "_embedded": {path.rpartition("/")[2]: part}} if part else None


def account(**changed: Any) -> dict[str, Any]:
    return answers()["account"] | changed


def found(settings: Settings = SETTINGS, **changed: Any) -> dict[str, Any]:
    return {one.code: one for one in check_account(Amo(**changed), settings)}


def test_a_healthy_account_has_nothing_to_be_done():
    findings = check_account(Amo(), SETTINGS)

    assert {one.severity for one in findings} == {"info"}
    assert {"account.found", "zone.found", "token.admin", "users.count", "filters.on", "hooks.found"} <= set(found())
    assert "2 active users of 2" in [one.en for one in findings]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConsentNeeded("401"), "token.rejected"),
        (NotPaid("402"), "account.not_paid"),
        (AccountBlocked("403"), "account.blocked"),
        (NoSuchThing("404"), "account.not_found"),
        (RateLimited("429"), "rate.exceeded"),
        (Unreachable("timed out"), "account.unreachable"),
        (Refused("400"), "account.unreachable"),
        (NoRights("403"), "account.unreachable"),
    ],
)
def test_an_account_that_cannot_be_asked_is_a_finding(error, code):
    assert list(found(account=error)) == [code]


@pytest.mark.parametrize(("part", "lost"), [("users", "users.count"), ("webhooks", "hooks.found")])
@pytest.mark.parametrize("error", [ConsentNeeded("401"), Unreachable("timed out")])
def test_a_failure_of_one_part_is_a_finding_and_the_others_are_looked_at(part, lost, error):
    findings = found(**{part: error})

    assert [one.code for one in findings.values() if one.severity == "error"] in (
        ["token.rejected"],
        ["account.unreachable"],
    )
    assert lost not in findings
    assert {"account.found", "zone.found", "filters.on", "users.count", "hooks.found"} - {lost} <= set(findings)


def test_the_same_failure_is_told_once():
    codes = [one.code for one in check_account(Amo(users=Unreachable("x"), webhooks=Unreachable("x")), SETTINGS)]

    assert codes.count("account.unreachable") == 1


@pytest.mark.parametrize("answer", [None, [], "<html>", {}])
def test_what_is_no_account_is_not_taken_for_one(answer):
    api = type("Odd", (), {"get": lambda *_, **__: answer})()

    assert [one.code for one in check_account(api, SETTINGS)] == ["account.not_found"]


def test_a_token_without_rights_is_told_what_goes_without_them():
    findings = found(users=NoRights("403"), webhooks=NoRights("403"))

    assert findings["token.not_admin"].severity == "warning"
    assert "every 15 seconds" in findings["hooks.refused"].en
    assert "users.count" not in findings


def test_a_token_of_limited_rights_names_them():
    limited = found(users=[user(11, tasks={"edit": "M"}, leads={"edit": "G"})])

    assert "tasks, leads" in limited["token.limited"].en
    assert "token.admin" not in limited
    assert not {"token.admin", "token.limited"} & set(found(users=[user(11)]))


@pytest.mark.parametrize(
    ("zone", "chosen", "code"),
    [
        ("Europe/Moscow", None, "zone.found"),
        ("Mars/Olympus", None, "zone.unknown"),
        ("../etc", None, "zone.unknown"),
        ("", None, "zone.missing"),
        (None, None, "zone.missing"),
        (7, None, "zone.missing"),
        (None, "Europe/Moscow", "zone.found"),
        ("Asia/Omsk", "Europe/Moscow", "zone.differs"),
        ("Europe/Moscow", "Europe/Moscow", "zone.found"),
    ],
)
def test_the_zone_is_there_or_asked_for(zone, chosen, code):
    embedded = account()["_embedded"] | {"datetime_settings": {"timezone": zone}}

    assert code in found(evolve(SETTINGS, zone=chosen), account=account(_embedded=embedded))


def test_filters_that_are_off_are_said_to_cost_time():
    without = account(is_api_filter_enabled=False)

    assert "slower" in found(account=without)["filters.off"].en
    assert found(evolve(SETTINGS, lead_filters=True), account=without)["filters.contradicted"].severity == "error"


def test_hooks_that_were_switched_off_are_named_without_their_secret():
    hooks = [{"destination": "https://desk.acme.ru/s3cret", "disabled": True}]
    disabled = found(webhooks=hooks)["hooks.disabled"]

    assert "desk.acme.ru" in disabled.en
    assert "s3cret" not in disabled.en + disabled.ru
    assert "hooks.none" in found(webhooks=[])


def test_members_of_no_group_and_of_unknown_groups_are_counted():
    users = [user(11, is_admin=True, group_id=None), user(12, group_id=9), user(13, group_id=None, is_active=False)]

    assert "1 users have no group" in found(users=users)["groups.default"].en
    assert found(users=users)["groups.unknown"].en.endswith(": 9")
    assert "groups.unmapped" in found(evolve(SETTINGS, null_group_is_default=False), users=users)
    assert "users.none" in found(users=[user(11, is_active=False)])


def test_a_rate_that_needs_a_paid_package_is_warned_of():
    assert "rate.above" not in found()
    assert "15" in found(evolve(SETTINGS, integration_rate=15))["rate.above"].en


def test_the_worst_comes_first():
    order = ["error", "warning", "info"]
    severities = [one.severity for one in check_account(Amo(users=[], account=account(_embedded={})), SETTINGS)]

    assert severities == sorted(severities, key=order.index)
    assert set(severities) == set(order)


def test_every_finding_is_one_sentence_in_both_languages():
    for _, english, russian in SENTENCES.values():
        assert english.isascii() or "“" in english
        assert any("а" <= letter <= "я" for letter in russian)
        assert not english.endswith(".")
        assert not russian.endswith(".")
        assert set(_names(english)) == set(_names(russian))


def _names(sentence: str) -> list[str]:
    return [part.partition("}")[0] for part in sentence.split("{")[1:]]
