"""The suite for adapters notices: each broken double fails the tests it has to fail, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conformance import broken_doubles
from workplaces_core.testing.adapter_suite import AdapterSuite

pytest_plugins = ["pytester"]

DOUBLES = Path(broken_doubles.__file__)
NAMES = re.findall(r"^class (Test\w+)\(Double\)", DOUBLES.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture
def run(pytester):
    """Run doubles in a pytest of their own; give the double, the test and the report of each test."""

    def run(where):
        options = (
            "--import-mode=importlib",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "-p",
            "no:playwright",
            "-q",
            "--tb=no",
            "-r",
            "N",
        )
        reports = pytester.inline_run(where, *options).getreports("pytest_runtest_logreport")
        told = [report for report in reports if report.when == "call" or not report.passed]
        return [(*report.nodeid.split("::")[-2:], report) for report in told]

    return run


@pytest.mark.slow
def test_each_double_fails_the_right_tests_and_no_other(run):
    expected = {name: set(getattr(broken_doubles, name).breaks) for name in NAMES}
    reports = run(DOUBLES)
    failed = {name: {test for double, test, report in reports if double == name and report.failed} for name in NAMES}

    assert failed == expected


def test_each_test_of_the_suite_has_a_double_that_fails_it():
    broken = {test.partition("[")[0] for name in NAMES for test in getattr(broken_doubles, name).breaks}

    assert broken == {name for name in dir(AdapterSuite) if name.startswith("test_")}


def test_what_is_unsupported_is_skipped_with_the_declared_reason(run):
    reports = run(f"{DOUBLES}::TestIsTrustedWithNothingButReads")
    skipped = {test.partition("[")[0]: report.longrepr[2] for _, test, report in reports if report.skipped}

    assert skipped["test_completing_keeps_the_result"] == "Skipped: complete is unsupported: read only"
    assert skipped["test_a_watch_tells_that_something_changed"] == "Skipped: watch is unsupported: no hooks"
    assert "test_a_colleague_who_was_faster_stays_responsible" not in skipped
    assert not [test for _, test, report in reports if report.failed]
