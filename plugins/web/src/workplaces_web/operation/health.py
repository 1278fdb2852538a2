"""Whether the process lives, whether it is of use, and what it counts."""

from __future__ import annotations

from attrs import frozen
from litestar import MediaType, Response, get
from litestar.exceptions import NotAuthorizedException

from workplaces_core.errors import WorkError
from workplaces_web.api.asking import AnyRequest, TheWeb
from workplaces_web.operation import gauges, metrics
from workplaces_web.people.secrets import same
from workplaces_web.security.callers import PUBLIC

_LOCAL = {"127.0.0.1", "::1", "testclient"}


@frozen
class Readiness:
    """Whether requests can be served, and what is missing."""

    ready: bool
    store: bool
    account: bool
    policy_version: int


@get("/healthz", media_type=MediaType.TEXT, sync_to_thread=False, opt={"access": PUBLIC}, include_in_schema=False)
def healthz() -> str:
    """Say that the process lives."""
    return "alive\n"


@get("/readyz", sync_to_thread=True, opt={"access": PUBLIC}, include_in_schema=False)
def readyz(web: TheWeb) -> Response[Readiness]:
    """Say whether the store answers and the account is loaded; 503 when not."""
    store = True
    try:
        web.reach.store.position()
    except WorkError:
        store = False
    account = web.reach.is_loaded
    version = web.service.policy.version if account and store else 0
    ready = Readiness(store and account, store, account, version)
    return Response(ready, status_code=200 if ready.ready else 503)


@get("/metrics", sync_to_thread=True, opt={"access": PUBLIC}, include_in_schema=False)
def prometheus(request: AnyRequest, web: TheWeb) -> Response[bytes]:
    """Give what is counted: to who sends `metrics_token` as a bearer token; without one, to this machine alone."""
    wanted = web.settings.metrics_token
    if not (
        _is_local(request) if wanted is None else same(request.headers.get("authorization", ""), f"Bearer {wanted}")
    ):
        raise NotAuthorizedException("the metrics ask for their token")
    gauges.measure(web)
    return Response(metrics.METRICS.text(), media_type=metrics.CONTENT_TYPE)


def _is_local(request: AnyRequest) -> bool:
    """Tell whether a request comes from this machine, and not by a proxy on it."""
    peer = request.client.host if request.client else ""
    return peer in _LOCAL and "x-forwarded-for" not in request.headers


ROUTES = [healthz, readyz, prometheus]
