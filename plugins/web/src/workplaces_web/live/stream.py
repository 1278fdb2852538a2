"""Server-sent events: the newest state at once, then every change; a reconnecting client gets nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from litestar.concurrency import sync_to_thread
from litestar.response import Stream

from workplaces_web.live.fanout import Fanout

HEARTBEAT_SECONDS = 15.0
_RETRY = b"retry: 2000\n\n"
_ALIVE = b": alive\n\n"


async def event_stream(
    fanout: Fanout, topic: str, last_id: str | None, *, still: Callable[[], bool], heartbeat: float = HEARTBEAT_SECONDS
) -> AsyncIterator[bytes]:
    """Give the bytes of a stream; `last_id` is what the client has, `still` says whether it may go on (blocking)."""
    box = await sync_to_thread(fanout.subscribe, topic, asyncio.get_running_loop())
    try:
        yield _RETRY
        while not box.closed:
            event = await box.next(heartbeat)
            if event is not None and event.id != last_id:
                last_id = event.id
                yield event.raw
            elif event is None and not box.closed:
                if not await sync_to_thread(still):
                    return
                yield _ALIVE
    finally:
        fanout.unsubscribe(box)


def as_response(stream: AsyncIterator[bytes]) -> Stream:
    """Make an answer that no proxy keeps back."""
    return Stream(
        stream,
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"},
    )
