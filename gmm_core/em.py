"""EM: the E-step, the M-step, and their alternation from a start to a fixed point.

Each sample has an unobserved label, the component that it came from. The E-step computes the
labels' probabilities (responsibilities) from the parameters, the M-step the parameters from the
responsibilities; neither ever lowers the likelihood (Dempster, Laird & Rubin 1977).
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core.engines import lost_digits
from gmm_core.families import Family
from gmm_core.mixture import FloatArray, Mixture, as_samples
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Moments, Parameters, at, inflation, moments, whiten
from gmm_core.statistics import LARGEST_ERROR, collect, label_uncertainty

# In how many iterations on end Aitken's estimate must be below the tolerance.
_CALM_ITERATIONS = 3
# Collapsed: a component whose samples weigh less than this share of one sample ...
_EMPTY_COUNT = 1e-10
# ... or whose standard deviation in a feature is below the resolution of the data, or where a
# feature has no more variance of its own, beside the others, than this many roundings for each.
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
        entropy: - sum over samples and components of r_nk log r_nk; nan if collapsed.
        trace: (n_iterations + 1,) the log-likelihood of the start and after each iteration.
    """

    outcome: Outcome
    message: str
    mixture: Mixture | None
    counts: FloatArray
    log_max_responsibility: float
    entropy: float
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
    shape = summed.scatters.shape
    covariances = family.constrain(summed.counts[None], summed.scatters[None], None).reshape(shape)
    return Mixture(summed.counts / summed.counts.sum(), summed.means, covariances)


def climb(
    samples: SampleBlocks,
    starts: Moments,
    families: Sequence[Family],
    *,
    tolerance: float,
    max_iterations: int,
    pool: Executor | None = None,
) -> list[Fit]:
    """Iterate EM from S starts, all with K components, each to its own fixed point.

    All climbs share their passes over the samples, and one that has ended leaves the stack. A climb
    ends when Aitken's estimate of what is left to gain has been below the tolerance three times in
    a row (Boehning et al. 1994), when a component collapses, or at the iteration limit.

    Args:
        samples: N samples of D features.
        starts: moments of the S starts, (S, K), (S, K, D) and (S, K, D, D).
        families: the S families.
        tolerance: log-likelihood per sample that may be left to gain.
        max_iterations: iterations after which a climb ends all the same.
        pool: as in `collect`.

    Returns:
        The S fits, in the order of the starts.
    """
    distinct = list(dict.fromkeys(families))
    kinds = np.array([distinct.index(family) for family in families])
    uses = np.array([family.uses for family in families])
    n_climbs, enough = len(families), tolerance * samples.n_samples
    history: list[FloatArray] = []
    calm = np.zeros(n_climbs, dtype=int)
    endings: dict[int, _Ending] = {}
    active = np.arange(n_climbs)
    stack = _maximise(starts, None, distinct, kinds)
    errors = lost_digits(samples, stack)
    while True:
        collapses = _collapses(samples, stack)
        if collapses:
            for place, message in collapses.items():
                endings[int(active[place])] = _Ending(Outcome.COLLAPSED, message, len(history))
            sound = np.setdiff1d(np.arange(active.size), list(collapses))
            active, stack, errors = active[sound], at(stack, sound), errors[sound]
        if not active.size:
            break
        found = collect(samples, stack, uses[active], errors=errors, pool=pool)
        history.append(np.full(n_climbs, np.nan))
        history[-1][active] = found.log_likelihood
        left = remaining_gain([row[active] for row in history[-3:]], found.rounding)
        calm[active] = np.where(left < enough, calm[active] + 1, 0)
        converged = calm[active] >= _CALM_ITERATIONS
        ended = converged | (len(history) > max_iterations)
        moments = found.moments
        if ended.any():
            for place in np.flatnonzero(ended).tolist():
                parameters, counts = at(stack, place), moments.counts[place]
                endings[int(active[place])] = _ending(
                    bool(converged[place]), len(history), parameters, counts
                )
            going = np.flatnonzero(~ended)
            active, stack, errors = active[going], at(stack, going), errors[going]
            moments = at(moments, going)
        if not active.size:
            break
        stack, errors = _next(samples, stack, moments, errors, distinct, kinds[active], pool)
    trace = np.array(history).reshape(len(history), n_climbs)
    return _fits(samples, trace, endings, uses, pool)


def remaining_gain(trace: Sequence[ArrayLike], rounding: ArrayLike = 0.0) -> FloatArray:
    """Return Aitken's estimate of how far log-likelihoods still are from their limits.

    The last two gains are taken as terms of a geometric series, of which last^2 / (before - last)
    is what remains. Infinite while there are fewer than two gains, or they do not shrink.

    Args:
        trace: the log-likelihoods of each iteration; only the last three count.
        rounding: a last gain up to this says that nothing is left.
    """
    if len(trace) < 3:
        return np.full(np.shape(rounding), np.inf)
    first, second, third = (np.asarray(row, dtype=np.float64) for row in trace[-3:])
    last = third - second
    slowing = second - first - last
    shrinking = (last > 0.0) & (slowing > 0.0)
    left = np.where(shrinking, last * last / np.where(shrinking, slowing, 1.0), np.inf)
    return np.where(np.abs(last) <= rounding, 0.0, left)


