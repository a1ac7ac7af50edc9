"""The samples of a data set as files: the values, their description and the known classes.

Values are written and read in pieces, so that a data set may be larger than memory.
"""

import csv
import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from gmm_core.samples import Rows

# A table up to this size (bytes) is read at once.
_SMALL = 1 << 25
_PIECE_ROWS = 1 << 16
# Dropped rows that are named one by one.
_DROPPED_SHOWN = 20


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of a data set, and what was read to get them.

    Attributes:
        values: (N, D), an array, or rows of a file that are read when they are asked for.
        features: D names.
        source: where they come from: the file's name and sha256, or how they were drawn.
        n_rows_read, n_rows_dropped: rows of the source; dropped ones are not among the values.
        dropped: (n_rows_dropped,) indices of the dropped rows, the first row of the source being 0.
        left_out: columns that are no features though none were asked for, each with the reason.
        label: name of the known classes, empty if there are none.
        classes: names of the known classes.
        weighted_by: name of the weights, empty if there are none.
        weights: (N,) finite numbers of at least 0, some above; like the values, or None.
        named_by: name of the column of row names, empty if there are none or it has no name.
        row_names: N names, or None.
    """

    values: Rows
    features: Sequence[str]
    source: Mapping[str, Any]
    n_rows_read: int
    n_rows_dropped: int
    label: str
    classes: Sequence[str]
    dropped: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    left_out: Mapping[str, str] = field(default_factory=dict)
    weighted_by: str = ""
    weights: Rows | None = None
    named_by: str = ""
    row_names: Iterable[str] | None = None


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


class RowNamesWriter:
    """Writes names of rows in pieces, one to a line, quoted as in CSV."""

    def __init__(self, path: Path) -> None:
        """Begin the file."""
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")

    def append(self, names: Sequence[str]) -> None:
        """Write some more names."""
        self._writer.writerows([name] for name in names)

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()


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
        "dropped": (samples.dropped[:_DROPPED_SHOWN] + 1).tolist(),
        "left_out": dict(samples.left_out),
        "label": samples.label,
        "classes": list(samples.classes),
        "named_by": samples.named_by,
        "weighted_by": samples.weighted_by,
        "sha256": sha256(values),
    }
    write_json(described, description)


def read_samples(files: Mapping[str, Path]) -> Samples:
    """Read the samples of a data set and all that goes with them.

    Args:
        files: by the names of `layout.prepared`.
    """
    described = read_json(files["description"])
    stored = {"values", "weights", "dropped", "row_names"}
    others = {field.name for field in fields(Samples)} - stored
    return Samples(
        values=read_rows(files["samples"]),
        weights=read_weights(files["weights"]),
        dropped=np.load(files["dropped"]),
        row_names=RowNames(files["row_names"]) if files["row_names"].stat().st_size else None,
        **{name: described[name] for name in others},
    )


def read_weights(path: Path) -> Rows | None:
    """Return the weights of a data set as `read_rows` does; None if it has none."""
    weights = read_rows(path)
    return weights if weights.shape[0] else None


def kept_rows(dropped: NDArray[np.int64], first: int, last: int) -> NDArray[np.int64]:
    """Return the numbers of rows in the source, from 1, of the samples first to last - 1, from 0.

    Args:
        dropped: indices of the dropped rows of the source, from 0, rising.
        first, last: samples.
    """
    samples = np.arange(first, last)
    kept_before = dropped - np.arange(len(dropped))
    return samples + np.searchsorted(kept_before, samples, side="right") + 1


class RowNames:
    """The names that `RowNamesWriter` wrote, read as they are asked for."""

    def __init__(self, path: Path) -> None:
        """Note the file."""
        self._path = path

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        with self._path.open(encoding="utf-8", newline="") as file:
            yield from (row[0] for row in csv.reader(file))


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write JSON for people and programs."""
    path.write_text(json_text(content), encoding="utf-8")


def json_text(content: Mapping[str, Any]) -> str:
    """Return JSON for people and programs: indented, keys in the given order."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
