"""Which features are linear functions of others, and of which: exactly or nearly collinear."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gmm_core.mixture import EPSILON, FloatArray
from gmm_core.samples import Rows, SampleBlocks

COLLINEAR = 1e-4
"""A feature is collinear if others leave this share of its variance unexplained, or less."""
_PIECE_NUMBERS = 1 << 18
# The share that is left by rounding alone, for each feature: as for a component that collapsed.
_ROUNDINGS = 16.0 * EPSILON
# A constant this small beside the terms that make it up is 0.
_NO_CONSTANT = 1e-9


@dataclass(frozen=True)
class Relation:
    """A feature that is a linear function of others, up to a small share of its variance.

    Attributes:
        feature: its index.
        others: indices of the others.
        coefficients: theirs.
        constant: what is added.
        unexplained: the share of the variance, 1 - R^2.
        exact: whether no more than rounding is left.
    """

    feature: int
    others: tuple[int, ...]
    coefficients: tuple[float, ...]
    constant: float
    unexplained: float
    exact: bool


def pieces(rows: Rows, weights: Rows | None = None) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield samples (N, D) some rows at a time, and their weights, but none of weight 0."""
    n_samples, n_features = rows.shape
    step = max(1, _PIECE_NUMBERS // n_features)
    for first in range(0, n_samples, step):
        piece = np.asarray(rows[first : first + step], dtype=np.float64)
        if weights is None:
            yield piece, np.ones(len(piece))
            continue
        of_piece = np.asarray(weights[first : first + step], dtype=np.float64)
        counting = of_piece > 0.0
        if counting.any():
            yield piece[counting], of_piece[counting]


def relations(
    rows: Rows, blocks: SampleBlocks, varying: Sequence[int], weights: Rows | None = None
) -> Iterator[Relation]:
    """Yield the features that those before them explain, each as a function of them.

    Args:
        rows: (N, D).
        blocks: the same, measured.
        varying: the features that are not constant.
        weights: (N,), or None.
    """
    deviations = np.sqrt(np.diagonal(blocks.second_moments)).take(varying)
    correlations = blocks.second_moments[np.ix_(varying, varying)]
    correlations = correlations / np.outer(deviations, deviations)
    left = correlations.copy()
    kept: list[int] = []
    # Cholesky's steps: what is left of a feature's variance once those before explain theirs.
    for place, feature in enumerate(varying):
        if left[place, place] > COLLINEAR:
            kept.append(place)
            left -= np.outer(left[:, place], left[place]) / left[place, place]
        else:
            among = correlations[np.ix_(kept, kept)]
            slopes = np.linalg.solve(among, correlations[kept, place])
            features = [feature, *(varying[k] for k in kept)]
            yield _relation(pieces(rows, weights), blocks, features, slopes)


def _relation(
    weighted: Iterable[tuple[FloatArray, FloatArray]],
    blocks: SampleBlocks,
    features: Sequence[int],
    slopes: FloatArray,
) -> Relation:
    """Return the relation of the first feature to the others.

    Its slopes are in units of standard deviations. What it leaves unexplained is summed up from
    the rows: the correlations have too few digits for it.
    """
    units, centre = np.sqrt(blocks.variances)[features], blocks.centre[features]
    left_over = 0.0
    for piece, weights in weighted:
        scaled = (piece[:, features] - centre) / units
        left = scaled[:, 0] - scaled[:, 1:] @ slopes
        left_over += float((weights * left) @ left)
    unexplained = left_over / blocks.total_weight
    roundings = blocks.resolution[features] / units
    rounding = float(roundings[0] + np.abs(slopes) @ roundings[1:])
    # A feature that explains less than is left unexplained goes unnamed.
    named = np.flatnonzero(slopes**2 > max(unexplained, _ROUNDINGS))
    coefficients = units[0] * slopes[named] / units[named + 1]
    parts = coefficients * centre[named + 1]
    constant = float(centre[0] - parts.sum())
    if abs(constant) <= _NO_CONSTANT * np.abs([centre[0], *parts]).max():
        constant = 0.0
    return Relation(
        feature=features[0],
        others=tuple(features[place + 1] for place in named.tolist()),
        coefficients=tuple(coefficients.tolist()),
        constant=constant,
        unexplained=unexplained,
        exact=unexplained <= max(_ROUNDINGS * blocks.n_features, rounding**2),
    )
