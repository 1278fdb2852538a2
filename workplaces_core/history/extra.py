"""The libraries of the extra `history`, in one place, and what is said where they are missing."""

from __future__ import annotations

from typing import Any

from workplaces_core.errors import WorkplacesError

try:
    import numpy as np
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.compute as pc  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]
except ModuleNotFoundError as error:

    class ExtraMissing(WorkplacesError, ImportError):
        """A library that only the extra `history` brings."""

    raise ExtraMissing(f"this part of histories needs `{error.name}`, install workplaces-core[history]") from error

Array = np.ndarray[Any, Any]
"""Numbers, one a row."""

__all__ = ["Array", "np", "pa", "pc", "pq"]
