"""The M-steps of the covariance families: from counts and scatters to covariances.

With counts n_k and scatters W_k about the component means, n = sum_k n_k and W = sum_k W_k, each
function returns the covariances C_k of its family that maximise the expected log-likelihood, up to
a constant -1/2 sum_k (n_k log |C_k| + tr(W_k C_k^-1)). Its name says what components share of
C_k = volume * axes * shape * axes', |shape| = 1 (Celeux & Govaert 1995, table 1; their symbols for
a family stand in brackets).

All take counts (..., K), scatters (..., K, D, D) and the covariances so far (..., K, D, D), or
None, and return (..., K, D, D). A mixture of a stack has the bits that it has alone. Where the
likelihood has no maximum, the components of the mixture have their own covariances W_k / n_k, of
which one at least is singular, or nan without samples.
"""

from collections.abc import Callable
from functools import wraps

import numpy as np

from gmm_core.axes import common_axes, variances_along
from gmm_core.matrices import diagonals, like, log_determinants, transposed
from gmm_core.mixture import FloatArray
from gmm_core.volumes import of_one_shape

Constraint = Callable[[FloatArray, FloatArray, FloatArray | None], FloatArray]


def vvv(counts: FloatArray, scatters: FloatArray, _so_far: FloatArray | None) -> FloatArray:
    """W_k / n_k: each component keeps its own covariance."""
    return scatters / counts[..., None, None]


def eee(counts: FloatArray, scatters: FloatArray, _so_far: FloatArray | None) -> FloatArray:
    """W / n for every component: one covariance for all."""
    total = counts.sum(axis=-1)[..., None, None, None]
    pooled = scatters.sum(axis=-3, keepdims=True) / total
    return np.broadcast_to(pooled, scatters.shape)


def eii(counts: FloatArray, scatters: FloatArray, so_far: FloatArray | None) -> FloatArray:
    """Give every direction tr W / (n D)."""
    return _spherical(eee(counts, scatters, so_far))


def vii(counts: FloatArray, scatters: FloatArray, so_far: FloatArray | None) -> FloatArray:
    """Give every direction tr W_k / (n_k D)."""
    return _spherical(vvv(counts, scatters, so_far))


def eei(counts: FloatArray, scatters: FloatArray, so_far: FloatArray | None) -> FloatArray:
    """Give every feature its variance in W / n."""
    return _diagonal(eee(counts, scatters, so_far))


def vvi(counts: FloatArray, scatters: FloatArray, so_far: FloatArray | None) -> FloatArray:
    """Give every feature its variance in W_k / n_k."""
    return _diagonal(vvv(counts, scatters, so_far))


def _guarded(
    otherwise: Constraint, *, one_unit: bool = False
) -> Callable[[Constraint], Constraint]:
    """Let a constraint see stacks (S, K, ...) of sound mixtures alone, in units of their size.

    Args:
        otherwise: the family without what components share, for mixtures without a maximum.
        one_unit: whether the family is closed under a change of all features' unit alone, not
            under one of a single feature. Units are powers of two, so that they cost no digits.
    """

    def decorate(constraint: Constraint) -> Constraint:
        @wraps(constraint)
        def guarded(
            counts: FloatArray, scatters: FloatArray, so_far: FloatArray | None
        ) -> FloatArray:
            covariances = otherwise(counts, scatters, None)
            stack = covariances.reshape(-1, *scatters.shape[-3:])
            counts, scatters = counts.reshape(stack.shape[:2]), scatters.reshape(stack.shape)
            sound = np.isfinite(stack).all(axis=(-3, -2, -1)) & (counts > 0.0).all(axis=-1)
            if so_far is not None:
                so_far = so_far.reshape(stack.shape)
                sound &= np.isfinite(so_far).all(axis=(-3, -2, -1))
            places = np.flatnonzero(sound)
            if places.size:
                units = _units(scatters[places], one_unit)
                so_far = None if so_far is None else so_far[places] / units
                with np.errstate(all="ignore"):
                    found = constraint(counts[places], scatters[places] / units, so_far) * units
                    found = 0.5 * (found + transposed(found))
                finite = np.isfinite(found).all(axis=(-3, -2, -1))
                stack[places[finite]] = found[finite]
            return covariances

        return guarded

    return decorate


@_guarded(vvi)
def vei(counts: FloatArray, scatters: FloatArray, so_far: FloatArray | None) -> FloatArray:
    """One shape, volumes of their own, along the features [lambda_k B]: `of_one_shape`."""
    variances = of_one_shape(counts, diagonals(scatters), so_far)
    return variances[..., None] * np.eye(variances.shape[-1])


