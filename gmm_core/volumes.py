"""The search for volumes beside one shape: the M-steps of VEI, VEE and VEV.

Each mixture of a stack has the bits that it has alone, and ends no lower than it began. Scatters
are finite, in units near 1, and none is 0; a search that finds no maximum returns what it has, be
it nan.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmm_core.matrices import diagonals, like, log_determinants, transposed
from gmm_core.mixture import FloatArray
from gmm_core.searches import Stacks, repeated

# Newton's method for log volumes: the most by which a step changes one, what is sure to descend
# when divided by D, and what leaves an error of the order of its square, none at all.
_WIDEST_CHANGE = 2.0
_SURE_CHANGE = 0.1
_LAST_CHANGE = 1e-7
# Added to the curvature, which is about 1: it is singular where components have no direction in
# common.
_RIDGE = 1e-12


def of_one_shape(counts: FloatArray, parts: FloatArray, so_far: FloatArray | None) -> FloatArray:
    """Return the covariances of one shape that maximise the expected log-likelihood.

    Celeux & Govaert (1995) alternate the shape, up to a factor T = sum_k W_k / volume_k, and the
    volumes, tr(W_k T^-1) / (D n_k). In x_k = -log volume_k this descends on the convex function
    log |sum_k e^x_k W_k| - sum_k (D n_k / n) x_k, of which Newton's method finds the minimum. Where
    a step of Newton's would ascend, one of the alternation, which never does, takes its place.

    Args:
        counts: (S, K).
        parts: (S, K, D, D) the scatters W_k, or (S, K, D) their variances along the shape's axes.
        so_far: (S, K, D, D) covariances whose volumes to begin with, or None.

    Returns:
        Covariances or variances, in the shape of `parts`.
    """
    n_components, n_features = parts.shape[1], parts.shape[-1]
    wanted = n_features * counts / counts.sum(axis=-1, keepdims=True)

    def at(parts: FloatArray, x: FloatArray) -> _Overlaps:
        weighted = parts * like(np.exp(x), parts)
        return _overlaps(weighted) if parts.ndim == 4 else _overlaps_along_axes(weighted)

    def step(
        parts: FloatArray, wanted: FloatArray, x: FloatArray, *now: FloatArray
    ) -> tuple[Stacks, NDArray[np.bool_]]:
        log_determinants, shares, overlaps = now
        # A factor common to all volumes changes nothing: the first term replaces its curvature, 0.
        curvature = shares[:, :, None] * shares[:, None, :] / n_features - overlaps
        curvature += (shares + _RIDGE)[..., None] * np.eye(n_components)
        change = np.linalg.solve(curvature, (wanted - shares)[..., None])[..., 0]
        widest = np.abs(change).max(axis=-1)
        change /= np.maximum(widest / _WIDEST_CHANGE, 1.0)[:, None]
        then = at(parts, x + change)
        gains = (wanted * change).sum(axis=-1) - (then.log_determinants - log_determinants)
        # Close to the minimum Newton's step is sure to descend, by less than can be told.
        ascends = np.flatnonzero(~((gains >= 0.0) | (n_features * widest < _SURE_CHANGE)))
        if ascends.size:
            change[ascends] = np.log(wanted / shares)[ascends]
            for array, other in zip(then, at(parts[ascends], (x + change)[ascends]), strict=True):
                array[ascends] = other
        return (parts, wanted, x + change, *then), ~(widest > _LAST_CHANGE)

    if so_far is not None:
        x = -log_determinants(so_far) / n_features
    else:
        x = -np.log((parts if parts.ndim == 3 else diagonals(parts)).mean(axis=-1) / counts)
    *_, x, _, shares, _ = repeated(step, (parts, wanted, x, *at(parts, x)))
    weighted = parts * like(np.exp(x), parts)
    volumes = np.exp(-x) * shares / (n_features * counts)
    return np.asarray(weighted.sum(axis=1, keepdims=True) * like(volumes, parts))


class _Overlaps(NamedTuple):
    """What Newton's method needs of T = sum_k V_k, the V_k being scatters or variances.

    log_determinants: (S,) log |T|.
    shares: (S, K) tr(T^-1 V_k); they sum to D.
    overlaps: (S, K, K) tr(T^-1 V_j T^-1 V_k).
    """

    log_determinants: FloatArray
    shares: FloatArray
    overlaps: FloatArray


def _overlaps_along_axes(variances: FloatArray) -> _Overlaps:
    """Return the overlaps of V_k with variances (S, K, D) along the same axes."""
    total = variances.sum(axis=1)
    relative = variances / total[:, None]
    overlaps = relative @ transposed(relative)
    return _Overlaps(np.log(total).sum(axis=-1), relative.sum(axis=-1), overlaps)


def _overlaps(scatters: FloatArray) -> _Overlaps:
    """Return the overlaps of scatters (S, K, D, D)."""
    total = scatters.sum(axis=1)
    logs = log_determinants(total)
    # One singular matrix would fail the whole stack.
    regular = np.isfinite(logs)[:, None, None]
    inverse = np.linalg.inv(np.where(regular, total, np.eye(total.shape[-1])))
    relative = inverse[:, None] @ scatters
    rows = relative.reshape(*relative.shape[:2], -1)
    columns = transposed(relative).reshape(rows.shape)
    shares = np.trace(relative, axis1=-2, axis2=-1)
    return _Overlaps(logs, shares, rows @ transposed(columns))
