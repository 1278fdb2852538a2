"""An `Api` in memory, for the laws of writing: it counts calls, and goes wrong where it is told to."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from attrs import define, field, frozen
from workplaces_amocrm.errors import BatchTooLarge, NoRights, NoSuchThing, Refused

from workplaces_core.errors import Problem

NAMES = ("tasks", "leads", "contacts", "companies")
ANNA, BORIS, CAROL = 11, 12, 13


@frozen
class Fault:
    """What is raised at one call, and whether it takes effect all the same."""

    error: Exception
    applied: bool = False


@define
class AmoInMemory:
    """A few entities under the names of amoCRM; `faults` and `between` are by the number of the call, from 0."""

    rows: dict[str, dict[int, dict[str, Any]]] = field(factory=lambda: {name: {} for name in NAMES})
    users: dict[int, dict[str, Any]] = field(factory=lambda: {one: {"id": one} for one in (ANNA, BORIS, CAROL)})
    faults: dict[int, Fault] = field(factory=dict)
    between: dict[int, Callable[[], None]] = field(factory=dict)
    forbidden: set[int] = field(factory=set)
    largest: int = 250
    ignores: bool = False  # says yes to changes and does nothing
    filters: bool = True
    silent_about: set[int] = field(factory=set)  # neither changed by a batch nor named in its answer
    calls: list[tuple[str, str]] = field(factory=list)
    writes: list[dict[str, Any]] = field(factory=list)
    names: list[str | None] = field(factory=list)
    refuses_names: bool = False

    def add(self, name: str, id_: int, **columns: Any) -> dict[str, Any]:
        row = {"id": id_, "responsible_user_id": ANNA, **columns}
        if name == "tasks":
            row = {"is_completed": False, "complete_till": 1_588_885_140, "text": "Перезвонить", "result": [], **row}
        self.rows[name][id_] = row
        return row

    def get(self, path: str, params: Any = (), *, lane: str = "bulk") -> Any:
        assert lane == "interactive"
        return self._call("GET", path, lambda: self._read(path, list(params)))

    def patch(self, path: str, body: Any, *, lane: str = "interactive", as_user: str | None = None) -> Any:
        assert lane == "interactive"
        self.names.append(as_user)
        return self._call("PATCH", path, lambda: self._write(path, body, as_user))

    def _call(self, method: str, path: str, answer: Callable[[], Any]) -> Any:
        number = len(self.calls)
        self.calls.append((method, path))
        self.between.get(number, lambda: None)()
        fault = self.faults.get(number)
        if fault is None:
            return answer()
        if fault.applied:
            answer()
        raise fault.error

    def _read(self, path: str, params: list[tuple[str, str]]) -> Any:
        name, id_ = _place(path)
        if name == "users":
            return self.users.get(id_ or 0)
        if id_ is not None:
            if id_ in self.forbidden:
                raise NoRights("must not")
            return self.rows[name].get(id_)
        ids = [int(value) for key, value in params if key.startswith("filter[id]")]
        rows = [row for row in self.rows[name].values() if row["id"] in ids or not self.filters]
        return {"_embedded": {name: rows}} if rows else None

    def _write(self, path: str, body: Any, as_user: str | None) -> Any:
        name, id_ = _place(path)
        items = [{"id": id_, **body}] if isinstance(body, dict) else body
        if as_user is not None and self.refuses_names:
            raise NoRights("in the name of")
        if len(items) > self.largest:
            raise BatchTooLarge("504")
        for index, item in enumerate(items):
            self._check(name, index, item, single=isinstance(body, dict))
        items = [item for item in items if isinstance(body, dict) or item["id"] not in self.silent_about]
        for item in items:
            if not self.ignores:
                changed = {key: value for key, value in item.items() if key != "id"}
                self.rows[name][item["id"]].update(changed)
            self.writes.append(dict(item))
        answers = [{"id": item["id"], "updated_at": 1} for item in items]
        return answers[0] if isinstance(body, dict) else {"_embedded": {name: answers}}

    def _check(self, name: str, index: int, item: dict[str, Any], *, single: bool) -> None:
        if item["id"] in self.forbidden:
            raise NoRights("must not")
        if item["id"] not in self.rows[name]:
            if single:
                raise NoSuchThing("404")
            raise Refused("400", [Problem(f"[{index}].id", None, "not found")])
        owner = item.get("responsible_user_id")
        if owner is not None and owner not in self.users and not self.ignores:
            raise Refused("400", [Problem("[0].responsible_user_id", None, "not a valid choice")])


def _place(path: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"/api/v4/(\w+)(?:/(\d+))?", path)
    assert match is not None, path
    return match[1], int(match[2]) if match[2] else None
