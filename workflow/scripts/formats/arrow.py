"""Tables in Parquet, Feather and Arrow files, read by the package pyarrow."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cells import objects
from formats.table import PIECE_CELLS, Piece, Table, Wanted
from problems import Problems, UnreadableError

_LARGEST_EXACT = 2.0**53


def arrow_table(path: Path, kind: str) -> Table:
    """Return the table in a file of kind parquet or arrow.

    Raises:
        UnreadableError: pyarrow is not installed, or cannot read it.
    """
    try:
        import pyarrow
    except ImportError:
        name = {"parquet": "Parquet", "arrow": "Feather and Arrow"}[kind]
        raise UnreadableError(f"{name} files need the package pyarrow; install it") from None
    try:
        schema = _open(path, kind)[0]
    except (pyarrow.ArrowException, OSError) as error:
        raise UnreadableError(_damage(error)) from None
    names = [str(name) for name in schema.names]
    return Table(
        names=names,
        place="row",
        pieces=partial(_pieces, path, kind, names),
        set_aside=_indices_of_pandas(schema),
    )


def _open(path: Path, kind: str) -> tuple[Any, Any]:
    """Return the schema of a file and a function from names of columns to batches of rows."""
    if kind == "parquet":
        from pyarrow.parquet import ParquetFile

        # With a buffer, and without reading ahead, a row group is read as it is used.
        parquet = ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)

        def parquet_batches(names: list[str], n_rows: int) -> Iterator[Any]:
            yield from parquet.iter_batches(batch_size=n_rows, columns=names, use_threads=False)

        return parquet.schema_arrow, parquet_batches
    import pyarrow

    file = pyarrow.ipc.open_file(pyarrow.OSFile(str(path)))

    def arrow_batches(names: list[str], n_rows: int) -> Iterator[Any]:
        for number in range(file.num_record_batches):
            batch = file.get_batch(number).select(names)
            for first in range(0, batch.num_rows, n_rows):
                yield batch.slice(first, n_rows)

    return file.schema, arrow_batches


def _pieces(
    path: Path, kind: str, names: list[str], wanted: Wanted, _: Problems
) -> Iterator[Piece]:
    import pyarrow

    first = 1
    asked = [names[j] for j in wanted.all]
    try:
        batches = _open(path, kind)[1]
        for batch in batches(asked, max(1, PIECE_CELLS // max(1, len(asked)))):
            places = np.arange(first, first + batch.num_rows)
            columns = {j: batch.column(names[j]) for j in wanted.all}
            yield Piece(
                places,
                {
                    j: _cells(column) if j in wanted.numbers else objects(column.to_pylist())
                    for j, column in columns.items()
                },
            )
            first += batch.num_rows
    except (pyarrow.ArrowException, OSError) as error:
        raise UnreadableError(f"from row {first} on {_damage(error)}") from None


def _cells(column: Any) -> NDArray[Any]:
    """Return a column as numbers, nan for null, or as objects."""
    from pyarrow import types

    kind = column.type
    if types.is_dictionary(kind):
        return _cells(column.dictionary_decode())
    if types.is_null(kind):
        return np.full(len(column), np.nan)
    if types.is_floating(kind):
        return column.to_numpy(zero_copy_only=False).astype(np.float64)
    if types.is_integer(kind):
        values = column.fill_null(0).to_numpy(zero_copy_only=False).astype(np.float64)
        if (np.abs(values) < _LARGEST_EXACT).all():
            values[column.is_null().to_numpy(zero_copy_only=False)] = np.nan
            return values
    return objects(column.to_pylist())


def _indices_of_pandas(schema: Any) -> dict[str, str]:
    """Return the columns in which pandas keeps a table's index."""
    described = (schema.metadata or {}).get(b"pandas", b"{}")
    indices = json.loads(described).get("index_columns", [])
    return {name: "the index of a pandas table" for name in indices if isinstance(name, str)}


def _damage(error: Exception) -> str:
    return f"the file is damaged or cut off ({str(error).splitlines()[0]}); write it again"
