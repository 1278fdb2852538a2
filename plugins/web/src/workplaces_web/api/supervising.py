"""What supervisors look at and act on: the board, everybody's desk, transfers, the log, and what pickers offer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, get_args

from attrs import frozen
from litestar import Router, get, post
from litestar.params import FromPath, HeaderParameter, QueryParameter
from litestar.response import Stream

from workplaces_core.adapters.stores import Event
from workplaces_web.api.asking import AnyRequest, TheWeb, caller_of, still_welcome
from workplaces_web.api.bodies import refuse
from workplaces_web.api.documented import raises
from workplaces_web.api.problems import NotFound
from workplaces_web.board.transfers import transfer_view
from workplaces_web.board.views import BoardView, TransferView
from workplaces_web.live.fanout import BOARD
from workplaces_web.live.screens import DeskView
from workplaces_web.live.stream import as_response, event_stream
from workplaces_web.policies.pickers import PickersView, pickers
from workplaces_web.security.callers import PUBLISH, READ

_EVENTS: tuple[str, ...] = get_args(Event)


@frozen
class LogEntry:
    """One entry of the log: a hand-out with its decision, the end of a lease, a transfer, a policy."""

    number: int
    at: datetime
    event: str
    user: str | None
    task: str | None
    fence: int | None
    details: dict[str, Any]


Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=500)]
After = Annotated[int, QueryParameter(name="after", ge=0, le=2**53, description="Only entries with greater numbers.")]
Since = Annotated[datetime | None, QueryParameter(name="since", description="Only entries from this instant on.")]
OfUser = Annotated[str | None, QueryParameter(name="user", max_length=200)]
OfTask = Annotated[str | None, QueryParameter(name="task", max_length=200)]
Events = Annotated[list[str] | None, QueryParameter(name="event", description="Only these; may be repeated.")]
OpenOnly = Annotated[bool, QueryParameter(name="open", description="Only those that have not come to an end.")]
LastEventId = Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=100)]


@get("/board", sync_to_thread=True, opt={"access": READ}, responses=raises(503))
def board(web: TheWeb) -> BoardView:
    """Show who works on what since when, what waits, exact-time calls, what needs a hand, and the day so far."""
    return web.board.show()


@get("/board/events", opt={"access": READ, "streams": True}, media_type="text/event-stream", responses=raises(503))
async def board_events(request: AnyRequest, web: TheWeb, last_id: LastEventId = None) -> Stream:
    """Stream that something changed, as events named `board`, at most one a second; the board is then asked for."""
    caller = caller_of(request)
    return as_response(event_stream(web.fanout, BOARD, last_id, still=lambda: still_welcome(web, caller)))


@get("/desks/{user:str}", sync_to_thread=True, opt={"access": READ}, responses=raises(503))
def other_desk(web: TheWeb, user: FromPath[str]) -> DeskView:
    """Show anybody's desk; somebody nobody knows has one without a role."""
    return web.screens.show(user)


@get("/transfers", sync_to_thread=True, opt={"access": READ}, responses=raises(503))
def transfers(web: TheWeb, *, open_only: OpenOnly = False, limit: Limit = 100) -> list[TransferView]:
    """List the changes of ownership, the newest first, with what was changed and what was not."""
    found = web.service.transfers(open_only=open_only, limit=limit)
    return [transfer_view(each, web.screens.cards) for each in found]


@post(
    "/transfers/{saga:int}/give-back",
    sync_to_thread=True,
    status_code=200,
    opt={"access": PUBLISH},
    responses=raises(404, 503),
)
def give_back(request: AnyRequest, web: TheWeb, saga: FromPath[int]) -> TransferView:
    """Give back what a failed transfer changed, as far as it is still the taker's."""
    if not 0 < saga < 2**63 or web.reach.store.run(lambda tx: tx.saga(saga)) is None:
        raise NotFound(f"`{saga}` is no transfer")
    given = web.service.compensate(saga)
    web.note(caller_of(request), "transfer.give_back", str(saga), task=given.task)
    return transfer_view(given, web.screens.cards)


@get("/log", sync_to_thread=True, opt={"access": READ}, responses=raises(503))
def log(
    web: TheWeb,
    since: Since = None,
    after: After = 0,
    user: OfUser = None,
    task: OfTask = None,
    event: Events = None,
    limit: Limit = 100,
) -> list[LogEntry]:
    """List the log in order; the last one's number goes into `after` for more."""
    for number, each in enumerate(event or ()):
        if each not in _EVENTS:
            raise refuse(f"event[{number}]", each, f"must be one of {', '.join(_EVENTS)}")
    if since is not None and since.utcoffset() is None:
        raise refuse("since", since.isoformat(), "has no offset, write Z or ±HH:MM")
    found = web.service.log(since=since, after=after, user=user, task=task, events=event or (), limit=limit)  # type: ignore[arg-type]
    return [
        LogEntry(each.number, each.at, each.event, each.user, each.task, each.fence, each.details) for each in found
    ]


@get("/directory", sync_to_thread=True, opt={"access": READ}, responses=raises(503))
def directory(web: TheWeb) -> PickersView:
    """List what settings can name: users, groups, types of tasks, fields with their options, tags and ops."""
    return pickers(web.service.snapshot(), web.rules)


ROUTES = Router(
    "/",
    route_handlers=[board, board_events, other_desk, transfers, give_back, log, directory],
    tags=["supervising"],
)
