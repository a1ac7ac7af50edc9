"""EM: the E-step, the M-step, and their alternation from a start to a fixed point.

Each sample has an unobserved label, the component that it came from. The E-step computes the
labels' probabilities (responsibilities) from the parameters, the M-step the parameters from the
responsibilities; neither ever lowers the likelihood (Dempster, Laird & Rubin 1977).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core.families import Family
from gmm_core.mixture import FloatArray, Mixture, as_samples
from gmm_core.statistics import Moments, Parameters, Statistics, collect, moments, resolution

# In how many iterations on end Aitken's estimate must be below the tolerance.
_CALM_ITERATIONS = 3
# Collapsed: a component whose samples weigh less than this share of one sample ...
_EMPTY_COUNT = 1e-10
# ... or whose standard deviation in a feature is below the resolution of the data, or whose
# correlation matrix has an eigenvalue below this many roundings for each feature.
_SINGULAR_ROUNDINGS = 16.0
_EPSILON = float(np.finfo(np.float64).eps)


class Outcome(StrEnum):
    """How a climb ended."""

    CONVERGED = "converged"
    ITERATION_LIMIT = "iteration limit"
    COLLAPSED = "collapsed"


@dataclass(frozen=True, eq=False)
class Fit:
    """Where one climb ended.

    Attributes:
        outcome: how it ended.
        message: one sentence on the outcome, with what to do where something can be done.
        mixture: the parameters at the end; None if a component collapsed, because the likelihood
            has no maximum there.
        counts: (K,) sums of the responsibilities at the end; empty if collapsed.
        log_max_responsibility: sum over the samples of log max_k r_nk; nan if collapsed.
        trace: (n_iterations + 1,) the log-likelihood of the start and after each iteration.
    """

    outcome: Outcome
    message: str
    mixture: Mixture | None
    counts: FloatArray
    log_max_responsibility: float
    trace: FloatArray

    @property
    def log_likelihood(self) -> float:
        """The total log-likelihood of `mixture`; nan if a component collapsed."""
        return float(self.trace[-1]) if self.mixture is not None else float("nan")

    @property
    def n_iterations(self) -> int:
        """How many times both steps were done."""
        return max(0, len(self.trace) - 1)


def e_step(samples: ArrayLike, mixture: Mixture) -> tuple[float, FloatArray]:
    """Return the total log-likelihood of the samples (N, D) and the responsibilities (N, K)."""
    return float(mixture.log_density(samples).sum()), mixture.responsibilities(samples)


def m_step(samples: ArrayLike, responsibilities: ArrayLike, family: Family) -> Mixture:
    """Return the mixture of a family that maximises the expected log-likelihood.

    Args:
        samples: (N, D).
        responsibilities: (N, K), rows that sum to 1.
        family: the constraint on the covariances.

    Raises:
        ValueError: shapes that do not fit, or a component whose covariance is singular.
    """
    rows, shares = as_samples(samples), np.asarray(responsibilities, dtype=np.float64)
    if shares.ndim != 2 or len(shares) != len(rows):
        raise ValueError(
            f"responsibilities: expected shape ({len(rows)}, n_components), got {shares.shape}"
        )
    summed = moments(rows, shares.T)
    if not (summed.counts > 0.0).all():
        raise ValueError(f"responsibilities: a component has none: {summed.counts.tolist()}")
    stack = _maximise(Moments(*(array[None] for array in summed)), [family])
    return Mixture(*(array[0] for array in stack))


def climb(
    samples: FloatArray,
    starts: Moments,
    families: Sequence[Family],
    *,
    tolerance: float,
    max_iterations: int,
) -> list[Fit]:
    """Iterate EM from S starts, all with K components, each to its own fixed point.

    A climb stops when Aitken's estimate of what is left to gain has been below the tolerance three
    times in a row (Boehning et al. 1994), when a component collapses, or at the iteration limit.

    Args:
        samples: (N, D) finite numbers.
        starts: moments of the S starts, (S, K), (S, K, D) and (S, K, D, D).
        families: the S families.
        tolerance: log-likelihood per sample that may be left to gain.
        max_iterations: iterations after which a climb ends all the same.

    Returns:
        The S fits, in the order of the starts.
    """
    narrowest = resolution(samples) ** 2
    fits: dict[int, Fit] = {}
    traces: list[list[float]] = [[] for _ in families]
    active, current = np.arange(len(families)), starts
    while active.size:
        stack = _maximise(current, [families[index] for index in active.tolist()])
        collapses = _collapses(current.counts, stack.covariances, narrowest)
        fits |= {
            int(active[place]): _collapsed(message, traces[active[place]])
            for place, message in collapses.items()
        }
        sound = np.setdiff1d(np.arange(active.size), list(collapses))
        active, stack = active[sound], Parameters(*(array[sound] for array in stack))
        if not active.size:
            break
        statistics = collect(samples, stack)
        ended = np.zeros(active.size, dtype=bool)
        for place, index in enumerate(active.tolist()):
            trace = traces[index]
            trace.append(float(statistics.log_likelihood[place]))
            outcome = _outcome(trace, tolerance * len(samples), max_iterations)
            if outcome:
                ended[place] = True
                fits[index] = _ended(outcome, trace, place, stack, statistics)
        active, current = active[~ended], Moments(*(array[~ended] for array in statistics.moments))
    return [fits[index] for index in range(len(families))]


def remaining_gain(trace: Sequence[float]) -> float:
    """Return Aitken's estimate of how far the log-likelihood still is from its limit.

    The last two gains are taken as terms of a geometric series. Infinite while there are fewer
    than two gains, or they do not shrink.
    """
    if len(trace) < 3:
        return float("inf")
    before, last = trace[-2] - trace[-3], trace[-1] - trace[-2]
    if abs(last) <= _EPSILON * abs(trace[-1]):
        return 0.0
    if not 0.0 < last < before:
        return float("inf")
    ratio = last / before
    return last * ratio / (1.0 - ratio)


def _maximise(summed: Moments, families: Sequence[Family]) -> Parameters:
    """Do the M-step of every mixture of a stack, those of one family together."""
    weights = summed.counts / summed.counts.sum(axis=-1, keepdims=True)
    covariances = np.empty_like(summed.scatters)
    members: dict[str, list[int]] = defaultdict(list)
    for place, family in enumerate(families):
        members[family.name].append(place)
    for places in members.values():
        constrain = families[places[0]].constrain
        covariances[places] = constrain(summed.counts[places], summed.scatters[places])
    return Parameters(weights, summed.means, covariances)


def _collapses(
    counts: FloatArray, covariances: FloatArray, narrowest: FloatArray
) -> dict[int, str]:
    """Return, for the mixtures of a stack in which a component collapsed, which one and why."""
    variances = np.diagonal(covariances, axis1=-2, axis2=-1)
    empty = counts < _EMPTY_COUNT
    narrow = np.any(variances <= narrowest, axis=-1, keepdims=True)
    flat = _is_singular(covariances, np.where(narrow, 1.0, variances))
    reasons = (
        (empty, "has lost all its samples"),
        (narrow[..., 0], "has shrunk onto a single value in some feature"),
        (flat, "has shrunk onto a line or plane"),
    )
    advice = "use fewer components or a family with fewer parameters"
    return {
        int(place): f"component {int(component) + 1} {reason}: {advice}"
        for mask, reason in reversed(reasons)
        for place, component in np.argwhere(mask)[::-1]
    }


def _is_singular(covariances: FloatArray, variances: FloatArray) -> NDArray[np.bool_]:
    """Return which covariances (..., K) have a direction of no width but for rounding.

    Judged by the smallest eigenvalue of the correlation matrix, which has no units, and whose error
    is a few roundings however close to singular the matrix is.
    """
    n_features = covariances.shape[-1]
    if n_features == 1:
        return np.zeros(covariances.shape[:-2], dtype=bool)
    widths = np.sqrt(variances)
    correlations = covariances / (widths[..., :, None] * widths[..., None, :])
    smallest = np.linalg.eigvalsh(correlations)[..., 0]
    return np.asarray(smallest <= _SINGULAR_ROUNDINGS * _EPSILON * n_features)


def _outcome(trace: Sequence[float], enough: float, max_iterations: int) -> Outcome | None:
    """Return how a climb with this trace ends, None if it goes on."""
    ends = range(len(trace), max(len(trace) - _CALM_ITERATIONS, 0), -1)
    if all(remaining_gain(trace[max(end - 3, 0) : end]) < enough for end in ends):
        return Outcome.CONVERGED
    return Outcome.ITERATION_LIMIT if len(trace) > max_iterations else None


def _ended(
    outcome: Outcome, trace: Sequence[float], place: int, stack: Parameters, statistics: Statistics
) -> Fit:
    """Return the fit of the mixture at one place of a stack."""
    if outcome is Outcome.CONVERGED:
        message = f"at a fixed point after {len(trace) - 1} iterations"
    else:
        message = "stopped by em: max_iterations before it came to rest; raise it"
    return Fit(
        outcome=outcome,
        message=message,
        mixture=Mixture(*(array[place] for array in stack)),
        counts=statistics.moments.counts[place],
        log_max_responsibility=float(statistics.log_max_responsibility[place]),
        trace=np.array(trace),
    )


def _collapsed(message: str, trace: Sequence[float]) -> Fit:
    return Fit(
        outcome=Outcome.COLLAPSED,
        message=message,
        mixture=None,
        counts=np.empty(0),
        log_max_responsibility=float("nan"),
        trace=np.array(trace),
    )
