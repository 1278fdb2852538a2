"""`python -m benchmarks.web_load`: a thousand open desks, a hundred changes a second, two hundred takes a second.

    python -m benchmarks.web_load [--rounds 2] [--seconds 8] [--desks 1000]

The server is started as `workplaces serve` starts it, one web process on SQLite with every commit flushed; the CRM is
one in its memory that tells by webhook what changed, so that a change goes the whole way: webhook, reading, store,
engine, watcher, stream. Beside it, in turns, a bare ASGI application on the same granian that sends the same bytes to
as many streams. Client and server share the machine; the client is one process of raw sockets, and counts from the
moment at which a call was due. CPU is that of the serving process, of all its threads; memory is its resident size.

Each change is of one desk. Takes are of one common queue, in two offices: in one only those who take see that queue, in
the other every open desk shows it, so that each take changes a thousand desks. Needs the web plugin: run it in `.venv`.
"""

# ruff: noqa: S603 - what is started is this interpreter

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from attrs import frozen

from benchmarks.measure import Row, percentile, spell
from benchmarks.report import circumstances, heading, line, verdict
from benchmarks.web_load_servers import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANGES, TAKES = 100, 200
PATIENCE = 60.0
SERVERS, CLIENT = "benchmarks.web_load_servers", "benchmarks.web_load_screens"


@frozen
class Load:
    """How much is asked for."""

    desks: int
    seconds: float
    common: bool = False

    @property
    def takers(self) -> int:
        return int(TAKES * self.seconds)

    @property
    def office(self) -> list[str]:
        return [str(self.desks), str(self.takers), str(int(self.common))]


@frozen
class Round:
    """What one server did in one round."""

    kib_a_desk: float
    change: dict[str, Any]
    change_cpu: float
    take: dict[str, Any]
    take_cpu: float
    sent: dict[str, str]


