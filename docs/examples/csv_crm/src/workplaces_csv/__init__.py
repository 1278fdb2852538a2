"""A folder of CSV files as a CRM: the example of an adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workplaces_core.adapters.hookspecs import hookimpl
from workplaces_csv.crm import CsvCrm

if TYPE_CHECKING:
    from workplaces_core.adapters.registrars import AdapterRegistrar

__all__ = ["CsvCrm"]


@hookimpl
def workplaces_register_adapters(registrar: AdapterRegistrar) -> None:
    """Register the adapter under the name by which settings choose it."""
    registrar.add("csv", CsvCrm)
