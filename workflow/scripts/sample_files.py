"""The samples of a data set as files: the values, their description and the known classes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of a data set, and what was read to get them.

    Attributes:
        values: (N, D).
        features: D names.
        source: where they come from: the file's name and sha256, or how they were drawn.
        n_rows_read, n_rows_dropped: rows of the source; dropped ones are not among the values.
        label: name of the known classes, empty if there are none.
        classes: names of the known classes.
        codes: (N,) class of each sample as an index into classes; empty if there are none.
    """

    values: NDArray[np.float64]
    features: Sequence[str]
    source: Mapping[str, Any]
    n_rows_read: int
    n_rows_dropped: int
    label: str
    classes: Sequence[str]
    codes: NDArray[np.int64]


def write_samples(samples: Samples, values: Path, description: Path, codes: Path) -> None:
    """Write samples to three files: .npy, .json and .npy."""
    np.save(values, np.ascontiguousarray(samples.values, dtype=np.float64))
    np.save(codes, np.asarray(samples.codes, dtype=np.int64))
    described = {
        "features": list(samples.features),
        "source": dict(samples.source),
        "n_samples": len(samples.values),
        "n_rows_read": samples.n_rows_read,
        "n_rows_dropped": samples.n_rows_dropped,
        "label": samples.label,
        "classes": list(samples.classes),
        "sha256": sha256(values),
    }
    write_json(described, description)


def read_samples(values: Path, description: Path, codes: Path) -> Samples:
    """Read what `write_samples` wrote."""
    described = read_json(description)
    names = ("features", "source", "n_rows_read", "n_rows_dropped", "label", "classes")
    return Samples(
        values=np.load(values),
        codes=np.load(codes),
        **{name: described[name] for name in names},
    )


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