@_guarded(vvi)
def evi(counts: FloatArray, scatters: FloatArray, _so_far: FloatArray | None) -> FloatArray:
    """One volume, shapes of their own, along the features [lambda B_k]: `_of_one_volume`."""
    variances = diagonals(scatters)
    logs = np.log(variances).sum(axis=-1)
    return _of_one_volume(counts, _diagonal(scatters), logs)


@_guarded(vvv)
def vee(counts: FloatArray, scatters: FloatArray, so_far: FloatArray | None) -> FloatArray:
    """One shape and axes, volumes of their own [lambda_k C]: `of_one_shape`."""
    return of_one_shape(counts, scatters, so_far)


@_guarded(vvv)
def evv(counts: FloatArray, scatters: FloatArray, _so_far: FloatArray | None) -> FloatArray:
    """One volume, shapes and axes of their own [lambda C_k]: `_of_one_volume`."""
    return _of_one_volume(counts, scatters, log_determinants(scatters))


@_guarded(vvv, one_unit=True)
def eev(counts: FloatArray, scatters: FloatArray, _so_far: FloatArray | None) -> FloatArray:
    """One volume and shape, axes of their own, the eigenvectors of W_k [lambda D_k A D_k'].

    Along them the variances are the mean eigenvalues, in their order.
    """
    variances, axes = np.linalg.eigh(scatters)
    total = counts.sum(axis=-1)[:, None, None]
    return _along(axes, variances.sum(axis=1, keepdims=True) / total)


@_guarded(vvv, one_unit=True)
def vev(counts: FloatArray, scatters: FloatArray, so_far: FloatArray | None) -> FloatArray:
    """One shape, volumes and axes of their own [lambda_k D_k A D_k']: along `eev`'s axes `vei`."""
    variances, axes = np.linalg.eigh(scatters)
    return _along(axes, of_one_shape(counts, variances, so_far))


@_guarded(vvv, one_unit=True)
def eve(counts: FloatArray, scatters: FloatArray, so_far: FloatArray | None) -> FloatArray:
    """One volume, shapes of their own, common axes [lambda D A_k D']: along them `evi`."""
    axes = common_axes(counts, scatters, so_far, one_volume=True)[:, None]
    variances = variances_along(axes, scatters)
    return _along(axes, _of_one_volume(counts, variances, np.log(variances).sum(axis=-1)))


@_guarded(vvv, one_unit=True)
def vve(counts: FloatArray, scatters: FloatArray, so_far: FloatArray | None) -> FloatArray:
    """Volumes and shapes of their own, common axes [lambda_k D A_k D']: along them `vvi`."""
    axes = common_axes(counts, scatters, so_far, one_volume=False)[:, None]
    return _along(axes, variances_along(axes, scatters) / counts[..., None])


def _units(scatters: FloatArray, one_unit: bool) -> FloatArray:
    """Return powers of two of about the size of pooled scatters, (S, 1, D, D)."""
    exponents = np.frexp(diagonals(scatters).sum(axis=1))[1] // 2
    if one_unit:
        exponents[:] = exponents.max(axis=-1, keepdims=True)
    unit = np.ldexp(1.0, exponents)[:, None]
    return np.asarray(unit[..., :, None] * unit[..., None, :])


def _diagonal(covariances: FloatArray) -> FloatArray:
    """Keep the variances alone."""
    return np.asarray(covariances * np.eye(covariances.shape[-1]))


def _spherical(covariances: FloatArray) -> FloatArray:
    """Give every direction the mean variance, trace / D."""
    n_features = covariances.shape[-1]
    variances = np.trace(covariances, axis1=-2, axis2=-1) / n_features
    return np.asarray(variances[..., None, None] * np.eye(n_features))


def _along(axes: FloatArray, variances: FloatArray) -> FloatArray:
    """Return covariances with these variances (S, K, D) along axes, columns of (S, K, D, D)."""
    return np.asarray((axes * variances[..., None, :]) @ transposed(axes))


def _of_one_volume(
    counts: FloatArray, parts: FloatArray, log_determinants: FloatArray
) -> FloatArray:
    """Return volume * W_k / |W_k|^(1/D), with the volume sum_k |W_k|^(1/D) / n.

    Args:
        counts: (S, K).
        parts: (S, K, D, D) the W_k, or (S, K, D) their variances along axes.
        log_determinants: (S, K).
    """
    log_sizes = log_determinants / parts.shape[-1]
    ratios = np.exp(log_sizes[:, None, :] - log_sizes[:, :, None])
    factors = ratios.sum(axis=-1) / counts.sum(axis=-1, keepdims=True)
    return parts * like(factors, parts)
