"""What every answer tells the browser: run only our own scripts, show us only in the CRM's frames, keep nothing."""

from __future__ import annotations

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from workplaces_web.settings import WebSettings


def content_policy(settings: WebSettings) -> str:
    """Write the Content-Security-Policy.

    >>> policy = content_policy(WebSettings(frame_ancestors=("https://acme.amocrm.ru",)))
    >>> policy.split("; ")[-1]
    "frame-ancestors 'self' https://acme.amocrm.ru"
    """
    return "; ".join((
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        " ".join(("frame-ancestors 'self'", *settings.frame_ancestors)),
    ))  # fmt: skip


def headers_of(settings: WebSettings) -> dict[str, str]:
    """Give the headers that every answer has."""
    headers = {
        "content-security-policy": content_policy(settings),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    if not settings.frame_ancestors:
        headers["x-frame-options"] = "SAMEORIGIN"
    if settings.secure:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


class SecurityHeaders:
    """Adds the headers to every answer that leaves, also to those of addresses that are not there."""

    def __init__(self, settings: WebSettings) -> None:
        """Write the headers once."""
        self._headers = headers_of(settings)

    async def __call__(self, message: Message, scope: Scope) -> None:
        """Add to the beginning of an answer."""
        if message["type"] != "http.response.start":
            return
        message.setdefault("headers", [])
        headers = MutableScopeHeaders.from_message(message)
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        if not scope["path"].startswith("/static/"):
            headers.setdefault("cache-control", "no-store")
