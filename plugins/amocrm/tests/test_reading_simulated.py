"""Whatever a team does, and however answers get lost: who follows the changes ends with what a full reading gives."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from workplaces_amocrm import AmoCrm
from workplaces_amocrm.fake.amo import FakeAmo
from workplaces_amocrm.fake.generating import generate
from workplaces_amocrm.fake.settings import FakeSettings

from workplaces_core.adapters.reading import read_everything
from workplaces_core.changes import apply
from workplaces_core.model import Snapshot
from workplaces_core.testing.crm_world import open_part

LATER = 1_900_000_000


def live(fake: FakeAmo, many: str) -> list[int]:
    return [key for key, row in fake.account.table(many).items() if not row.get("is_deleted")]


def subject(fake: FakeAmo, rng: Random) -> dict[str, Any]:
    many = rng.choice(["leads", "leads", "contacts", "companies", ""])
    return {"entity_type": many, "entity_id": rng.choice(live(fake, many))} if many else {}


def new_task(fake: FakeAmo, rng: Random) -> None:
    fake.create("tasks", {"text": "Новая", "complete_till": LATER, **subject(fake, rng)})


def change_task(fake: FakeAmo, rng: Random) -> None:
    columns = rng.choice(
        [{"text": "Иначе"}, {"complete_till": LATER + 60}, {"is_completed": True}, {"is_completed": False}]
    )
    fake.edit("tasks", rng.choice(live(fake, "tasks")), columns)


def move_task(fake: FakeAmo, rng: Random) -> None:
    where = subject(fake, rng)
    if where:
        fake.edit("tasks", rng.choice(live(fake, "tasks")), where)


def delete_task(fake: FakeAmo, rng: Random) -> None:
    fake.remove("tasks", rng.choice(live(fake, "tasks")))


def rename(fake: FakeAmo, rng: Random) -> None:
    many = rng.choice(["leads", "contacts", "companies"])
    fake.edit(many, rng.choice(live(fake, many)), {"name": f"Имя {rng.random()}"})


def new_deal(fake: FakeAmo, rng: Random) -> None:
    deal = fake.create("leads", {"name": "Новая"})["id"]
    fake.link(("leads", deal), ("contacts", rng.choice(live(fake, "contacts"))), main=True)
    fake.link(("leads", deal), ("companies", rng.choice(live(fake, "companies"))))
    fake.edit("leads", deal, {"price": 5})


def delete_deal(fake: FakeAmo, rng: Random) -> None:
    fake.remove("leads", rng.choice(live(fake, "leads")))


def restore_deal(fake: FakeAmo, rng: Random) -> None:
    graves = [key for key, row in fake.account.leads.items() if row["is_deleted"]]
    if graves:
        fake.restore("leads", rng.choice(graves))


DEEDS = (
    new_task,
    change_task,
    change_task,
    move_task,
    delete_task,
    rename,
    rename,
    new_deal,
    delete_deal,
    restore_deal,
)


def follow_badly(crm: AmoCrm, snapshot: Snapshot, cursor: str, rng: Random) -> tuple[AmoCrm, Snapshot, str]:
    """Follow to the end; now and then an answer is lost, or the process ends and another one goes on."""
    while True:
        if rng.random() < 0.15:
            crm = AmoCrm(crm.api, crm.settings, cells=crm.cells)
        since = crm.read_changes(cursor)
        if rng.random() < 0.3:
            continue
        snapshot, cursor = apply(snapshot, since.changes), since.cursor
        if not since.more:
            return crm, snapshot, cursor


@pytest.mark.slow
@pytest.mark.parametrize("filters", [True, False])
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 10))])
def test_who_follows_ends_with_what_a_full_reading_gives(serve, seed, filters):
    rng = Random(seed)
    switches = FakeSettings.unthrottled(is_api_filter_enabled=filters)
    fake, crm = serve(generate(seed=seed, tasks=40), fake=switches, page_size=7, ids_per_request=7, sweep_minutes=30)
    reading = read_everything(crm)
    snapshot, cursor = reading.snapshot, reading.cursor
    assert cursor is not None
    for _ in range(12):
        for _ in range(rng.randrange(8)):
            rng.choice(DEEDS)(fake, rng)
            fake.clock.advance(rng.choice([0, 1, 5]))
        fake.clock.advance(rng.choice([0, 1, 30, 500]))
        crm, snapshot, cursor = follow_badly(crm, snapshot, cursor, rng)

        assert open_part(snapshot) == open_part(read_everything(AmoCrm(crm.api, crm.settings)).snapshot)
        report = crm.last_sweep
        assert report is None or report.recalled or report.missed == 0
