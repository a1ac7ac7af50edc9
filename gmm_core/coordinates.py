"""The mixtures of a family as points of a linear space, and the log-likelihood's gradient there.

About a mixture with weights p_k, means m_k and covariances L_k L_k', others are

    weights proportional to p_k exp(a_k), means m_k + L_k b_k,
    covariances F_k F_k', F_k = B_k U_k diag(v_k exp(c_k)) .

B_k diag(v_k) is L_k, and U_k unit lower triangular; or, in families whose components share shapes
but not axes or axes but not shapes, B_k are the axes and U_k is a rotation,
(I - T/2)^-1 (I + T/2) with a skew T (Cayley). The coordinates are a_k, b_k, c_k and what lies below
the diagonal of U_k or T, and whatever a family shares of volume (the mean of c_k), shape (c_k less
its mean) or orientation is linear in them.

Each coordinate is multiplied by the root of its Fisher information per sample if the labels were
known, at the mixture in the middle: there the gradient is, to first order, an iteration of EM.
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
    """What coordinates about S mixtures refer to, beside the mixtures themselves.

    bases, logs: (S, K, D, D) and (S, K, D) B, and the logs of v.
    scales: (S, K, C) what each component's coordinates are multiplied by.
    letters: (S, 3) of the families: volume, shape, orientation.
    rotated: (S,) whether U are rotations.
    """

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
    bases, logs = _triangular(stack)
    if rotated.any():
        axes, variances = _axes(stack.covariances[rotated], orientation[rotated] == _E)
        bases[rotated], logs[rotated] = axes, 0.5 * np.log(variances)
    return _with_scales(stack, bases, logs, letters, rotated)


def moved(coordinates: Coordinates, position: FloatArray, there: Parameters) -> Coordinates:
    """Return coordinates about the mixtures at a position, which `parameters` has given.

    Args:
        coordinates: the coordinates so far.
        position: (S, K C) in them.
        there: the mixtures there.
    """
    bases, logs = _triangular(there)
    rotated = coordinates.rotated
    if rotated.any():
        parts = _tied(coordinates, position)
        bases[rotated] = (coordinates.bases @ _turns(coordinates, parts))[rotated]
        logs[rotated] = (coordinates.logs + parts.logs)[rotated]
    return _with_scales(there, bases, logs, coordinates.letters, rotated)


def parameters(coordinates: Coordinates, stack: Parameters, position: FloatArray) -> Parameters:
    """Return the mixtures at positions; nan or infinite where there are none.

    Args:
        coordinates: the coordinates.
        stack: the S mixtures that they are about.
        position: (S, K C).
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        parts = _tied(coordinates, position)
        logs = np.log(stack.weights) + parts.weights
        weights = np.exp(logs - logs.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        means = stack.means + times(stack.factors, parts.means)
        widths = np.exp(coordinates.logs + parts.logs)
        factors = (coordinates.bases @ _turns(coordinates, parts)) * widths[..., None, :]
        return Parameters.of(weights, means, factors @ transposed(factors))


def gradient(coordinates: Coordinates, stack: Parameters, summed: Moments) -> FloatArray:
    """Return the gradient at zero of the log-likelihood per sample, (S, K C), within the families.

    By Fisher's identity it is that of the expected log-likelihood of samples with known labels, of
    which the moments are all that is needed.

    Args:
        coordinates: the coordinates.
        stack: the S mixtures that they are about.
        summed: the moments of the samples under them.
    """
    rotated, counts = coordinates.rotated, summed.counts
    total = counts.sum(axis=-1, keepdims=True)
    shift = times(stack.whiteners, summed.means - stack.means)
    # Scatters about the mixtures' means, whitened, less what they should be.
    excess = stack.whiteners @ summed.scatters @ transposed(stack.whiteners)
    excess += counts[..., None, None] * (shift[..., :, None] * shift[..., None, :])
    excess -= counts[..., None, None] * np.eye(shift.shape[-1])
    if rotated.any():
        # Along the axes: of the two square roots of a covariance one is the other's, turned.
        widths = np.exp(coordinates.logs[rotated])[..., None, :]
        along = coordinates.bases[rotated] * widths
        turn = stack.whiteners[rotated] @ along
        excess[rotated] = transposed(turn) @ excess[rotated] @ turn
        turned = excess[rotated] * (widths / transposed(widths))
    slopes = np.empty_like(coordinates.scales)
    of, below = _parts(slopes, shift.shape[-1]), _below(shift.shape[-1])
    of.weights[:] = counts - total * stack.weights
    of.means[:] = counts[..., None] * shift
    of.logs[:] = diagonals(excess)
    of.turns[:] = excess[..., *below]
    if rotated.any():
        of.turns[rotated] = (turned - transposed(turned))[..., *below]
    slopes /= coordinates.scales * total[..., None]
    tied = _tied(coordinates, slopes.reshape(len(slopes), -1))
    return (_joined(tied) * coordinates.scales).reshape(len(slopes), -1)


def _triangular(stack: Parameters) -> tuple[FloatArray, FloatArray]:
    """Return B and the logs of v where U is unit lower triangular."""
    return stack.factors.copy(), np.zeros_like(stack.means)


def _with_scales(
    stack: Parameters,
    bases: FloatArray,
    logs: FloatArray,
    letters: NDArray[np.str_],
    rotated: NDArray[np.bool_],
) -> Coordinates:
    n_features = stack.means.shape[-1]
    information = np.empty((*logs.shape[:2], _n_coordinates(n_features)))
    information[:] = stack.weights[..., None]
    parts = _parts(information, n_features)
    parts.logs[:] *= 2.0
    if rotated.any():
        rows, columns = _below(n_features)
        # (v - w)^2 / (v w) of variances v and w.
        roots = np.sinh(logs[rotated][..., rows] - logs[rotated][..., columns])
        parts.turns[rotated] *= np.maximum(4.0 * np.square(roots), _LEAST_INFORMATION)
    return Coordinates(bases, logs, np.sqrt(information), letters, rotated)


def _turns(coordinates: Coordinates, parts: _Parts) -> FloatArray:
    """Return the matrices U (S, K, D, D)."""
    below = np.zeros_like(coordinates.bases)
    below[..., *_below(below.shape[-1])] = parts.turns
    identity, rotated = np.eye(below.shape[-1]), coordinates.rotated
    matrices = below + identity
    if rotated.any():
        half_turns = 0.5 * (below - transposed(below))[rotated]
        matrices[rotated] = np.linalg.inv(identity - half_turns) @ (identity + half_turns)
    return matrices


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
    n_features = coordinates.logs.shape[-1]
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


def _n_coordinates(n_features: int) -> int:
    return 1 + n_features + n_features * (n_features + 1) // 2
