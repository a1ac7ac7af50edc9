"""Three engines for a pass over the samples: the same sums, two of them fast, the third exact.

An engine serves some mixtures of a stack, all with K components. From the terms of a block of rows
it makes their log-densities, and from the responsibilities the sums that an M-step needs; nothing
of size N x K is ever in memory. Inside, samples are centred and scaled as in `SampleBlocks`, and
the logarithms of densities are to base 2, as powers of 2 take less time than exp().
"""

from functools import cache
from typing import Any, Protocol

import numpy as np

from gmm_core.families import Uses
from gmm_core.matrices import diagonals, times
from gmm_core.mixture import LOG_2_PI, FloatArray
from gmm_core.samples import CACHE_LINE, SampleBlocks
from gmm_core.stack import Moments, Parameters, at, joined, moments, positive

LOG2_E = float(np.log2(np.e))
"""What makes a logarithm to base 2 of a natural one."""
# Numbers in the centred engine's largest arrays: two of them stay in a core's cache.
_CENTRED_NUMBERS = 32768
# Lines of a triangular matrix that are multiplied at once.
_STRIP = 16
# A responsibility, in units of the mean weight, that is nothing beside the least count of a
# component that has not collapsed.
_NEGLIGIBLE = 1e-40
# OpenBLAS multiplies small matrices without copying them first: while their three extents have at
# most this product, and of sums the two of the result this one. So it pays to cut a product of few
# terms into tiles.
_UNCOPIED, _UNCOPIED_SUMS, _FEW_TERMS = 10**6, 1200, 128
# The expanded engine's terms of a block take no more than 32 MB.
_MOST_TERM_NUMBERS = 1 << 22


class Engine(Protocol):
    """What serves some mixtures of a stack in one pass.

    Attributes:
        n_components: K.
        n_terms: how many of a block's terms it reads.
        bounded: whether no log-density is above 0.
        constant: (S,) the log-likelihood's part beyond the sum of the blocks' log totals, in the
            units of the data; a natural logarithm.
    """

    n_components: int
    n_terms: int
    bounded: bool
    constant: FloatArray

    def log_densities(self, terms: FloatArray, part: slice, out: FloatArray) -> None:
        """Write the weighted log2-densities of a block, but for a constant each mixture.

        Args:
            terms: (n_terms, B) or more, the block's terms.
            part: which of the mixtures.
            out: (S, K, B), of that part.
        """

    def sums(self) -> Any:
        """Return sums of no samples."""

    def add(self, sums: Any, terms: FloatArray, part: slice, responsibilities: FloatArray) -> None:
        """Add a block to the sums of a part of the mixtures.

        Args:
            sums: of all mixtures.
            terms, part: as of `log_densities`.
            responsibilities: (S, K, B) times weights, where samples have any, of that part.
        """

    def join(self, sums: Any, others: Any) -> Any:
        """Return the sums of two sets of blocks together."""

    def moments(self, sums: Any) -> Moments:
        """Return the moments that the sums of all blocks amount to, in the units of the data."""


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

    def __init__(self, samples: SampleBlocks, stack: Parameters, uses: Uses) -> None:
        """Prepare for one pass; `uses` is what the families of all these mixtures use."""
        self._samples, self._uses = samples, uses
        self.n_components = stack.weights.shape[1]
        self.n_terms = _n_terms(samples, uses)
        self.bounded = uses is not Uses.POOLED
        n_features = samples.n_features
        peaks, self.constant = _peaks(samples, stack)
        means = stack.means - samples.centre
        linear = times(stack.precisions, means)
        coefficients = np.empty((*peaks.shape, self.n_terms))
        np.subtract(peaks, 0.5 * (linear * means).sum(axis=-1), out=coefficients[..., 0])
        first, second = coefficients[..., 1 : 1 + n_features], coefficients[..., 1 + n_features :]
        np.multiply(linear, samples.scale, out=first)
        n_products = second.shape[-1]
        flat = stack.precisions.reshape(*peaks.shape, n_features * n_features)
        entries = flat.take(samples.products[:n_products], axis=-1)
        np.multiply(entries, samples.factors[:n_products], out=second)
        coefficients *= LOG2_E
        self._coefficients = coefficients
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
            product = self._samples.workspace("product", *total.shape)
            for strip in self._strips(*lines.shape):
                total += np.matmul(lines[:, strip], rows[strip], out=product)

    def join(self, sums: FloatArray, others: FloatArray) -> FloatArray:
        """Add."""
        return sums + others

    def moments(self, sums: FloatArray) -> Moments:
        """Make means of sums, and scatters about the means of sums of squares."""
        samples, n_features = self._samples, self._samples.n_features
        counts = sums[..., 0]
        means = sums[..., 1 : 1 + n_features] / positive(counts)[..., None]
        products = means[..., :, None] * (counts[..., None] * means)[..., None, :]
        if self._uses is Uses.POOLED:
            pooled = samples.second_moments - products.sum(axis=1)
            scatters = (counts / samples.total_weight)[..., None, None] * pooled[:, None]
        elif self._uses is Uses.VARIANCES:
            squares = np.eye(n_features) * sums[..., None, 1 + n_features :]
            scatters = squares - np.eye(n_features) * products
        else:
            scatters = sums.take(samples.places, axis=-1) - products
        return _outside(samples, Moments(counts, means, scatters))

    def _strips(self, n_lines: int, n_rows: int) -> list[slice]:
        """Return the rows in strips."""
        few = self.n_terms <= _FEW_TERMS
        most = _UNCOPIED // (n_lines * self.n_terms) if few else n_rows
        return _equal_slices(n_rows, max(most, CACHE_LINE), CACHE_LINE)


