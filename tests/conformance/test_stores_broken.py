"""The suite for stores notices: each broken double fails the tests it has to fail."""

from __future__ import annotations

import inspect
from multiprocessing import resource_tracker, synchronize
from pathlib import Path

import pytest

from tests.conformance import (
    broken_stores_of_files,
    broken_stores_of_the_feed,
    broken_stores_of_the_log,
    broken_stores_of_the_mirror,
    broken_stores_of_what_is_kept,
    broken_stores_of_work,
)
from workplaces_core.testing.store_suite import StoreSuite

pytest_plugins = ["pytester"]

IMPORTED = (resource_tracker, synchronize)
"""Before the inner runs, which forget the modules that they import: of these there must be one."""

MODULES = (
    broken_stores_of_the_mirror,
    broken_stores_of_the_feed,
    broken_stores_of_work,
    broken_stores_of_the_log,
    broken_stores_of_what_is_kept,
    broken_stores_of_files,
)
DOUBLES = {name: double for module in MODULES for name, double in vars(module).items() if name.startswith("Test")}


@pytest.fixture
def failed(pytester):
    """Run tests of a double in a pytest of their own; give the names of those that fail."""

    def failed(double, tests):
        without = [f"-pno:{plugin}" for plugin in ("cacheprovider", "xdist", "playwright")]
        options = ("--import-mode=importlib", *without, "-q", "--tb=no", "-r", "N")
        where = Path(inspect.getfile(DOUBLES[double]))
        wanted = [f"{where}::{double}::{test}" for test in tests] or [f"{where}::{double}"]
        reports = pytester.inline_run(*options, *wanted).getreports("pytest_runtest_logreport")
        assert reports
        return {report.nodeid.split("::")[-1].partition("[")[0] for report in reports if report.failed}

    return failed


@pytest.mark.slow
@pytest.mark.parametrize("double", DOUBLES)
def test_each_double_fails_the_tests_that_have_to_notice(failed, double):
    breaks = DOUBLES[double].breaks

    assert failed(double, breaks) == set(breaks)


def test_each_test_of_the_suite_has_a_double_that_fails_it():
    broken = {test for double in DOUBLES.values() for test in double.breaks}

    assert {name for name in dir(StoreSuite) if name.startswith("test_")} == broken
