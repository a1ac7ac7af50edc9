"""The search for common axes: the M-steps of EVE and VVE.

Each mixture of a stack has the bits that it has alone, and ends no lower than it began. Scatters
are finite, in units near 1, and none is 0; a search that finds no maximum returns what it has, be
it nan.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gmm_core.matrices import diagonals, like, transposed
from gmm_core.mixture import EPSILON, FloatArray
from gmm_core.searches import Stacks, repeated

# The most by which a step turns one axis to another, and what is no turn at all, in radians.
_WIDEST_TURN = 0.5
_LEAST_TURN = 1e-9
# The search ends with a step that gains so little of the objective per sample: Newton's steps
# square it.
_LAST_GAIN = 1e-14
# Share of a gain, far from the minimum, and covariances' relative error close to it, up to which
# Newton's turn is solved for; and in how many steps at most.
_ROUGH = 0.2
_CLOSE = 1e-12
_MOST_ANGLES = 20
# What of an objective per sample is rounding.
_ROUNDING = 1e-14


def common_axes(
    counts: FloatArray, scatters: FloatArray, so_far: FloatArray | None, *, one_volume: bool
) -> FloatArray:
    """Return the axes along which components of common axes have the highest likelihood.

    They are at a minimum of `_objective`, the common principal components of Flury (1984). The
    search is Newton's among rotations (Edelman, Arias & Smith 1998). A step that would ascend is
    taken back and a shorter one tried.

    Args:
        counts: (S, K).
        scatters: (S, K, D, D).
        so_far: (S, K, D, D) covariances whose axes to begin with, or None.
        one_volume: whether the components share their volume too.

    Returns:
        (S, D, D), an axis in each column.
    """

    def step(
        counts: FloatArray, axes: FloatArray, rotated: FloatArray, reach: FloatArray
    ) -> tuple[Stacks, NDArray[np.bool_]]:
        n_samples = counts.sum(axis=-1)
        objective, weights = _objective(counts, diagonals(rotated), one_volume)
        turn, gain = _turn(weights / n_samples[:, None], rotated, one_volume)
        widest = np.abs(turn).max(axis=(-2, -1))
        half = 0.5 * np.fmin(1.0, reach / widest)[:, None, None] * turn
        identity = np.eye(turn.shape[-1])
        # Cayley's form of exp(turn), a rotation too.
        rotation = np.linalg.solve(identity - half, identity + half)
        then = transposed(rotation)[:, None] @ rotated @ rotation[:, None]
        rise = _objective(counts, diagonals(then), one_volume)[0] - objective
        taken = rise <= _ROUNDING * n_samples
        axes = np.where(taken[:, None, None], axes @ rotation, axes)
        rotated = np.where(taken[:, None, None, None], then, rotated)
        shorter = 0.25 * np.fmin(widest, reach)
        reach = np.where(taken, np.fmin(2.0 * reach, _WIDEST_TURN), shorter)
        return (counts, axes, rotated, reach), (gain <= _LAST_GAIN) | ~(reach > _LEAST_TURN)

    axes = _first_axes(counts, scatters, one_volume) if so_far is None else _axes_of(so_far)
    rotated = transposed(axes)[:, None] @ scatters @ axes[:, None]
    return repeated(step, (counts, axes, rotated, np.full(len(axes), _WIDEST_TURN)))[1]


def variances_along(axes: FloatArray, scatters: FloatArray) -> FloatArray:
    """Return the variances (..., D) of scatters along axes, both (..., D, D)."""
    return np.asarray(((scatters @ axes) * axes).sum(axis=-2))


def _objective(
    counts: FloatArray, variances: FloatArray, one_volume: bool
) -> tuple[FloatArray, FloatArray]:
    """Return what common axes minimise (...,), and its derivatives by each l_k (..., K).

    With l_k the mean log of W_k's variances (..., K, D) along the axes: sum_k n_k l_k, or for one
    volume n log sum_k exp l_k.
    """
    logs = np.log(variances).mean(axis=-1)
    if not one_volume:
        return (counts * logs).sum(axis=-1), counts
    highest = logs.max(axis=-1, keepdims=True)
    sizes = np.exp(logs - highest)
    total, n_samples = sizes.sum(axis=-1, keepdims=True), counts.sum(axis=-1, keepdims=True)
    return (n_samples * (highest + np.log(total)))[..., 0], n_samples * sizes / total


def _turn(
    weights: FloatArray, rotated: FloatArray, one_volume: bool
) -> tuple[FloatArray, FloatArray]:
    """Return Newton's turn of the axes, and the gain that it promises but for a factor.

    A turn O is antisymmetric: an angle for each pair of axes. To second order it changes a variance
    g_d = G_dd by 2 (G O)_dd + (G O O - O G O)_dd.

    Args:
        weights: (S, K) derivatives of the objective per sample.
        rotated: (S, K, D, D) the scatters along the axes, G.
        one_volume: as in `common_axes`.

    Returns:
        The turn (S, D, D), and the gain of the objective per sample (S,).
    """
    n_features, widths = rotated.shape[-1], diagonals(rotated)
    shares = weights[..., None] / n_features / widths
    pulls = shares[..., None] * rotated
    pull = pulls.sum(axis=1)

    def curved(turn: FloatArray) -> FloatArray:
        turned = rotated @ turn[:, None]
        changes = 2.0 * diagonals(turned) / widths
        if one_volume:
            means = changes.mean(axis=-1, keepdims=True)
            changes = changes - means + (weights[..., None] * means).sum(axis=1, keepdims=True)
        scaled = (shares[:, :, None, :] * turned).sum(axis=1)
        second = turn @ pull + pull @ turn - scaled + transposed(scaled)
        second -= 2.0 * (changes[..., None] * pulls).sum(axis=1)
        return np.asarray(transposed(second) - second)

    # The curvature of each angle alone, made positive; spheres have none.
    relative, ratios = rotated / widths[:, :, None, :], widths[:, :, None, :] / widths[..., None]
    unlike = ratios + transposed(ratios) - 2.0 + 4.0 * relative * transposed(relative)
    unit = 2.0 * (like(weights, rotated) * unlike).sum(axis=1) / n_features + EPSILON
    return _solved(curved, 2.0 * (transposed(pull) - pull), unit)


def _solved(
    curved: Callable[[FloatArray], FloatArray], gradient: FloatArray, unit: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the turn at which curved(turn) = -gradient, and the gain along the gradient.

    By conjugate gradients, angles in units of their curvature `unit`: the more exactly the closer
    the minimum is, and where the objective is found to be concave along a turn, far that way
    (Steihaug 1983).
    """
    direction = -gradient / unit
    left = gain = -_inner(gradient, direction)
    enough = np.fmax(np.fmin(_ROUGH, gain) * gain, _CLOSE**2)
    residual, turn, going = gradient, np.zeros_like(gradient), np.ones(len(gain), dtype=bool)
    for _ in range(_MOST_ANGLES):
        going &= left > enough
        if not going.any():
            break
        bent = curved(direction)
        bend = _inner(direction, bent)
        convex = bend > 0.0
        far = _WIDEST_TURN / np.abs(direction).max(axis=(-2, -1))
        length = np.where(going, np.where(convex, left / bend, far), 0.0)[:, None, None]
        turn, residual = turn + length * direction, residual + length * bent
        going &= convex
        descent = -residual / unit
        left, before = np.where(going, -_inner(residual, descent), left), left
        following = descent + (left / before)[:, None, None] * direction
        direction = np.where(going[:, None, None], following, direction)
    return turn, gain


