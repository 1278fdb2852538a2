"""The laws of the subscription: made once, kept as it is needed, and a refusal is no disaster."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import define, field
from workplaces_amocrm.errors import ConsentNeeded, NoRights, NoSuchThing, NotPaid, Refused, Unreachable
from workplaces_amocrm.webhooks import NEEDED_EVENTS, status, subscribe, unsubscribe

HERE = "https://desk.acme.ru/hooks/s3cret"
ELSEWHERE = {"id": 1, "destination": "https://other.acme.ru/", "settings": ["add_lead"], "disabled": False, "sort": 1}


@define
class HooksInMemory:
    """The webhooks of an account that does not honour the filter; `error` is raised by the calls of `failing`."""

    hooks: list[dict[str, Any]] = field(factory=lambda: [dict(ELSEWHERE)])
    error: Exception | None = None
    failing: str = "GET POST DELETE"
    writes: list[tuple[str, Any]] = field(factory=list)

    def get(self, path, params=(), *, lane="bulk"):
        self._fail("GET")
        return {"_total_items": len(self.hooks), "_embedded": {"webhooks": self.hooks}} if self.hooks else None

    def post(self, path, body, *, lane="interactive", as_user=None):
        self._fail("POST")
        self.writes.append(("POST", body))
        hook = next((one for one in self.hooks if one["destination"] == body["destination"]), None)
        if hook is None:
            hook = {"id": 7, "disabled": False}
            self.hooks.append(hook)
        hook.update(body)
        return hook

    def delete(self, path, body=None, *, lane="interactive"):
        self._fail("DELETE")
        self.writes.append(("DELETE", body))
        left = [one for one in self.hooks if one["destination"] != body["destination"]]
        if len(left) == len(self.hooks):
            raise NoSuchThing("404")
        self.hooks = left

    def _fail(self, method):
        if self.error is not None and method in self.failing:
            raise self.error

    def ours(self):
        return next(one for one in self.hooks if one["destination"] == HERE)


@pytest.fixture
def amo() -> HooksInMemory:
    return HooksInMemory()


def test_a_subscription_asks_for_every_event_that_changes_a_desk(amo):
    assert subscribe(amo, HERE).works
    assert set(amo.ours()["settings"]) == set(NEEDED_EVENTS)
    for kind in ("task", "lead", "contact", "company"):
        assert {f"{change}_{kind}" for change in ("add", "update", "delete", "responsible")} <= set(NEEDED_EVENTS)


def test_subscribing_again_writes_nothing(amo):
    subscribe(amo, HERE)
    subscribe(amo, HERE)

    assert len(amo.writes) == 1


def test_missing_events_are_added_and_others_kept(amo):
    amo.hooks.append({"destination": HERE, "settings": ["add_talk", "add_task"], "disabled": False, "sort": 3})
    assert (status(amo, HERE).standing, "add_task" in status(amo, HERE).missing) == ("incomplete", False)

    assert subscribe(amo, HERE).works
    assert amo.ours()["settings"][:2] == ["add_talk", "add_task"]
    assert amo.ours()["sort"] == 3


def test_the_hooks_of_others_are_left_alone(amo):
    subscribe(amo, HERE)
    unsubscribe(amo, HERE)

    assert amo.hooks == [ELSEWHERE]


def test_a_hook_that_was_switched_off_is_noticed_and_left_to_a_person(amo):
    subscribe(amo, HERE)
    amo.ours()["disabled"] = True

    found = subscribe(amo, HERE)

    assert (found.standing, found.works) == ("disabled", False)
    assert "Settings, API, webhooks" in found.advice
    assert "polling" in found.advice
    assert len(amo.writes) == 1


def test_a_hook_that_was_switched_off_can_be_made_anew(amo):
    subscribe(amo, HERE)
    amo.ours()["disabled"] = True

    assert subscribe(amo, HERE, revive=True).works
    assert [method for method, _ in amo.writes] == ["POST", "DELETE", "POST"]


@pytest.mark.parametrize("error", [NoRights("403"), NotPaid("402")])
def test_a_refusal_says_that_polling_goes_on(amo, error):
    amo.error = error

    for found in (status(amo, HERE), subscribe(amo, HERE)):
        assert (found.standing, found.works) == ("refused", False)
        assert "administrator" in found.advice
        assert "polling" in found.advice


def test_a_refused_subscription_gives_the_reason(amo):
    amo.error, amo.failing = Refused("at most 100 webhooks"), "POST"

    assert "at most 100 webhooks" in subscribe(amo, HERE).advice


@pytest.mark.parametrize("error", [ConsentNeeded("401"), Unreachable("timed out")])
def test_what_is_no_matter_of_webhooks_is_raised(amo, error):
    amo.error = error

    with pytest.raises(type(error)):
        status(amo, HERE)
    with pytest.raises(type(error)):
        subscribe(amo, HERE)


def test_ending_what_is_not_there_is_no_error(amo):
    unsubscribe(amo, HERE)

    assert status(amo, HERE).standing == "absent"
    assert status(amo, HERE).missing == NEEDED_EVENTS


@pytest.mark.parametrize("answer", [None, {}, [], {"_embedded": None}, {"_embedded": {"webhooks": [None, 7, {}]}}])
def test_an_odd_answer_is_no_webhook(answer):
    odd = type("Odd", (), {"get": lambda *_, **__: answer})()

    assert status(odd, HERE).standing == "absent"


@pytest.mark.parametrize("address", ["http://desk.acme.ru/", "desk.acme.ru", "", "https://рабочее.рф/", "https:///x"])
def test_an_address_that_amocrm_does_not_take_is_refused_with_its_name(amo, address):
    with pytest.raises(ValueError, match=r"destination: `.*` must be"):
        subscribe(amo, address)
    assert amo.writes == []


def test_a_server_on_this_machine_may_be_without_https(amo):
    assert subscribe(amo, "http://127.0.0.1:8000/hooks/x").works
