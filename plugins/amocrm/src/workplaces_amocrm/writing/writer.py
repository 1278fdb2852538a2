"""The writer: what the adapter is asked to do to tasks, deals, contacts and companies, done over the API."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date, tzinfo

from attrs import evolve

from workplaces_amocrm.client.port import Api
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.writing.batches import Handover, hand_over
from workplaces_amocrm.writing.single import Means, fulfil
from workplaces_amocrm.writing.wishes import to_complete, to_hand_over, to_postpone
from workplaces_core.adapters.protocols import Outcome, OwnedKind


class Writer:
    """Writes to one account, as `CrmAdapter` says. Safe for several threads; it keeps nothing between two calls.

    Only the changed key is sent. An entity is read before it is written and, unless the settings say otherwise,
    afterwards. What is so already is not written, so a call whose answer was lost may simply be repeated, whatever
    its `key`: the state tells. `zone` is the account's, or a function that gives it when it is first needed.

    amoCRM has no conditional write. A colleague who becomes responsible between our look and our write is
    overwritten, in a gap of one round trip; one who does so between our write and the look that follows is noticed,
    and stays.
    """

    def __init__(
        self,
        api: Api,
        settings: Settings,
        *,
        zone: tzinfo | Callable[[], tzinfo],
        filters: Callable[[], bool] | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._means = Means(api, settings, pause)
        self._zone = zone
        self._filters = filters

    def complete(self, task: str, *, result: str, key: str) -> Outcome:
        """Complete a task with a result; where it is empty the settings have a text, as amoCRM asks for one."""
        del key
        return fulfil(self._means, to_complete(task, result or self._means.settings.result_when_empty))

    def postpone(self, task: str, *, due: date, key: str) -> Outcome:
        """Give an open task another due, whole days in the zone of the account.

        Raises ValueError for a due without a zone, or one outside the years that amoCRM holds.
        """
        del key
        zone = self._zone if isinstance(self._zone, tzinfo) else self._zone()
        return fulfil(self._means, to_postpone(task, due, zone, self._means.settings.all_day_time))

    def set_responsible(self, kind: OwnedKind, entity_id: str, user: str, *, only_if: str | None, key: str) -> Outcome:
        """Make a user responsible for one entity, if `only_if` still is."""
        del key
        return fulfil(self._means, to_hand_over(kind, entity_id, user, only_if))

    def set_responsible_many(self, kind: OwnedKind, handovers: Sequence[Handover]) -> tuple[Outcome, ...]:
        """Hand over entities of one kind in few calls; the outcomes stand in the order of the handovers."""
        means = self._means
        if self._filters is not None:
            means = evolve(means, settings=evolve(means.settings, lead_filters=self._filters()))
        return hand_over(means, kind, handovers)
