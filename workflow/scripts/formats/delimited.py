"""Tables in text files: comma-separated and the like.

Every block is read by pandas where its form is beyond doubt, else cell by cell. Both give the same
numbers; the second also knows the line of every problem.
"""

import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from cells import as_numbers, objects
from formats.dialect import find_delimiter, misplaced_quote, quoted_cells, records, single_delimiter
from formats.table import Piece, Table, Wanted
from formats.text import COMMENT, Block, blocks
from problems import Problems, UnreadableError
from table_options import TableOptions

_LARGEST_EXACT = 2.0**53
_TRUTH = re.compile(rb"true|false", re.IGNORECASE)
_LONG_WHOLE = {
    mark: re.compile(
        rb"(?<![0-9" + mark.encode() + rb"])[0-9]{16,}+(?![0-9eE" + mark.encode() + rb"])"
    )
    for mark in ".,"
}
# As pandas compares them: by letter. Other spellings are read cell by cell.
_MISSING = ["", ".", "NA", "na", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "none"]


def delimited_table(path: Path, options: TableOptions) -> Table:
    """Return the table in a text file.

    Raises:
        UnreadableError: its first lines are not those of a table.
    """
    problems = Problems()
    for block in blocks(path, options, problems):
        if problems.texts():
            raise UnreadableError(problems.texts()[0])
        delimiter = options.delimiter or find_delimiter(block, options.decimal)
        of_block = records(*_in_form(block, delimiter))
        line, cells = next((record for record in of_block if record[1]), (0, []))
        if cells:
            break
    else:
        raise UnreadableError("every line is blank; it needs a header line and samples")
    if cells[0].lower().startswith("sep="):
        raise UnreadableError(f"line {line} tells Excel the delimiter; remove the line")
    named = options.header is not False
    names = [name.strip() if named else f"x{j + 1}" for j, name in enumerate(cells)]
    return Table(
        names=names,
        place="line",
        pieces=partial(_pieces, path, options, delimiter, len(names)),
        header=f"line {line}" if named else "",
        typed=False,
        decimal=options.decimal,
    )


def _in_form(block: Block, delimiter: str) -> tuple[Block, str]:
    """Return a block and its delimiter of one character.

    Raises:
        UnreadableError: a quotation mark is where it cannot be.
    """
    block, sign = single_delimiter(block, delimiter)
    line = misplaced_quote(block, sign)
    if line is not None:
        raise UnreadableError(
            f'a quotation mark (") in line {line} neither begins nor ends a cell, or its cell is '
            "never closed; remove it, or quote the cell and double the mark; what "
            "follows was not read"
        )
    return block, sign


def _pieces(
    path: Path,
    options: TableOptions,
    delimiter: str,
    n_columns: int,
    wanted: Wanted,
    problems: Problems,
) -> Iterator[Piece]:
    reader = _Reader(wanted, n_columns, options.decimal, problems)
    header = options.header is not False
    for block in blocks(path, options, problems):
        block, sign = _in_form(block, delimiter)
        piece = None if header or reader.n_pieces == 0 else reader.fast(block, sign)
        if piece is None:
            piece, header = reader.careful(block, sign, header=header)
        yield piece


