"""The fit jobs of a data set: one number of components, one block of seeds, all families."""

from collections.abc import Iterable
from typing import NamedTuple

# Seeds in a job: many share their passes over the samples, and each job costs a Python's start.
# Blocks begin at multiples of this, so that more seeds add jobs beside the full ones.
SEEDS_PER_JOB = 20


class FitJob(NamedTuple):
    """One fit job: K, and the seeds from first_seed to last_seed, both included."""

    n_components: int
    first_seed: int
    last_seed: int

    @property
    def stem(self) -> str:
        """The name of the job's file, without its ending."""
        return f"K{self.n_components}_seeds{self.first_seed}-{self.last_seed}"


def fit_jobs(n_components: Iterable[int], n_seeds: int) -> list[FitJob]:
    """Return the jobs that cover seeds 0 to n_seeds - 1 of every number of components."""
    return [
        FitJob(size, first, min(first + SEEDS_PER_JOB, n_seeds) - 1)
        for size in n_components
        for first in range(0, n_seeds, SEEDS_PER_JOB)
    ]
