"""Memory and run time to ask for a job, from the size of what it works on.

No result depends on them: schedulers of clusters need to know, and end a job that takes more. Both
are estimates with a margin, of what was measured on one core of an Intel Xeon at 2.5 GHz.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

# Seconds of a step for one number in a product: a sample's terms times a component.
_SECONDS_PER_PRODUCT = 1.0e-9
# Seconds of a step for one log-density, with its exponential.
_SECONDS_PER_DENSITY = 1.2e-8
# Seconds of a step for a component's parameters, and for one number of its covariance.
_SECONDS_PER_COMPONENT, _SECONDS_PER_ENTRY = 2.5e-5, 2.0e-7
# Steps of a climb, most of the time fewer; one that has not ended goes on to em: max_iterations.
_STEPS = 400
# Bytes of a component's covariance for each of its numbers: parameters, moments, and those before.
_COPIES = 25
# MB of a job in which nothing is fitted: Python, Snakemake twice on the node of a cluster.
_IDLE_MB = 550
_SMALLEST_MINUTES = 10
_MARGIN = 2.0


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
    return Table(*np.load(path, mmap_mode="r").shape)


def need(table: Table, climbs: Iterable[Climbs], extra_mb: float = 0.0) -> Need:
    """Return what a job needs that does climbs on a data set, some at a time.

    Time: a step of a climb costs each sample a product of its 1 + D + D (D + 1) / 2 terms with each
    component and K exponentials, and each component an M-step. Memory: the parameters and moments
    of all climbs at a time, and some blocks of samples, whatever their number.

    Args:
        table: N and D.
        climbs: those done at a time, time after time.
        extra_mb: memory for all else that the job does, beside what is idle.
    """
    n_samples, n_features = table
    n_terms = 1 + n_features + n_features * (n_features + 1) // 2
    seconds, entries = 0.0, 0.0
    for n_components, n_climbs in climbs:
        each = n_samples * (n_terms * _SECONDS_PER_PRODUCT + _SECONDS_PER_DENSITY)
        each += _SECONDS_PER_COMPONENT + _SECONDS_PER_ENTRY * n_features**3
        seconds += n_climbs * _STEPS * n_components * each
        entries = max(entries, n_climbs * n_components * n_features**2)
    blocks = 8 * 3 * n_features * min(n_samples, 65536) + min(8 * n_samples * n_features, 1 << 25)
    mem_mb = _IDLE_MB + extra_mb + _MARGIN * (8 * _COPIES * entries + blocks) / 1e6
    return Need(round(mem_mb), max(_SMALLEST_MINUTES, round(_MARGIN * seconds / 60)))
