"""`workplaces serve --demo --once`: starts the demonstration, sees that its pages answer, and ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from workplaces_core.errors import StoreUnavailable
from workplaces_web.serving.worker import say

_PATIENCE = 60.0
_PAUSE = 0.2


def free_port(host: str, wished: int) -> int:
    """Give a port that nobody listens on, the wished one if it is free."""
    for port in (wished, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return wished


def once(address: str, arguments: Sequence[str]) -> None:
    """Run `workplaces serve` with arguments, look at it, end it. Raises StoreUnavailable when it does not answer."""
    quiet = {**os.environ, "WORKPLACES_WEB_LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "workplaces_core", "serve", *arguments]
    process = subprocess.Popen(command, env=quiet)  # noqa: S603 - ourselves
    try:
        _wait(process, f"{address}/readyz")
        people = json.loads(_read(f"{address}/api/v1/demo/people"))
        page = _read(f"{address}/")
        missing = [each["name"] for each in people if each["name"] not in page]
        if missing or not people:
            raise StoreUnavailable(f"`{address}/` offers nobody to be" + (f", not even `{missing[0]}`" * bool(missing)))
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(_PATIENCE)
    if code:
        raise StoreUnavailable(f"the server ended with `{code}`, not in order")
    say(f"it answers: /readyz, and {len(people)} people to choose from: {', '.join(each['name'] for each in people)}")
    say("it has ended again; to look at it: workplaces serve --demo (from a checkout: make serve)")


def _wait(process: subprocess.Popen[Any], url: str) -> None:
    ends = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < ends:
        try:
            _read(url)
        except (URLError, ConnectionError):
            time.sleep(_PAUSE)
        else:
            return
    raise StoreUnavailable(f"`{url}` does not answer, the server did not start")


def _read(url: str) -> str:
    with urlopen(url, timeout=_PATIENCE) as answer:  # noqa: S310 - our own address
        return bytes(answer.read()).decode()
