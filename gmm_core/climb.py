"""The climb: EM from a start to a fixed point, for a stack of mixtures at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmm_core.em import maximise
from gmm_core.endings import Endings
from gmm_core.engines import lost_digits
from gmm_core.families import Family
from gmm_core.fit import Fit
from gmm_core.mixture import FloatArray
from gmm_core.passes import Reached, Task, em_step, in_double, noise, noise_of_slope, reach
from gmm_core.quasi_newton import (
    MOST_FAILURES,
    Search,
    begin,
    candidate,
    corrected,
    onward,
    renewed,
    rises,
)
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Moments, Parameters, at, chosen
from gmm_core.stopping import collapses, narrowness, remaining_gain

# How many times on end there must seem to be nothing left to gain.
_CALM_CHECKS = 3
# Iterations of EM before the search begins: they take a climb to where it is worth it.
_FIRST_ITERATIONS = 10
# Narrow is a component with this ratio of the samples' variance to its own; a search may make a
# component so many times narrower than that, or than the narrowest where it began.
_NARROW, _NARROWER = 1e6, 10.0
# The search knows the curvature along its last steps alone: so many times what it expects may be
# left to gain.
_UNSEEN = 100.0


class _Searching(NamedTuple):
    """The searches of S climbs.

    search: their state.
    by_em: (S,) whether the parameters to try next are EM's, from which a search begins anew.
    narrowest: (S,) how narrow, as by `narrowness`, a search may make a component.
    """

    search: Search
    by_em: NDArray[np.bool_]
    narrowest: FloatArray


class _Climbs(NamedTuple):
    """The climbs that are still on their way, S of them.

    places: (S,) their places among all.
    reached: the highest point of each so far.
    calm: (S,) how many times on end nothing seemed to be left to gain.
    searching: the quasi-Newton searches; None while EM is all there is.
    """

    places: NDArray[np.intp]
    reached: Reached
    calm: NDArray[np.intp]
    searching: _Searching | None = None


def climb(
    samples: SampleBlocks,
    starts: Moments,
    families: Sequence[Family],
    *,
    tolerance: float,
    max_iterations: int,
    accelerate: bool = True,
    pool: Executor | None = None,
    watch: Callable[[int, Parameters], None] | None = None,
) -> list[Fit]:
    """Iterate EM from S starts, all with K components, each to its own fixed point.

    All climbs share their passes over the samples, and one that has ended leaves the stack. A climb
    ends when the estimate of what is left to gain has been below the tolerance three times on end,
    when a component collapses, or at the iteration limit.

    With acceleration, a quasi-Newton search takes over after the first iterations. Every candidate
    of the search counts as an iteration; where it is no rise, the climb stays where it was, and
    where the search is at a loss, EM goes on. Of very many samples, passes are in single precision
    until nothing seems to be left to gain; a climb comes to rest in double precision.

    Args:
        samples: N samples of D features, with their weights if they have any.
        starts: moments of the S starts, (S, K), (S, K, D) and (S, K, D, D).
        families: the S families.
        tolerance: log-likelihood per sample that may be left to gain; with 0 no climb converges.
        max_iterations: iterations after which a climb ends all the same.
        accelerate: whether to search; plain EM otherwise.
        pool: as in `collect`.
        watch: called after each iteration, with its number and the mixtures that the climbs still
            on their way have reached; 0 is the starts' own.

    Returns:
        The S fits, in the order of the starts.
    """
    in_single = accelerate and samples.may_be_single
    task = Task.of(samples, families, in_single=in_single, pool=pool)
    endings = Endings()
    history: list[FloatArray] = []
    nowhere = np.full(len(families), np.nan)
    stack = maximise(starts, None, task.families, task.kinds)
    places = _sound(samples, stack, np.arange(len(families)), endings, 0)
    climbs = _begin(task, places, at(stack, places)) if places.size else None
    while climbs is not None:
        if tolerance > 0.0:
            climbs = _calmer(samples, climbs, history[-2:], tolerance)
        if task.in_single:
            climbs = _refined(task, climbs, at_limit=len(history) == max_iterations)
        history.append(nowhere.copy())
        history[-1][climbs.places] = climbs.reached.log_likelihood
        if watch is not None:
            watch(len(history) - 1, climbs.reached.parameters)
        climbs = _without_ended(climbs, endings, len(history), max_iterations)
        if not climbs.places.size:
            break
        climbs, stack, errors = _proposed(task, climbs)
        sound = _sound(samples, stack, climbs.places, endings, len(history))
        if not sound.size:
            break
        if sound.size < climbs.places.size:
            climbs, stack, errors = at((climbs, stack, errors), sound)
        climbs = _tried(task, climbs, stack, errors)
        if accelerate and len(history) == _FIRST_ITERATIONS:
            climbs = climbs._replace(searching=_search_from(task, climbs.places, climbs.reached))
    trace = np.array(history).reshape(len(history), len(families))
    return endings.fits(samples, trace, task.uses, pool)


def _begin(task: Task, places: NDArray[np.intp], stack: Parameters) -> _Climbs:
    """Return climbs that begin with parameters, whose log-likelihood is the first."""
    errors = lost_digits(task.samples, stack)
    single = np.full(len(places), task.in_single)
    reached = reach(task, places, stack, errors, single)
    return _Climbs(places, reached, calm=np.zeros_like(places))


def _search_from(task: Task, places: NDArray[np.intp], reached: Reached) -> _Searching:
    """Return searches that begin where climbs are."""
    families = [task.families[kind] for kind in task.kinds[places]]
    # Where a component may be about to collapse EM is fast, and leads the way.
    narrowest = _NARROWER * np.maximum(narrowness(task.samples, reached.parameters), _NARROW)
    search = begin(reached.parameters, reached.summed, families)
    return _Searching(search, np.zeros(len(places), dtype=bool), narrowest)


def _proposed(task: Task, climbs: _Climbs) -> tuple[_Climbs, Parameters, FloatArray]:
    """Propose what to try next: a candidate of the search, or EM's step.

    Returns:
        The climbs, the mixtures to try, and what `lost_digits` says of these.
    """
    if climbs.searching is None:
        return climbs, *em_step(task, climbs.places, climbs.reached)
    search, _, narrowest = climbs.searching
    stack = candidate(search, climbs.reached.parameters)
    by_em = ~(narrowness(task.samples, stack) <= narrowest)
    by_em |= (search.failures > MOST_FAILURES) | ~(search.slope > 0.0)
    by_em[list(collapses(task.samples, stack))] = True
    errors = lost_digits(task.samples, stack)
    places = np.flatnonzero(by_em)
    if places.size:
        reached = at(climbs.reached, places)
        steps, errors[places] = em_step(task, climbs.places[places], reached)
        for array, values in zip(stack, steps, strict=True):
            array[places] = values
        # Where EM goes on the search stands still.
        search = search._replace(length=np.where(by_em, 0.0, search.length))
    searching = _Searching(search, by_em, narrowest)
    return climbs._replace(searching=searching), stack, errors


def _tried(task: Task, climbs: _Climbs, stack: Parameters, errors: FloatArray) -> _Climbs:
    """Do a pass over the samples with what was proposed, and take it where it is a rise."""
    tried = reach(task, climbs.places, stack, errors, climbs.reached.single)
    if climbs.searching is None:
        return climbs._replace(reached=tried)
    samples, before, reached = task.samples, climbs.reached, tried
    search, by_em, narrowest = climbs.searching
    if not by_em.all():
        rise = (tried.log_likelihood - before.log_likelihood) / samples.total_weight
        risen = rises(search, rise, noise(samples, tried) / samples.total_weight)
        search = onward(search, risen & ~by_em, rise, tried.parameters, tried.summed)
        if not (risen | by_em).all():
            reached = chosen(risen | by_em, tried, before)
    if by_em.any():
        anew = _search_from(task, climbs.places, reached)
        search = renewed(search, by_em, anew.search)
        narrowest = np.where(by_em, anew.narrowest, narrowest)
    return climbs._replace(reached=reached, searching=_Searching(search, by_em, narrowest))


def _calmer(
    samples: SampleBlocks, climbs: _Climbs, before: Sequence[FloatArray], tolerance: float
) -> _Climbs:
    """Count where nothing seems to be left to gain, by EM's last gains or by the search's slope.

    Before are the log-likelihoods of all climbs at the last iterations, two if there were so many.
    """
    reached, rounded = climbs.reached, noise(samples, climbs.reached)
    recent = [*(row[climbs.places] for row in before), reached.log_likelihood]
    if climbs.searching is None:
        left = remaining_gain(recent, rounded)
    else:
        search, single = climbs.searching.search, reached.single
        expected = 0.5 * search.slope * samples.total_weight
        gain = recent[-1] - recent[-2]
        if single.any():
            # A gradient in single precision says more than a difference of log-likelihoods.
            gain = np.where(single, 0.0, gain)
            rounded = np.where(single, noise_of_slope(samples, reached), rounded)
        expected = np.maximum(expected, gain)
        left = np.where(expected <= rounded, 0.0, _UNSEEN * expected)
        left = np.where(search.failures > 0, np.inf, left)
    calm = left < tolerance * samples.total_weight
    return climbs._replace(calm=np.where(calm, climbs.calm + 1, 0))


def _refined(task: Task, climbs: _Climbs, *, at_limit: bool) -> _Climbs:
    """Go on in double precision where nothing seems to be left to gain, or everywhere at the limit.

    There what was reached is collected again.
    """
    places = climbs.reached.single & (at_limit | (climbs.calm > 0))
    if not places.any():
        return climbs
    reached = in_double(task, climbs.places, climbs.reached, places)
    climbs = climbs._replace(reached=reached, calm=np.where(places, 0, climbs.calm))
    if climbs.searching is None:
        return climbs
    search = corrected(climbs.searching.search, places, reached.parameters, reached.summed)
    return climbs._replace(searching=climbs.searching._replace(search=search))


def _without_ended(
    climbs: _Climbs, endings: Endings, n_passes: int, max_iterations: int
) -> _Climbs:
    """Put the climbs that converged or are at the limit among the endings; return the others."""
    if n_passes <= max_iterations and climbs.calm.max() < _CALM_CHECKS:
        return climbs
    converged = climbs.calm >= _CALM_CHECKS
    ended = converged | (n_passes > max_iterations)
    for place in np.flatnonzero(ended).tolist():
        reached = at(climbs.reached, place)
        end = endings.at_rest if converged[place] else endings.at_limit
        end(int(climbs.places[place]), n_passes, reached.parameters, reached.summed.counts)
    return at(climbs, ~ended)


def _sound(
    samples: SampleBlocks,
    stack: Parameters,
    places: NDArray[np.intp],
    endings: Endings,
    n_passes: int,
) -> NDArray[np.intp]:
    """Return which of a stack have not collapsed; put the others among the endings."""
    collapsed = collapses(samples, stack)
    for index, message in collapsed.items():
        endings.collapsed(int(places[index]), n_passes, message)
    everywhere = np.arange(len(places))
    return np.setdiff1d(everywhere, list(collapsed)) if collapsed else everywhere
