"""The cookie of a session: strict, hidden from scripts, bound to this host; another one inside a frame of the CRM."""

from __future__ import annotations

from attrs import frozen

from workplaces_web.settings import WebSettings

_NAMES = ("workplaces", "workplaces-frame")


@frozen
class Cookies:
    """Writes and reads the session's cookie.

    Browsers send no strict cookie from inside another site's page, so that a session that was begun in a frame of the
    CRM has a cookie of its own: `SameSite=None; Partitioned`, of use only there. Against forged requests both are
    covered by the CSRF token.
    """

    settings: WebSettings

    def name(self, *, framed: bool = False) -> str:
        """Give the name; with https no other host can have set one of it."""
        return ("__Host-" if self.settings.secure else "") + _NAMES[framed]

    def set(self, ticket: str, *, framed: bool = False) -> str:
        """Write the header that gives a browser its ticket.

        >>> Cookies(WebSettings(public_url="https://desk.example")).set("p1.s")
        '__Host-workplaces=p1.s; Path=/; Max-Age=604800; HttpOnly; Secure; SameSite=Strict'
        """
        lasting = int(self.settings.sessions.absolute_hours * 3600)
        return f"{self.name(framed=framed)}={ticket}; Path=/; Max-Age={lasting}; {self._flags(framed=framed)}"

    def unset(self, *, framed: bool = False) -> str:
        """Write the header that takes it away."""
        return f"{self.name(framed=framed)}=; Path=/; Max-Age=0; {self._flags(framed=framed)}"

    def _flags(self, *, framed: bool) -> str:
        if framed and self.settings.secure:
            return "HttpOnly; Secure; SameSite=None; Partitioned"
        return "HttpOnly; Secure; SameSite=Strict" if self.settings.secure else "HttpOnly; SameSite=Strict"

    def tickets(self, header: str) -> dict[str, str]:
        """Find our tickets in a Cookie header, by the name of the cookie."""
        wanted = {self.name(), self.name(framed=True)}
        pairs = (part.strip().partition("=") for part in header.split(";"))
        return {name: value for name, _, value in pairs if name in wanted and value}
