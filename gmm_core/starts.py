"""Starting points of EM, from either of its two unknowns: the parameters or the responsibilities.

The seeds of a candidate cycle through the kinds in `KINDS`, because each kind fails in its own
places.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gmm_core.mixture import FloatArray, Mixture
from gmm_core.samples import SampleBlocks, resolution
from gmm_core.seeding import Purpose, generator
from gmm_core.stack import Moments, moments

_DIRICHLET_CONCENTRATION = 0.1
# More samples tell a start nothing more: random responsibilities of very many would only put every
# mean at the overall mean, where EM finds its way out slowly.
_MOST_SAMPLES = 1 << 16


@dataclass(frozen=True, eq=False)
class Start:
    """Where one climb begins: with parameters or with responsibilities.

    Attributes:
        kind: a name out of `KINDS`.
        unknown: the unknown that was chosen: a mixture, or responsibilities (N, K).
    """

    kind: str
    unknown: Mixture | FloatArray

    def moments(self, samples: FloatArray) -> Moments:
        """Return what the start gives to a family's M-step, for samples (N, D).

        Responsibilities give the moments of the samples that they weight. Parameters give the
        moments that a sample of that mixture would have: the M-step then returns these parameters
        as nearly as its family can.
        """
        if isinstance(self.unknown, Mixture):
            counts = len(samples) * self.unknown.weights
            scatters = counts[:, None, None] * self.unknown.covariances
            return Moments(counts, self.unknown.means, scatters)
        return moments(samples, np.ascontiguousarray(self.unknown.T))


def starting_samples(samples: SampleBlocks, seed: int) -> FloatArray:
    """Return the samples that starts are made from: all, or a random part of very many.

    Args:
        samples: N samples of D features.
        seed: the configuration's seed.
    """
    if samples.n_samples <= _MOST_SAMPLES:
        return samples.take(np.arange(samples.n_samples))
    random = generator(seed, Purpose.STARTING_SAMPLES)
    rows = random.choice(samples.n_samples, _MOST_SAMPLES, replace=False)
    return samples.take(np.sort(rows))


def start(samples: FloatArray, n_components: int, seed: int, seed_index: int) -> Start:
    """Return the start of one restart; it depends on nothing but these arguments.

    Args:
        samples: (N, D), what `starting_samples` returned.
        n_components: K.
        seed: the configuration's seed.
        seed_index: which restart, from 0; it chooses the kind and the random numbers.
    """
    kind = list(KINDS)[seed_index % len(KINDS)]
    random = generator(seed, Purpose.START, n_components, seed_index)
    return Start(kind, KINDS[kind](samples, n_components, random))


def kmeans_plus_plus(
    samples: FloatArray, n_components: int, random: np.random.Generator
) -> Mixture:
    """Choose samples far from each other as means (Arthur & Vassilvitskii 2007).

    Distances are in units of each feature's standard deviation. All components have weight 1 / K
    and, in these units, the same sphere: of a K-th of the volume that the samples have.
    """
    spread = standard_deviations(samples)
    scaled = samples / spread
    chosen = [int(random.integers(len(samples)))]
    squared_distances = np.full(len(samples), np.inf)
    while len(chosen) < n_components:
        offsets = scaled - scaled[chosen[-1]]
        squared_distances = np.minimum(squared_distances, (offsets**2).sum(axis=1))
        total = squared_distances.sum()
        shares = squared_distances / total if total > 0.0 else None
        chosen.append(int(random.choice(len(samples), p=shares)))
    n_features = samples.shape[1]
    covariance = np.diag(spread**2) / n_components ** (2.0 / n_features)
    return Mixture(
        weights=np.full(n_components, 1.0 / n_components),
        means=samples[chosen],
        covariances=np.broadcast_to(covariance, (n_components, n_features, n_features)),
    )


def standard_deviations(samples: FloatArray) -> FloatArray:
    """Return the standard deviation of each feature (D,); 1 where it is constant."""
    spread = samples.std(axis=0)
    return np.asarray(np.where(spread > resolution(samples), spread, 1.0))


def random_responsibilities(
    samples: FloatArray, n_components: int, random: np.random.Generator
) -> FloatArray:
    """Colour every sample at random: rows (N, K) that sum to 1, most near a single component.

    Rows uniform over all such weights would start every mean near the overall mean, where EM finds
    its way out slowly.
    """
    return random.dirichlet(np.full(n_components, _DIRICHLET_CONCENTRATION), size=len(samples))


KINDS: Mapping[str, Callable[[FloatArray, int, np.random.Generator], Mixture | FloatArray]] = (
    MappingProxyType(
        {
            "k-means++": kmeans_plus_plus,
            "random responsibilities": random_responsibilities,
        }
    )
)
"""The kinds of start in the order in which the seeds take them."""
