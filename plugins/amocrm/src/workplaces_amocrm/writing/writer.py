"""The writer: what the adapter is asked to do to tasks, deals, contacts and companies, done over the API."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date, tzinfo

from attrs import evolve

from workplaces_amocrm.client.port import Api
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.writing.attempts import Attempts
from workplaces_amocrm.writing.batches import Handover, hand_over
from workplaces_amocrm.writing.single import Means, fulfil
from workplaces_amocrm.writing.wishes import to_complete, to_hand_over, to_postpone
from workplaces_core.adapters.cells import Cells, MemoryCells
from workplaces_core.adapters.protocols import Outcome, OwnedKind


class Writer:
    """Writes to one account, as `CrmAdapter` says. Safe for several threads.

    Only the changed key is sent. An entity is read before it is written and, unless the settings say otherwise,
    afterwards. What is so already is not written. A write that amoCRM accepted is never sent again: its answer
    confirms it, even when the look that follows cannot be had.

    A call whose answer was lost may be repeated with the same `key`. What the entity looked like before is noted in
    `cells` until it is known how the attempt ended; the repeat looks first, and when the entity was written after
    the attempt, it writes nothing: whoever changed it since has the last word. Without cells that all processes
    share, the notes end with this process, and a repeat in another one goes by the state alone.

    amoCRM has no conditional write. A colleague who becomes responsible between our look and our write is
    overwritten, in a gap of one round trip; one who does so between our write and the look that follows is noticed,
    and stays. amoCRM tells when an entity was last written in whole seconds, and not which of its keys: after a lost
    answer, a change back within the second of the look before it goes unnoticed, and a change of another key ends the
    call without a write, as if this one had been changed back. A write that shows no effect right after its answer was
    lost counts as never made; should amoCRM carry it out later, and a colleague change it back before the repeat, the
    repeat overwrites him. `zone` is the account's, or a function that gives it when it is first needed.
    """

    def __init__(
        self,
        api: Api,
        settings: Settings,
        *,
        zone: tzinfo | Callable[[], tzinfo],
        filters: Callable[[], bool] | None = None,
        pause: Callable[[float], None] = time.sleep,
        cells: Cells | None = None,
    ) -> None:
        attempts = Attempts(MemoryCells() if cells is None else cells, settings.account_name)
        self._means = Means(api, settings, pause, attempts)
        self._zone = zone
        self._filters = filters

    def complete(self, task: str, *, result: str, key: str) -> Outcome:
        """Complete a task with a result; where it is empty the settings have a text, as amoCRM asks for one."""
        return fulfil(self._means, to_complete(task, result or self._means.settings.result_when_empty), key)

    def postpone(self, task: str, *, due: date, key: str) -> Outcome:
        """Give an open task another due, whole days in the zone of the account.

        Forbidden for what amoCRM cannot hold: a time without a zone, a year that it does not have, and a day of which
        the account's zone skips the time that means "all day".
        """
        zone = self._zone if isinstance(self._zone, tzinfo) else self._zone()
        return fulfil(self._means, to_postpone(task, due, zone, self._means.settings.all_day_time), key)

    def set_responsible(self, kind: OwnedKind, entity_id: str, user: str, *, only_if: str | None, key: str) -> Outcome:
        """Make a user responsible for one entity, if `only_if` still is."""
        return fulfil(self._means, to_hand_over(kind, entity_id, user, only_if), key)

    def set_responsible_many(self, kind: OwnedKind, handovers: Sequence[Handover]) -> tuple[Outcome, ...]:
        """Hand over entities of one kind in few calls; the outcomes stand in the order of the handovers."""
        means = self._means
        if self._filters is not None:
            means = evolve(means, settings=evolve(means.settings, lead_filters=self._filters()))
        return hand_over(means, kind, handovers)
