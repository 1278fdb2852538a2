"""How the API describes itself: OpenAPI, made from the code."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from litestar import Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from workplaces_web.security.callers import PUBLIC

_ABOUT = """Desks, policies and people of Workplaces.

Programs send `Authorization: Bearer TOKEN`; browsers a session cookie and, with everything that changes something, the
header `X-CSRF-Token`. Errors are problems in the form of RFC 9457. Commands take an `Idempotency-Key`.
"""


def _version() -> str:
    try:
        return version("workplaces-web")
    except PackageNotFoundError:
        return "0"


def make_openapi() -> OpenAPIConfig:
    """Make the description of one application."""
    return OpenAPIConfig(
        title="Workplaces",
        version=_version(),
        description=_ABOUT,
        use_handler_docstrings=True,
        components=Components(
            security_schemes={
                "token": SecurityScheme(type="http", scheme="bearer"),
                "session": SecurityScheme(type="apiKey", name="__Host-workplaces", security_scheme_in="cookie"),
            }
        ),
        security=[{"token": []}, {"session": []}],
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        # The framework will have routes of its own; ours are /api/openapi.json and /api/docs.
        openapi_router=Router("/api/description", route_handlers=[], opt={"access": PUBLIC}, include_in_schema=False),
    )
