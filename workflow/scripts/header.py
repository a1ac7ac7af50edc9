"""The names of a data file's columns, and what is wrong with them.

Formats, by the file's ending: .parquet, .npy (its columns are x1, x2, ...), and CSV for all others.
"""

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from job import InputError

NUMBER = r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*"


def read_header(path: Path) -> list[str]:
    """Return the names of the columns.

    Raises:
        InputError: the file is empty, or not in its format.
    """
    if path.suffix == ".parquet":
        return list(parquet_file(path).schema_arrow.names)
    if path.suffix == ".npy":
        return [f"x{j + 1}" for j in range(stored_array(path).shape[1])]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            row = next(csv.reader(file, skipinitialspace=True), None)
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from None
    if row is None:
        raise InputError(f"{path}: the file is empty; it needs a header line and samples")
    return [name.strip() for name in row]


def not_utf8(path: Path, error: UnicodeDecodeError) -> InputError:
    """Return what to tell of a text file that is not in UTF-8."""
    return InputError(f"{path}: not text in UTF-8 ({error}); save it as UTF-8")


def header_problems(header: Sequence[str], columns: Sequence[str], label: str) -> list[str]:
    """Return what is wrong with a header line, given the columns that are asked for.

    Args:
        header: the column names.
        columns: the features that are asked for; if empty, all columns but the label.
        label: the column of known classes; empty for none.
    """
    if not header:
        return ["line 1 is blank: it needs the names of the columns"]
    if all(re.fullmatch(NUMBER, name) for name in header):
        return ["line 1 holds numbers, not names: add a header line"]
    if len(header) == 1 and re.search(r"[;\t|]", header[0]):
        return [f"line 1 has no comma: {header[0]!r}; save the file with commas between columns"]
    used = [*feature_names(header, columns, label), *([label] if label else [])]
    problems = []
    for place, name in enumerate(header, start=1):
        if not name and name in used:
            problems.append(
                f"line 1: column {place} has no name; name it, or name the features under columns"
            )
    repeated = [name for name in dict.fromkeys(used) if name and header.count(name) > 1]
    problems += [
        f"line 1: several columns are named {name!r}; rename all but one" for name in repeated
    ]
    for key, asked in (*(("columns", name) for name in columns), ("label", label)):
        if asked and asked not in header:
            problems.append(f"{key}: no column {asked!r}; the file has {', '.join(header)}")
    if not problems and not feature_names(header, columns, label):
        problems.append("no column is left as a feature: name some under columns")
    return problems


def feature_names(header: Sequence[str], columns: Sequence[str], label: str) -> list[str]:
    """Return the columns that are features, in the file's order."""
    if columns:
        return [name for name in header if name in columns]
    return [name for name in header if not label or name != label]


def parquet_file(path: Path) -> Any:
    """Open a Parquet file; InputError if it is none, or without pyarrow."""
    try:
        from pyarrow import ArrowInvalid
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise InputError(f"{path}: Parquet needs the package pyarrow; install it") from None
    try:
        return ParquetFile(path)
    except ArrowInvalid as error:
        raise InputError(f"{path}: not a Parquet file ({error})") from None


def stored_array(path: Path) -> NDArray[Any]:
    """Open a table in a .npy file; InputError if it is none."""
    try:
        array = np.load(path, mmap_mode="r")
    except ValueError as error:
        raise InputError(f"{path}: not an array that could be read ({error})") from None
    if array.ndim != 2 or array.dtype.kind not in "fiu":
        raise InputError(
            f"{path}: expected a two-dimensional array of numbers, found shape {array.shape} of "
            f"{array.dtype}"
        )
    return array
