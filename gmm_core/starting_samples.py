"""The samples that starts are made from: all, or a random part of very many."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmm_core.mixture import FloatArray
from gmm_core.samples import SampleBlocks
from gmm_core.seeding import Purpose, generator

MOST_SAMPLES = 1 << 14
"""Starts are made from no more samples than these.

More tell a start nothing more: random responsibilities of very many would only put every mean at
the overall mean, where EM finds its way out slowly.
"""


class StartingSamples(NamedTuple):
    """What starts are made from: samples (M, D), and their weights (M,), all above 0."""

    values: FloatArray
    weights: FloatArray


def starting_samples(samples: SampleBlocks, seed: int) -> StartingSamples:
    """Return the samples that starts are made from: all, or a random part of very many.

    Samples with weight 0 are left out. Where weights differ, the random part is drawn with
    replacement in proportion to them, and how often a sample was drawn is its weight there.

    Args:
        samples: N samples of D features.
        seed: the configuration's seed.
    """
    if samples.n_weighted <= MOST_SAMPLES:
        rows = np.concatenate(
            [first + np.flatnonzero(weights) for first, weights in samples.weight_blocks()]
        )
        sizes = np.concatenate([weights[weights > 0.0] for _, weights in samples.weight_blocks()])
        return StartingSamples(samples.take(rows), sizes)
    random = generator(seed, Purpose.STARTING_SAMPLES)
    if samples.weights(0) is None:
        rows = np.sort(random.choice(samples.n_samples, MOST_SAMPLES, replace=False))
        return StartingSamples(samples.take(rows), np.ones(MOST_SAMPLES))
    rows, counts = np.unique(_in_proportion(samples, random), return_counts=True)
    return StartingSamples(samples.take(rows), counts.astype(np.float64))


def _in_proportion(samples: SampleBlocks, random: np.random.Generator) -> NDArray[np.intp]:
    """Draw rows in proportion to their weights, with replacement; in rising order."""
    places = np.sort(random.random(MOST_SAMPLES)) * samples.total_weight
    drawn, before = [], 0.0
    for first, weights in samples.weight_blocks():
        ends = before + np.cumsum(weights)
        here = places[slice(*np.searchsorted(places, [before, ends[-1]]))]
        drawn.append(first + np.searchsorted(ends, here, side="right"))
        before = ends[-1]
    return np.concatenate(drawn)
