"""Other samples in place of those at hand: bootstrap samples, and draws from a fitted mixture.

Both are made block by block, so that they may be larger than memory.
"""

from collections.abc import Callable, Sequence

import numpy as np

from gmm_core.mixture import FloatArray, Mixture
from gmm_core.samples import Rows
from gmm_core.seeding import Purpose, generator
from gmm_core.stack import positive

# Random numbers are made for so many rows at once, whatever part of them is asked for.
_BLOCK_ROWS = 4096
# So many rows are made at once, however few the samples are.
_FEW_ROWS = 1 << 16


def n_drawn(total_weight: float) -> int:
    """Return how many samples stand for those of a total weight: as many, rounded; at least 1."""
    return max(1, round(total_weight))


def resample(samples: FloatArray | Rows, seed: int, index: int) -> FloatArray | Rows:
    """Return a bootstrap sample: as many rows, each of them any of the samples' with equal chance.

    Rows come in the order of the blocks that they are from: how many from each is multinomial.

    Args:
        samples: (N, D), an array or anything that gives rows as a slice.
        seed: the configuration's seed.
        index: which bootstrap sample, from 0.

    Returns:
        (N, D), an array if the samples are one; else rows that are read when they are asked for.
    """
    n_samples = samples.shape[0]
    firsts = range(0, n_samples, _BLOCK_ROWS)
    lengths = np.array([min(_BLOCK_ROWS, n_samples - first) for first in firsts])
    counts = generator(seed, Purpose.BOOTSTRAP, index).multinomial(n_samples, lengths / n_samples)

    def block(place: int) -> FloatArray:
        random = generator(seed, Purpose.BOOTSTRAP, index, place)
        rows = samples[firsts[place] : firsts[place] + int(lengths[place])]
        return rows[random.integers(len(rows), size=int(counts[place]))]

    return _rows(counts.tolist(), samples, block)


def resample_weights(weights: FloatArray | Rows, seed: int, index: int) -> FloatArray | Rows:
    """Return a bootstrap sample as how often each sample is drawn, in proportion to its weight.

    As many are drawn as `n_drawn` says of the total weight.

    Args:
        weights: (N,) of the samples, as `SampleBlocks` takes them.
        seed, index: as in `resample`.

    Returns:
        (N,) whole numbers that sum to the number of draws, an array if the weights are one.
    """
    n_samples = weights.shape[0]
    parts = [
        slice(first, min(first + _BLOCK_ROWS, n_samples))
        for first in range(0, n_samples, _BLOCK_ROWS)
    ]
    sums = np.array([weights[part].sum() for part in parts])
    random = generator(seed, Purpose.BOOTSTRAP, index)
    counts = random.multinomial(n_drawn(sums.sum()), sums / sums.sum())

    def block(place: int) -> FloatArray:
        random = generator(seed, Purpose.BOOTSTRAP, index, place)
        chances = weights[parts[place]] / positive(sums[place])
        return random.multinomial(counts[place], chances).astype(np.float64)

    return _rows([part.stop - part.start for part in parts], weights, block)


def draw_like(
    samples: FloatArray | Rows, n_samples: int, mixture: Mixture, seed: int, index: int
) -> FloatArray | Rows:
    """Draw samples from a mixture, in memory if the given ones are and are as many.

    Args:
        samples: (N, D), as in `resample`; nothing but their kind is used.
        n_samples: how many to draw.
        mixture: the mixture.
        seed: the configuration's seed.
        index: which replicate, from 0.

    Returns:
        (n_samples, D), an array or rows that are drawn when they are asked for.
    """
    lengths = [min(_BLOCK_ROWS, n_samples - k) for k in range(0, n_samples, _BLOCK_ROWS)]

    def block(place: int) -> FloatArray:
        key = (mixture.n_components, index, place)
        return mixture.draw(lengths[place], generator(seed, Purpose.REPLICATE, *key))[0]

    return _rows(lengths, samples, block)


class _MadeRows:
    """Rows that are made block by block whenever they are asked for."""

    def __init__(
        self,
        lengths: Sequence[int],
        row_shape: tuple[int, ...],
        block: Callable[[int], FloatArray],
    ) -> None:
        self._ends = np.cumsum(lengths)
        self._block = block
        self.shape: tuple[int, ...] = (int(self._ends[-1]), *row_shape)

    def __getitem__(self, rows: slice) -> FloatArray:
        first, last, _ = rows.indices(self.shape[0])
        begin, end = np.searchsorted(self._ends, [first, last - 1], side="right").tolist()
        made = np.concatenate([self._block(place) for place in range(begin, end + 1)])
        before = int(self._ends[begin - 1]) if begin else 0
        return made[first - before : last - before]


def _rows(
    lengths: Sequence[int], samples: FloatArray | Rows, block: Callable[[int], FloatArray]
) -> FloatArray | Rows:
    """Return rows made block by block, all at once if as many samples are in memory."""
    made = _MadeRows(lengths, samples.shape[1:], block)
    in_memory = isinstance(samples, np.ndarray) and made.shape[0] <= max(len(samples), _FEW_ROWS)
    return made[0 : made.shape[0]] if in_memory else made
