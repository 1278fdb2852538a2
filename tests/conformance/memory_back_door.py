"""The back door into the CRM in memory: what colleagues do there, and see."""

from __future__ import annotations

from workplaces_core.changes import COLLECTIONS


class MemoryBackDoor:
    def __init__(self, crm):
        self.crm = crm
        self.put = crm.put

    def entity(self, kind, entity_id):
        return getattr(self.crm.snapshot, COLLECTIONS[kind]).get(entity_id)

    def results(self, task):
        return self.crm.results.get(task, [])
