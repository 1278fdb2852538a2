"""Live desks: the newest state at once, every change after it, nothing twice, one watcher for all screens of a desk."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import timedelta

import attrs
import pytest
from workplaces_web.live.concern import Touched
from workplaces_web.live.fanout import BOARD, Fanout
from workplaces_web.live.screens import content_id
from workplaces_web.live.stream import event_stream

from plugins.web.tests.desks import MORNING, SUBJECT, office, policy, task
from workplaces_core.policy import CommonQueue, Members, Policy, Priority

PATIENCE = 20


@attrs.define
class Event:
    id: str
    name: str
    data: dict


class Screen:
    """A client of a stream, with the heartbeat far away unless a test wants it near."""

    def __init__(self, made, topic="anna", last_id=None, *, still=lambda: True, heartbeat=PATIENCE):
        self.stream = event_stream(made.web.fanout, topic, last_id, still=still, heartbeat=heartbeat)

    async def raw(self) -> bytes:
        return await asyncio.wait_for(anext(self.stream), PATIENCE)

    async def event(self) -> Event:
        while True:
            lines = (await self.raw()).decode().splitlines()
            fields = dict(line.split(": ", 1) for line in lines if ": " in line)
            if "data" in fields:
                return Event(fields["id"], fields["event"], json.loads(fields["data"]))

    async def close(self) -> None:
        await self.stream.aclose()


def play(made, scene):
    """Run a scene in a loop of its own, and end the watching after it."""
    try:
        asyncio.run(scene())
    finally:
        made.web.fanout.close()


async def away(act, *arguments):
    """Do something blocking as a request would."""
    return await asyncio.to_thread(act, *arguments)


def test_the_newest_desk_comes_at_once_and_every_change_after_it():
    made = office(task("t1", "anna"))

    async def scene():
        screen = Screen(made)
        first = await screen.event()
        lease = await away(made.service.take, "anna")
        second = await screen.event()
        await away(made.service.finish, "anna", lease.fence)
        third = await screen.event()
        assert first.data["current"] is None
        assert second.data["current"]["card"]["task"] == "t1"
        assert (third.data["current"], third.data["left"]) == (None, {"own": 0, "shared": 0})
        await screen.close()

    play(made, scene)


def test_a_client_that_has_the_newest_desk_gets_nothing_of_it_again():
    made = office(task("t1", "anna"))

    async def scene():
        screen = Screen(made)
        had = (await screen.event()).id
        await screen.close()
        again = Screen(made, last_id=had, heartbeat=0.3)
        assert [await again.raw(), await again.raw()] == [b"retry: 2000\n\n", b": alive\n\n"]
        await away(made.service.take, "anna")
        assert (await again.event()).data["current"] is not None
        await again.close()

    play(made, scene)


def test_a_client_that_missed_changes_gets_the_newest_desk_and_not_the_ones_between():
    made = office(task("t1", "anna"), task("t2", "anna"))

    async def scene():
        screen = Screen(made)
        had = (await screen.event()).id
        await screen.close()
        lease = await away(made.service.take, "anna")
        await away(made.service.finish, "anna", lease.fence)
        await away(made.service.take, "anna")
        again = Screen(made, last_id=had)
        assert (await again.event()).data["current"]["card"]["task"] == "t2"
        await again.close()

    play(made, scene)


def test_the_same_desk_has_the_same_id_in_another_process_and_another_desk_another():
    made = office(task("t1", "anna"))
    other = Fanout(made.web.screens)

    async def scene():
        ids = []
        for fanout in (made.web.fanout, other):
            stream = event_stream(fanout, "anna", None, still=lambda: True)
            frames = [await anext(stream) for _ in range(2)]
            ids.append(frames[1].split(b"\n")[0])
            await stream.aclose()
            made.later(seconds=5)
        assert ids[0] == ids[1]
        await away(made.service.take, "anna")
        stream = event_stream(Fanout(made.web.screens), "anna", None, still=lambda: True)
        assert [await anext(stream) for _ in range(2)][1].split(b"\n")[0] != ids[0]
        await stream.aclose()

    play(made, scene)


def test_a_renewal_is_no_news():
    made = office(task("t1", "anna"))

    async def scene():
        lease = await away(made.service.take, "anna")
        screen = Screen(made, heartbeat=0.3)
        had = (await screen.event()).id
        made.later(minutes=5)
        await away(made.service.renew, "anna", lease.fence)
        await away(made.web.fanout.touch, "anna")
        assert await screen.raw() == b": alive\n\n"
        assert made.web.fanout._watched["anna"].event.id == had
        await screen.close()

    play(made, scene)


def test_all_screens_of_a_desk_are_told_and_others_are_not():
    made = office(task("t1", "anna"), rules=policy(members=("anna", "boris")))

    async def scene():
        screens = [Screen(made), Screen(made), Screen(made, "zoe", heartbeat=0.3)]
        for screen in screens:
            await screen.event()
        assert made.web.fanout.connections == 3
        assert len(made.web.fanout._watched) == 2
        await away(made.service.take, "anna")
        for screen in screens[:2]:
            assert (await screen.event()).data["current"] is not None
        assert await screens[2].raw() == b": alive\n\n"
        for screen in screens:
            await screen.close()
        assert made.web.fanout.connections == 0

    play(made, scene)


def test_what_others_take_from_the_common_queue_changes_the_count_alone_and_asks_the_store_nothing(monkeypatch):
    queue = Priority("common", "Общие", common_queue=CommonQueue(Members(users=["gone"])))
    role = attrs.evolve(policy().roles[0], priorities=(queue,))
    tasks = [*(task(f"a{number}", "boris") for number in range(4)), *(task(f"z{number}") for number in range(3))]
    made = office(*tasks, rules=Policy(1, (role,)))
    # At first everybody is looked at in full.
    monkeypatch.setattr(made.web.fanout._concern, "touched", Touched)

    async def scene():
        screen = Screen(made, "boris")
        before = (await screen.event()).data
        monkeypatch.setattr(made.store, "notices", lambda _: pytest.fail("the store was asked"))
        await away(made.service.take, "anna")
        after = (await screen.event()).data
        assert (before["left"], after["left"]) == ({"own": 4, "shared": 3}, {"own": 4, "shared": 2})
        assert {**before, "left": None, "at": None} == {**after, "left": None, "at": None}
        await screen.close()

    play(made, scene)


def test_time_alone_changes_a_desk_too():
    made = office(task("t1", "anna", due=MORNING + timedelta(minutes=30)))

    async def scene():
        screen = Screen(made)
        assert (await screen.event()).data["next"] is None
        made.later(minutes=26)
        assert (await screen.event()).data["next"]["lane"] == "exact"
        await screen.close()

    play(made, scene)


def test_a_policy_that_is_published_reaches_every_desk():
    made = office(task("t1", "anna"))

    async def scene():
        screen = Screen(made)
        await screen.event()
        await away(made.service.publish, policy(2, members=("boris",)))
        after = (await screen.event()).data
        assert (after["policy_version"], after["role"]) == (2, None)
        await screen.close()

    play(made, scene)


def test_dismissing_a_notice_in_one_window_is_seen_in_the_other():
    made = office(task("t1", "anna"))

    async def scene():
        await away(made.service.take, "anna")
        done = attrs.evolve(made.crm.snapshot.tasks["t1"], completed=True)
        await away(made.edit, "task", done)
        screen = Screen(made)
        notices = (await screen.event()).data["notices"]
        assert [each["event"] for each in notices] == ["completed"]
        await away(made.service.dismiss, "anna", notices[0]["number"])
        await away(made.web.fanout.touch, "anna")
        assert (await screen.event()).data["notices"] == []
        await screen.close()

    play(made, scene)


def test_a_stream_ends_when_its_session_does():
    made = office()
    welcome = [True]

    async def scene():
        screen = Screen(made, still=lambda: welcome[0], heartbeat=0.05)
        await screen.event()
        assert await screen.raw() == b": alive\n\n"
        welcome[0] = False
        rest = [frame async for frame in screen.stream]
        assert set(rest) <= {b": alive\n\n"}

    play(made, scene)


def test_a_stream_ends_when_the_server_does_and_later_ones_end_at_once():
    made = office()

    async def scene():
        screens = [Screen(made), Screen(made, BOARD)]
        for screen in screens:
            await screen.event()
        await away(made.web.fanout.close)
        for screen in screens:
            with pytest.raises(StopAsyncIteration):
                await screen.raw()
        late = Screen(made)
        assert await late.raw() == b"retry: 2000\n\n"
        with pytest.raises(StopAsyncIteration):
            await late.raw()

    play(made, scene)


def test_the_board_is_told_that_something_changed():
    made = office(task("t1", "anna"))

    async def scene():
        screen = Screen(made, BOARD)
        first = await screen.event()
        await away(made.service.take, "anna")
        second = await screen.event()
        assert (first.name, second.name) == ("board", "board")
        assert first.id != second.id
        await screen.close()

    play(made, scene)


def work(made, rng):
    """What employees do."""
    user = rng.choice(["anna", "boris"])
    lease = made.service.desk(user).lease
    if lease is None:
        made.service.take(user)
    else:
        rng.choice([made.service.finish, made.service.release, made.service.skip])(user, lease.fence)


def edit(made, rng):
    """What colleagues do in the CRM."""
    due = rng.choice([MORNING + timedelta(minutes=rng.randrange(-60, 60)), MORNING.date()])
    made.edit("task", task(f"t{rng.randrange(6)}", rng.choice(["anna", "gone"]), due=due))
    deal = made.crm.snapshot.deals["d1"]
    made.edit("deal", attrs.evolve(deal, name=f"Сделка {rng.randrange(99)}"))


def publish(made, rng):
    """What supervisors do."""
    members = rng.choice([("anna",), ("boris",), ("anna", "boris")])
    made.service.publish(policy(made.service.policy.version + 1, members=members, exact=bool(rng.randrange(2))))


def wait(made, rng):
    """What time does."""
    made.later(minutes=rng.randrange(20))


@pytest.mark.parametrize(("seed", "at_once"), [(0, 64), (1, 64), (2, 64), (3, 1), (4, 1)])
def test_whatever_happens_the_last_event_shows_the_desk_as_it_is(seed, at_once, monkeypatch):
    monkeypatch.setattr("workplaces_web.live.concern.AT_ONCE", at_once)
    made = office(*(task(f"t{number}", subject=SUBJECT) for number in range(6)))
    rng = random.Random(seed)

    async def scene():
        screens = {user: Screen(made, user) for user in ("anna", "boris")}
        for _ in range(40):
            await away(rng.choice([work, work, edit, publish, wait]), made, rng)
        for user, screen in screens.items():
            expected = content_id(await away(lambda user=user: made.web.screens.show(user, queue=3)))
            while (await screen.event()).id != expected:
                pass
            await screen.close()

    play(made, scene)
