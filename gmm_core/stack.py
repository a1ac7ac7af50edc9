"""A stack of mixtures as arrays: the moments that an M-step reads and the parameters it gives.

S mixtures with K components in D dimensions are arrays with the leading axes (S, K).
"""

from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from gmm_core.matrices import diagonals, times, transposed
from gmm_core.mixture import TINY, FloatArray

# So many matrices are worth the arithmetic of all at once, column by column.
_MANY = 100


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
    factors, whiteners: (S, K, D, D) what `factorise` makes of the covariances.
    precisions: (S, K, D, D) their inverses; nan where a covariance is not positive definite.
    """

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray
    factors: FloatArray
    whiteners: FloatArray
    precisions: FloatArray

    @classmethod
    def of(cls, weights: FloatArray, means: FloatArray, covariances: FloatArray) -> "Parameters":
        """Return the parameters with what follows from them."""
        factors, whiteners = factorise(covariances)
        precisions = transposed(whiteners) @ whiteners
        return cls(weights, means, covariances, factors, whiteners, precisions)


Record = TypeVar("Record", bound=tuple[Any, ...])


def at(stack: Record, places: NDArray[np.intp] | NDArray[np.bool_] | slice | int) -> Record:
    """Return some of the mixtures of a stack, or one of them without the leading axis."""
    return _like(stack, [_at(part, places) for part in stack])


def chosen(places: NDArray[np.bool_], these: Record, others: Record) -> Record:
    """Return the stack of these at the places (S,) that are true, else of the others."""
    if these is others:
        return these
    parts = [
        chosen(places, own, other)
        if isinstance(own, tuple)
        else np.where(places.reshape(-1, *[1] * (own.ndim - 1)), own, other)
        for own, other in zip(these, others, strict=True)
    ]
    return _like(these, parts)


def replaced(stack: Record, places: NDArray[np.bool_], others: Record) -> Record:
    """Return the stack with others at the places (S,) that are true, in their order."""
    parts = [
        replaced(own, places, other) if isinstance(own, tuple) else _replaced(own, places, other)
        for own, other in zip(stack, others, strict=True)
    ]
    return _like(stack, parts)


def _replaced(part: NDArray[Any], places: NDArray[np.bool_], others: NDArray[Any]) -> NDArray[Any]:
    part = part.copy()
    part[places] = others
    return part


def _at(part: Any, places: Any) -> Any:
    if part is None:
        return None
    return at(part, places) if isinstance(part, tuple) else part[places]


def _like(record: Record, parts: list[Any]) -> Record:
    return tuple(parts) if type(record) is tuple else type(record)(*parts)  # type: ignore


def factorise(covariances: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the Cholesky factors L, covariance = L L', and the whiteners W = L^-1.

    z = W (x - mean) has the Mahalanobis distance as its length, and the determinant of the
    covariance is 1 / (product of W's diagonal)^2.

    Args:
        covariances: (..., D, D), symmetric.

    Returns:
        Two lower triangular (..., D, D); nan throughout where a covariance is not positive
        definite.
    """
    n_features = covariances.shape[-1]
    matrices = covariances.reshape(-1, n_features, n_features)
    if len(matrices) < _MANY:
        with suppress(np.linalg.LinAlgError):
            factors = np.asarray(np.linalg.cholesky(covariances))
            # The inverse's upper triangle holds rounding alone.
            return factors, np.linalg.inv(factors) * _lower(n_features)
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
    found = np.ascontiguousarray(np.moveaxis(np.stack([factor, whitener]), -1, 1))
    found[:, ~sound] = np.nan
    factors, whiteners = found.reshape(2, *covariances.shape)
    return factors, whiteners


def inflation(stack: Parameters) -> FloatArray:
    """Return 1 / (1 - R^2) of the regression of each feature on the others, (S, K, D).

    It is the feature's variance times its diagonal entry of the precision matrix; nan where a
    covariance is not positive definite.
    """
    return np.asarray(diagonals(stack.covariances) * diagonals(stack.precisions))


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
    left = times(centred, responsibilities) / divisor
    scatters = (centred * responsibilities[..., None, :]) @ transposed(centred)
    scatters -= counts[..., None, None] * left[..., :, None] * left[..., None, :]
    return Moments(counts, means + left, scatters)


def moments_of_mixture(
    n_samples: float, weights: FloatArray, means: FloatArray, covariances: FloatArray
) -> Moments:
    """Return the moments that so many samples of a mixture would have; any leading axes.

    VVV's M-step makes the mixture of them again, another family's its nearest member.
    """
    counts = n_samples * weights
    return Moments(counts, means, counts[..., None, None] * covariances)


def joined(a: Moments, b: Moments) -> Moments:
    """Return the moments of two sets of samples together (Chan, Golub & LeVeque 1983)."""
    counts = a.counts + b.counts
    share = b.counts / positive(counts)
    shift = b.means - a.means
    between = (a.counts * share)[..., None, None] * shift[..., :, None] * shift[..., None, :]
    return Moments(counts, a.means + share[..., None] * shift, a.scatters + b.scatters + between)


def positive(counts: FloatArray) -> FloatArray:
    """Return counts to divide by: a component without samples keeps sums of 0, not 0 / 0."""
    return np.maximum(counts, TINY)


@cache
def _lower(n_features: int) -> FloatArray:
    return np.tri(n_features)
