"""Lets `python -m workplaces_core` do what `workplaces` does."""

from __future__ import annotations

import sys

from workplaces_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
