"""A Spark session for the command line: what a user said, and where he said nothing, what suits one machine."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from workplaces_core.errors import WorkplacesError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL = "local[*,4]"
"""All cores of this machine. Four tries a task: without them Spark gives up when one worker dies."""

_EVERYWHERE = {
    "spark.driver.maxResultSize": "0",
    "spark.sql.session.timeZone": "UTC",
    "spark.log.level": "ERROR",
}
_HERE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "16",
    "spark.ui.enabled": "false",
}


class SparkMissing(WorkplacesError):
    """Spark cannot be started."""


def session(master: str = LOCAL, conf: Mapping[str, str] | None = None, *, name: str = "workplaces") -> SparkSession:
    """Start Spark, or find it started. Raises SparkMissing when this machine has no Java."""
    from pyspark.errors import PySparkException  # noqa: PLC0415 - a second, for nothing where Java is missing
    from pyspark.sql import SparkSession  # noqa: PLC0415

    refuse_without_java()
    if master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else workers take the first `python3` of the PATH
    settings = _EVERYWHERE | (_HERE if master.startswith("local") else {}) | dict(conf or {})
    builder = SparkSession.builder.appName(name).master(master)
    try:
        return builder.config(map=settings).getOrCreate()
    except PySparkException as error:
        raise SparkMissing(f"Spark cannot be started: {str(error).splitlines()[0]}") from None


def refuse_without_java() -> None:
    """Say what is missing before Spark says it in its own way."""
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java") is None and not (home and Path(home, "bin", "java").is_file()):
        raise SparkMissing("Spark needs Java 17 or newer, and there is none: put `java` on the PATH, or set JAVA_HOME")
