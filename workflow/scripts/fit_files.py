"""The file of a fit job: its cells, with the parameters and the trace of each."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from gmm_core.fit import Fit, Outcome
from gmm_core.grid import Cell
from gmm_core.mixture import Mixture

_KEY = ("family", "n_components", "seed", "start", "n_parameters")
_UNCERTAINTY = ("log_max_responsibility", "entropy")
_ENDING = ("outcome", "message", *_UNCERTAINTY)
_PARAMETERS = ("weights", "means", "covariances")


def write_fits(cells: Sequence[Cell], path: Path) -> None:
    """Write the cells of a fit job to an .npz; parameters and counts only of those not collapsed.

    Args:
        cells: all of one number of components and of features.
        path: where to.
    """
    sound = [cell.fit for cell in cells if cell.fit.mixture is not None]
    np.savez(
        path,
        **{name: np.array([getattr(cell, name) for cell in cells]) for name in _KEY},
        **{name: np.array([getattr(cell.fit, name) for cell in cells]) for name in _ENDING},
        **{name: np.array([getattr(fit.mixture, name) for fit in sound]) for name in _PARAMETERS},
        counts=np.array([fit.counts for fit in sound]),
        trace=np.concatenate([cell.fit.trace for cell in cells]),
        trace_length=np.array([len(cell.fit.trace) for cell in cells]),
    )


def read_fits(paths: Iterable[Path]) -> list[Cell]:
    """Read the cells of fit jobs, in the order of the files."""
    return [cell for path in paths for cell in _read_fit_job(path)]


def _read_fit_job(path: Path) -> list[Cell]:
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    traces = np.split(arrays["trace"], np.cumsum(arrays["trace_length"])[:-1])
    keys = zip(*(arrays[name].tolist() for name in _KEY), strict=True)
    endings = zip(*(arrays[name].tolist() for name in _ENDING), strict=True)
    sound = zip(*(arrays[name] for name in _PARAMETERS), arrays["counts"], strict=True)
    cells = []
    for key, (outcome, message, *uncertainty), trace in zip(keys, endings, traces, strict=True):
        mixture, counts = None, np.empty(0)
        if outcome != Outcome.COLLAPSED:
            *parameters, counts = next(sound)
            mixture = Mixture(*parameters)
        fit = Fit(Outcome(outcome), message, mixture, counts, *uncertainty, trace)
        cells.append(Cell(**dict(zip(_KEY, key, strict=True)), fit=fit))
    return cells
