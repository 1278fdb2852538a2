"""Files are not lost: no output replaces an input, and what a failed command would have written never appears."""

from __future__ import annotations

import csv
import gzip
import json
import os
import sys
import threading
from subprocess import PIPE, run

import pytest

from tests.history.histories import random_case
from tests.history.test_commands import dumped
from workplaces_core.cli import main
from workplaces_core.history.reading import read_file, write_file
from workplaces_core.history.replacing import replaced

CASE = random_case(7, steps=60)
HEADER = "case,activity,resource,start,complete\n"
GOOD = "7,Call,ann,2026-11-23T09:00+01:00,2026-11-23T09:10+01:00\n"
BAD = '"7, the second","Call ""back""",Анна,x,y\n'


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder with a history in both forms, links to it, a log and a policy; commands run in it."""
    monkeypatch.chdir(tmp_path)
    for name in ("h.jsonl", "h.parquet", "keep.jsonl", "keep.parquet"):
        write_file(name, CASE.events)
    (tmp_path / "link.jsonl").symlink_to("h.jsonl")
    os.link("h.jsonl", "hard.jsonl")
    (tmp_path / "log.csv").write_text(HEADER + GOOD + BAD, encoding="utf-8")
    (tmp_path / "policy.json").write_text(dumped(CASE.a), encoding="utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "rejected.csv").write_text(HEADER + GOOD, encoding="utf-8")
    packed = gzip.compress((tmp_path / "h.jsonl").read_bytes() * 3)
    (tmp_path / "half.jsonl.gz").write_bytes(packed[: len(packed) * 2 // 3])
    return tmp_path


def contents(folder):
    """All files, with what is in them."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def told(capsys, *arguments):
    """Run a command; give its exit code and what it printed."""
    code = main([str(each) for each in arguments])
    return code, *capsys.readouterr()


# -- no output is an input


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("history convert h.jsonl h.jsonl", 'TO: `"h.jsonl"` must not be the same file as FROM'),
        ("history convert h.jsonl ./out/../h.jsonl", "TO: `"),
        ("history convert h.jsonl link.jsonl", 'TO: `"link.jsonl"` must not be the same file as FROM'),
        ("history convert link.jsonl h.jsonl", 'TO: `"h.jsonl"` must not be the same file as FROM'),
        ("history convert h.jsonl hard.jsonl", 'TO: `"hard.jsonl"` must not be the same file as FROM'),
        ("history convert h.parquet h.parquet", 'TO: `"h.parquet"` must not be the same file as FROM'),
        ("history convert h.jsonl new.jsonl --set-aside new.jsonl", "must not be the same file as --set-aside"),
        ("history convert h.jsonl new.jsonl --set-aside out/../new.jsonl", "must not be the same file as --set-aside"),
        ("history convert log.csv h.parquet --set-aside log.csv", '--set-aside: `"log.csv"` must not be the same'),
        ("history convert log.csv h.parquet --mapping policy.json --set-aside policy.json", "same file as --mapping"),
        ("history validate h.jsonl --set-aside h.jsonl", '--set-aside: `"h.jsonl"` must not be the same file as HIST'),
        ("history validate h.jsonl --set-aside link.jsonl", '--set-aside: `"link.jsonl"` must not be the same file'),
        ("history from-work-items out/rejected.csv --out out", '--out: `"out/rejected.csv"` must not be the same'),
        ("replay h.jsonl --policy policy.json --set-aside h.jsonl", "must not be the same file as HISTORY"),
        ("replay h.jsonl --policy policy.json --set-aside policy.json", "must not be the same file as --policy"),
    ],
)
def test_an_output_that_is_another_file_of_the_command_is_refused(files, capsys, arguments, says):
    before = contents(files)
    code, out, err = told(capsys, *arguments.split())

    assert (code, out) == (2, "")
    assert says in err
    assert contents(files) == before


# -- all or nothing


@pytest.mark.parametrize("target", ["keep.jsonl", "keep.parquet", "new.jsonl", "new.jsonl.gz", "new.parquet"])
def test_a_failed_conversion_leaves_everything_as_it_was(files, capsys, target):
    before = contents(files)
    code, _, err = told(capsys, "history", "convert", "half.jsonl.gz", target, "--set-aside", "bad.jsonl")

    assert code == 2
    assert "half.jsonl.gz: cannot be read" in err
    assert contents(files) == before


@pytest.mark.parametrize("target", ["keep.jsonl", "keep.parquet", "new.jsonl.gz"])
def test_an_interrupted_conversion_leaves_everything_as_it_was(files, target):
    def interrupted():
        yield CASE.events[0]
        raise KeyboardInterrupt

    before = contents(files)
    with pytest.raises(KeyboardInterrupt):
        write_file(target, interrupted())

    assert contents(files) == before


def test_rows_set_aside_before_are_kept_when_a_command_fails(files, capsys):
    (files / "bad.jsonl").write_text("of before\n")
    assert told(capsys, "history", "validate", "half.jsonl.gz", "--set-aside", "bad.jsonl")[0] == 2

    assert (files / "bad.jsonl").read_text() == "of before\n"