class _Reader:
    """Reads blocks of one file; learns from each which columns hold numbers alone."""

    def __init__(self, wanted: Wanted, n_columns: int, decimal: str, problems: Problems) -> None:
        self.n_pieces = 0
        self._wanted, self._n_columns = wanted, n_columns
        self._decimal, self._problems = decimal, problems
        self._numeric: list[int] = []
        self._blank: list[int] = []

    def careful(self, block: Block, sign: str, *, header: bool) -> tuple[Piece, bool]:
        """Read a block cell by cell; also return whether the header is still to come."""
        places: list[int] = []
        rows: list[list[str]] = []
        for line, cells in records(block, sign):
            if not cells:
                self._blank.append(line)
                continue
            self._judge_blank_lines(places, rows, among_rows=not header)
            if header:
                header = False
            elif len(cells) == self._n_columns:
                places.append(line)
                rows.append(cells)
            else:
                self._tell_ragged(line, len(cells))
        columns: dict[int, Any] = {}
        for j in self._wanted.all:
            texts = [cells[j] for cells in rows]
            values = as_numbers(texts, self._decimal) if j in self._wanted.numbers else None
            columns[j] = objects(texts) if values is None else values
        self._numeric = [j for j in self._wanted.numbers if columns[j].dtype != object]
        self.n_pieces += bool(places)
        return Piece(np.array(places, dtype=np.int64), columns), header

    def fast(self, block: Block, sign: str) -> Piece | None:
        """Read a block at once; None if it holds anything out of the ordinary."""
        n_rows = block.n_lines
        text = block.text.replace(COMMENT, b"")
        if self._blank or not n_rows or not self._is_regular(text, sign, n_rows):
            return None
        # pandas is imported here, as a look at the header does without.
        import pandas as pd

        try:
            table = pd.read_csv(
                io.BytesIO(text),
                sep=sign,
                decimal=self._decimal,
                header=None,
                usecols=self._wanted.all,
                dtype={j: np.float64 if j in self._numeric else object for j in self._wanted.all},
                na_values=dict.fromkeys(self._numeric, _MISSING),
                keep_default_na=False,
                skip_blank_lines=False,
                skipinitialspace=True,
                low_memory=False,
            )
        except (ValueError, OverflowError):
            return None
        columns = {j: table[j].to_numpy() for j in self._wanted.all}
        if len(table) != n_rows or any(self._is_doubtful(columns[j], text) for j in self._numeric):
            return None
        places = np.arange(block.first_line, block.first_line + n_rows, dtype=np.int64)
        self.n_pieces += 1
        return Piece(places, columns)

    def _is_regular(self, text: bytes, sign: str, n_rows: int) -> bool:
        """Return whether every line is a record with as many cells as the header."""
        if self._n_columns == 1 and re.search(rb"(?:\A|\n) *\n", text):
            return False
        bare = quoted_cells(sign).sub(b"", text) if b'"' in text else text
        delimiter = sign.encode()
        others = bytes(set(range(256)) - {delimiter[0], 10})
        row = delimiter * (self._n_columns - 1) + b"\n"
        return bare.translate(None, others) == row * n_rows

    def _is_doubtful(self, values: np.ndarray, text: bytes) -> bool:
        """Return whether pandas may have taken for a number what is none.

        It reads True as 1 where a column has nothing else, and rounds whole numbers.
        """
        if np.isinf(values).any():
            return True
        if values[0] in (0.0, 1.0) and np.isin(values, (0.0, 1.0)).all() and _TRUTH.search(text):
            return True
        with np.errstate(invalid="ignore"):
            large = bool((np.abs(values) >= _LARGEST_EXACT).any())
        return large and _LONG_WHOLE[self._decimal].search(text) is not None

    def _judge_blank_lines(
        self, places: list[int], rows: list[list[str]], *, among_rows: bool
    ) -> None:
        """Take blank lines before another for missing values if there is but one column."""
        if among_rows and self._n_columns == 1:
            places += self._blank
            rows += [[""] for _ in self._blank]
        elif self._blank:
            where = (f"line {line}" for line in self._blank)
            self._problems.add("", "blank line", "remove it", where, len(self._blank))
        self._blank = []

    def _tell_ragged(self, line: int, n_cells: int) -> None:
        few = n_cells < self._n_columns
        repair = (
            "fill in the missing cells"
            if few
            else "quote a cell that holds the delimiter, give every column a name, and begin the "
            "file with these names"
        )
        self._problems.add(
            "",
            f"too {'few' if few else 'many'} cells (the first line has {self._n_columns})",
            repair,
            [f"line {line} ({n_cells})"],
            1,
        )
