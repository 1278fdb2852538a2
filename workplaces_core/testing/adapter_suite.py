"""The conformance suite for CRM adapters. Inherit from AdapterSuite, say how to make a CRM, and run pytest.

    class TestAcmeCrm(AdapterSuite):
        @pytest.fixture
        def make_crm(self, tmp_path):
            def make(snapshot):
                server = FakeAcme(tmp_path, snapshot)
                return AcmeCrm.open(url=server.url), server

            return make

What the adapter declares unsupported is skipped, with the reason it declares; what it claims has to work. New tests
that an adapter must pass come with minor releases only, never with a patch.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import attrs
import pytest

from workplaces_core.adapters.protocols import CrmAdapter
from workplaces_core.changes import Kind
from workplaces_core.model import Snapshot
from workplaces_core.testing.adapter_reading import FollowingTests, ReadingTests
from workplaces_core.testing.adapter_writing import WritingTests
from workplaces_core.testing.crm_under_test import BackDoor, Crm, MakeCrm
from workplaces_core.testing.crm_world import world

__all__ = ["AdapterSuite", "BackDoor", "Crm", "MakeCrm"]


class AdapterSuite(ReadingTests, FollowingTests, WritingTests):
    """What every adapter must pass. One member has to be given, `make_crm`; the others have defaults that suit most.

    The names by which the tests know entities are made ids of the CRM by `id_of`.
    """

    awkward_ids = ("t/1", "t.1", "a b", " ", "0", "é", "e\u0301", "задача", "😀", '"', "a,b", "a;b", "#1", "it's")
    """Ids of tasks that the CRM can hold, the more awkward the better."""

    awkward_texts = ("Счёт № 5, «срочно» 😀", """'quotes' and "quotes\"""", r"a,b;c|d\e", "two\nlines", " ", "")
    """Texts that the CRM can hold, the more awkward the better; the first three are results of tasks too."""

    holds_nobody = True
    """Whether a deal, contact or company of the CRM may be without a responsible."""

    watch_seconds = 5.0
    """How soon a watch has to tell of a change."""

    silence_seconds = 0.2
    """How long a watch that was ended is listened to."""

    @pytest.fixture
    def make_crm(self) -> MakeCrm:
        """Give a function that makes a CRM holding a snapshot, and gives the adapter onto it and its back door."""
        raise NotImplementedError("a suite has to say how its CRM is made: override the fixture `make_crm`")

    def id_of(self, kind: Kind, name: str) -> str:
        """Give the id that an entity known by a name has in the CRM; override it when the CRM wants numbers."""
        del kind
        return name

    def as_held(self, entity: Any) -> Any:
        """Give an entity as the CRM holds it; override it when the CRM adds or rounds something.

        It is also asked about entities that the CRM holds already, which it has to give as they are.
        """
        return entity

    def reopened(self, crm: Crm) -> CrmAdapter:
        """Give the adapter as it is after a restart; override it when there can be a second one onto the same CRM."""
        return crm.adapter

    @pytest.fixture
    def crm(self, make_crm: MakeCrm, request: pytest.FixtureRequest) -> Iterator[Crm]:
        """Give the adapter and its CRM, unless it declares that it cannot do what the test needs."""
        held = _held(world(self.id_of), self)
        adapter, back_door = make_crm(held)
        with closing(adapter):
            _skip_unsupported(adapter, request)
            yield Crm(adapter, back_door, self, held)


def _held(snapshot: Snapshot, suite: AdapterSuite) -> Snapshot:
    collections = {
        attribute.name: [suite.as_held(entity) for entity in getattr(snapshot, attribute.name).values()]
        for attribute in attrs.fields(Snapshot)
        if attribute.name != "account"
    }
    return Snapshot(suite.as_held(snapshot.account), **collections)


def _skip_unsupported(adapter: CrmAdapter, request: pytest.FixtureRequest) -> None:
    parameters = getattr(request.node, "callspec", None)
    for needed in getattr(request.function, "capabilities", ()):
        name = needed.format(**parameters.params) if parameters else needed
        support = getattr(adapter.capabilities, name)
        if not support.is_there:
            pytest.skip(f"{name} is unsupported: {support.note}")
