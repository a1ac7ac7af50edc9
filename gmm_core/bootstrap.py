"""The whole search again on other samples: bootstrap samples, and tests of K against more.

A bootstrap sample says how much of a choice is due to the samples at hand (Efron & Tibshirani
1993); samples drawn from a fitted mixture say how high the likelihood ratio rises where there is
nothing to find (McLachlan 1987).
"""

from collections.abc import Callable, Sequence
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
from gmm_core.samples import Rows, total_weight
from gmm_core.seeding import Purpose, generator
from gmm_core.stack import positive

LEVEL = 0.05
"""A test whose p-value is not above this rejects its number of components."""
# Random numbers are made for so many rows at once, whatever part of them is asked for.
_BLOCK_ROWS = 4096
# So many rows are made at once, however few the samples are.
_FEW_ROWS = 1 << 16
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


def n_drawn(total_weight: float) -> int:
    """Return how many samples stand for those of a total weight: as many, rounded; at least 1."""
    return max(1, round(total_weight))


def resample(samples: FloatArray | Rows, seed: int, index: int) -> FloatArray | Rows:
    """Return a bootstrap sample: as many rows, each of them any of the samples' with equal chance.

    Rows come in the order of the blocks that they are from: how many from each is multinomial.

    Args:
        samples: (N, D), an array or anything that gives rows as a slice.
        seed: the configuration's seed.
        index: which bootstrap sample, from 0.

    Returns:
        (N, D), an array if the samples are one; else rows that are read when they are asked for.
    """
    n_samples = samples.shape[0]
    firsts = range(0, n_samples, _BLOCK_ROWS)
    lengths = np.array([min(_BLOCK_ROWS, n_samples - first) for first in firsts])
    counts = generator(seed, Purpose.BOOTSTRAP, index).multinomial(n_samples, lengths / n_samples)

    def block(place: int) -> FloatArray:
        random = generator(seed, Purpose.BOOTSTRAP, index, place)
        rows = samples[firsts[place] : firsts[place] + int(lengths[place])]
        return rows[random.integers(len(rows), size=int(counts[place]))]

    return _rows(counts.tolist(), samples, block)


def resample_weights(weights: FloatArray | Rows, seed: int, index: int) -> FloatArray | Rows:
    """Return a bootstrap sample as how often each sample is drawn, in proportion to its weight.

    As many are drawn as `n_drawn` says of the total weight.

    Args:
        weights: (N,) of the samples, as `SampleBlocks` takes them.
        seed, index: as in `resample`.

    Returns:
        (N,) whole numbers that sum to the number of draws, an array if the weights are one.
    """
    n_samples = weights.shape[0]
    parts = [
        slice(first, min(first + _BLOCK_ROWS, n_samples))
        for first in range(0, n_samples, _BLOCK_ROWS)
    ]
    sums = np.array([weights[part].sum() for part in parts])
    random = generator(seed, Purpose.BOOTSTRAP, index)
    counts = random.multinomial(n_drawn(sums.sum()), sums / sums.sum())

    def block(place: int) -> FloatArray:
        random = generator(seed, Purpose.BOOTSTRAP, index, place)
        chances = weights[parts[place]] / positive(sums[place])
        return random.multinomial(counts[place], chances).astype(np.float64)

    return _rows([part.stop - part.start for part in parts], weights, block)


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


def draw_like(
    samples: FloatArray | Rows, n_samples: int, mixture: Mixture, seed: int, index: int
) -> FloatArray | Rows:
    """Draw samples from a mixture, in memory if the given ones are and are as many.

    Args:
        samples: (N, D), as in `resample`; nothing but their kind is used.
        n_samples: how many to draw.
        mixture: the mixture.
        seed: the configuration's seed.
        index: which replicate, from 0.

    Returns:
        (n_samples, D), an array or rows that are drawn when they are asked for.
    """
    lengths = [min(_BLOCK_ROWS, n_samples - k) for k in range(0, n_samples, _BLOCK_ROWS)]

    def block(place: int) -> FloatArray:
        key = (mixture.n_components, index, place)
        return mixture.draw(lengths[place], generator(seed, Purpose.REPLICATE, *key))[0]

    return _rows(lengths, samples, block)


class _MadeRows:
    """Rows that are made block by block whenever they are asked for."""

    def __init__(
        self,
        lengths: Sequence[int],
        row_shape: tuple[int, ...],
        block: Callable[[int], FloatArray],
    ) -> None:
        self._ends = np.cumsum(lengths)
        self._block = block
        self.shape: tuple[int, ...] = (int(self._ends[-1]), *row_shape)

    def __getitem__(self, rows: slice) -> FloatArray:
        first, last, _ = rows.indices(self.shape[0])
        begin, end = np.searchsorted(self._ends, [first, last - 1], side="right").tolist()
        made = np.concatenate([self._block(place) for place in range(begin, end + 1)])
        before = int(self._ends[begin - 1]) if begin else 0
        return made[first - before : last - before]


def _rows(
    lengths: Sequence[int], samples: FloatArray | Rows, block: Callable[[int], FloatArray]
) -> FloatArray | Rows:
    """Return rows made block by block, all at once if as many samples are in memory."""
    made = _MadeRows(lengths, samples.shape[1:], block)
    in_memory = isinstance(samples, np.ndarray) and made.shape[0] <= max(len(samples), _FEW_ROWS)
    return made[0 : made.shape[0]] if in_memory else made


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
