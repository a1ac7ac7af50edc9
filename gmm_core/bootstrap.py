"""The whole search again on other samples: bootstrap samples, and tests of K against more.

A bootstrap sample says how much of a choice is due to the samples at hand (Efron & Tibshirani
1993); samples drawn from a fitted mixture say how high the likelihood ratio rises where there is
nothing to find (McLachlan 1987).
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.families import Family
from gmm_core.grid import Cell, fit_cells
from gmm_core.mixture import FloatArray, Mixture
from gmm_core.nesting import SAME_OPTIMUM, Key, best_cells
from gmm_core.repair import repair
from gmm_core.resampling import draw_like, n_drawn
from gmm_core.samples import Rows, total_weight

LEVEL = 0.05
"""A test whose p-value is not above this rejects its number of components."""
_NAN = float("nan")


@dataclass(frozen=True)
class Effort:
    """How hard a search tries; the attributes are those of `fit_cells`, but for n_seeds.

    Attributes:
        n_seeds: restarts of every candidate.
    """

    seed: int
    n_seeds: int
    tolerance: float
    max_iterations: int
    accelerate: bool = True
    start_kinds: Sequence[str] | None = None


@dataclass(frozen=True)
class SizeTest:
    """The likelihood-ratio test of a number of components against a larger one.

    Attributes:
        n_components, larger: the two numbers.
        statistic: 2 (log L of the larger - log L of the smaller); nan if every cell of one of
            them collapsed.
        replicates: the statistics of samples drawn from the fitted mixture of the smaller; nan
            likewise. Empty without a statistic.
    """

    n_components: int
    larger: int
    statistic: float
    replicates: tuple[float, ...]

    @property
    def n_as_large(self) -> int:
        """How many replicates are as large as the statistic; those without one count too."""
        return sum(not value < self.statistic for value in self.replicates)

    @property
    def p_value(self) -> float:
        """(1 + `n_as_large`) / (1 + number of replicates); nan without a statistic."""
        if np.isnan(self.statistic):
            return _NAN
        return (1 + self.n_as_large) / (1 + len(self.replicates))

    @property
    def rejected(self) -> bool:
        """Whether the smaller number is too small for these samples."""
        return self.p_value <= LEVEL


def fit_grid(
    samples: ArrayLike | Rows,
    sizes: Sequence[int],
    families: Sequence[Family],
    effort: Effort,
    *,
    weights: ArrayLike | Rows | None = None,
    slack: float = SAME_OPTIMUM,
    pool: Executor | None = None,
) -> list[Cell]:
    """Fit every candidate and repair those below one they contain.

    Args:
        samples: (N, D), as in `fit_cells`.
        sizes: the numbers of components.
        families: the families.
        effort: how hard to try.
        weights: (N,), as in `fit_cells`.
        slack, pool: as in `repair`.

    Returns:
        The cells of the grid by size, then those of repairs.
    """
    cells = []
    for size in sizes:
        cells += fit_cells(
            samples,
            size,
            families,
            range(effort.n_seeds),
            seed=effort.seed,
            tolerance=effort.tolerance,
            max_iterations=effort.max_iterations,
            weights=weights,
            accelerate=effort.accelerate,
            start_kinds=effort.start_kinds,
            pool=pool,
        )
    repairs = repair(
        samples,
        cells,
        weights=weights,
        tolerance=effort.tolerance,
        max_iterations=effort.max_iterations,
        accelerate=effort.accelerate,
        slack=slack,
        pool=pool,
    )
    return [*cells, *repairs]


def compare_sizes(
    samples: FloatArray | Rows,
    sizes: Sequence[int],
    family: Family,
    n_replicates: int,
    effort: Effort,
    *,
    weights: FloatArray | Rows | None = None,
    pool: Executor | None = None,
) -> list[SizeTest]:
    """Test each number of components against the next, up to the first that is not rejected.

    The statistic has no known distribution, so samples drawn from the smaller mixture stand in for
    it (McLachlan 1987). They are searched as hard as the samples themselves, and as repairs leave
    no slack, no statistic is below 0 by more than rounding.

    Args:
        samples: (N, D), an array or anything that gives rows as a slice.
        sizes: rising numbers of components.
        family: the family of all mixtures.
        n_replicates: how many samples are drawn for a test.
        effort: how hard to try for the samples and for each replicate.
        weights: (N,), as in `fit_cells`; a replicate has as many samples as `n_drawn` says of
            their sum.
        pool: as in `fit_cells`.
    """
    likelihood_ratio = partial(_likelihood_ratio, family=family, effort=effort, pool=pool)
    n_samples = n_drawn(total_weight(samples, weights))
    tests = []
    for pair in pairwise(sizes):
        statistic, mixture = likelihood_ratio(samples, pair, weights=weights)
        replicates = []
        if mixture is not None:
            for index in range(n_replicates):
                drawn = draw_like(samples, n_samples, mixture, effort.seed, index)
                replicates.append(likelihood_ratio(drawn, pair)[0])
        tests.append(SizeTest(*pair, statistic, tuple(replicates)))
        if not tests[-1].rejected:
            break
    return tests


def _likelihood_ratio(
    samples: FloatArray | Rows,
    sizes: tuple[int, int],
    *,
    family: Family,
    effort: Effort,
    pool: Executor | None,
    weights: FloatArray | Rows | None = None,
) -> tuple[float, Mixture | None]:
    """Return the statistic, nan if a size has no usable cell, and the smaller mixture."""
    cells = fit_grid(samples, sizes, [family], effort, weights=weights, slack=0.0, pool=pool)
    best = best_cells(cells)
    smaller, larger = (best.get(Key(family.name, size)) for size in sizes)
    if smaller is None or larger is None:
        return _NAN, None
    gain = larger.fit.log_likelihood - smaller.fit.log_likelihood
    return 2.0 * gain, smaller.fit.mixture
