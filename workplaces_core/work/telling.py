"""Finishing and postponing: the wish is recorded, the CRM is told, and what came of it is the answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from attrs import frozen

from workplaces_core.adapters.stores import Record, SagaKind, Store
from workplaces_core.errors import CrmUnavailable, NotAllowed, StaleFence
from workplaces_core.work.claims import OVER, REPLACED
from workplaces_core.work.commands import begin, ending
from workplaces_core.work.leases import BENEATH
from workplaces_core.work.sagas import Advanced, SagaRunner

_ENDS = {"finish": "finished", "postpone": "postponed"}
_PATIENCE = 5.0
"""How many seconds a caller waits while another worker is telling the CRM."""


@frozen
class Telling:
    """Tells the CRM what employees did. A wish that cannot be told now stays recorded and is told later."""

    store: Store
    runner: SagaRunner
    lease_for: timedelta

    def tell(self, user: str, fence: int, kind: SagaKind, value: str, key: str | None, at: datetime | None) -> Record:
        """Make a wish true in the CRM, and give how the lease ended, or raise what keeps it from ending."""
        wish = partial(begin, user=user, fence=fence, kind=kind, value=value, key=key, lease_for=self.lease_for)
        saga = self.store.run(wish, at=at)
        advanced = self.runner.advance(saga, eager=True)
        began = monotonic()
        while advanced.saga.is_open and advanced.error is None and monotonic() - began < _PATIENCE:
            self.store.wait(self.store.position(), seconds=0.05)
            advanced = self.runner.advance(saga, eager=True)
        return self._told(advanced, at)

    def _told(self, advanced: Advanced, at: datetime | None) -> Record:
        saga, error = advanced.saga, advanced.error
        if saga.is_open:
            raise error or CrmUnavailable(f"the CRM is still being told of task `{saga.task}`, try again")
        ended = self.store.run(partial(ending, fence=saga.fence), at=at)
        if ended is not None and ended.event == _ENDS.get(saga.kind) and saga.state == "done":
            return ended
        if ended is not None and (ended.event in BENEATH or saga.trouble in {OVER, REPLACED}):
            raise StaleFence(f"the lease on task `{saga.task}` has ended: {ended.event}", lease_ended=ended.event)
        if saga.trouble == REPLACED:
            raise NotAllowed(f"another wish came in the place of this one for task `{saga.task}`")
        raise NotAllowed(f"the CRM refuses for task `{saga.task}`: {saga.trouble}")
