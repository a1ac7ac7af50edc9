"""Tables in Excel workbooks, read by the package openpyxl: one sheet, names in its first row."""

import zipfile
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from cells import as_numbers, objects
from formats.table import PIECE_CELLS, Piece, Table, Wanted
from problems import Problems, UnreadableError
from table_options import TableOptions

Row = tuple[int, list[Any]]


def workbook_table(path: Path, options: TableOptions) -> Table:
    """Return the table in the one sheet of a workbook.

    Raises:
        UnreadableError: openpyxl is not installed or cannot read it, or there are several sheets.
    """
    row, cells = next(_rows(path), (0, []))
    if not cells:
        raise UnreadableError("the sheet is empty; it needs a header row and samples")
    named = options.header is not False
    names = [
        (f"x{j + 1}" if not named else "" if cell is None else str(cell).strip())
        for j, cell in enumerate(cells)
    ]
    return Table(
        names=names,
        place="row",
        pieces=partial(_pieces, path, len(names), named),
        header=f"row {row}" if named else "",
    )


def _rows(path: Path) -> Iterator[Row]:
    """Yield the rows up to the last that is not blank, each with its number in the sheet.

    Cells that hold nothing at the end of a row are left out.
    """
    try:
        import openpyxl
    except ImportError:
        raise UnreadableError(
            "Excel workbooks need the package openpyxl; install it, or save the sheet as CSV"
        ) from None
    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise UnreadableError(f"the workbook is damaged ({error}); save it again") from None
    try:
        if len(workbook.sheetnames) != 1:
            raise UnreadableError(
                f"it holds {len(workbook.sheetnames)} sheets ({', '.join(workbook.sheetnames)}); "
                "save the one that is meant as a workbook of its own, or as CSV"
            )
        blank: list[Row] = []
        for number, row in enumerate(workbook.worksheets[0].iter_rows(values_only=True), 1):
            cells = list(row)
            while cells and cells[-1] is None:
                cells.pop()
            if cells:
                yield from blank
                blank = []
                yield number, cells
            else:
                blank.append((number, cells))
    finally:
        workbook.close()


def _pieces(
    path: Path, n_columns: int, named: bool, wanted: Wanted, problems: Problems
) -> Iterator[Piece]:
    rows = (row for row in _rows(path))
    if named:
        next(row for row in rows if row[1])
    while piece := list(islice(rows, max(1, PIECE_CELLS // n_columns))):
        kept = []
        for number, cells in piece:
            if not cells and n_columns > 1:
                problems.add("", "blank row", "remove it", [f"row {number}"], 1)
            elif len(cells) > n_columns:
                problems.add(
                    "",
                    f"cells beyond the {n_columns} columns with a name",
                    "remove them, or give every column a name, and begin with these names",
                    [f"row {number} ({len(cells)} cells)"],
                    1,
                )
            else:
                kept.append((number, [*cells, *[None] * (n_columns - len(cells))]))
        columns: dict[int, Any] = {}
        for j in wanted.all:
            of_column = [cells[j] for _, cells in kept]
            values = as_numbers(of_column, typed=True) if j in wanted.numbers else None
            columns[j] = objects(of_column) if values is None else values
        yield Piece(np.array([number for number, _ in kept], dtype=np.int64), columns)
