"""Repair of searches that stopped short: start again from a model that the candidate contains."""

import re
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.climb import climb
from gmm_core.families import FAMILIES
from gmm_core.fit import Fit
from gmm_core.grid import Cell
from gmm_core.mixture import FloatArray, Mixture
from gmm_core.nesting import SAME_OPTIMUM, Key, best_cells, highest_contained
from gmm_core.samples import Rows, SampleBlocks
from gmm_core.stack import moments_of_mixture

_AS_IT_IS, _SPLIT = "from", "split of"
_ORIGIN = re.compile(rf"(?:{_AS_IT_IS}|{_SPLIT}) (\w+) (\d+)")
# The means of the halves of a Gaussian on either side of its own, in its standard deviations.
_HALF_MEAN = float(np.sqrt(2.0 / np.pi))


def repair(
    samples: ArrayLike | Rows,
    cells: Iterable[Cell],
    *,
    weights: ArrayLike | Rows | None = None,
    tolerance: float,
    max_iterations: int,
    accelerate: bool = True,
    slack: float = SAME_OPTIMUM,
    pool: Executor | None = None,
) -> list[Cell]:
    """Return new cells, with which no candidate is below one that it contains.

    Candidates are visited from small to large, so that one sweep is enough. One of which every
    cell collapsed is left alone.

    Args:
        samples: (N, D), as in `fit_cells`.
        cells: all cells of the grid.
        weights: (N,), as in `fit_cells`.
        slack: by how much per sample a candidate may be below one that it contains.
        tolerance, max_iterations, accelerate, pool: as in `fit_cells`.

    Returns:
        The new cells. Their seeds count on from the last of the grid; their `start` says which
        candidate they come from, as "from EEE 3" or "split of VVV 2".
    """
    cells = list(cells)
    blocks = SampleBlocks(samples, weights)
    climb_here = partial(climb, blocks, tolerance=tolerance, accelerate=accelerate, pool=pool)
    best = best_cells(cells)
    first_seed = 1 + max((cell.seed for cell in cells), default=-1)
    added: list[Cell] = []
    for key in best:
        contained = highest_contained(key, best)
        if contained is None:
            continue
        least = best[contained].fit.log_likelihood - slack * blocks.total_weight
        if best[key].fit.log_likelihood >= least:
            continue
        fits = _climb_from(blocks, key, best[contained], least, climb_here, max_iterations)
        new = [
            replace(best[key], seed=first_seed + place, start=f"{kind} {contained}", fit=fit)
            for place, (kind, fit) in enumerate(fits)
        ]
        added += new
        best[key] = best_cells([best[key], *new])[key]
    return added


def origin(cell: Cell) -> Key | None:
    """Return the candidate that a repaired cell comes from; None for a cell of the grid."""
    found = _ORIGIN.fullmatch(cell.start)
    return Key(found[1], int(found[2])) if found else None


def _climb_from(
    samples: SampleBlocks,
    key: Key,
    contained: Cell,
    least: float,
    climb_here: Callable[..., list[Fit]],
    max_iterations: int,
) -> list[tuple[str, Fit]]:
    """Return climbs of a candidate from a contained one's cell, with how each began.

    Attempts until one reaches the least log-likelihood. With fewer components first: each of them
    split in turn. Then the parameters as they are, the heaviest component standing twice for each
    one more, from where EM can only gain. If a component collapses from there too: those
    parameters themselves.
    """
    mixture = contained.fit.mixture
    assert mixture is not None  # the best cell of a candidate has not collapsed
    as_it_is = mixture
    while as_it_is.n_components < key.n_components:
        as_it_is = _parted(as_it_is, int(as_it_is.weights.argmax()), np.zeros(samples.n_features))
    attempts = [(_AS_IT_IS, [as_it_is], max_iterations), (_AS_IT_IS, [as_it_is], 0)]
    if key.n_components > contained.n_components:
        splits = [
            _split(mixture, component, key.n_components, samples)
            for component in range(mixture.n_components)
        ]
        attempts.insert(0, (_SPLIT, splits, max_iterations))
    done: list[tuple[str, Fit]] = []
    for kind, mixtures, n_iterations in attempts:
        starts = moments_of_mixture(
            samples.total_weight,
            np.stack([mixture.weights for mixture in mixtures]),
            np.stack([mixture.means for mixture in mixtures]),
            np.stack([mixture.covariances for mixture in mixtures]),
        )
        families = [FAMILIES[key.family]] * len(mixtures)
        fits = climb_here(starts, families, max_iterations=n_iterations)
        done += [(kind, fit) for fit in fits]
        if any(fit.log_likelihood >= least for fit in fits):
            break
    return done


def _split(mixture: Mixture, component: int, n_components: int, samples: SampleBlocks) -> Mixture:
    """Split a component, and then the heaviest one each time, until there are so many.

    A component parts along its principal axis, with features in units of their standard
    deviation, into the halves on either side of its mean; its mean and covariance stay the same.
    """
    variances = np.diagonal(samples.second_moments) / samples.total_weight
    units = samples.scale * np.sqrt(variances)
    while mixture.n_components < n_components:
        standardised = mixture.covariances[component] / np.outer(units, units)
        values, vectors = np.linalg.eigh(standardised)
        offset = _HALF_MEAN * np.sqrt(values[-1]) * vectors[:, -1] * units
        mixture = _parted(mixture, component, offset)
        component = int(mixture.weights.argmax())
    return mixture


def _parted(mixture: Mixture, component: int, offset: FloatArray) -> Mixture:
    """Put two components in place of one, at its mean plus and minus an offset (D,)."""
    weights, means, covariances = (
        np.concatenate([array, array[component : component + 1]])
        for array in (mixture.weights, mixture.means, mixture.covariances)
    )
    pair = [component, -1]
    weights[pair] /= 2.0
    means[component] += offset
    means[-1] -= offset
    covariances[pair] -= np.outer(offset, offset)
    return Mixture(weights, means, covariances)
