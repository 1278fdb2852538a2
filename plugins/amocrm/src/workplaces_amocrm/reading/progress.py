"""How far a full reading is, in calls, and how much of that is known and how much estimated."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Literal

from attrs import frozen

from workplaces_amocrm.reading.hanging import OWNERS, Hanging

Basis = Literal["counted", "estimated", "unknown"]


@frozen
class Progress:
    """How far a reading is: `done` of `total` calls, None when nobody can say.

    `basis`: `counted` when every id to read is known; `estimated` when deals, contacts or companies are extrapolated
    from the pages so far; `unknown` when the account cannot filter, so that all it has must be paged through.
    """

    stage: Literal["tasks", "leads", "contacts", "companies"]
    done: int
    total: int | None
    basis: Basis


Tell = Callable[[Progress], None]


def calls_left(hanging: Hanging, *, pages: int, pages_done: int, leads_read: int, per_call: int) -> tuple[int, Basis]:
    """Estimate the calls for what hangs on tasks.

    >>> hanging = Hanging(leads=set(range(100)))
    >>> calls_left(hanging, pages=10, pages_done=1, leads_read=0, per_call=50)
    (50, 'estimated')
    >>> calls_left(hanging, pages=10, pages_done=10, leads_read=0, per_call=50)
    (5, 'estimated')
    >>> hanging = Hanging(others={"contacts": {7}, "companies": set()})
    >>> calls_left(hanging, pages=1, pages_done=1, leads_read=9, per_call=50)
    (1, 'counted')
    """
    growth = pages / pages_done if pages_done else 1.0
    leads = len(hanging.leads) * growth
    owners = {name: len(hanging.subjects[name]) * growth for name in OWNERS}
    others = {name: float(len(hanging.others[name])) for name in OWNERS}
    if leads and leads_read:
        others = {name: count * (1 + leads / leads_read) for name, count in others.items()}
    elif leads:
        # Nothing is known yet: a contact for every deal, a company for every second one.
        others = {"contacts": leads, "companies": leads / 2}
    counts = [leads, *owners.values(), *others.values()]
    return sum(ceil(count / per_call) for count in counts), "estimated" if leads else "counted"
