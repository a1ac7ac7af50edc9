"""Mixtures with more or fewer components made of one: a component split, or two merged."""

from collections.abc import Sequence

import numpy as np

from gmm_core.matrices import log_determinants
from gmm_core.mixture import FloatArray, Mixture
from gmm_core.samples import SampleBlocks
from gmm_core.stack import Moments, at, joined, moments_of_mixture

# The means of the halves of a Gaussian on either side of its own, in its standard deviations.
_HALF_MEAN = float(np.sqrt(2.0 / np.pi))


def split(mixture: Mixture, component: int, n_components: int, samples: SampleBlocks) -> Mixture:
    """Split a component, and then the heaviest one each time, until there are so many.

    A component parts along its principal axis, with features in units of their standard
    deviation, into the halves on either side of its mean; its mean and covariance stay the same.
    """
    variances = np.diagonal(samples.second_moments) / samples.total_weight
    units = samples.scale * np.sqrt(variances)
    while mixture.n_components < n_components:
        standardised = mixture.covariances[component] / np.outer(units, units)
        values, vectors = np.linalg.eigh(standardised)
        offset = _HALF_MEAN * np.sqrt(values[-1]) * vectors[:, -1] * units
        mixture = _parted(mixture, component, offset)
        component = int(mixture.weights.argmax())
    return mixture


def doubled(mixture: Mixture, n_components: int) -> Mixture:
    """Return the same density with so many components: the heaviest one stands twice, each time."""
    while mixture.n_components < n_components:
        heaviest = int(mixture.weights.argmax())
        mixture = _parted(mixture, heaviest, np.zeros(mixture.n_features))
    return mixture


def merged(mixture: Mixture, n_components: int) -> Mixture:
    """Merge two components, and again, until there are so few.

    Each time the two that are nearest to the one Gaussian with their moments, by an upper bound of
    the Kullback-Leibler divergence of the mixture from what it becomes (Runnalls 2007).
    """
    while mixture.n_components > n_components:
        parts = moments_of_mixture(1.0, mixture.weights, mixture.means, mixture.covariances)
        one, other = np.triu_indices(mixture.n_components, 1)
        pairs = joined(at(parts, one), at(parts, other))
        covariances = pairs.scatters / pairs.counts[:, None, None]
        sizes = mixture.weights * log_determinants(mixture.covariances)
        bounds = pairs.counts * log_determinants(covariances) - sizes[one] - sizes[other]
        nearest = int(np.nanargmin(bounds))
        rest = np.delete(np.arange(mixture.n_components), [one[nearest], other[nearest]])
        mixture = Mixture(
            np.append(mixture.weights[rest], pairs.counts[nearest]),
            np.concatenate([mixture.means[rest], pairs.means[nearest][None]]),
            np.concatenate([mixture.covariances[rest], covariances[nearest][None]]),
        )
    return mixture


def moments_of(mixtures: Sequence[Mixture], n_samples: float) -> Moments:
    """Return the moments that so many samples of each of some mixtures would have."""
    return moments_of_mixture(
        n_samples,
        np.stack([mixture.weights for mixture in mixtures]),
        np.stack([mixture.means for mixture in mixtures]),
        np.stack([mixture.covariances for mixture in mixtures]),
    )


def _parted(mixture: Mixture, component: int, offset: FloatArray) -> Mixture:
    """Put two components in place of one, at its mean plus and minus an offset (D,)."""
    weights, means, covariances = (
        np.concatenate([array, array[component : component + 1]])
        for array in (mixture.weights, mixture.means, mixture.covariances)
    )
    pair = [component, -1]
    weights[pair] /= 2.0
    means[component] += offset
    means[-1] -= offset
    covariances[pair] -= np.outer(offset, offset)
    return Mixture(weights, means, covariances)
