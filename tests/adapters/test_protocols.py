"""What an adapter declares, and how a whole account is read through one."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workplaces_core.adapters.memory import MemoryCrm
from workplaces_core.adapters.protocols import (
    CAPABILITIES,
    EVERYTHING,
    NATIVE,
    Capabilities,
    Support,
    emulated,
    missing_from,
    unsupported,
)
from workplaces_core.adapters.reading import read_everything
from workplaces_core.changes import Set
from workplaces_core.errors import CrmUnavailable, NotAllowed, Unsupported, WorkError
from workplaces_core.model import Account, Snapshot


@pytest.mark.parametrize("note", ["", "  ", "\n"])
def test_what_is_unsupported_needs_a_reason(note):
    with pytest.raises(ValueError, match="reason"):
        Support("unsupported", note)


@given(st.sampled_from(CAPABILITIES))
def test_no_capability_has_a_default(name):
    others = dict.fromkeys(set(CAPABILITIES) - {name}, NATIVE)

    with pytest.raises(TypeError, match=name):
        Capabilities(**others)


@given(st.sampled_from(CAPABILITIES), st.sampled_from([NATIVE, emulated("by hand")]))
def test_what_is_supported_is_not_refused(name, support):
    attrs.evolve(EVERYTHING, **{name: support}).require(name)


@given(st.sampled_from(CAPABILITIES))
def test_what_is_unsupported_is_refused_with_the_reason(name):
    capabilities = attrs.evolve(EVERYTHING, **{name: unsupported("no such call")})

    with pytest.raises(Unsupported, match=f"`{name}` is unsupported: no such call"):
        capabilities.require(name)


def test_unsupported_needs_a_person_like_everything_that_is_not_allowed():
    assert issubclass(Unsupported, NotAllowed)
    assert issubclass(NotAllowed, WorkError)


def test_a_temporary_fault_may_say_when_to_come_again():
    assert CrmUnavailable("429", retry_after=1.5).retry_after == 1.5
    assert CrmUnavailable("no answer").retry_after is None


def test_the_crm_in_memory_lacks_nothing():
    assert missing_from(MemoryCrm) == ()


def test_a_reading_without_an_account_is_none():
    class Nameless(MemoryCrm):
        def directory(self):
            return iter(())

    with pytest.raises(CrmUnavailable, match="without the account"):
        read_everything(Nameless(Snapshot(Account("acme", "UTC"))))


def test_a_reading_without_changes_has_no_cursor():
    class Static(MemoryCrm):
        capabilities = attrs.evolve(EVERYTHING, read_changes=unsupported("exports have no history"))

        def cursor(self):
            self.capabilities.require("read_changes")

    assert read_everything(Static(Snapshot(Account("acme", "UTC")))).cursor is None


def test_a_reading_that_breaks_off_is_none():
    crm = MemoryCrm(Snapshot(Account("acme", "UTC"), tasks=()))
    crm.put(*(Set("account", Account(f"acme{n}", "UTC")) for n in range(3)))
    crm.faults.fail(CrmUnavailable("504"), method="read_open")

    with pytest.raises(CrmUnavailable, match="504"):
        read_everything(crm)
    assert read_everything(crm).snapshot.account.id == "acme2"
