"""Which pages may call our backend from a browser: those of the account itself (CORS)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

_LONGEST_CACHE_SECONDS = 600


def cors_headers(origin: str | None, account_urls: Iterable[str]) -> dict[str, str]:
    """Give the headers for an answer to a page of `origin`, preflight or not; none for a page of somebody else.

    `account_urls` are the addresses of the accounts that are served; more than one while an account is renamed.
    Cookies are not allowed: the token says who asks.

    >>> cors_headers("https://acme.amocrm.ru", ["https://acme.amocrm.ru/"])["Access-Control-Allow-Origin"]
    'https://acme.amocrm.ru'
    >>> cors_headers("https://acme.amocrm.ru.example.com", ["https://acme.amocrm.ru"])
    {'Vary': 'Origin'}
    """
    headers = {"Vary": "Origin"}
    if origin and origin in {_origin(url) for url in account_urls}:
        headers |= {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "X-Auth-Token, Content-Type",
            "Access-Control-Max-Age": str(_LONGEST_CACHE_SECONDS),
        }
    return headers


def _origin(url: str) -> str:
    """Give the origin of an address as a browser writes it: without the port that its scheme has anyway."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = f":{parts.port}" if parts.port and parts.port != usual else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}"