# -- processes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def child_of(pid: int) -> int:
    """The process that serves: granian's only child that lives on."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    serving = [each for each in found if "resource_tracker" not in Path(f"/proc/{each}/cmdline").read_text()]
    return int(serving[0])


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


@contextmanager
def served(arguments: list[str], port: int) -> Iterator[int]:
    """Run a server until it answers, and give the process that serves."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WORKPLACES_")}
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(
            [sys.executable, "-m", SERVERS, *arguments],
            stdout=told,
            stderr=told,
            env=environment,
            start_new_session=True,
        )
        try:
            ends = time.monotonic() + PATIENCE
            while not _answers(port):
                if time.monotonic() > ends or process.poll() is not None:
                    told.seek(0)
                    raise RuntimeError(told.read()[-2000:].decode())
                time.sleep(0.1)
            yield child_of(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _answers(port: int) -> bool:
    with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


@contextmanager
def client(port: int) -> Iterator[Any]:
    """Run the client, and give what asks it."""
    process = subprocess.Popen(
        [sys.executable, "-m", CLIENT, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def ask(do: str, **what: Any) -> dict[str, Any]:
        print(json.dumps({"do": do, **what}), file=process.stdin, flush=True)
        told = process.stdout.readline()  # type: ignore[union-attr]
        if not told:
            raise RuntimeError(f"the client ended while it was to {do}")
        return dict(json.loads(told))

    try:
        yield ask
    finally:
        process.kill()
        process.wait()


# -- one round


def play(arguments: list[str], port: int, load: Load, people: dict[str, Any]) -> Round:
    """Connect all desks to a server, change, take."""
    streams = [
        f"GET /api/v1/desk/events?user=d{number} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: workplaces={ticket}\r\n\r\n"
        for number, ticket in enumerate(people["tickets"])
    ]
    authorization = f"Authorization: Bearer {people['token']}\r\n"
    takes = [f"/api/v1/desk/take?user=t{number}" for number in range(load.takers)]
    count = int(CHANGES * load.seconds)
    path = f"/hooks/{SECRET}"
    with served(arguments, port) as pid, client(port) as ask:
        before = resident_kib(pid)
        connected = ask("connect", requests=streams)
        kib = (resident_kib(pid) - before) / load.desks
        ask("change", path=path, desks=load.desks, start=1, count=CHANGES, rate=CHANGES)  # warm
        began = cpu_seconds(pid)
        change = ask("change", path=path, desks=load.desks, start=CHANGES + 1, count=count, rate=CHANGES)
        change_cpu = cpu_seconds(pid) - began
        began = cpu_seconds(pid)
        take = ask("take", paths=takes, headers=authorization, rate=TAKES)
        take_cpu = cpu_seconds(pid) - began
    _refuse_wrong(change, take, load)
    return Round(kib, change, change_cpu, take, take_cpu, {**connected, "taken": take["taken"]})


def _refuse_wrong(change: dict[str, Any], take: dict[str, Any], load: Load) -> None:
    """Stop when anything was not answered or not shown."""
    wrong = [
        f"{change['missing']} changes were shown by no stream" * bool(change["missing"]),
        f"webhooks were answered with {change['statuses']}" * (not {*change["statuses"]} <= {200, 204}),
        f"takes were answered with {take['statuses']}" * (take["statuses"] != [200]),
        f"{len(take['waited'])} of {load.takers} takes were answered" * (len(take["waited"]) != load.takers),
    ]
    if any(wrong):
        raise RuntimeError("; ".join(filter(None, wrong)))


def doubles(database: Path) -> int:
    """Count by the log how often a task was handed out while somebody had it."""
    from workplaces_sql import SqlStore  # noqa: PLC0415 - only this part needs it

    store = SqlStore.open(f"sqlite:///{database}")
    taken = [record.task for record in store.log(events=("taken",))]
    store.close()
    return len(taken) - len(set(taken))


def play_ours(prepared: Path, load: Load) -> tuple[Round, int]:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "desk.db"
        shutil.copy(prepared / "desk.db", database)
        people, port = json.loads((prepared / "people.json").read_text()), free_port()
        found = play(["ours", str(port), f"sqlite:///{database}", *load.office], port, load, people)
        return found, doubles(database)


def play_bare(prepared: Path, load: Load, sent: dict[str, str]) -> Round:
    events, port = prepared / "sent.json", free_port()
    events.write_text(json.dumps(sent))
    people = json.loads((prepared / "people.json").read_text())
    return play(["bare", str(port), str(events)], port, load, people)


# -- the table


def rows(load: Load, rounds: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder)
        subprocess.run([sys.executable, "-m", SERVERS, "prepare", "0", folder, *load.office], check=True)
        ours, bare, double = [], [], 0
        for _ in range(rounds):
            found, again = play_ours(prepared, load)
            ours.append(found)
            double += again
            bare.append(play_bare(prepared, load, found.sent))
    if not load.common:
        yield from (_memory(load, ours, bare), *_changes(load, ours, bare))
    yield from _takes(load, ours, bare, double)


def _of(load: Load) -> str:
    return f"{load.desks:,} desks" + (", each shows the queue" if load.common else "")


def _pair(name: str, found: list[Round]) -> str:
    waited = [getattr(each, name)["waited"] for each in found]
    return ", ".join(f"p{part} {spell(median(percentile(each, part / 100) for each in waited))}" for part in (50, 99))


def _ratio(ours: list[float], bare: list[float]) -> float:
    return median(one / max(other, 1e-9) for one, other in zip(ours, bare, strict=True))


def _memory(load: Load, ours: list[Round], bare: list[Round]) -> Row:
    kib = [[each.kib_a_desk for each in found] for found in (ours, bare)]
    said = [f"{median(each):.1f} KiB a stream" for each in kib]
    return Row("memory of a connected desk", _of(load), said[0], f"bare: {said[1]}", _ratio(*kib))


def _changes(load: Load, ours: list[Round], bare: list[Round]) -> Iterator[Row]:
    about = f"{_of(load)}, {CHANGES} changes/s"
    halves = [[percentile(each.change["waited"], 0.5) for each in found] for found in (ours, bare)]
    said = f"bare: {_pair('change', bare)}"
    yield Row("from change to desk event, p50", about, _pair("change", ours), said, _ratio(*halves))
    late = median(percentile(each.change["waited"], 0.99) for each in ours)
    yield Row("p99 from change to desk event", about, spell(late), "", late, 1.0, unit="s")
    cpu = [[each.change_cpu / len(each.change["waited"]) for each in found] for found in (ours, bare)]
    events = median(each.change["events"] / len(each.change["waited"]) for each in ours)
    costs = [spell(median(each), "change") for each in cpu]
    yield Row("CPU of the server", about, f"{costs[0]}, {events:.3g} events each", f"bare: {costs[1]}", _ratio(*cpu))


def _takes(load: Load, ours: list[Round], bare: list[Round], double: int) -> Iterator[Row]:
    about = f"{_of(load)}, {TAKES} takes/s from a common queue"
    answered = sum(len(each.take["waited"]) for each in ours)
    given = sum(each.take["distinct"] for each in ours)
    rate = median(len(each.take["waited"]) / each.take["seconds"] for each in ours)
    halves = [[percentile(each.take["waited"], 0.5) for each in found] for found in (ours, bare)]
    said = f"{answered:,} answered, {given:,} tasks, {rate:.0f}/s, {_pair('take', ours)}"
    yield Row("takes over HTTP, p50", about, said, f"bare: {_pair('take', bare)}", _ratio(*halves))
    yield Row(
        "tasks that two had at once", about, str(double + answered - given), "", float(double + answered - given), 0
    )
    cpu = [[each.take_cpu / len(each.take["waited"]) for each in found] for found in (ours, bare)]
    costs = [spell(median(each), "take") for each in cpu]
    yield Row("CPU of the server", about, costs[0], f"bare: {costs[1]}", _ratio(*cpu))


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web_load", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=8, help="of changes, and of takes, in each round")
    parser.add_argument("--desks", type=int, default=1000)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print one table, and say what is not kept."""
    options, load = parse(arguments), os.getloadavg()[0]
    print(heading())
    found = []
    for common in (False, True):
        for row in rows(Load(options.desks, options.seconds, common), options.rounds):
            found.append(row)
            print(line(row), flush=True)
    print(f"\n{verdict(found)}\n")
    facts = circumstances(" ".join(["python -m benchmarks.web_load", *sys.argv[1:]]), load)
    known = [each for each in facts["versions"].split(", ") if "not installed" not in each]
    named = [f"{name} {version(name)}" for name in ("granian", "litestar", "msgspec", "sqlalchemy")]
    facts["versions"] = ", ".join([*known, *named])
    for name, text in facts.items():
        print(f"- {name}: {text}")


if __name__ == "__main__":
    main()
