"""CSV files as tables: rows with the lines they stand on, and cells written back without a moment of half a file."""

from __future__ import annotations

import csv
import os
import shutil
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import frozen

from workplaces_core import CrmUnavailable

Row = dict[str, str]


@frozen
class Table:
    """A file as it is: its header, its rows of cells, and the line on which each row begins."""

    path: Path
    header: list[str]
    rows: list[tuple[int, list[str]]]

    def named(self) -> Iterator[tuple[int, Row, list[str]]]:
        """Give each row with its line, the cells by column (empty where there is none), and the cells beyond."""
        width = len(self.header)
        for line, cells in self.rows:
            filled = [*cells, *[""] * (width - len(cells))]
            yield line, dict(zip(self.header, filled, strict=False)), cells[width:]


def read(path: Path, required: tuple[str, ...]) -> Table:
    """Read a file that has these columns; raises CrmUnavailable when it is not there, or is not what it should be.

    An empty table would mean that everything in it is gone, while somebody may only be saving the file.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader, begins, rows = csv.reader(file), 1, []
            for cells in reader:
                if cells:
                    rows.append((begins, cells))
                begins = reader.line_num + 1
    except (OSError, UnicodeError, csv.Error) as error:
        raise CrmUnavailable(f"{path.name} cannot be read: {error}") from error
    header = rows.pop(0)[1] if rows else []
    for column in required:
        if column not in header:
            raise CrmUnavailable(f"{path.name}: has no column `{column}`")
    return Table(path, header, rows)


def write_cells(table: Table, entity_id: str, cells: Mapping[str, str]) -> None:
    """Change cells of the first row with an id, and nothing else."""
    row = next(
        cells for (_, cells), (_, row, _) in zip(table.rows, table.named(), strict=True) if row["id"] == entity_id
    )
    row += [""] * (len(table.header) - len(row))
    for column, text in cells.items():
        row[table.header.index(column)] = text
    _replace(table.path, [table.header, *(row for _, row in table.rows)])


def _replace(path: Path, rows: list[list[str]]) -> None:
    """Write a file beside the old one and put it in its place in one step: a reader sees the old or the new one."""
    new = path.with_name(f"{path.name}.new")
    try:
        first, _, _ = path.read_bytes().partition(b"\n")
        encoding = "utf-8-sig" if first.startswith(BOM_UTF8) else "utf-8"
        with new.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, lineterminator="\r\n" if first.endswith(b"\r") else "\n").writerows(rows)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, new)
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise CrmUnavailable(f"{path.name} cannot be written: {error}") from error
