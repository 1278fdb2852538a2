"""One account of a given size with everything that is measured on it; each part is made when it is first asked for."""

from __future__ import annotations

import gc
import random
from functools import cached_property
from typing import TYPE_CHECKING

from benchmarks import account
from benchmarks.hand import ByHand, PlainTask, plain_tasks
from workplaces_core.engine import Engine

if TYPE_CHECKING:
    from workplaces_core.model import Snapshot
    from workplaces_core.policy import Policy


class World:
    """An account, its engine, and the same by hand."""

    def __init__(self, tasks: int) -> None:
        """Make nothing yet."""
        self.size = tasks

    @cached_property
    def policy(self) -> Policy:
        """The policy of all benchmarks."""
        return account.policy()

    @cached_property
    def snapshot(self) -> Snapshot:
        """The account; kept out of the garbage collector's way, as the engine's users are told to."""
        made = account.snapshot(self.size)
        gc.collect()
        gc.freeze()
        return made

    @cached_property
    def engine(self) -> Engine:
        """The engine over it."""
        made = Engine(self.policy, self.snapshot)
        gc.collect()
        gc.freeze()
        return made

    @cached_property
    def by_hand(self) -> ByHand:
        """The chains."""
        return ByHand(self.policy, self.snapshot)

    @cached_property
    def plain(self) -> list[PlainTask]:
        """The tasks as hand-written code keeps them."""
        made = plain_tasks(self.snapshot)
        gc.collect()
        gc.freeze()
        return made

    @property
    def users(self) -> list[str]:
        """The names of all users."""
        return list(self.snapshot.users)

    def sample(self, count: int, seed: int = 3) -> list[str]:
        """Give some users, or all when there are fewer."""
        users = self.users
        return random.Random(seed).sample(users, min(count, len(users)))

    @property
    def about(self) -> str:
        """The account in words."""
        users = len(self.snapshot.users)
        return f"{self.size:,} tasks, {users:,} users, {len(self.policy.roles)} roles, 100 priorities"
