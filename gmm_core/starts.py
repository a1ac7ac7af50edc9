"""Starting points of EM, from either of its two unknowns: the parameters or the responsibilities.

The seeds of a candidate cycle through the kinds in `KINDS`, because each kind fails in its own
places.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from gmm_core.climb import climb
from gmm_core.families import resolve
from gmm_core.mixture import FloatArray, Mixture
from gmm_core.samples import SampleBlocks, resolution
from gmm_core.seeding import Purpose, generator
from gmm_core.stack import Moments, moments, moments_of_mixture

# Most random responsibilities are near a single component. Uniform over all weights, they would
# start every mean near the overall mean, where EM finds its way out slowly.
_RESPONSIBILITY_CONCENTRATION = 0.03
# The shares of the samples between two cuts are neither equal nor very unequal.
_CUT_CONCENTRATION = 4.0
# What a label says of a sample: the rest is for all components alike, so that none starts without
# any width.
_CERTAINTY = 0.9
_MOST_LLOYD_STEPS = 50
# Short EM: so many climbs of so few iterations on no more samples than these.
_SHORT_CLIMBS = 20
_SHORT_ITERATIONS = 10
_SHORT_SAMPLES = 1 << 13
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
            mixture = self.unknown
            arrays = (mixture.weights, mixture.means, mixture.covariances)
            return moments_of_mixture(len(samples), *arrays)
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


def start(
    samples: FloatArray,
    n_components: int,
    seed: int,
    seed_index: int,
    kinds: Sequence[str] | None = None,
) -> Start:
    """Return the start of one restart; it depends on nothing but these arguments.

    Args:
        samples: (N, D), what `starting_samples` returned.
        n_components: K.
        seed: the configuration's seed.
        seed_index: which restart, from 0; it chooses the kind and the random numbers.
        kinds: the kinds through which the restarts cycle, all of `KINDS` by default.
    """
    kinds = list(KINDS) if kinds is None else kinds
    kind = kinds[seed_index % len(kinds)]
    random = generator(seed, Purpose.START, n_components, seed_index)
    return Start(kind, KINDS[kind](samples, n_components, random))


def k_means(samples: FloatArray, n_components: int, random: np.random.Generator) -> FloatArray:
    """Label every sample by its cluster: k-means++, then Lloyd's steps (Lloyd 1982).

    k-means++ chooses samples far from each other as centres (Arthur & Vassilvitskii 2007).
    Distances are in units of each feature's standard deviation.
    """
    scaled = samples / standard_deviations(samples)
    centres = scaled[_far_apart(scaled, n_components, random)]
    labels = _nearest(scaled, centres)
    for _ in range(_MOST_LLOYD_STEPS):
        counts = np.bincount(labels, minlength=n_components)
        sums = [np.bincount(labels, weights=x, minlength=n_components) for x in scaled.T]
        filled = counts > 0
        centres[filled] = (np.array(sums) / np.maximum(counts, 1)).T[filled]
        before, labels = labels, _nearest(scaled, centres)
        if np.array_equal(labels, before):
            break
    return _responsibilities(labels, n_components)


def short_em(samples: FloatArray, n_components: int, random: np.random.Generator) -> Mixture:
    """Climb a few iterations from many starts; keep the highest (Biernacki et al. 2003).

    The climbs begin with samples far from each other as means, by k-means++; they are in the freest
    family, on no more than a few thousand samples.
    """
    some = samples[:: -(-len(samples) // _SHORT_SAMPLES)]
    scaled = some / standard_deviations(some)
    mixtures = [
        _spheres(some, some[_far_apart(scaled, n_components, random)]) for _ in range(_SHORT_CLIMBS)
    ]
    starts = zip(*(Start("", mixture).moments(some) for mixture in mixtures), strict=True)
    fits = climb(
        SampleBlocks(some),
        Moments(*(np.stack(arrays) for arrays in starts)),
        resolve(["full"], samples.shape[1]) * _SHORT_CLIMBS,
        tolerance=0.0,
        max_iterations=_SHORT_ITERATIONS,
        accelerate=False,
    )
    ends = [(fit.log_likelihood, fit.mixture) for fit in fits if fit.mixture is not None]
    return max(ends, key=lambda end: end[0])[1] if ends else mixtures[0]


def quantile_cuts(
    samples: FloatArray, n_components: int, random: np.random.Generator
) -> FloatArray:
    """Label the samples by where they lie along a random direction: cuts between quantiles.

    The direction is random in units of the features' standard deviations, and so are the shares of
    the samples between the cuts.
    """
    direction = random.normal(size=samples.shape[1])
    places = samples @ (direction / standard_deviations(samples))
    shares = random.dirichlet(np.full(n_components, _CUT_CONCENTRATION))
    ranks = np.empty(len(samples))
    ranks[np.argsort(places, kind="stable")] = np.arange(len(samples)) + 0.5
    labels = np.searchsorted(np.cumsum(shares[:-1]) * len(samples), ranks)
    return _responsibilities(labels, n_components)


def random_responsibilities(
    samples: FloatArray, n_components: int, random: np.random.Generator
) -> FloatArray:
    """Colour every sample at random: rows (N, K) that sum to 1, most near a single component."""
    concentrations = np.full(n_components, _RESPONSIBILITY_CONCENTRATION)
    return random.dirichlet(concentrations, size=len(samples))


def random_samples(samples: FloatArray, n_components: int, random: np.random.Generator) -> Mixture:
    """Choose random samples as means."""
    chosen = random.choice(len(samples), n_components, replace=len(samples) < n_components)
    return _spheres(samples, samples[chosen])


def standard_deviations(samples: FloatArray) -> FloatArray:
    """Return the standard deviation of each feature (D,); 1 where it is constant."""
    spread = samples.std(axis=0)
    return np.asarray(np.where(spread > resolution(samples), spread, 1.0))


def _spheres(samples: FloatArray, means: FloatArray) -> Mixture:
    """Return a mixture with the given means (K, D) and components that are alike.

    All have weight 1 / K and, in units of each feature's standard deviation, the same sphere: of a
    K-th of the volume that the samples have.
    """
    n_components, n_features = means.shape
    covariance = np.diag(standard_deviations(samples) ** 2) / n_components ** (2.0 / n_features)
    return Mixture(
        weights=np.full(n_components, 1.0 / n_components),
        means=means,
        covariances=np.broadcast_to(covariance, (n_components, n_features, n_features)),
    )


def _far_apart(scaled: FloatArray, n_components: int, random: np.random.Generator) -> list[int]:
    """Return indices of samples, each chosen with its squared distance from those before."""
    chosen = [int(random.integers(len(scaled)))]
    squared_distances = np.full(len(scaled), np.inf)
    while len(chosen) < n_components:
        offsets = scaled - scaled[chosen[-1]]
        squared_distances = np.minimum(squared_distances, (offsets**2).sum(axis=1))
        total = squared_distances.sum()
        shares = squared_distances / total if total > 0.0 else None
        chosen.append(int(random.choice(len(scaled), p=shares)))
    return chosen


def _nearest(scaled: FloatArray, centres: FloatArray) -> NDArray[np.intp]:
    """Return the nearest centre of every sample."""
    # Half the squared distance, but for what is the same for all centres.
    halves = np.square(centres).sum(axis=1)[:, None] / 2.0 - centres @ scaled.T
    return np.asarray(halves.argmin(axis=0))


def _responsibilities(labels: NDArray[np.intp], n_components: int) -> FloatArray:
    """Return responsibilities (N, K) that lean to the labels."""
    shares = np.full((len(labels), n_components), (1.0 - _CERTAINTY) / n_components)
    shares[np.arange(len(labels)), labels] += _CERTAINTY
    return shares


KINDS: Mapping[str, Callable[[FloatArray, int, np.random.Generator], Mixture | FloatArray]] = (
    MappingProxyType(
        {
            "k-means": k_means,
            "short EM": short_em,
            "quantile cuts": quantile_cuts,
            "random responsibilities": random_responsibilities,
            "random samples": random_samples,
        }
    )
)
"""The kinds of start in the order in which the seeds take them."""