class FactoredEngine:
    """A matrix product each way for each component: faster with many features and few components.

    With the whitener W of a covariance (W covariance W' = identity), z = W (x - mean) is linear in
    the terms of first degree (1, x), and |z| the Mahalanobis distance. The product of the terms,
    weighted with the responsibilities, with themselves is all the sums of a component at once; it
    leaves out the samples that have no part in it. Rounding errors are at most the expanded
    engine's.
    """

    def __init__(self, samples: SampleBlocks, stack: Parameters) -> None:
        """Prepare for one pass."""
        self._samples = samples
        self.n_components = stack.weights.shape[1]
        self.n_terms = 1 + samples.n_features
        self.bounded = True
        self._peaks, self.constant = _peaks(samples, stack)
        means, whiteners = _inside(samples, stack.means), stack.whiteners * samples.scale
        self._negligible = _NEGLIGIBLE * (samples.total_weight / samples.n_samples)
        self._factors = np.concatenate([-(whiteners @ means[..., None]), whiteners], axis=-1)

    def log_densities(self, terms: FloatArray, part: slice, out: FloatArray) -> None:
        """Whiten the samples with each component in turn."""
        first_degree = terms[: self.n_terms]
        whitened = self._samples.workspace("whitened", self.n_terms - 1, terms.shape[1])
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
        out += LOG2_E * self._peaks[part][..., None]

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
            weighted = self._samples.workspace("whitened", *active_terms.shape)
            total += np.multiply(active_terms, line, out=weighted) @ active_terms.T

    def join(self, sums: FloatArray, others: FloatArray) -> FloatArray:
        """Add."""
        return sums + others

    def moments(self, sums: FloatArray) -> Moments:
        """Make means of sums, and scatters about the means of sums of products."""
        counts, totals = sums[..., 0, 0], sums[..., 0, 1:]
        means = totals / positive(counts)[..., None]
        scatters = sums[..., 1:, 1:] - totals[..., :, None] * means[..., None, :]
        return _outside(self._samples, Moments(counts, means, scatters))


