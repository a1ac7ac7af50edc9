"""The expanded engine: one matrix product each way, for all components of all mixtures at once."""

from functools import cache

import numpy as np

from gmm_core.engine import LOG2_E, log_peaks, outside_moments
from gmm_core.families import Uses
from gmm_core.matrices import times
from gmm_core.mixture import FloatArray
from gmm_core.precision import DOUBLE, Precision
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Moments, Parameters, positive
from gmm_core.workspace import CACHE_LINE

# OpenBLAS multiplies small matrices without copying them first: while their three extents have at
# most this product, and of sums the two of the result this one. So it pays to cut a product of few
# terms into tiles.
_UNCOPIED, _UNCOPIED_SUMS, _FEW_TERMS = 10**6, 1200, 128


class ExpandedEngine:
    """One matrix product each way: the log-density of a Gaussian is linear in the sample's terms.

    With the precision matrix P = covariance^-1 it is a constant + (P mean)' x - x' P x / 2, so that
    coefficients @ terms gives the log-densities of all components of all mixtures, and
    responsibilities @ terms' their weighted sums. It loses the digits in which the parts of a
    log-density cancel: `lost_digits` bounds them.

    A family that needs less of the scatters takes fewer terms. Components that share a covariance
    share x' P x as well: it cancels in the responsibilities, and the pooled scatter is what the
    samples' own scatter leaves beside that of the means.
    """

    def __init__(
        self,
        samples: SampleBlocks,
        stack: Parameters,
        uses: Uses,
        precision: Precision = DOUBLE,
    ) -> None:
        """Prepare for one pass; `uses` is what the families of all these mixtures use."""
        self._samples, self._uses, self.precision = samples, uses, precision
        self.n_components = stack.weights.shape[1]
        self.n_terms = count_terms(samples, uses)
        self.bounded = uses is not Uses.POOLED
        n_features = samples.n_features
        peaks, self.constant = log_peaks(samples, stack, precision)
        means = stack.means - samples.centre
        linear = times(stack.precisions, means)
        coefficients = np.empty((*peaks.shape, self.n_terms))
        np.subtract(peaks, 0.5 * np.vecdot(linear, means), out=coefficients[..., 0])
        first, second = coefficients[..., 1 : 1 + n_features], coefficients[..., 1 + n_features :]
        np.multiply(linear, samples.scale, out=first)
        n_products = second.shape[-1]
        flat = stack.precisions.reshape(*peaks.shape, n_features * n_features)
        entries = flat.take(samples.products[:n_products], axis=-1)
        np.multiply(entries, samples.factors[:n_products], out=second)
        coefficients *= LOG2_E
        self._coefficients = coefficients.astype(precision.dtype, copy=False)
        if uses is Uses.POOLED:
            moments = samples.second_moments * samples.scale_products
            self.constant -= 0.5 * (stack.precisions[:, 0] * moments).sum(axis=(-2, -1))

    def log_densities(self, terms: FloatArray, part: slice, out: FloatArray) -> None:
        """Multiply the coefficients with the terms."""
        lines, rows = self._coefficients[part].reshape(-1, self.n_terms), terms[: self.n_terms]
        into = out.reshape(len(lines), -1)
        for strip in self._strips(*into.shape):
            np.matmul(lines, rows[:, strip], out=into[:, strip])

    def sums(self) -> FloatArray:
        """Return zeros, a line for each component and a column for each term."""
        return np.zeros(self._coefficients.shape)

    def add(
        self, sums: FloatArray, terms: FloatArray, part: slice, responsibilities: FloatArray
    ) -> None:
        """Multiply the responsibilities with the terms."""
        shares, rows = responsibilities.reshape(-1, terms.shape[1]), terms[: self.n_terms].T
        totals = sums[part].reshape(-1, self.n_terms)
        most = _UNCOPIED_SUMS // self.n_terms if self.n_terms <= _FEW_TERMS else len(shares)
        for some in _equal_slices(len(shares), most):
            lines, total = shares[some], totals[some]
            product = self._samples.workspace("product", *total.shape, precision=self.precision)
            for strip in self._strips(*lines.shape):
                total += np.matmul(lines[:, strip], rows[strip], out=product)

    def join(self, sums: FloatArray, others: FloatArray) -> FloatArray:
        """Add."""
        return sums + others

    def moments(self, sums: FloatArray) -> Moments:
        """Make means of sums, and scatters about the means of sums of squares."""
        samples, n_features = self._samples, self._samples.n_features
        counts, first = sums[..., 0], sums[..., 1 : 1 + n_features]
        means = first / positive(counts)[..., None]
        products = means[..., :, None] * first[..., None, :]
        if self._uses is Uses.POOLED:
            pooled = samples.second_moments - products.sum(axis=1)
            scatters = (counts / samples.total_weight)[..., None, None] * pooled[:, None]
        elif self._uses is Uses.VARIANCES:
            squares = np.eye(n_features) * sums[..., None, 1 + n_features :]
            scatters = squares - np.eye(n_features) * products
        else:
            scatters = sums.take(samples.places, axis=-1) - products
        return outside_moments(samples, Moments(counts, means, scatters))

    def _strips(self, n_lines: int, n_rows: int) -> list[slice]:
        """Return the rows in strips."""
        few = self.n_terms <= _FEW_TERMS
        most = _UNCOPIED // (n_lines * self.n_terms) if few else n_rows
        return _equal_slices(n_rows, max(most, CACHE_LINE), CACHE_LINE)


def count_terms(samples: SampleBlocks, uses: Uses) -> int:
    """Return how many terms of a sample serve families that use so much of the scatters."""
    n_features = samples.n_features
    return (1 + n_features, 1 + 2 * n_features, samples.n_terms)[uses]


@cache
def _equal_slices(length: int, most: int, unit: int = 1) -> list[slice]:
    """Return slices of equal size, but for the last; at most so long, and whole units."""
    n_slices = -(-length // (most // unit * unit))
    width = unit * -(-length // (n_slices * unit))
    return [slice(first, first + width) for first in range(0, length, width)]