def test_a_file_that_is_replaced_keeps_its_rights_and_the_links_to_it(files):
    (files / "h.jsonl").chmod(0o640)
    write_file("link.jsonl", CASE.events[:3])

    assert (files / "link.jsonl").is_symlink()
    assert len(list(read_file("h.jsonl"))) == 3
    assert (files / "h.jsonl").stat().st_mode & 0o777 == 0o640


def test_a_pipe_is_written_to(files):
    os.mkfifo("pipe.jsonl")
    read = list[str]()
    reader = threading.Thread(target=lambda: read.append((files / "pipe.jsonl").read_text(encoding="utf-8")))
    reader.start()
    write_file("pipe.jsonl", CASE.events)
    reader.join()

    assert read == [(files / "h.jsonl").read_text(encoding="utf-8")]
    assert (files / "pipe.jsonl").is_fifo()


def test_standard_output_is_written_to_even_when_it_is_a_file(files):
    (files / "stdout.jsonl").symlink_to("/dev/stdout")
    code = "from workplaces_core.history.replacing import replaced\n"
    code += "with replaced('stdout.jsonl') as path: path.write_text('said')"
    assert run([sys.executable, "-c", code], stdout=PIPE, check=True).stdout == b"said"
    with (files / "said.txt").open("w") as stream:
        run([sys.executable, "-c", code], stdout=stream, check=True)

    assert (files / "said.txt").read_text() == "said"


def test_a_folder_that_is_not_there_is_told_by_the_name_that_was_given(files):
    with pytest.raises(FileNotFoundError) as missing, replaced("nowhere/new.jsonl"):
        pass

    assert missing.value.filename == "nowhere/new.jsonl"


def test_the_same_events_give_the_same_packed_bytes_whatever_the_name(files):
    for name in ("1.jsonl.gz", "2.jsonl.gz"):
        write_file(name, CASE.events)

    assert (files / "1.jsonl.gz").read_bytes() == (files / "2.jsonl.gz").read_bytes()


# -- what convert says


@pytest.mark.parametrize(("language", "says"), [("en", "--set-aside FILE keeps them"), ("ru", "--set-aside ФАЙЛ")])
def test_bad_rows_of_a_log_are_not_sought_with_validate(files, capsys, language, says):
    code, _, err = told(capsys, "history", "convert", "log.csv", "new.jsonl", "--lang", language)

    assert code == 0
    assert says in err
    assert "validate" not in err


def test_bad_rows_of_a_log_are_set_aside_as_they_stand_there(files, capsys):
    told(capsys, "history", "convert", "log.csv", "new.jsonl", "--set-aside", "bad.jsonl")
    told(capsys, "history", "from-work-items", "log.csv", "--out", "out")
    (bad,) = map(json.loads, (files / "bad.jsonl").read_text().splitlines())
    with (files / "out" / "rejected.csv").open(encoding="utf-8", newline="") as stream:
        (rejected,) = csv.DictReader(stream)

    for text in (bad["content"], rejected["row"]):
        assert next(csv.reader([text])) == next(csv.reader([BAD]))


@pytest.mark.parametrize(("name", "text"), [("only_bad.jsonl", "no JSON\n"), ("nothing.jsonl", "")])
def test_without_a_good_row_nothing_is_converted(files, capsys, name, text):
    (files / name).write_text(text)
    before = (files / "keep.jsonl").read_bytes()
    code, out, err = told(capsys, "history", "convert", name, "keep.jsonl", "--set-aside", "bad.jsonl")

    assert (code, out) == (2, "")
    assert f"{name}: has no" in err
    assert (files / "keep.jsonl").read_bytes() == before
    assert len((files / "bad.jsonl").read_text().splitlines()) == len(text.splitlines())
    assert not text or f"{name}: row 1: `" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("few.csv new.jsonl", "few.csv: line 1"),
        ("dtd.xes new.jsonl", "dtd.xes"),
        ("log.csv new.jsonl --timezone Moscow", "'--timezone': `\"Moscow\"` must be a time zone"),
        ("log.csv new.jsonl --days Call=x", "'--days': `\"Call=x\"` must be ACTIVITY=DAYS"),
    ],
)
def test_an_error_of_convert_names_the_file_or_the_option(files, capsys, arguments, says):
    (files / "few.csv").write_text("case,activity\n")
    (files / "dtd.xes").write_text('<!DOCTYPE log [<!ENTITY a "a">]><log>&a;</log>')
    code, _, err = told(capsys, "history", "convert", *arguments.split())

    assert code == 2
    assert says in err


def test_suffixes_are_known_in_capitals(files, capsys):
    (files / "log.csv").rename(files / "LOG.CSV")
    for source, target in (("LOG.CSV", "A.PARQUET"), ("A.PARQUET", "B.JSONL.GZ"), ("B.JSONL.GZ", "c.jsonl")):
        assert told(capsys, "history", "convert", source, target)[0] == 0

    assert (files / "A.PARQUET").read_bytes()[:4] == b"PAR1"
    assert (files / "B.JSONL.GZ").read_bytes()[:2] == b"\x1f\x8b"
    assert list(read_file("A.PARQUET")) == list(read_file("c.jsonl"))
