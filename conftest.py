"""What every test run shares: hypothesis profiles, one time-zone database, and documentation that runs."""

from __future__ import annotations

import os
import traceback
import unittest
import zoneinfo
from contextlib import suppress
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from sybil import Document, Sybil
from sybil.example import SybilFailure
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

# Zones come from the tzdata wheel, here and in every process that a test starts.
os.environ["PYTHONTZPATH"] = ""
zoneinfo.reset_tzpath(to=())

# No deadline and no complaint about slow generation: both measure the machine, not the code.
_EVERYWHERE = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", _EVERYWHERE, max_examples=20)
settings.register_profile("ci", _EVERYWHERE, max_examples=100, derandomize=True)
settings.register_profile("nightly", _EVERYWHERE, max_examples=3000)
settings.load_profile("ci")

_DOCUMENTATION = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=ELLIPSIS | NORMALIZE_WHITESPACE), SkipParser()]
)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the Markdown files among the test paths."""
    return Page.from_parent(parent, path=file_path) if file_path.suffix == ".md" else None


class Page(pytest.File):
    """A page of the documentation. Its examples build on each other, so they are one test."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item, or none when the page has no example."""
        document = _DOCUMENTATION.parse(self.path)
        if any(document.examples()):
            yield Examples.from_parent(self, name="examples", document=document)


class Examples(pytest.Item):
    """The ```python blocks of a page, run from top to bottom in one namespace."""

    def __init__(self, document: Document, **place: Any) -> None:
        super().__init__(**place)
        self.document = document

    def runtest(self) -> None:
        """Run them. An example that the page marks as skipped does not skip the rest."""
        for example in self.document.examples():
            with suppress(unittest.SkipTest):
                example.evaluate()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: str | None = None) -> str:
        """Show what went wrong from the page's own lines on, without the frames that led there."""
        del style
        if isinstance(excinfo.value, SybilFailure):
            return str(excinfo.value)
        frames: TracebackType | None = excinfo.tb
        while frames and frames.tb_frame.f_code.co_filename != str(self.path):
            frames = frames.tb_next
        return "".join(traceback.format_exception(excinfo.type, excinfo.value, frames))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the page in reports."""
        return self.path, 0, f"examples of {self.path.name}"
