"""What the web service may be told: where it is seen, how long sessions last, how much it lets through."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from attrs import field, frozen


@frozen
class Passwords:
    """How dear a guess is: the cost of argon2id, as time, memory in KiB and lanes."""

    time_cost: int = 3
    memory_kib: int = 65_536
    lanes: int = 4


@frozen
class Sessions:
    """How long a session lasts without use, and at most."""

    idle_minutes: float = 480
    absolute_hours: float = 168


@frozen
class Rates:
    """How much is let through: failed sign-ins of a name or an address, calls of one caller, bytes of a body."""

    sign_in_tries: int = 10
    sign_in_minutes: float = 10
    calls_a_minute: int = 1200
    body_bytes: int = 1_000_000


@frozen
class WebSettings:
    """Settings of the web service.

    `public_url` is how browsers see it; with `https` cookies are Secure. `frame_ancestors` are the hosts that may show
    it in a frame, such as `https://acme.amocrm.ru`. `card_urls` lead to the CRM's card of a `deal`, `contact`,
    `company` or `task`; `{id}` stands for the id.

    >>> WebSettings(public_url="https://desk.example").secure
    True
    """

    public_url: str = "http://127.0.0.1:8000"
    frame_ancestors: tuple[str, ...] = ()
    card_urls: Mapping[str, str] = field(factory=dict)
    webhook_secret: str | None = field(default=None, repr=False)
    metrics_token: str | None = field(default=None, repr=False)
    trusted_proxies: tuple[str, ...] = ()
    language: str = "ru"
    demo: bool = False
    sessions: Sessions = Sessions()
    rates: Rates = Rates()
    passwords: Passwords = Passwords()

    @property
    def secure(self) -> bool:
        """Whether browsers come by https."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def origin(self) -> str:
        """Where requests of our own pages come from."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    def card_url(self, kind: str, entity_id: str) -> str | None:
        """Give the address of a card in the CRM, None when it was not said where cards are."""
        template = self.card_urls.get(kind)
        return None if template is None else template.replace("{id}", entity_id)
