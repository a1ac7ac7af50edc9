"""The ends of climbs: what each one leaves behind when it leaves the stack."""

from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gmm_core.fit import Fit, Outcome
from gmm_core.mixture import FloatArray, Mixture
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Parameters
from gmm_core.statistics import label_uncertainty


@dataclass(frozen=True, eq=False)
class _Ending:
    """How a climb ended; parameters (K, ...) and counts (K,) unless it collapsed."""

    outcome: Outcome
    message: str
    n_passes: int
    parameters: Parameters | None = None
    counts: FloatArray = field(default_factory=lambda: np.empty(0))


class Endings:
    """The ends of climbs, by their places among all; each has done so many passes."""

    def __init__(self) -> None:
        """Begin without any."""
        self._found: dict[int, _Ending] = {}

    def at_rest(
        self, place: int, n_passes: int, parameters: Parameters, counts: FloatArray
    ) -> None:
        """Say that a climb is at a fixed point, with its parameters and counts (K,)."""
        message = f"at a fixed point after {n_passes - 1} iterations"
        self._found[place] = _Ending(Outcome.CONVERGED, message, n_passes, parameters, counts)

    def at_limit(
        self, place: int, n_passes: int, parameters: Parameters, counts: FloatArray
    ) -> None:
        """Say that a climb has had all its iterations, with its parameters and counts (K,)."""
        message = "stopped by em: max_iterations before it came to rest; raise it"
        self._found[place] = _Ending(Outcome.ITERATION_LIMIT, message, n_passes, parameters, counts)

    def collapsed(self, place: int, n_passes: int, message: str) -> None:
        """Say that a component of a climb's mixture collapsed, which one and why."""
        self._found[place] = _Ending(Outcome.COLLAPSED, message, n_passes)

    def fits(
        self,
        samples: SampleBlocks,
        trace: FloatArray,
        uses: NDArray[np.intp],
        pool: Executor | None,
    ) -> list[Fit]:
        """Return the fits of all S climbs, in the order of their places.

        Args:
            samples: the samples.
            trace: (passes, S) the log-likelihoods.
            uses, pool: as in `collect`.
        """
        endings = [self._found[place] for place in range(len(uses))]
        log_max, entropy = np.full((2, len(endings)), np.nan)
        sound = [place for place, ending in enumerate(endings) if ending.parameters is not None]
        if sound:
            ends = zip(*(endings[place].parameters for place in sound), strict=True)
            stack = Parameters(*(np.stack(arrays) for arrays in ends))
            uncertainty = label_uncertainty(samples, stack, uses[sound], pool=pool)
            log_max[sound], entropy[sound] = uncertainty
        return [
            Fit(
                outcome=ending.outcome,
                message=ending.message,
                mixture=Mixture(*ending.parameters[:3]) if ending.parameters else None,
                counts=ending.counts,
                log_max_responsibility=float(log_max[place]),
                entropy=float(entropy[place]),
                trace=trace[: ending.n_passes, place].copy(),
            )
            for place, ending in enumerate(endings)
        ]
