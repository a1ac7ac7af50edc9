"""One pass over the samples: what the E-step sums up for the M-step, for a stack of mixtures.

The only code whose cost grows with the number of samples. Rows are taken in blocks of a fixed size
and the blocks' sums joined in order, so that a result depends neither on how many mixtures share
the pass nor on what else runs.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from gmm_core.mixture import FloatArray, log_weighted_densities

# Below this, exp() leaves its fast path, and what it returns no longer counts beside a 1.
_LOWEST_EXPONENT = -700.0
# Numbers in a block's largest temporary array: half a megabyte, which stays in the cache.
_BLOCK_NUMBERS = 65536
_MOST_BLOCK_ROWS = 4096
_ROUNDINGS = 4.0


class Moments(NamedTuple):
    """What an M-step needs of weighted samples, per component; any leading axes.

    counts: (..., K) sums of the responsibilities.
    means: (..., K, D) weighted means.
    scatters: (..., K, D, D) weighted sums of outer products about those means.
    """

    counts: FloatArray
    means: FloatArray
    scatters: FloatArray


class Parameters(NamedTuple):
    """Parameters of a stack of S mixtures: (S, K), (S, K, D) and (S, K, D, D)."""

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray


class Statistics(NamedTuple):
    """What one pass says of each mixture of a stack.

    log_likelihood: (S,) total over the samples.
    log_max_responsibility: (S,) sum over the samples of log max_k r_nk, the term of the ICL.
    moments: counts (S, K), means (S, K, D) and scatters (S, K, D, D).
    """

    log_likelihood: FloatArray
    log_max_responsibility: FloatArray
    moments: Moments


def collect(samples: FloatArray, stack: Parameters) -> Statistics:
    """Return each mixture's log-likelihood and the moments of the samples it is responsible for.

    Args:
        samples: (N, D).
        stack: parameters of S mixtures with positive definite covariances.
    """
    n_mixtures, n_components, n_features = stack.means.shape
    per_row = n_components * n_features
    n_rows = min(len(samples), _MOST_BLOCK_ROWS, max(128, _BLOCK_NUMBERS // per_row))
    n_together = max(1, _BLOCK_NUMBERS // (per_row * n_rows))
    parts = []
    for first in range(0, n_mixtures, n_together):
        chosen = Parameters(*(array[first : first + n_together] for array in stack))
        blocks = (_collect_block(rows, chosen) for rows in _row_blocks(samples, n_rows))
        total = next(blocks)
        for block in blocks:
            total = _joined(total, block)
        parts.append(total)
    log_likelihood, log_max_responsibility, moments = zip(*parts, strict=True)
    return Statistics(
        np.concatenate(log_likelihood),
        np.concatenate(log_max_responsibility),
        Moments(*(np.concatenate(arrays) for arrays in zip(*moments, strict=True))),
    )


def moments(samples: FloatArray, responsibilities: FloatArray) -> Moments:
    """Return the weighted counts, means and centred scatters of samples.

    Two passes, and the correction of what rounding left of the first (Chan, Golub & LeVeque 1983,
    eq. 1.7): samples that are all equal have that very value as their mean.

    Args:
        samples: (N, D).
        responsibilities: (..., K, N), a row per component.
    """
    counts = responsibilities.sum(axis=-1)
    divisor = _divisor(counts)[..., None]
    means = (responsibilities @ samples) / divisor
    centred = np.ascontiguousarray(samples.T) - means[..., None]
    left = (centred @ responsibilities[..., None])[..., 0] / divisor
    scatters = (centred * responsibilities[..., None, :]) @ np.swapaxes(centred, -1, -2)
    scatters -= counts[..., None, None] * left[..., :, None] * left[..., None, :]
    return Moments(counts, means + left, scatters)


def resolution(samples: FloatArray) -> FloatArray:
    """Return the width (D,) below which a feature's values differ by rounding alone."""
    roundings = _ROUNDINGS * np.finfo(np.float64).eps
    return np.asarray(roundings * np.abs(samples).max(axis=0))


def _row_blocks(samples: FloatArray, n_rows: int) -> Iterator[FloatArray]:
    for first in range(0, len(samples), n_rows):
        yield samples[first : first + n_rows]


def _collect_block(rows: FloatArray, stack: Parameters) -> Statistics:
    log_joint = log_weighted_densities(rows, *stack)
    largest = log_joint.max(axis=-2, keepdims=True)
    log_joint -= largest
    np.maximum(log_joint, _LOWEST_EXPONENT, out=log_joint)
    responsibilities = np.exp(log_joint, out=log_joint)
    total = responsibilities.sum(axis=-2, keepdims=True)
    responsibilities /= total
    log_total = np.log(total)
    return Statistics(
        log_likelihood=(largest + log_total).sum(axis=(-2, -1)),
        # The likeliest component's exponent is 0, so that its responsibility is 1 / total.
        log_max_responsibility=-log_total.sum(axis=(-2, -1)),
        moments=moments(rows, responsibilities),
    )


def _joined(first: Statistics, second: Statistics) -> Statistics:
    """Add up the statistics of two sets of rows; moments as in Chan, Golub & LeVeque (1983)."""
    a, b = first.moments, second.moments
    counts = a.counts + b.counts
    share = b.counts / _divisor(counts)
    shift = b.means - a.means
    means = a.means + share[..., None] * shift
    between = (a.counts * share)[..., None, None] * shift[..., :, None] * shift[..., None, :]
    return Statistics(
        first.log_likelihood + second.log_likelihood,
        first.log_max_responsibility + second.log_max_responsibility,
        Moments(counts, means, a.scatters + b.scatters + between),
    )


def _divisor(counts: FloatArray) -> FloatArray:
    """Return counts to divide by: a component without samples keeps sums of 0, not 0 / 0."""
    return np.where(counts > 0.0, counts, 1.0)
