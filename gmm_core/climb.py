"""The climb: EM from a start to a fixed point, for a stack of mixtures at once."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmm_core.em import maximise
from gmm_core.engines import lost_digits
from gmm_core.families import Family
from gmm_core.fit import Fit, Outcome
from gmm_core.mixture import FloatArray, Mixture
from gmm_core.samples import SampleBlocks
from gmm_core.squarem import extrapolate
from gmm_core.stack import Moments, Parameters, at, chosen, inflation
from gmm_core.statistics import LARGEST_ERROR, collect, label_uncertainty, rounding
from gmm_core.stopping import collapses, remaining_gain

# How many times on end there must seem to be nothing left to gain.
_CALM_CHECKS = 3
# SQUAREM's steps may be so many times as long as EM's at first; then so much longer than the last,
# or shorter where it led downhill (mstep of Varadhan & Roland 2008, section 6.3).
_STRETCH = 4.0


class _Task(NamedTuple):
    """What stays the same in a climb; which of the families each mixture has, and what it uses."""

    samples: SampleBlocks
    families: Sequence[Family]
    kinds: NDArray[np.intp]
    uses: NDArray[np.intp]
    pool: Executor | None


class _Climbs(NamedTuple):
    """The climbs that are still on their way, S of them.

    places: (S,) their places among all.
    stack: their parameters.
    errors: (S,) what `lost_digits` says of them.
    before: their parameters one iteration ago.
    calm: (S,) how many times on end nothing seemed to be left to gain.
    plain: where EM led, for those that an extrapolation leads downhill.
    length: (S,) how many times as long as EM's the last extrapolated step was.
    longest: (S,) how many times as long the next may be.
    fell: (S,) whether the last extrapolation led downhill.
    """

    places: NDArray[np.intp]
    stack: Parameters
    errors: FloatArray
    before: Parameters
    calm: NDArray[np.intp]
    plain: Parameters
    length: FloatArray
    longest: FloatArray
    fell: NDArray[np.bool_]


def climb(
    samples: SampleBlocks,
    starts: Moments,
    families: Sequence[Family],
    *,
    tolerance: float,
    max_iterations: int,
    accelerate: bool = True,
    pool: Executor | None = None,
) -> list[Fit]:
    """Iterate EM from S starts, all with K components, each to its own fixed point.

    All climbs share their passes over the samples, and one that has ended leaves the stack. A climb
    ends when the estimate of what is left to gain has been below the tolerance three times on end,
    when a component collapses, or at the iteration limit.

    With acceleration, every third iteration begins where SQUAREM extrapolates the two before it to;
    where the log-likelihood is lower there, the climb goes on from where they led.

    Args:
        samples: N samples of D features, with their weights if they have any.
        starts: moments of the S starts, (S, K), (S, K, D) and (S, K, D, D).
        families: the S families.
        tolerance: log-likelihood per sample that may be left to gain.
        max_iterations: iterations after which a climb ends all the same.
        accelerate: whether to extrapolate; plain EM otherwise.
        pool: as in `collect`.

    Returns:
        The S fits, in the order of the starts.
    """
    task = _task(samples, families, pool)
    climbs = _begin(task, starts)
    history: list[FloatArray] = []
    endings: dict[int, _Ending] = {}
    extrapolated = False
    while True:
        climbs = _without_collapsed(task, climbs, endings, len(history))
        if not climbs.places.size:
            break
        log_likelihood, summed = collect(
            samples, climbs.stack, task.uses[climbs.places], errors=climbs.errors, pool=pool
        )
        if extrapolated:
            climbs = _judged(climbs, log_likelihood, history[-1][climbs.places])
            log_likelihood = np.fmax(log_likelihood, history[-1][climbs.places])
        history.append(np.full(len(families), np.nan))
        history[-1][climbs.places] = log_likelihood
        second = accelerate and len(history) % 3 == 2
        at_limit = len(history) > max_iterations
        if second or not accelerate:
            recent = [row[climbs.places] for row in history[-3:]]
            climbs = _calmer(samples, climbs, recent, tolerance, accelerate)
        converged = climbs.calm >= _CALM_CHECKS
        ended = converged | at_limit
        if ended.any():
            for place in np.flatnonzero(ended).tolist():
                parameters, counts = at(climbs.stack, place), summed.counts[place]
                endings[int(climbs.places[place])] = _ending(
                    bool(converged[place]), len(history), parameters, counts
                )
            climbs, summed = at(climbs, ~ended), at(summed, ~ended)
        if not climbs.places.size:
            break
        # The last iteration must not be one whose result may have to be dropped.
        extrapolated = second and len(history) < max_iterations
        climbs = _advance(task, climbs, summed, extrapolated)
    trace = np.array(history).reshape(len(history), len(families))
    return _fits(task, trace, endings)


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


def _fits(task: _Task, trace: FloatArray, endings: Mapping[int, _Ending]) -> list[Fit]:
    """Return the fits of all climbs, given the log-likelihoods (passes, S) and the endings."""
    sound = [index for index in sorted(endings) if endings[index].parameters is not None]
    log_max, entropy = np.full((2, len(endings)), np.nan)
    if sound:
        ends = zip(*(endings[index].parameters for index in sound), strict=True)
        stack = Parameters(*(np.stack(arrays) for arrays in ends))
        uncertainty = label_uncertainty(task.samples, stack, task.uses[sound], pool=task.pool)
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


def _task(samples: SampleBlocks, families: Sequence[Family], pool: Executor | None) -> _Task:
    distinct = list(dict.fromkeys(families))
    kinds = np.array([distinct.index(family) for family in families], dtype=np.intp)
    uses = np.array([family.uses for family in families], dtype=np.intp)
    return _Task(samples, distinct, kinds, uses, pool)


def _begin(task: _Task, starts: Moments) -> _Climbs:
    places = np.arange(len(task.kinds))
    stack = maximise(starts, None, task.families, task.kinds)
    return _Climbs(
        places=places,
        stack=stack,
        errors=lost_digits(task.samples, stack),
        before=stack,
        calm=np.zeros_like(places),
        plain=stack,
        length=np.ones(len(places)),
        longest=np.full(len(places), _STRETCH),
        fell=np.zeros(len(places), dtype=bool),
    )


def _without_collapsed(
    task: _Task, climbs: _Climbs, endings: dict[int, _Ending], n_passes: int
) -> _Climbs:
    """Put the climbs in which a component collapsed among the endings; return the others."""
    collapsed = collapses(task.samples, climbs.stack)
    if not collapsed:
        return climbs
    for place, message in collapsed.items():
        endings[int(climbs.places[place])] = _Ending(Outcome.COLLAPSED, message, n_passes)
    return at(climbs, np.setdiff1d(np.arange(climbs.places.size), list(collapsed)))


def _judged(climbs: _Climbs, log_likelihood: FloatArray, before: FloatArray) -> _Climbs:
    """Note which extrapolations led downhill, and how long the next ones may be."""
    fell = ~(log_likelihood >= before)
    stretched = np.where(climbs.length < climbs.longest, 1.0, _STRETCH) * climbs.longest
    shortened = np.maximum(climbs.length / _STRETCH, 1.0)
    return climbs._replace(fell=fell, longest=np.where(fell, shortened, stretched))


def _calmer(
    samples: SampleBlocks,
    climbs: _Climbs,
    recent: Sequence[FloatArray],
    tolerance: float,
    accelerate: bool,
) -> _Climbs:
    """Count where nothing seems to be left to gain.

    After a long step the next gains come from whatever it got wrong and shrink fast; how much
    slower the climb is as a whole, the length of the steps says.
    """
    log_likelihood = recent[-1]
    collinear = inflation(climbs.stack).max(axis=(-2, -1))
    noise = rounding(samples.total_weight, log_likelihood, climbs.errors, collinear)
    left = remaining_gain(recent, noise)
    if accelerate and len(recent) > 1:
        gain = log_likelihood - recent[-2]
        left = np.where(gain > noise, np.maximum(left, gain * climbs.longest), left)
    calm = left < tolerance * samples.total_weight
    return climbs._replace(calm=np.where(calm, climbs.calm + 1, 0))


def _advance(task: _Task, climbs: _Climbs, summed: Moments, extrapolated: bool) -> _Climbs:
    """Do the M-step, and where it is asked for extrapolate the last two."""
    samples, kinds = task.samples, task.kinds[climbs.places]
    following, errors = _maximised(task, climbs, summed)
    plain, length = following, climbs.length
    if climbs.fell.any():
        following = chosen(climbs.fell, climbs.plain, following)
        errors = lost_digits(samples, following)
    elif extrapolated:
        there, length = extrapolate(
            samples, (climbs.before, climbs.stack, following), climbs.longest
        )
        leap = maximise(there, following, task.families, kinds)
        unsound = np.zeros(len(kinds), dtype=bool)
        unsound[list(collapses(samples, leap))] = True
        following = chosen(unsound, plain, leap)
        errors = lost_digits(samples, following)
    return climbs._replace(
        stack=following,
        errors=errors,
        before=climbs.stack,
        plain=plain,
        length=length,
        fell=np.zeros(len(kinds), dtype=bool),
    )


def _maximised(task: _Task, climbs: _Climbs, summed: Moments) -> tuple[Parameters, FloatArray]:
    """Do the M-step of a stack, given the moments under its parameters.

    Where a component has become so narrow that the expanded engine's moments no longer tell its
    width, they are collected again.

    Returns:
        The parameters that maximise, and what `lost_digits` says of them.
    """
    samples, kinds = task.samples, task.kinds[climbs.places]
    following = maximise(summed, climbs.stack, task.families, kinds)
    errors = lost_digits(samples, following)
    doubtful = ~(errors <= LARGEST_ERROR) & (climbs.errors <= LARGEST_ERROR)
    if doubtful.any():
        places = np.flatnonzero(doubtful)
        uses, centred = task.uses[climbs.places[places]], np.full(places.size, np.inf)
        again = collect(samples, at(climbs.stack, places), uses, errors=centred, pool=task.pool)
        for array, better in zip(summed, again.moments, strict=True):
            array[places] = better
        following = maximise(summed, climbs.stack, task.families, kinds)
        errors = lost_digits(samples, following)
    return following, errors
