"""Writing tasks, leads, contacts and companies: one or many, all of them or none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import frozen

from workplaces_amocrm.fake import changing, rights
from workplaces_amocrm.fake.accepting import accept
from workplaces_amocrm.fake.account import is_admin
from workplaces_amocrm.fake.answers import Flaw, Reply, gateway, invalid, problem
from workplaces_amocrm.fake.asking import Known, check
from workplaces_amocrm.fake.shapes import Row
from workplaces_amocrm.fake.world import Call, Refused

_LARGEST, _ADVISED = 250, 50
_PLAIN = Known(paged=False)
_REQUIRED = {"tasks": ("text", "complete_till")}


@frozen
class _Change:
    row: Row
    columns: Row
    request_id: str


def create(call: Call, entity: str) -> Reply:
    """Add the entities of an array."""
    check(call, _PLAIN)
    if not is_admin(call.user) and call.user["rights"][entity].get("add") == "D":
        return problem(403)
    sent = batch(call)
    flaws: list[Flaw] = []
    accepted = []
    for place, one in enumerate(sent):
        request_id = str(one.get("request_id", place))
        columns, wrong = _accept(call, entity, None, one, request_id)
        flaws += [*wrong, *_missing(entity, one, request_id)]
        accepted.append((columns, request_id))
    if flaws:
        raise Refused(invalid(flaws))
    rows = []
    for one, (columns, request_id) in zip(sent, accepted, strict=True):
        row = changing.create(call.world, entity, {"responsible_user_id": call.user_id, **columns}, by=call.user_id)
        _tie(call, entity, row["id"], one)
        rows.append(_written(call, entity, row, request_id, fresh=True))
    return _envelope(call, entity, rows)


def change_many(call: Call, entity: str) -> Reply:
    """Change the entities of an array, each with its id."""
    check(call, _PLAIN)
    sent = batch(call)
    late = call.settings.gateway_timeout_above
    too_many = late is not None and len(sent) > late
    if too_many and not call.settings.gateway_timeout_applies:
        return gateway(504)
    flaws: list[Flaw] = []
    changes = []
    for place, one in enumerate(sent):
        request_id = str(one.get("request_id", place))
        row = _row(call, entity, one.get("id"))
        if row is None:
            flaws.append(Flaw("NotSupportedChoice", "id", "The entity is not there.", request_id))
            continue
        columns, wrong = _accept(call, entity, row, one, request_id)
        flaws += wrong
        changes.append(_Change(row, columns, request_id))
    if flaws:
        raise Refused(invalid(flaws))
    rows = [_apply(call, entity, change) for change in changes]
    return gateway(504) if too_many else _envelope(call, entity, rows)


def change_one(call: Call, entity: str, id_: str) -> Reply:
    """Change one entity."""
    check(call, _PLAIN)
    row = _row(call, entity, int(id_))
    if row is None:
        return problem(404) if call.settings.unknown_id == 404 else invalid([Flaw("NotFound", "id", "Not found.")])
    if not isinstance(call.body, dict):
        return problem(400, "The body must be an object")
    request_id = str(call.body.get("request_id", "0"))
    columns, flaws = _accept(call, entity, row, call.body, request_id)
    if flaws:
        return invalid(flaws)
    return Reply(200, _apply(call, entity, _Change(row, columns, request_id)))


def batch(call: Call, largest: int = _LARGEST) -> list[Row]:
    """The array of a call, if it is one and not too long."""
    sent = call.body
    if not isinstance(sent, list) or not sent or not all(isinstance(one, dict) for one in sent):
        raise Refused(problem(400, "The body must be an array of objects"))
    if len(sent) > _ADVISED:
        rule = "batch over limit" if len(sent) > largest else "batch over advice"
        call.blame(rule, f"{len(sent)} entities to {call.path}, at most {largest}, advised {_ADVISED}")
    if len(sent) > largest:
        raise Refused(gateway(504) if call.settings.oversized_batch == 504 else problem(400, "Too many entities"))
    return sent


def _row(call: Call, entity: str, id_: Any) -> Row | None:
    row = call.account.table(entity).get(id_) if isinstance(id_, int) else None
    return None if row is None or row.get("is_deleted") else row


def _accept(call: Call, entity: str, row: Row | None, sent: Row, request_id: str) -> tuple[Row, list[Flaw]]:
    if row is not None and not rights.may(call.account, call.user, "edit", entity, row, call.settings):
        raise Refused(problem(403))
    columns, flaws, unknown = accept(call.account, entity, row, sent, request_id)
    for name in unknown:
        call.blame("unknown field", f"{name} of {call.path}")
        if call.settings.unknown_fields == "reject":
            flaws.append(Flaw("NotSupportedChoice", name, "This field was not expected.", request_id))
    if row is not None:
        written = columns.keys() & {*sent, "_embedded"}
        flaws += _changed_well(call, entity, row, {name: columns[name] for name in written}, request_id)
    return columns, flaws


def _changed_well(call: Call, entity: str, row: Row, columns: Row, request_id: str) -> Iterator[Flaw]:
    for name in sorted(columns):
        if row.get(name) == columns[name]:
            call.blame("unchanged field", f"{name} of {entity} {row['id']} is `{columns[name]}` already")
    owner = call.account.users.get(columns.get("responsible_user_id", 0))
    if owner and not owner["rights"]["is_active"] and call.settings.inactive_responsible == "reject":
        yield Flaw("NotSupportedChoice", "responsible_user_id", "The user is not active.", request_id)
    if "updated_at" in columns:
        call.blame("updated_at written", f"{entity} {row['id']}")
    if entity != "tasks":
        return
    closing = columns.get("is_completed") is True and not row["is_completed"]
    if closing and not columns.get("result"):
        call.blame("completed without result", f"tasks {row['id']}")
    needed = ["result"] if closing and call.settings.completion_needs_result else []
    needed += _REQUIRED["tasks"] if call.settings.patch_needs_task_fields else []
    yield from (_lacking(name, request_id) for name in needed if name not in columns)


def _missing(entity: str, sent: Row, request_id: str) -> Iterator[Flaw]:
    return (_lacking(name, request_id) for name in _REQUIRED.get(entity, ()) if sent.get(name) is None)


def _lacking(name: str, request_id: str) -> Flaw:
    return Flaw("FieldMissing", name, "This field is missing.", request_id)


def _apply(call: Call, entity: str, change: _Change) -> Row:
    columns = change.columns
    if entity == "tasks" and call.settings.patch_resets_responsible:
        columns = {"responsible_user_id": call.user_id, **columns}
    changing.edit(call.world, entity, change.row, columns, by=call.user_id)
    return _written(call, entity, change.row, change.request_id)


def _written(call: Call, entity: str, row: Row, request_id: str, *, fresh: bool = False) -> Row:
    said = {"id": row["id"], "request_id": request_id, "_links": call.link(f"{entity}/{row['id']}")}
    if fresh:
        return said
    said = {**said, "updated_at": row["updated_at"]}
    if entity in {"contacts", "companies"}:
        said["name"] = row["name"]
    if entity != "tasks":
        del said["request_id"]
    return said


def _tie(call: Call, entity: str, id_: int, sent: Row) -> None:
    embedded = sent.get("_embedded")
    for kind in ("contacts", "companies"):
        for one in (embedded if isinstance(embedded, dict) else {}).get(kind) or ():
            if one.get("id") in call.account.table(kind):
                call.account.link((entity, id_), (kind, one["id"]), main=bool(one.get("is_main")))


def _envelope(call: Call, entity: str, rows: list[Row]) -> Reply:
    return Reply(200, {"_links": call.link(entity), "_embedded": {entity: rows}})
