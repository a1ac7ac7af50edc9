"""Memory and run time to ask for a job, from the size of what it works on.

No result depends on them: schedulers of clusters need to know, and end a job that takes more. Both
are estimates with a margin, of what was measured on one core of an Intel Xeon at 2.5 GHz.
"""

from collections.abc import Iterable
from math import ceil
from typing import NamedTuple

import numpy as np

from gmm_core.quasi_newton import most_kept
from gmm_core.starting_samples import MOST_SAMPLES

# Seconds of a step: for a term of a sample times a component (a product of matrices), for a
# log-density and its exponential, for a component's M-step, and for each number of a product of
# matrices in that.
_SECONDS_PER_TERM = 2.5e-10
_SECONDS_PER_DENSITY = 1.0e-8
_SECONDS_PER_COMPONENT = 1.0e-4
_SECONDS_PER_PRODUCT = 1.0e-8
# Climbs take half of em: max_iterations on average, most of the time less; a second attempt, with
# twice the time, has enough for all of it.
_SHARE_OF_STEPS = 0.5
# Numbers in memory for each number in the covariances of all climbs, while the families whose
# M-step is a search are at work; for each number that the searches remember of steps, while climbs
# leave the stack; and for each feature and component of a sample in the starts.
_COPIES, _COPIES_OF_STEPS = 100, 2
_NUMBERS_PER_FEATURE, _NUMBERS_PER_COMPONENT = 22, 5
# A table up to this size (bytes) is read at once.
_READ_AT_ONCE = 1 << 25
# MB of a job that fits nothing: the script, and on a cluster's node Snakemake twice.
_IDLE_MB = 400
_MARGIN = 1.5
# Less is not worth a second thought of a scheduler's.
_SMALLEST_MINUTES = 10


class Table(NamedTuple):
    """The size of a data set: N samples of D features."""

    n_samples: int
    n_features: int


class Climbs(NamedTuple):
    """Climbs of mixtures with K components that a job does together."""

    n_components: int
    n_climbs: int


class Need(NamedTuple):
    """What to ask for: memory in MB, run time in minutes."""

    mem_mb: int
    minutes: int

    def again(self, attempt: int) -> "Need":
        """Return what to ask for at an attempt, counted from 1: twice as much each time."""
        return Need(self.mem_mb * 2 ** (attempt - 1), self.minutes * 2 ** (attempt - 1))


def stored_table(path: str) -> Table:
    """Return the size of a table in an .npy file; FileNotFoundError while there is none."""
    try:
        return Table(*np.load(path, mmap_mode="r").shape)
    except (ValueError, TypeError, EOFError):
        # Damaged: the job that reads it says so.
        return Table(0, 0)


def need(
    table: Table, climbs: Iterable[Climbs], max_iterations: int, extra_mb: float = 0.0
) -> Need:
    """Return what a job needs that does climbs on a data set, some at a time.

    Time: a step of a climb costs a product of each sample's 1 + D + D (D + 1) / 2 terms with the K
    components, N K exponentials, and K M-steps. Memory: covariances of all climbs at a time, as
    parameters and moments and in M-steps; what the searches remember; and what the starts make of
    some samples. All else is done in blocks, whatever the number of samples.

    Args:
        table: N and D.
        climbs: those done at a time, time after time.
        max_iterations: steps of a climb, at most.
        extra_mb: memory for all else that the job does.
    """
    n_samples, n_features = table
    n_terms = 1 + n_features + n_features * (n_features + 1) // 2
    sample = n_terms * _SECONDS_PER_TERM + _SECONDS_PER_DENSITY
    m_step = _SECONDS_PER_COMPONENT + n_features**3 * _SECONDS_PER_PRODUCT
    n_starting = min(n_samples, MOST_SAMPLES)
    n_steps, numbers = 0.0, 0.0
    for n_components, n_climbs in climbs:
        n_steps += _SHARE_OF_STEPS * max_iterations * n_climbs * n_components
        starts = _NUMBERS_PER_FEATURE * n_features + _NUMBERS_PER_COMPONENT * n_components
        covariances = n_climbs * n_components * n_features**2
        n_kept = most_kept(n_components * n_terms)
        steps = n_climbs * n_kept * (2 * n_components * n_terms + n_kept)
        stack = _COPIES * covariances + _COPIES_OF_STEPS * steps
        numbers = max(numbers, stack + n_starting * starts)
    read = min(8 * n_samples * n_features, _READ_AT_ONCE)
    seconds = n_steps * (n_samples * sample + m_step)
    mem_mb = _IDLE_MB + extra_mb + (8 * numbers + read) / 1e6
    return Need(ceil(_MARGIN * mem_mb), max(_SMALLEST_MINUTES, ceil(_MARGIN * seconds / 60)))