@dataclass(frozen=True, eq=False)
class _Ending:
    """How a climb ended; parameters (K, ...) and counts (K,) unless it collapsed."""

    outcome: Outcome
    message: str
    n_passes: int
    parameters: Parameters | None = None
    counts: FloatArray = field(default_factory=lambda: np.empty(0))


def _ending(converged: bool, n_passes: int, parameters: Parameters, counts: FloatArray) -> _Ending:
    if converged:
        message = f"at a fixed point after {n_passes - 1} iterations"
        return _Ending(Outcome.CONVERGED, message, n_passes, parameters, counts)
    message = "stopped by em: max_iterations before it came to rest; raise it"
    return _Ending(Outcome.ITERATION_LIMIT, message, n_passes, parameters, counts)


def _fits(
    samples: SampleBlocks,
    trace: FloatArray,
    endings: Mapping[int, _Ending],
    uses: NDArray[np.intp],
    pool: Executor | None,
) -> list[Fit]:
    """Return the fits of all climbs, given the log-likelihoods (passes, S) and the endings."""
    sound = [index for index in sorted(endings) if endings[index].parameters is not None]
    log_max, entropy = np.full((2, len(endings)), np.nan)
    if sound:
        ends = zip(*(endings[index].parameters for index in sound), strict=True)
        stack = Parameters(*(np.stack(arrays) for arrays in ends))
        uncertainty = label_uncertainty(samples, stack, uses[sound], pool=pool)
        log_max[sound], entropy[sound] = uncertainty
    return [
        Fit(
            outcome=ending.outcome,
            message=ending.message,
            mixture=Mixture(*ending.parameters[:3]) if ending.parameters else None,
            counts=ending.counts,
            log_max_responsibility=float(log_max[index]),
            entropy=float(entropy[index]),
            trace=trace[: ending.n_passes, index].copy(),
        )
        for index, ending in sorted(endings.items())
    ]


def _next(
    samples: SampleBlocks,
    stack: Parameters,
    summed: Moments,
    errors: FloatArray,
    families: Sequence[Family],
    kinds: NDArray[np.intp],
    pool: Executor | None,
) -> tuple[Parameters, FloatArray]:
    """Do the M-step of a stack, given the moments under its parameters.

    Where a component has become so narrow that the expanded engine's moments no longer tell its
    width, they are collected again.

    Args:
        samples: the samples.
        stack: parameters of S mixtures.
        summed: their moments.
        errors: (S,) what `lost_digits` says of the parameters.
        families, kinds: families, and which of them each mixture is of, (S,).
        pool: as in `collect`.

    Returns:
        The parameters that maximise, and what `lost_digits` says of them.
    """
    following = _maximise(summed, stack.covariances, families, kinds)
    following_errors = lost_digits(samples, following)
    doubtful = ~(following_errors <= LARGEST_ERROR) & (errors <= LARGEST_ERROR)
    if doubtful.any():
        places = np.flatnonzero(doubtful)
        uses = np.array([families[kind].uses for kind in kinds[places].tolist()])
        centred = np.full(places.size, np.inf)
        again = collect(samples, at(stack, places), uses, errors=centred, pool=pool)
        for array, better in zip(summed, again.moments, strict=True):
            array[places] = better
        following = _maximise(summed, stack.covariances, families, kinds)
        following_errors = lost_digits(samples, following)
    return following, following_errors


def _maximise(
    summed: Moments,
    so_far: FloatArray | None,
    families: Sequence[Family],
    kinds: NDArray[np.intp],
) -> Parameters:
    """Do the M-step of every mixture of a stack, those of one family together."""
    weights = summed.counts / summed.counts.sum(axis=-1, keepdims=True)
    covariances = np.empty_like(summed.scatters)
    # A component without samples has no covariance; it is judged as collapsed.
    with np.errstate(divide="ignore", invalid="ignore"):
        for kind, family in enumerate(families):
            places = kinds == kind if len(families) > 1 else slice(None)
            before = None if so_far is None else so_far[places]
            covariances[places] = family.constrain(
                summed.counts[places], summed.scatters[places], before
            )
    return Parameters(weights, summed.means, covariances, whiten(covariances))


def _collapses(samples: SampleBlocks, stack: Parameters) -> dict[int, str]:
    """Return, for the mixtures of a stack in which a component collapsed, which one and why.

    A direction has no width but for rounding if a feature is a linear function of the others; its
    `inflation` has no units, and tells it however small the covariance is.
    """
    variances = np.diagonal(stack.covariances, axis1=-2, axis2=-1)
    limit = 1.0 / (_SINGULAR_ROUNDINGS * _EPSILON * samples.n_features)
    empty = stack.weights < _EMPTY_COUNT / samples.n_samples
    narrow = variances <= samples.resolution**2
    apart = inflation(stack) < limit
    if apart.all() and not (narrow.any() or empty.any()):
        return {}
    reasons = (
        (empty, "has lost all its samples"),
        (narrow.any(axis=-1), "has shrunk onto a single value in some feature"),
        (~apart.all(axis=-1), "has shrunk onto a line or plane"),
    )
    advice = "use fewer components or a family with fewer parameters"
    return {
        int(place): f"component {int(component) + 1} {reason}: {advice}"
        for mask, reason in reversed(reasons)
        for place, component in np.argwhere(mask)[::-1]
    }
