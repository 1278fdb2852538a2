"""Which priority takes a task: the engine's public call against hand-written code and against the peers."""

from __future__ import annotations

import gc
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks import five
from benchmarks.five import FIVE
from benchmarks.measure import Row, Times, alternate, ratio, spell
from benchmarks.peers import PEERS, Peer
from workplaces_core.changes import Set

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMISE = "which priority takes a task"
ROUNDS, PEER_ROUNDS, MANY = 15, 5, 60


class Workload:
    """Tasks in the form that hand-written code reads, in the form that the engine reads, and who is right."""

    def __init__(self, tasks: int) -> None:
        """Make them; the engine is asked once, so that it has met every type and deal."""
        self.plain = five.plain_tasks(tasks)
        self.tasks, self.deals = five.model_tasks(self.plain), five.model_deals(self.plain)
        self.engine = five.engine(FIVE, self.deals)
        self.right = [five.oracle(FIVE, task) for task in self.plain]
        self.answers()
        gc.collect()
        gc.freeze()

    def by_hand(self) -> list[int]:
        """Answer all with B."""
        return [five.hand(task) for task in self.plain]

    def answers(self) -> list[Any]:
        """Answer all with the engine."""
        return five.classify(self.engine, self.tasks)

    def with_reasons(self) -> list[Any]:
        """Answer all with the engine, and say why not the priorities before."""
        return five.classify(self.engine, self.tasks, reasons=True)

    def forget_deals(self) -> None:
        """Let the engine forget what it knows of every deal, as a change of each would."""
        self.engine.apply([Set("deal", deal) for deal in self.deals])


def numbered(answers: list[Any]) -> list[int]:
    """Give answers of the engine as numbers of priorities."""
    return [-1 if each is None else int(each[1:]) for each in answers]


def wrong(answers: list[int], right: list[int]) -> int:
    """Count the answers that are not right, or missing."""
    return sum(one != other for one, other in zip(answers, right, strict=False)) + abs(len(right) - len(answers))


def rows(tasks: int, *, slow_peers: bool) -> Iterator[Row]:
    """Measure all, a line at a time."""
    workload = Workload(tasks)
    yield from own_rows(workload)
    yield growth_row(workload)
    for peer in PEERS:
        if slow_peers or not peer.is_slow:
            yield peer_row(peer, workload)


def own_rows(workload: Workload) -> Iterator[Row]:
    """Compare with B: warm without and with reasons, and cold."""
    right = workload.right
    assert workload.by_hand() == right
    assert numbered(workload.answers()) == right
    assert workload.with_reasons() == [five.with_reasons(FIVE, task) for task in workload.plain]
    warm = alternate({"B": workload.by_hand, "ours": workload.answers, "reasons": workload.with_reasons}, rounds=ROUNDS)
    count = len(right)
    about = f"5 priorities, {count:,} tasks"
    yield _row(warm, "ours", count, f"{about}, warm", 1.2)
    yield _row(warm, "reasons", count, f"{about}, warm, with reasons", 1.6)
    cold = _cold_times(workload)
    yield _row(cold, "ours", count, f"{about}, every deal asked about for the first time since it changed (cold)", None)
    yield _row(cold, "reasons", count, f"{about}, cold, with reasons", None)


def _cold_times(workload: Workload) -> Times:
    times: Times = {"B": [], "ours": [], "reasons": []}
    for _ in range(PEER_ROUNDS):
        for name, run in (("B", workload.by_hand), ("ours", workload.answers), ("reasons", workload.with_reasons)):
            workload.forget_deals()
            times[name] += alternate({name: run}, rounds=1)[name]
    return times


def _row(times: Times, name: str, count: int, about: str, limit: float | None) -> Row:
    ours, baseline = (spell(median(times[each]) / count, "task") for each in (name, "B"))
    return Row(PROMISE, about, ours, f"B {baseline}", ratio(times, name, "B"), limit, unit="B")


def growth_row(workload: Workload) -> Row:
    """Compare the engine at many selective priorities with itself at five."""
    rules = five.selective(MANY)
    engine = five.engine(rules, workload.deals)
    right = [five.oracle(rules, task) for task in workload.plain]
    assert numbered(five.classify(engine, workload.tasks)) == right
    times = alternate({"many": lambda: five.classify(engine, workload.tasks), "five": workload.answers}, rounds=ROUNDS)
    count = len(right)
    return Row(
        PROMISE,
        f"{MANY} priorities against 5, {count:,} tasks, warm",
        spell(median(times["many"]) / count, "task"),
        f"itself at 5: {spell(median(times['five']) / count, 'task')}",
        ratio(times, "many", "five"),
        4,
        unit="× itself at 5",
    )


def peer_row(peer: Peer, workload: Workload) -> Row:
    """Compare a peer with the engine on the same tasks, or say why it did not run."""
    installed, count = peer.installed(), len(workload.plain)
    label, about = f"{peer.name} {installed or ''}".strip(), f"5 priorities, {count:,} tasks, warm"
    if installed is None:
        return _not_run(peer, about, label, "not installed")
    try:
        answers = peer.prepare(FIVE, workload.plain)
        given = answers()
    except Exception as error:  # noqa: BLE001 - whatever keeps a peer from running is reported, and the others go on
        return _not_run(peer, about, label, f"{type(error).__name__}: {error}".split("\n")[0])
    times = alternate({"peer": answers, "ours": workload.answers}, rounds=PEER_ROUNDS)
    mistakes = wrong(given, workload.right)
    return Row(
        PROMISE,
        about,
        spell(median(times["ours"]) / count, "task"),
        f"{label}: {spell(median(times['peer']) / count, 'task')}, {mistakes} wrong",
        ratio(times, "peer", "ours"),
        peer.slower,
        at_least=True,
        unit="× faster",
    )


def _not_run(peer: Peer, about: str, label: str, why: str) -> Row:
    remark = f"{peer.name} did not run: {why}"
    return Row(
        PROMISE, about, "", f"{label}: not run", None, peer.slower, at_least=True, unit="× faster", remark=remark
    )
