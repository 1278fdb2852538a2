"""How this program was started."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def program() -> str:
    """Give the words by which this program was started, fit to be typed again.

    A script that is not on the PATH is named by its path, relative when it lies below the current folder.
    """
    path = Path(sys.argv[0]).absolute()
    if path.name == "__main__.py":
        return "python -m workplaces_core"
    if str(path.parent) in os.environ.get("PATH", "").split(os.pathsep) or not path.exists():
        return path.name
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
