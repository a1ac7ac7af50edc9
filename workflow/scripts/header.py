"""The columns of a data file: which are features, and what is wrong with their names."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from cells import NUMERIC, classify, is_number
from formats.arrays import array_table
from formats.arrow import arrow_table
from formats.delimited import delimited_table
from formats.kinds import kind_of
from formats.table import Table, Wanted
from formats.workbook import workbook_table
from problems import Problems
from table_options import TableOptions

_SHOWN = 20
_CUT = re.compile(r"[,;\t|]")


def open_table(path: Path, options: TableOptions) -> Table:
    """Return the table in a file, in the format that its first bytes say.

    Raises:
        UnreadableError: it is no table.
    """
    kind = kind_of(path)
    if kind in ("parquet", "arrow"):
        return arrow_table(path, kind)
    if kind in ("npy", "npz"):
        return array_table(path, kind)
    return workbook_table(path, options) if kind == "xlsx" else delimited_table(path, options)


def candidates(table: Table, options: TableOptions) -> list[int]:
    """Return the indices of the columns that are features if they hold numbers."""
    if options.columns:
        return [j for j, name in enumerate(table.names) if name in options.columns]
    others = {*options.roles.values(), *table.set_aside}
    return [j for j, name in enumerate(table.names) if name not in others]


def header_problems(table: Table, options: TableOptions) -> list[str]:
    """Return what is wrong with the names of a table's columns, given those asked for."""
    places = candidates(table, options)
    names = [table.names[j] for j in places]
    return [
        *_missing_names(table, options),
        *_nameless(table, places),
        *_uncut(table, options),
        *(_numbers_as_names(table, names) if options.header is None else ()),
        *_repeated(table, [*filter(None, names), *options.roles.values()]),
        *([] if places or options.columns else ["no column is left as a feature"]),
    ]


def n_features(table: Table, options: TableOptions) -> int:
    """Return the number of features, as far as the first rows show which columns hold numbers."""
    return len(candidates(table, options)) - len(without_numbers(table, options))


def without_numbers(table: Table, options: TableOptions) -> set[int]:
    """Return the candidates that hold something in the first rows, but nothing like a number."""
    if options.columns:
        return set()
    wanted = Wanted(frozenset(candidates(table, options)), frozenset())
    pieces = table.pieces(wanted, Problems())
    head = next((piece.columns for piece in pieces if len(piece.places)), {})
    return {
        j for j, cells in head.items() if cells.dtype == object and not _has_numbers(cells, table)
    }


def _has_numbers(cells: Sequence[object], table: Table) -> bool:
    kinds = (classify(cell, table.decimal, typed=table.typed)[0] for cell in cells)
    return any(kind in NUMERIC for kind in kinds)


def _missing_names(table: Table, options: TableOptions) -> Iterator[str]:
    asked = [*(("columns", name) for name in options.columns), *options.roles.items()]
    known = ", ".join(name or "one without a name" for name in table.names[:_SHOWN])
    known += f" and {len(table.names) - _SHOWN} more" if len(table.names) > _SHOWN else ""
    for key, name in asked:
        if name not in table.names:
            which = repr(name) if name else "without a name"
            yield f"{key}: no column {which}; the file has {known}"


def _nameless(table: Table, places: Sequence[int]) -> Iterator[str]:
    nameless = [str(j + 1) for j in places if not table.names[j]]
    if nameless:
        more = f" and {len(nameless) - _SHOWN} more" if len(nameless) > _SHOWN else ""
        where = table.header or "the table"
        names_of_rows = 'write row_names: "" if it names the rows, ' if nameless == ["1"] else ""
        yield (
            f"{where}: no name for column {', '.join(nameless[:_SHOWN])}{more}; "
            f"{names_of_rows}name it, begin the file with the names if they are further down, or "
            "name the features under columns"
        )


def _uncut(table: Table, options: TableOptions) -> Iterator[str]:
    """Yield that a text has one column whose name looks like several."""
    name = table.names[0]
    if len(table.names) == 1 and not table.typed and not options.delimiter and _CUT.search(name):
        yield (
            f"{table.header} is taken for the name of one column, {name!r}; remove quotation marks "
            "around whole lines, or say under delimiter and decimal what stands between cells and "
            "in numbers"
        )


def _numbers_as_names(table: Table, names: Sequence[str]) -> Iterator[str]:
    numbers = [name for name in names if is_number(name, table.decimal)]
    if table.header and numbers:
        yield (
            f"{table.header} holds {numbers[0]!r} where the name of a column is expected; if the "
            "file has no line of names, add one or write header: false; if these are names, "
            "header: true"
        )


def _repeated(table: Table, used: Sequence[str]) -> Iterator[str]:
    for name in dict.fromkeys(used):
        if table.names.count(name) > 1:
            where = f"{table.header}: " if table.header else ""
            which = f"are named {name!r}; rename" if name else "have no name; name"
            yield f"{where}several columns {which} all but one"
