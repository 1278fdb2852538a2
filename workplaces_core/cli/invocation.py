"""How this program was started, and the exit code when it is interrupted."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Collection, Iterator, Sequence
from itertools import count
from pathlib import Path

INTERRUPTED = 130


def program() -> str:
    """Give the words by which this program was started, fit to be typed again.

    A script that is not on the PATH is named by its path, relative when it lies below the current folder.
    """
    path = Path(sys.argv[0]).absolute()
    if path.name == "__main__.py":
        return "python -m workplaces_core"
    if str(path.parent) in os.environ.get("PATH", "").split(os.pathsep) or not path.exists():
        return path.name
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def typed() -> str:
    """Give the command as it was typed, without what changes nothing of the result, and with short names of files."""
    words = [_parted(word) for word in _without_processes(sys.argv[1:])]
    names = _short_names([value for _, value in words])
    return " ".join([Path(program()).name, *(shlex.quote(option + names[value]) for option, value in words)])


def _without_processes(words: Sequence[str]) -> Iterator[str]:
    left = iter(words)
    for word in left:
        if word == "--processes":
            next(left, None)
        elif not word.startswith("--processes="):
            yield word


def _parted(word: str) -> tuple[str, str]:
    """Part an option from a value that is joined to it: --out=folder."""
    option, joined, value = word.partition("=")
    return (option + joined, value) if word.startswith("--") and joined else ("", word)


def _short_names(words: Sequence[str]) -> dict[str, str]:
    """Leave of paths the name, and of folders only what tells files of one name apart, seen from the current folder.

    >>> list(_short_names(["/data/history.parquet", "now/policy.json", "new/policy.json"]).values())
    ['history.parquet', 'now/policy.json', 'new/policy.json']
    """
    paths = {word: Path(os.path.relpath(word)).parts or (".",) if "/" in word else (word,) for word in words}
    alike: dict[str, set[tuple[str, ...]]] = {}
    for parts in paths.values():
        alike.setdefault(parts[-1], set()).add(parts)
    return {word: "/".join(parts[-_needed(alike[parts[-1]]) :]) for word, parts in paths.items()}


def _needed(paths: Collection[tuple[str, ...]]) -> int:
    """Tell how many parts, counted from the end, tell all paths apart."""
    return next(parts for parts in count(1) if len({path[-parts:] for path in paths}) == len(paths))
