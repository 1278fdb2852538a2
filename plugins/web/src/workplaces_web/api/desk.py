"""The employee's desk: what there is to do, and the commands about it; an employee sees and moves only his own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from attrs import frozen
from litestar import Router, get, post
from litestar.params import HeaderParameter, JSONBody, QueryParameter
from litestar.response import Stream

from workplaces_core.adapters.stores import FencedLease, Record
from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.wire.forms import read_due
from workplaces_web.api.asking import AnyRequest, DeskOf, IdempotencyKey, TheWeb, caller_of, desk_user, still_welcome
from workplaces_web.api.documented import raises
from workplaces_web.live.screens import DeskView
from workplaces_web.live.stream import as_response, event_stream
from workplaces_web.security.callers import DESK
from workplaces_web.web import Web

_LONGEST_TEXT = 4000
_WEEK_MINUTES = 7 * 24 * 60


@frozen
class LeaseView:
    """A hold on a task: `fence` goes with every command about it, `expires` moves on with each renewal."""

    task: str
    user: str
    fence: int
    since: datetime
    expires: datetime
    role: str
    priority: str | None


@frozen
class Taken:
    """What `take` gave: a lease, or why there is none and when something opens."""

    lease: LeaseView | None
    nothing: Literal["no_role", "nothing_to_do"] | None
    opens_at: datetime | None


@frozen
class Ended:
    """How a lease ended."""

    number: int
    at: datetime
    event: str
    task: str | None
    fence: int | None


@frozen
class Renewal:
    """Which lease lasts on."""

    fence: int


@frozen
class Finish:
    """The task is done; `result` goes to the CRM."""

    fence: int
    result: str = ""


@frozen
class Postpone:
    """The task gets another due: a date, or an instant with its offset."""

    fence: int
    due: str


@frozen
class Release:
    """The task goes back to its place."""

    fence: int
    reason: str = ""


@frozen
class Skip:
    """The task goes back, and is not offered to this user for some minutes."""

    fence: int
    reason: str = ""
    minutes: int = 30


@frozen
class Dismissal:
    """Notices that were read: all up to this number."""

    up_to: int


QueueLength = Annotated[int, QueryParameter(name="queue", ge=0, le=200, description="How many of the queue to list.")]
LastEventId = Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=100)]


@get("/", sync_to_thread=True, opt={"access": DESK}, responses=raises(503))
def show_desk(request: AnyRequest, web: TheWeb, user: DeskOf = None, queue: QueueLength = 20) -> DeskView:
    """Show the desk now."""
    return web.screens.show(desk_user(caller_of(request), user), queue=queue)


@get("/events", opt={"access": DESK, "streams": True}, media_type="text/event-stream", responses=raises(503))
async def desk_events(request: AnyRequest, web: TheWeb, last_id: LastEventId = None, user: DeskOf = None) -> Stream:
    """Stream the desk: the newest state at once, then every change, as events named `desk`.

    The id of an event names what it shows: a client that reconnects with `Last-Event-ID` gets nothing it has.
    """
    caller = caller_of(request)
    whose = desk_user(caller, user)
    return as_response(event_stream(web.fanout, whose, last_id, still=lambda: still_welcome(web, caller)))


@post("/take", sync_to_thread=True, status_code=200, opt={"access": DESK}, responses=raises(409, 503))
def take(request: AnyRequest, web: TheWeb, key: IdempotencyKey = None, user: DeskOf = None) -> Taken:
    """Take the next task: the lease that is held already, else the head of the queue, else why there is nothing."""
    whose = desk_user(caller_of(request), user)
    taken = web.service.take(whose, key=key)
    web.fanout.touch(whose)
    if isinstance(taken, FencedLease):
        return Taken(lease_view(taken), None, None)
    return Taken(None, taken.reason, taken.opens_at)


@post("/renew", sync_to_thread=True, status_code=200, opt={"access": DESK}, responses=raises(409, 503))
def renew(request: AnyRequest, web: TheWeb, data: JSONBody[Renewal], user: DeskOf = None) -> LeaseView:
    """Let the lease last on: the heartbeat of an open desk."""
    return lease_view(web.service.renew(desk_user(caller_of(request), user), data.fence))


@post("/finish", sync_to_thread=True, status_code=200, opt={"access": DESK}, responses=raises(409, 503))
def finish(
    request: AnyRequest, web: TheWeb, data: JSONBody[Finish], key: IdempotencyKey = None, user: DeskOf = None
) -> Ended:
    """Complete the task in the CRM."""
    _refuse_long("result", data.result)
    whose = desk_user(caller_of(request), user)
    return _ended(web, web.service.finish(whose, data.fence, result=data.result, key=key), whose)


@post("/postpone", sync_to_thread=True, status_code=200, opt={"access": DESK}, responses=raises(409, 503))
def postpone(
    request: AnyRequest, web: TheWeb, data: JSONBody[Postpone], key: IdempotencyKey = None, user: DeskOf = None
) -> Ended:
    """Give the task another due in the CRM."""
    try:
        due = read_due(data.due)
    except ValueError as error:
        raise InvalidInput([Problem("due", data.due, str(error))]) from None
    whose = desk_user(caller_of(request), user)
    return _ended(web, web.service.postpone(whose, data.fence, due=due, key=key), whose)


@post("/release", sync_to_thread=True, status_code=200, opt={"access": DESK}, responses=raises(409, 503))
def release(
    request: AnyRequest, web: TheWeb, data: JSONBody[Release], key: IdempotencyKey = None, user: DeskOf = None
) -> Ended:
    """Give the task back."""
    _refuse_long("reason", data.reason)
    whose = desk_user(caller_of(request), user)
    return _ended(web, web.service.release(whose, data.fence, reason=data.reason, key=key), whose)


@post("/skip", sync_to_thread=True, status_code=200, opt={"access": DESK}, responses=raises(409, 503))
def skip(
    request: AnyRequest, web: TheWeb, data: JSONBody[Skip], key: IdempotencyKey = None, user: DeskOf = None
) -> Ended:
    """Give the task back, and do not see it for some minutes."""
    _refuse_long("reason", data.reason)
    if not 1 <= data.minutes <= _WEEK_MINUTES:
        raise InvalidInput([Problem("minutes", data.minutes, f"must be from 1 to {_WEEK_MINUTES}")])
    whose = desk_user(caller_of(request), user)
    record = web.service.skip(whose, data.fence, reason=data.reason, minutes=data.minutes, key=key)
    return _ended(web, record, whose)


@post("/notices/dismiss", sync_to_thread=True, status_code=204, opt={"access": DESK}, responses=raises(503))
def dismiss(request: AnyRequest, web: TheWeb, data: JSONBody[Dismissal], user: DeskOf = None) -> None:
    """Forget the notices that were read."""
    whose = desk_user(caller_of(request), user)
    web.service.dismiss(whose, data.up_to)
    web.fanout.touch(whose)


def lease_view(lease: FencedLease) -> LeaseView:
    """Write a lease."""
    return LeaseView(lease.task, lease.user, lease.fence, lease.since, lease.expires, lease.role, lease.priority)


def _ended(web: Web, record: Record, user: str) -> Ended:
    web.fanout.touch(user)
    return Ended(record.number, record.at, record.event, record.task, record.fence)


def _refuse_long(path: str, text: str) -> None:
    if len(text) > _LONGEST_TEXT:
        raise InvalidInput([Problem(path, text, f"must be at most {_LONGEST_TEXT} characters")])


ROUTES = Router(
    "/desk",
    route_handlers=[show_desk, desk_events, take, renew, finish, postpone, release, skip, dismiss],
    tags=["desk"],
)
