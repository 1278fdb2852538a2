"""The JSON API under /api/v1: routes by subject, what they take and give, and how they say no."""

from __future__ import annotations

from litestar import Router

from workplaces_web.api import accounts, desk, policies, session, supervising, why

ROUTERS: tuple[Router, ...] = (
    session.ROUTES, desk.ROUTES, why.ROUTES, policies.ROUTES, supervising.ROUTES, accounts.ROUTES,
)  # fmt: skip
"""All routers of the API."""
