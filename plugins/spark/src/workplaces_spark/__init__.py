"""The replay on Apache Spark, and what it registers; Spark is not imported with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workplaces_core.adapters.hookspecs import hookimpl

if TYPE_CHECKING:
    from workplaces_core.adapters.registrars import CommandRegistrar
    from workplaces_spark.distributed import replay

__all__ = ["replay"]


def __getattr__(name: str) -> Any:
    if name != "replay":
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    from workplaces_spark.distributed import replay  # noqa: PLC0415 - Spark takes a second, listing plugins does not

    return replay


def _replay(arguments: Sequence[str]) -> int:
    from workplaces_spark.cli import main  # noqa: PLC0415

    return main(arguments)


@hookimpl
def workplaces_register_commands(registrar: CommandRegistrar) -> None:
    """Register what `workplaces replay --engine spark` runs."""
    registrar.add("replay-spark", _replay, summary="What `workplaces replay --engine spark` runs.")
