"""The samples in blocks of rows, centred and scaled: what every pass over them reads.

The samples may be an array, or anything else that has a shape and gives rows as a slice, such as a
file: then no more than a few blocks are in memory at once.
"""

from collections.abc import Iterator
from typing import Protocol, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core.extents import checked_extent, resolution
from gmm_core.mixture import FloatArray, check_finite, check_shape
from gmm_core.precision import DOUBLE, Precision
from gmm_core.workspace import CACHE_LINE, Workspace, aligned_copy

# Numbers in a block of terms, two megabytes: what stays in a core's cache. With far fewer rows than
# these the calls cost more than the numbers, and threads wait for each other.
_BLOCK_NUMBERS = 262144
_FEWEST_BLOCK_ROWS = 1024
_MOST_BLOCK_ROWS = 16384
# More than one block are an even number, more than two a multiple of four: as many for each of two
# or four threads.
_EVEN_BLOCKS = (2, 4)
# Blocks are dealt out in at most this many runs, whatever the number of threads, so that sums are
# always formed in the same order.
_MOST_RUNS = 32
# Terms of all rows up to this size (bytes) are made once and kept.
_MOST_KEPT = 1 << 22
_WEIGHTS_AT_ONCE = 1 << 16
# The sum of the weights must leave room for sums of products with them.
LEAST_WEIGHT, MOST_WEIGHT = 1e-100, 1e100
"""What the sum of the weights must lie between."""


class Rows(Protocol):
    """Float64 (N, D), or (N,), that gives rows as a slice, such as an array or a file."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, D) or (N,)."""

    def __getitem__(self, rows: slice, /) -> FloatArray:
        """Return some rows."""


