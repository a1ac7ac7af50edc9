"""The file of a job that fits: its cells, with the parameters and the trace of each."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gmm_core.fit import Fit, Outcome
from gmm_core.grid import Cell
from gmm_core.mixture import Mixture

_KEY = ("family", "n_components", "seed", "start", "n_parameters")
_UNCERTAINTY = ("log_max_responsibility", "entropy")
_ENDING = ("outcome", "message", *_UNCERTAINTY)
_PARAMETERS = ("weights", "means", "covariances")


def write_fits(cells: Sequence[Cell], path: Path) -> None:
    """Write the cells of a job to an .npz; parameters and counts only of those not collapsed.

    Components of all cells stand one after another, and so do traces.
    """
    sound = [cell.fit for cell in cells if cell.fit.mixture is not None]
    np.savez(
        path,
        **{name: np.array([getattr(cell, name) for cell in cells]) for name in _KEY},
        **{name: np.array([getattr(cell.fit, name) for cell in cells]) for name in _ENDING},
        **{name: _joined(getattr(fit.mixture, name) for fit in sound) for name in _PARAMETERS},
        counts=_joined(fit.counts for fit in sound),
        trace=_joined(cell.fit.trace for cell in cells),
        trace_length=np.array([len(cell.fit.trace) for cell in cells]),
    )


def read_fits(paths: Iterable[Path]) -> list[Cell]:
    """Read the cells of jobs, in the order of the files."""
    return [cell for path in paths for cell in _read_job(path)]


def _read_job(path: Path) -> list[Cell]:
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
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


def _joined(arrays: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    parts = list(arrays)
    return np.concatenate(parts) if parts else np.empty(0)


def _parted(array: NDArray[np.float64], lengths: NDArray[np.int64]) -> list[NDArray[np.float64]]:
    """Cut an array into consecutive parts of these lengths."""
    return np.split(array, np.cumsum(lengths)[:-1])
