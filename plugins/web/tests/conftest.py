"""What tests of the web plugin share: logs stay out of the way."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The framework's test client leaves the ends of its own channels to the collector of garbage."""
    channels = "ignore:Exception ignored in. <function MemoryObject:pytest.PytestUnraisableExceptionWarning"
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.filterwarnings(channels))


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Let logs go through the standard library, where pytest catches them."""
    structlog.configure(
        processors=[structlog.stdlib.render_to_log_kwargs],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    logging.getLogger("httpx").setLevel("WARNING")
    yield
    structlog.reset_defaults()
