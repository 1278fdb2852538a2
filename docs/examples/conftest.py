"""Makes the examples importable where they lie, so that their documentation runs."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.extend(map(str, Path(__file__).parent.glob("*/src")))
