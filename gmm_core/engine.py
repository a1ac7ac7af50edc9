"""What an engine is: from the samples' terms to log-densities, and from responsibilities to sums.

An engine serves some mixtures of a stack, all with K components. From the terms of a block of rows
it makes their log-densities, and from the responsibilities the sums that an M-step needs; nothing
of size N x K is ever in memory. Inside, samples are centred and scaled as in `SampleBlocks`, and
the logarithms of densities are to base 2, as powers of 2 take less time than exp().
"""

from typing import Any, Protocol

import numpy as np

from gmm_core.matrices import diagonals
from gmm_core.mixture import LOG_2_PI, FloatArray
from gmm_core.precision import Precision
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Moments, Parameters

LOG2_E = float(np.log2(np.e))
"""What makes a logarithm to base 2 of a natural one."""


class Engine(Protocol):
    """What serves some mixtures of a stack in one pass.

    Attributes:
        n_components: K.
        n_terms: how many of a block's terms it reads.
        precision: that of the terms and responsibilities; sums over blocks are in double.
        bounded: whether no log-density is above the precision's headroom.
        constant: (S,) the log-likelihood's part beyond the sum of the blocks' log totals, in the
            units of the data; a natural logarithm.
    """

    n_components: int
    n_terms: int
    precision: Precision
    bounded: bool
    constant: FloatArray

    def log_densities(self, terms: FloatArray, part: slice, out: FloatArray) -> None:
        """Write the weighted log2-densities of a block, but for a constant each mixture.

        Args:
            terms: (n_terms, B) or more, the block's terms.
            part: which of the mixtures.
            out: (S, K, B), of that part.
        """

    def sums(self) -> Any:
        """Return sums of no samples."""

    def add(self, sums: Any, terms: FloatArray, part: slice, responsibilities: FloatArray) -> None:
        """Add a block to the sums of a part of the mixtures.

        Args:
            sums: of all mixtures.
            terms, part: as of `log_densities`.
            responsibilities: (S, K, B) times weights, where samples have any, of that part.
        """

    def join(self, sums: Any, others: Any) -> Any:
        """Return the sums of two sets of blocks together."""

    def moments(self, sums: Any) -> Moments:
        """Return the moments that the sums of all blocks amount to, in the units of the data."""


class ByComponent:
    """What the engines have in common that whiten the samples with each component in turn."""

    def __init__(self, samples: SampleBlocks, stack: Parameters, precision: Precision) -> None:
        """Prepare for one pass: peaks (S, K), means (S, K, D) and whiteners (S, K, D, D)."""
        self._samples, self.precision = samples, precision
        self.n_components = stack.weights.shape[1]
        self.n_terms = 1 + samples.n_features
        self.bounded = True
        peaks, self.constant = log_peaks(samples, stack, precision)
        self._peaks = LOG2_E * peaks
        self._means = (stack.means - samples.centre) / samples.scale
        self._whiteners = stack.whiteners * samples.scale


def log_peaks(
    samples: SampleBlocks, stack: Parameters, precision: Precision
) -> tuple[FloatArray, FloatArray]:
    """Return what bounds the log-densities.

    A sample's log-density is about D / 2 below that at the mean: by so much it is raised, as far as
    there is headroom.

    Returns:
        log(weight * density at the mean) less the largest of its mixture, and raised (S, K); what
        was taken off, summed over the samples (S,).
    """
    peaks = np.log(stack.weights)
    peaks += np.log(diagonals(stack.whiteners)).sum(axis=-1)
    highest = peaks.max(axis=1) - min(0.5 * samples.n_features, precision.headroom)
    peaks -= highest[:, None]
    return peaks, samples.total_weight * (highest - 0.5 * samples.n_features * LOG_2_PI)


def outside_moments(samples: SampleBlocks, found: Moments) -> Moments:
    """Return moments in the units of the data."""
    return Moments(
        found.counts,
        found.means * samples.scale + samples.centre,
        found.scatters * samples.scale_products,
    )
