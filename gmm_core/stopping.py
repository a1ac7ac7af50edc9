"""When a climb ends: nothing is left to gain, or a component has collapsed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.matrices import diagonals
from gmm_core.mixture import EPSILON, FloatArray
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Parameters, inflation

# Collapsed: a component whose samples weigh less than this share of one sample ...
_EMPTY_COUNT = 1e-10
# ... or whose standard deviation in a feature, or what the other features leave of it, is below so
# many times the resolution of the data, or leaves no more of its variance than this many roundings
# for each feature.
_RESOLUTIONS = 4.0
_SINGULAR_ROUNDINGS = 16.0


def remaining_gain(trace: Sequence[ArrayLike], rounding: ArrayLike = 0.0) -> FloatArray:
    """Return Aitken's estimate of how far log-likelihoods still are from their limits.

    The last two gains are taken as terms of a geometric series, of which last^2 / (before - last)
    is what remains (Boehning et al. 1994). Infinite while there are fewer than two gains, or they
    do not shrink.

    Args:
        trace: the log-likelihoods of each iteration; only the last three count.
        rounding: a last gain up to this says that nothing is left.
    """
    if len(trace) < 3:
        return np.full(np.shape(rounding), np.inf)
    first, second, third = (np.asarray(row, dtype=np.float64) for row in trace[-3:])
    last = third - second
    slowing = second - first - last
    shrinking = np.minimum(last, slowing) > 0.0
    left = np.divide(last * last, slowing, out=np.full_like(last, np.inf), where=shrinking)
    return np.where(np.abs(last) <= rounding, 0.0, left)


def narrowness(samples: SampleBlocks, stack: Parameters) -> FloatArray:
    """Return how narrow the narrowest component of each mixture is beside all samples, (S,).

    The trace of the samples' covariance times the component's precision: at least the largest ratio
    of their variances in a direction, and no more than D times that. nan where a covariance is not
    positive definite.
    """
    covariance = samples.second_moments * (samples.scale_products / samples.total_weight)
    ratios = (stack.precisions * covariance).sum(axis=(-2, -1))
    return np.asarray(ratios.max(axis=-1))


def collapses(samples: SampleBlocks, stack: Parameters) -> dict[int, str]:
    """Return, for the mixtures of a stack in which a component collapsed, which one and why.

    A direction has no width but for rounding if a feature is a linear function of the others. Its
    `inflation` has no units, and tells it however small the covariance is; what the others leave of
    its variance tells it however long the component is.
    """
    singular = _SINGULAR_ROUNDINGS * EPSILON * samples.n_features
    fewest = _EMPTY_COUNT / samples.n_samples
    least = _RESOLUTIONS * samples.resolution
    variances, precisions = diagonals(stack.covariances), diagonals(stack.precisions)
    # All that can be wrong with a width at once, as 1 / variance is at most the precision.
    with np.errstate(invalid="ignore"):
        worst = (precisions * np.maximum(singular * variances, least**2)).max()
    if worst < 1.0 and stack.weights.min() >= fewest:
        return {}
    narrow = variances <= least**2
    apart = (inflation(stack) * singular < 1.0) & (np.sqrt(precisions) * least < 1.0)
    reasons = (
        (stack.weights < fewest, "has lost all its samples"),
        (narrow.any(axis=-1), "has shrunk onto a single value in some feature"),
        (~apart.all(axis=-1), "has shrunk onto a line or plane"),
    )
    advice = "use fewer components or a family with fewer parameters"
    return {
        int(place): f"component {int(component) + 1} {reason}: {advice}"
        for mask, reason in reversed(reasons)
        for place, component in np.argwhere(mask)[::-1]
    }
