"""The file of a job that fits: its cells, with the parameters and the trace of each.

It says what it is (the job) and what it was made of (the data and the settings). A .npz has a
checksum (CRC-32) of each array in it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmm_core.fit import Fit, Outcome
from gmm_core.grid import Cell
from gmm_core.mixture import Mixture
from whole_files import damaged

_KEY = ("family", "n_components", "seed", "start", "n_parameters")
_UNCERTAINTY = ("log_max_responsibility", "entropy")
_ENDING = ("outcome", "message", *_UNCERTAINTY)
_PARAMETERS = ("weights", "means", "covariances")
_ARRAYS = ("ingredients", *_KEY, *_ENDING, *_PARAMETERS, "counts", "trace", "trace_length")
_DATA = ("samples.npy", "weights.npy")


def made_of(checksums: Mapping[Path, str], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what decides on a fit beside its number of components and seed.

    Args:
        checksums: the SHA-256 of the files of a data set.
        settings: what of the configuration fits depend on.
    """
    data = {path.name: digest for path, digest in checksums.items() if path.name in _DATA}
    return {"data": data, "settings": settings}


def write_fits(cells: Sequence[Cell], path: Path, ingredients: Mapping[str, Any]) -> None:
    """Write the cells of a job to an .npz; parameters and counts only of those not collapsed.

    Components of all cells stand one after another, and so do traces.

    Args:
        cells: the cells.
        path: where to; its name without the suffix is that of the job.
        ingredients: as `made_of` returns it.
    """
    sound = [cell.fit for cell in cells if cell.fit.mixture is not None]
    np.savez(
        path,
        ingredients=np.array(_label(path, ingredients)),
        **{name: np.array([getattr(cell, name) for cell in cells]) for name in _KEY},
        **{name: np.array([getattr(cell.fit, name) for cell in cells]) for name in _ENDING},
        **{name: _joined(getattr(fit.mixture, name) for fit in sound) for name in _PARAMETERS},
        counts=_joined(fit.counts for fit in sound),
        trace=_joined(cell.fit.trace for cell in cells),
        trace_length=np.array([len(cell.fit.trace) for cell in cells]),
    )


def read_fits(paths: Iterable[Path], ingredients: Mapping[str, Any]) -> list[Cell]:
    """Read the cells of jobs, in the order of the files.

    Args:
        paths: the files.
        ingredients: what they must have been made of.

    Raises:
        InputError: a file is damaged, that of another job, or made of something else.
    """
    return [cell for path in paths for cell in _read_job(path, ingredients)]


def stored_cells(path: Path) -> tuple[str, list[Cell]]:
    """Return what a file says that it is, and its cells.

    Raises:
        ValueError: no whole file of fits.
    """
    try:
        # NumPy leaves a file open that it cannot make out.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in _ARRAYS}
        label = str(arrays.pop("ingredients"))
    # Arbitrary bytes make an archive's readers fail in a dozen ways.
    except Exception:
        raise ValueError("no whole file of fits: changed or cut short") from None
    return label, _cells(arrays)


def _read_job(path: Path, ingredients: Mapping[str, Any]) -> list[Cell]:
    try:
        label, cells = stored_cells(path)
    except ValueError as error:
        raise damaged(path, str(error)) from None
    if label != _label(path, ingredients):
        raise damaged(path, _difference(json.loads(label), json.loads(_label(path, ingredients))))
    return cells


def _cells(arrays: Mapping[str, NDArray[Any]]) -> list[Cell]:
    if not arrays["seed"].size:
        return []
    traces = _parted(arrays["trace"], arrays["trace_length"])
    keys = zip(*(arrays[name].tolist() for name in _KEY), strict=True)
    endings = zip(*(arrays[name].tolist() for name in _ENDING), strict=True)
    sizes = arrays["n_components"][arrays["outcome"] != Outcome.COLLAPSED]
    sound = zip(*(_parted(arrays[name], sizes) for name in (*_PARAMETERS, "counts")), strict=True)
    cells = []
    for key, (outcome, message, *uncertainty), trace in zip(keys, endings, traces, strict=True):
        mixture, counts = None, np.empty(0)
        if outcome != Outcome.COLLAPSED:
            *parameters, counts = next(sound)
            mixture = Mixture(*parameters)
        fit = Fit(Outcome(outcome), message, mixture, counts, *uncertainty, trace)
        cells.append(Cell(**dict(zip(_KEY, key, strict=True)), fit=fit))
    return cells


def _label(path: Path, ingredients: Mapping[str, Any]) -> str:
    return json.dumps({"job": path.stem, **ingredients}, sort_keys=True)


def _difference(found: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    """Return in words what keeps a file from being the expected one."""
    if found["job"] != expected["job"]:
        return f"it holds the fits of the job {found['job']}"
    if found["data"] != expected["data"]:
        return "it holds fits to other data"
    return "it holds fits that were made with other settings"


def _joined(arrays: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    parts = list(arrays)
    return np.concatenate(parts) if parts else np.empty(0)


def _parted(array: NDArray[np.float64], lengths: NDArray[np.int64]) -> list[NDArray[np.float64]]:
    """Cut an array into consecutive parts of these lengths."""
    return np.split(array, np.cumsum(lengths)[:-1])
