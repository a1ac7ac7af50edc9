"""SQUAREM: the acceleration of EM by extrapolating its steps (Varadhan & Roland 2008)."""

import numpy as np
from numpy.typing import NDArray

from gmm_core.matrices import diagonals, transposed
from gmm_core.mixture import FloatArray
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Moments, Parameters, moments_of_mixture


def extrapolate(
    samples: SampleBlocks,
    iterations: tuple[Parameters, Parameters, Parameters],
    longest: FloatArray,
) -> tuple[Moments, FloatArray]:
    """Return where EM's next steps seem to lead, given where two of them led.

    With the steps r = second - first and v = (third - second) - r, in coordinates that may have any
    value, it is first + 2 a r + a^2 v, a = |r| / |v| (scheme S3, eq. 7); a = 1 is the third.

    Args:
        samples: the samples.
        iterations: parameters of S mixtures, and after each of two iterations of EM.
        longest: (S,) the largest a.

    Returns:
        The moments that samples of these mixtures would have, of which a family's M-step makes its
        own mixtures, nan where there are none; and a, at least 1, (S,).
    """
    first, second, third = (_coordinates(samples, stack) for stack in iterations)
    step = second - first
    change = third - second - step
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        ratio = np.sqrt(np.square(step).sum(axis=-1) / np.square(change).sum(axis=-1))
        length = np.where(ratio > 1.0, np.minimum(ratio, longest), 1.0)
        a = length[:, None]
        there = first + 2.0 * a * step + a * a * change
        return _moments(samples, there, iterations[0].weights.shape[1]), length


def _coordinates(samples: SampleBlocks, stack: Parameters) -> FloatArray:
    """Return parameters as coordinates (S, C) that may have any value.

    Per component: the log of its weight; its mean, centred and scaled; and of its Cholesky factor
    the logs of the diagonal and the columns below it, divided by it. What families share of volume
    and shape is linear in them.
    """
    inside = stack.factors / samples.scale[:, None]
    diagonal = diagonals(inside)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = (inside / diagonal[..., None, :])[..., *_below(samples)]
        logs, weights = np.log(diagonal), np.log(stack.weights)
    means = (stack.means - samples.centre) / samples.scale
    parts = (weights[..., None], means, logs, below)
    return np.concatenate(parts, axis=-1).reshape(len(weights), -1)


def _moments(samples: SampleBlocks, coordinates: FloatArray, n_components: int) -> Moments:
    """Return the moments of samples from mixtures with the given coordinates (S, C)."""
    parts = coordinates.reshape(len(coordinates), n_components, -1)
    n_features = samples.n_features
    logs = parts[..., 1 + n_features : 1 + 2 * n_features]
    weights = np.exp(parts[..., 0] - parts[..., 0].max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    factors = np.zeros((*logs.shape, n_features))
    factors[..., *_below(samples)] = parts[..., 1 + 2 * n_features :]
    factors += np.eye(n_features)
    factors *= np.exp(logs)[..., None, :] * samples.scale[:, None]
    covariances = factors @ transposed(factors)
    means = parts[..., 1 : 1 + n_features] * samples.scale + samples.centre
    return moments_of_mixture(samples.n_samples, weights, means, covariances)


def _below(samples: SampleBlocks) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.tril_indices(samples.n_features, -1)
