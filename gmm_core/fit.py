"""Where a climb ended: the fit and its outcome."""

from dataclasses import dataclass
from enum import StrEnum

from gmm_core.mixture import FloatArray, Mixture


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
        counts: (K,) sums of the responsibilities at the end, each times the sample's weight; empty
            if collapsed.
        log_max_responsibility: weighted sum over the samples of log max_k r_nk; nan if collapsed.
        entropy: - weighted sum over samples and components of r_nk log r_nk; nan if collapsed.
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