class SampleBlocks:
    """The samples, ready for passes over them.

    Inside, a feature x is (x - centre) / scale, with a power of two as scale: exact, and safe from
    overflow in any unit. The log-density of a Gaussian is linear in the terms

        1; x_i; x_i^2; x_i x_j for i < j,

    and a block holds them for its rows, a term to a line.

    A sample's weight says how many samples it stands for: every sum over the samples counts it so
    many times, and N stands for the sum of the weights. One with weight 0 takes no part, and a
    block holds the centre in its place.

    Attributes:
        n_samples, n_features: number of rows, and D.
        n_weighted: how many samples have a weight above 0.
        total_weight: N, the sum of the weights; the number of rows without weights.
        n_terms: 1 + D + D (D + 1) / 2.
        centre: (D,) the weighted mean, in the units of the data.
        scale: (D,) powers of two.
        scale_products: (D, D) their products.
        variances: (D,) weighted, in the units of the data.
        resolution: (D,) the width below which a feature's values differ by rounding alone.
        second_moments: (D, D) weighted sums of x_i x_j, centred and scaled.
        products: (P - 1 - D,) the places i D + j of the terms of second degree in a flat D x D
            matrix, in their order.
        factors: (P - 1 - D,) what they count for in -x' A x / 2 beside A_ij, for an A in the units
            of the data.
        places: (D, D) the place of x_i x_j among all terms.
        n_block_rows: rows of a block, but for the last one.
        runs: the blocks' indices in consecutive runs, for threads to share.
        workspace: arrays to overwrite.
        may_be_single: whether passes in single precision are worth it and possible.
    """

    def __init__(self, samples: ArrayLike | Rows, weights: ArrayLike | Rows | None = None) -> None:
        """Read the samples twice: for their range and mean, then for their second moments.

        Args:
            samples: (N, D) finite numbers.
            weights: (N,) finite numbers >= 0, not all of them 0; None if all are 1.

        Raises:
            ValueError: no table, empty, not finite everywhere, or a feature whose variance is not
                a floating-point number; or weights that are not as above.
        """
        self._rows = _as_rows(samples)
        check_shape(self._rows.shape)
        self.n_samples, self.n_features = self._rows.shape
        self._divide()
        self.n_weighted, self.total_weight = self.n_samples, float(self.n_samples)
        self._weights: Rows | None = None
        if weights is not None:
            self._weigh(_as_rows(weights))
        self.workspace = Workspace()
        self._kept: list[FloatArray] = []
        self._measure()
        if 8 * self.n_samples * self.n_terms <= _MOST_KEPT:
            self._kept = [
                aligned_copy(self.terms(block, self.n_terms)) for block in range(len(self._firsts))
            ]
        self.may_be_single = not self._kept and self._weights is None
        self._sum_squares()

    def block_rows(self, block: int) -> slice:
        """Return which rows a block holds."""
        first = self._firsts[block]
        return slice(first, min(first + self.n_block_rows, self.n_samples))

    def weights(self, block: int) -> FloatArray | None:
        """Return the weights of a block's rows (rows,); None if those of all samples are 1."""
        return None if self._weights is None else self._weights[self.block_rows(block)]

    def terms(self, block: int, n_terms: int, precision: Precision = DOUBLE) -> FloatArray:
        """Return the first terms of a block's rows (n_terms, rows), valid until the next call.

        Args:
            block: index of the block.
            n_terms: 1 + D, 1 + 2 D or all.
            precision: of the terms.
        """
        if self._kept and precision is DOUBLE:
            return self._kept[block][:n_terms]
        rows, n_features = self._weighted_rows(block), self.n_features
        terms = self.workspace("terms", n_terms, len(rows), precision=precision)
        terms[0] = 1.0
        features = terms[1 : 1 + n_features]
        # Whatever the unit, rounded but once.
        exact = features if precision is DOUBLE else self.workspace("features", *features.shape)
        np.subtract(rows.T, self.centre[:, None], out=exact)
        exact *= 1.0 / self.scale[:, None]  # exact: a power of two
        if exact is not features:
            features[...] = exact
        if n_terms > 1 + n_features:
            np.square(features, out=terms[1 + n_features : 1 + 2 * n_features])
        if n_terms > 1 + 2 * n_features:
            first = 1 + 2 * n_features
            for apart in range(1, n_features):
                last = first + n_features - apart
                np.multiply(features[:-apart], features[apart:], out=terms[first:last])
                first = last
        return terms

    def take(self, rows: NDArray[np.intp]) -> FloatArray:
        """Return the samples (len(rows), D) at the given indices, which must rise."""
        taken = np.empty((len(rows), self.n_features))
        for block in range(len(self._firsts)):
            whole = self.block_rows(block)
            here = slice(*np.searchsorted(rows, [whole.start, whole.stop]))
            taken[here] = self._rows[whole][rows[here] - whole.start]
        return taken

    def weight_blocks(self) -> Iterator[tuple[int, FloatArray]]:
        """Yield the first row of each block, and the weights of its rows."""
        for block, first in enumerate(self._firsts):
            weights = self.weights(block)
            n_rows = self.block_rows(block).stop - first
            yield first, np.ones(n_rows) if weights is None else weights

    def _divide(self) -> None:
        """Choose the blocks, of equal size but for the last, from N and D alone."""
        n_features = self.n_features
        self.n_terms = 1 + n_features + n_features * (n_features + 1) // 2
        pairs = [(i, i + apart) for apart in range(n_features) for i in range(n_features - apart)]
        i, j = np.array(pairs, dtype=np.intp).T
        self.products = i * n_features + j
        self.places = np.empty((n_features, n_features), dtype=np.intp)
        self.places[i, j] = self.places[j, i] = np.arange(1 + n_features, self.n_terms)
        n_rows = _BLOCK_NUMBERS // self.n_terms
        n_rows = min(max(n_rows, _FEWEST_BLOCK_ROWS), _MOST_BLOCK_ROWS)
        n_blocks = max(1, round(self.n_samples / n_rows))
        for multiple in _EVEN_BLOCKS:
            if n_blocks > multiple // 2:
                n_blocks = multiple * -(-n_blocks // multiple)
        n_rows = -(-self.n_samples // n_blocks)
        self.n_block_rows = -(-n_rows // CACHE_LINE) * CACHE_LINE
        self._firsts = range(0, self.n_samples, self.n_block_rows)
        n_blocks = len(self._firsts)
        per_run = -(-n_blocks // _MOST_RUNS)
        self.runs = [
            range(first, min(first + per_run, n_blocks)) for first in range(0, n_blocks, per_run)
        ]

    def _weigh(self, weights: Rows) -> None:
        """Check weights, sum them up, and keep them unless all are 1."""
        if weights.shape != (self.n_samples,):
            raise ValueError(
                f"weights: expected one for each sample, shape ({self.n_samples},), "
                f"got {weights.shape}"
            )
        self._weights, self.n_weighted, self.total_weight, all_one = weights, 0, 0.0, True
        for first, part in self.weight_blocks():
            wrong = ~(np.isfinite(part) & (part >= 0.0))
            if wrong.any():
                row = int(np.argmax(wrong))
                raise ValueError(
                    f"weights: expected finite numbers >= 0, got {part[row]} in row {first + row}"
                )
            self.n_weighted += int(np.count_nonzero(part))
            self.total_weight += float(part.sum())
            all_one = all_one and bool((part == 1.0).all())
        if not LEAST_WEIGHT <= self.total_weight <= MOST_WEIGHT:
            raise ValueError(
                "weights: expected a sum above 0, the number of samples that they stand for "
                f"({LEAST_WEIGHT} to {MOST_WEIGHT}), got {self.total_weight}"
            )
        if all_one:
            self._weights = None

    def _measure(self) -> None:
        """Find centre, scale and resolution."""
        lowest, highest = np.full((2, self.n_features), [[np.inf], [-np.inf]])
        self.centre = np.zeros(self.n_features)
        before = 0.0
        for block, first in enumerate(self._firsts):
            rows, weights = self._rows[self.block_rows(block)], self.weights(block)
            check_finite(rows, first)
            here = float(len(rows))
            if weights is not None:
                rows, weights = rows[weights > 0.0], weights[weights > 0.0]
                here = float(weights.sum())
                if here == 0.0:
                    continue
                weights = weights / here
            before += here
            columns = np.ascontiguousarray(rows.T)
            lowest = np.minimum(lowest, columns.min(axis=1))
            highest = np.maximum(highest, columns.max(axis=1))
            # Values whose mean overflows are refused below.
            with np.errstate(over="ignore", invalid="ignore"):
                mean = np.average(columns, axis=1, weights=weights)
                self.centre += (mean - self.centre) * (here / before)
        extent = checked_extent(lowest, highest)
        # Rounding takes the mean of equal values off them.
        self.centre = np.clip(self.centre, lowest, highest)
        self.scale = np.exp2(np.round(np.log2(np.where(extent > 0.0, extent, 1.0))))
        self.scale_products = np.outer(self.scale, self.scale)
        halves = np.where(np.eye(self.n_features, dtype=bool), -0.5, -1.0)
        self.factors = (halves * self.scale_products).take(self.products)
        self.resolution = resolution(np.stack([lowest, highest]))

    def _sum_squares(self) -> None:
        """Find second moments and variances."""
        self.second_moments = np.zeros((self.n_features, self.n_features))
        for block in range(len(self._firsts)):
            features, weights = self.terms(block, 1 + self.n_features)[1:], self.weights(block)
            weighted = features if weights is None else features * weights
            self.second_moments += weighted @ features.T
        inside = np.diagonal(self.second_moments) / self.total_weight
        self.variances = inside * self.scale**2

    def _weighted_rows(self, block: int) -> FloatArray:
        """Return the rows of a block, the centre in place of those with weight 0."""
        rows, weights = self._rows[self.block_rows(block)], self.weights(block)
        if weights is None or weights.all():
            return rows
        return np.where(weights[:, None] > 0.0, rows, self.centre)


def total_weight(samples: FloatArray | Rows, weights: FloatArray | Rows | None) -> float:
    """Return N: the sum of weights (N,), or the number of samples (N, D) where there are none."""
    if weights is None:
        return float(samples.shape[0])
    firsts = range(0, weights.shape[0], _WEIGHTS_AT_ONCE)
    return float(sum(weights[first : first + _WEIGHTS_AT_ONCE].sum() for first in firsts))


def _as_rows(samples: ArrayLike | Rows) -> Rows:
    if hasattr(samples, "shape") and not hasattr(samples, "__array__"):
        return cast(Rows, samples)
    return np.asarray(samples, dtype=np.float64, order="C")
