"""The people and their sessions, each person one record in a cell, and one cell that finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import attrs
from attrs import field, frozen

from workplaces_core.adapters.cells import Cells
from workplaces_core.errors import NotAllowed
from workplaces_web.people import records
from workplaces_web.people.model import Link, LinkKind, Person, RoleName, Session, Source
from workplaces_web.people.secrets import PasswordHashes, hashed, new_id, new_secret, same
from workplaces_web.settings import WebSettings

_SESSIONS_A_PERSON = 20
_SEEN_STEP = timedelta(seconds=60)
"""A session is marked as used at most so often: a write a request would be too dear."""


@frozen
class Directory:
    """Who there is: ids in the order in which they came, and ids by login and by user of the CRM."""

    people: tuple[str, ...] = ()
    logins: dict[str, str] = field(factory=dict)
    users: dict[str, str] = field(factory=dict)


@frozen
class Issued:
    """A session or link that was just made, with the secret that is not kept."""

    person: Person
    secret: str = field(repr=False)

    @property
    def ticket(self) -> str:
        """What the browser brings back."""
        return f"{self.person.id}.{self.secret}"


class People:
    """The accounts of the service. Safe for several threads and processes; blocking."""

    def __init__(self, cells: Cells, settings: WebSettings) -> None:
        """Keep people in cells."""
        self._cells, self._settings = cells, settings
        self._hashes = PasswordHashes(settings.passwords)

    # -- finding ------------------------------------------------------------------------------------------

    def directory(self) -> Directory:
        """Give who there is."""
        return records.read(self._cells, "web/people", Directory) or Directory()

    def person(self, person_id: str) -> Person | None:
        """Find somebody by id."""
        return records.read(self._cells, _cell(person_id), Person)

    def by_login(self, login: str) -> Person | None:
        """Find somebody by the name he signs in with."""
        found = self.directory().logins.get(_folded(login))
        return None if found is None else self.person(found)

    def by_user(self, user: str) -> Person | None:
        """Find somebody by who he is in the CRM."""
        found = self.directory().users.get(user)
        return None if found is None else self.person(found)

    def everybody(self) -> Iterator[Person]:
        """List all people."""
        for person_id in self.directory().people:
            person = self.person(person_id)
            if person is not None:
                yield person

    def has_administrator(self) -> bool:
        """Tell whether somebody may make accounts."""
        return any(person.may("administrator") for person in self.everybody())

    # -- changing -----------------------------------------------------------------------------------------

    def create(
        self, name: str, role: RoleName, *, source: Source, login: str | None = None, user: str | None = None
    ) -> Person:
        """Make an account without a password. Raises NotAllowed when its login or user has one."""
        person = Person(new_id("p"), name, role, source, self._cells.now(), login, user)
        records.update(self._cells, _cell(person.id), Person, lambda _: person)
        records.update(self._cells, "web/people", Directory, lambda found: _entered(found or Directory(), person))
        return person

    def change(self, person_id: str, change: Callable[[Person], Person]) -> Person:
        """Change somebody. Raises LookupError when there is no such person."""

        def checked(person: Person | None) -> Person:
            if person is None:
                raise LookupError(f"person `{person_id}` is not known")
            return change(person)

        return records.update(self._cells, _cell(person_id), Person, checked)

    def set_role(self, person_id: str, role: RoleName) -> Person:
        """Give somebody another role; his sessions end, so that none outlives the rights it began with."""
        return self.change(person_id, lambda person: attrs.evolve(person, role=role, sessions=()))

    def set_active(self, person_id: str, *, active: bool) -> Person:
        """Let somebody in, or no longer; then his sessions and links end."""
        return self.change(
            person_id,
            lambda person: attrs.evolve(
                person,
                active=active,
                sessions=person.sessions if active else (),
                links=person.links if active else (),
            ),
        )

    def set_password(self, person_id: str, password: str) -> Person:
        """Give somebody another password; all his sessions and links end."""
        kept = self._hashes.hash(password)
        return self.change(person_id, lambda person: attrs.evolve(person, password=kept, sessions=(), links=()))

    # -- signing in ---------------------------------------------------------------------------------------

    def check_password(self, login: str, password: str) -> Person | None:
        """Give whose login and password these are; the time it takes does not tell whether there is such a login."""
        person = self.by_login(login)
        fits = self._hashes.fits(None if person is None else person.password, password)
        return person if person is not None and fits and person.active else None

    def open_session(self, person_id: str, *, framed: bool = False, instead_of: str | None = None) -> Issued:
        """Begin a session, always a new one; `instead_of` is the ticket of the one that the browser had."""
        secret, now = new_secret(), self._cells.now()
        session = Session(hashed(secret), new_secret(), now, now, framed=framed)
        self.close_session(instead_of)

        def opened(person: Person) -> Person:
            if not person.active:
                raise NotAllowed(f"person `{person.id}` may not sign in")
            kept = tuple(each for each in person.sessions if self._lives(each, now))
            return attrs.evolve(person, sessions=(*kept[1 - _SESSIONS_A_PERSON :], session))

        return Issued(self.change(person_id, opened), secret)

    def session(self, ticket: str | None, *, mark: bool = True) -> tuple[Person, Session] | None:
        """Give whose session a ticket is, and the session; None when it has ended or never was.

        To `mark` it keeps it from ending for want of use.
        """
        person, secret = self._whose(ticket)
        if person is None or not person.active:
            return None
        wanted, now = hashed(secret), self._cells.now()
        session = next((each for each in person.sessions if same(each.id, wanted)), None)
        if session is None or not self._lives(session, now):
            return None
        if mark and now - session.seen >= _SEEN_STEP:
            person = self.change(person.id, lambda found: _seen(found, session.id, now))
        return person, session

    def close_session(self, ticket: str | None) -> None:
        """End a session, if there is one."""
        person, secret = self._whose(ticket)
        if person is not None:
            ended = hashed(secret)
            self.change(person.id, lambda found: _without(found, ended))

    def _lives(self, session: Session, now: datetime) -> bool:
        limits = self._settings.sessions
        idle, absolute = timedelta(minutes=limits.idle_minutes), timedelta(hours=limits.absolute_hours)
        return now < session.seen + idle and now < session.created + absolute

    def _whose(self, ticket: str | None) -> tuple[Person | None, str]:
        person_id, dot, secret = (ticket or "").partition(".")
        if not dot or not secret or not person_id.isalnum():
            return None, ""
        return self.person(person_id), secret

    # -- links --------------------------------------------------------------------------------------------

    def issue_link(self, person_id: str, kind: LinkKind, lasting: timedelta) -> Issued:
        """Make a link that works once; an earlier one of its kind stops working."""
        secret, now = new_secret(), self._cells.now()
        link = Link(hashed(secret), kind, now + lasting)

        def issued(person: Person) -> Person:
            kept = [each for each in person.links if each.kind != kind and each.expires > now]
            return attrs.evolve(person, links=(*kept, link))

        return Issued(self.change(person_id, issued), secret)

    def use_link(self, ticket: str, kind: LinkKind) -> Person | None:
        """Give whose link a ticket is, and let it never work again; None when it has been used, or is too old."""
        person, secret = self._whose(ticket)
        if person is None or not person.active:
            return None
        wanted, now, used = hashed(secret), self._cells.now(), list[Link]()

        def spent(found: Person) -> Person:
            used[:] = [each for each in found.links if same(each.id, wanted) and each.kind == kind]
            return attrs.evolve(found, links=tuple(each for each in found.links if each not in used))

        person = self.change(person.id, spent)
        return person if used and used[0].expires > now else None


def _cell(person_id: str) -> str:
    return f"web/person/{person_id}"


def _folded(login: str) -> str:
    return login.strip().casefold()


def _entered(found: Directory, person: Person) -> Directory:
    logins, users = dict(found.logins), dict(found.users)
    if person.login is not None and logins.setdefault(_folded(person.login), person.id) != person.id:
        raise NotAllowed(f"login `{person.login}` is taken")
    if person.user is not None and users.setdefault(person.user, person.id) != person.id:
        raise NotAllowed(f"user `{person.user}` of the CRM has an account")
    return Directory((*found.people, person.id), logins, users)


def _seen(person: Person, session_id: str, now: datetime) -> Person:
    return attrs.evolve(
        person,
        sessions=tuple(attrs.evolve(each, seen=now) if each.id == session_id else each for each in person.sessions),
    )


def _without(person: Person, session_id: str) -> Person:
    return attrs.evolve(person, sessions=tuple(each for each in person.sessions if not same(each.id, session_id)))
