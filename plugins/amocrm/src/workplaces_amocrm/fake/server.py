"""The HTTP side: reads a request, has it answered, and sends the answer, or the fault that was ordered instead."""

from __future__ import annotations

import json
import socket
import struct
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Event, Lock
from typing import Any
from urllib.parse import urlsplit

from workplaces_amocrm.fake.answers import Reply
from workplaces_amocrm.fake.faults import Asked, Fault, Faults
from workplaces_amocrm.fake.journal import Record
from workplaces_amocrm.fake.query import pairs
from workplaces_amocrm.fake.routing import Incoming, Outcome, answer
from workplaces_amocrm.fake.world import World

_RESET = struct.pack("ii", 1, 0)


class Server(ThreadingHTTPServer):
    """A listening socket, the world behind it, and the connections that are open."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port), Handler)
        self.world: World
        self.faults: Faults
        self.stopping = Event()
        self._open: set[socket.socket] = set()
        self._lock = Lock()

    def server_bind(self) -> None:
        """Bind without asking any name server for the name of this machine."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection, to end it when the server stops."""
        with self._lock:
            self._open.add(connection)
        if self.stopping.is_set():
            self.hang_up()

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._open.discard(connection)

    def hang_up(self) -> None:
        """End every connection, which also ends what hangs on purpose."""
        self.stopping.set()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers that went away; everything else is a fault of the server and is shown."""
        import sys  # noqa: PLC0415  only for what should not happen

        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "fake-amocrm"
    wbufsize = -1  # one packet for head and body
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """Open."""
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        """Close."""
        self.server.closed(self.connection)
        with suppress(OSError):
            super().finish()

    def version_string(self) -> str:
        """Name the server without the version of Python."""
        return self.server_version

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Give the time of the header `Date`, by the clock of the account."""
        return super().date_time_string(self.server.world.clock.now() if timestamp is None else timestamp)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named by the standard library
        """Write nothing: there is a journal."""

    def _exchange(self) -> None:
        incoming = self._read()
        world = self.server.world
        with world.lock:
            n = world.journal.current
            fault = self.server.faults.pick(Asked(n=n, method=incoming.method, path=incoming.path))
            reply = _settle(world, incoming, fault)
            payload = _encode(reply)
        if fault and fault.delay:
            self.server.stopping.wait(fault.delay)
        self._act(n, reply, payload, fault.kind if fault else None)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = do_HEAD = do_OPTIONS = _exchange  # noqa: N815

    def _read(self) -> Incoming:
        parts = urlsplit(self.path)
        raw = self._body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        body, readable = _decode(raw)
        return Incoming(
            method=self.command,
            path=parts.path.rstrip("/"),
            params=pairs(parts.query),
            headers=headers,
            body=body,
            readable=readable,
        )

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(parts)

    def _act(self, n: int, reply: Reply, payload: bytes, fault: str | None) -> None:
        if fault in {"reset_before", "reset_after"}:
            self._reset()
        elif fault in {"timeout_before", "timeout_after"}:
            self._hang()
        elif fault == "lost_answer":
            self.close_connection = True
        else:
            self._send(n, reply, b"" if fault == "emptied" else payload, cut=fault == "truncated")

    def _send(self, n: int, reply: Reply, payload: bytes, *, cut: bool) -> None:
        self.send_response(reply.status)
        self.send_header("X-Request-Id", f"{n:032x}")
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.status not in {204, 304}:
            self.send_header("Content-Type", reply.type)
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload[: len(payload) // 2] if cut else payload)
        self.close_connection = self.close_connection or cut

    def _reset(self) -> None:
        self.close_connection = True
        self.server.closed(self.connection)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        socket.close(self.connection.detach())

    def _hang(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            while self.connection.recv(4096):
                pass


def _settle(world: World, incoming: Incoming, fault: Fault | None) -> Reply:
    outcome = answer(world, incoming) if fault is None or fault.applied else Outcome(Reply(0))
    reply = fault.reply() if fault and fault.kind == "status" else outcome.reply
    record = Record(
        n=world.journal.current,
        method=incoming.method,
        path=incoming.path,
        params=incoming.params,
        body=incoming.body,
        status=reply.status,
        client=outcome.client,
        user=outcome.user,
        at=world.clock.exact(),
        applied=outcome.applied,
        fault=fault.kind if fault else None,
    )
    world.journal.requests.append(record)
    return reply


def _decode(raw: bytes) -> tuple[Any, bool]:
    try:
        return (json.loads(raw) if raw else None), True
    except ValueError:
        return raw.decode(errors="replace"), False


def _encode(reply: Reply) -> bytes:
    if reply.status in {204, 304} or reply.body is None:
        return b""
    return (
        reply.body.encode() if isinstance(reply.body, str) else json.dumps(reply.body, separators=(",", ":")).encode()
    )
