"""Links between entities: of one, of many in one call, tied and untied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workplaces_amocrm.fake.account import Place
from workplaces_amocrm.fake.answers import NOTHING, Flaw, Reply, invalid
from workplaces_amocrm.fake.asking import Known, check, whole
from workplaces_amocrm.fake.query import values
from workplaces_amocrm.fake.shapes import MAKERS, Row
from workplaces_amocrm.fake.world import Call
from workplaces_amocrm.fake.writing import batch

_ONE = Known(filters=frozenset({"to_entity_id", "to_entity_type", "to_catalog_id"}), paged=False)
_MANY = Known(filters=_ONE.filters | {"entity_id"}, paged=False)


def of_one(call: Call, entity: str, id_: str) -> Reply:
    """Answer with what an entity is tied to."""
    check(call, _ONE)
    return _answer(call, f"{entity}/{id_}/links", list(_rows(call, (entity, int(id_)))))


def of_many(call: Call, entity: str) -> Reply:
    """Answer with what many entities are tied to, each row naming its own end as well."""
    check(call, _MANY)
    ids = [whole(call, value, "filter[entity_id]") for value in values(call.query.get("filter", {}).get("entity_id"))]
    if not ids:
        call.blame("links of nothing", call.path)
    rows = [
        {"entity_id": id_, "entity_type": entity, **row}
        for id_ in dict.fromkeys(ids)
        for row in _rows(call, (entity, id_))
    ]
    return _answer(call, f"{entity}/links", rows)


def _rows(call: Call, place: Place) -> Iterator[Row]:
    filters = call.query.get("filter", {})
    kinds, ids = values(filters.get("to_entity_type")), values(filters.get("to_entity_id"))
    for (kind, id_), about in call.account.links.get(place, {}).items():
        asked = (not kinds or kind in kinds) and (not ids or str(id_) in ids)
        if asked and call.account.there((kind, id_)):
            yield {"to_entity_id": id_, "to_entity_type": kind, "metadata": about}


def _answer(call: Call, path: str, rows: list[Row]) -> Reply:
    body = {"_total_items": len(rows), "_links": call.link(path), "_embedded": {"links": rows}}
    return Reply(200, body) if rows else NOTHING


def tie(call: Call, entity: str, id_: str | None = None) -> Reply:
    """Tie what the body lists to one entity, or each row to the entity that it names itself."""
    flaws = _flaws(call, entity, id_)
    if flaws:
        return invalid(flaws)
    rows = []
    for sent in batch(call):
        place, other = _ends(entity, id_, sent)
        main = bool((sent.get("metadata") or {}).get("main_contact"))
        call.account.link(place, other, main=main)
        about = call.account.links[place][other]
        ends = {"entity_id": place[1], "entity_type": entity, "to_entity_id": other[1], "to_entity_type": other[0]}
        rows.append({**ends, "metadata": about})
    call.world.version += 1
    body = {"_total_items": len(rows), "_links": call.link(f"{entity}/links"), "_embedded": {"links": rows}}
    return Reply(200, body)


def untie(call: Call, entity: str, id_: str | None = None) -> Reply:
    """Untie what the body lists."""
    flaws = _flaws(call, entity, id_)
    if flaws:
        return invalid(flaws)
    for sent in batch(call):
        call.account.unlink(*_ends(entity, id_, sent))
    call.world.version += 1
    return NOTHING


def _ends(entity: str, id_: str | None, sent: Row) -> tuple[Place, Place]:
    own = int(sent["entity_id"] if id_ is None else id_)
    return (entity, own), (sent["to_entity_type"], sent["to_entity_id"])


def _flaws(call: Call, entity: str, id_: str | None) -> list[Flaw]:
    found = []
    for place, sent in enumerate(batch(call)):
        own = sent.get("entity_id") if id_ is None else int(id_)
        if not _there(call, entity, own):
            found.append(Flaw("NotSupportedChoice", "entity_id", "The entity is not there.", str(place)))
        if not _there(call, sent.get("to_entity_type"), sent.get("to_entity_id")):
            found.append(Flaw("NotSupportedChoice", "to_entity_id", "The entity is not there.", str(place)))
    return found


def _there(call: Call, entity: Any, id_: Any) -> bool:
    return entity in MAKERS and isinstance(id_, int) and id_ in call.account.table(entity)
