"""The samples of a data set as files: the values, their description and the known classes.

Values are written and read in pieces, so that a data set may be larger than memory.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from gmm_core.samples import Rows

# A table up to this size (bytes) is read at once.
_SMALL = 1 << 25
_PIECE_ROWS = 1 << 16


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of a data set, and what was read to get them.

    Attributes:
        values: (N, D), an array, or rows of a file that are read when they are asked for.
        features: D names.
        source: where they come from: the file's name and sha256, or how they were drawn.
        n_rows_read, n_rows_dropped: rows of the source; dropped ones are not among the values.
        label: name of the known classes, empty if there are none.
        classes: names of the known classes.
        weights: (N,) finite numbers of at least 0, some above; like the values, or None.
    """

    values: Rows
    features: Sequence[str]
    source: Mapping[str, Any]
    n_rows_read: int
    n_rows_dropped: int
    label: str
    classes: Sequence[str]
    weights: Rows | None = None


class StoredRows:
    """The rows of a .npy file of float64, of one or two dimensions, read when they are asked for.

    Several threads may read at once. Mapped into memory the file would count as this process's
    memory wherever that is limited.
    """

    def __init__(self, path: Path) -> None:
        """Read the header."""
        mapped = np.load(path, mmap_mode="r")
        self.shape: tuple[int, ...] = mapped.shape
        self._offset, self._path = mapped.offset, path

    def __getitem__(self, rows: slice) -> NDArray[np.float64]:
        """Return the rows of a slice without a step."""
        first, last, _ = rows.indices(self.shape[0])
        row_bytes = 8 * math.prod(self.shape[1:])
        with self._path.open("rb", buffering=0) as file:
            file.seek(self._offset + first * row_bytes)
            read = file.read((last - first) * row_bytes)
        return np.frombuffer(read, dtype=np.float64).reshape(-1, *self.shape[1:])


class ArrayWriter:
    """Writes an array to a .npy file in pieces: the bytes are those of numpy.save of the whole."""

    def __init__(self, path: Path, dtype: str, row_shape: tuple[int, ...]) -> None:
        """Begin the file of an array of rows."""
        self.n_rows = 0
        self._path, self._dtype, self._row_shape = path, np.dtype(dtype), row_shape
        self._file: BinaryIO = path.open("wb")
        self._write_header()

    def append(self, rows: NDArray[Any]) -> None:
        """Write some more rows."""
        self._file.write(np.ascontiguousarray(rows, dtype=self._dtype).tobytes())
        self.n_rows += len(rows)

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put the number of rows into the header; NumPy leaves room for its digits."""
        self._file.seek(0)
        self._write_header()
        self._file.close()

    def _write_header(self) -> None:
        header = {
            "descr": np.lib.format.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (self.n_rows, *self._row_shape),
        }
        np.lib.format.write_array_header_1_0(self._file, header)


def recode(path: Path, codes: NDArray[np.int64]) -> None:
    """Replace every number i of a .npy file of int64 by codes[i], in pieces."""
    stored = np.load(path, mmap_mode="r+")
    for first in range(0, len(stored), _PIECE_ROWS):
        stored[first : first + _PIECE_ROWS] = codes[stored[first : first + _PIECE_ROWS]]
    stored.flush()


def read_rows(path: Path) -> Rows:
    """Return the values of a data set: as an array if they are few, else as rows of the file."""
    return np.load(path) if path.stat().st_size <= _SMALL else StoredRows(path)


def write_description(samples: Samples, values: Path, description: Path) -> None:
    """Write what there is to say of samples, whose values have been written."""
    described = {
        "features": list(samples.features),
        "source": dict(samples.source),
        "n_samples": samples.values.shape[0],
        "n_rows_read": samples.n_rows_read,
        "n_rows_dropped": samples.n_rows_dropped,
        "label": samples.label,
        "classes": list(samples.classes),
        "sha256": sha256(values),
    }
    write_json(described, description)


def read_samples(values: Path, description: Path, weights: Path | None = None) -> Samples:
    """Read the samples and what `write_description` said of them.

    Args:
        values: the file of values.
        description: what was written of them.
        weights: the file of weights; without it they are not read.
    """
    described = read_json(description)
    others = {field.name for field in fields(Samples)} - {"values", "weights"}
    return Samples(
        values=read_rows(values),
        weights=read_weights(weights) if weights else None,
        **{name: described[name] for name in others},
    )


def read_weights(path: Path) -> Rows | None:
    """Return the weights of a data set as `read_rows` does; None if it has none."""
    weights = read_rows(path)
    return weights if weights.shape[0] else None


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write JSON for people and programs: indented, keys in the given order."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
