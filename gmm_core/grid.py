"""The cells of the grid: one climb for each family, number of components and seed."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.climb import climb
from gmm_core.families import Family
from gmm_core.fit import Fit
from gmm_core.samples import Rows, SampleBlocks
from gmm_core.stack import Moments
from gmm_core.starting_samples import starting_samples
from gmm_core.starts import start


@dataclass(frozen=True, eq=False)
class Cell:
    """One climb of the grid and where it ended.

    Attributes:
        family: name of the covariance family.
        n_components: K.
        seed: index of the seed, from 0.
        start: kind of the start.
        n_parameters: free parameters of the mixture.
        fit: where the climb ended.
    """

    family: str
    n_components: int
    seed: int
    start: str
    n_parameters: int
    fit: Fit


def fit_cells(
    samples: ArrayLike | Rows,
    n_components: int,
    families: Sequence[Family],
    seed_indices: Sequence[int],
    *,
    seed: int,
    tolerance: float,
    max_iterations: int,
    weights: ArrayLike | Rows | None = None,
    accelerate: bool = True,
    start_kinds: Sequence[str] | None = None,
    pool: Executor | None = None,
) -> list[Cell]:
    """Fit every family from every seed's start, which all families share.

    Args:
        samples: (N, D) finite numbers, as an array or as anything that gives rows as a slice.
        n_components: K.
        families: the families.
        seed_indices: which restarts, counted from 0.
        seed: the configuration's seed, on which every start depends.
        tolerance: log-likelihood per sample that a climb may leave to gain.
        max_iterations: iterations after which a climb ends all the same.
        weights: (N,) how many samples each one stands for, finite numbers >= 0, likewise; None if
            all are 1.
        accelerate: whether a quasi-Newton search takes over; plain EM otherwise.
        start_kinds: the kinds of start through which the seeds cycle, all of them by default.
        pool: threads that share the samples, with the same result bit for bit as without.

    Returns:
        The cells, family by family and in each by seed.

    Raises:
        ValueError: an argument is not as above.
    """
    _check(n_components, families, seed_indices, tolerance, max_iterations)
    blocks = SampleBlocks(samples, weights)
    some, sizes = starting_samples(blocks, seed)
    starts = [
        start(some, n_components, seed, index, start_kinds, weights=sizes) for index in seed_indices
    ]
    moments = zip(*(begin.moments(some, sizes) for begin in starts), strict=True)
    fits = climb(
        blocks,
        Moments(*(np.concatenate([np.stack(arrays)] * len(families)) for arrays in moments)),
        [family for family in families for _ in starts],
        tolerance=tolerance,
        max_iterations=max_iterations,
        accelerate=accelerate,
        pool=pool,
    )
    remaining = iter(fits)
    return [
        Cell(
            family=family.name,
            n_components=n_components,
            seed=index,
            start=begin.kind,
            n_parameters=family.n_parameters(n_components, blocks.n_features),
            fit=next(remaining),
        )
        for family in families
        for index, begin in zip(seed_indices, starts, strict=True)
    ]


def _check(
    n_components: int,
    families: Sequence[Family],
    seed_indices: Sequence[int],
    tolerance: float,
    max_iterations: int,
) -> None:
    for name, value, sound, expected in (
        ("n_components", n_components, n_components >= 1, "at least 1"),
        ("families", families, len(families) > 0, "at least one family"),
        ("seed_indices", seed_indices, len(seed_indices) > 0, "at least one index"),
        ("tolerance", tolerance, 0.0 < tolerance < float("inf"), "a number above 0"),
        ("max_iterations", max_iterations, max_iterations >= 0, "at least 0"),
    ):
        if not sound:
            raise ValueError(f"{name}: expected {expected}, got {value!r}")
