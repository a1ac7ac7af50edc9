"""What is said of every matrix of a stack."""

import numpy as np

from gmm_core.mixture import FloatArray


def diagonals(matrices: FloatArray) -> FloatArray:
    """Return a view of the diagonals (..., D) of matrices (..., D, D)."""
    return matrices.diagonal(axis1=-2, axis2=-1)


def transposed(matrices: FloatArray) -> FloatArray:
    """Return the transpose of each matrix."""
    return np.swapaxes(matrices, -1, -2)


def times(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    """Return each matrix (..., M, N) times its vector (..., N)."""
    return np.asarray((matrices @ vectors[..., None])[..., 0])


def log_determinants(matrices: FloatArray) -> FloatArray:
    """Return the logs of determinants, nan where one is not above 0."""
    sign, logs = np.linalg.slogdet(matrices)
    return np.where(sign > 0.0, logs, np.nan)


def like(factors: FloatArray, parts: FloatArray) -> FloatArray:
    """Return factors (S, K) with as many axes as parts (S, K, ...)."""
    return factors.reshape(factors.shape + (1,) * (parts.ndim - 2))
