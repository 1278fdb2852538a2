"""One Spark for all tests: two cores, four tries a task, and files read in many small parts.

Spark is imported when a test asks for it: where it is missing this file is read all the same.
"""

from __future__ import annotations

import pytest

SMALL = {
    "spark.sql.files.maxPartitionBytes": "20000",
    "spark.sql.files.openCostInBytes": "1",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "50",
    "spark.ui.showConsoleProgress": "false",
}


@pytest.fixture
def spark(_stopped):
    """Spark on two cores; the same one as long as nobody stops it."""
    from workplaces_spark.session import session  # noqa: PLC0415

    return session("local[2,4]", SMALL)


@pytest.fixture(scope="session")
def _stopped():
    """Stop what runs in the end."""
    from pyspark.sql import SparkSession  # noqa: PLC0415

    yield
    running = SparkSession.getActiveSession()
    if running is not None:
        running.stop()
