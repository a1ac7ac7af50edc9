"""The mixtures of a family as points of a linear space, and the log-likelihood's gradient there.

Around a reference mixture with weights p_k, means m_k and covariances L_k L_k', a mixture is

    weights proportional to p_k exp(a_k), means m_k + L_k b_k,
    covariances F_k F_k', F_k = B_k U_k diag(exp(c_k)) .

B_k is L_k, and U_k unit lower triangular; or, in families whose components share shapes but not
axes or axes but not shapes, B_k are the axes and U_k is a rotation, (I - T/2)^-1 (I + T/2) with a
skew T (Cayley). The coordinates are a_k, b_k, c_k and what lies below the diagonal of U_k or T,
and whatever a family shares of volume (the mean of c_k), shape (c_k less its mean) or orientation
is linear in them.

Each coordinate is multiplied by the root of its Fisher information per sample if the labels were
known, at the reference: there the gradient is, to first order, an iteration of EM.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmm_core.families import Family
from gmm_core.matrices import diagonals, times, transposed
from gmm_core.mixture import FloatArray
from gmm_core.stack import Moments, Parameters

# The information on a rotation of nearly equal variances, which do not tell it, counts as this.
_LEAST_INFORMATION = 1e-3
_I, _E = "IE"


class Coordinates(NamedTuple):
    """What coordinates of S mixtures refer to.

    weights, means, factors: (S, K), (S, K, D) and (S, K, D, D) p, m and L.
    bases, logs: (S, K, D, D) and (S, K, D) B, and what is added to c.
    scales: (S, K, C) what each component's coordinates are multiplied by.
    letters: (S, 3) of the families: volume, shape, orientation.
    rotated: (S,) whether U are rotations.
    """

    weights: FloatArray
    means: FloatArray
    factors: FloatArray
    bases: FloatArray
    logs: FloatArray
    scales: FloatArray
    letters: NDArray[np.str_]
    rotated: NDArray[np.bool_]


class _Parts(NamedTuple):
    """Coordinates by what they are of: (S, K), (S, K, D), (S, K, D) and (S, K, D (D - 1) / 2)."""

    weights: FloatArray
    means: FloatArray
    logs: FloatArray
    turns: FloatArray


def around(stack: Parameters, families: Sequence[Family]) -> Coordinates:
    """Return coordinates whose zero is a given mixture, for each of a stack.

    Args:
        stack: S mixtures.
        families: the S families that they are of.
    """
    letters = np.array([list(family.name.ljust(3, _I)) for family in families])
    shape, orientation = letters[:, 1], letters[:, 2]
    rotated = (shape != orientation) & (orientation != _I)
    bases, logs = stack.factors.copy(), np.zeros_like(stack.means)
    information = np.empty((*stack.means.shape[:2], _n_coordinates(stack)))
    information[:] = stack.weights[..., None]
    parts = _parts(information, stack.means.shape[2])
    parts.logs[:] *= 2.0
    if rotated.any():
        axes, variances = _axes(stack.covariances[rotated], orientation[rotated] == _E)
        bases[rotated], logs[rotated] = axes, 0.5 * np.log(variances)
        rows, columns = _below(stack.means.shape[-1])
        ratios = variances[..., rows] / variances[..., columns]
        # (v - w)^2 / (v w) of variances v and w.
        parts.turns[rotated] *= np.maximum(ratios - 2.0 + 1.0 / ratios, _LEAST_INFORMATION)
    return Coordinates(
        weights=stack.weights,
        means=stack.means,
        factors=stack.factors,
        bases=bases,
        logs=logs,
        scales=np.sqrt(information),
        letters=letters,
        rotated=rotated,
    )


def parameters(coordinates: Coordinates, position: FloatArray) -> Parameters:
    """Return the mixtures at positions (S, K C); nan or infinite where there are none."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        parts = _tied(coordinates, position)
        logs = np.log(coordinates.weights) + parts.weights
        weights = np.exp(logs - logs.max(axis=-1, keepdims=True))
        means = coordinates.means + times(coordinates.factors, parts.means)
        widths = np.exp(coordinates.logs + parts.logs)
        factors = (coordinates.bases @ _turns(coordinates, parts)[0]) * widths[..., None, :]
        weights /= weights.sum(axis=-1, keepdims=True)
        return Parameters.of(weights, means, factors @ transposed(factors))


