"""Starting points of EM, from either of its two unknowns: the parameters or the responsibilities.

The seeds of a candidate cycle through the kinds in `KINDS`, because each kind fails in its own
places.

Weights of samples are everywhere as if each sample stood there so many times.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from gmm_core.climb import climb
from gmm_core.extents import resolution
from gmm_core.families import resolve
from gmm_core.mixture import FloatArray, Mixture
from gmm_core.samples import SampleBlocks
from gmm_core.seeding import Purpose, generator
from gmm_core.stack import Moments, moments, moments_of_mixture, positive

# Most random responsibilities are near a single component. Uniform over all weights, they would
# start every mean near the overall mean, where EM finds its way out slowly.
_RESPONSIBILITY_CONCENTRATION = 0.03
# The shares of the samples between two cuts are neither equal nor very unequal.
_CUT_CONCENTRATION = 4.0
# What a label says of a sample: the rest is for all components alike, so that none starts without
# any width.
_CERTAINTY = 0.9
_MOST_LLOYD_STEPS = 50
# Samples drawn by k-means++ for each centre.
_TRIALS = 3
# Short EM: so many climbs of so few iterations on no more samples than these.
_SHORT_CLIMBS = 20
_SHORT_ITERATIONS = 10
_SHORT_SAMPLES = 1 << 13


@dataclass(frozen=True, eq=False)
class Start:
    """Where one climb begins: with parameters or with responsibilities.

    Attributes:
        kind: a name out of `KINDS`.
        unknown: the unknown that was chosen: a mixture, or responsibilities (N, K).
    """

    kind: str
    unknown: Mixture | FloatArray

    def moments(self, samples: FloatArray, weights: FloatArray | None = None) -> Moments:
        """Return what the start gives to a family's M-step, for samples (N, D), weights (N,).

        Responsibilities give the moments of the samples that they weight. Parameters give the
        moments that a sample of that mixture would have: the M-step then returns these parameters
        as nearly as its family can.
        """
        if isinstance(self.unknown, Mixture):
            mixture = self.unknown
            arrays = (mixture.weights, mixture.means, mixture.covariances)
            total = len(samples) if weights is None else float(weights.sum())
            return moments_of_mixture(total, *arrays)
        shares = np.ascontiguousarray(self.unknown.T)
        return moments(samples, shares if weights is None else shares * weights)


def start(
    samples: FloatArray,
    n_components: int,
    seed: int,
    seed_index: int,
    kinds: Sequence[str] | None = None,
    *,
    weights: FloatArray | None = None,
) -> Start:
    """Return the start of one restart; it depends on nothing but these arguments.

    Args:
        samples: (N, D), what `starting_samples` returned.
        n_components: K.
        seed: the configuration's seed.
        seed_index: which restart, from 0; it chooses the kind and the random numbers.
        kinds: the kinds through which the restarts cycle, all of `KINDS` by default.
        weights: (N,) of the samples, above 0; None if all are 1.
    """
    kinds = list(KINDS) if kinds is None else kinds
    kind = kinds[seed_index % len(kinds)]
    random = generator(seed, Purpose.START, n_components, seed_index)
    sizes = np.ones(len(samples)) if weights is None else weights
    return Start(kind, KINDS[kind](samples, sizes, n_components, random))


def k_means(
    samples: FloatArray, weights: FloatArray, n_components: int, random: np.random.Generator
) -> FloatArray:
    """Label every sample by its cluster: k-means++, then Lloyd's steps (Lloyd 1982).

    k-means++ chooses samples far from each other as centres, the best of a few at each step as
    Arthur & Vassilvitskii (2007) suggest. Distances are in units of each feature's standard
    deviation.
    """
    columns = np.ascontiguousarray((samples / standard_deviations(samples, weights)).T)
    centres = columns[:, _far_apart(columns, weights, n_components, random)]
    weighted, labels = columns * weights, _nearest(columns, centres)
    for _ in range(_MOST_LLOYD_STEPS):
        counts = np.asarray(np.bincount(labels, weights, n_components), dtype=np.float64)
        sums = [np.bincount(labels, feature, n_components) for feature in weighted]
        filled = counts > 0.0
        centres[:, filled] = (np.array(sums) / positive(counts))[:, filled]
        before, labels = labels, _nearest(columns, centres)
        if np.array_equal(labels, before):
            break
    return _responsibilities(labels, n_components)


def short_em(
    samples: FloatArray, weights: FloatArray, n_components: int, random: np.random.Generator
) -> Mixture:
    """Climb a few iterations from many starts; keep the highest (Biernacki et al. 2003).

    The climbs begin with samples far from each other as means, by k-means++; they are in the freest
    family, on no more than a few thousand samples.
    """
    step = -(-len(samples) // _SHORT_SAMPLES)
    some, sizes = samples[::step], weights[::step]
    deviations = standard_deviations(some, sizes)
    columns = np.ascontiguousarray((some / deviations).T)
    chosen = [_far_apart(columns, sizes, n_components, random) for _ in range(_SHORT_CLIMBS)]
    spheres = _spheres(some[chosen], deviations)
    fits = climb(
        SampleBlocks(some, sizes),
        moments_of_mixture(sizes.sum(), *spheres),
        resolve(["full"], samples.shape[1]) * _SHORT_CLIMBS,
        tolerance=0.0,
        max_iterations=_SHORT_ITERATIONS,
        accelerate=False,
    )
    ends = [(fit.log_likelihood, fit.mixture) for fit in fits if fit.mixture is not None]
    if not ends:
        return Mixture(*(part[0] for part in spheres))
    return max(ends, key=lambda end: end[0])[1]


def quantile_cuts(
    samples: FloatArray, weights: FloatArray, n_components: int, random: np.random.Generator
) -> FloatArray:
    """Label the samples by where they lie along a random direction: cuts between quantiles.

    The direction is random in units of the features' standard deviations, and so are the shares of
    the samples between the cuts.
    """
    direction = random.normal(size=samples.shape[1])
    places = samples @ (direction / standard_deviations(samples, weights))
    shares = random.dirichlet(np.full(n_components, _CUT_CONCENTRATION))
    order = np.argsort(places, kind="stable")
    ranks = np.empty(len(samples))
    ranks[order] = np.cumsum(weights[order]) - 0.5 * weights[order]
    labels = np.searchsorted(np.cumsum(shares[:-1]) * weights.sum(), ranks)
    return _responsibilities(labels, n_components)


def random_responsibilities(
    samples: FloatArray, _weights: FloatArray, n_components: int, random: np.random.Generator
) -> FloatArray:
    """Colour every sample at random: rows (N, K) that sum to 1, most near a single component.

    Of whatever weight it is.
    """
    concentrations = np.full(n_components, _RESPONSIBILITY_CONCENTRATION)
    return random.dirichlet(concentrations, size=len(samples))


def random_samples(
    samples: FloatArray, weights: FloatArray, n_components: int, random: np.random.Generator
) -> Mixture:
    """Choose random samples as means."""
    too_few = len(samples) < n_components
    chosen = random.choice(len(samples), n_components, replace=too_few, p=_chances(weights))
    return Mixture(*_spheres(samples[chosen], standard_deviations(samples, weights)))


def standard_deviations(samples: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the standard deviation of each feature (D,); 1 where it is constant.

    Args:
        samples: (N, D).
        weights: (N,).
    """
    offsets = samples - np.average(samples, axis=0, weights=weights)
    spread = np.sqrt(np.average(np.square(offsets), axis=0, weights=weights))
    return np.asarray(np.where(spread > resolution(samples), spread, 1.0))


