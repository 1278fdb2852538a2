"""The demonstration: a made-up account whose time is now, in a store of its own, and people one may be."""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from workplaces_core import demo
from workplaces_core.adapters.memory import MemoryCrm
from workplaces_core.adapters.registry import Registry
from workplaces_core.demo.people import HEAD
from workplaces_core.policy import Policy
from workplaces_core.rules.zones import local_date, zone
from workplaces_core.wire import load_policy, load_snapshot
from workplaces_core.wire.forms import moment_text, read_instant
from workplaces_web.serving.local_demo import employees_for, head_of, policy_for
from workplaces_web.web import Web

_MOSCOW = zone("Europe/Moscow")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T[0-9:.]+Z")
_EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_HOURS = {"утро": ("00:00", "12:00"), "день": ("12:00", "24:00"), "смена": ("00:00", "24:00")}
_KEEPS_ITS_HOURS = "calls-evening"
ADMINISTRATOR = "Администратор"


def database(registry: Registry) -> str:
    """Give the URL of a fresh store: a file when the SQL plugin is there, memory when it is not."""
    if "sqlite" not in registry.stores:
        return "memory:"
    folder = Path(tempfile.mkdtemp(prefix="workplaces-demo-"))
    return f"sqlite:///{folder / 'desk.db'}"


def crm(now: datetime) -> MemoryCrm:
    """Make the CRM of the demonstration, with everything moved from its own Tuesday to now."""
    return MemoryCrm(load_snapshot(moved(demo.make().snapshot, now)))


def policy() -> Policy:
    """Give the policy: the made-up account's, its roles working around the clock, but for one evening shift."""
    form = demo.make().policy
    form["days_off"] = []
    for role in form["roles"]:
        if role["id"] != _KEEPS_ITS_HOURS:
            role["intervals"] = [_around_the_clock(interval, role) for interval in role["intervals"]]
    return load_policy(form)


def _around_the_clock(interval: dict[str, Any], role: dict[str, Any]) -> dict[str, Any]:
    if "rrule" in interval:
        return interval
    alone = len(role["intervals"]) == 1
    start, end = ("00:00", "24:00") if alone else _HOURS[interval["id"]]
    return {"id": interval["id"], "days": _EVERY_DAY, "start": start, "end": end}


def moved(form: Any, now: datetime) -> Any:
    """Move all dates and instants of an account as far as now is from its own time.

    >>> moved({"due": "2026-11-24", "text": "24"}, datetime(2026, 11, 30, 7, 40, tzinfo=UTC))
    {'due': '2026-11-30', 'text': '24'}
    """
    whole = timedelta(minutes=(now - demo.NOW) // timedelta(minutes=1))
    days = local_date(now, _MOSCOW) - local_date(demo.NOW, _MOSCOW)
    return _moved(form, whole, days)


def _moved(form: Any, whole: timedelta, days: timedelta) -> Any:
    if isinstance(form, dict):
        return {key: _moved(value, whole, days) for key, value in form.items()}
    if isinstance(form, list):
        return [_moved(value, whole, days) for value in form]
    if isinstance(form, str) and _INSTANT.fullmatch(form):
        return moment_text(read_instant(form).astimezone(UTC) + whole)
    if isinstance(form, str) and _DATE.fullmatch(form):
        return (date.fromisoformat(form) + days).isoformat()
    return form


def fill(web: Web, *, local: bool) -> None:
    """Publish the rules and make the people, when that was not done before; a `local` CRM knows neither."""
    snapshot = web.service.snapshot()
    if web.reach.store.policy() is None:
        rules = policy_for(snapshot) if local else policy()
        web.service.publish(rules, author=ADMINISTRATOR, comment="демонстрация")
    if web.people.directory().people:
        return
    employees, head = [story.user for story in demo.STORIES], HEAD
    if local:
        employees, head = employees_for(snapshot, web.reach.engine, web.reach.now), head_of(snapshot)
    for user in employees:
        web.people.create(_name(web, user), "employee", source="demo", user=user)
    web.people.create(_name(web, head), "supervisor", source="demo", user=head)
    web.people.create(ADMINISTRATOR, "administrator", source="demo")


def _name(web: Web, user: str) -> str:
    return web.reach.user_name(user) or user
