"""Every change of the account goes through here, so that it is stamped, and told to the feed and the webhooks."""

from __future__ import annotations

from workplaces_amocrm.fake import shapes
from workplaces_amocrm.fake.account import group_of
from workplaces_amocrm.fake.events import created, deleted, differences, record, restored, told
from workplaces_amocrm.fake.shapes import Row
from workplaces_amocrm.fake.world import World


def create(world: World, entity: str, columns: Row, *, by: int) -> Row:
    """Add a row in the name of a user."""
    now = world.clock.now()
    given = {"created_at": now, "updated_at": now, "created_by": by, "updated_by": by, **columns}
    given.setdefault("responsible_user_id", by or world.account.admin)
    given["group_id"] = group_of(world.account.users.get(given["responsible_user_id"]))
    row = world.account.add(entity, **given)
    world.version += 1
    record(world, created(entity, row), by=by)
    world.hooks.tell(world, "add", entity, row, {})
    _closest(world, entity, row)
    return row


def edit(world: World, entity: str, row: Row, columns: Row, *, by: int) -> bool:
    """Change only these columns; whether anything became different."""
    before = {name: row[name] for name in columns if name in row and row[name] != columns[name]}
    if not before and not world.settings.touch_unchanged:
        return False
    row.update(columns)
    _stamp(world, row, columns, by)
    _follow(world, entity, row, before)
    world.version += 1
    record(world, differences(world, entity, row, before), by=by)
    if before:
        world.hooks.tell(world, "update", entity, row, before)
    if before.keys() & {"responsible_user_id"} and world.settings.cascade_responsible:
        _cascade(world, entity, row, by)
    return bool(before)


def remove(world: World, entity: str, id_: int, *, by: int) -> None:
    """Delete as the web UI does: deals stay as graves, everything else is gone."""
    row = world.account.table(entity)[id_]
    if entity == "tasks":
        del world.account.tasks[id_]
        _closest(world, entity, row)
    else:
        row.update(is_deleted=True, updated_at=world.clock.now(), updated_by=by)
    world.version += 1
    record(world, deleted(entity, row), by=by)
    world.hooks.tell(world, "delete", entity, row, {})


def restore(world: World, entity: str, id_: int, *, by: int) -> None:
    """Bring back what was deleted."""
    row = world.account.table(entity)[id_]
    row.update(is_deleted=False, updated_at=world.clock.now(), updated_by=by)
    world.version += 1
    record(world, restored(entity, row), by=by)
    world.hooks.tell(world, "restore", entity, row, {})


def merge(world: World, entity: str, kept: int, gone: int, *, by: int) -> None:
    """Make one of two: what hung on the other hangs on the one that is kept, and the other is gone."""
    for task in world.account.tasks.values():
        if (task["entity_type"], task["entity_id"]) == (entity, gone):
            task.update(entity_id=kept, updated_at=world.clock.now())
    for place in list(world.account.links.get((entity, gone), {})):
        world.account.unlink((entity, gone), place)
        world.account.link((entity, kept), place)
    row, other = (world.account.table(entity)[id_] for id_ in (kept, gone))
    for one in (row, other):
        one.update(updated_at=world.clock.now(), updated_by=by)
    other["is_deleted"] = True
    world.version += 1
    record(world, [told(entity, row, "entity_merged", [{"entity": {"id": kept}}], [{"entity": {"id": gone}}])], by=by)
    world.hooks.tell(world, "update", entity, row, {})
    world.hooks.tell(world, "delete", entity, other, {})


def _stamp(world: World, row: Row, columns: Row, by: int) -> None:
    if "updated_at" not in columns:
        row["updated_at"] = max(world.clock.now(), row["updated_at"])
    if "updated_by" not in columns:
        row["updated_by"] = by


def _follow(world: World, entity: str, row: Row, before: Row) -> None:
    if "responsible_user_id" in before:
        row["group_id"] = group_of(world.account.users.get(row["responsible_user_id"]))
    if entity == "leads" and "status_id" in before:
        row["closed_at"] = world.clock.now() if row["status_id"] in {shapes.WON, shapes.LOST} else None
    if before.keys() & {"complete_till", "is_completed", "entity_id"}:
        _closest(world, entity, row)


def _closest(world: World, entity: str, row: Row) -> None:
    if entity != "tasks" or not world.settings.closest_task_fresh or row["entity_type"] not in shapes.MAKERS:
        return
    owner = world.account.table(row["entity_type"]).get(row["entity_id"])
    if owner is None:
        return
    place = (row["entity_type"], row["entity_id"])
    open_ = (one for one in world.account.tasks.values() if one["entity_id"] == place[1] and not one["is_completed"])
    owner["closest_task_at"] = min(
        (one["complete_till"] for one in open_ if one["entity_type"] == place[0]), default=None
    )


def _cascade(world: World, entity: str, row: Row, by: int) -> None:
    if entity != "leads":
        return
    given = {"responsible_user_id": row["responsible_user_id"]}
    for task in list(world.account.tasks.values()):
        if (task["entity_type"], task["entity_id"]) == ("leads", row["id"]) and not task["is_completed"]:
            edit(world, "tasks", task, given, by=by)
    for id_, _ in world.account.linked(("leads", row["id"]), "contacts"):
        edit(world, "contacts", world.account.contacts[id_], given, by=by)