def _chances(weights: FloatArray) -> FloatArray | None:
    """Return the chance of each sample to be drawn; None if all are equal."""
    return None if (weights == weights[0]).all() else weights / weights.sum()


def _spheres(
    means: FloatArray, deviations: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return weights, means and covariances of mixtures whose components are alike but for means.

    All have weight 1 / K and, in units of each feature's standard deviation, the same sphere: of a
    K-th of the volume that the samples have.

    Args:
        means: (..., K, D).
        deviations: (D,) the features' standard deviations.
    """
    n_components, n_features = means.shape[-2:]
    covariance = np.diag(deviations**2) / n_components ** (2.0 / n_features)
    weights = np.full(means.shape[:-1], 1.0 / n_components)
    return weights, means, np.broadcast_to(covariance, (*means.shape, n_features))


def _far_apart(
    columns: FloatArray, weights: FloatArray, n_components: int, random: np.random.Generator
) -> list[int]:
    """Return indices of samples that are far from each other, as k-means++ chooses them.

    A sample's chance to be drawn is in proportion to its weight times its squared distance from the
    nearest chosen before. Of a few drawn, the one is chosen that leaves the least of these.

    Args:
        columns: (D, N) the samples, a feature to a line.
        weights: (N,).
        n_components: how many to choose.
        random: random numbers.
    """
    n_samples, chances = len(weights), _chances(weights)
    chosen = [int(random.choice(n_samples, p=chances))]
    distances = np.square(columns - columns[:, chosen]).sum(axis=0)
    while len(chosen) < n_components:
        sizes = distances * weights
        total = sizes.sum()
        drawn = random.choice(n_samples, _TRIALS, p=sizes / total if total > 0.0 else chances)
        offsets = columns[:, None] - columns[:, drawn, None]
        nearer = np.minimum(np.square(offsets).sum(axis=0), distances)
        best = int((nearer @ weights).argmin())
        distances = nearer[best]
        chosen.append(int(drawn[best]))
    return chosen


def _nearest(columns: FloatArray, centres: FloatArray) -> NDArray[np.intp]:
    """Return the nearest of the centres (D, K) of every sample, a column (D, N)."""
    # Half the squared distance, but for what is the same for all centres.
    halves = np.square(centres).sum(axis=0)[:, None] / 2.0 - centres.T @ columns
    return np.asarray(halves.argmin(axis=0))


def _responsibilities(labels: NDArray[np.intp], n_components: int) -> FloatArray:
    """Return responsibilities (N, K) that lean to the labels."""
    shares = np.full((len(labels), n_components), (1.0 - _CERTAINTY) / n_components)
    shares[np.arange(len(labels)), labels] += _CERTAINTY
    return shares


Kind = Callable[[FloatArray, FloatArray, int, np.random.Generator], Mixture | FloatArray]
"""From samples (N, D), weights (N,), K and random numbers to an unknown of a `Start`."""

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "k-means": k_means,
        "short EM": short_em,
        "quantile cuts": quantile_cuts,
        "random responsibilities": random_responsibilities,
        "random samples": random_samples,
    }
)
"""The kinds of start in the order in which the seeds take them."""
