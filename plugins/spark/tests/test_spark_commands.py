"""`workplaces replay --engine spark`, as somebody types it."""

from __future__ import annotations

import json

import pytest

from tests.history.histories import random_case
from workplaces_core import wire
from workplaces_core.cli import main
from workplaces_core.history.reading import write_file

CASE = random_case(7, steps=60)
FILES = ("decisions.parquet", "tasks.parquet", "summary.json")


@pytest.fixture
def files(tmp_path):
    """A history and two policies."""
    write_file(tmp_path / "h.parquet", CASE.events)
    write_file(tmp_path / "h.jsonl", CASE.events)
    for name, policy in (("a", CASE.a), ("b", CASE.b)):
        text = json.dumps({"format": "workplaces/policy/1", **wire.dump(policy)}, ensure_ascii=False)
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    return tmp_path


def run(capfd, *arguments):
    """Run a command; give its exit code and what it printed, but for what Spark says while it starts."""
    code = main([str(each) for each in arguments])
    out, err = capfd.readouterr()
    return code, out, [line for line in err.splitlines() if not _is_of_spark(line)]


def _is_of_spark(line):
    return any(word in line for word in ("WARN", "log4j", "log level", "LogLevel", "incubator")) or not line.strip()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["h.parquet", "h.jsonl"])
def test_it_prints_and_writes_what_the_local_engine_does(files, capfd, name):
    asked = ["replay", files / name, "--policy", files / "a.json", "--against", files / "b.json", "--every", "6h"]
    here = run(capfd, *asked, "--processes", 1, "--out", files / "here", "--json")
    there = run(
        capfd, *asked, "--engine", "spark", "--processes", 2, "--out", files / "there", "--json",
        "--conf", "spark.ui.showConsoleProgress=false",
    )  # fmt: skip

    assert here[:2] == there[:2]
    assert json.loads(here[1])["moments"] > 0
    for each in FILES:
        assert (files / "there" / each).read_bytes() == (files / "here" / each).read_bytes()


@pytest.mark.slow
def test_bad_rows_and_the_tables_are_told_in_words(files, capfd):
    path = files / "h.jsonl"
    path.write_text("no JSON\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    asked = ["--policy", files / "a.json", "--set-aside", files / "bad.jsonl", "--out", files / "out", "--lang", "ru"]
    code, out, err = run(capfd, "replay", path, *asked, "--engine=spark", "--master", "local[1,4]")

    assert code == 0
    assert "не покрытых правилами" in out
    assert "decisions.parquet" in out
    assert any("отложено строк: 1" in line for line in err)
    assert json.loads((files / "bad.jsonl").read_text(encoding="utf-8"))["row"] == 1


def test_help_is_that_of_spark(capfd):
    code, out, _ = run(capfd, "replay", "--engine", "spark", "--help")

    assert code == 0
    assert "--master" in out
    assert "Apache Spark" in out


def test_a_setting_that_is_none_is_refused(files, capfd):
    code, _, err = run(
        capfd, "replay", files / "h.parquet", "--policy", files / "a.json", "--engine", "spark", "--conf", "memory"
    )

    assert (code, err) == (2, ['--conf: `"memory"` must be KEY=VALUE, such as spark.executor.memory=4g'])


def test_without_java_one_line_says_what_is_missing(files, capfd, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    code, _, err = run(capfd, "replay", files / "h.parquet", "--policy", files / "a.json", "--engine", "spark")

    assert code == 2
    assert err == ["Spark needs Java 17 or newer, and there is none: put `java` on the PATH, or set JAVA_HOME"]
