"""The live engine: the answers of `decide`, kept ready while an account changes, at any size."""

from workplaces_core.engine.engine import Engine

__all__ = ["Engine"]
