"""A plain list of what a strategy draws, the same in every run."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st


def sample(strategy: st.SearchStrategy[Any], size: int) -> list[Any]:
    """Draw at most so many values."""
    found = []

    @settings(
        max_examples=size,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(drawn):
        found.append(drawn)

    collect()
    return found
