"""Data files as tables: their rows in pieces, so that a file may be larger than memory."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from header import not_utf8, parquet_file, read_header, stored_array
from job import InputError

MISSING = ("", "na", "nan", "null", "none")
# Cells in a piece: some tens of megabytes as text.
_PIECE_CELLS = 1 << 19


class Piece(NamedTuple):
    """Some rows of a table: features (n, D), and the text of the label if there is one."""

    values: NDArray[np.float64]
    labels: Sequence[str]


class NotNumbersError(Exception):
    """A cell is not a finite number, or the file is no such table."""


def pieces(path: Path, features: Sequence[int], label: int | None) -> Iterator[Piece]:
    """Yield the rows of a table in pieces, numbers exact to the bit.

    Args:
        path: the file.
        features: places of the columns that are features.
        label: place of the label's column, None without one.

    Raises:
        NotNumbersError: while reading; `problems` in ingest.py finds out where and what.
    """
    read = {".parquet": _parquet_pieces, ".npy": _array_pieces}.get(path.suffix, _csv_pieces)
    for piece in read(path, features, label):
        labels = [text.strip() for text in piece.labels]
        if not np.isfinite(piece.values).all() or any(text.lower() in MISSING for text in labels):
            raise NotNumbersError
        yield Piece(piece.values, labels)


def text_pieces(path: Path) -> Iterator[pd.DataFrame]:
    """Yield the lines of a CSV file in pieces, header included, every cell as text.

    Raises:
        InputError: no text in UTF-8, or a line has more cells than the header.
    """
    options: dict[str, Any] = {"header": None, "dtype": object, "chunksize": _piece_rows(path)}
    try:
        with pd.read_csv(path, **options, **_CSV) as parts:
            yield from parts
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from None
    except pd.errors.ParserError as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise InputError(
            f"{path}: not a table with as many cells in every line as in the header: {reason}"
        ) from None


_CSV: dict[str, Any] = {
    "keep_default_na": False,
    "skip_blank_lines": False,
    "skipinitialspace": True,
    "encoding": "utf-8-sig",
}


def _piece_rows(path: Path) -> int:
    return max(1, _PIECE_CELLS // max(1, len(read_header(path))))


def _csv_pieces(path: Path, features: Sequence[int], label: int | None) -> Iterator[Piece]:
    n_columns = len(read_header(path))
    options: dict[str, Any] = {
        "header": None,
        "skiprows": 1,
        "dtype": {j: np.float64 if j in features else object for j in range(n_columns)},
        "chunksize": _piece_rows(path),
    }
    try:
        with pd.read_csv(path, **options, **_CSV) as parts:
            for part in parts:
                if part.shape[1] != n_columns:
                    raise NotNumbersError
                labels = [] if label is None else part[label].fillna("").tolist()
                yield Piece(part[list(features)].to_numpy(dtype=np.float64), labels)
    except pd.errors.EmptyDataError:
        return
    except (ValueError, pd.errors.ParserError):
        raise NotNumbersError from None


def _parquet_pieces(path: Path, features: Sequence[int], label: int | None) -> Iterator[Piece]:
    file = parquet_file(path)
    names = file.schema_arrow.names
    wanted = [names[j] for j in features]
    asked = wanted if label is None else [*wanted, names[label]]
    n_rows = max(1, _PIECE_CELLS // max(1, len(asked)))
    for batch in file.iter_batches(batch_size=n_rows, columns=asked):
        columns = [batch.column(name) for name in wanted]
        if any(column.null_count or not _is_number(column.type) for column in columns):
            raise NotNumbersError
        values = [column.to_numpy(zero_copy_only=False) for column in columns]
        labels = [] if label is None else batch.column(names[label]).to_pylist()
        yield Piece(
            np.column_stack(values).astype(np.float64),
            ["" if text is None else str(text) for text in labels],
        )


def _is_number(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_floating(kind) or types.is_integer(kind))


def _array_pieces(path: Path, features: Sequence[int], label: int | None) -> Iterator[Piece]:
    n_rows, n_columns = stored_array(path).shape
    step = max(1, _PIECE_CELLS // max(1, n_columns))
    for first in range(0, n_rows, step):
        # Opened anew for each piece, so that the pages that have been read can go.
        part = stored_array(path)[first : first + step]
        labels = [] if label is None else [str(value) for value in part[:, label]]
        yield Piece(part[:, list(features)].astype(np.float64), labels)
