"""Tables in NumPy's files: a two-dimensional array in .npy, or the one array of an .npz."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cells import objects
from formats.kinds import DAMAGED
from formats.table import PIECE_CELLS, Piece, Table, Wanted
from problems import Problems, UnreadableError

_LARGEST_EXACT = 2.0**53
_WRONG = {
    "c": "complex numbers; write real and imaginary parts as columns of their own",
    "b": "true and false; write 0 and 1 if these are numbers",
    "M": "dates; write them as numbers",
    "m": "durations; write them as numbers",
    "O": "objects of Python; write an array of numbers",
    "V": "records; write a plain two-dimensional array, or CSV with a header",
}


def array_table(path: Path, kind: str) -> Table:
    """Return the table in a file of kind npy or npz; its columns are x1, x2, ...

    Raises:
        UnreadableError: no two-dimensional array of numbers.
    """
    array = _array(path, kind)
    if array.dtype.kind not in "fiu" or array.dtype.itemsize > 8:
        what = _WRONG.get(array.dtype.kind, f"{array.dtype}; write an array of float64")
        raise UnreadableError(f"it is an array of {what}")
    if array.ndim != 2:
        raise UnreadableError(
            f"it is an array of shape {array.shape}; a table has two dimensions, rows and columns"
        )
    names = [f"x{j + 1}" for j in range(array.shape[1])]
    if not names:
        raise UnreadableError(f"it is an array of shape {array.shape}; it has no column")
    return Table(names=names, place="row", pieces=partial(_pieces, path, kind))


def _array(path: Path, kind: str) -> NDArray[Any]:
    """Return the array, mapped into memory if it is in a file of its own."""
    try:
        if kind == "npy":
            return np.load(path, mmap_mode="r")
        with np.load(path) as archive:
            if len(archive.files) != 1:
                raise UnreadableError(
                    f"it holds {len(archive.files)} arrays ({', '.join(archive.files)}); save the "
                    "one that is meant as .npy"
                )
            return archive[archive.files[0]]
    except (*DAMAGED, ValueError) as error:
        if "allow_pickle" in str(error) or "Python objects" in str(error):
            raise UnreadableError(f"it is an array of {_WRONG['O']}") from None
        raise UnreadableError(f"the file is damaged or cut off ({error}); save it again") from None


def _pieces(path: Path, kind: str, wanted: Wanted, _: Problems) -> Iterator[Piece]:
    array = _array(path, kind)
    n_rows = max(1, PIECE_CELLS // array.shape[1])
    for first in range(0, array.shape[0], n_rows):
        # Mapped anew for each piece, so that the pages that have been read can go.
        source = _array(path, kind) if kind == "npy" else array
        part = source[first : first + n_rows]
        places = np.arange(first + 1, first + 1 + len(part))
        numbers = {j: _cells(part[:, j]) for j in wanted.numbers}
        yield Piece(places, numbers | {j: objects(part[:, j].tolist()) for j in wanted.texts})


def _cells(column: NDArray[Any]) -> NDArray[Any]:
    values = column.astype(np.float64)
    if column.dtype.kind in "iu" and (np.abs(values) >= _LARGEST_EXACT).any():
        return objects(column.tolist())
    return values
