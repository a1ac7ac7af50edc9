"""The factored engine: a matrix product each way for each component."""

import numpy as np

from gmm_core.engine import LOG2_E, ByComponent, outside_moments
from gmm_core.mixture import FloatArray
from gmm_core.precision import DOUBLE, Precision
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Moments, Parameters, positive

# Lines of a triangular matrix that are multiplied at once.
_STRIP = 16
# A responsibility, in units of the mean weight, that is nothing beside the least count of a
# component that has not collapsed.
_NEGLIGIBLE = 1e-30


class FactoredEngine(ByComponent):
    """A matrix product each way for each component: faster with many features and few components.

    With the whitener W of a covariance (W covariance W' = identity), z = W (x - mean) is linear in
    the terms of first degree (1, x), and |z| the Mahalanobis distance. The product of the terms,
    weighted with the responsibilities, with themselves is all the sums of a component at once; it
    leaves out the samples that have no part in it. Rounding errors are at most the expanded
    engine's.
    """

    def __init__(
        self, samples: SampleBlocks, stack: Parameters, precision: Precision = DOUBLE
    ) -> None:
        """Prepare for one pass."""
        super().__init__(samples, stack, precision)
        self._negligible = _NEGLIGIBLE * (samples.total_weight / samples.n_samples)
        shifts = -(self._whiteners @ self._means[..., None])
        factors = np.concatenate([shifts, self._whiteners], axis=-1)
        self._factors = factors.astype(precision.dtype, copy=False)

    def log_densities(self, terms: FloatArray, part: slice, out: FloatArray) -> None:
        """Whiten the samples with each component in turn."""
        first_degree = terms[: self.n_terms]
        whitened = self._samples.workspace(
            "whitened", self.n_terms - 1, terms.shape[1], precision=self.precision
        )
        strips = range(0, len(whitened), _STRIP)
        factors = self._factors[part].reshape(-1, *self._factors.shape[-2:])
        for factor, line in zip(factors, out.reshape(-1, out.shape[-1]), strict=True):
            for first in strips:
                # W is triangular: a strip of it ends at the diagonal.
                last = first + _STRIP
                np.matmul(
                    factor[first:last, : last + 1],
                    first_degree[: last + 1],
                    out=whitened[first:last],
                )
            np.einsum("db,db->b", whitened, whitened, out=line)
        out *= -0.5 * LOG2_E
        out += self._peaks[part][..., None]

    def sums(self) -> FloatArray:
        """Return zeros, for each component a matrix of products of terms."""
        return np.zeros((*self._peaks.shape, self.n_terms, self.n_terms))

    def add(
        self, sums: FloatArray, terms: FloatArray, part: slice, responsibilities: FloatArray
    ) -> None:
        """Multiply the weighted terms with the terms."""
        totals = sums[part].reshape(-1, self.n_terms, self.n_terms)
        lines = responsibilities.reshape(len(totals), -1)
        for total, line in zip(totals, lines, strict=True):
            active = np.flatnonzero(line > self._negligible)
            active_terms = terms[: self.n_terms]
            if 2 * active.size < line.size:
                active_terms, line = active_terms[:, active], line[active]
            weighted = self._samples.workspace(
                "whitened", *active_terms.shape, precision=self.precision
            )
            total += np.multiply(active_terms, line, out=weighted) @ active_terms.T

    def join(self, sums: FloatArray, others: FloatArray) -> FloatArray:
        """Add."""
        return sums + others

    def moments(self, sums: FloatArray) -> Moments:
        """Make means of sums, and scatters about the means of sums of products."""
        counts, totals = sums[..., 0, 0], sums[..., 0, 1:]
        means = totals / positive(counts)[..., None]
        scatters = sums[..., 1:, 1:] - totals[..., :, None] * means[..., None, :]
        return outside_moments(self._samples, Moments(counts, means, scatters))