def gradient(
    coordinates: Coordinates, position: FloatArray, stack: Parameters, summed: Moments
) -> FloatArray:
    """Return the gradient of the log-likelihood per sample, (S, K C), within the families.

    By Fisher's identity it is that of the expected log-likelihood of samples with known labels, of
    which the moments are all that is needed.

    Args:
        coordinates: the coordinates.
        position: (S, K C) where.
        stack: the mixtures there.
        summed: the moments of the samples under them.
    """
    parts = _tied(coordinates, position)
    widths = np.exp(coordinates.logs + parts.logs)
    matrices, halves = _turns(coordinates, parts)
    bases, rotated = coordinates.bases, coordinates.rotated
    inverse = stack.whiteners.copy()
    inverse[rotated] = transposed((bases @ matrices)[rotated]) / widths[rotated][..., None]
    counts = summed.counts
    total = counts.sum(axis=-1, keepdims=True)
    shift = times(inverse, summed.means - stack.means)
    # Scatters about the mixture's means, in the components' own widths, less what they should be.
    excess = inverse @ summed.scatters @ transposed(inverse)
    excess += counts[..., None, None] * (shift[..., :, None] * shift[..., None, :])
    excess -= counts[..., None, None] * np.eye(shift.shape[-1])
    by_turns = transposed(inverse @ bases) @ (excess * widths[..., None, :])
    if rotated.any():
        skew = transposed(halves) @ by_turns[rotated] @ transposed(halves)
        by_turns[rotated] = skew - transposed(skew)
    slopes = np.empty_like(coordinates.scales)
    of = _parts(slopes, shift.shape[-1])
    of.weights[:] = counts - total * stack.weights
    of.means[:] = times(
        transposed(coordinates.factors), times(transposed(inverse), counts[..., None] * shift)
    )
    of.logs[:] = diagonals(excess)
    of.turns[:] = by_turns[..., *_below(shift.shape[-1])]
    slopes /= coordinates.scales * total[..., None]
    tied = _tied(coordinates, slopes.reshape(len(slopes), -1))
    return (_joined(tied) * coordinates.scales).reshape(len(slopes), -1)


def _turns(coordinates: Coordinates, parts: _Parts) -> tuple[FloatArray, FloatArray]:
    """Return the matrices U (S, K, D, D), and of those that are rotations (I - T/2)^-1."""
    below = np.zeros_like(coordinates.bases)
    below[..., *_below(below.shape[-1])] = parts.turns
    identity = np.eye(below.shape[-1])
    half_turns = 0.5 * (below - transposed(below))[coordinates.rotated]
    halves = np.linalg.inv(identity - half_turns)
    matrices = below + identity
    matrices[coordinates.rotated] = halves @ (identity + half_turns)
    return matrices, np.asarray(halves)


def _axes(covariances: FloatArray, common: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Return the axes of covariances (S, K, D, D), and the variances (S, K, D) along them.

    Args:
        covariances: covariances.
        common: (S,) whether the components of a mixture have the same axes.
    """
    variances, axes = np.linalg.eigh(covariances)
    if common.any():
        # Variances that are equal in one component are not in a sum of all, weighed unevenly.
        n_components, n_features = covariances.shape[1:3]
        shapes = covariances[common]
        shapes = shapes / np.trace(shapes, axis1=-2, axis2=-1)[..., None, None]
        uneven = np.sqrt(np.arange(1.0, 1.0 + n_components))[:, None, None]
        shared = np.linalg.eigh((uneven * shapes).sum(axis=1))[1][:, None]
        axes[common] = np.broadcast_to(shared, (len(shapes), n_components, n_features, n_features))
        variances[common] = diagonals(transposed(shared) @ covariances[common] @ shared)
    return axes, variances


def _tied(coordinates: Coordinates, position: FloatArray) -> _Parts:
    """Return coordinates without their scales, with what the families share set to its mean.

    The mean is the nearest in the information: within a family it changes nothing, and a gradient
    becomes that within the family.
    """
    scaled = position.reshape(coordinates.scales.shape)
    n_features = coordinates.means.shape[-1]
    parts = _parts(scaled / coordinates.scales, n_features)
    information = _parts(np.square(coordinates.scales), n_features)
    volume, shape, orientation = coordinates.letters.T[..., None, None]
    volumes = parts.logs.mean(axis=-1, keepdims=True)
    shapes = parts.logs - volumes
    logs = _shared(volumes, information.logs[..., :1], volume) + _shared(
        shapes, information.logs, shape
    )
    turns = _shared(parts.turns, information.turns, orientation)
    return parts._replace(logs=logs, turns=turns)


def _shared(values: FloatArray, information: FloatArray, letter: NDArray[np.str_]) -> FloatArray:
    """Return values (S, K, ...) as they are (V), as their mean over components (E), or 0 (I)."""
    if not (letter != "V").any():
        return values
    mean = (values * information).sum(axis=1, keepdims=True)
    mean /= information.sum(axis=1, keepdims=True)
    return np.where(letter == "V", values, np.where(letter == _E, mean, 0.0))


def _parts(values: FloatArray, n_features: int) -> _Parts:
    """Return views of arrays (S, K, C)."""
    logs, turns = 1 + n_features, 1 + 2 * n_features
    return _Parts(values[..., 0], values[..., 1:logs], values[..., logs:turns], values[..., turns:])


def _joined(parts: _Parts) -> FloatArray:
    return np.concatenate([parts.weights[..., None], *parts[1:]], axis=-1)


@cache
def _below(n_features: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.tril_indices(n_features, -1)


def _n_coordinates(stack: Parameters) -> int:
    n_features = int(stack.means.shape[-1])
    return 1 + n_features + n_features * (n_features + 1) // 2
