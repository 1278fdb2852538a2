"""The adapter: one amoCRM or Kommo account as a CRM of Workplaces."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, tzinfo
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self
from urllib.parse import quote

from workplaces_amocrm.client.port import Api
from workplaces_amocrm.reading.checkpoint import Checkpoint
from workplaces_amocrm.reading.cursor import Cursor
from workplaces_amocrm.reading.directory import AccountFacts, account_facts, read_directory, tag_names
from workplaces_amocrm.reading.fetching import Fetching, Name
from workplaces_amocrm.reading.following import Following
from workplaces_amocrm.reading.full import FullReading
from workplaces_amocrm.reading.hanging import Hanging, Ids
from workplaces_amocrm.reading.known import Known
from workplaces_amocrm.reading.progress import Progress
from workplaces_amocrm.reading.sweep import SweepReport
from workplaces_amocrm.reading.translation import KIND, Aside, Translation
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.translate.rules import Language
from workplaces_amocrm.watching import Watch
from workplaces_amocrm.webhooks.body import Named
from workplaces_amocrm.webhooks.inbox import Inbox
from workplaces_amocrm.webhooks.receiver import Received, receive
from workplaces_amocrm.writing.batches import Handover
from workplaces_amocrm.writing.writer import Writer
from workplaces_core.adapters.cells import Cells, MemoryCells
from workplaces_core.adapters.protocols import NATIVE, Capabilities, ChangesSince, Outcome, OwnedKind, emulated
from workplaces_core.changes import Set
from workplaces_core.errors import CursorLost, Problem, StoreUnavailable

if TYPE_CHECKING:
    from workplaces_amocrm.widget.disposable import WidgetUser

_CAPABILITIES = Capabilities(
    directory=NATIVE,
    read_open=NATIVE,
    read_changes=emulated(
        "tasks, deals, contacts and companies by `updated_at` with an overlap, deletions by the log of events; a sweep "
        "of all open tasks now and then proves that nothing was missed. What is deleted is seen at the next polling"
    ),
    watch=emulated(
        "webhooks tell, where the tariff has them; besides, it tells at intervals, whether or not something changed"
    ),
    complete=NATIVE,
    postpone=NATIVE,
    set_responsible_task=NATIVE,
    set_responsible_deal=NATIVE,
    set_responsible_contact=NATIVE,
    set_responsible_company=NATIVE,
    conditional=emulated(
        "the responsible is read right before the write and once more after it; a colleague who takes over within the "
        "one round trip between is overwritten"
    ),
)


_CLOCKS_AGREE = 2.0
"""Seconds between our clock and the time of an answer that need no explanation."""

_BELIEVED = 86_400.0
"""Seconds; an answer that says it is from so much earlier does not tell the time."""


class AmoCrm:
    """One amoCRM or Kommo account. Thread-safe.

    Ids are amoCRM's own numbers as decimal text. A webhook receiver puts what it received into `inbox`, or calls
    `look_at`; both only make changes seen earlier.

    >>> crm = AmoCrm.open(base_url="https://acme.amocrm.ru", token="...")
    >>> crm.capabilities.conditional.level
    'emulated'
    >>> crm.close()
    """

    capabilities: ClassVar[Capabilities] = _CAPABILITIES

    def __init__(
        self,
        api: Api,
        settings: Settings,
        *,
        cells: Cells | None = None,
        language: Language = "ru",
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.api = api
        self.settings = settings
        self.inbox = Inbox()
        self.cells: Cells = MemoryCells() if cells is None else cells
        self._language = language
        self._aside = Aside()
        self._facts: AccountFacts | None = None
        self._facts_used = False
        self._facts_lock = Lock()
        self._following = Following(self.inbox, self.cells, f"amocrm/{settings.account_name}/open")
        self._writer = Writer(api, settings, zone=self._zone, filters=self._filters, pause=pause, cells=self.cells)
        self._watches: list[Watch] = []
        self._recalled = False
        self._ahead = 0.0
        self.verify_widget_token: Callable[[str], WidgetUser] | None = None
        """Says who a token of the widget stands for, and uses it up; None without the secrets of an integration."""

    @classmethod
    def open(
        cls,
        *,
        base_url: str,
        token: str | None = None,
        cells: Cells | None = None,
        language: Language = "ru",
        alert: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
        **settings: Any,
    ) -> Self:
        """Connect to an account; nothing is sent yet, unless there is a `code`.

        Give a long-lived `token`, or `client_id`, `client_secret` and `redirect_uri` of an integration, and `code` to
        get its first tokens; with both, the token is used for calls, and the secrets for the widget. `cells` are
        what all processes of the service share: tokens, the rate budget, and what a sweep has to know; without them
        all that is lost with this process. `alert` is called when amoCRM has blocked
        the account. The other settings are those of `workplaces_amocrm.settings.Settings`. Raises ValueError that
        names what is wrong.
        """
        # Who only lists the commands needs no HTTP library.
        from workplaces_amocrm.connecting import OAUTH, Surroundings, connected  # noqa: PLC0415 - brings httpx

        oauth = {name: settings.pop(name) for name in OAUTH if name in settings}
        known = Settings.of({"base_url": base_url, **settings})
        around = Surroundings(cells=MemoryCells() if cells is None else cells, sleep=sleep, alert=alert)
        api = connected(known, token, oauth, around)
        crm = cls(api, known, cells=around.cells, language=language, pause=sleep)
        if all(oauth.get(name) for name in ("client_id", "client_secret", "redirect_uri")):
            crm.verify_widget_token = partial(_widget_user, oauth, known, around.cells)
        return crm

    def close(self) -> None:
        """End all watches, note for the next process what was given, and let go of the connections."""
        while self._watches:
            self._watches.pop().end()
        with suppress(StoreUnavailable):  # the note for the next process is worth no error
            self._following.end()
        closing = getattr(self.api, "close", None)
        if closing is not None:
            closing()

    def receive_webhook(self, secret: str, body: bytes, content_type: str | None) -> int:
        """Note what a webhook tells, and give the HTTP status to answer; the caller has compared the secret."""
        received = receive(secret, secret, body, content_type)
        self.inbox.put(received)
        return received.status

    # -- reading -------------------------------------------------------------------------------------------

    def directory(self) -> Iterator[Set]:
        """Read account, users, groups, task types, and the fields of deals, contacts and companies."""
        sets = list(self._directory())
        self._following.remember(sets)
        return iter(sets)

    def read_open(self) -> Iterator[Sequence[Set]]:
        """Read every open task with all that it hangs on, in batches of a page."""
        return self.full_reading().batches()

    def full_reading(
        self, checkpoint: str | None = None, *, tell: Callable[[Progress], None] = lambda _: None
    ) -> FullReading:
        """Begin a full reading that tells how far it is, and can be left and gone on with from its checkpoint.

        Raises CursorLost when the checkpoint is of no use.
        """
        facts = self._known_facts()
        if checkpoint is None:
            self._aside.forget({*KIND, "events"})
            start = Checkpoint(account=facts.account.id, cursor=self.cursor(), page=None, pages=0, hanging=Hanging())
        else:
            start = Checkpoint.load(checkpoint, facts.account.id)
        return FullReading(self._fetching(facts), self._translation(facts), start, tell=tell, ended=self._read_all)

    def cursor(self) -> str:
        """Give a cursor for now, by the clock of the cells or by amoCRM's, whichever is behind."""
        account, now = self._known_facts().account.id, self._now()
        return Cursor(account=account, since=now, swept=now, listed=now).dump()

    def read_changes(self, cursor: str) -> ChangesSince:
        """Read what changed since a cursor: always whole states, so the same cursor may be used again."""
        facts = self._known_facts()
        at = Cursor.load(cursor, facts.account.id)
        if not self._recalled:
            self._following.recall()
            self._recalled = True
        try:
            return self._following.read(
                at, self._now(), self._fetching(facts), self._translation(facts), self._directory_again
            )
        finally:
            self._compare_clocks()

    def set_aside(self) -> Sequence[Problem]:
        """List what could not be translated, and was not read well since."""
        return self._aside.problems()

    def tags(self, kind: Literal["deal", "contact", "company"]) -> list[str]:
        """List the tags that deals, contacts or companies may have, for pickers."""
        names: Any = {"deal": "leads", "contact": "contacts", "company": "companies"}
        return tag_names(self.api, self.settings, names[kind])

    @property
    def last_sweep(self) -> SweepReport | None:
        """What the last sweep found, None before the first."""
        return self._following.last_sweep

    # -- watching ------------------------------------------------------------------------------------------

    def watch(self, notify: Callable[[], None]) -> Callable[[], None]:
        """Call `notify` when a webhook came, and at intervals of `poll_seconds`."""
        watch = Watch(self.inbox, self.settings.poll_seconds, notify)
        self._watches.append(watch)
        return watch.end

    def look_at(self, ids: Iterable[Named]) -> None:
        """Have entities, by kind and id, read with the next changes, and tell whoever watches."""
        self.inbox.put(Received(status=200, ids=frozenset(ids)))

    # -- writing -------------------------------------------------------------------------------------------

    def complete(self, task: str, *, result: str, key: str) -> Outcome:
        """Complete a task with a result."""
        return self._writer.complete(task, result=result, key=key)

    def postpone(self, task: str, *, due: date, key: str) -> Outcome:
        """Give an open task another due; an exact time of 23:59 becomes 23:58, as amoCRM takes 23:59 for all day."""
        return self._writer.postpone(task, due=due, key=key)

    def set_responsible(self, kind: OwnedKind, entity_id: str, user: str, *, only_if: str | None, key: str) -> Outcome:
        """Make a user responsible, if the responsible is still `only_if`."""
        return self._writer.set_responsible(kind, entity_id, user, only_if=only_if, key=key)

    def set_responsible_many(self, kind: OwnedKind, handovers: Sequence[Handover]) -> tuple[Outcome, ...]:
        """Hand over several entities of one kind in few calls; the outcomes stand in the order of the handovers."""
        return self._writer.set_responsible_many(kind, handovers)

    # -- the web interface ---------------------------------------------------------------------------------

    def card_url(self, kind: OwnedKind, entity_id: str) -> str | None:
        """Give the address of an entity's card in amoCRM; None for a task, which has none.

        >>> crm = AmoCrm.open(base_url="https://acme.amocrm.ru", token="...")
        >>> crm.card_url("deal", "7"), crm.card_url("task", "8")
        ('https://acme.amocrm.ru/leads/detail/7', None)
        >>> crm.close()
        """
        cards = {
            "deal": self.settings.lead_card,
            "contact": self.settings.contact_card,
            "company": self.settings.company_card,
        }
        card = cards.get(kind)
        return None if card is None else self.settings.base_url.rstrip("/") + card.replace("{id}", quote(entity_id, ""))

    # -- what is known of the account ----------------------------------------------------------------------

    def _directory(self) -> Iterator[Set]:
        """Read the directory, with the facts that were asked for just before it, if nothing used them yet."""
        with self._facts_lock:
            facts = self._fresh_facts() if self._facts is None or self._facts_used else self._facts
            self._facts_used = True
        return read_directory(self.api, self.settings, facts, self._aside)

    def _directory_again(self) -> Iterator[Set]:
        """Read the directory while following. A new time zone changes every due, so everything is to be read again."""
        before = self._known_facts().account
        found = self._directory()
        if self._known_facts().account.timezone != before.timezone:
            raise CursorLost(f"the account's time zone is no longer `{before.timezone}`, read everything again")
        return found

    def _fresh_facts(self) -> AccountFacts:
        facts = account_facts(self.api, self.settings, self._aside, self._language)
        self._facts = facts
        self._compare_clocks()
        return facts

    def _known_facts(self) -> AccountFacts:
        with self._facts_lock:
            return self._fresh_facts() if self._facts is None else self._facts

    def _zone(self) -> tzinfo:
        return self._known_facts().rules.zone

    def _filters(self) -> bool:
        return self._known_facts().filters

    def _fetching(self, facts: AccountFacts) -> Fetching:
        return Fetching(self.api, self.settings, facts.filters, self._aside.note)

    def _translation(self, facts: AccountFacts) -> Translation:
        return Translation(facts.rules, self._aside)

    def _read_all(self, known: Known | None, given: Ids, failed: dict[Name, set[int]]) -> None:
        self._following.begin(known, given, failed, self._now())

    def _now(self) -> int:
        """Give the time by which changes are asked for: that of the clock that is behind, ours or amoCRM's.

        What amoCRM stamps with an earlier time than we have read up to would be lost; what is read twice is not.
        """
        return int(self.cells.now().timestamp() - self._ahead)

    def _compare_clocks(self) -> None:
        """Note, right after a call, how far our clock is ahead of the time that amoCRM wrote on its answer."""
        dated: datetime | None = getattr(self.api, "dated", None)
        if dated is not None:
            ahead = (self.cells.now() - dated).total_seconds()
            self._ahead = ahead if _CLOCKS_AGREE < ahead < _BELIEVED else 0.0


def _widget_user(oauth: Mapping[str, Any], settings: Settings, cells: Cells, token: str) -> WidgetUser:
    from workplaces_amocrm.widget.disposable import TokenRules, verified  # noqa: PLC0415 - brings the JWT library
    from workplaces_amocrm.widget.seen import SharedSeen  # noqa: PLC0415

    rules = TokenRules(
        client_secret=oauth["client_secret"],
        client_uuid=oauth["client_id"],
        redirect_uri=oauth["redirect_uri"],
        account_url=settings.base_url,
    )
    return verified(token, rules, SharedSeen(cells))
