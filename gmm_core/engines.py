"""Three engines for a pass over the samples: the same sums, two of them fast, the third exact.

An engine serves some mixtures of a stack, all with K components. From the terms of a block of rows
it makes their log-densities, and from the responsibilities the sums that an M-step needs; nothing
of size N x K is ever in memory. Inside, samples are centred and scaled as in `SampleBlocks`.
"""

from typing import Any, Protocol

import numpy as np

from gmm_core.families import Uses
from gmm_core.matrices import diagonals, times
from gmm_core.mixture import LOG_2_PI, FloatArray
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Moments, Parameters, joined, moments, positive

# Numbers in the centred engine's largest arrays: two of them stay in a core's cache.
_CENTRED_NUMBERS = 32768
# Lines of a triangular matrix that are multiplied at once.
_STRIP = 16
# A responsibility, in units of the mean weight, that is nothing beside the least count of a
# component that has not collapsed.
_NEGLIGIBLE = 1e-40
# The expanded engine's terms of a block take no more than 32 MB.
_MOST_TERM_NUMBERS = 1 << 22


class Engine(Protocol):
    """What serves some mixtures of a stack in one pass.

    Attributes:
        n_components: K.
        n_terms: how many of a block's terms it reads.
        bounded: whether no log-density is above 0.
        constant: (S,) the log-likelihood's part beyond the sum of the blocks' log totals, in the
            units of the data.
    """

    n_components: int
    n_terms: int
    bounded: bool
    constant: FloatArray

    def log_densities(self, terms: FloatArray, out: FloatArray) -> None:
        """Write a block's weighted log-densities, but for a constant each mixture, (S, K, B)."""

    def sums(self) -> Any:
        """Return sums of no samples."""

    def add(self, sums: Any, terms: FloatArray, responsibilities: FloatArray) -> Any:
        """Return sums with those of a block, whose responsibilities are (S, K, B).

        Where samples have weights, these are responsibilities times weights.
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
        self._shape, self.n_components = stack.weights.shape, stack.weights.shape[1]
        self.n_terms = _n_terms(samples, uses)
        self.bounded = uses is not Uses.POOLED
        n_features = samples.n_features
        peaks, self.constant = _peaks(samples, stack)
        means = _inside(samples, stack.means)
        precisions = stack.precisions * samples.scale_products
        linear = times(precisions, means)
        coefficients = np.empty((*self._shape, self.n_terms))
        coefficients[..., 0] = peaks - 0.5 * (linear * means).sum(axis=-1)
        coefficients[..., 1 : 1 + n_features] = linear
        products = samples.products[: self.n_terms - 1 - n_features]
        flat = precisions.reshape(*self._shape, n_features * n_features)
        second_degree = flat.take(products, axis=-1)
        second_degree *= samples.halves[: products.size]
        coefficients[..., 1 + n_features :] = second_degree
        self._coefficients = coefficients.reshape(-1, self.n_terms)
        if uses is Uses.POOLED:
            shared = (precisions[:, 0] * samples.second_moments).sum(axis=(-2, -1))
            self.constant -= 0.5 * shared

    def log_densities(self, terms: FloatArray, out: FloatArray) -> None:
        """Multiply the coefficients with the terms."""
        np.matmul(self._coefficients, terms[: self.n_terms], out=out.reshape(-1, out.shape[-1]))

    def sums(self) -> FloatArray:
        """Return zeros, a line for each component and a column for each term."""
        return np.zeros(self._coefficients.shape)

    def add(self, sums: FloatArray, terms: FloatArray, responsibilities: FloatArray) -> FloatArray:
        """Multiply the responsibilities with the terms."""
        rows = responsibilities.reshape(len(sums), -1)
        product = self._samples.workspace("product", *sums.shape)
        sums += np.matmul(rows, terms[: self.n_terms].T, out=product)
        return sums

    def join(self, sums: FloatArray, others: FloatArray) -> FloatArray:
        """Add."""
        return sums + others

    def moments(self, sums: FloatArray) -> Moments:
        """Make means of sums, and scatters about the means of sums of squares."""
        samples, n_features = self._samples, self._samples.n_features
        sums = sums.reshape(*self._shape, self.n_terms)
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
        self._shape, self.n_components = stack.weights.shape, stack.weights.shape[1]
        self.n_terms = 1 + samples.n_features
        self.bounded = True
        peaks, self.constant = _peaks(samples, stack)
        self._peaks = peaks.reshape(-1, 1)
        means, whiteners = _inside(samples, stack.means), stack.whiteners * samples.scale
        self._negligible = _NEGLIGIBLE * (samples.total_weight / samples.n_samples)
        factors = np.concatenate([-(whiteners @ means[..., None]), whiteners], axis=-1)
        self._factors = factors.reshape(-1, *factors.shape[-2:])

    def log_densities(self, terms: FloatArray, out: FloatArray) -> None:
        """Whiten the samples with each component in turn."""
        first_degree = terms[: self.n_terms]
        whitened = self._samples.workspace("whitened", self.n_terms - 1, terms.shape[1])
        lines = out.reshape(-1, out.shape[-1])
        strips = range(0, len(whitened), _STRIP)
        for factor, line in zip(self._factors, lines, strict=True):
            for first in strips:
                # W is triangular: a strip of it ends at the diagonal.
                last = first + _STRIP
                np.matmul(
                    factor[first:last, : last + 1],
                    first_degree[: last + 1],
                    out=whitened[first:last],
                )
            np.einsum("db,db->b", whitened, whitened, out=line)
        lines *= -0.5
        lines += self._peaks

    def sums(self) -> FloatArray:
        """Return zeros, for each component a matrix of products of terms."""
        return np.zeros((len(self._factors), self.n_terms, self.n_terms))

    def add(self, sums: FloatArray, terms: FloatArray, responsibilities: FloatArray) -> FloatArray:
        """Multiply the weighted terms with the terms."""
        for total, line in zip(sums, responsibilities.reshape(len(sums), -1), strict=True):
            active = np.flatnonzero(line > self._negligible)
            part = terms[: self.n_terms]
            if 2 * active.size < line.size:
                part, line = part[:, active], line[active]
            weighted = self._samples.workspace("whitened", *part.shape)
            total += np.multiply(part, line, out=weighted) @ part.T
        return sums

    def join(self, sums: FloatArray, others: FloatArray) -> FloatArray:
        """Add."""
        return sums + others

    def moments(self, sums: FloatArray) -> Moments:
        """Make means of sums, and scatters about the means of sums of products."""
        sums = sums.reshape(*self._shape, *sums.shape[-2:])
        counts, totals = sums[..., 0, 0], sums[..., 0, 1:]
        means = totals / positive(counts)[..., None]
        scatters = sums[..., 1:, 1:] - totals[..., :, None] * means[..., None, :]
        return _outside(self._samples, Moments(counts, means, scatters))


class CentredEngine:
    """Differences from each component's mean, before anything else: it loses no digits."""

    def __init__(self, samples: SampleBlocks, stack: Parameters) -> None:
        """Prepare for one pass."""
        self._samples = samples
        self._shape, self.n_components = stack.weights.shape, stack.weights.shape[1]
        self.n_terms = 1 + samples.n_features
        self.bounded = True
        peaks, self.constant = _peaks(samples, stack)
        self._peaks = peaks.reshape(-1, 1)
        self._means = _inside(samples, stack.means).reshape(-1, samples.n_features, 1)
        whiteners = stack.whiteners * samples.scale
        self._whiteners = whiteners.reshape(-1, *whiteners.shape[-2:])

    def log_densities(self, terms: FloatArray, out: FloatArray) -> None:
        """Whiten each sample's difference from each mean."""
        features = terms[1 : self.n_terms]
        lines = out.reshape(-1, out.shape[-1])
        for some in self._portions(out.shape[-1]):
            whitened = self._whiteners[some] @ (features - self._means[some])
            np.einsum("kdb,kdb->kb", whitened, whitened, out=lines[some])
        lines *= -0.5
        lines += self._peaks

    def sums(self) -> Moments:
        """Return moments of no samples."""
        n_features = self._samples.n_features
        means = np.zeros((*self._shape, n_features))
        return Moments(np.zeros(self._shape), means, np.zeros((*means.shape, n_features)))

    def add(self, sums: Moments, terms: FloatArray, responsibilities: FloatArray) -> Moments:
        """Join the block's own moments."""
        rows = terms[1 : self.n_terms].T
        lines = responsibilities.reshape(-1, responsibilities.shape[-1])
        parts = [moments(rows, lines[some]) for some in self._portions(lines.shape[-1])]
        block = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return joined(
            sums, Moments(*(a.reshape(b.shape) for a, b in zip(block, sums, strict=True)))
        )

    def join(self, sums: Moments, others: Moments) -> Moments:
        """Join moments."""
        return joined(sums, others)

    def moments(self, sums: Moments) -> Moments:
        """Undo centring and scaling."""
        return _outside(self._samples, sums)

    def _portions(self, n_rows: int) -> list[slice]:
        """Return the components in portions whose arrays of a block stay in the cache."""
        n_components = len(self._peaks)
        portion = max(1, _CENTRED_NUMBERS // (self._samples.n_features * n_rows))
        return [slice(first, first + portion) for first in range(0, n_components, portion)]


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


def _n_terms(samples: SampleBlocks, uses: Uses) -> int:
    n_features = samples.n_features
    return {
        Uses.POOLED: 1 + n_features,
        Uses.VARIANCES: 1 + 2 * n_features,
        Uses.ALL: samples.n_terms,
    }[uses]


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
