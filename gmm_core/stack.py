"""A stack of mixtures as arrays: the moments that an M-step reads and the parameters it gives.

S mixtures with K components in D dimensions are arrays with the leading axes (S, K).
"""

from contextlib import suppress
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from gmm_core.mixture import FloatArray

# So many matrices are worth the arithmetic of all at once, column by column.
_MANY = 64


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
    """Parameters of a stack of mixtures.

    weights, means, covariances: (S, K), (S, K, D) and (S, K, D, D).
    whiteners: (S, K, D, D) what `whiten` makes of the covariances.
    """

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray
    whiteners: FloatArray


Record = TypeVar("Record", Moments, Parameters)


def at(stack: Record, places: NDArray[np.intp] | int) -> Record:
    """Return some of the mixtures of a stack, or one of them without the leading axis."""
    return type(stack)(*(array[places] for array in stack))


def whiten(covariances: FloatArray) -> FloatArray:
    """Return the lower triangular W with W covariance W' = identity: inverse Cholesky factors.

    z = W (x - mean) has the Mahalanobis distance as its length, and the determinant of the
    covariance is 1 / (product of W's diagonal)^2.

    Args:
        covariances: (..., D, D), symmetric.

    Returns:
        (..., D, D); nan throughout where a covariance is not positive definite.
    """
    matrices = covariances.reshape(-1, *covariances.shape[-2:])
    if len(matrices) < _MANY:
        with suppress(np.linalg.LinAlgError):
            return np.tril(np.linalg.inv(np.linalg.cholesky(covariances)))
    rest = np.moveaxis(matrices, 0, -1)
    factor, whitener = np.zeros((2, *rest.shape))
    sound = np.ones(len(matrices), dtype=bool)
    for j in range(len(rest)):
        column = rest[j:, j] - np.einsum("iln,ln->in", factor[j:, :j], factor[j, :j])
        sound &= column[0] > 0.0
        diagonal = np.sqrt(np.where(sound, column[0], 1.0))
        factor[j:, j] = column / diagonal
        whitener[j, j] = 1.0 / diagonal
        before = np.einsum("ln,lcn->cn", factor[j, :j], whitener[:j, :j])
        whitener[j, :j] = before / -diagonal
    whitener[..., ~sound] = np.nan
    return np.ascontiguousarray(np.moveaxis(whitener, -1, 0)).reshape(covariances.shape)


def inflation(stack: Parameters) -> FloatArray:
    """Return 1 / (1 - R^2) of the regression of each feature on the others, (S, K, D).

    It is the feature's variance times its diagonal entry of the precision matrix; nan where a
    covariance is not positive definite.
    """
    variances = np.diagonal(stack.covariances, axis1=-2, axis2=-1)
    return np.asarray(variances * np.square(stack.whiteners).sum(axis=-2))


def moments(samples: FloatArray, responsibilities: FloatArray) -> Moments:
    """Return the weighted counts, means and centred scatters of samples.

    Two passes, and the correction of what rounding left of the first (Chan, Golub & LeVeque 1983,
    eq. 1.7): samples that are all equal have that very value as their mean.

    Args:
        samples: (N, D).
        responsibilities: (..., K, N), a row per component.
    """
    counts = responsibilities.sum(axis=-1)
    divisor = positive(counts)[..., None]
    means = (responsibilities @ samples) / divisor
    centred = np.ascontiguousarray(samples.T) - means[..., None]
    left = (centred @ responsibilities[..., None])[..., 0] / divisor
    scatters = (centred * responsibilities[..., None, :]) @ np.swapaxes(centred, -1, -2)
    scatters -= counts[..., None, None] * left[..., :, None] * left[..., None, :]
    return Moments(counts, means + left, scatters)


def joined(a: Moments, b: Moments) -> Moments:
    """Return the moments of two sets of samples together (Chan, Golub & LeVeque 1983)."""
    counts = a.counts + b.counts
    share = b.counts / positive(counts)
    shift = b.means - a.means
    between = (a.counts * share)[..., None, None] * shift[..., :, None] * shift[..., None, :]
    return Moments(counts, a.means + share[..., None] * shift, a.scatters + b.scatters + between)


def positive(counts: FloatArray) -> FloatArray:
    """Return counts to divide by: a component without samples keeps sums of 0, not 0 / 0."""
    return np.where(counts > 0.0, counts, 1.0)
