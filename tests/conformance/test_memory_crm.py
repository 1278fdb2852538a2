"""The CRM in memory passes the suite that every adapter must pass."""

from __future__ import annotations

import pytest

from tests.conformance.memory_back_door import MemoryBackDoor
from workplaces_core.adapters.memory import MemoryCrm
from workplaces_core.testing.adapter_suite import AdapterSuite


class TestMemoryCrm(AdapterSuite):
    @pytest.fixture
    def make_crm(self):
        def make(snapshot):
            crm = MemoryCrm(snapshot, batch=2)
            return crm, MemoryBackDoor(crm)

        return make
