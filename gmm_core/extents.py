"""The extents of features: what they must be, and what of them is rounding."""

import numpy as np
from numpy.typing import NDArray

from gmm_core.mixture import EPSILON, FloatArray

# The variance of a feature must be a normal floating-point number.
_NARROWEST, _WIDEST, _LARGEST = 1e-152, 1e152, 1e300
EXTENTS = f"an extent of {_NARROWEST} to {_WIDEST}, values up to {_LARGEST}"
"""What a feature's extent must be, in words."""
_ROUNDINGS = 4.0


def resolution(samples: FloatArray) -> FloatArray:
    """Return the width (D,) below which a feature's values differ by rounding alone."""
    roundings = _ROUNDINGS * EPSILON
    return np.asarray(roundings * np.abs(samples).max(axis=0))


def unsquarable(lowest: FloatArray, highest: FloatArray) -> NDArray[np.bool_]:
    """Return which features (D,) have an extent whose square is no floating-point number.

    Args:
        lowest, highest: (D,) the least and the largest value of each.
    """
    with np.errstate(over="ignore"):
        extent = highest - lowest
    large = np.maximum(-lowest, highest) > _LARGEST
    return large | (extent > _WIDEST) | ((extent > 0.0) & (extent < _NARROWEST))


def checked_extent(lowest: FloatArray, highest: FloatArray) -> FloatArray:
    """Return highest - lowest of each feature (D,).

    Raises:
        ValueError: the square of one is no floating-point number.
    """
    wrong = unsquarable(lowest, highest)
    if wrong.any():
        column = int(np.argmax(wrong))
        raise ValueError(
            f"samples: column {column} extends from {lowest[column]} to {highest[column]}, and the "
            f"square of such an extent is no floating-point number; change its unit ({EXTENTS})"
        )
    return np.asarray(highest - lowest)
