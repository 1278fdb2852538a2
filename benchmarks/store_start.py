"""How soon a process is ready from the mirror, and how soon it sees a policy: parts of `benchmarks.store_takes`."""

from __future__ import annotations

import multiprocessing
import resource
import sqlite3
import statistics
import time
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from workplaces_sql import SqlStore
from workplaces_sql.testing import postgres

from benchmarks.store_contestants import fill
from benchmarks.store_races import Plan, verdict
from workplaces_core.adapters.stores import PolicyVersion, Transaction
from workplaces_core.policy import Policy


def _load(url: str, how: str, out: Any) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    if how == "store":
        store = SqlStore.open(url, migrate=False)
        kept: Any = list(store.entities())
    elif url.startswith("sqlite"):
        kept = (
            sqlite3.connect(url.removeprefix("sqlite:///")).execute("SELECT kind, id, value FROM wp_entity").fetchall()
        )
    else:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            kept = connection.execute("SELECT kind, id, value FROM wp_entity").fetchall()
    took = time.perf_counter() - began
    out.put((took, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, len(kept)))


def start(plan: Plan, folder: Path) -> list[str]:
    lines = []
    print(f"\n### Start from the mirror, {plan.mirror:,} tasks\n")
    print("| database | how | s | MB | × the driver |\n|---|---|---:|---:|---:|")
    with postgres() as server:
        for name, url in (("SQLite", f"sqlite:///{folder}/mirror.db"), ("PostgreSQL", server.fresh())):
            fill(url, plan.mirror)
            runs: dict[str, list[tuple[float, float]]] = {"driver": [], "store": []}
            for _ in range(plan.rounds):
                for how, times in runs.items():
                    context = multiprocessing.get_context("spawn")
                    out = context.Queue()
                    worker = context.Process(target=_load, args=(url, how, out))
                    worker.start()
                    took, memory, _ = out.get(timeout=600)
                    worker.join()
                    times.append((took, memory))
            took = {how: statistics.median(each[0] for each in times) for how, times in runs.items()}
            ratio = took["store"] / took["driver"]
            for how, times in runs.items():
                memory = statistics.median(each[1] for each in times)
                print(f"| {name} | {how} | {took[how]:.2f} | {memory:,.0f} | {took[how] / took['driver']:.2f} |")
            lines.append(
                verdict(ratio <= 4, f"{name}: start {ratio:.2f} × the driver's loading, at most 4 were promised")
            )
    return lines


def _publish(published: PolicyVersion, tx: Transaction) -> None:
    tx.add_policy(published)


def _follow(url: str, out: Any, versions: int) -> None:
    store = SqlStore.open(url, migrate=False)
    position = store.position()
    out.put("ready")
    seen = 0
    while seen < versions:
        store.wait(position, seconds=5)
        feed = store.feed(position)
        position = feed.position
        if feed.policy_version > seen:
            store.policy()
            seen = feed.policy_version
            out.put((seen, time.time()))


def policies(folder: Path) -> list[str]:
    lines, many = [], 100
    with postgres() as server:
        for name, url in (("SQLite", f"sqlite:///{folder}/policies.db"), ("PostgreSQL", server.fresh())):
            store = SqlStore.open(url)
            context = multiprocessing.get_context("spawn")
            out = context.Queue()
            worker = context.Process(target=_follow, args=(url, out, many))
            worker.start()
            assert out.get(timeout=60) == "ready"
            late = []
            for version in range(1, many + 1):
                began = time.time()
                published = PolicyVersion(Policy(version, ()), "u1", store.now())
                store.run(partial(_publish, published))
                while True:
                    seen, at = out.get(timeout=30)
                    if seen == version:
                        break
                late.append(at - began)
            worker.join()
            store.close()
            p99 = sorted(late)[int(many * 0.99)]
            print(
                f"\n{name}: a policy is seen by another process after {statistics.median(late) * 1e3:.0f} ms (median)"
            )
            lines.append(
                verdict(
                    p99 <= 1, f"{name}: a policy is seen elsewhere within {p99 * 1e3:.0f} ms (p99), 1 s was promised"
                )
            )
    return lines
