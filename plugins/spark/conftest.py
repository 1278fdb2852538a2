"""Leaves this plugin's tests out where Spark is not installed: `make test-spark` has an environment for them."""

from __future__ import annotations

from importlib.util import find_spec

IS_HERE = find_spec("pyspark") is not None
collect_ignore_glob = [] if IS_HERE else ["src/*", "tests/*"]


def pytest_report_header() -> str:
    """Say so."""
    return "" if IS_HERE else "plugins/spark: left out, as pyspark is not installed here; run `make test-spark`"
