"""The suite for stores: many at once, in threads and in processes, do as they would one after the other."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from workplaces_core.adapters.stores import Store
from workplaces_core.changes import Set
from workplaces_core.testing import store_crowd
from workplaces_core.testing.store_crowd import Crew, Crowd
from workplaces_core.testing.store_history import check_history
from workplaces_core.testing.store_under_test import Mirror, Opener, applied, entity, follow, mirror, write
from workplaces_core.testing.store_world import task

FOLLOWERS = (1, 7, 1000)
"""By how many at once the followers read."""


class ConcurrencyTests:
    """Nothing is lost, nothing is done twice, and nobody sees half of it."""

    threads: int
    processes: int
    times: int

    def opener(self, store: Store) -> Opener | None:
        """Give a function that opens the same store once more."""
        raise NotImplementedError

    @pytest.fixture(params=["threads", pytest.param("processes", marks=pytest.mark.slow)])
    def crowd(self, store: Store, crew: Crew, request: pytest.FixtureRequest) -> Crowd:
        """Give those who work at a store at once."""
        if request.param == "threads":
            return Crowd(store, self.threads)
        opener = self.opener(store) if self.processes else None
        if opener is None:
            pytest.skip("this store is one of a single process")
        return Crowd(store, self.processes, crew, opener)

    @pytest.fixture(scope="class")
    @classmethod
    def crew(cls) -> Iterator[Crew]:
        """Give the processes that open stores."""
        crew = Crew(cls.processes)
        yield crew
        crew.close()

    def test_no_write_of_the_mirror_is_lost(self, crowd: Crowd) -> None:
        crowd.each_does(store_crowd.count_in_mirror, self.times)

        assert entity(crowd.store, "task", "counter").text == str(crowd.size * self.times)

    def test_no_write_of_a_cell_is_lost(self, crowd: Crowd) -> None:
        crowd.each_does(store_crowd.count_in_cell, self.times)
        cell = crowd.store.cells.read("c")

        assert cell is not None
        assert (cell.value, cell.version) == (str(crowd.size * self.times), crowd.size * self.times)

    def test_no_number_is_given_twice(self, crowd: Crowd) -> None:
        drawn = [each for drawn in crowd.each_does(store_crowd.draw_numbers, self.times) for each in drawn]

        assert [len(set(numbers)) for numbers in zip(*drawn, strict=True)] == [crowd.size * self.times] * 3

    def test_a_command_under_a_key_is_done_once_whoever_repeats_it(self, crowd: Crowd) -> None:
        keys = [f"k{number}" for number in range(self.times)]
        answers = crowd.each_does(store_crowd.answer_once, keys)
        done = {record.details["key"]: str(record.number) for record in crowd.store.log()}

        assert answers == [[done[key] for key in keys]] * crowd.size
        assert len(list(crowd.store.log())) == len(keys)

    def test_nobody_sees_half_of_a_command(self, crowd: Crowd) -> None:
        write(crowd.store, Set("task", task("a", "0")), Set("task", task("b", "0")))
        seen = crowd.does(store_crowd.move, [(seed, self.times) for seed in range(crowd.size)])

        assert [sums - {0} for sums in seen] == [set()] * crowd.size

    def test_each_task_is_given_to_one_and_each_user_is_given_one(self, crowd: Crowd) -> None:
        users, tasks = [f"u{number}" for number in range(crowd.size)], [f"t{number}" for number in range(crowd.size)]
        write(crowd.store, *(Set("task", task(name)) for name in tasks))
        given = crowd.does(store_crowd.take_one, [(user, tasks) for user in users])

        assert [lease.user for lease in given] == users
        assert sorted(lease.task for lease in given) == sorted(tasks)
        assert sorted(crowd.store.leases(), key=str) == sorted(given, key=str)
        assert check_history(crowd.store) == []

    def test_of_many_who_want_one_task_one_gets_it(self, crowd: Crowd) -> None:
        write(crowd.store, Set("task", task()))
        given = crowd.does(store_crowd.take_one, [(f"u{number}", ["t1"]) for number in range(crowd.size)])

        assert [lease for lease in given if lease is not None] == list(crowd.store.leases())
        assert len(crowd.store.leases()) == 1
        assert check_history(crowd.store) == []

    def test_a_user_who_asks_many_times_at_once_gets_one_task(self, crowd: Crowd) -> None:
        tasks = [f"t{number}" for number in range(crowd.size)]
        write(crowd.store, *(Set("task", task(name)) for name in tasks))
        wishes = [("u1", tasks[number:] + tasks[:number]) for number in range(crowd.size)]
        given = crowd.does(store_crowd.take_one, wishes)

        assert list(crowd.store.leases()) == [given[0]]
        assert given == [given[0]] * crowd.size
        assert check_history(crowd.store) == []

    def test_every_task_is_done_once(self, crowd: Crowd) -> None:
        tasks = [f"t{number}" for number in range(self.times)]
        write(crowd.store, *(Set("task", task(name)) for name in tasks))
        done = crowd.does(store_crowd.take_and_finish, [(f"u{number}", tasks) for number in range(crowd.size)])

        assert sorted(name for each in done for name in each) == sorted(tasks)
        assert check_history(crowd.store) == []

    def test_whoever_follows_while_others_write_misses_nothing(self, crowd: Crowd) -> None:
        over = threading.Event()
        followers = [_Follower(crowd.store, limit, over) for limit in FOLLOWERS]
        try:
            crowd.does(store_crowd.write_slowly, [(f"w{number}", self.times) for number in range(crowd.size)])
        finally:
            over.set()
            for follower in followers:
                follower.join()

        assert len(mirror(crowd.store)) == crowd.size * self.times
        assert [follower.missed() for follower in followers] == [{}] * len(followers)


class _Follower(threading.Thread):
    """Reads the feed on and on until all is over, then to its end."""

    def __init__(self, store: Store, limit: int, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.store, self.limit, self.over = store, limit, over
        self.position = store.position()
        self.known: Mirror = {}
        self.failure: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            while not self.over.is_set():
                self.read()
                self.store.wait(self.position, seconds=0.05)
            self.read()
        except BaseException as failure:  # noqa: BLE001 - told of in the test's own thread
            self.failure = failure

    def read(self) -> None:
        changes, self.position = follow(self.store, self.position, limit=self.limit)
        self.known = applied(self.known, changes)

    def missed(self) -> Mirror:
        """Give what is in the mirror and was not told of, or otherwise."""
        if self.failure is not None:
            raise self.failure
        return {key: value for key, value in mirror(self.store).items() if self.known.get(key) != value}
