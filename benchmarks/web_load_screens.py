"""The cheap client of `python -m benchmarks.web_load`: a thousand streams and paced calls over raw sockets.

A process of its own: reads one JSON object a line from standard input, does it, and answers with one. Latencies count
from the moment at which a call was due, not from the one at which a busy client got round to it.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Any

MARK = re.compile(rb"mark-(\d{7})")
PATIENCE = 20.0
CALLERS = 16


class Stream(asyncio.Protocol):
    """One desk's stream: remembers the newest mark, and when each mark came."""

    def __init__(self, request: bytes, arrived: Callable[[int], None]) -> None:
        self.request, self.arrived = request, arrived
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sample, self.tail, self.received, self.events = b"", b"", 0, 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        if not self.first.done():
            self.sample += data
            if b"\n\n\r\n" in self.sample.partition(b"data: ")[2]:
                self.first.set_result(None)
            return
        text = self.tail + data
        found = None
        for found in MARK.finditer(text):
            self.events += 1
            self.arrived(int(found[1]))
        self.tail = text[max(found.end() if found else 0, len(text) - 11) :]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.first.done():
            self.first.set_exception(exc or ConnectionError(f"the stream ended: {self.sample[:300]!r}"))


class Caller(asyncio.Protocol):
    """One kept-alive connection, one call at a time."""

    def __init__(self, free: deque[Caller], pump: Callable[[], None]) -> None:
        self.free, self.pump, self.buffer = free, pump, b""
        self.done: Callable[[int, bytes], None] | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def call(self, request: bytes, done: Callable[[int, bytes], None]) -> None:
        self.done, self.buffer = done, b""
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        length = int(found[1]) if found else 0
        if separator and len(body) >= length and self.done is not None:
            done, self.done = self.done, None
            done(int(head[9:12]), body[:length])
            self.free.append(self)
            self.pump()


class Screens:
    """All streams, and what is known of the marks that were sent."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.streams: list[Stream] = []
        self.sent: dict[int, float] = {}
        self.waited: list[float] = []
        self.free: deque[Caller] = deque()
        self.waiting: deque[tuple[bytes, Callable[[int, bytes], None]]] = deque()

    async def connect(self, requests: list[str]) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        for start in range(0, len(requests), 50):
            some = [Stream(each.encode(), self.arrived) for each in requests[start : start + 50]]
            for stream in some:
                await loop.create_connection(lambda stream=stream: stream, "127.0.0.1", self.port)  # type: ignore[misc]
            await asyncio.wait_for(asyncio.gather(*(stream.first for stream in some)), PATIENCE)
            self.streams += some
        for _ in range(CALLERS):
            _, caller = await loop.create_connection(lambda: Caller(self.free, self.pump), "127.0.0.1", self.port)
            self.free.append(caller)
        sample = self.streams[0].sample.decode()
        return {"event": sample[sample.index("id: ") : sample.rindex("\n\n") + 2]}

    def arrived(self, mark: int) -> None:
        since = self.sent.pop(mark, None)
        if since is not None:
            self.waited.append(perf_counter() - since)

    def pump(self) -> None:
        while self.free and self.waiting:
            self.free.popleft().call(*self.waiting.popleft())

    async def paced(self, calls: list[bytes], rate: float, done: Callable[[int, float, int, bytes], None],
                    before: Callable[[int, float], None] = lambda *_: None) -> None:  # fmt: skip
        """Send calls at a rate, whether or not earlier ones were answered."""
        began, left = perf_counter(), len(calls)
        ended = asyncio.Event()

        def answered(number: int, due: float, status: int, body: bytes) -> None:
            nonlocal left
            left -= 1
            done(number, perf_counter() - due, status, body)
            if not left:
                ended.set()

        for number, call in enumerate(calls):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - perf_counter()))
            before(number, due)
            self.waiting.append((call, lambda status, body, n=number, due=due: answered(n, due, status, body)))  # type: ignore[misc]
            self.pump()
        await asyncio.wait_for(ended.wait(), PATIENCE)

    async def change(self, path: str, desks: int, start: int, count: int, rate: float) -> dict[str, Any]:
        """Tell of changes, each of one desk, and wait until every stream has shown them."""
        bodies = [json.dumps({"desk": number * 7919 % desks, "mark": start + number}) for number in range(count)]
        statuses: set[int] = set()
        self.waited.clear()
        events, received = self._counted()
        await self.paced(
            [post(path, body) for body in bodies], rate,
            lambda _, __, status, ___: statuses.add(status),
            lambda number, due: self.sent.__setitem__(start + number, due),
        )  # fmt: skip
        ends = perf_counter() + PATIENCE
        while self.sent and perf_counter() < ends:  # noqa: ASYNC110 - every one of the streams would set the event
            await asyncio.sleep(0.05)
        missing, waited = len(self.sent), sorted(self.waited)
        self.sent.clear()
        more, bytes_ = self._counted()
        return {"waited": waited, "missing": missing, "statuses": sorted(statuses), "events": more - events,
                "bytes": bytes_ - received}  # fmt: skip

    def _counted(self) -> tuple[int, int]:
        return sum(each.events for each in self.streams), sum(each.received for each in self.streams)

    async def take(self, paths: list[str], headers: str, rate: float) -> dict[str, Any]:
        """Take for each of many people once."""
        waited, tasks, statuses, sample = [], [], set(), ""

        def done(_: int, seconds: float, status: int, body: bytes) -> None:
            nonlocal sample
            waited.append(seconds)
            statuses.add(status)
            sample = body.decode()
            lease = json.loads(body).get("lease") if status == 200 else None
            if lease:
                tasks.append(lease["task"])

        events, received = self._counted()
        began = perf_counter()
        await self.paced([post(path, "", headers) for path in paths], rate, done)
        seconds = perf_counter() - began
        more, bytes_ = self._counted()
        told = {"waited": sorted(waited), "distinct": len(set(tasks)), "seconds": seconds, "statuses": sorted(statuses)}
        return {**told, "taken": sample, "events": more - events, "bytes": bytes_ - received}


def post(path: str, body: str, headers: str = "") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def main(port: int) -> None:
    screens, loop = Screens(port), asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = json.loads(line)
        print(json.dumps(await getattr(screens, asked.pop("do"))(**asked)), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
