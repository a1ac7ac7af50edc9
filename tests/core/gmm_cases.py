"""Random mixtures, samples and starts that the tests of gmm_core share."""

import csv
from pathlib import Path

import numpy as np

import gmm_core as gmm

DATA = Path(__file__).parents[2] / "data"
SEVERAL_FEATURES = tuple(family.name for family in gmm.resolve(["all"], n_features=2))


def old_faithful():
    with (DATA / "old_faithful.csv").open() as lines:
        return np.array([[float(value) for value in row] for row in list(csv.reader(lines))[1:]])


def random_covariance(random, n_features):
    root = random.normal(size=(n_features, n_features))
    return root @ root.T + 0.3 * np.eye(n_features)


def random_mixture(random, n_components, n_features):
    return gmm.Mixture(
        weights=random.dirichlet(np.full(n_components, 5.0)),
        means=2.0 * random.normal(size=(n_components, n_features)),
        covariances=[random_covariance(random, n_features) for _ in range(n_components)],
    )


def random_samples(random, n_samples, n_components, n_features):
    return random_mixture(random, n_components, n_features).draw(n_samples, random)[0]


def random_responsibilities(random, n_samples, n_components):
    return random.dirichlet(np.full(n_components, 0.5), size=n_samples)


def stacked(moments):
    """Return the moments of several starts as those of one stack."""
    return gmm.Moments(*(np.stack(arrays) for arrays in zip(*moments, strict=True)))


def climb_all(samples, moments, families, tolerance=1e-10, max_iterations=200):
    """Climb from one start in every one of the families."""
    starts = stacked([moments] * len(families))
    return gmm.climb(samples, starts, families, tolerance=tolerance, max_iterations=max_iterations)


def climb_one(samples, moments, name, tolerance=1e-10, max_iterations=1000):
    (fit,) = climb_all(samples, moments, [gmm.FAMILIES[name]], tolerance, max_iterations)
    return fit


def moments_of(samples, responsibilities):
    return gmm.Start("given", responsibilities).moments(samples)


def moments_of_mixture(samples, mixture):
    return gmm.Start("given", mixture).moments(samples)