def _first_axes(counts: FloatArray, scatters: FloatArray, one_volume: bool) -> FloatArray:
    """Return the best of axes that families nested in these have, or a single component.

    They are the features', and the eigenvectors of scatters: each component's, their sum, and their
    sum in units of their sizes.
    """
    sizes = np.trace(scatters, axis1=-2, axis2=-1) / counts
    sizes = np.where(sizes > 0.0, sizes, 1.0)
    sums = [scatters.sum(axis=1), (scatters / like(sizes, scatters)).sum(axis=1)]
    axes = np.linalg.eigh(np.concatenate([np.stack(sums, axis=1), scatters], axis=1))[1]
    features = np.broadcast_to(np.eye(axes.shape[-1]), axes[:, :1].shape)
    axes = np.concatenate([axes, features], axis=1)
    widths = variances_along(axes[:, :, None], scatters[:, None])
    objectives = _objective(counts[:, None], widths, one_volume)[0]
    best = np.where(np.isnan(objectives), np.inf, objectives).argmin(axis=-1)
    return np.asarray(axes[np.arange(len(axes)), best])


def _axes_of(covariances: FloatArray) -> FloatArray:
    """Return the axes that covariances (S, K, D, D) share.

    A sum of them has the same axes: one in which they differ in size by irrational factors, so that
    components that mirror each other do not add up to a sphere.
    """
    n_components = covariances.shape[1]
    sizes = np.trace(covariances, axis1=-2, axis2=-1) * np.sqrt(1.0 + np.arange(n_components))
    return np.linalg.eigh((covariances / like(sizes, covariances)).sum(axis=1))[1]


def _inner(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the sum of products over pairs of axes of antisymmetric matrices, (S,)."""
    return 0.5 * np.asarray((one * other).sum(axis=(-2, -1)))
