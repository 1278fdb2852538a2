"""What Workplaces brings itself, registered through the same hooks as any plugin's."""

from __future__ import annotations

from workplaces_core.adapters.hookspecs import hookimpl
from workplaces_core.adapters.memory import MemoryCrm, MemoryStore
from workplaces_core.adapters.registrars import AdapterRegistrar, StoreRegistrar


@hookimpl
def workplaces_register_adapters(registrar: AdapterRegistrar) -> None:
    """Register the CRM in memory."""
    registrar.add("memory", MemoryCrm)


@hookimpl
def workplaces_register_stores(registrar: StoreRegistrar) -> None:
    """Register the store in memory."""
    registrar.add("memory", MemoryStore.open)
