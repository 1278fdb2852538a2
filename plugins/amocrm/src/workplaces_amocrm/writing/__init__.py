"""Writing: a task completed or postponed, a responsible set; only the changed key, looked at before and after."""

from __future__ import annotations

from workplaces_amocrm.writing.batches import Handover
from workplaces_amocrm.writing.writer import Writer

__all__ = ["Handover", "Writer"]
