"""Real servers for tests: processes on ports of their own, and what browsers see of them."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from attrs import define, field

PATIENCE = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(arguments: list[str], port: int, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a server until it is ready; whatever happens, it is not left behind."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("WORKPLACES_", "PROMETHEUS_"))
    }
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            arguments, stdout=out, stderr=err, cwd=folder, env=environment, start_new_session=True
        )
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until_ready(process, address, folder)
            yield process, address
        finally:
            kill(process)


def wait_until_ready(process, address: str, folder: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"the server is not ready: {(folder / 'err').read_text()[-2000:]}")


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the server and the processes that serve for it, at once."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)


def stop(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(PATIENCE)


def be(address: str, name: str) -> httpx.Client:
    client = httpx.Client(base_url=address, timeout=PATIENCE)
    people = client.get("/api/v1/demo/people").json()
    chosen = next(each for each in people if each["role"] == name)
    me = client.post("/api/v1/demo/session", json={"person": chosen["id"]}).json()
    client.headers["X-CSRF-Token"] = me["csrf"]
    return client


@define
class Event:
    """One event of a stream."""

    id: str
    data: dict[str, Any]


@define
class Stream:
    """A desk's stream, read by a thread of its own with a client of its own; None comes at its end."""

    client: httpx.Client
    last_id: str | None = None
    frames: queue.Queue[Event | None] = field(factory=queue.Queue)
    thread: Thread = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.thread = Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        headers = {} if self.last_id is None else {"Last-Event-ID": self.last_id}
        try:
            with self.client, self.client.stream("GET", "/api/v1/desk/events", headers=headers) as answer:
                found: dict[str, str] = {}
                for line in answer.iter_lines():
                    name, _, value = line.partition(": ")
                    if line:
                        found[name] = value
                    elif "data" in found:
                        self.frames.put(Event(found["id"], json.loads(found["data"])))
                        found = {}
        except httpx.TransportError:
            pass  # the process was killed
        self.frames.put(None)

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> Event:
        """Give the first event that shows what is wanted."""
        while True:
            event = self.frames.get(timeout=PATIENCE)
            assert event is not None, "the stream ended"
            if wanted(event.data):
                return event

    def end(self) -> list[Event]:
        """Wait for the end, and give what came before it."""
        self.thread.join(PATIENCE)
        return list(iter(lambda: self.frames.get(timeout=PATIENCE), None))  # type: ignore[arg-type]
