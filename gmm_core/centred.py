"""The centred engine: slower, and exact however narrow a component is."""

import numpy as np

from gmm_core.engine import LOG2_E, ByComponent, outside_moments
from gmm_core.mixture import FloatArray
from gmm_core.precision import DOUBLE
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Moments, Parameters, at, joined, moments

# Numbers in the largest arrays: two of them stay in a core's cache.
_CENTRED_NUMBERS = 32768


class CentredEngine(ByComponent):
    """Differences from each component's mean, before anything else: it loses no digits."""

    def __init__(self, samples: SampleBlocks, stack: Parameters) -> None:
        """Prepare for one pass."""
        super().__init__(samples, stack, DOUBLE)

    def log_densities(self, terms: FloatArray, part: slice, out: FloatArray) -> None:
        """Whiten each sample's difference from each mean."""
        features, lines = terms[1 : self.n_terms], out.reshape(-1, out.shape[-1])
        means = self._means[part].reshape(-1, self._means.shape[-1], 1)
        whiteners = self._whiteners[part].reshape(-1, *self._whiteners.shape[-2:])
        for some in self._portions(*lines.shape):
            whitened = whiteners[some] @ (features - means[some])
            np.einsum("kdb,kdb->kb", whitened, whitened, out=lines[some])
        out *= -0.5 * LOG2_E
        out += self._peaks[part][..., None]

    def sums(self) -> Moments:
        """Return moments of no samples."""
        return Moments(
            np.zeros_like(self._peaks),
            np.zeros_like(self._means),
            np.zeros_like(self._whiteners),
        )

    def add(
        self, sums: Moments, terms: FloatArray, part: slice, responsibilities: FloatArray
    ) -> None:
        """Join the block's own moments."""
        rows = terms[1 : self.n_terms].T
        lines = responsibilities.reshape(-1, responsibilities.shape[-1])
        parts = [moments(rows, lines[some]) for some in self._portions(*lines.shape)]
        before = at(sums, part)
        block = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        here = Moments(*(a.reshape(b.shape) for a, b in zip(block, before, strict=True)))
        for array, values in zip(before, joined(before, here), strict=True):
            array[...] = values

    def join(self, sums: Moments, others: Moments) -> Moments:
        """Join moments."""
        return joined(sums, others)

    def moments(self, sums: Moments) -> Moments:
        """Undo centring and scaling."""
        return outside_moments(self._samples, sums)

    def _portions(self, n_lines: int, n_rows: int) -> list[slice]:
        """Return the components in portions whose arrays of a block stay in the cache."""
        portion = max(1, _CENTRED_NUMBERS // (self._samples.n_features * n_rows))
        return [slice(first, first + portion) for first in range(0, n_lines, portion)]
