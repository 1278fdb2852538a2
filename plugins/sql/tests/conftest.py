"""One PostgreSQL server for all tests of the plugin, started when the first one asks for it."""

from __future__ import annotations

import pytest
from workplaces_sql.testing import NoPostgres, postgres


@pytest.fixture(scope="session")
def server():
    try:
        with postgres() as running:
            yield running
    except NoPostgres as reason:
        pytest.skip(str(reason))
