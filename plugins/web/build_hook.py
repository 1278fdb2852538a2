"""Puts into the package what browsers run, before hatchling collects its files.

A source distribution carries the copies, so that a wheel made of it, or installed, needs no node.
"""

# ruff: noqa: INP001 - run by itself, part of no package
from __future__ import annotations

import runpy
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontendHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for a wheel, an editable one, and a source distribution."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring the libraries; an editable install serves our own files from their sources, others from a copy."""
        del build_data
        if version == "editable" and shutil.which("npm") is None:
            # Whoever works on something else needs no node; the pages then come without what they load.
            self.app.display_warning("workplaces-web: there is no npm, so the pages' libraries are not brought")
            return
        bring = runpy.run_path(str(Path(self.root) / "frontend" / "bring.py"))
        bring["bring"](checks=version == "editable")
        if version != "editable":
            bring["copy_own"]()
