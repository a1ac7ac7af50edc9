"""A climb's passes over the samples, each in the precision that will do."""

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmm_core.em import maximise
from gmm_core.engines import (
    LARGEST_ERROR,
    LARGEST_SINGLE_ERROR,
    lost_digits,
    rounding_errors,
)
from gmm_core.families import Family
from gmm_core.mixture import FloatArray
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Moments, Parameters, at, inflation, replaced
from gmm_core.statistics import collect, rounding


class Task(NamedTuple):
    """What stays the same in the climbs of a stack.

    samples: the samples.
    families: the families that there are.
    kinds, uses: (S,) which of them each mixture has, and what that uses of the scatters.
    in_single: whether climbs begin in single precision.
    pool: threads that share the samples.
    """

    samples: SampleBlocks
    families: Sequence[Family]
    kinds: NDArray[np.intp]
    uses: NDArray[np.intp]
    in_single: bool
    pool: Executor | None

    @classmethod
    def of(
        cls,
        samples: SampleBlocks,
        families: Sequence[Family],
        *,
        in_single: bool,
        pool: Executor | None,
    ) -> "Task":
        """Return the task of climbs in the S families."""
        distinct = list(dict.fromkeys(families))
        kinds = np.array([distinct.index(family) for family in families], dtype=np.intp)
        uses = np.array([family.uses for family in families], dtype=np.intp)
        return cls(samples, distinct, kinds, uses, in_single, pool)


class Reached(NamedTuple):
    """Where some climbs are, and what a pass over the samples says of it.

    parameters: the mixtures.
    errors: (S,) what `lost_digits` says of them.
    single: (S,) whether the pass was in single precision.
    log_likelihood: (S,).
    summed: the moments of the samples under them.
    """

    parameters: Parameters
    errors: FloatArray
    single: NDArray[np.bool_]
    log_likelihood: FloatArray
    summed: Moments


def reach(
    task: Task,
    places: NDArray[np.intp],
    stack: Parameters,
    errors: FloatArray,
    single: NDArray[np.bool_],
) -> Reached:
    """Do a pass over the samples.

    Args:
        task: the task.
        places: (S,) the places of the mixtures in it.
        stack: the mixtures.
        errors: (S,) what `lost_digits` says of them; infinite where the centred engine is asked
            for.
        single: (S,) where single precision will do, if the errors allow it.
    """
    if task.in_single:
        single = single & (errors <= LARGEST_SINGLE_ERROR)
    found = collect(
        task.samples, stack, task.uses[places], errors=errors, single=single, pool=task.pool
    )
    return Reached(stack, errors, single, *found)


def in_double(
    task: Task, places: NDArray[np.intp], reached: Reached, these: NDArray[np.bool_]
) -> Reached:
    """Do the pass again with these of the mixtures (S,), in double precision."""
    some = at(reached, these)
    again = reach(task, places[these], some.parameters, some.errors, np.zeros_like(some.single))
    return replaced(reached, these, again)


def em_step(
    task: Task, places: NDArray[np.intp], reached: Reached
) -> tuple[Parameters, FloatArray]:
    """Do the M-step, given the moments at the points that climbs reached.

    Where a component has become so narrow that the moments no longer tell its width, the pass is
    done again, by the centred engine.

    Returns:
        The mixtures, and what `lost_digits` says of them.
    """
    kinds = task.kinds[places]
    following = maximise(reached.summed, reached.parameters, task.families, kinds)
    errors = lost_digits(task.samples, following)
    if errors.max() <= LARGEST_ERROR:
        return following, errors
    doubtful = ~(errors <= LARGEST_ERROR) & (reached.errors <= LARGEST_ERROR)
    if doubtful.any():
        centred = reached._replace(errors=np.where(doubtful, np.inf, reached.errors))
        summed = in_double(task, places, centred, doubtful).summed
        following = maximise(summed, reached.parameters, task.families, kinds)
        errors = lost_digits(task.samples, following)
    return following, errors


def noise(samples: SampleBlocks, reached: Reached) -> FloatArray:
    """Return how much of log-likelihoods may be rounding, (S,)."""
    collinear = inflation(reached.parameters).max(axis=(-2, -1))
    errors = rounding_errors(reached.errors, reached.single)
    return rounding(samples.total_weight, reached.log_likelihood, errors, collinear)


def noise_of_slope(samples: SampleBlocks, reached: Reached) -> FloatArray:
    """Return how much of the gain that a gradient promises may be rounding, (S,).

    The gradient is off by the errors of the log-densities at most, the gain by their square.
    """
    errors = rounding_errors(reached.errors, reached.single)
    return np.asarray(samples.total_weight * np.square(errors))