class CentredEngine:
    """Differences from each component's mean, before anything else: it loses no digits."""

    def __init__(self, samples: SampleBlocks, stack: Parameters) -> None:
        """Prepare for one pass."""
        self._samples = samples
        self.n_components = stack.weights.shape[1]
        self.n_terms = 1 + samples.n_features
        self.bounded = True
        self._peaks, self.constant = _peaks(samples, stack)
        self._means = _inside(samples, stack.means)[..., None]
        self._whiteners = stack.whiteners * samples.scale

    def log_densities(self, terms: FloatArray, part: slice, out: FloatArray) -> None:
        """Whiten each sample's difference from each mean."""
        features, lines = terms[1 : self.n_terms], out.reshape(-1, out.shape[-1])
        means = self._means[part].reshape(-1, *self._means.shape[-2:])
        whiteners = self._whiteners[part].reshape(-1, *self._whiteners.shape[-2:])
        for some in self._portions(*lines.shape):
            whitened = whiteners[some] @ (features - means[some])
            np.einsum("kdb,kdb->kb", whitened, whitened, out=lines[some])
        out *= -0.5 * LOG2_E
        out += LOG2_E * self._peaks[part][..., None]

    def sums(self) -> Moments:
        """Return moments of no samples."""
        return Moments(
            np.zeros_like(self._peaks),
            np.zeros_like(self._means[..., 0]),
            np.zeros_like(self._whiteners),
        )

    def add(
        self, sums: Moments, terms: FloatArray, part: slice, responsibilities: FloatArray
    ) -> None:
        """Join the block's own moments."""
        rows = terms[1 : self.n_terms].T
        lines = responsibilities.reshape(-1, responsibilities.shape[-1])
        parts = [moments(rows, lines[some]) for some in self._portions(*lines.shape)]
        before = at(sums, part)
        block = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        here = Moments(*(a.reshape(b.shape) for a, b in zip(block, before, strict=True)))
        for array, values in zip(before, joined(before, here), strict=True):
            array[...] = values

    def join(self, sums: Moments, others: Moments) -> Moments:
        """Join moments."""
        return joined(sums, others)

    def moments(self, sums: Moments) -> Moments:
        """Undo centring and scaling."""
        return _outside(self._samples, sums)

    def _portions(self, n_lines: int, n_rows: int) -> list[slice]:
        """Return the components in portions whose arrays of a block stay in the cache."""
        portion = max(1, _CENTRED_NUMBERS // (self._samples.n_features * n_rows))
        return [slice(first, first + portion) for first in range(0, n_lines, portion)]


def lost_digits(samples: SampleBlocks, stack: Parameters) -> FloatArray:
    """Return how large the rounding errors of the expanded engine's log-densities are, (S,).

    The parts that cancel in a log-density are about sum_i P_ii x_i^2 large, P being the precision
    matrix; here over all samples, and at the component's own, for the component for which it is
    largest. nan where a covariance is not positive definite.
    """
    squares = np.square(stack.means - samples.centre) + samples.variances
    parts = (diagonals(stack.precisions) * squares).sum(axis=-1)
    return np.asarray(np.finfo(np.float64).eps * parts.max(axis=-1))


def is_faster_factored(samples: SampleBlocks, n_lines: int, uses: Uses) -> bool:
    """Return whether the factored engine is faster than the expanded one for so many components.

    By nanoseconds for a row, measured for D = 5 to 100 and 1 to 40 components: the expanded engine
    makes the terms and multiplies each with every component, the factored one multiplies the
    features with a matrix for every component.
    """
    n_terms, n_features = _n_terms(samples, uses), samples.n_features
    expanded = 2.6 * n_terms + (5.0 + 0.1 * n_terms) * n_lines
    factored = 12.0 * n_features + (20.0 + 2.0 * n_features + 0.04 * n_features**2) * n_lines
    return factored < expanded or n_terms * samples.n_block_rows > _MOST_TERM_NUMBERS


@cache
def _equal_slices(length: int, most: int, unit: int = 1) -> list[slice]:
    """Return slices of equal size, but for the last; at most so long, and whole units."""
    n_slices = -(-length // (most // unit * unit))
    width = unit * -(-length // (n_slices * unit))
    return [slice(first, first + width) for first in range(0, length, width)]


def _n_terms(samples: SampleBlocks, uses: Uses) -> int:
    n_features = samples.n_features
    return (1 + n_features, 1 + 2 * n_features, samples.n_terms)[uses]


def _peaks(samples: SampleBlocks, stack: Parameters) -> tuple[FloatArray, FloatArray]:
    """Return what bounds the log-densities.

    Returns:
        log(weight * density at the mean) less the largest of its mixture (S, K); the latter, summed
        over the samples (S,).
    """
    peaks = np.log(stack.weights)
    peaks += np.log(diagonals(stack.whiteners)).sum(axis=-1)
    highest = peaks.max(axis=1)
    peaks -= highest[:, None]
    return peaks, samples.total_weight * (highest - 0.5 * samples.n_features * LOG_2_PI)


def _inside(samples: SampleBlocks, means: FloatArray) -> FloatArray:
    """Return means (S, K, D) centred and scaled."""
    return (means - samples.centre) / samples.scale


def _outside(samples: SampleBlocks, found: Moments) -> Moments:
    """Return moments in the units of the data."""
    return Moments(
        found.counts,
        found.means * samples.scale + samples.centre,
        found.scatters * samples.scale_products,
    )
